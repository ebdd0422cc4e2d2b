"""The engine on SQLite and PostgreSQL: what every connection is told before it is used."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from booking.settings import Settings
from booking.store.base import Base

BUSY_SECONDS = 15
WRITING = "kodplats_writing"

_HELD = "kodplats_connection"


class _JoiningSession(FlaskSession):
    """The session of Flask-SQLAlchemy, which works on the connection that somebody holds for it, if anybody does."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        held: Connection | None = self.info.get(_HELD)
        return super().get_bind(*args, **kwargs) if held is None else held


db = SQLAlchemy(
    model_class=cast(Any, Base),
    session_options={"class_": _JoiningSession, "expire_on_commit": False, "autoflush": False},
)


def init_app(app: Flask, settings: Settings) -> None:
    """Bind `db` to the settings' database. Makes the folder of a SQLite file."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _options(settings)
    db.init_app(app)
    with app.app_context():
        _tune(db.engine)


def session() -> Session:
    """The session of this request, command or test, as a plain Session for type checkers."""
    return cast(Session, db.session())


def connection(current: Session | None = None) -> Connection:
    """The connection of what goes on, for statements on tables: what the ORM does around each statement of its own
    takes longer than the statement. `current`: this request's session, for who has it at hand."""
    current = session() if current is None else current
    held: Connection | None = current.info.get(_HELD)
    return current.connection() if held is None else held


@contextmanager
def held(line: Connection) -> Iterator[Session]:
    """Let the session work on this connection. What the ORM holds back goes into the connection's transaction at the
    end, unless something is raised.

    The transaction stands below the session's: a verb that only speaks Core never makes the session begin one, which
    costs as much as five statements.
    """
    current = session()
    current.info[_HELD] = line
    try:
        yield current
        if current.in_transaction() or current.new:
            current.commit()
    finally:
        del current.info[_HELD]
        if current.in_transaction():
            current.rollback()


@contextmanager
def writing() -> Iterator[Session]:
    """One writing transaction of its own, committed at the end unless something is raised."""
    with db.engine.connect() as line:
        line.execution_options(**{WRITING: True})
        with line.begin(), held(line) as current:
            yield current


@contextmanager
def reading() -> Iterator[None]:
    """Ask several questions by `connection()`, each of which sees what is committed when it is asked; in the running
    transaction if there is one."""
    if _HELD in session().info:
        yield
        return
    with autocommitting() as line, held(line):
        yield


def is_in_transaction() -> bool:
    """Whether this request, command or test has a transaction open: a reading or a writing one."""
    if not db.session.registry.has():
        return False
    current = session()
    return _HELD in current.info or current.in_transaction()


@contextmanager
def autocommitting() -> Iterator[Connection]:
    """A connection for single statements that only read, each of which sees what is committed when it begins.

    In a running transaction it is that one's. Else neither the session nor a BEGIN comes into it, which cost several
    times what a small question does.
    """
    if is_in_transaction():
        yield connection()
        return
    with db.engine.connect() as line:
        let_autocommit(line.connection.driver_connection)
        yield line


def let_autocommit(driver: Any) -> None:
    """Let a driver's connection read without a transaction. SQLite's always does until it is told to begin one."""
    if not isinstance(driver, sqlite3.Connection):
        _speak(driver, autocommit=True)


def sqlite_path(engine: Engine) -> Path | None:
    """The file of a SQLite database; None for PostgreSQL and for memory."""
    if engine.dialect.name != "sqlite" or not engine.url.database or engine.url.database == ":memory:":
        return None
    return Path(engine.url.database)


def _options(settings: Settings) -> dict[str, Any]:
    if settings.database_url.startswith("sqlite"):
        file = settings.database_url.removeprefix("sqlite:///")
        if file and file != ":memory:":
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        return {"connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}, "pool_size": settings.pool_size}
    return {
        "pool_size": settings.pool_size,
        "max_overflow": settings.pool_size,
        # Whatever the server's default: behind the same locks, a snapshot older than the lock oversells.
        "isolation_level": "READ COMMITTED",
    }


def _tune(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _begin_on_sqlite)
    else:
        event.listen(engine, "begin", _begin_on_postgresql)


def _on_sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own BEGIN comes too late (after the first SELECT) and commits around DDL: we begin ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # a shown confirmation is on disk (requirement B1)
    cursor.execute("PRAGMA foreign_keys = ON")
    # Each thread has a connection and each connection a cache: what they share is the system's.
    cursor.execute("PRAGMA cache_size = -4000")
    # A booking touches thirty pages, many of them the ones before it touched: 16 MB of log write them back more rarely.
    cursor.execute("PRAGMA wal_autocheckpoint = 4000")
    cursor.close()


def _begin_on_sqlite(connection: Connection) -> None:
    # A plain BEGIN that turns into a writer dies at once with "database is locked" (lessons, own measurements).
    word = "IMMEDIATE" if connection.get_execution_options().get(WRITING) else "DEFERRED"
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(f"BEGIN {word}")  # past SQLAlchemy, whose part of it takes ten times as long
    except sqlite3.Error as fault:
        connection._handle_dbapi_exception(fault, f"BEGIN {word}", None, None, None)


def _begin_on_postgresql(connection: Connection) -> None:
    """Only what writes begins a transaction. Readers see what is committed at each statement all the same, save two
    round trips, and keep the statements that the driver has prepared: a ROLLBACK makes it forget them all."""
    is_reading = not connection.get_execution_options().get(WRITING)
    _speak(connection.connection.driver_connection, autocommit=is_reading)


def _speak(driver: Any, *, autocommit: bool) -> None:
    if driver.autocommit is not autocommit:
        driver.autocommit = autocommit
