"""Seats and queue: counters, promotion, changed seats."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Integer, bindparam, func, select, update

from booking.bookings import queries, rules
from booking.bookings.models import Booking
from booking.bookings.rules import Cause, SeatsChange, SlotFacts, Standing
from booking.bookings.services import telling
from booking.kernel.act import Act
from booking.programme.models import SeatPool, Slot
from booking.programme.rules import AlreadyCalledOff, NoSuchSlot, SlotState, check_seats
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.prepared import Prepared


@writes
def promote(pool_id: int, *, act: Act) -> list[int]:
    """Seat whoever has waited longest on the free seats, by hand: also in the last 24 hours before the start.

    Numbers of the bookings that got seats, in order. Freed and added seats go through the same function (A8).
    """
    return promote_locked(queries.lock_pool(pool_id), act=act, by_hand=True)


@writes
def change_seats(pool_id: int, *, seats: int, act: Act) -> list[int]:
    """Set a pool's seats. More seats go to the queue at once; fewer throw nobody out (seated may then exceed seats).

    Numbers of the bookings that got seats, in order. Raises NoSeats for a number that can only be a slip.
    """
    check_seats(seats)
    facts = queries.lock_pool(pool_id)
    session().execute(update(SeatPool).where(SeatPool.id == pool_id).values(seats=seats))
    audit("change_seats", f"pool:{pool_id}", act=act)
    return promote_locked(facts._replace(seats=seats), act=act)


@writes
def change_all_seats(slot_id: int, *, seats: Mapping[int, SeatsChange], act: Act) -> list[int]:
    """Set the seats of several of a slot's pools, as `change_seats` does, from the page that showed what they were.

    What is so already changes nothing. Numbers of the bookings that got seats. Raises NoSuchSlot for a slot or pool
    that is not there, AlreadyCalledOff, SeatsChangedMeanwhile when somebody else has set other seats (requirement A14),
    NoSeats.
    """
    state = session().scalar(select(Slot.state).where(Slot.id == slot_id).with_for_update())
    if state is None:
        raise NoSuchSlot
    if state is SlotState.CALLED_OFF:
        raise AlreadyCalledOff
    known = {
        row.id: row.seats
        for row in session().execute(select(SeatPool.id, SeatPool.seats).where(SeatPool.slot_id == slot_id))
    }
    if not known.keys() >= seats.keys():
        raise NoSuchSlot
    seated = []
    for pool_id, change in sorted(seats.items()):
        if change.to == known[pool_id]:
            continue
        if change.was != known[pool_id]:
            raise rules.SeatsChangedMeanwhile(seats=known[pool_id], field=f"pott-{pool_id}-platser")
        seated += change_seats(pool_id, seats=change.to, act=act)
    return seated


def tick(act: Act) -> int:
    """Give the seats that waited for a large party to those who fit, once 48 h are left (requirement A7); how many.

    One query while there is nothing to give. Late or twice changes nothing more.
    """
    idle = queries.pools_with_idle_seats(
        starting_after=act.now + rules.PROMOTION_ENDS, starting_until=act.now + rules.WAITING_ENDS
    )
    return sum(len(_promote_by_clock(pool_id, act=act)) for pool_id in idle)


@writes
def _promote_by_clock(pool_id: int, *, act: Act) -> list[int]:
    return promote_locked(queries.lock_pool(pool_id), act=act)


def promote_locked(
    facts: SlotFacts, *, act: Act, by_hand: bool = False, silent: int | None = None, only: int | None = None
) -> list[int]:
    """Seat waiting parties and write their letters; `facts` are those under the pool's lock, which the caller holds.

    `silent` is the booking whose letter the caller writes itself. `only` is the party that stands at the door: it
    alone, whoever waits before it and also beyond the seats, and nobody counts as passed over by that. Nobody is
    promoted into a slot that is not published or has ended, nor by itself in the last 24 hours. Numbers of the bookings
    that got seats, in order.
    """
    if facts.state is not SlotState.PUBLISHED or act.now >= facts.ends_at or not facts.queued:
        return []
    if not facts.free and only is None:
        return []
    if not (by_hand or rules.promotes_by_itself(now=act.now, starts_at=facts.starts_at)):
        return []
    queue, free = queries.waiting(facts.pool_id), facts.free
    if only is not None:
        queue = [entry for entry in queue if entry.booking_id == only]
        free = sum(entry.party for entry in queue)
    plan = rules.plan_promotion(
        queue,
        free=free,
        seats=facts.seats,
        seats_wait=rules.seats_wait(now=act.now, starts_at=facts.starts_at),
    )
    if not plan.seated:
        return []
    for times in sorted(set(plan.passed.values())):
        passed = [booking_id for booking_id, so_often in plan.passed.items() if so_often == times]
        session().execute(update(Booking).where(Booking.id.in_(passed)).values(passed_over=Booking.passed_over + times))
    numbers = [entry.booking_id for entry in plan.seated]
    session().execute(
        update(Booking).where(Booking.id.in_(numbers)).values(standing=Standing.SEATED, changed_at=act.now)
    )
    # A new entry in the family's calendar, or one that had ended: it must win over whatever was mailed before.
    families = select(func.coalesce(Booking.part_of_id, Booking.id)).where(Booking.id.in_(numbers))
    session().execute(update(Booking).where(Booking.id.in_(families)).values(sequence=Booking.sequence + 1))
    count(facts, seated=sum(entry.party for entry in plan.seated), queued=-len(numbers))
    telling_of = [number for number in numbers if number != silent]
    if telling_of:
        letter = rules.letter(Cause.STANDING, Standing.QUEUED, Standing.SEATED)
        telling.tell(letter, telling_of, told=telling.about_slot(facts.slot_id), act=act)
        for number in telling_of:
            audit("promote", f"booking:{number}", act=act)
    return numbers


_COUNT = Prepared(
    update(SeatPool)
    .where(SeatPool.id == bindparam("pool"))
    .values(
        seated=SeatPool.seated + bindparam("more_seated"),
        queued=SeatPool.queued + bindparam("more_queued"),
        last_queue_number=func.coalesce(bindparam("number", type_=Integer()), SeatPool.last_queue_number),
    )
)


def count(facts: SlotFacts, *, seated: int = 0, queued: int = 0, number: int | None = None) -> None:
    """Move the pool's counters by so much; `number` is the last queue number given. At most one statement, under the
    lock."""
    if seated or queued or number is not None:
        values = {"pool": facts.pool_id, "more_seated": seated, "more_queued": queued, "number": number}
        _COUNT.write(values)
