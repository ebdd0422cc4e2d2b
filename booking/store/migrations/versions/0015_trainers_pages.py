"""Trainers' and kits' versions for two who edit at once, offers to swap, feeds of trainers and of libraries' desks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: None = None
depends_on: None = None

NEW = ("trainer_feed", "desk_feed")
PURPOSES = (
    "manage",
    "mine",
    "join",
    "feedback",
    "feed",
    "confirm",
    "subscription",
    "unsubscribe",
    "reset",
    "invite",
    "substitute",
    *NEW,
)


def upgrade() -> None:
    op.add_column("trainers", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("kits", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.create_table(
        "swap_offers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("trainer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "open",
                "taken",
                "declined",
                "withdrawn",
                name="offerstanding",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_swap_offers_assignment_id_assignments")
        ),
        sa.ForeignKeyConstraint(["trainer_id"], ["trainers.id"], name=op.f("fk_swap_offers_trainer_id_trainers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swap_offers")),
        sa.UniqueConstraint("assignment_id", "trainer_id", name=op.f("uq_swap_offers_assignment_id_trainer_id")),
    )
    op.create_index(op.f("ix_swap_offers_trainer_id_standing"), "swap_offers", ["trainer_id", "standing"])
    _allow(PURPOSES)


def downgrade() -> None:
    op.execute("DELETE FROM links WHERE purpose IN ('trainer_feed', 'desk_feed')")
    _allow(PURPOSES[: -len(NEW)])
    op.drop_table("swap_offers")
    op.drop_column("kits", "version")
    op.drop_column("trainers", "version")


def _allow(purposes: tuple[str, ...]) -> None:
    """What a link may be for: a CHECK on a text column, alike on both databases."""
    words = ", ".join(f"'{purpose}'" for purpose in purposes)
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_links_purpose"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_links_purpose"), f"purpose IN ({words})")
