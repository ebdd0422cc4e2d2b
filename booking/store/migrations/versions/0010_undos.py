"""What staff called off or moved, and how it was before; the audit trail of one thing is found without reading all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "undos",
        sa.Column("id", number, nullable=False),
        sa.Column("slot_id", number, nullable=False),
        sa.Column("meeting_id", number, nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "call_off",
                "call_off_meeting",
                "move",
                name="undokind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_ref", sa.Text(), nullable=False),
        sa.Column("was", sa.JSON(), nullable=False),
        sa.Column("letters", sa.JSON(), nullable=False),
        sa.Column("offers", sa.JSON(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_undos_meeting_id_meetings")),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_undos_slot_id_slots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undos")),
    )
    op.create_index(op.f("ix_undos_meeting_id"), "undos", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_undos_slot_id"), "undos", ["slot_id"], unique=False)
    op.create_index(op.f("ix_audit_entries_subject"), "audit_entries", ["subject"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_entries_subject"), table_name="audit_entries")
    op.drop_table("undos")
