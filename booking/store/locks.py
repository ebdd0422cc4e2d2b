"""Locks by name, for limits that no row carries."""

from __future__ import annotations

import hashlib

from sqlalchemy import text

from booking.store.engine import connection

_WAIT = text("SELECT pg_advisory_xact_lock(:number)")


def hold(name: str) -> None:
    """Make others that hold `name` wait until this transaction ends. Free on SQLite, whose writers are alone anyway.

    Take it after the row locks of the verb: one fixed order, no deadlock. One statement on PostgreSQL.
    """
    line = connection()
    if line.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        line.execute(_WAIT, {"number": number})
