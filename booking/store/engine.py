"""The engine on SQLite and PostgreSQL: what every connection is told before it is used."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from booking.settings import Settings
from booking.store.base import Base

BUSY_SECONDS = 15
WRITING = "kodplats_writing"

db = SQLAlchemy(model_class=cast(Any, Base), session_options={"expire_on_commit": False, "autoflush": False})


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
    return {"pool_size": settings.pool_size, "max_overflow": settings.pool_size, "pool_pre_ping": False}


def _tune(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _begin_on_sqlite)


def _on_sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own BEGIN comes too late (after the first SELECT) and commits around DDL: we begin ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # a shown confirmation is on disk (requirement B1)
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -16000")
    cursor.close()


def _begin_on_sqlite(connection: Connection) -> None:
    # A plain BEGIN that turns into a writer dies at once with "database is locked" (lessons, own measurements).
    word = "IMMEDIATE" if connection.get_execution_options().get(WRITING) else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {word}")
