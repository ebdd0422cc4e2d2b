"""Kinds of places and organisations: pure rules."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
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


class DayOffKind(StrEnum):
    """Why nothing is planned by itself on a day of the calendar that staff keep."""

    HOLIDAY = "holiday"
    SCHOOL_BREAK = "school_break"
    OTHER = "other"


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


class DaysUpsideDown(Refused):
    message = N_("The last day must not be before the first. Change one of them.")
    field = "last_on"


class NoSuchDayOff(Refused):
    message = N_("These days are not in the calendar any more.")


Span = tuple[dt.time, dt.time]


def open_spans(day: dt.date, hours: Sequence[Hours]) -> list[Span] | None:
    """When a place with these hours is open on `day`, earliest first, what touches joined. Wall times.

    [] when it is closed that day, None when its hours are not known. Hours of the very day replace the weekday's.
    """
    if not hours:
        return None
    found = [span for span in hours if span.on_day == day] or [
        span for span in hours if span.on_day is None and span.weekday == day.isoweekday()
    ]
    spans: list[Span] = []
    for opens, closes in sorted((one.opens, one.closes) for one in found if one.opens and one.closes):
        if spans and opens <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(closes, spans[-1][1]))
        else:
            spans.append((opens, closes))
    return spans


def lies_within(starts: dt.datetime, ends: dt.datetime, spans: Sequence[Span]) -> bool:
    """Whether a wall-time period lies within one of its first day's spans; one that passes midnight never does."""
    if ends.date() != starts.date():
        return False
    return any(opens <= starts.time() and ends.time() <= closes for opens, closes in spans)


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """When the bus stands at a stop: see `stands_on`."""

    weekday: int
    week_cycle: int
    parity: WeekParity
    arrives: dt.time
    departs: dt.time

    def spans(self, day: dt.date) -> list[Span] | None:
        """As `open_spans`; None for cycles longer than two weeks, whose first week nobody knows."""
        if self.week_cycle > 2:
            return None
        stands = stands_on(day, weekday=self.weekday, week_cycle=self.week_cycle, parity=self.parity)
        return [(self.arrives, self.departs)] if stands else []


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A place as somebody who travels sees it. A position of None is not known."""

    id: int
    name: str
    kind: PlaceKind
    latitude: float | None = None
    longitude: float | None = None


EARTH_KM = 6371.0
# Country roads are that much longer than the bee line, and that is the speed on them from door to door.
ROAD_FACTOR = 1.3
KM_PER_HOUR = 50.0
# Parking and walking in, whatever the distance; and what is counted when a position is not known.
DOOR_MINUTES = 5
UNKNOWN_MINUTES = 30


def travel_minutes(start: Spot, end: Spot) -> int:
    """Whole minutes by car from one place to another, an estimate from the bee line, rounded up.

    0 within one place and to or from the digital library, which is led from anywhere. The same both ways.
    """
    if start.id == end.id or PlaceKind.DIGITAL in (start.kind, end.kind):
        return 0
    if None in (start.latitude, start.longitude, end.latitude, end.longitude):
        return UNKNOWN_MINUTES
    road = _bee_line_km(start, end) * ROAD_FACTOR
    return DOOR_MINUTES + math.ceil(round(road / KM_PER_HOUR * 60, 6))


def _bee_line_km(start: Spot, end: Spot) -> float:
    """The haversine distance."""
    assert start.latitude is not None
    assert start.longitude is not None
    assert end.latitude is not None
    assert end.longitude is not None
    first, second = math.radians(start.latitude), math.radians(end.latitude)
    half = math.sin((second - first) / 2) ** 2
    half += math.cos(first) * math.cos(second) * math.sin(math.radians(end.longitude - start.longitude) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))
