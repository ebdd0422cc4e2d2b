"""How many children a slot can take with what it has, and what sets the limit: a pure rule for staff.

The public sees the pools' seats. A verb of staff's changes those; nothing here does by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from booking.programme.rules.leading import Need


class Limit(StrEnum):
    """What keeps a slot from taking more. SEATS: nothing but what staff decided."""

    SEATS = "seats"
    ROOM = "room"
    KITS = "kits"
    TRAINERS = "trainers"


@dataclass(frozen=True)
class Open:
    """So many seats can be open, and by what that is limited."""

    seats: int
    limit: Limit


def seats_open(*, seats: int, room: int | None, kits: int | None, trainers: int, per_trainer: int | None) -> Open:
    """The least of what staff decided, what the room takes, what the kits serve, and the trainers' children each.

    None: that sets no limit. Of equal limits the first in this order is named.
    """
    limits = [
        (seats, Limit.SEATS),
        (room, Limit.ROOM),
        (kits, Limit.KITS),
        (None if per_trainer is None else trainers * per_trainer, Limit.TRAINERS),
    ]
    known = [Open(number, limit) for number, limit in limits if number is not None]
    return min(known, key=lambda found: found.seats)


def children_served(
    needs: Sequence[Need], *, has: Mapping[str, int], registered: Collection[str], group: int
) -> int | None:
    """How many children the kits that a meeting has are enough for; `needs` are for a full `group`. Rounded down.

    `has` counts pieces by a thing's key. Things that no kit is registered for are not counted here; None when no need
    is left.
    """
    served = [group * has.get(need.key, 0) // need.number for need in needs if need.key in registered]
    return min(served, default=None)


def least_open(found: Sequence[Open]) -> Open:
    """Of a slot with several meetings: what the scarcest of them allows."""
    return min(found, key=lambda one: one.seats)
