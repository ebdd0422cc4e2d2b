"""Whom the organiser's letters about a slot reached, and whom staff must ring (requirement G11)."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, Text, cast, literal, select

from booking.bookings.models import Booking, Contact
from booking.bookings.rules import Standing
from booking.outbox.models import Letter
from booking.outbox.rules import LetterState
from booking.store.engine import session


class Reach(StrEnum):
    """What became of telling a family. UNTOLD: it was in the queue or had a seat, and no letter was written to it."""

    TOLD = "told"
    WAITING = "waiting"
    STOPPED = "stopped"
    NO_ADDRESS = "no_address"
    UNTOLD = "untold"


MUST_RING = (Reach.STOPPED, Reach.NO_ADDRESS)


class Family(NamedTuple):
    """A family as the one who rings sees it. `children` counts those who have seats or wait."""

    ref: str
    name: str
    phone: str
    email: str
    standing: Standing
    children: int
    reach: Reach


_STATES = {
    LetterState.SENT: Reach.TOLD,
    LetterState.WAITING: Reach.WAITING,
    LetterState.STOPPED: Reach.STOPPED,
    LetterState.WITHDRAWN: Reach.UNTOLD,
}


def families_reached(slot_id: int, message_ids: Collection[str]) -> list[Family]:
    """The families with something live on the slot in the order in which they booked, and what became of the letters
    with these Message-IDs to them. Two queries, however many they are."""
    about: ColumnElement[str] = literal("booking:", Text()) + cast(Booking.id, Text())
    letters = session().execute(
        select(Booking.id, Letter.state)
        .join(Letter, Letter.subject == about)
        .where(Booking.slot_id == slot_id, Letter.message_id.in_(message_ids))
    )
    reached = {number: _STATES[state] for number, state in letters}
    rows = session().execute(
        select(Booking.id, Booking.part_of_id, Booking.ref, Booking.standing, Booking.party, Contact)
        .join(Contact, Contact.id == Booking.contact_id)
        .where(Booking.slot_id == slot_id, Booking.standing != Standing.CANCELLED)
        .order_by(Booking.id)
    )
    found: dict[int, Family] = {}
    for number, part_of, ref, standing, party, contact in rows:
        leading = part_of or number
        known = found.get(leading)
        found[leading] = Family(
            ref=known.ref if known else ref,
            name=contact.name,
            phone=contact.phone,
            email=contact.email,
            standing=Standing.SEATED if known and known.standing is Standing.SEATED else standing,
            children=party + (known.children if known else 0),
            reach=reached.get(leading, Reach.UNTOLD) if contact.email else Reach.NO_ADDRESS,
        )
    return list(found.values())


def booking_ids(slot_id: int) -> list[int]:
    """The numbers of all bookings of a slot, which letters are about. One query."""
    return list(session().scalars(select(Booking.id).where(Booking.slot_id == slot_id)))
