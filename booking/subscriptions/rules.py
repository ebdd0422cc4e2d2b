"""When letters that people asked for go, and what is new to whom: pure rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from booking.kernel import clock
from booking.kernel.refusal import N_, Refused
from booking.programme.rules import PublicState

# A wish that nobody has confirmed is deleted after this long.
UNCONFIRMED_LIVES = dt.timedelta(days=7)
# No digest is written from this hour on: a worker that was away all evening waits until the next day.
NIGHT = 21
# A verb may commit a little later than it began: what was published since then waits for the next digest.
SETTLES = dt.timedelta(minutes=5)
# A digest names so many slots; the list has the rest.
LISTED = 10
WISHES_PER_ADDRESS = 10
OPENINGS_PER_ADDRESS = 10
# Letters that ask for a confirmation (requirement L5).
AN_HOUR, A_DAY = 3, 10
# A digest's links live as long as this, and so long at least when the letter is written (RFC 8058 says nothing; most
# readers clear out a mailbox within a year).
LINK_LIVES = dt.timedelta(days=2 * 365)
LINK_LEFT = dt.timedelta(days=365)

# What a family can do something about, in a letter that may be read some hours later.
WORTH_TELLING = frozenset({PublicState.OPEN, PublicState.FEW, PublicState.QUEUE, PublicState.SOON, PublicState.FREE})
OPEN_NOW = frozenset({PublicState.OPEN, PublicState.FEW, PublicState.QUEUE})


class TooManyWishes(Refused):
    message = N_("You already follow %(limit)s things, which is as many as there can be. End one of them first.")


class SameWish(Refused):
    message = N_("You already follow that.")
    field = "area"


class NoSuchWish(Refused):
    message = N_("This has already ended.")


class OpensNoMore(Refused):
    """Nothing is left to wait for: booking is open, or never will be."""

    message = N_("Booking is not waiting to open. See the page of the workshop.")


class Wish(NamedTuple):
    """What somebody wants to be told of: `area` is a value of the list's filter `var`, "" for anywhere."""

    area: str = ""
    age: int | None = None

    @property
    def query(self) -> dict[str, str]:
        """The same as the list's filters."""
        return {
            **({"var": self.area} if self.area else {}),
            **({} if self.age is None else {"alder": str(self.age)}),
        }


class Ground(NamedTuple):
    """What an area stands for: these places, every stop, or what is online; all three empty: nothing any more."""

    place_ids: Collection[int] = ()
    bus: bool = False
    online: bool = False
    anywhere: bool = False


class Spot(NamedTuple):
    """What of a slot decides who is told of it."""

    place_id: int
    is_stop: bool
    is_online: bool
    age_min: int | None
    age_max: int | None


def suits(spot: Spot, ground: Ground, age: int | None) -> bool:
    """Whether the list with the same two filters would show the slot."""
    if not (
        ground.anywhere
        or (ground.bus and spot.is_stop)
        or (ground.online and spot.is_online)
        or spot.place_id in ground.place_ids
    ):
        return False
    return age is None or ((spot.age_min or 0) <= age and (spot.age_max is None or age <= spot.age_max))


def is_digest_time(now: dt.datetime, *, hour: int) -> bool:
    """Whether digests may be written at `now`: from `hour` until the evening, on the library's clock."""
    return hour <= clock.to_local(now).hour < NIGHT


def last_round(now: dt.datetime, *, hour: int) -> dt.date | None:
    """What `told_on` is for somebody who confirms at `now`: today once today's hour has come, else None."""
    return clock.local_day(now) if clock.to_local(now).hour >= hour else None
