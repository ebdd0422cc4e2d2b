"""The desk: who was rung, what was written to a slot's families, a moved booking's entry, the trail of one thing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "phone_calls",
        sa.Column("id", key, nullable=False),
        sa.Column("booking_id", key, nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "reached",
                "no_answer",
                "later",
                name="calloutcome",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_ref", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_phone_calls_booking_id_bookings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_calls")),
    )
    op.create_index(op.f("ix_phone_calls_booking_id"), "phone_calls", ["booking_id"], unique=False)
    op.create_table(
        "slot_messages",
        sa.Column("id", key, nullable=False),
        sa.Column("slot_id", key, nullable=False),
        sa.Column(
            "audience",
            sa.Enum(
                "everybody", "seated", "queued", name="audience", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("form_key", sa.Text(), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_ref", sa.Text(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("letters >= 0", name=op.f("ck_slot_messages_letters")),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_slot_messages_slot_id_slots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_messages")),
        sa.UniqueConstraint("form_key", name=op.f("uq_slot_messages_form_key")),
    )
    op.create_index(op.f("ix_slot_messages_slot_id"), "slot_messages", ["slot_id"], unique=False)
    op.add_column("bookings", sa.Column("entry_uid", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("bookings", "entry_uid")
    op.drop_table("slot_messages")
    op.drop_table("phone_calls")
