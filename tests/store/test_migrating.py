"""Migrations: they make what the models say, and a killed one leaves nothing behind."""

from __future__ import annotations

import importlib.util
import os
import pkgutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Engine, create_engine, inspect, text

import booking
from booking.programme.rules import SlotState
from booking.store import Base, db, migrating
from tests.builders import make_place, make_room, make_slot
from tests.support import postgres
from tests.support.missing import PROJECT
from tests.support.processes import end_with_parent


@pytest.fixture(scope="module", autouse=True)
def _all_models() -> None:
    """Every room's tables, also those that no page needs yet."""
    for room in pkgutil.iter_modules(booking.__path__):
        if room.ispkg and importlib.util.find_spec(f"booking.{room.name}.models"):
            importlib.import_module(f"booking.{room.name}.models")


@pytest.fixture(params=["sqlite", "postgresql"])
def made_by_models(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database whose tables come from the models alone."""
    server: postgres.Postgres | None = None
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'models.db'}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.make_database()
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()
    if server:
        server.drop(url)


@pytest.fixture
def migrated(made_by_models: Engine, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database of the same kind whose tables come from the migrations."""
    engine = create_engine(request.getfixturevalue(f"{made_by_models.dialect.name}_url"))
    yield engine
    engine.dispose()


def described(engine: Engine) -> dict[str, Any]:
    """Every table with columns, keys, indexes and checks, in an order that does not depend on how it was made."""
    found = inspect(engine)
    return {
        name: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in found.get_columns(name)
            },
            "primary key": (
                found.get_pk_constraint(name)["name"],
                found.get_pk_constraint(name)["constrained_columns"],
            ),
            "foreign keys": _by_name(found.get_foreign_keys(name)),
            "unique": _by_name(found.get_unique_constraints(name)),
            "checks": _by_name(found.get_check_constraints(name)),
            "indexes": _by_name(found.get_indexes(name)),
        }
        for name in found.get_table_names()
        if name != "alembic_version"
    }


def _by_name(things: Any) -> dict[str, str]:
    return {str(thing["name"]): repr(sorted((key, str(value)) for key, value in thing.items())) for thing in things}


def test_migrations_make_exactly_the_tables_of_the_models(made_by_models: Engine, migrated: Engine) -> None:
    assert described(migrated) == described(made_by_models)
    assert len(described(migrated)) == len(Base.metadata.tables)


def test_migrations_forbid_two_places_at_once_as_the_models_do(made_by_models: Engine, migrated: Engine) -> None:
    if migrated.dialect.name == "sqlite":
        question = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ex_%' ORDER BY name"
    else:
        question = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'x' ORDER BY conname"

    told = []
    for engine in (made_by_models, migrated):
        with engine.connect() as connection:
            told.append([tuple(row) for row in connection.execute(text(question))])

    assert told[0] == told[1]
    assert len(told[0]) == (6 if migrated.dialect.name == "sqlite" else 3)


def test_alembic_finds_no_difference_either(app: Flask) -> None:
    assert migrating.differences(db.engine) == []


def test_a_difference_would_be_found(app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE rooms ADD COLUMN colour TEXT"))

    assert [kind for kind, *_ in migrating.differences(db.engine)] == ["remove_column"]


def test_migrating_twice_does_nothing_the_second_time(app: Flask) -> None:
    assert migrating.upgrade(db.engine) == (migrating.newest(), migrating.newest())
    assert migrating.is_current(db.engine)


def test_the_newest_revision_is_the_end_of_one_straight_line() -> None:
    assert ScriptDirectory.from_config(_config()).get_heads() == [migrating.newest()]


def test_an_empty_database_is_at_no_revision(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'empty.db'}")

    assert not migrating.is_current(engine)


def test_two_processes_that_start_together_migrate_one_after_the_other(
    database_url: str, app: Flask, postgres_server: postgres.Postgres, tmp_path: Path
) -> None:
    empty = _empty_database(database_url, postgres_server, tmp_path)
    outcomes: list[tuple[str | None, str]] = []

    def migrate() -> None:
        other = _application(empty, tmp_path)
        with other.app_context():
            outcomes.append(migrating.upgrade(db.engine))
            db.engine.dispose()

    threads = [threading.Thread(target=migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    newest = migrating.newest()
    assert sorted(outcomes, key=str) == sorted([(None, newest), (newest, newest), (newest, newest)], key=str)


_KILLED_IN_THE_MIDDLE = """
import os, signal, sys
from sqlalchemy import event
from booking.app import create_app
from booking.settings import load
from booking.store import db, migrating

app = create_app(load())
with app.app_context():
    @event.listens_for(db.engine, "before_cursor_execute")
    def die(connection, cursor, statement, *rest):
        if "CREATE TABLE seat_pools" in statement:
            os.kill(os.getpid(), signal.SIGKILL)
    migrating.upgrade(db.engine)
"""


def test_a_migration_that_is_killed_leaves_the_database_as_it_was(
    database_url: str, postgres_server: postgres.Postgres, tmp_path: Path
) -> None:
    empty = _empty_database(database_url, postgres_server, tmp_path)
    environment = {
        **os.environ,
        "DATABASE_URL": empty,
        "BOOKING_INSTANCE": str(tmp_path),
        "BOOKING_MODE": "test",
        "PYTHONPATH": str(PROJECT),
    }

    killed = subprocess.run(
        [sys.executable, "-c", _KILLED_IN_THE_MIDDLE],
        env=environment,
        check=False,
        capture_output=True,
        preexec_fn=end_with_parent(signal.SIGTERM),
    )

    engine = create_engine(empty)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    app = _application(empty, tmp_path)
    with app.app_context():
        assert migrating.upgrade(db.engine) == (None, migrating.newest())
        db.engine.dispose()


def test_foreign_keys_are_watched_again_after_migrating(sqlite_app: Flask) -> None:
    migrating.upgrade(db.engine)

    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_migration_that_would_leave_rows_pointing_nowhere_is_taken_back(sqlite_url: str, tmp_path: Path) -> None:
    file = sqlite_url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as connection:
        connection.execute("INSERT INTO rooms (place_id, name, seats) VALUES (4711, 'Nowhere', 1)")
    app = _application(sqlite_url, tmp_path)

    with app.app_context(), pytest.raises(migrating.BrokenReferences, match="1 rows in rooms"):
        migrating.upgrade(db.engine)

    with app.app_context():
        db.engine.dispose()


def test_rooms_of_slots_planned_before_are_reserved_and_the_first_of_two_has_it(app: Flask) -> None:
    """Revision 0007, on rows of the one before it; the way back works, too."""
    room = make_room(make_place())
    times = ("2026-11-25 15:30", "2026-11-25 16:59", "2026-11-25 17:00", "2026-11-25 17:30")
    states = (SlotState.PUBLISHED, SlotState.PUBLISHED, SlotState.DRAFT, SlotState.CALLED_OFF)
    slots = [make_slot(one, room_id=room.id, state=state) for one, state in zip(times, states, strict=True)]
    meetings = [slot.meetings[0].id for slot in slots]
    make_slot("2026-11-25 15:30")
    db.session.remove()
    script = ScriptDirectory.from_config(_config())

    with migrating._alone(db.engine) as connection:
        command.downgrade(migrating._config(connection), str(script.get_revision("0007").down_revision))
    assert not inspect(db.engine).has_table("room_reservations")
    migrating.upgrade(db.engine)

    with db.engine.connect() as connection:
        found = connection.execute(text("SELECT meeting_id, holds FROM room_reservations ORDER BY meeting_id"))
        # The second overlaps the first; the third begins when the first ends, but while the second would last.
        assert [(row.meeting_id, bool(row.holds)) for row in found] == list(
            zip(meetings, (True, False, False, False), strict=True)
        )
    assert migrating.differences(db.engine) == []


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrating.FOLDER))
    return config


def _empty_database(like: str, server: postgres.Postgres, folder: Path) -> str:
    return f"sqlite:///{folder / 'empty.db'}" if like.startswith("sqlite") else server.make_database()


def _application(url: str, folder: Path) -> Flask:
    from booking.app import create_app
    from tests.support.database import settings_for

    return create_app(settings_for(url, instance=folder))
