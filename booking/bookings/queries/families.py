"""A family and its bookings: its own page, its list, what its verbs change."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    and_,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased, joinedload, selectinload

from booking.accounts.models import Link
from booking.accounts.rules import Purpose
from booking.accounts.rules.roles import Scope
from booking.bookings.models import Booking, Contact, Participant
from booking.bookings.rules import ContactDetails, Standing, contact_version
from booking.places.models import Place
from booking.programme.models import Activity, Meeting, SeatPool, Slot
from booking.programme.queries import within
from booking.programme.rules import SlotState
from booking.store.engine import session

_slot, _pool, _booking, _contact = Slot.__table__.c, SeatPool.__table__.c, Booking.__table__.c, Contact.__table__.c
_activity, _place, _meeting = Activity.__table__.c, Place.__table__.c, Meeting.__table__.c


def family_page(ref: str) -> list[Booking]:
    """A booking and the parts that were added to it later, first the booking itself; [] when there is none.

    Loaded with participants, contact, pool, slot, activity, place, room and meetings. At most three queries.
    """
    return _whole_family(ref)


def staff_family(ref: str, scope: Scope, *, staff_id: int) -> list[Booking]:
    """The same, if the slot is one of the scope: a foreign booking is as one that does not exist (requirement D3)."""
    return _whole_family(ref, Booking.slot.has(within(scope, staff_id=staff_id)))


def _whole_family(ref: str, *conditions: ColumnElement[bool]) -> list[Booking]:
    first = select(Booking.id).where(Booking.ref == ref).scalar_subquery()
    return list(
        session().scalars(
            select(Booking)
            .where(or_(Booking.ref == ref, Booking.part_of_id == first), *conditions)
            .options(
                joinedload(Booking.contact),
                joinedload(Booking.pool),
                joinedload(Booking.slot).options(
                    joinedload(Slot.activity),
                    joinedload(Slot.place),
                    joinedload(Slot.room),
                    joinedload(Slot.call_off),
                    selectinload(Slot.meetings).joinedload(Meeting.place),
                ),
                selectinload(Booking.participants),
                joinedload(Booking.cancellation),
            )
            .order_by(Booking.part_of_id.is_not(None), Booking.id)
        )
    )


class ComingFamily(NamedTuple):
    """One family on one slot, parts and all, under the number that its link opens.

    `standing` is SEATED as soon as one child has a seat, `is_mixed` when others of the family wait all the same.
    `queue_number` is that of the booking itself or, when only a part of it is left, of that part. `children` counts
    everybody who still comes or waits. `is_off`: the slot was called off, so nobody comes.
    """

    ref: str
    standing: Standing
    queue_number: int | None
    children: int
    pool_id: int
    slot_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    title_sv: str
    title_en: str
    place_name: str
    contact_id: int
    email: str
    is_off: bool
    is_mixed: bool

    def joined(self, part: ComingFamily) -> ComingFamily:
        """The family with one more of its parts."""
        return self._replace(
            children=self.children + part.children,
            standing=Standing.SEATED if Standing.SEATED in (self.standing, part.standing) else Standing.QUEUED,
            is_mixed=self.is_mixed or self.standing is not part.standing,
        )


def coming_families(address_key: str, *, now: dt.datetime) -> list[ComingFamily]:
    """An address's families with a live booking on a slot that has not ended, soonest first. One query."""
    first = aliased(Booking)
    rows = session().execute(
        select(
            first.ref,
            Booking.standing,
            Booking.queue_number,
            Booking.party,
            Booking.pool_id,
            Booking.slot_id,
            Slot.starts_at,
            Slot.ends_at,
            Activity.title_sv,
            Activity.title_en,
            Place.name,
            Contact.id,
            Contact.email,
            Slot.state == SlotState.CALLED_OFF,
        )
        .join(first, first.id == func.coalesce(Booking.part_of_id, Booking.id))
        .join(Contact, Contact.id == Booking.contact_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Slot.place_id)
        .where(Contact.address_key == address_key, Booking.standing != Standing.CANCELLED, Slot.ends_at > now)
        .order_by(Slot.starts_at, first.id, Booking.part_of_id.is_not(None), Booking.id)
    )
    families: dict[str, ComingFamily] = {}
    for row in rows:
        part = ComingFamily._make((*row, False))
        leading = families.get(part.ref)
        families[part.ref] = leading.joined(part) if leading else part
    return list(families.values())


class FamilyChild(NamedTuple):
    """One child who is still in a booking."""

    id: int
    name: str
    age: int


class FamilyBooking(NamedTuple):
    """One party of a family as it stands, a snapshot: what a verb decides on while it writes."""

    id: int
    ref: str
    slot_id: int
    pool_id: int
    part_of_id: int | None
    standing: Standing
    party: int
    contact_id: int
    contact_name: str
    email: str
    phone: str
    language: str
    address_key: str
    contact_key: str | None
    uid: str
    sequence: int
    adults: int
    needs: str
    queue_number: int | None
    children: list[FamilyChild]

    @property
    def contact_version(self) -> str:
        contact = ContactDetails(self.contact_name, self.email, self.phone)
        return contact_version(contact, adults=self.adults, needs=self.needs)


def family(ref: str) -> list[FamilyBooking]:
    """A booking, first, and the parts that were added to it later; [] for an unknown number. Two queries."""
    first = select(Booking.id).where(Booking.ref == ref).scalar_subquery()
    rows = (
        session()
        .execute(
            select(
                Booking.id,
                Booking.ref,
                Booking.slot_id,
                Booking.pool_id,
                Booking.part_of_id,
                Booking.standing,
                Booking.party,
                Contact.id,
                Contact.name,
                Contact.email,
                Contact.phone,
                Contact.language,
                Contact.address_key,
                Booking.contact_key,
                Booking.uid,
                Booking.sequence,
                Booking.adults,
                Booking.needs,
                Booking.queue_number,
            )
            .join(Contact, Contact.id == Booking.contact_id)
            .where(or_(Booking.ref == ref, Booking.part_of_id == first))
            .order_by(Booking.part_of_id.is_not(None), Booking.id)
        )
        .all()
    )
    children: dict[int, list[FamilyChild]] = {row[0]: [] for row in rows}
    for booking_id, number, name, age in session().execute(
        select(Participant.booking_id, Participant.id, Participant.name, Participant.age)
        .where(Participant.booking_id.in_(children), Participant.left_at.is_(None))
        .order_by(Participant.id)
    ):
        children[booking_id].append(FamilyChild(number, name, age))
    return [FamilyBooking._make((*row, children[row[0]])) for row in rows]


class CalendarBooking(NamedTuple):
    """What a family's calendar file needs of its booking. Live while any part of it is."""

    uid: str
    is_live: bool
    address_key: str


def for_calendar(ref: str) -> CalendarBooking | None:
    """The booking with this number for its calendar file; None without. One query."""
    part = aliased(Booking)
    live_part = select(part.id).where(part.part_of_id == Booking.id, part.standing != Standing.CANCELLED).exists()
    row = (
        session()
        .execute(
            select(
                Booking.uid,
                or_(Booking.standing != Standing.CANCELLED, live_part),
                Contact.address_key,
            )
            .join(Contact, Contact.id == Booking.contact_id)
            .where(Booking.ref == ref)
        )
        .one_or_none()
    )
    return CalendarBooking(*row) if row else None


class EarlierBooking(NamedTuple):
    """A booking as its receipt tells it."""

    standing: Standing
    pool_id: int
    queue_number: int | None
    link_id: int


def earlier(ref: str) -> EarlierBooking | None:
    """How a booking stands now and its newest link's number; None without. One query."""
    row = (
        session()
        .execute(
            select(Booking.standing, Booking.pool_id, Booking.queue_number, Link.id)
            .join(Link, and_(Link.subject == Booking.ref, Link.purpose == Purpose.MANAGE))
            .where(Booking.ref == ref)
            .order_by(Link.id.desc())
            .limit(1)
        )
        .one_or_none()
    )
    return EarlierBooking(*row) if row else None
