"""Trainers, kits and days off; who leads which meeting and what it takes, never twice at the same time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: None = None
depends_on: None = None


# Columns that are added with a check of their own: a batch on SQLite would make the tables anew without their others.
ADDED = (
    ("activities", "children_per_trainer", "children_per_trainer > 0"),
    ("activities", "least_children", "least_children > 0"),
    ("activities", "decide_days", "decide_days >= 0"),
    ("activities", "packing_minutes", "packing_minutes >= 0"),
    ("activities", "clearing_minutes", "clearing_minutes >= 0"),
    ("slots", "least_children", "least_children > 0"),
)
NEVER_TWICE = (("assignments", "trainer_id"), ("room_reservations", "room_id"), ("kit_reservations", "kit_id"))


def upgrade() -> None:
    for table, column, rule in ADDED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER CONSTRAINT ck_{table}_{column} CHECK ({rule})")
    op.add_column("slots", sa.Column("decide_on", sa.Date(), nullable=True))
    # Before what refers to it.
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_meetings_id_starts_at_ends_at"), ["id", "starts_at", "ends_at"], unique=True
        )

    op.create_table(
        "days_off",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "holiday",
                "school_break",
                "other",
                name="dayoffkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_days_off_span")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_days_off_place_id_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_days_off")),
    )
    with op.batch_alter_table("days_off", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_days_off_last_on"), ["last_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_days_off_place_id"), ["place_id"], unique=False)

    op.create_table(
        "trainers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(), nullable=False),
        sa.Column("home_place_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["home_place_id"], ["places.id"], name=op.f("fk_trainers_home_place_id_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainers")),
    )
    with op.batch_alter_table("trainers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trainers_home_place_id"), ["home_place_id"], unique=False)

    op.create_table(
        "absences",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("trainer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("planned", "sudden", name="absencekind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_ref", sa.Text(), nullable=False),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_absences_span")),
        sa.ForeignKeyConstraint(["trainer_id"], ["trainers.id"], name=op.f("fk_absences_trainer_id_trainers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_absences_trainer_id_last_on"), ["trainer_id", "last_on"], unique=False)

    op.create_table(
        "competences",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("trainer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "workshop",
                "course",
                "lecture",
                "seminar",
                name="activitykind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.CheckConstraint("(activity_id IS NULL) <> (kind IS NULL)", name=op.f("ck_competences_activity_or_kind")),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name=op.f("fk_competences_activity_id_activities")),
        sa.ForeignKeyConstraint(["trainer_id"], ["trainers.id"], name=op.f("fk_competences_trainer_id_trainers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competences")),
        sa.UniqueConstraint("trainer_id", "activity_id", name=op.f("uq_competences_trainer_id_activity_id")),
        sa.UniqueConstraint("trainer_id", "kind", name=op.f("uq_competences_trainer_id_kind")),
    )
    with op.batch_alter_table("competences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_competences_activity_id"), ["activity_id"], unique=False)

    op.create_table(
        "kits",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("thing_key", sa.Text(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("home_place_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at_place_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brought_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("pieces > 0", name=op.f("ck_kits_pieces")),
        sa.ForeignKeyConstraint(["at_place_id"], ["places.id"], name=op.f("fk_kits_at_place_id_places")),
        sa.ForeignKeyConstraint(["brought_by_id"], ["trainers.id"], name=op.f("fk_kits_brought_by_id_trainers")),
        sa.ForeignKeyConstraint(["home_place_id"], ["places.id"], name=op.f("fk_kits_home_place_id_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kits")),
    )
    with op.batch_alter_table("kits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kits_at_place_id"), ["at_place_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_kits_brought_by_id"), ["brought_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_kits_home_place_id"), ["home_place_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_kits_thing_key"), ["thing_key"], unique=False)

    op.create_table(
        "working_hours",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("trainer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.CheckConstraint("ends > starts", name=op.f("ck_working_hours_ends_after_starts")),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_working_hours_weekday")),
        sa.ForeignKeyConstraint(["trainer_id"], ["trainers.id"], name=op.f("fk_working_hours_trainer_id_trainers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_hours")),
    )
    with op.batch_alter_table("working_hours", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_working_hours_trainer_id"), ["trainer_id"], unique=False)

    op.create_table(
        "accepted_clashes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "trainer_twice",
                "trainer_away",
                "trainer_left",
                "room_twice",
                "kit_twice",
                "place_closed",
                "trainer_hurried",
                "room_hurried",
                "kit_hurried",
                "outside_work",
                "no_competence",
                "closed_that_day",
                "outside_hours",
                "public_holiday",
                "school_break",
                "day_off",
                "kit_missing",
                name="clashkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("about", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_ref", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_accepted_clashes_meeting_id_meetings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accepted_clashes")),
    )
    with op.batch_alter_table("accepted_clashes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accepted_clashes_meeting_id"), ["meeting_id"], unique=False)

    op.create_table(
        "assignments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("trainer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "asked",
                "accepted",
                "ended",
                name="assignmentstanding",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("standing <> 'ended' OR NOT holds", name=op.f("ck_assignments_ended")),
        sa.ForeignKeyConstraint(
            ["meeting_id", "starts_at", "ends_at"],
            ["meetings.id", "meetings.starts_at", "meetings.ends_at"],
            name=op.f("fk_assignments_meeting_id_starts_at_ends_at_meetings"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["trainer_id"], ["trainers.id"], name=op.f("fk_assignments_trainer_id_trainers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
        sa.UniqueConstraint("uid", name=op.f("uq_assignments_uid")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignments_meeting_id"), ["meeting_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_assignments_trainer_id_starts_at"), ["trainer_id", "starts_at"], unique=False
        )

    op.create_table(
        "kit_reservations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["kit_id"], ["kits.id"], name=op.f("fk_kit_reservations_kit_id_kits")),
        sa.ForeignKeyConstraint(
            ["meeting_id", "starts_at", "ends_at"],
            ["meetings.id", "meetings.starts_at", "meetings.ends_at"],
            name=op.f("fk_kit_reservations_meeting_id_starts_at_ends_at_meetings"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_reservations")),
        sa.UniqueConstraint("meeting_id", "kit_id", name=op.f("uq_kit_reservations_meeting_id_kit_id")),
    )
    with op.batch_alter_table("kit_reservations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kit_reservations_kit_id_starts_at"), ["kit_id", "starts_at"], unique=False)

    op.create_table(
        "room_reservations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("room_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id", "starts_at", "ends_at"],
            ["meetings.id", "meetings.starts_at", "meetings.ends_at"],
            name=op.f("fk_room_reservations_meeting_id_starts_at_ends_at_meetings"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_room_reservations_room_id_rooms")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_reservations")),
        sa.UniqueConstraint("meeting_id", name=op.f("uq_room_reservations_meeting_id")),
    )
    with op.batch_alter_table("room_reservations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_room_reservations_room_id_starts_at"), ["room_id", "starts_at"], unique=False
        )

    op.create_table(
        "assignment_ends",
        sa.Column("assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_ref", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "taken_off",
                "given_up",
                "replaced",
                name="endkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("successor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_assignment_ends_assignment_id_assignments")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["assignments.id"], name=op.f("fk_assignment_ends_successor_id_assignments")
        ),
        sa.PrimaryKeyConstraint("assignment_id", name=op.f("pk_assignment_ends")),
    )
    with op.batch_alter_table("assignment_ends", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_ends_successor_id"), ["successor_id"], unique=False)

    for table, column in NEVER_TWICE:
        _forbid_twice(table, column)
    _reserve_rooms()


def _forbid_twice(table: str, column: str) -> None:
    """Among the rows of one thing that hold, no two spans overlap. No extension: a number stands as a range of one."""
    name = f"ex_{table}_{column}"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist"
            f" (int8range({column}, {column}, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&) WHERE (holds)"
        )
        return
    for word, when in (("insert", "INSERT"), ("update", f"UPDATE OF {column}, starts_at, ends_at, holds")):
        op.execute(
            f"CREATE TRIGGER {name}_{word} AFTER {when} ON {table} WHEN NEW.holds BEGIN\n"  # noqa: S608  # names of ours
            f"SELECT RAISE(ABORT, '{name}') WHERE EXISTS (SELECT 1 FROM {table} AS other\n"
            f"WHERE other.{column} = NEW.{column} AND other.holds AND other.id <> NEW.id\n"
            "AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at);\n"
            "END"
        )


def _reserve_rooms() -> None:
    """What stands in a room already takes it. Where two did at once, the one planned first has it."""
    op.execute("""
        INSERT INTO room_reservations (meeting_id, room_id, starts_at, ends_at, holds)
        SELECT meetings.id, slots.room_id, meetings.starts_at, meetings.ends_at,
            slots.state <> 'called_off' AND meetings.called_off_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM meetings AS other JOIN slots AS others ON others.id = other.slot_id
                WHERE others.room_id = slots.room_id AND other.id < meetings.id
                AND other.starts_at < meetings.ends_at AND meetings.starts_at < other.ends_at
                AND others.state <> 'called_off' AND other.called_off_at IS NULL
            )
        FROM meetings
        JOIN slots ON slots.id = meetings.slot_id
        JOIN rooms ON rooms.id = slots.room_id AND rooms.place_id = meetings.place_id
        ORDER BY meetings.id
    """)


def downgrade() -> None:
    with op.batch_alter_table("assignment_ends", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_ends_successor_id"))

    op.drop_table("assignment_ends")
    with op.batch_alter_table("room_reservations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_room_reservations_room_id_starts_at"))

    op.drop_table("room_reservations")
    with op.batch_alter_table("kit_reservations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kit_reservations_kit_id_starts_at"))

    op.drop_table("kit_reservations")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignments_trainer_id_starts_at"))
        batch_op.drop_index(batch_op.f("ix_assignments_meeting_id"))

    op.drop_table("assignments")
    with op.batch_alter_table("accepted_clashes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accepted_clashes_meeting_id"))

    op.drop_table("accepted_clashes")
    with op.batch_alter_table("working_hours", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_working_hours_trainer_id"))

    op.drop_table("working_hours")
    with op.batch_alter_table("kits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kits_thing_key"))
        batch_op.drop_index(batch_op.f("ix_kits_home_place_id"))
        batch_op.drop_index(batch_op.f("ix_kits_brought_by_id"))
        batch_op.drop_index(batch_op.f("ix_kits_at_place_id"))

    op.drop_table("kits")
    with op.batch_alter_table("competences", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_competences_activity_id"))

    op.drop_table("competences")
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_absences_trainer_id_last_on"))

    op.drop_table("absences")
    with op.batch_alter_table("trainers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trainers_home_place_id"))

    op.drop_table("trainers")
    with op.batch_alter_table("days_off", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_days_off_place_id"))
        batch_op.drop_index(batch_op.f("ix_days_off_last_on"))

    op.drop_table("days_off")
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meetings_id_starts_at_ends_at"))
    op.execute("ALTER TABLE slots DROP COLUMN decide_on")
    for table, column, _ in reversed(ADDED):
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}")
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
