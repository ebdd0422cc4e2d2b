"""Alembic's entry. It runs on the connection that `booking.store.migrating` hands over, inside that one transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from booking.store.base import Base, UtcDateTime


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """A revision names plain column types: it must still run when our own types have changed."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


line = context.config.attributes["connection"]
if line.dialect.name == "postgresql":
    # What waits for the commit (the triggers that keep the feeds' state) would forbid to alter a table that an earlier
    # step has written to: all steps are one transaction.
    line.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
context.configure(
    connection=line,
    target_metadata=Base.metadata,  # for its naming convention, and for comparing when a revision is written
    render_as_batch=True,
    transactional_ddl=True,  # true of SQLite as well, since the store begins its transactions itself
    compare_type=True,
    compare_server_default=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
