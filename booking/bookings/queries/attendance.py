"""The list of one meeting: who may see it, who comes, who came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from booking.accounts.rules.roles import Scope
from booking.bookings.models import Attendance, Booking, Contact, HeadCount, Participant, WalkIn
from booking.bookings.rules import Standing
from booking.bookings.rules import attendance as rules
from booking.bookings.rules.attendance import AgeGroup, Presence
from booking.kernel.sorting import sort_key
from booking.places.models import Place
from booking.programme.models import Activity, Meeting, SeatPool, Slot
from booking.programme.queries.reach import within
from booking.programme.rules import Admission, SlotState
from booking.store.engine import session


def listed(scope: Scope, *, staff_id: int, now: dt.datetime) -> ColumnElement[bool]:
    """The condition on `slots` and `meetings` for a list with children's names (requirements, table of D): of the own
    library at any time; of a meeting that one leads, from 7 days before it to a day after it."""
    held = within(replace(scope, led=False), staff_id=staff_id)
    if not scope.led:
        return held
    is_open = and_(Meeting.starts_at <= now + rules.OPENS_BEFORE, Meeting.ends_at >= now - rules.CLOSES_AFTER)
    return or_(held, and_(within(Scope(led=True), staff_id=staff_id), is_open))


def is_filled_in() -> ColumnElement[bool]:
    """The condition on `meetings`: somebody has noted who came, or how many."""
    return or_(
        exists().where(Attendance.meeting_id == Meeting.id, Attendance.presence.is_not(None)),
        exists().where(HeadCount.meeting_id == Meeting.id, HeadCount.heads.is_not(None)),
        exists().where(WalkIn.meeting_id == Meeting.id, WalkIn.taken_back_at.is_(None)),
    )


class MeetingHead(NamedTuple):
    """What stands above a list."""

    meeting_id: int
    slot_id: int
    title_sv: str
    title_en: str
    place_name: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    admission: Admission
    is_off: bool
    seats: int

    @property
    def closes_at(self) -> dt.datetime:
        """When what was printed or kept of it is destroyed."""
        return rules.closes_at(self.ends_at)


_seats = select(func.coalesce(func.sum(SeatPool.seats), 0)).where(SeatPool.slot_id == Slot.id).scalar_subquery()
_is_off = or_(Meeting.called_off_at.is_not(None), Slot.state == SlotState.CALLED_OFF)
_HEAD = (
    select(
        Meeting.id,
        Slot.id,
        Activity.title_sv,
        Activity.title_en,
        Place.name,
        Meeting.starts_at,
        Meeting.ends_at,
        Slot.admission,
        _is_off,
        _seats,
    )
    .join(Slot, Slot.id == Meeting.slot_id)
    .join(Activity, Activity.id == Slot.activity_id)
    .join(Place, Place.id == Meeting.place_id)
    .where(Slot.state != SlotState.DRAFT)
)


def head(meeting_id: int, scope: Scope, *, staff_id: int, now: dt.datetime) -> MeetingHead | None:
    """The meeting, when its list may be seen now; None alike for a foreign one and for none (D3). One query."""
    found = _HEAD.where(Meeting.id == meeting_id, listed(scope, staff_id=staff_id, now=now))
    row = session().execute(found).one_or_none()
    return MeetingHead(*row) if row else None


def head_of_booking(ref: str, scope: Scope, *, staff_id: int, now: dt.datetime) -> MeetingHead | None:
    """The meeting at which the party of a booking stands now: the first one that has not ended, else the last; None
    when none of them has a list that may be seen now. One query."""
    found = _HEAD.where(
        Slot.id == select(Booking.slot_id).where(Booking.ref == ref).scalar_subquery(),
        listed(scope, staff_id=staff_id, now=now),
    )
    heads = [MeetingHead(*row) for row in session().execute(found.order_by(Meeting.starts_at, Meeting.id))]
    return next((head for head in heads if head.ends_at >= now), heads[-1] if heads else None)


def head_by_link(meeting_id: int) -> MeetingHead | None:
    """The meeting whose link somebody holds; None when there is none. One query."""
    row = session().execute(_HEAD.where(Meeting.id == meeting_id)).one_or_none()
    return MeetingHead(*row) if row else None


class MeetingDay(NamedTuple):
    """A meeting of a slot within reach, and whether its list may be seen now."""

    meeting_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    is_off: bool
    is_listed: bool

    @property
    def opens_at(self) -> dt.datetime:
        return rules.opens_at(self.starts_at)

    @property
    def closes_at(self) -> dt.datetime:
        return rules.closes_at(self.ends_at)


def days(slot_id: int, scope: Scope, *, staff_id: int, now: dt.datetime) -> list[MeetingDay]:
    """The meetings of a slot within reach, in their order; [] for a foreign slot. One query."""
    rows = session().execute(
        select(Meeting.id, Meeting.starts_at, Meeting.ends_at, _is_off, listed(scope, staff_id=staff_id, now=now))
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(Slot.id == slot_id, Slot.state != SlotState.DRAFT, within(scope, staff_id=staff_id))
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return [MeetingDay(*row) for row in rows]


class RollChild(NamedTuple):
    """A child on the list. `family_id` is its family's first booking, whose needs and adult are the child's too."""

    id: int
    name: str
    age: int
    presence: Presence | None
    booking_id: int
    family_id: int
    ref: str
    standing: Standing
    needs: str
    has_phone: bool


class RollWalkIn(NamedTuple):
    """Somebody who came without a booking."""

    key: str
    name: str
    age: int | None


@dataclass(frozen=True)
class Roll:
    """Who comes to a meeting and who came, as far as it was marked."""

    head: MeetingHead
    children: list[RollChild]  # those with a seat
    waiting: list[list[RollChild]]  # parties in the order of the queue
    walk_ins: list[RollWalkIn]
    heads: dict[AgeGroup, int] = field(default_factory=dict)

    @property
    def present(self) -> int:
        return sum(child.presence is Presence.PRESENT for child in self.children)

    @property
    def here(self) -> int:
        """Children who came, those counted by their heads too."""
        return self.present + len(self.walk_ins) + sum(self.heads.get(group, 0) for group in rules.CHILDREN)

    @property
    def unmarked(self) -> int:
        return sum(child.presence is None for child in self.children)

    @property
    def away(self) -> int:
        """Children with a seat who will not come: their seats may be given to who stands at the door."""
        return sum(child.presence in (Presence.ABSENT, Presence.EXCUSED) for child in self.children)

    @property
    def room(self) -> int:
        """Seats that nobody has or comes for; below 0 when there are more people than seats."""
        return self.head.seats - len(self.children) - len(self.walk_ins) + self.away

    @property
    def over(self) -> int:
        return rules.seats_over(here=self.here, seats=self.head.seats)


def roll(head: MeetingHead) -> Roll:
    """The list of a meeting: children by name, the queue by its numbers. Three queries, however many there are."""
    first = aliased(Booking)
    rows = session().execute(
        select(
            Participant.id,
            Participant.name,
            Participant.age,
            Attendance.presence,
            Booking.id,
            first.id,
            first.ref,
            Booking.standing,
            first.needs,
            Contact.phone != "",
        )
        .join(Booking, Booking.id == Participant.booking_id)
        .join(first, first.id == func.coalesce(Booking.part_of_id, Booking.id))
        .join(Contact, Contact.id == first.contact_id)
        .outerjoin(
            Attendance, and_(Attendance.participant_id == Participant.id, Attendance.meeting_id == head.meeting_id)
        )
        .where(
            Booking.slot_id == head.slot_id,
            Booking.standing.in_([Standing.SEATED, Standing.QUEUED]),
            Participant.left_at.is_(None),
        )
        .order_by(Booking.queue_number, Booking.id, Participant.id)
    )
    everybody = [RollChild._make(row) for row in rows]
    waiting: dict[int, list[RollChild]] = {}
    for child in everybody:
        if child.standing is Standing.QUEUED:
            waiting.setdefault(child.booking_id, []).append(child)
    came = session().execute(
        select(WalkIn.mark_key, WalkIn.name, WalkIn.age)
        .where(WalkIn.meeting_id == head.meeting_id, WalkIn.taken_back_at.is_(None))
        .order_by(WalkIn.marked_at, WalkIn.id)
    )
    counted = session().execute(
        select(HeadCount.age_group, HeadCount.heads).where(
            HeadCount.meeting_id == head.meeting_id, HeadCount.heads.is_not(None)
        )
    )
    seated = [child for child in everybody if child.standing is Standing.SEATED]
    return Roll(
        head,
        children=sorted(seated, key=lambda child: (sort_key(child.name), child.id)),
        waiting=list(waiting.values()),
        walk_ins=[RollWalkIn(*row) for row in came],
        heads={group: heads for group, heads in counted if heads is not None},
    )


def held(meeting_id: int) -> bool | None:
    """Whether the meeting takes place; None when there is none. One query."""
    row = session().execute(select(_is_off).join(Slot, Slot.id == Meeting.slot_id).where(Meeting.id == meeting_id))
    found = row.scalar_one_or_none()
    return None if found is None else not found


def seated(meeting_id: int, numbers: Collection[int]) -> dict[int, int]:
    """Of these participants those who have a seat at the meeting, with their bookings. One query."""
    rows = session().execute(
        select(Participant.id, Booking.id)
        .join(Booking, Booking.id == Participant.booking_id)
        .join(Meeting, Meeting.slot_id == Booking.slot_id)
        .where(
            Meeting.id == meeting_id,
            Participant.id.in_(numbers),
            Participant.left_at.is_(None),
            Booking.standing == Standing.SEATED,
        )
    )
    return {number: booking_id for number, booking_id in rows}  # noqa: C416  # dict() would take a result for a mapping


def attendances(meeting_id: int, numbers: Collection[int]) -> list[Attendance]:
    """The rows of these participants at the meeting, to be changed. One query."""
    found = select(Attendance).where(Attendance.meeting_id == meeting_id, Attendance.participant_id.in_(numbers))
    return list(session().scalars(found))


def walk_ins(meeting_id: int, keys: Collection[str]) -> list[WalkIn]:
    """Who came without a booking under these keys, also those that were taken back. One query."""
    found = select(WalkIn).where(WalkIn.meeting_id == meeting_id, WalkIn.mark_key.in_(keys))
    return list(session().scalars(found))


def head_counts(meeting_id: int) -> list[HeadCount]:
    """The meeting's counts, to be changed. One query."""
    return list(session().scalars(select(HeadCount).where(HeadCount.meeting_id == meeting_id)))


def pool_at(meeting_id: int, booking_id: int) -> int | None:
    """The pool of a booking of this meeting's slot; None for any other. One query."""
    return session().scalar(
        select(Booking.pool_id)
        .join(Meeting, Meeting.slot_id == Booking.slot_id)
        .where(Meeting.id == meeting_id, Booking.id == booking_id)
    )


class AdultContact(NamedTuple):
    """The adult behind a booking, for who has to ring."""

    name: str
    phone: str


def contact(meeting_id: int, booking_id: int) -> AdultContact | None:
    """The adult of a live booking of this meeting's slot; None for any other. One query."""
    row = (
        session()
        .execute(
            select(Contact.name, Contact.phone)
            .join(Booking, Booking.contact_id == Contact.id)
            .join(Meeting, Meeting.slot_id == Booking.slot_id)
            .where(Meeting.id == meeting_id, Booking.id == booking_id, Booking.standing != Standing.CANCELLED)
        )
        .one_or_none()
    )
    return AdultContact(*row) if row else None
