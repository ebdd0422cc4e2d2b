"""Many slots changed in one step: all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select

from booking.bookings import rules
from booking.bookings.rules import SeatsChange
from booking.bookings.services.queue import change_all_seats
from booking.kernel.act import Act
from booking.programme import queries as programme
from booking.programme import services
from booking.programme.models import Slot
from booking.programme.rules import NoSuchSlot
from booking.programme.rules.changes import BULK_LIMIT, BulkChange, ChangedMeanwhile, NothingToChange, TooManySlots
from booking.store import writes
from booking.store.engine import session


class Seen(NamedTuple):
    """What the page showed of a slot: its version, and all its seats."""

    version: int
    seats: int


@writes
def change_many(slots: Mapping[int, Seen], *, to: BulkChange, act: Act) -> int:
    """Change these slots by number; how many families got a seat. Each keeps what `to` does not name.

    Raises NothingToChange, TooManySlots, ChangedMeanwhile when one of them is not as it was shown (requirement A14),
    SeveralPools when seats are to be changed of one that counts several sets of them, and what `programme.change` and
    `change_all_seats` raise.
    """
    if to.is_nothing or not slots:
        raise NothingToChange
    if len(slots) > BULK_LIMIT:
        raise TooManySlots(limit=BULK_LIMIT)
    seated = 0
    for slot_id, seen in sorted(slots.items()):
        # One after the other in the order of their numbers, each locked before it is read: nobody waits in a circle.
        locked = select(Slot).where(Slot.id == slot_id).with_for_update()
        slot = session().scalar(locked, execution_options={"populate_existing": True})
        if slot is None:
            raise NoSuchSlot
        seats = sum(pool.seats for pool in slot.pools)
        if slot.version != seen.version or seats != seen.seats:
            raise ChangedMeanwhile
        wanted = to.applied(programme.as_change(slot), first=programme.first_of(slot))
        services.change(slot_id, version=slot.version, to=wanted, act=act)
        if to.seats is not None and to.seats != seats:
            if len(slot.pools) > 1:
                raise rules.SeveralPools
            change = {slot.pools[0].id: SeatsChange(seats, to.seats)}
            seated += len(change_all_seats(slot_id, seats=change, act=act))
    return seated
