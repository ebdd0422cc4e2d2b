"""Bringing a database to the newest revision, and telling whether it is there."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text

from booking.store.base import Base
from booking.store.engine import WRITING

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).with_name("migrations")
# Any number will do, as long as every process that migrates uses the same one.
_PG_LOCK = 0x6B6F64706C617473


class BrokenReferences(Exception):
    """After the migration some rows would point at rows that are not there. Nothing was changed."""


def upgrade(engine: Engine) -> tuple[str | None, str]:
    """Bring the database to the newest revision; gives the revision before and after.

    All steps run in one transaction, on SQLite too: a process killed in the middle leaves the database as it was. Two
    processes that start together migrate one after the other, and the second finds nothing to do.
    """
    with _alone(engine) as connection:
        before = revision_of(connection)
        if before != newest():
            from alembic import command  # here, since Alembic takes 0.3 s and most starts have nothing to migrate

            command.upgrade(_config(connection), "head")
    return before, newest()


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest revision. Two queries that write nothing."""
    with engine.connect() as connection:
        return revision_of(connection) == newest()


def revision_of(connection: Connection) -> str | None:
    """The revision that the database is at; None when it has never been migrated."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if revision is None else str(revision)


def newest() -> str:
    """The newest revision that this version of the program brings: its files are numbered, "0001_first.py"."""
    return max(path.name.split("_", 1)[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def differences(engine: Engine) -> list[Any]:
    """What the database lacks or has too much of, seen from the models; [] when they agree. For tests and `doctor`."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with engine.connect() as connection:
        compared = MigrationContext.configure(
            connection, opts={"target_metadata": Base.metadata, "compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(compared, Base.metadata))


def write_revision(engine: Engine, *, message: str, revision: str) -> Path:
    """Write a new revision file out of the differences between the database and the models. For developers."""
    from alembic import command

    with _alone(engine) as connection:
        script = command.revision(_config(connection), message=message, rev_id=revision, autogenerate=True)
    assert script is not None
    assert not isinstance(script, list)
    return Path(script.path)


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config(stdout=io.StringIO())
    # Alembic's settings are a ConfigParser's: a percent sign in a folder's name must be doubled.
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A connection in one writing transaction that no other migration shares."""
    with engine.connect().execution_options(**{WRITING: True}) as connection:
        if engine.dialect.name == "sqlite":
            with _foreign_keys_off(connection), connection.begin():
                yield connection
                _check_references(connection)
        else:
            with connection.begin():
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_PG_LOCK})")
                yield connection


@contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Batch mode drops and renames tables that others point at. The pragma works only outside a transaction."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({str(row[0]) for row in broken}))
        raise BrokenReferences(f"{len(broken)} rows in {tables} point at rows that do not exist")
