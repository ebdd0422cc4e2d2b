"""The day at the desk: meetings and what they lack, letters that did not arrive, whom to ring, seats to give by hand.

Each function is one question, however many slots there are; foreign slots are outside each scope (requirement D3).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from booking.accounts.rules.roles import Scope
from booking.bookings.models import Booking, Contact, PhoneCall
from booking.bookings.queries.attendance import is_filled_in, listed
from booking.bookings.rules import PROMOTION_ENDS, CallOutcome, Standing
from booking.kernel.period import Period
from booking.outbox.models import Letter
from booking.outbox.rules import LetterState
from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.programme.models import (
    Activity,
    Assignment,
    CallOff,
    KitReservation,
    Meeting,
    MeetingCallOff,
    SeatPool,
    Slot,
)
from booking.programme.queries import within
from booking.programme.rules import Admission, SlotState
from booking.store.audit import AuditEntry
from booking.store.engine import session
from booking.trainers.models import Kit, Trainer

MOST = 50
NEWS_LIVES = dt.timedelta(hours=24)


class DayMeeting(NamedTuple):
    """One meeting of the day with the counts of its slot. `equipment` is what its activity needs for a full group.

    `opens_list`: the reader may open its list. `is_filled_in`: it is noted who came.
    """

    id: int
    slot_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    called_off_at: dt.datetime | None
    state: SlotState
    admission: Admission
    title: str
    place_name: str
    place_kind: PlaceKind
    equipment: str
    seats: int
    seated: int
    queued: int
    opens_list: bool
    is_filled_in: bool


def meetings(period: Period, scope: Scope, *, lists: Scope, staff_id: int, now: dt.datetime) -> list[DayMeeting]:
    """The meetings that begin in the period, without drafts, earliest first. One query.

    `lists`: where the reader may mark who came.
    """
    counted = [
        select(func.coalesce(func.sum(column), 0)).where(SeatPool.slot_id == Slot.id).scalar_subquery()
        for column in (SeatPool.seats, SeatPool.seated, SeatPool.queued)
    ]
    rows = session().execute(
        select(
            Meeting.id,
            Slot.id,
            Meeting.starts_at,
            Meeting.ends_at,
            Meeting.called_off_at,
            Slot.state,
            Slot.admission,
            Activity.title_sv,
            Place.name,
            Place.kind,
            Activity.equipment,
            *counted,
            listed(lists, staff_id=staff_id, now=now),
            is_filled_in(),
        )
        .join(Slot, Slot.id == Meeting.slot_id)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Meeting.place_id)
        .where(
            Meeting.starts_at >= period.starts,
            Meeting.starts_at < period.ends,
            Slot.state != SlotState.DRAFT,
            within(scope, staff_id=staff_id),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return [DayMeeting._make(row) for row in rows]


def leaders(meeting_ids: Collection[int]) -> dict[int, list[str]]:
    """Who leads each of these meetings. One query."""
    found: dict[int, list[str]] = {}
    rows = session().execute(
        select(Assignment.meeting_id, Trainer.name)
        .join(Trainer, Trainer.id == Assignment.trainer_id)
        .where(Assignment.meeting_id.in_(meeting_ids), Assignment.holds)
        .order_by(Trainer.sort_key, Trainer.id)
    )
    for number, name in rows:
        found.setdefault(number, []).append(name)
    return found


def kits(meeting_ids: Collection[int]) -> dict[int, set[str]]:
    """The keys of the things whose kits each of these meetings has. One query."""
    found: dict[int, set[str]] = {}
    rows = session().execute(
        select(KitReservation.meeting_id, Kit.thing_key)
        .join(Kit, Kit.id == KitReservation.kit_id)
        .where(KitReservation.meeting_id.in_(meeting_ids), KitReservation.holds)
    )
    for number, thing_key in rows:
        found.setdefault(number, set()).add(thing_key)
    return found


def registered_things() -> set[str]:
    """The keys of all things that there are kits of: what is kept as no kit cannot be missing. One query."""
    return set(session().scalars(select(Kit.thing_key).distinct()))


class LostLetter(NamedTuple):
    """A family of a coming slot whom a letter did not reach."""

    ref: str
    title: str
    starts_at: dt.datetime
    place_name: str


def lost_letters(scope: Scope, *, staff_id: int, now: dt.datetime) -> list[LostLetter]:
    """Families whom a letter did not reach, the soonest slot first, at most MOST. One query."""
    first = aliased(Booking)
    is_about = Booking.id == case(
        (Letter.subject.like("booking:%"), cast(func.substr(Letter.subject, len("booking:") + 1), Integer))
    )
    rows = session().execute(
        select(first.ref, Activity.title_sv, Slot.starts_at, Place.name)
        .select_from(Letter)
        .join(Booking, is_about)
        .join(first, first.id == func.coalesce(Booking.part_of_id, Booking.id))
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Slot.place_id)
        .where(Letter.state == LetterState.STOPPED, Slot.ends_at > now, within(scope, staff_id=staff_id))
        .distinct()
        .order_by(Slot.starts_at, first.ref)
        .limit(MOST)
    )
    return [LostLetter(*row) for row in rows]


class ToRing(NamedTuple):
    """A family that a letter does not reach, or not in time. `why`: "off", "promoted" or "moved"; `at`: since when."""

    booking_id: int
    ref: str
    why: str
    at: dt.datetime
    contact_name: str
    title: str
    starts_at: dt.datetime
    place_name: str


def to_ring(scope: Scope, *, staff_id: int, now: dt.datetime) -> list[ToRing]:
    """Whom to ring, the soonest start first, at most MOST: who has no e-mail address and whose workshop was called off
    or moved, or who got seats; and everybody, when it starts within 24 hours. Not who has been reached since.

    One query.
    """
    soon = now + PROMOTION_ENDS
    live = Booking.standing != Standing.CANCELLED
    has_none = Contact.email == ""
    off = _news("off", CallOff.at, Slot.starts_at).join(CallOff, CallOff.slot_id == Slot.id)
    one_off = (
        _news("off", MeetingCallOff.at, Meeting.starts_at)
        .join(Meeting, Meeting.slot_id == Slot.id)
        .join(MeetingCallOff, MeetingCallOff.meeting_id == Meeting.id)
    )
    promoted = _news("promoted", AuditEntry.at, Slot.starts_at).join(
        AuditEntry, and_(AuditEntry.verb == "promote", AuditEntry.subject == _subject("booking:", Booking.id))
    )
    moved = (
        _news("moved", AuditEntry.at, Meeting.starts_at)
        .join(Meeting, Meeting.slot_id == Slot.id)
        .join(
            AuditEntry, and_(AuditEntry.verb == "move_meeting", AuditEntry.subject == _subject("meeting:", Meeting.id))
        )
    )
    mine = within(scope, staff_id=staff_id)
    on = Slot.state == SlotState.PUBLISHED
    told = union_all(
        off.where(mine, live, Slot.ends_at > now, or_(has_none, Slot.starts_at < soon), _unreached(CallOff.at)),
        one_off.where(
            mine,
            on,
            live,
            Meeting.ends_at > now,
            or_(has_none, Meeting.starts_at < soon),
            _unreached(MeetingCallOff.at),
        ),
        promoted.where(
            mine,
            on,
            Booking.standing == Standing.SEATED,
            Slot.starts_at > now,
            or_(has_none, and_(Slot.starts_at < soon, AuditEntry.at > now - NEWS_LIVES)),
            _unreached(AuditEntry.at),
        ),
        moved.where(
            mine,
            on,
            live,
            has_none,
            Meeting.called_off_at.is_(None),
            Meeting.starts_at > now,
            AuditEntry.at > Booking.created_at,
            _unreached(AuditEntry.at),
        ),
    ).subquery()
    # A family is rung once for each cause, however many parts it has or how often its workshop was moved.
    each = (
        select(told.c.number, told.c.ref, told.c.why, func.max(told.c.at).label("at"), *_shown(told))
        .group_by(told.c.number, told.c.ref, told.c.why, *_shown(told))
        .order_by(told.c.starts_at, told.c.number, told.c.why)
        .limit(MOST)
    )
    return [ToRing(*row) for row in session().execute(each)]


def _shown(told: Any) -> tuple[Any, ...]:
    return told.c.contact, told.c.title, told.c.starts_at, told.c.place


def _news(why: str, at: Any, starts_at: Any) -> Select[*tuple[Any, ...]]:
    first = aliased(Booking, name="first")
    return (
        select(
            first.id.label("number"),
            first.ref.label("ref"),
            literal(why, Text()).label("why"),
            at.label("at"),
            Contact.name.label("contact"),
            Activity.title_sv.label("title"),
            starts_at.label("starts_at"),
            Place.name.label("place"),
        )
        .select_from(Slot)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Slot.place_id)
        .join(Booking, Booking.slot_id == Slot.id)
        .join(first, first.id == func.coalesce(Booking.part_of_id, Booking.id))
        .join(Contact, Contact.id == first.contact_id)
    )


def _subject(word: str, number: Any) -> ColumnElement[str]:
    subject: ColumnElement[str] = literal(word, Text()) + cast(number, Text())
    return subject


def _unreached(since: Any) -> ColumnElement[bool]:
    """Nobody has reached the family since then."""
    return ~exists().where(
        PhoneCall.booking_id == func.coalesce(Booking.part_of_id, Booking.id),
        PhoneCall.outcome == CallOutcome.REACHED,
        PhoneCall.at >= since,
    )


def last_calls(booking_ids: Collection[int]) -> dict[int, tuple[CallOutcome, dt.datetime]]:
    """What came of the last call to each of these families. One query."""
    rows = session().execute(
        select(PhoneCall.booking_id, PhoneCall.outcome, PhoneCall.at)
        .where(PhoneCall.booking_id.in_(booking_ids))
        .order_by(PhoneCall.id)
    )
    return {number: (outcome, at) for number, outcome, at in rows}


class IdleSeats(NamedTuple):
    """Free seats beside a queue that nobody is moved up from by itself any more."""

    slot_id: int
    pool_id: int
    free: int
    queued: int
    title: str
    starts_at: dt.datetime
    place_name: str


def idle_seats(scope: Scope, *, staff_id: int, now: dt.datetime) -> list[IdleSeats]:
    """Pools of slots that start within 24 hours where seats are free and somebody waits who fits, the soonest first.

    One query.
    """
    fits = exists().where(
        Booking.pool_id == SeatPool.id,
        Booking.standing == Standing.QUEUED,
        Booking.party <= SeatPool.seats - SeatPool.seated,
    )
    rows = session().execute(
        select(
            Slot.id,
            SeatPool.id,
            SeatPool.seats - SeatPool.seated,
            SeatPool.queued,
            Activity.title_sv,
            Slot.starts_at,
            Place.name,
        )
        .join(Slot, Slot.id == SeatPool.slot_id)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Slot.place_id)
        .where(
            Slot.state == SlotState.PUBLISHED,
            Slot.starts_at <= now + PROMOTION_ENDS,
            Slot.ends_at > now,
            SeatPool.queued > 0,
            fits,
            within(scope, staff_id=staff_id),
        )
        .order_by(Slot.starts_at, SeatPool.id)
    )
    return [IdleSeats(*row) for row in rows]
