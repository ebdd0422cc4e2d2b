"""The statements of the slot lists, put together once for each shape of a search and kept.

Only what is shown is read: no description, no join address, no trainer. Tables instead of entities, values as
parameters: on the page that is read most, putting the statement together costs as much as running it.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from booking.kernel import clock
from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.programme.models import Activity, Meeting, SeatPool, Slot
from booking.programme.queries.places import Area
from booking.programme.queries.search import BARE, SIGNS, Kind, Search
from booking.programme.rules import ActivityKind, Admission, SlotState
from booking.store import UtcDateTime

slot, activity, place = Slot.__table__.c, Activity.__table__.c, Place.__table__.c
pool, meeting = SeatPool.__table__.c, Meeting.__table__.c

# The texts that words are looked for in.
KEYS = (activity.search_key, place.search_key)
NOW: BindParameter[dt.datetime] = bindparam("now", type_=UtcDateTime())


class Shape(NamedTuple):
    """Which filters a statement has, without their values.

    `is_bare`: its words are found where å, ä and ö count as a and o. The three before it are for lists that nobody
    searched for.
    """

    area: str = ""
    age: bool = False
    kind: Kind | None = None
    language: bool = False
    words: int = 0
    free_only: bool = False
    first: bool = False
    last: bool = False
    siblings: bool = False
    one_per_place: bool = False
    numbers: bool = False
    is_bare: bool = False


def shape_of(search: Search, area: Area | None) -> Shape:
    """The shape of a search whose `where` stands for `area`."""
    return Shape(
        area=area.sort if area else "",
        age=search.age is not None,
        kind=search.kind,
        language=bool(search.language),
        words=len(search.words),
        free_only=search.free_only,
        first=bool(search.on or search.from_on),
        last=bool(search.on or search.to_on),
    )


def values_of(search: Search, area: Area | None, *, now: dt.datetime) -> dict[str, Any]:
    """The values of a search's statement."""
    values = {"now": now, **asked_values(search, area)}
    first, last = search.days(clock.local_day(now))
    if first:
        values["first"] = clock.day_start(first)
    if last:
        values["after"] = clock.day_start(last + dt.timedelta(days=1))
    return values


def asked_values(search: Search, area: Area | None) -> dict[str, Any]:
    """The values of what `asked` asks."""
    values: dict[str, Any] = {f"word{at}": f"%{_escaped(word)}%" for at, word in enumerate(search.words)}
    if area and area.place_ids:
        values["places"] = area.place_ids
    if search.age is not None:
        values["age"] = search.age
    if search.language:
        values["language"] = f"%,{_escaped(search.language)},%"
    return values


@lru_cache(128)
def rows(shape: Shape, language: str, *, is_cut: bool) -> Select[Any]:
    """What the rows of a page show, in the order of `Row`. A slot with several pools comes once for each of them."""
    page = _page(shape, is_cut=is_cut)
    ends_at = select(func.min(meeting.ends_at)).where(
        meeting.slot_id == page.c.id, meeting.starts_at == page.c.shown_at, meeting.called_off_at.is_(None)
    )
    return (
        select(
            page.c.id,
            page.c.total,
            page.c.shown_at,
            func.coalesce(ends_at.scalar_subquery(), slot.ends_at),
            slot.starts_at,
            slot.ends_at,
            slot.opens_at,
            slot.closes_at,
            slot.state,
            slot.admission,
            slot.age_min,
            slot.age_max,
            slot.language,
            slot.is_online,
            in_language(activity, "title", language),
            activity.sign,
            slot.place_id,
            place.name,
            place.kind,
            meetings_of(page.c.id),
            func.coalesce(pool.seats, 0),
            func.coalesce(pool.seated, 0),
            func.coalesce(pool.queued, 0),
            pool.queue_limit,
        )
        .select_from(page)
        .join(Slot.__table__, slot.id == page.c.id)
        .join(Activity.__table__, activity.id == slot.activity_id)
        .join(Place.__table__, place.id == slot.place_id)
        .outerjoin(SeatPool.__table__, pool.slot_id == page.c.id)
        .order_by(page.c.shown_at, page.c.id, pool.id)
    )


@lru_cache(128)
def number(shape: Shape) -> Select[int]:
    """How many slots there are of that shape."""
    coming = _coming(shape)
    return select(func.count()).select_from(coming).where(*_within(coming, shape))


@lru_cache(128)
def keys(shape: Shape) -> Select[str, str]:
    """The texts in which the words of the first slot of that shape were found."""
    coming = _coming(shape)
    return (
        select(*KEYS)
        .select_from(coming)
        .join(Slot.__table__, slot.id == coming.c.id)
        .join(Activity.__table__, activity.id == slot.activity_id)
        .join(Place.__table__, place.id == slot.place_id)
        .where(*_within(coming, shape))
        .order_by(coming.c.shown_at, coming.c.id)
        .limit(1)
    )


def asked(shape: Shape) -> list[ColumnElement[bool]]:
    """What a shape asks of slots, activities and places, which the statement joins; its days and seats apart."""
    found: list[ColumnElement[bool]] = []
    if shape.area == "bus":
        found.append(slot.place_id.in_(select(place.id).where(place.kind == _word(PlaceKind.STOP))))
    elif shape.area == "online":
        found.append(slot.is_online.is_(True))
    elif shape.area:
        found.append(slot.place_id.in_(bindparam("places", expanding=True)))
    if shape.age:
        found.append(or_(slot.age_min.is_(None), slot.age_min <= bindparam("age")))
        found.append(or_(slot.age_max.is_(None), slot.age_max >= bindparam("age")))
    if shape.kind is not None:
        found.append(_of_kind(shape.kind))
    if shape.language:
        found.append(("," + slot.language + ",").like(bindparam("language"), escape="\\"))
    for at in range(shape.words):
        keys = [_bare(key) if shape.is_bare else key for key in KEYS]
        found.append(or_(*(key.like(bindparam(f"word{at}"), escape="\\") for key in keys)))
    return found


def is_no_draft() -> ColumnElement[bool]:
    """What makes a slot one that a page may tell of."""
    return or_(slot.state == _word(SlotState.PUBLISHED), slot.state == _word(SlotState.CALLED_OFF))


def is_public() -> list[ColumnElement[bool]]:
    """What makes a slot one that everybody may see in lists: no draft, no closed group, for children."""
    return [
        is_no_draft(),
        slot.admission != _word(Admission.CLOSED_GROUP),
        activity.kind == _word(ActivityKind.WORKSHOP),
    ]


def in_language(table: Any, name: str, language: str) -> ColumnElement[str]:
    """The column of that name in a language; where nothing is written in it, in Swedish."""
    swedish: ColumnElement[str] = table[f"{name}_sv"]
    if language == "sv":
        return swedish
    return func.coalesce(func.nullif(table[f"{name}_{language}"], ""), swedish)


def bring_in(language: str) -> ColumnElement[str]:
    """What to bring to a slot, in a language; "" for nothing. A slot's own words stand in place of the activity's in
    every language: where they are written in Swedish alone, Swedish is what is so."""
    own, general = in_language(slot, "bring", language), in_language(activity, "bring", language)
    return func.coalesce(func.nullif(own, ""), general)


def meetings_of(slot_id: ColumnElement[int]) -> ColumnElement[int]:
    """How many meetings a slot has, those that are off left out."""
    held = and_(meeting.slot_id == slot_id, meeting.called_off_at.is_(None))
    return select(func.count()).select_from(Meeting.__table__).where(held).scalar_subquery()


def _page(shape: Shape, *, is_cut: bool) -> CTE:
    """The slots of one page and the number on all: a window costs less than a statement of its own."""
    coming = _coming(shape)
    order = (coming.c.shown_at, coming.c.id)
    if shape.one_per_place:
        rank = func.row_number().over(partition_by=coming.c.place_id, order_by=order).label("rank")
        ranked = select(coming.c.id, coming.c.shown_at, rank).cte()
        return select(ranked.c.id, ranked.c.shown_at, literal(0).label("total")).where(ranked.c.rank == 1).cte()
    page = select(coming.c.id, coming.c.shown_at, func.count().over().label("total"))
    page = page.where(*_within(coming, shape)).order_by(*order)
    return (page.limit(bindparam("limit")).offset(bindparam("offset")) if is_cut else page).cte()


def _coming(shape: Shape) -> CTE:
    """Numbers, places and shown times of the slots of that shape on any day."""
    tables = Slot.__table__.join(Activity.__table__, activity.id == slot.activity_id)
    if shape.words:
        tables = tables.join(Place.__table__, place.id == slot.place_id)
    if shape.numbers:
        wanted = (slot.id.in_(bindparam("numbers", expanding=True)), is_no_draft())
        return select(slot.id, slot.place_id, _shown_at().label("shown_at")).where(*wanted).cte()
    found = [*is_public(), slot.ends_at > NOW, *asked(shape)]
    if shape.free_only:
        found.append(_has_room())
    if shape.siblings or shape.one_per_place:
        found.append(slot.state == _word(SlotState.PUBLISHED))
    if shape.siblings:
        found += [slot.activity_id == bindparam("activity"), slot.id != bindparam("other_than")]
    return select(slot.id, slot.place_id, _shown_at().label("shown_at")).select_from(tables).where(*found).cte()


def _shown_at() -> ColumnElement[dt.datetime]:
    """When the slot's next meeting begins. Meetings are looked up only for what has begun: few at any time."""
    following = (
        select(func.min(meeting.starts_at))
        .where(meeting.slot_id == slot.id, meeting.ends_at > NOW, meeting.called_off_at.is_(None))
        .scalar_subquery()
    )
    return case((slot.starts_at > NOW, slot.starts_at), else_=func.coalesce(following, slot.starts_at))


def _within(coming: CTE, shape: Shape) -> list[ColumnElement[bool]]:
    days: list[ColumnElement[bool]] = []
    if shape.first:
        days.append(coming.c.shown_at >= bindparam("first", type_=UtcDateTime()))
    if shape.last:
        days.append(coming.c.shown_at < bindparam("after", type_=UtcDateTime()))
    return days


def _of_kind(kind: Kind) -> ColumnElement[bool]:
    if kind is Kind.DROP_IN:
        return slot.admission == _word(Admission.DROP_IN)
    if kind is Kind.CLUB:
        return meetings_of(slot.id) > 1
    return activity.sign == _word(SIGNS[kind])


def _has_room() -> ColumnElement[bool]:
    """Whether a family that comes now gets a seat: booking is open and nobody waits for it, or needs none."""
    pools = select(literal(1)).where(pool.slot_id == slot.id, pool.queued == 0, pool.seated < pool.seats)
    is_open = and_(slot.opens_at <= NOW, slot.closes_at > NOW)
    bookable = and_(slot.admission == _word(Admission.BOOKING), is_open, pools.exists())
    return and_(slot.state == _word(SlotState.PUBLISHED), or_(slot.admission == _word(Admission.DROP_IN), bookable))


def _word(word: str) -> ColumnElement[Any]:
    """A word of ours written into the statement, so that the database sees it when it chooses an index."""
    return literal_column(f"'{word}'")


def _bare(key: ColumnElement[str]) -> ColumnElement[str]:
    """What `search.bare` makes of a text, made by the database."""
    for letter, plain in BARE.items():
        key = func.replace(key, letter, plain)
    return key


def _escaped(word: str) -> str:
    """A word for LIKE, in which % and _ mean themselves."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
