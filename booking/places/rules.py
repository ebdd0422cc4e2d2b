"""Kinds of places and organisations: pure rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from booking.kernel.refusal import N_, Refused


class OrganisationKind(StrEnum):
    MUNICIPALITY = "municipality"
    REGION = "region"


class PlaceKind(StrEnum):
    """What sort of place. A STOP is served by the bokbuss, DIGITAL has no room at all."""

    MAIN = "main"
    BRANCH = "branch"
    LENDING_STATION = "lending_station"
    STOP = "stop"
    DIGITAL = "digital"
    VENUE = "venue"


class WeekParity(StrEnum):
    """On which ISO weeks. 2026 has 53 of them, and weeks 53 and 1 are both odd."""

    ODD = "odd"
    EVEN = "even"
    ANY = "any"


LIBRARY_KINDS = (PlaceKind.MAIN, PlaceKind.BRANCH, PlaceKind.LENDING_STATION, PlaceKind.DIGITAL)


class PlaceClosed(Refused):
    message = N_("%(place)s is closed from %(day)s. Choose an earlier day or another place.")


class NoSuchPlace(Refused):
    message = N_("The place does not exist any more. Choose another one.")


class NoSuchOrganisation(Refused):
    message = N_("There is no organisation with the code %(code)s. Import the municipalities first.")


class NameMissing(Refused):
    message = N_("Write a name.")
    field = "name"


class NobodyRunsWorkshops(Refused):
    message = N_("No organisation runs workshops yet. Import the municipalities first, or name an organisation.")


def check_open_on(day: dt.date, *, place: str, closed_from: dt.date | None) -> None:
    """Refuse a day on which the place called `place` is closed for good."""
    if closed_from is not None and day >= closed_from:
        raise PlaceClosed(place=place, day=closed_from)


def stands_on(day: dt.date, *, weekday: int, week_cycle: int, parity: WeekParity) -> bool:
    """Whether the bus stands at a stop with this pattern on `day`. Weeks are ISO 8601.

    Parity decides alone for stops of every second week. 2026 has 53 weeks, so an odd stop is visited in weeks 53 and 1
    in a row and an even one waits three weeks: real timetables move such visits by hand. Longer cycles have no known
    first week, so they never stand anywhere by themselves.
    """
    week = day.isocalendar()
    if week.weekday != weekday or week_cycle > 2:
        return False
    if parity is WeekParity.ANY:
        return week_cycle == 1
    return (week.week % 2 == 1) is (parity is WeekParity.ODD)


# A stop of every second week whose parity skips a turn of the year waits three weeks at most.
_WEEKS_PER_VISIT = 3


def next_visits(first: dt.date, *, weekday: int, week_cycle: int, parity: WeekParity, times: int) -> list[dt.date]:
    """The next days, from `first` on, on which the pattern brings the bus, as `stands_on` tells them.

    [] for cycles longer than two weeks. Holidays and school breaks are not known here: say "by the timetable".
    """
    days = (first + dt.timedelta(days=ahead) for ahead in range(7 * _WEEKS_PER_VISIT * times))
    visits = (day for day in days if stands_on(day, weekday=weekday, week_cycle=week_cycle, parity=parity))
    return list(islice(visits, times))


class PositionIncomplete(Refused):
    message = N_("A position needs both latitude and longitude. Fill in the other one, or empty both.")


class StopIsNoLibrary(Refused):
    message = N_("Stops of the bokbuss have a table of their own. Import this row with them.")


class AddressTaken(Refused):
    message = N_("The address is taken by %(place)s. Choose another slug.")


# The regions by the county code that SCB's municipality codes begin with.
REGIONS = {"12": "Region Skåne"}


@dataclass(frozen=True, kw_only=True)
class Hours:
    """Open on a weekday of every week (1 is Monday, ISO), or on one day instead. No times: closed that day."""

    weekday: int | None = None
    on_day: dt.date | None = None
    opens: dt.time | None = None
    closes: dt.time | None = None
    note: str = ""
