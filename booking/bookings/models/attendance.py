"""Who came: one row for each participant and meeting, for each who came without a booking, for each group counted.

Each row keeps when its mark was made and by which key, so that marks which arrive late or twice change nothing
(`rules.attendance`), and what was so before it, so that it can be undone. Nobody's number stands in a count.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from booking.bookings.rules.attendance import AgeGroup, Presence
from booking.store import Base, Key, enum_column

_BEFORE = Enum(
    Presence,
    native_enum=False,
    create_constraint=True,
    length=20,
    name="before",  # two checks of one table need two names
    values_callable=lambda members: [member.value for member in members],
    validate_strings=True,
)


class Attendance(Base):
    """How it went for one participant at one meeting. `presence` None: a mark that was taken away again.

    `before` is what `marked_at` and `mark_key` changed; None: nothing was marked.
    """

    __tablename__ = "attendances"
    __table_args__ = (
        UniqueConstraint("meeting_id", "participant_id"),
        Index(None, "participant_id"),
    )

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participants.id"))
    presence: Mapped[Presence | None] = mapped_column(enum_column(Presence))
    before: Mapped[Presence | None] = mapped_column(_BEFORE)
    marked_at: Mapped[dt.datetime]
    mark_key: Mapped[str]


class WalkIn(Base):
    """Somebody who came to a meeting without a booking; taken back when it was a slip. `mark_key` is its device's."""

    __tablename__ = "walk_ins"
    __table_args__ = (
        CheckConstraint("age BETWEEN 0 AND 120", name="age"),
        UniqueConstraint("meeting_id", "mark_key"),
    )

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"))
    name: Mapped[str]
    age: Mapped[int | None]
    marked_at: Mapped[dt.datetime]
    mark_key: Mapped[str]
    taken_back_at: Mapped[dt.datetime | None]


class HeadCount(Base):
    """How many of an age group were at a meeting. No row: nobody counted, which is not 0; `heads` None: taken back."""

    __tablename__ = "head_counts"
    __table_args__ = (
        CheckConstraint("heads BETWEEN 0 AND 500", name="heads"),
        CheckConstraint("before BETWEEN 0 AND 500", name="heads_before"),
        UniqueConstraint("meeting_id", "age_group"),
    )

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"))
    age_group: Mapped[AgeGroup] = mapped_column(enum_column(AgeGroup))
    heads: Mapped[int | None]
    before: Mapped[int | None]
    marked_at: Mapped[dt.datetime]
    mark_key: Mapped[str]
