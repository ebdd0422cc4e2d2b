"""What the organiser does to a slot: letters that are withdrawn, and meetings called off by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: None = None
depends_on: None = None

CHECK = "ck_letters_letterstate"
BEFORE, AFTER = ("waiting", "sent", "stopped"), ("waiting", "sent", "stopped", "withdrawn")


def upgrade() -> None:
    _allow(AFTER)
    op.create_table(
        "meeting_call_offs",
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_ref", sa.Text(), nullable=False),
        sa.Column("reason_sv", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_call_offs_meeting_id_meetings")),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_meeting_call_offs")),
    )


def downgrade() -> None:
    op.drop_table("meeting_call_offs")
    op.execute("UPDATE letters SET state = 'stopped' WHERE state = 'withdrawn'")
    _allow(BEFORE)


def _allow(states: tuple[str, ...]) -> None:
    """Let a letter stand so. A batch on SQLite makes the table anew without its checks, of which there is this one."""
    rule = f"state IN ({', '.join(repr(state) for state in states)})"
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(CHECK), "letters", type_="check")
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.create_check_constraint(op.f(CHECK), rule)
