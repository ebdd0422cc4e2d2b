"""The start of planning: what is coming at one's places, and what of it wants a hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, select

from booking.accounts.rules.roles import Scope
from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.programme.models import Activity, Assignment, Meeting, SeatPool, Slot
from booking.programme.queries.reach import within
from booking.programme.queries.seats import is_undecided
from booking.programme.rules import Admission, SlotState
from booking.store.engine import session

PAGE = 50
# How far ahead a day of decision is soon.
SOON = dt.timedelta(days=7)


class Wants(StrEnum):
    """Which slots: by their state, or by what they still want."""

    ALL = ""
    DRAFT = "draft"
    PUBLISHED = "published"
    CALLED_OFF = "called_off"
    TRAINER = "trainer"
    DECISION = "decision"


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What the list is narrowed to. `series` is the code of slots that were planned in one step."""

    place_id: int | None = None
    activity_id: int | None = None
    wants: Wants = Wants.ALL
    series: str = ""


class PlannedRow(NamedTuple):
    """A slot as planners see it. `seats` and `seated` count children, `queued` parties; `lacks_trainer`: at least one
    of its coming meetings has nobody who leads it."""

    id: int
    title: str
    place: str
    place_kind: PlaceKind
    state: SlotState
    admission: Admission
    starts_at: dt.datetime
    ends_at: dt.datetime
    opens_at: dt.datetime
    decide_on: dt.date | None
    meetings: int
    seats: int
    seated: int
    queued: int
    lacks_trainer: bool
    is_undecided: bool


class Overview(NamedTuple):
    """How many coming slots want something."""

    drafts: int
    without_trainer: int
    undecided: int


class Coming(NamedTuple):
    """A page of the list; `total` counts all pages."""

    rows: list[PlannedRow]
    total: int


def overview(scope: Scope, *, staff_id: int, now: dt.datetime, today: dt.date) -> Overview:
    """What wants a hand within the scope. One query."""
    here = within(scope, staff_id=staff_id)
    counts = [
        select(func.count()).select_from(Slot).where(here, Slot.ends_at > now, condition).scalar_subquery()
        for condition in (
            Slot.state == SlotState.DRAFT,
            _lacks_trainer(now),
            is_undecided(by=today + SOON, now=now),
        )
    ]
    return Overview(*session().execute(select(*counts)).one())


def coming(scope: Scope, *, staff_id: int, narrowed: Filter, page: int, now: dt.datetime, today: dt.date) -> Coming:
    """The slots that have not ended, earliest first, `PAGE` a page from page 1 on. Two queries."""
    conditions = [
        within(scope, staff_id=staff_id),
        Slot.ends_at > now,
        *_narrowed(narrowed, now=now, today=today),
    ]
    total = session().scalar(select(func.count()).select_from(Slot).where(*conditions)) or 0
    rows = session().execute(
        _rows(now=now, today=today)
        .where(*conditions)
        .order_by(Slot.starts_at, Slot.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return Coming([PlannedRow(*row) for row in rows], total)


def chosen(scope: Scope, *, staff_id: int, slot_ids: list[int], now: dt.datetime, today: dt.date) -> list[PlannedRow]:
    """These slots, those of them that lie within the scope and have not ended. One query."""
    rows = session().execute(
        _rows(now=now, today=today)
        .where(within(scope, staff_id=staff_id), Slot.id.in_(slot_ids), Slot.ends_at > now)
        .order_by(Slot.starts_at, Slot.id)
    )
    return [PlannedRow(*row) for row in rows]


def _rows(*, now: dt.datetime, today: dt.date) -> Select[*tuple[Any, ...]]:
    def of_pools(column: Any) -> Any:
        return select(func.coalesce(func.sum(column), 0)).where(SeatPool.slot_id == Slot.id).scalar_subquery()

    meetings = select(func.count()).where(Meeting.slot_id == Slot.id).scalar_subquery()
    return (
        select(
            Slot.id,
            Activity.title_sv,
            Place.name,
            Place.kind,
            Slot.state,
            Slot.admission,
            Slot.starts_at,
            Slot.ends_at,
            Slot.opens_at,
            Slot.decide_on,
            meetings,
            of_pools(SeatPool.seats),
            of_pools(SeatPool.seated),
            of_pools(SeatPool.queued),
            _lacks_trainer(now).label("lacks_trainer"),
            is_undecided(by=today + SOON, now=now).label("is_undecided"),
        )
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Slot.place_id)
    )


def _narrowed(narrowed: Filter, *, now: dt.datetime, today: dt.date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if narrowed.place_id is not None:
        found.append(Slot.place_id == narrowed.place_id)
    if narrowed.activity_id is not None:
        found.append(Slot.activity_id == narrowed.activity_id)
    if narrowed.series:
        found.append(Slot.series == narrowed.series)
    if narrowed.wants is Wants.TRAINER:
        found.append(_lacks_trainer(now))
    elif narrowed.wants is Wants.DECISION:
        found.append(is_undecided(by=today + SOON, now=now))
    elif narrowed.wants is not Wants.ALL:
        found.append(Slot.state == SlotState(narrowed.wants.value))
    return found


def _lacks_trainer(now: dt.datetime) -> ColumnElement[bool]:
    is_led = exists().where(Assignment.meeting_id == Meeting.id, Assignment.holds)
    unled = exists().where(Meeting.slot_id == Slot.id, Meeting.called_off_at.is_(None), Meeting.ends_at > now, ~is_led)
    return and_(Slot.state != SlotState.CALLED_OFF, unled)
