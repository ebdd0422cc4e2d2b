"""Who comes to a slot, for its staff."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import Select, select

from booking.accounts.rules.roles import Scope
from booking.bookings.models import Booking, Contact, Participant
from booking.bookings.rules import Standing
from booking.kernel.sorting import sort_key
from booking.places.models import Place
from booking.places.queries import within
from booking.programme.models import Activity, Slot
from booking.store.engine import session


class ListedSlot(NamedTuple):
    """The slot that a list is of."""

    id: int
    title: str
    place: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    seated: int
    queued: int


class Person(NamedTuple):
    """One participant, with the adult behind the booking. `queue_number` None: has a seat."""

    name: str
    age: int
    standing: Standing
    queue_number: int | None
    needs: str
    adults: int
    contact: str
    email: str
    phone: str


def listed_slot(slot_id: int, *, scope: Scope) -> ListedSlot | None:
    """A slot that belongs to a place within `scope`; None alike for a foreign one and for none (D3). Two queries."""
    row = (
        session()
        .execute(
            select(Slot.id, Activity.title_sv, Place.name, Slot.starts_at, Slot.ends_at)
            .join(Activity, Activity.id == Slot.activity_id)
            .join(Place, Place.id == Slot.place_id)
            .where(Slot.id == slot_id, within(scope))
        )
        .one_or_none()
    )
    if row is None:
        return None
    standings = list(session().scalars(_live(slot_id, Booking.standing)))
    return ListedSlot(*row, standings.count(Standing.SEATED), standings.count(Standing.QUEUED))


def people(slot_id: int) -> list[Person]:
    """The participants who have a seat, in Swedish order of names, then those who wait, in the queue's. One query."""
    rows = session().execute(
        _live(
            slot_id,
            Participant.name,
            Participant.age,
            Booking.standing,
            Booking.queue_number,
            Booking.needs,
            Booking.adults,
            Contact.name,
            Contact.email,
            Contact.phone,
            Participant.id,
        ).join(Contact, Contact.id == Booking.contact_id)
    )
    found = [
        (number, Person(name, age, standing, queue if standing is Standing.QUEUED else None, *rest))
        for name, age, standing, queue, *rest, number in rows
    ]
    ordered = sorted(found, key=lambda one: (one[1].queue_number or 0, sort_key(one[1].name), one[0]))
    return [person for _, person in ordered]


def _live(slot_id: int, *columns: Any) -> Select[*tuple[Any, ...]]:
    """The participants of a slot who have not been taken away, of bookings that live."""
    return (
        select(*columns)
        .select_from(Participant)
        .join(Booking, Booking.id == Participant.booking_id)
        .where(Booking.slot_id == slot_id, Booking.standing != Standing.CANCELLED, Participant.left_at.is_(None))
    )
