"""The places that a visitor can choose, and what a value of `var` means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import bindparam, cast, literal, literal_column, null, or_, select, union_all

from booking.kernel import clock
from booking.kernel.sorting import search_key, sort_key
from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.programme.models import Slot
from booking.programme.queries.search import BUS, ONLINE
from booking.programme.rules import SlotState
from booking.store import UtcDateTime
from booking.store.engine import session


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


class Choices(NamedTuple):
    """What a visitor can choose: places, and the codes of the languages spoken at any coming slot."""

    atlas: Atlas
    languages: tuple[str, ...]


def choices(*, now: dt.datetime) -> Choices:
    """Open places and spoken languages. One query for both; putting places in order is kept until one changes."""
    rows = session().execute(_CHOICES, {"now": now, "today": clock.local_day(now)}).all()
    # The languages stand first, with the number 0, which no place has.
    ends = next((at for at, row in enumerate(rows) if row[0]), len(rows))
    spoken = {code.strip() for row in rows[:ends] for code in row[1].split(",") if code.strip()}
    return Choices(_atlas(tuple(map(tuple, rows[ends:]))), tuple(sorted(spoken)))


def atlas(*, today: dt.date) -> Atlas:
    """Every place that is not closed on `today`. One query."""
    return _atlas(tuple(map(tuple, session().execute(_OPEN.order_by("sort_key", "id"), {"today": today}))))


@lru_cache(8)
def _atlas(rows: tuple[tuple[int, str, str, PlaceKind, str, str], ...]) -> Atlas:
    return Atlas([Known(*row[:-1]) for row in rows])


_place, _slot = Place.__table__.c, Slot.__table__.c
_OPEN = select(_place.id, _place.slug, _place.name, _place.kind, _place.locality, _place.sort_key).where(
    or_(_place.closed_from.is_(None), _place.closed_from > bindparam("today"))
)
_SPOKEN = (
    select(literal(0), _slot.language, literal(""), cast(null(), _place.kind.type), literal(""), literal(""))
    .where(_slot.state == literal_column(f"'{SlotState.PUBLISHED}'"), _slot.ends_at > bindparam("now", UtcDateTime()))
    .distinct()
)
_CHOICES = union_all(_OPEN, _SPOKEN).order_by("sort_key", "id")
