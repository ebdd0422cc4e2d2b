"""The libraries' and the stops' own pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from booking.kernel import clock
from booking.kernel.sorting import sort_key
from booking.places.models import OpeningHours, Place, Stop
from booking.places.rules import LIBRARY_KINDS, PlaceKind, WeekParity, next_visits
from booking.programme import queries as programme
from booking.programme.queries import Area, Choice, Reader, Search, SlotRow, place_url
from booking.store.engine import session

# A place's page shows so many coming slots; the list has the rest.
SHOWN = 12
# A stop's page names so many of the bus's next visits.
VISITS = 4


class Library(NamedTuple):
    """A library in the list of them, with the next slot there that goes ahead."""

    name: str
    url: str
    kind: PlaceKind
    address: str
    locality: str
    phone: str
    accessibility_note: str
    next_slot: SlotRow | None


class StopRow(NamedTuple):
    """A stop in the list of villages. `weekday` is ISO's, Monday is 1; `arrives` is wall time. `next_on` is None when
    the pattern does not tell the next visit."""

    name: str
    url: str
    weekday: int
    parity: WeekParity
    arrives: dt.time
    next_on: dt.date | None


class Village(NamedTuple):
    """A village with its stops in Swedish order; `letter` is the one it is found under."""

    name: str
    letter: str
    stops: list[StopRow]


class Weekday(NamedTuple):
    """When a place is open on a weekday, Monday is 0; [] when it is not."""

    weekday: int
    spans: list[tuple[dt.time, dt.time]]


class StopTimes(NamedTuple):
    """The pattern of a stop's visits, in wall time, and the next days that it gives; `weekday` is ISO's."""

    weekday: int
    parity: WeekParity
    arrives: dt.time
    departs: dt.time
    visits: list[dt.date]


@dataclass(frozen=True, kw_only=True)
class PlacePage:
    """A place as its own page shows it. `slots` are the first of those that are coming."""

    name: str
    kind: PlaceKind
    slug: str
    url: str
    webcal_url: str
    address: str
    postal_code: str
    locality: str
    directions: str
    accessibility_note: str
    phone: str
    latitude: float | None
    longitude: float | None
    closed_from: dt.date | None
    opening_hours: list[Weekday]
    slots: list[SlotRow]
    stop: StopTimes | None
    room: str = ""

    @property
    def calendar_url(self) -> str:
        return f"{self.url}.ics"

    def is_closed_on(self, day: dt.date) -> bool:
        """Whether the place is closed for good on `day`."""
        return self.closed_from is not None and self.closed_from <= day


def libraries(*, today: dt.date, now: dt.datetime, reader: Reader) -> list[Library]:
    """The libraries that are open to the public, in Swedish order of their names. Two queries."""
    places = (
        session()
        .scalars(
            select(Place)
            .where(Place.kind.in_(LIBRARY_KINDS), or_(Place.closed_from.is_(None), Place.closed_from > today))
            .order_by(Place.sort_key, Place.id)
        )
        .all()
    )
    following = programme.next_of_each([place.id for place in places], now=now, reader=reader)
    return [
        Library(
            name=place.name,
            url=place_url(place.kind, place.slug, reader.root),
            kind=place.kind,
            address=place.address,
            locality=place.locality,
            phone=place.phone,
            accessibility_note=place.accessibility_note,
            next_slot=following.get(place.id),
        )
        for place in places
    ]


def villages(*, now: dt.datetime, reader: Reader) -> list[Village]:
    """The villages where the bus stops, with their stops, both in Swedish order. One query."""
    rows = session().execute(
        select(Place.locality, Place.name, Place.slug, Place.closed_from, Stop)
        .join(Stop, Stop.place_id == Place.id)
        .where(or_(Place.closed_from.is_(None), Place.closed_from > clock.local_day(now)))
        .order_by(Place.sort_key, Place.id)
    )
    # The village's order first: not every stop is called after its village.
    stops = sorted(rows, key=lambda row: sort_key(row.locality or row.name))
    return [
        Village(name, name[:1].upper(), [_stop(*row[1:], now=now, reader=reader) for row in group])
        for name, group in groupby(stops, key=lambda row: row.locality or row.name)
    ]


def _stop(
    name: str, slug: str, closed_from: dt.date | None, stop: Stop, *, now: dt.datetime, reader: Reader
) -> StopRow:
    url = place_url(PlaceKind.STOP, slug, reader.root)
    following = _visits(stop, closed_from, now=now, times=1)
    return StopRow(name, url, stop.weekday, stop.week_parity, stop.arrives, following[0] if following else None)


def _visits(stop: Stop, closed_from: dt.date | None, *, now: dt.datetime, times: int) -> list[dt.date]:
    """The stop's next visits, by the pattern; today's until the bus has left."""
    local = clock.to_local(now)
    first = local.date() if local.time() < stop.departs else local.date() + dt.timedelta(days=1)
    days = next_visits(first, weekday=stop.weekday, week_cycle=stop.week_cycle, parity=stop.week_parity, times=times)
    return [day for day in days if closed_from is None or day < closed_from]


def place_page(
    slug: str, kinds: Sequence[PlaceKind], *, site: str, now: dt.datetime, reader: Reader
) -> PlacePage | None:
    """The place at this address, a closed one too; None when there is none of these kinds. Three queries.

    `site` is what public addresses begin with in the reader's language.
    """
    place = (
        session()
        .scalars(
            select(Place)
            .where(Place.slug == slug, Place.kind.in_(kinds))
            .options(joinedload(Place.stop), selectinload(Place.opening_hours))
        )
        .one_or_none()
    )
    if place is None:
        return None
    area = Area(Choice(place.slug, place.name), (place.id,))
    coming = programme.find(Search(where=place.slug), area=area, now=now, reader=reader, limit=SHOWN)
    return PlacePage(
        name=place.name,
        kind=place.kind,
        slug=place.slug,
        url=place_url(place.kind, place.slug, reader.root),
        webcal_url=f"webcal:{place_url(place.kind, place.slug, site).partition(':')[2]}.ics",
        address=place.address,
        postal_code=place.postal_code,
        locality=place.locality,
        directions=place.directions,
        accessibility_note=place.accessibility_note,
        phone=place.phone,
        latitude=place.latitude,
        longitude=place.longitude,
        closed_from=place.closed_from,
        opening_hours=_weekdays(place.opening_hours),
        slots=coming.rows,
        stop=_stop_times(place.stop, place.closed_from, now) if place.stop else None,
    )


def _stop_times(stop: Stop, closed_from: dt.date | None, now: dt.datetime) -> StopTimes:
    visits = _visits(stop, closed_from, now=now, times=VISITS)
    return StopTimes(stop.weekday, stop.week_parity, stop.arrives, stop.departs, visits)


def _weekdays(hours: Sequence[OpeningHours]) -> list[Weekday]:
    """The seven days of an ordinary week; [] when nothing is known. Single days' exceptions are not part of it."""
    known = [hour for hour in hours if hour.weekday is not None]
    if not known:
        return []
    return [
        Weekday(day - 1, [(h.opens, h.closes) for h in known if h.weekday == day and h.opens and h.closes])
        for day in range(1, 8)
    ]
