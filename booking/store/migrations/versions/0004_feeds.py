"""The state of the feeds, which triggers keep, and links to personal feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: None = None
depends_on: None = None

# Everything that the entries of a feed are made of; a table that a later revision makes needs its triggers there.
TABLES = ("activities", "call_offs", "meeting_call_offs", "meetings", "places", "slots")
PURPOSES = ("manage", "mine", "join", "feedback", "feed")

SQLITE_TRIGGER = """
CREATE TRIGGER feed_state_{table}_{when} AFTER {when} ON {table} BEGIN
  INSERT INTO feed_state (id, revision, changed_at) VALUES (1, abs(random() / 4), {stamp})
  ON CONFLICT (id) DO UPDATE SET
    revision = revision + 1, changed_at = max(coalesce(changed_at, excluded.changed_at), excluded.changed_at);
END
"""

# The trigger waits for the end of the transaction, so this row is the last one that any transaction locks: whoever
# waits for it holds up nobody who could hold it up. Only the first change of a transaction counts; `writer` says whose
# it was. The revisions then rise in the order of the commits.
POSTGRESQL_FUNCTION = """
CREATE FUNCTION feed_state_rises() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  stamp timestamptz;
BEGIN
  IF TG_OP = 'DELETE' THEN
    stamp := to_jsonb(OLD) ->> TG_ARGV[0];
  ELSE
    stamp := to_jsonb(NEW) ->> TG_ARGV[0];
  END IF;
  INSERT INTO feed_state AS kept (id, revision, changed_at, writer)
  VALUES (1, (random() * 2e18)::bigint, stamp, txid_current())
  ON CONFLICT (id) DO UPDATE SET
    revision = kept.revision + 1, changed_at = greatest(kept.changed_at, excluded.changed_at), writer = excluded.writer
  WHERE kept.writer IS DISTINCT FROM excluded.writer OR kept.changed_at < excluded.changed_at;
  RETURN NULL;
END
$$
"""
POSTGRESQL_TRIGGER = """
CREATE CONSTRAINT TRIGGER feed_state_{table} AFTER INSERT OR UPDATE OR DELETE ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION feed_state_rises('{stamp}')
"""


def upgrade() -> None:
    op.create_table(
        "feed_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("writer", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_feed_state_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_state")),
    )
    _begin_with_what_there_is()
    if op.get_bind().dialect.name == "sqlite":
        for table in _tables():
            for when, row in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")):
                stamp = f"{row}.{_stamp(table)}"
                op.execute(sa.text(SQLITE_TRIGGER.format(table=table, when=when, stamp=stamp).replace(":", "\\:")))
    else:
        op.execute(sa.text(POSTGRESQL_FUNCTION.replace(":", "\\:")))
        for table in _tables():
            op.execute(POSTGRESQL_TRIGGER.format(table=table, stamp=_stamp(table)))
    _allow(PURPOSES)


def downgrade() -> None:
    op.execute("DELETE FROM links WHERE purpose = 'feed'")
    _allow(PURPOSES[:-1])
    if op.get_bind().dialect.name == "sqlite":
        for table in _tables():
            for when in ("INSERT", "UPDATE", "DELETE"):
                op.execute(f"DROP TRIGGER feed_state_{table}_{when}")
    else:
        for table in _tables():
            op.execute(f"DROP TRIGGER feed_state_{table} ON {table}")
        op.execute("DROP FUNCTION feed_state_rises()")
    op.drop_table("feed_state")


def _tables() -> list[str]:
    """Those of them that there are."""
    there = sa.inspect(op.get_bind()).get_table_names()
    return [table for table in TABLES if table in there]


def _stamp(table: str) -> str:
    return "at" if table.endswith("call_offs") else "changed_at"


def _begin_with_what_there_is() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    first = "abs(random() / 4)" if is_sqlite else "(random() * 2e18)::bigint"
    changes = " UNION ALL ".join(f"SELECT {_stamp(table)} AS at FROM {table}" for table in _tables())  # noqa: S608
    question = f"SELECT 1, {first}, max(at) FROM ({changes}) AS changes HAVING count(*) > 0"  # noqa: S608  # our words
    op.execute(sa.text(f"INSERT INTO feed_state (id, revision, changed_at) {question}".replace("::", "\\:\\:")))


def _allow(purposes: tuple[str, ...]) -> None:
    """What a link may be for: a CHECK on a text column, alike on both databases."""
    words = ", ".join(f"'{purpose}'" for purpose in purposes)
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_links_purpose"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_links_purpose"), f"purpose IN ({words})")
