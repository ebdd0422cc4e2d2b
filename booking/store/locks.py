"""Locks by name, for limits that no row carries."""

from __future__ import annotations

import hashlib

from sqlalchemy import BigInteger, bindparam, func, select

from booking.store.engine import connection
from booking.store.prepared import Prepared

_WAIT = Prepared(select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger()))))


def hold(name: str) -> None:
    """Make others that hold `name` wait until this transaction ends. Free on SQLite, whose writers are alone anyway.

    Take it before the row locks of the verb: one fixed order, no deadlock, and nobody else waits for rows that we hold
    while we wait for a name. One statement on PostgreSQL.
    """
    if connection().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        _WAIT.rows({"number": number})
