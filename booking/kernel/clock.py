"""Wall time and instants. The only module that says which zone the libraries live in.

Inside the program an instant is an aware datetime in UTC. What a person types is a wall time: naive, in Stockholm.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from booking.kernel.refusal import N_, Refused

ZONE_NAME = "Europe/Stockholm"
ZONE = ZoneInfo(ZONE_NAME)
UTC = dt.UTC
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2100, 1, 1)


class NoSuchTime(Refused):
    """The clock jumps over this wall time on the night to summer time."""

    message = N_("%(clock)s does not exist on %(day)s, because the clocks go forward that night. Choose another time.")


class NoSuchDay(Refused):
    """A date outside the years that this system plans for; most often a slip of the finger."""

    message = N_("The year %(year)s cannot be right. Write a date between 2000 and 2099.")


def to_utc(wall: dt.datetime) -> dt.datetime:
    """The instant of a wall time. A time that occurs twice (the night to winter time) means the first of the two.

    Raises NoSuchTime for a time that is jumped over, NoSuchDay outside 2000-2099.
    """
    if wall.tzinfo is not None:
        raise ValueError("a wall time has no zone")
    if not FIRST_DAY <= wall.date() < LAST_DAY:
        raise NoSuchDay(year=wall.year)
    instant = wall.replace(tzinfo=ZONE, fold=0).astimezone(UTC)
    if instant.astimezone(ZONE).replace(tzinfo=None, fold=0) != wall.replace(fold=0):
        raise NoSuchTime(clock=f"{wall:%H:%M}", day=wall.date().isoformat())
    return instant


def to_local(instant: dt.datetime) -> dt.datetime:
    """The same instant on a Stockholm clock, aware."""
    if instant.tzinfo is None:
        raise ValueError("an instant has a zone")
    return instant.astimezone(ZONE)


def local_day(instant: dt.datetime) -> dt.date:
    """The Stockholm date of an instant: what "today" means (requirement T5)."""
    return to_local(instant).date()


def day_start(day: dt.date) -> dt.datetime:
    """The instant when `day` begins in Stockholm. A day is `day_start(day) <= t < day_start(day + 1)`: 23-25 hours."""
    return dt.datetime.combine(day, dt.time(), tzinfo=ZONE).astimezone(UTC)


def hour_of(day: dt.date, hour: int) -> dt.datetime:
    """The instant when a Stockholm clock shows that hour of `day`: the first of two, and an hour later when the clocks
    jump over it."""
    return dt.datetime.combine(day, dt.time(hour), tzinfo=ZONE).astimezone(UTC)


def monday_of(day: dt.date) -> dt.date:
    """The Monday of the ISO week that holds `day`."""
    return day - dt.timedelta(days=day.weekday())
