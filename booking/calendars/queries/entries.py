"""The meetings of each feed, as rows that hold all that a calendar shows of them and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Dialect, Select, Text, and_, bindparam, func, or_, select, type_coerce

from booking.calendars.rules import Entry, Opening, Window
from booking.kernel import clock
from booking.places import queries as places
from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.programme import queries as programme
from booking.programme.models import Activity, CallOff, Meeting, MeetingCallOff, Slot
from booking.programme.queries import Area, Search, statement
from booking.programme.rules import ActivityKind, Admission, SlotState
from booking.store import UtcDateTime
from booking.store.base import latest
from booking.store.engine import autocommitting

Values = Mapping[str, Any]
NO_VALUES: Values = MappingProxyType({})

# A village or a library that somebody follows shall keep what was there: closed places count in feeds.
_EVER = clock.FIRST_DAY

_meeting, _slot, _activity = Meeting.__table__.c, Slot.__table__.c, Activity.__table__.c
_place, _call_off, _meeting_off = Place.__table__.c, CallOff.__table__.c, MeetingCallOff.__table__.c


def of_search(search: Search, area: Area | None, *, language: str, span: Window, limit: int) -> list[Entry]:
    """The meetings of every slot that the list of the same search would show, now or at its time. One query.

    The search is one to follow (`Search.followed`): neither free seats nor spans named from today count. `area` is what
    its `where` stands for. At most `limit`, the earliest.
    """
    shape = statement.shape_of(search, area)
    values = {**statement.asked_values(search, area), **_days(search)}
    return _read(_of_search(shape, language), values, span=span, limit=limit)


def of_place(place_id: int, *, language: str, span: Window, limit: int) -> list[Entry]:
    """The meetings that are held at a place, whichever place their slot belongs to; at most `limit`. One query."""
    return _read(_of_place(language), {"place": place_id}, span=span, limit=limit)


def of_activity(activity_id: int, *, language: str, span: Window, limit: int) -> list[Entry]:
    """The meetings of every public slot of an activity, at most `limit`. One query."""
    return _read(_of_activity(language), {"activity": activity_id}, span=span, limit=limit)


def of_slot(slot_id: int, *, language: str) -> list[Entry]:
    """All meetings of a slot that is no draft, whatever their time; [] when there is no such slot. One query."""
    return _read(_of_slot(language), {"number": slot_id})


def area(search: Search) -> Area | None:
    """What the search's `where` stands for, closed places too; None when nothing is called so. One query."""
    return programme.atlas(today=_EVER).area(search.where)


class Followed(NamedTuple):
    """What a feed of its own belongs to: a library, a stop or an activity. `kind` None: an activity."""

    id: int
    slug: str
    name: str
    kind: PlaceKind | None = None


def stop(slug: str) -> Followed | None:
    """The bokbuss stop at this address, closed ones too. One query."""
    place = places.by_slug(slug)
    return _followed(place) if place and place.kind is PlaceKind.STOP else None


def library(slug: str) -> Followed | None:
    """The library or other place, no stop, at this address, closed ones too. One query."""
    place = places.by_slug(slug)
    return _followed(place) if place and place.kind is not PlaceKind.STOP else None


def activity(slug: str, *, language: str) -> Followed | None:
    """The workshop for children with this slug. One query."""
    chosen = select(_activity.id, _activity.slug, in_language(language, "title"))
    chosen = chosen.where(_activity.slug == slug, _activity.kind == ActivityKind.WORKSHOP)
    with autocommitting() as line:
        row = line.execute(chosen).one_or_none()
    return Followed(*row) if row else None


def opening(slot_id: int, *, language: str) -> Opening | None:
    """The moment when booking of a public slot opens; None for no such slot, or one without booking. One query."""
    chosen = (
        select(
            _meeting.uid,
            _slot.id,
            _slot.opens_at,
            in_language(language, "title"),
            _slot.state == SlotState.CALLED_OFF,
            latest(_slot.changed_at, _activity.changed_at),
        )
        .select_from(_JOINED)
        .where(_slot.id == slot_id, _slot.state != SlotState.DRAFT, _slot.admission == Admission.BOOKING)
    )
    with autocommitting() as line:
        # The oldest meeting, not the first in time: its identity stays when meetings move.
        row = line.execute(chosen.order_by(_meeting.id).limit(1)).one_or_none()
    return Opening(*row) if row else None


# ---- statements, put together once for each shape ----

_JOINED = (
    Meeting.__table__.join(Slot.__table__, _slot.id == _meeting.slot_id)
    .join(Activity.__table__, _activity.id == _slot.activity_id)
    .join(Place.__table__, _place.id == _meeting.place_id)
    .outerjoin(CallOff.__table__, _call_off.slot_id == _slot.id)
    .outerjoin(MeetingCallOff.__table__, _meeting_off.meeting_id == _meeting.id)
)
READ_FROM = (Meeting, Slot, Activity, Place, CallOff, MeetingCallOff)
"""Whatever is read here must raise the feeds' revision when it is written: see `FeedState`."""


@lru_cache(128)
def _of_search(shape: statement.Shape, language: str) -> Select[Any]:
    tables = Slot.__table__.join(Activity.__table__, _activity.id == _slot.activity_id)
    tables = tables.join(Place.__table__, _place.id == _slot.place_id)
    plain = shape._replace(first=False, last=False)
    found = select(_slot.id).select_from(tables).where(*statement.is_public(), *statement.asked(plain))
    # Uncorrelated: some of the conditions count meetings themselves.
    asked: list[ColumnElement[bool]] = (
        [] if plain == statement.Shape() else [_meeting.slot_id.in_(found.correlate(None))]
    )
    if shape.first:
        asked.append(_meeting.starts_at >= bindparam("first", type_=UtcDateTime()))
    if shape.last:
        asked.append(_meeting.starts_at < bindparam("after", type_=UtcDateTime()))
    return within(_public(language).where(*asked))


@lru_cache(4)
def _of_place(language: str) -> Select[Any]:
    return within(_public(language).where(_meeting.place_id == bindparam("place")))


@lru_cache(4)
def _of_activity(language: str) -> Select[Any]:
    return within(_public(language).where(_slot.activity_id == bindparam("activity")))


@lru_cache(4)
def _of_slot(language: str) -> Select[Any]:
    return entries(language).where(_slot.id == bindparam("number")).order_by(_meeting.starts_at, _meeting.id)


def _public(language: str) -> Select[Any]:
    return entries(language).where(*statement.is_public())


def within(chosen: Select[Any]) -> Select[Any]:
    """The meetings that stand in the window, earliest first."""
    since, until, off_since = (bindparam(name, type_=UtcDateTime()) for name in Window._fields)
    stands = (
        _meeting.starts_at >= since,
        _meeting.starts_at < until,
        # Says nothing new, but keeps SQLite from reading every slot there ever was by the index on their state.
        _slot.ends_at >= since,
        or_(and_(_slot.state != SlotState.CALLED_OFF, _meeting.called_off_at.is_(None)), _meeting.ends_at >= off_since),
    )
    return chosen.where(*stands).order_by(_meeting.starts_at, _meeting.id).limit(bindparam("limit"))


def entries(language: str) -> Select[Any]:
    """The columns of an Entry for each meeting of a slot that is no draft."""
    return entries_and_drafts(language).where(_slot.state != SlotState.DRAFT)


def entries_and_drafts(language: str) -> Select[Any]:
    """The columns of an Entry for each meeting, also of drafts: for staff alone. Words of a column are left as they
    are: making members of enums of them takes as long as reading the row."""
    return select(
        _meeting.uid,
        _meeting.sequence,
        _meeting.starts_at,
        _meeting.ends_at,
        _meeting.slot_id,
        is_off(),
        # A meeting that was off alone keeps its own reason when the rest is called off too.
        func.coalesce(in_language(language, "meeting_reason"), in_language(language, "reason"), ""),
        in_language(language, "title"),
        in_language(language, "description"),
        statement.bring_in(language),
        type_coerce(_activity.kind, Text),
        type_coerce(_slot.admission, Text),
        _slot.age_min,
        _slot.age_max,
        _slot.adult_stays,
        _slot.is_online,
        _place.name,
        type_coerce(_place.kind, Text),
        _place.address,
        _place.postal_code,
        _place.locality,
        _place.latitude,
        _place.longitude,
        latest(_meeting.changed_at, _slot.changed_at, _activity.changed_at, _place.changed_at),
    ).select_from(_JOINED)


def is_off() -> ColumnElement[bool]:
    """Whether a meeting will not be held: it or its whole slot is called off."""
    return or_(_slot.state == SlotState.CALLED_OFF, _meeting.called_off_at.is_not(None))


_TEXTS = {
    "reason": (_call_off.reason_sv, _call_off.reason_en),
    "meeting_reason": (_meeting_off.reason_sv, _meeting_off.reason_en),
    "title": (_activity.title_sv, _activity.title_en),
    "description": (_activity.description_sv, _activity.description_en),
}


def in_language(language: str, name: str) -> ColumnElement[str]:
    """The text in `language`; every text exists in Swedish, not every one in English."""
    swedish, english = _TEXTS[name]
    return func.coalesce(func.nullif(english, ""), swedish) if language == "en" else swedish


def _read(chosen: Select[Any], values: Values, *, span: Window | None = None, limit: int | None = None) -> list[Entry]:
    window = {**span._asdict(), "limit": limit} if span else NO_VALUES
    with autocommitting() as line:
        found = line.execute(chosen, {**values, **window})
        # The driver's own rows: of their columns only the three instants need to be made ours, and a thousand rows by
        # way of SQLAlchemy's take three times as long.
        rows = found.cursor.fetchall()
        instant = _reader(line.dialect)
        found.close()
    return [
        Entry._make((uid, sequence, instant(starts_at), instant(ends_at), *shown, instant(changed_at)))
        for uid, sequence, starts_at, ends_at, *shown, changed_at in rows
    ]


def _reader(dialect: Dialect) -> Callable[[Any], dt.datetime]:
    """What makes an instant of ours out of the driver's."""
    process = UtcDateTime().dialect_impl(dialect).result_processor(dialect, None)
    assert process is not None
    return cast(Callable[[Any], dt.datetime], process)


def _days(search: Search) -> dict[str, dt.datetime]:
    days = {}
    if search.from_on:
        days["first"] = clock.day_start(search.from_on)
    if search.to_on:
        days["after"] = clock.day_start(search.to_on + dt.timedelta(days=1))
    return days


def _followed(place: Place) -> Followed:
    return Followed(place.id, place.slug, place.name, place.kind)
