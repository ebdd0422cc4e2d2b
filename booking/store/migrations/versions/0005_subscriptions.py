"""Subscriptions, wishes to know when booking opens, and since when a slot is published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: None = None
depends_on: None = None

PURPOSES = ("manage", "mine", "join", "feedback", "feed", "confirm", "subscription", "unsubscribe")


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "subscribers",
        sa.Column("id", key, nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("address_key", name=op.f("uq_subscribers_address_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_subscribers_ref")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", key, nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("subscriber_id", key, nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("age", sa.Integer(), nullable=True),
        sa.Column("wish_key", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("age BETWEEN 0 AND 99", name=op.f("ck_subscriptions_age")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_subscriptions_subscriber_id_subscribers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("ref", name=op.f("uq_subscriptions_ref")),
        sa.UniqueConstraint("wish_key", name=op.f("uq_subscriptions_wish_key")),
    )
    op.create_index(op.f("ix_subscriptions_subscriber_id"), "subscriptions", ["subscriber_id"], unique=False)
    op.create_index(op.f("ix_subscriptions_asked_at"), "subscriptions", ["asked_at"], unique=False)
    op.create_table(
        "opening_wishes",
        sa.Column("id", key, nullable=False),
        sa.Column("slot_id", key, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("wish_key", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_opening_wishes_slot_id_slots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_wishes")),
        sa.UniqueConstraint("wish_key", name=op.f("uq_opening_wishes_wish_key")),
    )
    op.create_index(op.f("ix_opening_wishes_slot_id"), "opening_wishes", ["slot_id"], unique=False)
    op.create_index(op.f("ix_opening_wishes_address_key"), "opening_wishes", ["address_key"], unique=False)
    op.add_column("slots", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    # What is known by now is no news to anybody.
    op.execute("UPDATE slots SET published_at = changed_at WHERE state <> 'draft'")
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_links_purpose"), type_="check")
        batch_op.create_check_constraint(op.f("ck_links_purpose"), sa.column("purpose").in_(PURPOSES))


def downgrade() -> None:
    op.execute("DELETE FROM links WHERE purpose IN ('confirm', 'subscription', 'unsubscribe')")
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_links_purpose"), type_="check")
        batch_op.create_check_constraint(op.f("ck_links_purpose"), sa.column("purpose").in_(PURPOSES[:-3]))
    op.drop_column("slots", "published_at")
    op.drop_table("opening_wishes")
    op.drop_table("subscriptions")
    op.drop_table("subscribers")
