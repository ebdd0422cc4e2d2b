"""Whether the database can be used at all."""

from __future__ import annotations

from sqlalchemy import text

from booking.store import db, migrating
from booking.store.engine import WRITING


def can_write() -> bool:
    """Try a write and take it back. Raises the driver's errors when the database is away, locked or read-only."""
    with db.engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin() as transaction:
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
        transaction.rollback()
    return True


def is_migrated() -> bool:
    """Whether the database is at the revision that this program needs."""
    return migrating.is_current(db.engine)
