"""Keeping the register of places: opening one, correcting it, its end, its rooms and opening hours.

`changed_at` moves when something that calendars show changes, and only then: feeds build LAST-MODIFIED on it. Each
verb that staff's pages call takes the `version` that the page was made of, and refuses when somebody has saved since
(requirement A14); None saves whatever is there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from booking.kernel.act import Act
from booking.kernel.sorting import search_key, sort_key
from booking.outbox import services as outbox
from booking.places.models import OpeningHours, Organisation, Place, Room, Stop
from booking.places.rules import (
    AddressTaken,
    Hours,
    NameMissing,
    NoSuchOrganisation,
    NoSuchPlace,
    Pattern,
    PlaceKind,
)
from booking.places.rules.keeping import (
    IN_CALENDARS,
    ChangedMeanwhile,
    NoSuchRoom,
    PlaceFacts,
    RoomInUse,
    StaysAStop,
    slug_of,
)
from booking.store import audit, writes
from booking.store.engine import session


@writes
def open_place(facts: PlaceFacts, *, organisation_id: int, act: Act, slug: str = "") -> Place:
    """A new place in the register; its address is `slug`, "": made of its name. Raises NoSuchOrganisation, AddressTaken
    and the refusals of `PlaceFacts.check`."""
    facts.check()
    if session().get(Organisation, organisation_id) is None:
        raise NoSuchOrganisation(code="", field="organisation")
    slug = slug or slug_of(facts.name)
    if not slug:
        raise NameMissing
    taken = session().scalar(select(Place.name).where(Place.slug == slug))
    if taken is not None:
        raise AddressTaken(place=taken, field="slug")
    place = Place(slug=slug, organisation_id=organisation_id, changed_at=act.now, **_columns(facts))
    if facts.pattern is not None:
        place.stop = _stop(facts.pattern)
    session().add(place)
    session().flush()  # the audit row names it by its number
    audit("open_place", f"place:{place.id}", act=act)
    return place


@writes
def correct(place_id: int, facts: PlaceFacts, *, act: Act, version: int | None = None) -> None:
    """Write all that a place is; its address (slug) and whose it is stay. Nobody is mailed of it: feeds show it at the
    next request, and letters that still wait tell it as it is now.

    Raises NoSuchPlace, ChangedMeanwhile, StaysAStop and the refusals of `PlaceFacts.check`.
    """
    facts.check()
    place = _place(place_id, version)
    if (place.kind is PlaceKind.STOP) is not (facts.kind is PlaceKind.STOP):
        raise StaysAStop
    before = _told(place)
    changed = _set(place, _columns(facts))
    if place.stop is not None and facts.pattern is not None:
        changed |= _set(place.stop, _pattern_columns(facts.pattern))
    if not changed:
        return
    _changed(place, verb="correct_place", is_in_calendars=bool(changed & IN_CALENDARS), act=act)
    outbox.retell_place(before, _told(place), act=act)


@writes
def rename(place_id: int, *, name: str, act: Act) -> None:
    """Give a place another name and leave the rest, as `correct` does. Raises NoSuchPlace, NameMissing."""
    correct(place_id, replace(facts_of(_place(place_id)), name=" ".join(name.split())), act=act)


@writes
def describe(place_id: int, *, accessibility_note: str, directions: str, act: Act, version: int | None = None) -> None:
    """How one gets there and gets in: what branch staff know best. Raises NoSuchPlace, ChangedMeanwhile."""
    place = _place(place_id, version)
    if _set(place, {"accessibility_note": accessibility_note, "directions": directions}):
        _changed(place, verb="describe_place", act=act)


@writes
def close(place_id: int, *, from_day: dt.date | None, act: Act, version: int | None = None) -> None:
    """Close a place for good from a day on, or, with None, take that back. Its row and its history stay.

    Inner: the desk wraps it, which tells what is planned there on or after the day; that is not touched here. Raises
    NoSuchPlace, ChangedMeanwhile.
    """
    place = _place(place_id, version)
    if place.closed_from == from_day:
        return
    place.closed_from = from_day
    _changed(place, verb="reopen_place" if from_day is None else "close_place", act=act)


@writes
def set_opening_hours(place_id: int, *, hours: Sequence[Hours], act: Act, version: int | None = None) -> None:
    """Replace the whole of a place's opening hours, exceptions too; none: they are not known.

    Raises NoSuchPlace, ChangedMeanwhile.
    """
    place = _place(place_id, version)
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


# Rooms


@writes
def add_room(place_id: int, *, name: str, seats: int, act: Act) -> Room:
    """A room in the place, with the number of people it takes. Raises NoSuchPlace, NameMissing."""
    place = _place(place_id)
    room = Room(place_id=place.id, name=_room_name(name), seats=seats)
    session().add(room)
    session().flush()  # the audit row names it by its number
    audit("add_room", f"room:{room.id}", act=act)
    return room


@writes
def correct_room(room_id: int, *, name: str, seats: int, act: Act, version: int | None = None) -> None:
    """Another name or number. What is planned there stays; how many seats can be open follows. Raises NoSuchRoom,
    ChangedMeanwhile, NameMissing."""
    room = _room(room_id, version)
    if _set(room, {"name": _room_name(name), "seats": seats}):
        room.version += 1
        session().flush()  # the change before the audit row that tells of it
        audit("correct_room", f"room:{room_id}", act=act)


@writes
def remove_room(room_id: int, *, act: Act) -> None:
    """Take a room that nothing was ever planned in out of the register. Raises NoSuchRoom, RoomInUse."""
    room = _room(room_id, None)
    try:
        with session().begin_nested():
            session().delete(room)
    except IntegrityError as fault:
        # Slots and meetings stand in a room above; the database knows who refers to this one.
        raise RoomInUse from fault
    audit("remove_room", f"room:{room_id}", act=act)


def facts_of(place: Place) -> PlaceFacts:
    """A place's row as staff write it."""
    stop = place.stop
    return PlaceFacts(
        kind=place.kind,
        name=place.name,
        address=place.address,
        postal_code=place.postal_code,
        locality=place.locality,
        latitude=place.latitude,
        longitude=place.longitude,
        phone=place.phone,
        accessibility_note=place.accessibility_note,
        directions=place.directions,
        source=place.source,
        pattern=Pattern(
            weekday=stop.weekday,
            week_cycle=stop.week_cycle,
            parity=stop.week_parity,
            arrives=stop.arrives,
            departs=stop.departs,
        )
        if stop
        else None,
    )


def _columns(facts: PlaceFacts) -> dict[str, Any]:
    name = " ".join(facts.name.split())
    return {
        "kind": facts.kind,
        "name": name,
        "sort_key": sort_key(name),
        "search_key": search_key(name, facts.locality),
        "address": facts.address,
        "postal_code": facts.postal_code,
        "locality": facts.locality,
        "latitude": facts.latitude,
        "longitude": facts.longitude,
        "phone": facts.phone,
        "accessibility_note": facts.accessibility_note,
        "directions": facts.directions,
        "source": facts.source,
    }


def _pattern_columns(pattern: Pattern) -> dict[str, Any]:
    return {
        "weekday": pattern.weekday,
        "week_cycle": pattern.week_cycle,
        "week_parity": pattern.parity,
        "arrives": pattern.arrives,
        "departs": pattern.departs,
    }


def _stop(pattern: Pattern) -> Stop:
    return Stop(**_pattern_columns(pattern))


def _set(found: Place | Stop | Room, values: dict[str, Any]) -> set[str]:
    """Set what differs; the names of what did."""
    changed = {name for name, value in values.items() if getattr(found, name) != value}
    for name in changed:
        setattr(found, name, values[name])
    return changed


def _told(place: Place) -> outbox.ToldPlace:
    return outbox.ToldPlace(place.name, place.kind.value, place.address, place.postal_code, place.locality)


def _place(place_id: int, version: int | None = None) -> Place:
    """The place's row, locked, so that of two savings at once the second sees the first."""
    place = session().get(Place, place_id, with_for_update={"of": Place})
    if place is None:
        raise NoSuchPlace
    if version is not None and place.version != version:
        raise ChangedMeanwhile
    return place


def _room(room_id: int, version: int | None) -> Room:
    room = session().get(Room, room_id, with_for_update={"of": Room})
    if room is None:
        raise NoSuchRoom
    if version is not None and room.version != version:
        raise ChangedMeanwhile
    return room


def _room_name(name: str) -> str:
    if not name.strip():
        raise NameMissing
    return " ".join(name.split())


def _changed(place: Place, *, verb: str, act: Act, is_in_calendars: bool = False) -> None:
    place.version += 1
    if is_in_calendars:
        place.changed_at = act.now
    session().flush()  # the change before the audit row that tells of it
    audit(verb, f"place:{place.id}", act=act)
