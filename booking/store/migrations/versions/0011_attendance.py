"""Who came: attendance, walk-ins, head counts; links for substitutes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: None = None
depends_on: None = None

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
)
PRESENCES = ("present", "absent", "excused")


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "attendances",
        sa.Column("id", _key(), nullable=False),
        sa.Column("meeting_id", _key(), nullable=False),
        sa.Column("participant_id", _key(), nullable=False),
        sa.Column(
            "presence",
            sa.Enum(*PRESENCES, name="presence", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
        sa.Column(
            "before",
            sa.Enum(*PRESENCES, name="before", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mark_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_attendances_meeting_id_meetings")),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participants.id"], name=op.f("fk_attendances_participant_id_participants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendances")),
        sa.UniqueConstraint("meeting_id", "participant_id", name=op.f("uq_attendances_meeting_id_participant_id")),
    )
    op.create_index(op.f("ix_attendances_participant_id"), "attendances", ["participant_id"], unique=False)

    op.create_table(
        "walk_ins",
        sa.Column("id", _key(), nullable=False),
        sa.Column("meeting_id", _key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("age", sa.Integer(), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mark_key", sa.Text(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("age BETWEEN 0 AND 120", name=op.f("ck_walk_ins_age")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_walk_ins_meeting_id_meetings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_ins")),
        sa.UniqueConstraint("meeting_id", "mark_key", name=op.f("uq_walk_ins_meeting_id_mark_key")),
    )

    op.create_table(
        "head_counts",
        sa.Column("id", _key(), nullable=False),
        sa.Column("meeting_id", _key(), nullable=False),
        sa.Column(
            "age_group",
            sa.Enum(
                "0-3",
                "4-6",
                "7-9",
                "10-12",
                "13-15",
                "16-18",
                "adult",
                name="agegroup",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("heads", sa.Integer(), nullable=True),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mark_key", sa.Text(), nullable=False),
        sa.CheckConstraint("heads BETWEEN 0 AND 500", name=op.f("ck_head_counts_heads")),
        sa.CheckConstraint("before BETWEEN 0 AND 500", name=op.f("ck_head_counts_heads_before")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_head_counts_meeting_id_meetings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_head_counts")),
        sa.UniqueConstraint("meeting_id", "age_group", name=op.f("uq_head_counts_meeting_id_age_group")),
    )

    _allow(PURPOSES)


def downgrade() -> None:
    op.execute("DELETE FROM links WHERE purpose = 'substitute'")
    _allow(PURPOSES[:-1])

    op.drop_table("head_counts")
    op.drop_table("walk_ins")
    op.drop_table("attendances")


def _allow(purposes: tuple[str, ...]) -> None:
    """What a link may be for: a CHECK on a text column, alike on both databases."""
    words = ", ".join(f"'{purpose}'" for purpose in purposes)
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_links_purpose"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_links_purpose"), f"purpose IN ({words})")
