"""The `kodplats` command: what it prints and how it ends."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from booking.app import program
from booking.cli import cli, examining, importing
from booking.demo.loading import FOLDER
from booking.store import migrating
from tests.support.database import PROVIDER
from tests.support.processes import free_port
from tests.support.server import SECRET

Kodplats = Callable[..., Result]


@pytest.fixture
def kodplats(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kodplats:
    """The command on a migrated, empty database; each call has an application of its own, as in a shell."""
    return _kodplats(database_url, tmp_path, monkeypatch)


@pytest.fixture
def on_sqlite(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kodplats:
    return _kodplats(sqlite_url, tmp_path, monkeypatch)


def _kodplats(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Kodplats:
    for name, value in {
        "DATABASE_URL": url,
        "BOOKING_INSTANCE": str(folder),
        "BOOKING_MODE": "test",
        "BOOKING_SECRET_KEY": SECRET,
        "BOOKING_MAIL_TRANSPORT": "memory",
    }.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(cli, arguments, obj=program(), catch_exceptions=False)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kodplats:
    """The command in a folder of its own where the environment says nothing."""
    for name in [name for name in os.environ if name.startswith("BOOKING_") or name == "DATABASE_URL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BOOKING_INSTANCE", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(cli, arguments, obj=program(), catch_exceptions=False)


@pytest.fixture
def shipped() -> Callable[[str], str]:
    return lambda name: str(FOLDER / f"{name}.csv")


def test_the_shipped_files_are_imported_and_a_second_time_unchanged(
    kodplats: Kodplats, shipped: Callable[[str], str]
) -> None:
    kinds = ("municipalities", "places", "stops", "workshops", "courses")

    first = [kodplats("import", kind, shipped(kind)).output for kind in kinds]
    second = [kodplats("import", kind, shipped(kind)).output for kind in kinds]

    assert first == [
        "municipalities.csv: 33 added\n",
        "places.csv: 14 added\n",
        "stops.csv: 70 added\n",
        "workshops.csv: 15 added\n",
        "courses.csv: 9 added\n",
    ]
    assert second == [
        "municipalities.csv: 33 unchanged\n",
        "places.csv: 14 unchanged\n",
        "stops.csv: 70 unchanged\n",
        "workshops.csv: 15 unchanged\n",
        "courses.csv: 9 unchanged\n",
    ]


def test_a_file_with_faults_shows_each_and_imports_nothing(
    kodplats: Kodplats, shipped: Callable[[str], str], tmp_path: Path
) -> None:
    kodplats("import", "municipalities", shipped("municipalities"))
    text = Path(shipped("places")).read_text().replace("55.924", "north").replace("ahus,branch", "ahus,filial")
    (tmp_path / "mine.csv").write_text(text)

    result = kodplats("import", "places", str(tmp_path / "mine.csv"))

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        (
            'mine.csv: line 3, column kind: "filial" is not known. '
            "Choose one of main, branch, lending_station, digital, venue."
        ),
        'mine.csv: line 3, column latitude: "north" is not a number from -90 to 90. Correct it.',
        "Error: The file has faults (2). Nothing was imported. Mend them and import it again.",
    ]
    assert "14 added" in kodplats("import", "places", shipped("places")).output


def test_a_long_list_of_faults_is_cut(on_sqlite: Kodplats, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("code,name\n" + "x,\n" * 80)

    result = on_sqlite("import", "municipalities", str(tmp_path / "mine.csv"))

    lines = result.stderr.splitlines()
    assert len(lines) == importing.FAULTS_SHOWN + 2
    assert lines[-2] == "mine.csv: and 60 more faults"


def test_places_before_municipalities_say_what_to_import_first(
    on_sqlite: Kodplats, shipped: Callable[[str], str]
) -> None:
    result = on_sqlite("import", "places", shipped("places"))

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: No organisation runs workshops yet. Import the municipalities first, or name an organisation.\n"
    )


def test_a_bar_appears_only_when_the_rows_take_longer_than_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    quick = iter([0.0, 0.5, 0.9, 1.0])
    assert list(importing.with_bar("abc", label="rows", stopwatch=lambda: next(quick))) == ["a", "b", "c"]
    assert capsys.readouterr().err == ""

    slow = iter([0.0, 0.5, 1.1])
    assert list(importing.with_bar("abc", label="rows", stopwatch=lambda: next(slow))) == ["a", "b", "c"]
    assert "rows" in capsys.readouterr().err


def test_migrating_says_what_it_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = _kodplats(f"sqlite:///{tmp_path / 'new' / 'booking.db'}", tmp_path, monkeypatch)

    assert fresh("import", "places", str(FOLDER / "places.csv")).stderr == (
        "Error: The database is not at this version's revision. Run: kodplats db upgrade\n"
    )
    assert fresh("db", "upgrade").output == f"Migrated to revision {migrating.newest()}.\n"
    assert fresh("db", "upgrade").output == f"Already at revision {migrating.newest()}.\n"


def test_a_bad_setting_is_one_clear_line(on_sqlite: Kodplats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKING_COLOUR", "red")

    result = on_sqlite("db", "upgrade")

    assert (result.exit_code, result.stderr) == (
        1,
        "Error: BOOKING_COLOUR is not a setting; the README lists the known ones\n",
    )


def test_a_database_that_is_away_is_one_clear_line_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = _kodplats("postgresql+psycopg://kodplats:hemligt@127.0.0.1:1/kodplats", tmp_path, monkeypatch)

    result = nowhere("db", "upgrade")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: The database cannot be used: ")
    assert len(result.stderr.splitlines()) == 1
    assert "hemligt" not in result.stderr


def test_due_letters_are_sent_on_demand(kodplats: Kodplats) -> None:
    assert kodplats("letters", "send").output == "0 sent, 0 put off, 0 stopped\n"


def test_the_version_and_the_help(on_sqlite: Kodplats) -> None:
    from booking import __version__

    assert on_sqlite("--version").output == f"kodplats {__version__}\n"
    for words in (["-h"], ["run", "-h"], ["import", "-h"], ["demo", "-h"], ["db", "-h"], ["letters", "-h"]):
        assert on_sqlite(*words).output.startswith("Usage: ")


def test_the_demo_is_loaded_once_and_reset_on_demand(kodplats: Kodplats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKING_MODE", "demo")

    first = kodplats("demo", "load")
    again = kodplats("demo", "load")
    reset = kodplats("demo", "reset", "--yes")

    assert first.output.startswith("The demo is loaded: ")
    assert again.output.startswith("The demo is loaded already; what was entered is kept.\n")
    assert re.search(r"^  astrid@bibliotek\.example +[a-zåäö-]+ +administrator$", again.output, re.MULTILINE)
    assert reset.output == first.output
    assert kodplats("demo", "reset").exit_code == 1  # nobody said yes


NOT_A_DEMO = (
    "Error: this installation is not set up as a demo, so nothing was touched: set BOOKING_MODE=demo for a demo\n"
)
STRONG = {"BOOKING_SECRET_KEY": SECRET}


@pytest.mark.parametrize(
    ("environment", "file"),
    [
        ({"BOOKING_MODE": "production", "BOOKING_BASE_URL": "https://kodplats.example", **STRONG}, ""),
        ({}, 'mode = "production"\n'),
        ({"BOOKING_MODE": "test"}, ""),
        (STRONG, ""),
        ({"BOOKING_BASE_URL": "https://kodplats.example"}, ""),
        ({}, 'base_url = "https://kodplats.example"\n'),
        ({"DATABASE_URL": "postgresql+psycopg://kodplats@127.0.0.1:1/kodplats"}, ""),
        ({}, 'database_url = "sqlite:////srv/kodplats.db"\n'),
    ],
)
@pytest.mark.parametrize(
    "command", [("demo", "load"), ("demo", "reset", "--yes"), ("run", "--demo", "--port", "{port}")]
)
def test_what_is_set_up_for_real_is_no_demo(
    bare: Kodplats,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    file: str,
    command: tuple[str, ...],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "booking.toml").write_text(file)

    result = bare(*(word.format(port=free_port()) for word in command))

    assert (result.exit_code, result.stderr) == (1, NOT_A_DEMO)
    assert [path.name for path in tmp_path.iterdir()] == ["booking.toml"]
    assert (tmp_path / "booking.toml").read_text() == file


@pytest.mark.parametrize("file", ["", f'secret_key = "{SECRET}"\n', 'mode = "demo"\ndatabase_url = "{own}"\n'])
def test_a_demo_is_what_says_so_or_where_nothing_is_set_up(
    bare: Kodplats, sqlite_url: str, tmp_path: Path, file: str
) -> None:
    (tmp_path / "booking.toml").write_text(file.format(own=sqlite_url))

    results = [bare("demo", "load"), bare("demo", "reset", "--yes"), bare("demo", "load")]

    assert [result.exit_code for result in results] == [0, 0, 0]


# ---- doctor ----


def test_the_doctor_is_content_with_a_sound_installation(kodplats: Kodplats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))

    result = kodplats("doctor")

    assert result.exit_code == 0, result.output
    assert {line[:4].strip() for line in result.output.splitlines()} == {"ok"}
    assert "the counters equal the bookings" in result.output
    assert SECRET not in result.output


@pytest.mark.parametrize(("version", "warned"), [((3, 51, 2), True), ((3, 51, 3), False)])
def test_the_doctor_knows_which_sqlite_can_lose_data(
    on_sqlite: Kodplats, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], warned: bool
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)

    result = on_sqlite("doctor")

    assert ("can lose data when several processes write" in result.output) is warned
    assert result.exit_code == 0


def test_the_doctor_warns_of_a_weak_secret_and_an_open_file(
    on_sqlite: Kodplats, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BOOKING_SECRET_KEY", "hemligt")
    (tmp_path / "booking.toml").write_text('phone = "040-628 04 01"\n')
    (tmp_path / "booking.toml").chmod(0o644)

    result = on_sqlite("doctor")

    assert "warn  secret_key is weak" in result.output
    assert "chmod 600" in result.output
    assert "hemligt" not in result.output


def test_the_doctor_tells_that_the_provider_of_single_sign_on_is_away(
    on_sqlite: Kodplats, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in PROVIDER.items():
        monkeypatch.setenv(f"BOOKING_{name.upper()}", str(value))

    result = on_sqlite("doctor")

    assert "warn  single sign-on: http://127.0.0.1:9 does not say who it is" in result.output
    assert str(PROVIDER["oidc_client_secret"]) not in result.output


def test_the_doctor_fails_when_debugging_is_on_or_the_tables_are_not_ours(
    on_sqlite: Kodplats, monkeypatch: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("ALTER TABLE rooms ADD COLUMN colour TEXT")

    result = on_sqlite("doctor")

    assert result.exit_code == 1
    assert " BAD  FLASK_DEBUG is set" in result.output
    assert " BAD  the tables differ from the program's in 1 points" in result.output


def test_the_doctor_counts_the_bookings(on_sqlite: Kodplats, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKING_MODE", "demo")
    on_sqlite("demo", "load")
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE seat_pools SET seated = seated + 1 WHERE id = 1")

    result = on_sqlite("doctor")

    assert result.exit_code == 1
    assert " BAD  the counters differ from the bookings: pool 1" in result.output


def test_an_unmigrated_database_is_the_doctor_s_first_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = _kodplats(f"sqlite:///{tmp_path / 'new.db'}", tmp_path, monkeypatch)

    result = fresh("doctor")

    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == " BAD  the database is not at this revision: run kodplats db upgrade"


def test_gunicorns_settings_are_found_wherever_the_package_is(on_sqlite: Kodplats) -> None:
    result = on_sqlite("gunicorn-config")

    assert Path(result.output.strip()).read_text(encoding="utf-8").startswith('"""gunicorn in production')


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
server:/home /home nfs4 rw 0 0
//server/our\\040share /mnt/our\\040share cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "disk"),
    [
        ("/var/lib/kodplats/booking.db", "ext4"),
        ("/home/maj/booking.db", "nfs4"),
        ("/homework/booking.db", "ext4"),
        ("/mnt/our share/booking.db", "cifs"),
    ],
)
def test_the_disk_of_a_file_is_the_one_mounted_closest_to_it(path: str, disk: str, tmp_path: Path) -> None:
    (tmp_path / "mounts").write_text(MOUNTS)

    assert examining.disk_of(Path(path), tmp_path / "mounts") == disk
    assert examining.disk_of(Path(path), tmp_path / "nothing") == ""
