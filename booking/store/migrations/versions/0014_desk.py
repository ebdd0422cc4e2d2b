"""The desk: what came of ringing a family, and the trail of one thing."""

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


def downgrade() -> None:
    op.drop_table("phone_calls")
