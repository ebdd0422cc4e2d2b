"""Organisations, places and stops out of tables. All or nothing, and the same table twice changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select

from booking.kernel import cells, table
from booking.kernel.act import Act
from booking.kernel.period import EndsBeforeItBegins
from booking.kernel.sorting import search_key, sort_key
from booking.kernel.table import BadTable, Column, Fault, Tally, needed, optional
from booking.places import queries
from booking.places.models import Organisation, Place, Stop
from booking.places.rules import (
    REGIONS,
    AddressTaken,
    NobodyRunsWorkshops,
    NoSuchOrganisation,
    OrganisationKind,
    PlaceKind,
    PositionIncomplete,
    StopIsNoLibrary,
    WeekParity,
)
from booking.places.rules.keeping import IN_CALENDARS, PHONE, POSTAL_CODE
from booking.store import audit, writes
from booking.store.engine import session

_POSITION: dict[str, Column[Any]] = {
    "latitude": optional(cells.decimal(-90, 90)),
    "longitude": optional(cells.decimal(-180, 180)),
}


@dataclass(frozen=True, kw_only=True)
class OrganisationRow:
    """A municipality: SCB's code and its name."""

    line: int
    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class PlaceRow:
    """A library or another place that is no stop. Raises PositionIncomplete, StopIsNoLibrary."""

    line: int
    slug: str
    kind: PlaceKind
    name: str
    address: str
    postal_code: str
    locality: str
    latitude: float | None
    longitude: float | None
    phone: str
    accessibility_note: str
    directions: str
    closed_from: dt.date | None
    source: str

    def __post_init__(self) -> None:
        _check_position(self.latitude, self.longitude)
        if self.kind is PlaceKind.STOP:
            raise StopIsNoLibrary(field="kind")


@dataclass(frozen=True, kw_only=True)
class StopRow:
    """A bokbuss stop with the pattern of its visits. Raises EndsBeforeItBegins, PositionIncomplete."""

    line: int
    slug: str
    name: str
    locality: str
    latitude: float | None
    longitude: float | None
    weekday: int
    week_cycle: int
    week_parity: WeekParity
    arrives: dt.time
    departs: dt.time
    source: str
    phone: str = ""
    accessibility_note: str = ""
    directions: str = ""

    def __post_init__(self) -> None:
        _check_position(self.latitude, self.longitude)
        if self.departs <= self.arrives:
            raise EndsBeforeItBegins(field="departs")


def read_organisations(raw: bytes) -> list[OrganisationRow]:
    """The rows of municipalities.csv. Raises BadTable."""
    columns: dict[str, Column[Any]] = {
        "code": needed(cells.matching(r"[0-9]{4}", like="1290")),
        "name": needed(cells.text(80)),
    }
    return table.read(raw, columns=columns, into=OrganisationRow, key="code")


def read_places(raw: bytes) -> list[PlaceRow]:
    """The rows of places.csv. Raises BadTable."""
    columns: dict[str, Column[Any]] = {
        "slug": needed(cells.slug),
        "kind": needed(cells.choice(PlaceKind, hidden=(PlaceKind.STOP,))),
        "name": needed(cells.text(120)),
        "address": optional(cells.text(120), default=""),
        "postal_code": optional(POSTAL_CODE, default=""),
        "locality": optional(cells.text(80), default=""),
        **_POSITION,
        "phone": optional(PHONE, default=""),
        "accessibility_note": optional(cells.prose(1000), default=""),
        "directions": optional(cells.prose(1000), default="", always=False),
        "closed_from": optional(cells.day, always=False),
        "source": optional(cells.text(500), default="", always=False),
    }
    return table.read(raw, columns=columns, into=PlaceRow, key="slug")


def read_stops(raw: bytes) -> list[StopRow]:
    """The rows of bokbuss_stops.csv. Raises BadTable."""
    columns: dict[str, Column[Any]] = {
        "slug": needed(cells.slug),
        "name": needed(cells.text(120)),
        "locality": needed(cells.text(80)),
        **_POSITION,
        "weekday": needed(cells.whole(1, 7)),
        "week_cycle": needed(cells.whole(1, 8)),
        "week_parity": needed(cells.choice(WeekParity)),
        "arrives": needed(cells.clock_time),
        "departs": needed(cells.clock_time),
        "phone": optional(PHONE, default="", always=False),
        "accessibility_note": optional(cells.prose(1000), default="", always=False),
        "directions": optional(cells.prose(1000), default="", always=False),
        "source": optional(cells.text(500), default="", always=False),
    }
    return table.read(raw, columns=columns, into=StopRow, key="slug")


@writes
def import_organisations(rows: Iterable[OrganisationRow], *, act: Act, runs_workshops: str | None = None) -> Tally:
    """Add and update municipalities by code, and the region that their codes belong to.

    `runs_workshops` is the code of the one that runs the children's workshops; None leaves that as it is. Raises
    NoSuchOrganisation for a code that is neither in the rows nor in the database.
    """
    known = {found.code: found for found in session().scalars(select(Organisation))}
    tally, aside = Tally(), Tally()
    wanted = [(row.code, row.name, OrganisationKind.MUNICIPALITY) for row in rows]
    counties = sorted({code[:2] for code, _, _ in wanted} & REGIONS.keys())
    wanted += [(county, REGIONS[county], OrganisationKind.REGION) for county in counties]
    codes = known.keys() | {code for code, _, _ in wanted}
    if runs_workshops is not None and runs_workshops not in codes:
        raise NoSuchOrganisation(code=runs_workshops)
    for code, name, kind in wanted:
        values: dict[str, Any] = {"name": name, "kind": kind}
        if runs_workshops is not None:
            values["runs_workshops"] = code == runs_workshops
        counted = tally if kind is OrganisationKind.MUNICIPALITY else aside  # the region stands on no row
        if code in known:
            _count(counted, changed=bool(_set(known[code], values)))
        else:
            session().add(Organisation(code=code, **values))
            counted.added += 1
    return _done("import_organisations", tally, act=act)


@writes
def import_places(rows: Iterable[PlaceRow], *, act: Act, organisation: str | None = None) -> Tally:
    """Add and update places by slug. A place that is not in the rows stays as it is.

    They belong to the organisation with this code, or to the one that runs the workshops. Raises NoSuchOrganisation,
    NobodyRunsWorkshops, and BadTable when a slug belongs to a stop.
    """
    return _import(rows, _place_values, verb="import_places", are_stops=False, organisation=organisation, act=act)


@writes
def import_stops(rows: Iterable[StopRow], *, act: Act, organisation: str | None = None) -> Tally:
    """Add and update bokbuss stops by slug, as `import_places` does. Raises BadTable when a slug belongs to no stop."""
    return _import(rows, _stop_values, verb="import_stops", are_stops=True, organisation=organisation, act=act)


RowT = TypeVar("RowT", PlaceRow, StopRow)


def _import(
    rows: Iterable[RowT],
    values_of: Callable[[RowT], tuple[dict[str, Any], dict[str, Any]]],
    *,
    verb: str,
    are_stops: bool,
    organisation: str | None,
    act: Act,
) -> Tally:
    owner = _owner(organisation)
    known = {place.slug: place for place in queries.of_kinds(list(PlaceKind))}
    tally, faults = Tally(), []
    for row in rows:
        place = known.get(row.slug)
        if place is None:
            session().add(_new_place(row.slug, values_of(row), organisation_id=owner.id, act=act))
            tally.added += 1
        elif (place.kind is PlaceKind.STOP) is not are_stops:
            faults.append(Fault(row.line, "slug", AddressTaken(place=place.name)))
        else:
            _count(tally, changed=_update(place, values_of(row), organisation_id=owner.id, act=act))
    if faults:
        raise BadTable(faults)
    return _done(verb, tally, act=act)


def _place_values(row: PlaceRow) -> tuple[dict[str, Any], dict[str, Any]]:
    values = {
        "kind": row.kind,
        "name": row.name,
        "address": row.address,
        "postal_code": row.postal_code,
        "locality": row.locality,
        "latitude": row.latitude,
        "longitude": row.longitude,
        "phone": row.phone,
        "accessibility_note": row.accessibility_note,
        "directions": row.directions,
        "closed_from": row.closed_from,
        "source": row.source,
    }
    return values, {}


def _stop_values(row: StopRow) -> tuple[dict[str, Any], dict[str, Any]]:
    values = {
        "kind": PlaceKind.STOP,
        "name": row.name,
        "locality": row.locality,
        "latitude": row.latitude,
        "longitude": row.longitude,
        "phone": row.phone,
        "accessibility_note": row.accessibility_note,
        "directions": row.directions,
        "source": row.source,
    }
    pattern = {
        "weekday": row.weekday,
        "week_cycle": row.week_cycle,
        "week_parity": row.week_parity,
        "arrives": row.arrives,
        "departs": row.departs,
    }
    return values, pattern


def _new_place(slug: str, values: tuple[dict[str, Any], dict[str, Any]], *, organisation_id: int, act: Act) -> Place:
    place = Place(slug=slug, organisation_id=organisation_id, changed_at=act.now, **values[0], **_keys(values[0]))
    if values[1]:
        place.stop = Stop(**values[1])
    return place


def _update(place: Place, values: tuple[dict[str, Any], dict[str, Any]], *, organisation_id: int, act: Act) -> bool:
    """Whether anything changed. Only what calendars show moves `changed_at`."""
    changed = _set(place, {"organisation_id": organisation_id, **values[0], **_keys(values[0])})
    if place.stop is not None:
        changed |= _set(place.stop, values[1])
    if changed & IN_CALENDARS:
        place.changed_at = act.now
    if changed:
        place.version += 1
    return bool(changed)


def _keys(values: dict[str, Any]) -> dict[str, str]:
    return {
        "sort_key": sort_key(values["name"]),
        "search_key": search_key(values["name"], values["locality"]),
    }


def _set(found: Organisation | Place | Stop, values: dict[str, Any]) -> set[str]:
    """Set what differs; the names of what did."""
    changed = {name for name, value in values.items() if getattr(found, name) != value}
    for name in changed:
        setattr(found, name, values[name])
    return changed


def _owner(code: str | None) -> Organisation:
    found = queries.host() if code is None else queries.organisation(code)
    if found is None:
        raise NobodyRunsWorkshops if code is None else NoSuchOrganisation(code=code)
    return found


def _count(tally: Tally, *, changed: bool) -> None:
    if changed:
        tally.updated += 1
    else:
        tally.unchanged += 1


def _done(verb: str, tally: Tally, *, act: Act) -> Tally:
    session().flush()  # a constraint that says no must say it inside the verb
    if tally.has_changed:
        audit(verb, str(tally), act=act)
    return tally


def _check_position(latitude: float | None, longitude: float | None) -> None:
    if (latitude is None) is not (longitude is None):
        raise PositionIncomplete(field="latitude" if latitude is None else "longitude")
