"""What stands in each feed. Read-only; nothing is loaded that is not shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from booking.calendars.rules import DAYS_AHEAD, DAYS_BACK, DAYS_CALLED_OFF, Entry, Opening, Window, window
from booking.kernel import clock
from booking.places import queries as places
from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.programme import queries as programme
from booking.programme.models import Activity, CallOff, Meeting, Slot
from booking.programme.queries import Area, Choice, Search, statement
from booking.programme.rules import Admission, SlotState
from booking.store.engine import session

Values = Mapping[str, Any]
NO_VALUES: Values = MappingProxyType({})


class Feed(NamedTuple):
    """What a feed shows, earliest first, and the latest change of anything that may have changed it; None: nothing is
    there to change."""

    entries: list[Entry]
    changed_at: dt.datetime | None


def of_search(search: Search, area: Area | None, *, language: str, now: dt.datetime) -> Feed:
    """The meetings of every slot that the list of the same search would show, now or at its time. Two queries.

    The search is one to follow (`Search.followed`): neither free seats nor spans named from today count.
    """
    found = select(Slot.id).join(Activity, Activity.id == Slot.activity_id).join(Place, Place.id == Slot.place_id)
    found = found.where(*programme.is_public(), *statement.asked(statement.shape_of(search, area)))
    # Uncorrelated: some of the conditions count meetings themselves.
    asked: list[ColumnElement[bool]] = [Meeting.slot_id.in_(found.correlate(None))]
    if search.from_on:
        asked.append(Meeting.starts_at >= clock.day_start(search.from_on))
    if search.to_on:
        asked.append(Meeting.starts_at < clock.day_start(search.to_on + dt.timedelta(days=1)))
    return _feed(*asked, values=statement.asked_values(search, area), language=language, now=now)


def of_place(place_id: int, *, language: str, now: dt.datetime) -> Feed:
    """The meetings that are held at a place, whichever place their slot belongs to. Two queries."""
    return _feed(*programme.is_public(), Meeting.place_id == place_id, language=language, now=now)


def of_slot(slot_id: int, *, language: str, now: dt.datetime) -> Feed | None:
    """All meetings of a slot that is no draft, whatever their time; None when there is no such slot. Two queries."""
    changed_at = last_change(now)
    entries = _entries(Slot.id == slot_id, language=language)
    return Feed(entries, changed_at) if entries else None


def area(search: Search, *, today: dt.date) -> Area | None:
    """What the search's `where` stands for; None when nothing is called so. A query, and one more for a closed place:
    whoever follows it shall keep what was there."""
    found = programme.atlas(today=today).area(search.where)
    if found:
        return found
    place = places.by_slug(search.where)
    return Area(choice=Choice(place.slug, place.name), place_ids=(place.id,)) if place else None


def stop(slug: str) -> Place | None:
    """The bokbuss stop at this address, closed ones too. One query."""
    place = places.by_slug(slug)
    return place if place and place.kind is PlaceKind.STOP else None


def library(slug: str) -> Place | None:
    """The library or other place, no stop, at this address, closed ones too. One query."""
    place = places.by_slug(slug)
    return place if place and place.kind is not PlaceKind.STOP else None


def opening(slot_id: int, *, language: str) -> Opening | None:
    """The moment when booking of a public slot opens; None for no such slot, or one without booking. One query."""
    chosen = (
        select(
            Meeting.uid,
            Slot.id,
            Slot.opens_at,
            _in(language, Activity.title_sv, Activity.title_en),
            Slot.state == SlotState.CALLED_OFF,
            Slot.changed_at,
            Activity.changed_at,
        )
        .join(Slot, Slot.id == Meeting.slot_id)
        .join(Activity, Activity.id == Slot.activity_id)
        .where(Slot.id == slot_id, Slot.state != SlotState.DRAFT, Slot.admission == Admission.BOOKING)
    )
    # The oldest meeting, not the first in time: its identity stays when meetings move.
    row = session().execute(chosen.order_by(Meeting.id).limit(1)).one_or_none()
    return Opening._make((*row[:-2], max(row[-2:]))) if row else None


def last_change(now: dt.datetime) -> dt.datetime | None:
    """The latest change of what feeds show, also of what has left them; None while there is nothing. One query.

    A meeting that moves away, is unpublished or grows too old is gone from the feed, and the answer must still count it
    (requirement J9): so every row counts, and the moments at which meetings come into the window and leave it.
    """
    begun = select(func.max(Meeting.starts_at)).where
    changes = [select(func.max(table.changed_at)).scalar_subquery() for table in (Meeting, Slot, Activity, Place)]
    passed = [
        begun(Meeting.starts_at < now - dt.timedelta(days=DAYS_BACK)).scalar_subquery(),
        begun(Meeting.starts_at < now + dt.timedelta(days=DAYS_AHEAD)).scalar_subquery(),
        select(func.max(Meeting.ends_at))
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(_is_off(), Meeting.ends_at < now - dt.timedelta(days=DAYS_CALLED_OFF))
        .scalar_subquery(),
    ]
    row = session().execute(select(*changes, *passed)).one()
    days = (0, 0, 0, 0, DAYS_BACK, -DAYS_AHEAD, DAYS_CALLED_OFF)
    return max((at + dt.timedelta(days=later) for at, later in zip(row, days, strict=True) if at), default=None)


def _feed(*where: ColumnElement[bool], language: str, now: dt.datetime, values: Values = NO_VALUES) -> Feed:
    # First the change, then what is shown: something that changes in between is then newer than we say, never older.
    changed_at = last_change(now)
    return Feed(_entries(*where, *_within(window(now)), language=language, values=values), changed_at)


def _entries(*where: ColumnElement[bool], language: str, values: Values = NO_VALUES) -> list[Entry]:
    """The meetings, of slots that are no drafts, that meet every condition, earliest first. One query.

    `values` are what the conditions were written with placeholders for.
    """
    chosen = select(
        Meeting.uid,
        Meeting.sequence,
        Meeting.starts_at,
        Meeting.ends_at,
        Meeting.slot_id,
        _is_off(),
        func.coalesce(_in(language, CallOff.reason_sv, CallOff.reason_en), ""),
        _in(language, Activity.title_sv, Activity.title_en),
        _in(language, Activity.description_sv, Activity.description_en),
        _in(language, Slot.bring_sv, Slot.bring_en),
        Activity.kind,
        Slot.admission,
        Slot.age_min,
        Slot.age_max,
        Slot.adult_stays,
        Slot.is_online,
        Place.name,
        Place.kind,
        Place.address,
        Place.postal_code,
        Place.locality,
        Place.latitude,
        Place.longitude,
        Meeting.changed_at,
        Slot.changed_at,
        Activity.changed_at,
        Place.changed_at,
    )
    joined = (
        chosen.select_from(Meeting)
        .join(Slot, Slot.id == Meeting.slot_id)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Meeting.place_id)
        .outerjoin(CallOff, CallOff.slot_id == Slot.id)
    )
    shown = joined.where(Slot.state != SlotState.DRAFT, *where).order_by(Meeting.starts_at, Meeting.id)
    rows: Iterable[Sequence[Any]] = session().execute(shown, values)
    return [Entry._make((*row[:-4], max(row[-4:]))) for row in rows]


def _is_off() -> ColumnElement[bool]:
    return or_(Slot.state == SlotState.CALLED_OFF, Meeting.called_off_at.is_not(None))


def _within(window: Window) -> tuple[ColumnElement[bool], ...]:
    return (
        Meeting.starts_at >= window.since,
        Meeting.starts_at < window.until,
        or_(
            and_(Slot.state != SlotState.CALLED_OFF, Meeting.called_off_at.is_(None)),
            Meeting.ends_at >= window.off_since,
        ),
    )


def _in(language: str, sv: InstrumentedAttribute[str], en: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """The text in `language`; every text exists in Swedish, not every one in English."""
    return func.coalesce(func.nullif(en, ""), sv) if language == "en" else sv.expression
