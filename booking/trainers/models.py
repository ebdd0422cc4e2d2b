"""Trainers with their working hours and absences, and kits."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.accounts.models import Staff
from booking.places.models import Place
from booking.store import Base, Key, enum_column
from booking.trainers.rules import AbsenceKind


class Trainer(Base):
    """Who leads. The name is for staff alone. `staff_id` is the account of one who signs in.

    `left_on` is the first day on which the trainer leads nothing more; the row and its history stay. What a trainer can
    lead is the programme's `Competence`. `version` counts saves of the whole page (requirement A14).
    """

    __tablename__ = "trainers"

    id: Mapped[Key]
    name: Mapped[str]
    sort_key: Mapped[str]
    home_place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey(Staff.id), index=True, unique=True)
    left_on: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    changed_at: Mapped[dt.datetime]

    home: Mapped[Place | None] = relationship()
    working_hours: Mapped[list[WorkingHours]] = relationship(order_by="(WorkingHours.weekday, WorkingHours.starts)")
    absences: Mapped[list[Absence]] = relationship(order_by="(Absence.first_on, Absence.id)")


class WorkingHours(Base):
    """When a trainer works: a weekday (1 is Monday, ISO) of every week, wall times. None at all: not kept."""

    __tablename__ = "working_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("ends > starts", name="ends_after_starts"),
    )

    id: Mapped[Key]
    trainer_id: Mapped[int] = mapped_column(ForeignKey("trainers.id"), index=True)
    weekday: Mapped[int]
    starts: Mapped[dt.time]
    ends: Mapped[dt.time]


class Absence(Base):
    """Days, both included, on which a trainer leads nothing. Why is not kept anywhere, so no letter can tell it."""

    __tablename__ = "absences"
    __table_args__ = (CheckConstraint("first_on <= last_on", name="span"), Index(None, "trainer_id", "last_on"))

    id: Mapped[Key]
    trainer_id: Mapped[int] = mapped_column(ForeignKey("trainers.id"))
    kind: Mapped[AbsenceKind] = mapped_column(enum_column(AbsenceKind))
    first_on: Mapped[dt.date]
    last_on: Mapped[dt.date]
    reported_at: Mapped[dt.datetime]
    actor_ref: Mapped[str]


class Kit(Base):
    """A counted set that is carried and lent as one: six Blue-Bots in a box.

    `thing` is what an activity's equipment calls it; `thing_key` is what is compared. `at_place_id` is where it stands
    now, `brought_by_id` who brings it to where it is needed next. From `retired_on` on it is reserved no more.
    `version` counts saves of the whole page (requirement A14).
    """

    __tablename__ = "kits"
    __table_args__ = (CheckConstraint("pieces > 0", name="pieces"),)

    id: Mapped[Key]
    name: Mapped[str]
    thing: Mapped[str]
    thing_key: Mapped[str] = mapped_column(index=True)
    pieces: Mapped[int]
    home_place_id: Mapped[int] = mapped_column(ForeignKey("places.id"), index=True)
    at_place_id: Mapped[int] = mapped_column(ForeignKey("places.id"), index=True)
    brought_by_id: Mapped[int | None] = mapped_column(ForeignKey("trainers.id"), index=True)
    note: Mapped[str] = mapped_column(default="")
    retired_on: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    changed_at: Mapped[dt.datetime]

    home: Mapped[Place] = relationship(foreign_keys=[home_place_id])
    at: Mapped[Place] = relationship(foreign_keys=[at_place_id])
    brought_by: Mapped[Trainer | None] = relationship()
