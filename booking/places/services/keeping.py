"""Keeping a place: its name, its end, its rooms and opening hours.

`changed_at` moves when something that the public sees changes, and only then: feeds build LAST-MODIFIED on it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete

from booking.kernel.act import Act
from booking.kernel.sorting import search_key, sort_key
from booking.places.models import OpeningHours, Place, Room
from booking.places.rules import Hours, NameMissing, NoSuchPlace
from booking.store import audit, writes
from booking.store.engine import session


@writes
def rename(place_id: int, *, name: str, act: Act) -> None:
    """Give a place another name; its address (slug) stays. Inner: a higher room wraps it for the feeds that show it.

    Raises NoSuchPlace, NameMissing.
    """
    place = _place(place_id)
    name = " ".join(name.split())
    if not name:
        raise NameMissing
    if name == place.name:
        return
    place.name = name
    place.sort_key = sort_key(name)
    place.search_key = search_key(name, place.locality)
    _changed(place, verb="rename_place", act=act)


@writes
def close(place_id: int, *, from_day: dt.date | None, act: Act) -> None:
    """Close a place for good from a day on, or, with None, take that back. Its row and its history stay.

    Inner: slots that are planned on or after the day are not touched here. Raises NoSuchPlace.
    """
    place = _place(place_id)
    if place.closed_from == from_day:
        return
    place.closed_from = from_day
    _changed(place, verb="close_place", act=act)


@writes
def add_room(place_id: int, *, name: str, seats: int, act: Act) -> Room:
    """A room in the place, with the number of people it takes. Raises NoSuchPlace, NameMissing."""
    place = _place(place_id)
    if not name.strip():
        raise NameMissing
    room = Room(place_id=place.id, name=" ".join(name.split()), seats=seats)
    session().add(room)
    _changed(place, verb="add_room", act=act)
    return room


@writes
def set_opening_hours(place_id: int, *, hours: Sequence[Hours], act: Act) -> None:
    """Replace the whole of a place's opening hours, exceptions too; none: they are not known. Raises NoSuchPlace."""
    place = _place(place_id)
    session().execute(delete(OpeningHours).where(OpeningHours.place_id == place_id))
    session().add_all(
        OpeningHours(
            place_id=place_id,
            weekday=span.weekday,
            on_day=span.on_day,
            opens=span.opens,
            closes=span.closes,
            note=span.note,
        )
        for span in hours
    )
    _changed(place, verb="set_opening_hours", act=act)


def _place(place_id: int) -> Place:
    place = session().get(Place, place_id)
    if place is None:
        raise NoSuchPlace
    return place


def _changed(place: Place, *, verb: str, act: Act) -> None:
    place.changed_at = act.now
    session().flush()  # the change before the audit row that tells of it
    audit(verb, f"place:{place.id}", act=act)
