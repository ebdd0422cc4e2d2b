"""The database: engine and transactions, the declarative base, column types, the audit trail, migrations."""

from booking.store.audit import AuditEntry, audit
from booking.store.base import Base, Key, UtcDateTime, enum_column
from booking.store.engine import db, init_app
from booking.store.writing import BusyDatabase, in_writing, writes

__all__ = [
    "AuditEntry",
    "Base",
    "BusyDatabase",
    "Key",
    "UtcDateTime",
    "audit",
    "db",
    "enum_column",
    "in_writing",
    "init_app",
    "writes",
]
