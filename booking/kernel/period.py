"""Stretches of time, half-open: the end is not part of them, so what ends at 16.00 does not meet what begins then."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from booking.kernel import clock
from booking.kernel.refusal import N_, Refused


class EndsBeforeItBegins(Refused):
    message = N_("The end must be later than the beginning. Change one of the times.")


@dataclass(frozen=True, order=True)
class Period:
    """From `starts` until `ends`, both instants in UTC. Raises EndsBeforeItBegins."""

    starts: dt.datetime
    ends: dt.datetime

    def __post_init__(self) -> None:
        if self.ends <= self.starts:
            raise EndsBeforeItBegins

    def overlaps(self, other: Period) -> bool:
        return self.starts < other.ends and other.starts < self.ends


@dataclass(frozen=True, order=True)
class WallPeriod:
    """From `starts` until `ends` on the libraries' clocks, naive. Raises EndsBeforeItBegins."""

    starts: dt.datetime
    ends: dt.datetime

    def __post_init__(self) -> None:
        if self.ends <= self.starts:
            raise EndsBeforeItBegins

    @classmethod
    def on(cls, day: dt.date, starts: dt.time, *, minutes: int) -> WallPeriod:
        """A period of `minutes` on the clock, beginning on `day`."""
        begins = dt.datetime.combine(day, starts)
        return cls(begins, begins + dt.timedelta(minutes=minutes))

    def instants(self) -> Period:
        """The same period in UTC. Raises NoSuchTime and NoSuchDay (see `clock.to_utc`)."""
        return Period(clock.to_utc(self.starts), clock.to_utc(self.ends))

    def later(self, *, days: int) -> WallPeriod:
        """The same times on the clock, `days` later: also across the nights when the clocks change."""
        step = dt.timedelta(days=days)
        return WallPeriod(self.starts + step, self.ends + step)
