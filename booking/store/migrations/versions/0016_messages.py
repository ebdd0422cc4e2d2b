"""What staff wrote to a slot's families: to whom and when, without the words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "slot_messages",
        sa.Column("id", key, nullable=False),
        sa.Column("slot_id", key, nullable=False),
        sa.Column(
            "recipients",
            sa.Enum(
                "everybody",
                "seated",
                "queued",
                "present",
                name="recipients",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("form_key", sa.Text(), nullable=False),
        sa.Column("form_digest", sa.Text(), nullable=False),
        sa.Column("letters", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_ref", sa.Text(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_slot_messages_slot_id_slots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_messages")),
        sa.UniqueConstraint("form_key", name=op.f("uq_slot_messages_form_key")),
    )
    op.create_index(op.f("ix_slot_messages_slot_id"), "slot_messages", ["slot_id"], unique=False)


def downgrade() -> None:
    op.drop_table("slot_messages")
