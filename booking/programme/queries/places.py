"""The places that a visitor can choose, and what a value of `var` means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select

from booking.kernel.sorting import search_key, sort_key
from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.programme.queries.search import BUS, ONLINE
from booking.store.engine import session

_place = Place.__table__.c


class Choice(NamedTuple):
    """A value of `var` and its name; or instead of a name the `word` that each language has for it: "bus", "online"."""

    value: str
    name: str
    word: str = ""


class Area(NamedTuple):
    """What a value of `var` stands for: these places, or every stop, or what is online."""

    choice: Choice
    place_ids: tuple[int, ...] = ()
    bus: bool = False
    online: bool = False

    @property
    def sort(self) -> str:
        """Which of the three, in a word."""
        return "bus" if self.bus else "online" if self.online else "places"


class Known(NamedTuple):
    """A place as the list needs it."""

    id: int
    slug: str
    name: str
    kind: PlaceKind
    locality: str


class Atlas:
    """The open places in Swedish order, by slug and by village."""

    def __init__(self, places: Sequence[Known]) -> None:
        self.libraries = [
            Choice(place.slug, place.name) for place in places if place.kind not in (PlaceKind.STOP, PlaceKind.DIGITAL)
        ]
        villages = {place.locality for place in places if place.kind is PlaceKind.STOP and place.locality}
        self.villages = [Choice(name, name) for name in sorted(villages, key=sort_key)]
        self._by_slug = {place.slug: place for place in places}
        self._by_village: dict[str, list[Known]] = {}
        for place in places:
            if place.locality:
                self._by_village.setdefault(search_key(place.locality), []).append(place)

    def area(self, where: str) -> Area | None:
        """What `where` stands for; None when nothing is called so.

        A slug counts before a village, and slugs are small letters: "degeberga" is the library, "Degeberga" the village
        with its library and its stops.
        """
        if where == BUS:
            return Area(Choice(BUS, "", "bus"), bus=True)
        if where == ONLINE:
            return Area(Choice(ONLINE, "", "online"), online=True)
        place = self._by_slug.get(where)
        if place is not None:
            return Area(Choice(place.slug, place.name), (place.id,))
        found = self._by_village.get(search_key(where))
        if not found:
            return None
        village = found[0].locality
        return Area(Choice(village, village), tuple(place.id for place in found))


_PLACES = (
    select(_place.id, _place.slug, _place.name, _place.kind, _place.locality)
    .where(or_(_place.closed_from.is_(None), _place.closed_from > bindparam("today")))
    .order_by(_place.sort_key, _place.id)
)


def atlas(*, today: dt.date) -> Atlas:
    """Every place that is not closed on `today`. One query; putting them in order is kept until a place changes."""
    return _atlas(tuple(map(tuple, session().execute(_PLACES, {"today": today}))))


@lru_cache(8)
def _atlas(rows: tuple[tuple[int, str, str, PlaceKind, str], ...]) -> Atlas:
    return Atlas([Known(*row) for row in rows])
