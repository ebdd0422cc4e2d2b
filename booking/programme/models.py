"""What is taught and when: activities, slots, seat pools, meetings, call-offs."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.places.models import Place, Room
from booking.programme.rules import ActivityKind, Admission, Sign, SlotState
from booking.store import Base, Key, enum_column


class Activity(Base):
    """What is taught. Texts in Swedish and English; ages in whole years, both ends included; minutes of one meeting."""

    __tablename__ = "activities"
    __table_args__ = (
        CheckConstraint("age_min <= age_max", name="ages"),
        CheckConstraint("duration_minutes > 0", name="duration"),
        CheckConstraint("seats > 0", name="seats"),
    )

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[ActivityKind] = mapped_column(enum_column(ActivityKind))
    title_sv: Mapped[str]
    title_en: Mapped[str] = mapped_column(default="")
    description_sv: Mapped[str] = mapped_column(default="")
    description_en: Mapped[str] = mapped_column(default="")
    bring_sv: Mapped[str] = mapped_column(default="")
    bring_en: Mapped[str] = mapped_column(default="")
    age_min: Mapped[int | None]
    age_max: Mapped[int | None]
    duration_minutes: Mapped[int]
    seats: Mapped[int]
    adult_stays: Mapped[bool] = mapped_column(default=False)
    equipment: Mapped[str] = mapped_column(default="")  # "thing:number;thing:number" for a full group
    equipment_en: Mapped[str] = mapped_column(default="")  # "thing;thing", the same things in English
    level: Mapped[str] = mapped_column(default="")
    sign: Mapped[Sign] = mapped_column(enum_column(Sign))
    search_key: Mapped[str]
    changed_at: Mapped[dt.datetime]


class Slot(Base):
    """One run of an activity: what a family books. Owned by one place, which decides the rights.

    `starts_at` and `ends_at` are the first meeting's start and the last one's end, kept by the verbs so that lists sort
    without reading meetings. `published_at` says since when the public may know of it; None for a draft. `series` ties
    the slots that were planned together. `age_min` and `age_max` None: any age.
    """

    __tablename__ = "slots"
    __table_args__ = (
        CheckConstraint("age_min <= age_max", name="ages"),
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("opens_at < closes_at", name="window"),
        Index(None, "state", "ends_at"),
        Index(None, "place_id", "starts_at"),
        Index(None, "activity_id", "starts_at"),
    )

    id: Mapped[Key]
    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id"))
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"), index=True)
    state: Mapped[SlotState] = mapped_column(enum_column(SlotState))
    admission: Mapped[Admission] = mapped_column(enum_column(Admission))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    opens_at: Mapped[dt.datetime]
    closes_at: Mapped[dt.datetime]
    age_min: Mapped[int | None]
    age_max: Mapped[int | None]
    adult_stays: Mapped[bool]
    language: Mapped[str] = mapped_column(default="sv")  # codes of the languages spoken, comma between: "sv,ar"
    bring_sv: Mapped[str] = mapped_column(default="")
    bring_en: Mapped[str] = mapped_column(default="")
    letter_note_sv: Mapped[str] = mapped_column(default="", server_default=text("''"))  # staff's words in its letters
    letter_note_en: Mapped[str] = mapped_column(default="", server_default=text("''"))
    trainer_names: Mapped[str] = mapped_column(default="")  # for staff only
    is_online: Mapped[bool] = mapped_column(default=False)
    join_url: Mapped[str] = mapped_column(default="")  # shown to booked families from 15 minutes before the start
    series: Mapped[str] = mapped_column(default="", index=True)
    published_at: Mapped[dt.datetime | None]
    changed_at: Mapped[dt.datetime]

    activity: Mapped[Activity] = relationship()
    place: Mapped[Place] = relationship()
    room: Mapped[Room | None] = relationship()
    pools: Mapped[list[SeatPool]] = relationship(back_populates="slot", order_by="SeatPool.id")
    meetings: Mapped[list[Meeting]] = relationship(back_populates="slot", order_by="(Meeting.starts_at, Meeting.id)")
    call_off: Mapped[CallOff | None] = relationship()


class SeatPool(Base):
    """A counted set of a slot's seats, with a queue of its own.

    `seated` counts participants, `queued` parties; both equal the rows (requirement A13) and change only under the lock
    on this row. `seated` may exceed `seats` when staff lower them, so that is no CHECK. `last_queue_number` only grows.
    `queue_limit` counts parties; None: no limit, 0: no queue.
    """

    __tablename__ = "seat_pools"
    __table_args__ = (
        CheckConstraint("seats >= 0", name="seats"),
        CheckConstraint("seated >= 0", name="seated"),
        CheckConstraint("queued >= 0", name="queued"),
        CheckConstraint("queue_limit >= 0", name="queue_limit"),
    )

    id: Mapped[Key]
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"), index=True)
    name: Mapped[str] = mapped_column(default="")
    seats: Mapped[int]
    seated: Mapped[int] = mapped_column(default=0)
    queued: Mapped[int] = mapped_column(default=0)
    last_queue_number: Mapped[int] = mapped_column(default=0)
    queue_limit: Mapped[int | None]

    slot: Mapped[Slot] = relationship(back_populates="pools")


class Meeting(Base):
    """One time at one place in a slot. Keeps its wall time (naive, Stockholm) and the instants derived from it.

    `uid` is its public calendar identity, random and for life; `sequence` rises when time, place or status changes;
    `called_off_at` marks a meeting that is off while its slot goes on; a MeetingCallOff says who, when and why.
    """

    __tablename__ = "meetings"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="span"),
        Index(None, "starts_at", "id"),
        Index(None, "place_id", "starts_at"),
    )

    id: Mapped[Key]
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"), index=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"))
    starts_local: Mapped[dt.datetime] = mapped_column(DateTime())
    ends_local: Mapped[dt.datetime] = mapped_column(DateTime())
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    uid: Mapped[str] = mapped_column(unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    called_off_at: Mapped[dt.datetime | None]
    changed_at: Mapped[dt.datetime]

    slot: Mapped[Slot] = relationship(back_populates="meetings")
    place: Mapped[Place] = relationship()


class CallOff(Base):
    """The organiser called the slot off: when, by whom, and the reason that families read."""

    __tablename__ = "call_offs"

    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"), primary_key=True)
    at: Mapped[dt.datetime]
    actor_ref: Mapped[str]
    reason_sv: Mapped[str]
    reason_en: Mapped[str] = mapped_column(default="")


class MeetingCallOff(Base):
    """The organiser called one meeting off while its slot goes on. The same words as `CallOff`."""

    __tablename__ = "meeting_call_offs"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    at: Mapped[dt.datetime]
    actor_ref: Mapped[str]
    reason_sv: Mapped[str]
    reason_en: Mapped[str] = mapped_column(default="")
