"""The letters of the clock, their pace, and what families think."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: None = None
depends_on: None = None

PURPOSES = ("manage", "mine", "join", "feedback")
_key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("once", sa.Text(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_letters_once"), ["once"])
    op.create_table(
        "mail_pace",
        sa.Column("id", _key, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_pace")),
    )
    _allow(PURPOSES)
    with op.batch_alter_table("slots", schema=None) as batch_op:
        batch_op.add_column(sa.Column("letter_note_sv", sa.Text(), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("letter_note_en", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_table(
        "feedback_invitations",
        sa.Column("link_id", _key, autoincrement=False, nullable=False),
        sa.Column("slot_id", _key, nullable=False),
        sa.Column("adults", sa.Integer(), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.CheckConstraint("adults >= 0", name=op.f("ck_feedback_invitations_adults")),
        sa.CheckConstraint("children >= 0", name=op.f("ck_feedback_invitations_children")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_feedback_invitations_link_id_links")),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_feedback_invitations_slot_id_slots")),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_feedback_invitations")),
    )
    op.create_table(
        "feedback",
        sa.Column("id", _key, nullable=False),
        sa.Column("slot_id", _key, nullable=False),
        sa.Column(
            "voice",
            sa.Enum("adult", "child", name="voice", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("liked", sa.Integer(), nullable=False),
        sa.Column("easy", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("form_key", sa.Text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.CheckConstraint("liked BETWEEN 1 AND 5", name=op.f("ck_feedback_liked")),
        sa.CheckConstraint("easy BETWEEN 1 AND 5", name=op.f("ck_feedback_easy")),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_feedback_slot_id_slots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("form_key", name=op.f("uq_feedback_form_key")),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_slot_id"), ["slot_id"], unique=False)


def downgrade() -> None:
    op.drop_table("feedback")
    op.drop_table("feedback_invitations")
    with op.batch_alter_table("slots", schema=None) as batch_op:
        batch_op.drop_column("letter_note_en")
        batch_op.drop_column("letter_note_sv")
    op.execute("DELETE FROM links WHERE purpose IN ('join', 'feedback')")
    _allow(PURPOSES[:2])
    op.drop_table("mail_pace")
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_letters_once"), type_="unique")
        batch_op.drop_column("once")


def _allow(purposes: tuple[str, ...]) -> None:
    """What a link may be for: a CHECK on a text column, alike on both databases."""
    words = ", ".join(f"'{purpose}'" for purpose in purposes)
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_links_purpose"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_links_purpose"), f"purpose IN ({words})")
