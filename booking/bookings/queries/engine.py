"""What the engine asks while it decides: a pool's facts under its lock, numbers, who waits, what an address has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import (
    Select,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from booking.accounts.models import Link
from booking.bookings.models import Booking, Contact, Participant
from booking.bookings.rules import Child, SlotFacts, Standing, Waiting
from booking.places.models import Place
from booking.programme.models import Activity, Meeting, SeatPool, Slot
from booking.programme.rules import SlotState
from booking.store import UtcDateTime
from booking.store.engine import session
from booking.store.numbers import NextNumber
from booking.store.prepared import Prepared

_slot, _pool, _booking, _contact = Slot.__table__.c, SeatPool.__table__.c, Booking.__table__.c, Contact.__table__.c
_activity, _place, _meeting = Activity.__table__.c, Place.__table__.c, Meeting.__table__.c

_activity, _place, _meeting = Activity.__table__.c, Place.__table__.c, Meeting.__table__.c

FACTS = (
    _slot.id,
    _pool.id,
    _slot.state,
    _slot.admission,
    _slot.starts_at,
    _slot.ends_at,
    _slot.opens_at,
    _slot.closes_at,
    _slot.age_min,
    _slot.age_max,
    _slot.adult_stays,
    _pool.seats,
    _pool.seated,
    _pool.queued,
    _pool.last_queue_number,
    _pool.queue_limit,
)


def facts() -> Select[*tuple[Any, ...]]:
    return select(*FACTS).select_from(Slot.__table__.join(SeatPool.__table__, _pool.slot_id == _slot.id))


_LOCKED = Prepared(facts().where(_pool.id == bindparam("pool")).with_for_update())


def lock_pool(pool_id: int) -> SlotFacts:
    """The newest facts of a pool and its slot, both locked until the transaction ends: first thing in every verb that
    makes seats scarcer or frees them (freeing promotes). One query."""
    return SlotFacts(*_LOCKED.rows({"pool": pool_id})[0])


class Numbers(NamedTuple):
    """What the rows of a booking that is about to be written are called."""

    contact: int
    booking: int
    link: int


_NUMBERS = (NextNumber(Contact), NextNumber(Booking), NextNumber(Link))
_NEXT = Prepared(select(*_NUMBERS))
_LOCKED_FOR_ONE_MORE = Prepared(facts().add_columns(*_NUMBERS).where(_pool.id == bindparam("pool")).with_for_update())


def numbers() -> Numbers:
    """Numbers for one new booking. One query."""
    return Numbers(*_NEXT.rows({})[0])


def lock_pool_for_one_more(pool_id: int) -> tuple[SlotFacts, Numbers]:
    """`lock_pool`, and numbers for one new booking. One query."""
    row = _LOCKED_FOR_ONE_MORE.rows({"pool": pool_id})[0]
    return SlotFacts(*row[: len(FACTS)]), Numbers(*row[len(FACTS) :])


class AddressBooking(NamedTuple):
    """One live booking of an address."""

    id: int
    ref: str
    slot_id: int
    form_key: str
    form_digest: str
    part_of_id: int | None


_ADDRESS_BOOKING = (
    _booking.id,
    _booking.ref,
    _booking.slot_id,
    _booking.form_key,
    _booking.form_digest,
    _booking.part_of_id,
)
_LIVE = (
    select(*_ADDRESS_BOOKING)
    .join(Contact.__table__, _contact.id == _booking.contact_id)
    .join(Slot.__table__, _slot.id == _booking.slot_id)
    .where(
        _contact.address_key == bindparam("address"),
        _booking.standing != Standing.CANCELLED,
        _slot.state != SlotState.CALLED_OFF,
        _slot.ends_at > bindparam("now", type_=UtcDateTime()),
    )
)
_KEYED = select(*_ADDRESS_BOOKING).where(_booking.form_key == bindparam("form"))
_OF_ADDRESS = Prepared(_LIVE)
_OF_FORM = Prepared(_KEYED)
# Two selects, for an OR over two tables would use neither's index.
_OF_BOTH = Prepared(_LIVE.union(_KEYED))


def of_address(address_key: str, *, now: dt.datetime, form_key: str = "") -> list[AddressBooking]:
    """The live bookings of an address on slots that are still to be held, parts included, and the booking that was made
    with `form_key`, whosever it is and whatever became of it. "" is nobody's address: staff book without one.

    One query.
    """
    question = _OF_FORM if not address_key else _OF_BOTH if form_key else _OF_ADDRESS
    values = {"address": address_key, "now": now, "form": form_key}
    return [AddressBooking(*row) for row in question.rows(values)]


def children_in(booking_ids: Collection[int]) -> list[Child]:
    """The children who are still in these bookings. One query."""
    found = select(Participant.name, Participant.age).where(
        Participant.booking_id.in_(booking_ids), Participant.left_at.is_(None)
    )
    return [Child(*row) for row in session().execute(found.order_by(Participant.id))]


def is_used(form_key: str) -> bool:
    """Whether a booking was made with this form key, whatever became of it. One query."""
    return bool(session().scalar(select(exists().where(Booking.form_key == form_key))))


def pools_with_idle_seats(*, starting_after: dt.datetime, starting_until: dt.datetime) -> list[int]:
    """Pools of published slots that start in this span (its end included) where somebody waits who fits the free seats.

    One query.
    """
    fits = exists().where(
        Booking.pool_id == SeatPool.id,
        Booking.standing == Standing.QUEUED,
        Booking.party <= SeatPool.seats - SeatPool.seated,
    )
    return list(
        session().scalars(
            select(SeatPool.id)
            .join(Slot, Slot.id == SeatPool.slot_id)
            .where(
                Slot.state == SlotState.PUBLISHED,
                Slot.starts_at > starting_after,
                Slot.starts_at <= starting_until,
                SeatPool.queued > 0,
                SeatPool.seated < SeatPool.seats,
                fits,
            )
            .order_by(SeatPool.id)
        )
    )


def waiting(pool_id: int) -> list[Waiting]:
    """The pool's queue, longest waiting first. One query; the caller holds the pool's lock."""
    rows = session().execute(
        select(Booking.id, Booking.party, Booking.passed_over)
        .where(Booking.pool_id == pool_id, Booking.standing == Standing.QUEUED)
        .order_by(Booking.queue_number, Booking.id)
    )
    return [Waiting(*row) for row in rows]


def queue_place(pool_id: int, queue_number: int) -> int:
    """The place in the queue, from 1, of the party that holds `queue_number`. One query."""
    count = session().scalar(
        select(func.count())
        .select_from(Booking)
        .where(Booking.pool_id == pool_id, Booking.standing == Standing.QUEUED, Booking.queue_number <= queue_number)
    )
    return int(count or 0)


def pool_of(ref: str) -> int | None:
    """The pool of a booking number; None when there is none. One query."""
    return session().scalar(select(Booking.pool_id).where(Booking.ref == ref))


def counter_faults() -> list[str]:
    """Pools whose stored counters differ from the counted rows, in words; [] is what must be (requirement A13)."""
    seated = func.coalesce(func.sum(Booking.party).filter(Booking.standing == Standing.SEATED), 0)
    queued = func.count(Booking.id).filter(Booking.standing == Standing.QUEUED)
    rows = session().execute(
        select(SeatPool.id, SeatPool.seated, SeatPool.queued, seated, queued)
        .outerjoin(Booking, Booking.pool_id == SeatPool.id)
        .group_by(SeatPool.id, SeatPool.seated, SeatPool.queued)
        .having(or_(SeatPool.seated != seated, SeatPool.queued != queued))
        .order_by(SeatPool.id)
    )
    faults = [f"pool {row[0]}: says {row[1]} seated, {row[2]} queued; rows say {row[3]}, {row[4]}" for row in rows]
    live = func.count(Participant.id).filter(Participant.left_at.is_(None))
    parties = session().execute(
        select(Booking.id, Booking.party, live)
        .outerjoin(Participant, Participant.booking_id == Booking.id)
        .where(Booking.standing != Standing.CANCELLED)
        .group_by(Booking.id, Booking.party)
        .having(Booking.party != live)
    )
    return faults + [f"booking {row[0]}: says a party of {row[1]}, has {row[2]} children" for row in parties]
