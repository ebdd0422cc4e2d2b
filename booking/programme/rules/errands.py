"""What leading a meeting takes beside the meeting itself: the road, packing, clearing. Pure rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from booking.places.rules import Spot, travel_minutes
from booking.programme.rules.clashes import Occasion

_NOTHING = dt.timedelta()


@dataclass(frozen=True, kw_only=True)
class Errand:
    """How a trainer gets to a meeting, as instants. `origin` None: from where is not known, so no road is counted.

    `leaves_at` equals `packs_at` when there is no road; `packs_at` equals the start when all stands ready.
    """

    origin: Spot | None
    travel_minutes: int
    leaves_at: dt.datetime
    packs_at: dt.datetime
    cleared_at: dt.datetime


def errand(occasion: Occasion, *, before: Occasion | None, home: Spot | None) -> Errand:
    """The way to a meeting: from the one that the trainer leads before it that day, else from home.

    After the same activity at the same place everything stands where it shall (as in `clashes.minutes_needed`).
    """
    stays = before is not None and _stays(before, occasion)
    origin = before.spot if before else home
    minutes = travel_minutes(origin, occasion.spot) if origin and not occasion.is_online else 0
    packs_at = occasion.period.starts - _minutes(0 if stays else occasion.packing_minutes)
    return Errand(
        origin=origin,
        travel_minutes=minutes,
        leaves_at=packs_at - _minutes(minutes),
        packs_at=packs_at,
        cleared_at=occasion.period.ends + _minutes(occasion.clearing_minutes),
    )


@dataclass(frozen=True, kw_only=True)
class Spent:
    """A trainer's time, real hours also over a change of clocks (requirement T3)."""

    meetings: int = 0
    leading: dt.timedelta = _NOTHING
    preparing: dt.timedelta = _NOTHING
    travelling: dt.timedelta = _NOTHING

    @property
    def whole(self) -> dt.timedelta:
        return self.leading + self.preparing + self.travelling

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            meetings=self.meetings + other.meetings,
            leading=self.leading + other.leading,
            preparing=self.preparing + other.preparing,
            travelling=self.travelling + other.travelling,
        )


def spent(occasions: Sequence[Occasion], *, home: Spot | None) -> Spent:
    """What these meetings of one trainer took, earliest first.

    Each day leads from home to home by way of its meetings; without a known home the first and the last road do not
    count. Packing and clearing count once where the same activity follows at the same place.
    """
    days = groupby(occasions, key=lambda one: one.day)
    return sum((_day(list(found), home) for _, found in days), Spent())


def _day(occasions: Sequence[Occasion], home: Spot | None) -> Spent:
    first, last = occasions[0], occasions[-1]
    packed = first.packing_minutes + last.clearing_minutes
    roads = _road(home, first) + _road(home, last)
    for one, other in pairwise(occasions):
        if not _stays(one, other):
            packed += one.clearing_minutes + other.packing_minutes
            roads += 0 if one.is_online or other.is_online else travel_minutes(one.spot, other.spot)
    return Spent(
        meetings=len(occasions),
        leading=sum((one.period.ends - one.period.starts for one in occasions), _NOTHING),
        preparing=_minutes(packed),
        travelling=_minutes(roads),
    )


def _road(home: Spot | None, occasion: Occasion) -> int:
    return 0 if home is None or occasion.is_online else travel_minutes(home, occasion.spot)


def _stays(one: Occasion, other: Occasion) -> bool:
    return (one.activity_id, one.spot.id) == (other.activity_id, other.spot.id)


def _minutes(number: int) -> dt.timedelta:
    return dt.timedelta(minutes=number)
