"""A week at a staff member's places: what is held where and when, by whom and with what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import ScalarSelect, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from booking.accounts.rules.roles import Scope
from booking.kernel import clock
from booking.places import queries as places
from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.programme.models import Activity, Assignment, KitReservation, Meeting, SeatPool, Slot
from booking.programme.queries.reach import within
from booking.programme.rules import Admission, SlotState
from booking.programme.rules.leading import AssignmentStanding
from booking.store.engine import session
from booking.trainers.models import Kit, Trainer


@dataclass(frozen=True)
class BoardPlace:
    """A row of the board: a place, or all stops of the bokbuss together (`id` 0)."""

    id: int
    name: str


@dataclass
class Chip:
    """A meeting on the board. `trainers` and `kits` are (number, name); `row` is its place's row."""

    slot_id: int
    meeting_id: int
    starts_at: dt.datetime
    day: dt.date
    row: int
    place_name: str
    activity_id: int
    title: str
    state: SlotState
    is_off: bool
    admission: Admission
    seats: int
    seated: int
    queued: int
    trainers: list[tuple[int, str]] = field(default_factory=list)
    kits: list[tuple[int, str]] = field(default_factory=list)


BUS_ROW = 0


def board_chips(scope: Scope, *, staff_id: int, monday: dt.date) -> list[Chip]:
    """The meetings of the week that begins on `monday`, of the slots within the scope, drafts and what is off too,
    earliest first. Three queries, however many there are."""
    rows = session().execute(
        select(
            Meeting.slot_id,
            Meeting.id,
            Meeting.starts_at,
            Meeting.starts_local,
            Place.id.label("place_id"),
            Place.kind,
            Place.name,
            Activity.id.label("activity_id"),
            Activity.title_sv,
            Slot.state,
            Meeting.called_off_at,
            Slot.admission,
            _of_pools(SeatPool.seats),
            _of_pools(SeatPool.seated),
            _of_pools(SeatPool.queued),
        )
        .join(Slot, Slot.id == Meeting.slot_id)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Meeting.place_id)
        .where(
            within(scope, staff_id=staff_id),
            Meeting.starts_at >= clock.day_start(monday),
            Meeting.starts_at < clock.day_start(monday + dt.timedelta(days=7)),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    found = {
        row.id: Chip(
            slot_id=row.slot_id,
            meeting_id=row.id,
            starts_at=row.starts_at,
            day=row.starts_local.date(),
            row=BUS_ROW if row.kind is PlaceKind.STOP else row.place_id,
            place_name=row.name,
            activity_id=row.activity_id,
            title=row.title_sv,
            state=row.state,
            is_off=row.state is SlotState.CALLED_OFF or row.called_off_at is not None,
            admission=row.admission,
            seats=row[12] or 0,
            seated=row[13] or 0,
            queued=row[14] or 0,
        )
        for row in rows
    }
    _fill(found)
    return list(found.values())


def _of_pools(column: InstrumentedAttribute[int]) -> ScalarSelect[int]:
    return select(func.sum(column)).where(SeatPool.slot_id == Slot.id).scalar_subquery()


def _fill(found: dict[int, Chip]) -> None:
    if not found:
        return
    first = min(chip.starts_at for chip in found.values())
    last = max(chip.starts_at for chip in found.values())
    leading = (
        select(Assignment.meeting_id, Trainer.id, Trainer.name)
        .join(Trainer, Trainer.id == Assignment.trainer_id)
        .where(Assignment.starts_at.between(first, last), Assignment.standing != AssignmentStanding.ENDED)
    )
    for meeting_id, number, name in session().execute(leading.order_by(Trainer.sort_key, Trainer.id)):
        if meeting_id in found:
            found[meeting_id].trainers.append((number, name))
    carried = (
        select(KitReservation.meeting_id, Kit.id, Kit.name)
        .join(Kit, Kit.id == KitReservation.kit_id)
        .where(KitReservation.starts_at.between(first, last))
        .order_by(Kit.name, Kit.id)
    )
    for meeting_id, number, name in session().execute(carried):
        if meeting_id in found:
            found[meeting_id].kits.append((number, name))


def board_places(scope: Scope, *, on: dt.date) -> list[BoardPlace]:
    """The rows: the scope's places that are open by then, in Swedish order, and the bokbuss when it has stops there.

    One query.
    """
    asked = select(Place.id, Place.name, Place.kind).where(
        places.within(scope), or_(Place.closed_from.is_(None), Place.closed_from > on)
    )
    rows = session().execute(asked.order_by(Place.sort_key, Place.id)).all()
    found = [BoardPlace(row.id, row.name) for row in rows if row.kind is not PlaceKind.STOP]
    return [*found, *([BoardPlace(BUS_ROW, "")] if len(found) < len(rows) else [])]


def closed_days(monday: dt.date, *, place_ids: Collection[int]) -> dict[tuple[int | None, dt.date], str]:
    """What the calendar of days off says of each day of the week, by place (None: everywhere). One query."""
    days = [monday + dt.timedelta(days=number) for number in range(7)]
    return {
        (row.place_id, day): row.name
        for row in places.days_off(days[0], days[-1], place_ids=place_ids)
        for day in days
        if row.first_on <= day <= row.last_on
    }
