"""What is taught and when, by whom and with what: activities, slots, seat pools, meetings, call-offs, assignments."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.places.models import Place, Room
from booking.programme.rules import ActivityKind, Admission, Sign, SlotState
from booking.programme.rules.clashes import ClashKind
from booking.programme.rules.leading import AssignmentStanding, EndKind, OfferStanding
from booking.programme.rules.undoing import UndoKind
from booking.store import Base, Key, enum_column
from booking.store.base import BigKey
from booking.store.exclusion import never_twice, watch
from booking.trainers.models import Kit, Trainer


class Activity(Base):
    """What is taught. Texts in Swedish and English; ages in whole years, both ends included; minutes of one meeting.

    `children_per_trainer` None: one trainer is enough for all. `least_children` with `decide_days`: with fewer booked
    so many days before, staff decide whether it is held. `packing_minutes` before and `clearing_minutes` after a
    meeting None: as usual (`rules.clashes`). `retired_on` is the first day on which nothing new is planned of it; its
    slots and its address live on. `version` counts the times that staff saved it (requirement A14).
    """

    __tablename__ = "activities"
    __table_args__ = (
        CheckConstraint("age_min <= age_max", name="ages"),
        CheckConstraint("duration_minutes > 0", name="duration"),
        CheckConstraint("seats > 0", name="seats"),
        CheckConstraint("children_per_trainer > 0", name="children_per_trainer"),
        CheckConstraint("least_children > 0", name="least_children"),
        CheckConstraint("decide_days >= 0", name="decide_days"),
        CheckConstraint("packing_minutes >= 0", name="packing_minutes"),
        CheckConstraint("clearing_minutes >= 0", name="clearing_minutes"),
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
    children_per_trainer: Mapped[int | None]
    least_children: Mapped[int | None]
    decide_days: Mapped[int | None]
    packing_minutes: Mapped[int | None]
    clearing_minutes: Mapped[int | None]
    search_key: Mapped[str]
    retired_on: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    changed_at: Mapped[dt.datetime]


class Slot(Base):
    """One run of an activity: what a family books. Owned by one place, which decides the rights.

    `starts_at` and `ends_at` are the first meeting's start and the last one's end, kept by the verbs so that lists sort
    without reading meetings. `published_at` says since when the public may know of it; None for a draft. `series` ties
    the slots that were planned together. `age_min` and `age_max` None: any age.
    `decide_on` is the day by which staff decide whether it is held with fewer than `least_children`; None: it is.
    `version` counts the times that staff changed what its page of change shows (requirement A14).
    """

    __tablename__ = "slots"
    __table_args__ = (
        CheckConstraint("age_min <= age_max", name="ages"),
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("opens_at < closes_at", name="window"),
        CheckConstraint("least_children > 0", name="least_children"),
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
    least_children: Mapped[int | None]
    decide_on: Mapped[dt.date | None]
    published_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
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
        # What takes a trainer, a room or a kit for a meeting refers to its times, too: they move with it, or it stays.
        Index(None, "id", "starts_at", "ends_at", unique=True),
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


class Competence(Base):
    """What a trainer can lead: one activity, or every activity of a kind. Here, not with the trainers, since they stand
    below the activities."""

    __tablename__ = "competences"
    __table_args__ = (
        CheckConstraint("(activity_id IS NULL) <> (kind IS NULL)", name="activity_or_kind"),
        UniqueConstraint("trainer_id", "activity_id"),
        UniqueConstraint("trainer_id", "kind"),
    )

    id: Mapped[Key]
    trainer_id: Mapped[int] = mapped_column(ForeignKey("trainers.id"))
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activities.id"), index=True)
    kind: Mapped[ActivityKind | None] = mapped_column(enum_column(ActivityKind))


def _moves_with_its_meeting() -> ForeignKeyConstraint:
    """A moved meeting moves what it takes, in the same statement, and the constraint on two places is asked again."""
    return ForeignKeyConstraint(
        ["meeting_id", "starts_at", "ends_at"],
        ["meetings.id", "meetings.starts_at", "meetings.ends_at"],
        onupdate="CASCADE",
    )


class Assignment(Base):
    """A trainer leads a meeting. While it `holds`, the trainer is nowhere else (requirement A12).

    It holds no more when it has ended, and while its meeting is called off. `starts_at` and `ends_at` are the meeting's
    and follow it. `uid` is its entry in the trainer's own feed, random and for life; `sequence` rises with what shows
    there. An ended one stays, with an AssignmentEnd that says who, when and why.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        _moves_with_its_meeting(),
        never_twice("assignments", "trainer_id"),
        CheckConstraint("standing <> 'ended' OR NOT holds", name="ended"),
        Index(None, "trainer_id", "starts_at"),
    )

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(BigKey, index=True)
    trainer_id: Mapped[int] = mapped_column(ForeignKey("trainers.id"))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    standing: Mapped[AssignmentStanding] = mapped_column(enum_column(AssignmentStanding))
    holds: Mapped[bool]
    uid: Mapped[str] = mapped_column(unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    assigned_at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]

    trainer: Mapped[Trainer] = relationship()
    meeting: Mapped[Meeting] = relationship(
        primaryjoin="foreign(Assignment.meeting_id) == Meeting.id", viewonly=True, sync_backref=False
    )
    end: Mapped[AssignmentEnd | None] = relationship(foreign_keys="AssignmentEnd.assignment_id")


class AssignmentEnd(Base):
    """A trainer no longer leads a meeting: when, by whose hand and why. `reason` is for staff and stands in no letter.

    `successor_id` is the assignment that took over, when one did.
    """

    __tablename__ = "assignment_ends"

    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), primary_key=True)
    at: Mapped[dt.datetime]
    actor_ref: Mapped[str]
    kind: Mapped[EndKind] = mapped_column(enum_column(EndKind))
    reason: Mapped[str]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"), index=True)


class SwapOffer(Base):
    """A trainer asks another one to lead a meeting instead. Only an OPEN one of an assignment that holds can be taken.

    `reason` is read by the one who is asked and by staff. One for each assignment and trainer: asked again, it is the
    same offer, open anew.
    """

    __tablename__ = "swap_offers"
    __table_args__ = (UniqueConstraint("assignment_id", "trainer_id"), Index(None, "trainer_id", "standing"))

    id: Mapped[Key]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"))
    trainer_id: Mapped[int] = mapped_column(ForeignKey("trainers.id"))
    reason: Mapped[str]
    offered_at: Mapped[dt.datetime]
    standing: Mapped[OfferStanding] = mapped_column(enum_column(OfferStanding))

    assignment: Mapped[Assignment] = relationship()
    trainer: Mapped[Trainer] = relationship()


class RoomReservation(Base):
    """A meeting takes a room of its place. While it `holds`, nobody else is in there (requirement A12)."""

    __tablename__ = "room_reservations"
    __table_args__ = (
        _moves_with_its_meeting(),
        never_twice("room_reservations", "room_id"),
        Index(None, "room_id", "starts_at"),
        UniqueConstraint("meeting_id"),
    )

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(BigKey)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    holds: Mapped[bool]

    room: Mapped[Room] = relationship()


class KitReservation(Base):
    """A meeting takes a kit, whole. While it `holds`, the kit is nowhere else."""

    __tablename__ = "kit_reservations"
    __table_args__ = (
        _moves_with_its_meeting(),
        never_twice("kit_reservations", "kit_id"),
        Index(None, "kit_id", "starts_at"),
        UniqueConstraint("meeting_id", "kit_id"),
    )

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(BigKey)
    kit_id: Mapped[int] = mapped_column(ForeignKey("kits.id"))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    holds: Mapped[bool]

    kit: Mapped[Kit] = relationship()


class AcceptedClash(Base):
    """Somebody planned against a warning, and why. `about` is the number of the trainer, room, kit or place."""

    __tablename__ = "accepted_clashes"

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"), index=True)
    kind: Mapped[ClashKind] = mapped_column(enum_column(ClashKind))
    about: Mapped[int] = mapped_column(BigKey)
    reason: Mapped[str]
    actor_ref: Mapped[str]
    at: Mapped[dt.datetime]


class Undo(Base):
    """Staff called off or moved something: how it was before, so that it can be put back (design, paragraph 4).

    `was` is what the programme needs for that, `letters` and `offers` what the rooms above did in the outbox. Letters
    are held until `until`, and until then it can be undone as if nothing had been; None: they left at once, or nobody
    was told. `undone_at`: it was. `meeting_id` None: all of the slot.
    """

    __tablename__ = "undos"

    id: Mapped[Key]
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"), index=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meetings.id"), index=True)
    kind: Mapped[UndoKind] = mapped_column(enum_column(UndoKind))
    at: Mapped[dt.datetime]
    actor_ref: Mapped[str]
    was: Mapped[dict[str, Any]] = mapped_column(JSON)
    letters: Mapped[dict[str, Any]] = mapped_column(JSON)
    offers: Mapped[list[Any]] = mapped_column(JSON)
    until: Mapped[dt.datetime | None]
    undone_at: Mapped[dt.datetime | None]


watch(Assignment, "trainer_id")
watch(RoomReservation, "room_id")
watch(KitReservation, "kit_id")
