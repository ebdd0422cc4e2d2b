"""What a planner may choose from: places within reach with their rooms, activities, trainers, kits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import or_, select

from booking.accounts.rules.roles import Scope
from booking.places import queries as places
from booking.places.models import Place, Room
from booking.places.rules import PlaceKind
from booking.programme.models import Activity, Competence
from booking.programme.rules.leading import needs_of
from booking.store.engine import session
from booking.trainers.models import Kit, Trainer


class PlaceChoice(NamedTuple):
    """A place where somebody may plan."""

    id: int
    name: str
    kind: PlaceKind


class RoomChoice(NamedTuple):
    """A room of one of them."""

    id: int
    place_id: int
    name: str
    seats: int


class Named(NamedTuple):
    """A trainer or a kit; `suits`: may lead the activity, or holds what it needs."""

    id: int
    name: str
    suits: bool


@dataclass(frozen=True, kw_only=True)
class Choices:
    """All that may be chosen for a new slot, in Swedish order of names. `rooms` by the place's number."""

    places: Sequence[PlaceChoice]
    rooms: Mapping[int, Sequence[RoomChoice]]
    activity: Activity | None = None
    trainers: Sequence[Named] = ()
    kits: Sequence[Named] = ()

    def place(self, number: int | None) -> PlaceChoice | None:
        return next((one for one in self.places if one.id == number), None)


def activities(*, on: dt.date | None = None) -> list[Activity]:
    """Every activity in the order of its title; with `on` those that may be planned on that day. One query."""
    found = select(Activity)
    if on is not None:
        found = found.where(or_(Activity.retired_on.is_(None), Activity.retired_on > on))
    return sorted(session().scalars(found), key=lambda one: (one.search_key, one.id))


def activity(activity_id: int) -> Activity | None:
    """One activity, also one that is retired; None when there is none. One query."""
    return session().scalar(select(Activity).where(Activity.id == activity_id))


def activity_titles(ids: Collection[int]) -> dict[int, str]:
    """The Swedish titles by number. One query."""
    rows = session().execute(select(Activity.id, Activity.title_sv).where(Activity.id.in_(ids)))
    return {row.id: row.title_sv for row in rows}


def choices(scope: Scope, *, on: dt.date, activity_id: int | None = None) -> Choices:
    """What may be chosen on that day by who plans within `scope`. Two queries; six with an activity."""
    chosen = None if activity_id is None else activity(activity_id)
    return Choices(
        places=places_within(scope, on=on),
        rooms=_rooms(scope),
        activity=chosen,
        trainers=_trainers(chosen, on=on) if chosen else (),
        kits=_kits(chosen, on=on) if chosen else (),
    )


def places_within(scope: Scope, *, on: dt.date) -> list[PlaceChoice]:
    """The places where one may plan, the libraries before the stops, without those that have closed. One query."""
    rows = session().execute(
        select(Place.id, Place.name, Place.kind)
        .where(places.within(scope), or_(Place.closed_from.is_(None), Place.closed_from > on))
        .order_by(Place.sort_key, Place.id)
    )
    return sorted((PlaceChoice(*row) for row in rows), key=lambda one: one.kind is PlaceKind.STOP)


def _rooms(scope: Scope) -> dict[int, list[RoomChoice]]:
    rows = session().execute(
        select(Room.id, Room.place_id, Room.name, Room.seats)
        .join(Place, Place.id == Room.place_id)
        .where(places.within(scope))
        .order_by(Room.id)
    )
    found: dict[int, list[RoomChoice]] = {}
    for row in rows:
        found.setdefault(row.place_id, []).append(RoomChoice(*row))
    return found


def _trainers(wanted: Activity, *, on: dt.date) -> list[Named]:
    able = set(
        session().scalars(
            select(Competence.trainer_id).where(
                or_(Competence.activity_id == wanted.id, Competence.kind == wanted.kind)
            )
        )
    )
    rows = session().execute(
        select(Trainer.id, Trainer.name)
        .where(or_(Trainer.left_on.is_(None), Trainer.left_on > on))
        .order_by(Trainer.sort_key, Trainer.id)
    )
    return [Named(number, name, number in able) for number, name in rows]


def _kits(wanted: Activity, *, on: dt.date) -> list[Named]:
    needed = {need.key for need in needs_of(wanted.equipment)}
    rows = session().execute(
        select(Kit.id, Kit.name, Kit.thing_key, Kit.thing, Kit.pieces)
        .where(or_(Kit.retired_on.is_(None), Kit.retired_on > on))
        .order_by(Kit.thing_key, Kit.name, Kit.id)
    )
    return [Named(row.id, f"{row.name} ({row.pieces} {row.thing})", row.thing_key in needed) for row in rows]
