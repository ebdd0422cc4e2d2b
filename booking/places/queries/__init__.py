"""Finding organisations and places."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import selectinload

from booking.accounts.rules.roles import Ground, Scope
from booking.kernel.sorting import sort_key
from booking.places.models import DayOff, Organisation, Place
from booking.places.rules import PlaceKind
from booking.store.engine import session


def organisation(code: str) -> Organisation | None:
    """The organisation with this code; None when there is none. One query."""
    return session().scalars(select(Organisation).where(Organisation.code == code)).one_or_none()


def host() -> Organisation | None:
    """The organisation that runs the children's workshops, the first by code; None before any is named. One query."""
    found = select(Organisation).where(Organisation.runs_workshops).order_by(Organisation.code, Organisation.id)
    return session().scalars(found.limit(1)).one_or_none()


def by_slug(slug: str) -> Place | None:
    """The place at this address, closed ones too; None when there is none. One query."""
    return session().scalars(select(Place).where(Place.slug == slug)).one_or_none()


def of_kinds(kinds: Sequence[PlaceKind]) -> list[Place]:
    """Places of these kinds in Swedish order of names, closed ones too, with their stops loaded. Two queries."""
    found = select(Place).where(Place.kind.in_(kinds)).options(selectinload(Place.stop))
    return list(session().scalars(found.order_by(Place.sort_key, Place.id)))


def grounds() -> list[Ground]:
    """Every organisation with the places that roles may be bound to, in Swedish order; stops go with their
    organisation. Two queries."""
    bound: dict[int, list[tuple[int, str]]] = {}
    found = select(Place.organisation_id, Place.id, Place.name).where(Place.kind != PlaceKind.STOP)
    for organisation_id, number, name in session().execute(found.order_by(Place.sort_key, Place.id)):
        bound.setdefault(organisation_id, []).append((number, name))
    rows = session().execute(select(Organisation.id, Organisation.name)).all()
    ordered = sorted(rows, key=lambda row: (sort_key(row[1]), row[0]))
    return [Ground(number, name, tuple(bound.get(number, ()))) for number, name in ordered]


def within(scope: Scope) -> ColumnElement[bool]:
    """The condition on `places` that keeps a query inside a staff member's scope (requirement D3)."""
    if scope.everywhere:
        return true()
    return or_(Place.id.in_(scope.places), Place.organisation_id.in_(scope.organisations))


def days_off(first: dt.date, last: dt.date, *, place_ids: Collection[int]) -> list[DayOff]:
    """What the calendar has from `first` to `last`, both included, for all places or one of these, earliest first.

    One query.
    """
    found = select(DayOff).where(
        DayOff.first_on <= last,
        DayOff.last_on >= first,
        or_(DayOff.place_id.is_(None), DayOff.place_id.in_(place_ids)),
    )
    return list(session().scalars(found.order_by(DayOff.first_on, DayOff.id)))


def open_within(scope: Scope, *, on: dt.date) -> list[Place]:
    """The places of a staff member's scope that have not closed by that day, in Swedish order of names. One query."""
    found = select(Place).where(within(scope), or_(Place.closed_from.is_(None), Place.closed_from > on))
    return list(session().scalars(found.order_by(Place.sort_key, Place.id)))
