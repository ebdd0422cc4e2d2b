"""The house register as staff see it: each question keeps within a scope (requirement D3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from booking.accounts.rules.roles import Scope
from booking.kernel.sorting import sort_key
from booking.places.models import DayOff, OpeningHours, Organisation, Place, Room, Stop
from booking.places.queries import host, within
from booking.places.rules import DayOffKind, Hours, OrganisationKind, PlaceKind
from booking.store.engine import session


class PlaceRow(NamedTuple):
    """A place in the list of them."""

    id: int
    name: str
    kind: PlaceKind
    locality: str
    organisation: str
    closed_from: dt.date | None
    rooms: int
    has_hours: bool

    def is_closed_on(self, day: dt.date) -> bool:
        return self.closed_from is not None and self.closed_from <= day


class DaysRow(NamedTuple):
    """Days of the calendar. `place` "": at no place is anything planned."""

    id: int
    kind: DayOffKind
    first_on: dt.date
    last_on: dt.date
    name: str
    place_id: int | None
    place: str
    version: int


class OrganisationRow(NamedTuple):
    """An organisation in the list of them, with how many places it has."""

    id: int
    code: str
    name: str
    kind: OrganisationKind
    runs_workshops: bool
    version: int
    places: int


def register(scope: Scope) -> list[PlaceRow]:
    """The places within `scope`, closed ones too, in Swedish order of their names. One query."""
    rooms = select(func.count()).where(Room.place_id == Place.id).scalar_subquery()
    has_hours = or_(
        exists().where(OpeningHours.place_id == Place.id),
        exists().where(Stop.place_id == Place.id),
    )
    rows = session().execute(
        select(Place.id, Place.name, Place.kind, Place.locality, Organisation.name, Place.closed_from, rooms, has_hours)
        .join(Organisation, Organisation.id == Place.organisation_id)
        .where(within(scope))
        .order_by(Place.sort_key, Place.id)
    )
    return [PlaceRow(*row) for row in rows]


def place(number: int, *, scope: Scope) -> Place | None:
    """A place within `scope`, with its organisation, rooms, opening hours and stop; None for one outside of it as for
    one that does not exist. Three queries."""
    found = (
        select(Place)
        .where(Place.id == number, within(scope))
        .options(
            joinedload(Place.organisation),
            joinedload(Place.stop),
            selectinload(Place.rooms),
            selectinload(Place.opening_hours),
        )
        .execution_options(populate_existing=True)
    )
    return session().scalars(found).one_or_none()


def room(number: int, *, place_id: int, scope: Scope) -> Room | None:
    """A room of that place within `scope`. One query."""
    found = select(Room).join(Place).where(Room.id == number, Room.place_id == place_id, within(scope))
    return session().scalars(found.execution_options(populate_existing=True)).one_or_none()


def hours_of(place: Place) -> list[Hours]:
    """A place's opening hours as rules read them."""
    return [
        Hours(weekday=one.weekday, on_day=one.on_day, opens=one.opens, closes=one.closes, note=one.note)
        for one in place.opening_hours
    ]


def names(scope: Scope) -> list[tuple[int, str]]:
    """Number and name of the places within `scope`, in Swedish order. One query."""
    rows = session().execute(select(Place.id, Place.name).where(within(scope)).order_by(Place.sort_key, Place.id))
    return [(number, name) for number, name in rows]


def keeps_all(scope: Scope) -> bool:
    """Whether days of all places are this scope's to keep: everywhere, or in all of the organisation that runs the
    workshops. One query, none for most."""
    if scope.everywhere or not scope.organisations:
        return scope.everywhere
    found = host()
    return found is not None and found.id in scope.organisations


def calendar(scope: Scope, *, since: dt.date) -> list[DaysRow]:
    """What the calendar has from `since` on, for all places and for those within `scope`, earliest first. One query."""
    found = _days().where(DayOff.last_on >= since, or_(DayOff.place_id.is_(None), within(scope)))
    rows = session().execute(found.order_by(DayOff.first_on, DayOff.last_on, DayOff.id))
    return [_days_row(row) for row in rows]


def days(number: int, *, scope: Scope) -> DaysRow | None:
    """Days that are this scope's to change; None for others as for such that do not exist. Two queries at most."""
    mine: ColumnElement[bool] = DayOff.place_id.is_not(None) & within(scope)
    if keeps_all(scope):
        mine = or_(DayOff.place_id.is_(None), mine)
    row = session().execute(_days().where(DayOff.id == number, mine)).one_or_none()
    return _days_row(row) if row else None


def _days() -> Any:  # a Select of so many kinds
    return select(
        DayOff.id,
        DayOff.kind,
        DayOff.first_on,
        DayOff.last_on,
        DayOff.name,
        DayOff.place_id,
        func.coalesce(Place.name, ""),
        DayOff.version,
    ).outerjoin(Place, Place.id == DayOff.place_id)


def _days_row(row: Sequence[object]) -> DaysRow:
    return DaysRow._make(row)


def organisations() -> list[OrganisationRow]:
    """All organisations in Swedish order of their names, the one that runs the workshops first. One query."""
    rows = [OrganisationRow(*row) for row in session().execute(_organisations(true()))]
    return sorted(rows, key=lambda row: (not row.runs_workshops, sort_key(row.name), row.id))


def organisation(number: int) -> OrganisationRow | None:
    """One organisation; None when there is none. One query."""
    row = session().execute(_organisations(Organisation.id == number)).one_or_none()
    return OrganisationRow(*row) if row else None


def _organisations(condition: ColumnElement[bool]) -> Any:
    places = select(func.count()).where(Place.organisation_id == Organisation.id).scalar_subquery()
    return select(
        Organisation.id,
        Organisation.code,
        Organisation.name,
        Organisation.kind,
        Organisation.runs_workshops,
        Organisation.version,
        places,
    ).where(condition)
