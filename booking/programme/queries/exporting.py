"""The plan, meeting by meeting, for a spreadsheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from booking.accounts.rules.roles import Scope
from booking.kernel import clock
from booking.places.models import Place, Room
from booking.places.rules import PlaceKind
from booking.programme.models import Activity, Assignment, KitReservation, Meeting, RoomReservation, SeatPool, Slot
from booking.programme.queries.reach import within
from booking.programme.rules import Admission, SlotState
from booking.programme.rules.sheets import MOST_ROWS, TooMany, check_days
from booking.store.engine import session
from booking.trainers.models import Kit, Trainer


class PlannedMeeting(NamedTuple):
    """A meeting as the plan has it. `seated` and `queued` None: not for this reader. Times are wall times."""

    slot_id: int
    title: str
    place: str
    owner: str
    starts: dt.datetime
    ends: dt.datetime
    number: int
    of: int
    state: SlotState
    is_off: bool
    admission: Admission
    age_min: int | None
    age_max: int | None
    seats: int
    seated: int | None
    queued: int | None
    rooms: tuple[str, ...]
    trainers: tuple[str, ...]
    kits: tuple[str, ...]
    opens_at: dt.datetime
    series: str


class PlaceChoice(NamedTuple):
    """A place that owns slots, to choose from."""

    id: int
    name: str
    is_stop: bool


def planned(
    first: dt.date, last: dt.date, *, scope: Scope, counts: Scope, staff_id: int, place_id: int | None = None
) -> list[PlannedMeeting]:
    """The meetings of these days, both included, of slots that the staff member reaches, earliest first.

    A club that one leads a part of is there with all its meetings, as on its page.

    `counts`: where the reader may see how many have booked. Raises LastBeforeFirst, TooLong, TooMany. Six queries.
    """
    check_days(first, last)
    held_at = aliased(Place)
    found = (
        select(Meeting, Slot, Activity.title_sv, held_at.name, Place.id, Place.organisation_id, Place.name)
        .join(Slot, Slot.id == Meeting.slot_id)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Slot.place_id)
        .join(held_at, held_at.id == Meeting.place_id)
        .where(
            Slot.id.in_(_reached(scope, staff_id)),
            Meeting.starts_at >= clock.day_start(first),
            Meeting.starts_at < clock.day_start(last + dt.timedelta(days=1)),
        )
        .order_by(Meeting.starts_at, Place.sort_key, Meeting.id)
        .limit(MOST_ROWS + 1)
    )
    rows = session().execute(found if place_id is None else found.where(Place.id == place_id)).all()
    if len(rows) > MOST_ROWS:
        raise TooMany(limit=MOST_ROWS)
    return _told(rows, counts=counts) if rows else []


def _told(rows: Collection[Any], *, counts: Scope) -> list[PlannedMeeting]:
    slot_ids = {row.Slot.id for row in rows}
    order = _meetings_of(slot_ids)
    pools = _pools_of(slot_ids)
    rooms, trainers, kits = (_names(*held, _span(rows)) for held in _HELD)
    told = []
    for meeting, slot, title, held_at, owner_id, organisation_id, owner in rows:
        seats, seated, queued = pools.get(slot.id, (0, 0, 0))
        may_count = counts.covers(place=owner_id, organisation=organisation_id)
        told.append(
            PlannedMeeting(
                slot_id=slot.id,
                title=title,
                place=held_at,
                owner=owner,
                starts=meeting.starts_local,
                ends=meeting.ends_local,
                number=order[slot.id].index(meeting.id) + 1,
                of=len(order[slot.id]),
                state=slot.state,
                is_off=meeting.called_off_at is not None or slot.state is SlotState.CALLED_OFF,
                admission=slot.admission,
                age_min=slot.age_min,
                age_max=slot.age_max,
                seats=seats,
                seated=seated if may_count else None,
                queued=queued if may_count else None,
                rooms=rooms.get(meeting.id, ()),
                trainers=trainers.get(meeting.id, ()) or tuple(filter(None, [slot.trainer_names])),
                kits=kits.get(meeting.id, ()),
                opens_at=slot.opens_at,
                series=slot.series,
            )
        )
    return told


def places_with_slots(scope: Scope, *, staff_id: int) -> list[PlaceChoice]:
    """The places that own slots which the staff member reaches, in Swedish order. One query."""
    owning = select(Slot.place_id).where(within(scope, staff_id=staff_id))
    rows = session().execute(
        select(Place.id, Place.name, Place.kind).where(Place.id.in_(owning)).order_by(Place.sort_key, Place.id)
    )
    return [PlaceChoice(row.id, row.name, row.kind is PlaceKind.STOP) for row in rows]


def _reached(scope: Scope, staff_id: int) -> Select[int]:
    """A select of its own: among the meetings, the condition would speak of the meeting in the row alone."""
    return select(Slot.id).where(within(scope, staff_id=staff_id))


_HELD: tuple[tuple[Any, Any, Any], ...] = (
    (RoomReservation, RoomReservation.room_id, Room),
    (Assignment, Assignment.trainer_id, Trainer),
    (KitReservation, KitReservation.kit_id, Kit),
)


def _span(rows: Collection[Any]) -> tuple[dt.datetime, dt.datetime]:
    return min(row.Meeting.starts_at for row in rows), max(row.Meeting.starts_at for row in rows)


def _names(model: Any, column: Any, named: Any, span: tuple[dt.datetime, dt.datetime]) -> dict[int, tuple[str, ...]]:
    """What the meetings of a stretch of time hold, by name. By their times, not by thousands of numbers."""
    asked: Select[*tuple[Any, ...]] = (
        select(model.meeting_id, named.name)
        .join(named, named.id == column)
        .where(model.holds, model.starts_at.between(*span))
        .order_by(model.meeting_id, named.name, named.id)
    )
    found: dict[int, tuple[str, ...]] = {}
    for meeting_id, name in session().execute(asked):
        found[meeting_id] = (*found.get(meeting_id, ()), name)
    return found


def _meetings_of(slot_ids: Collection[int]) -> dict[int, list[int]]:
    """The numbers of all meetings of these slots, in order: the second of six stays the second."""
    found: dict[int, list[int]] = {}
    for slot_id, meeting_id in _of_these(
        select(Meeting.slot_id, Meeting.id).order_by(Meeting.slot_id, Meeting.starts_at, Meeting.id),
        Meeting.slot_id,
        slot_ids,
    ):
        found.setdefault(slot_id, []).append(meeting_id)
    return found


def _pools_of(slot_ids: Collection[int]) -> dict[int, tuple[int, int, int]]:
    """Seats, seated and queued of each slot, its pools together."""
    found: dict[int, tuple[int, int, int]] = {}
    asked = select(SeatPool.slot_id, SeatPool.seats, SeatPool.seated, SeatPool.queued).order_by(SeatPool.id)
    for slot_id, seats, seated, queued in _of_these(asked, SeatPool.slot_id, slot_ids):
        before = found.get(slot_id, (0, 0, 0))
        found[slot_id] = (before[0] + seats, before[1] + seated, before[2] + queued)
    return found


def _of_these(
    asked: Select[*tuple[Any, ...]], column: InstrumentedAttribute[int], numbers: Collection[int]
) -> list[Row[*tuple[Any, ...]]]:
    """The rows for these numbers: between the lowest and the highest, since databases limit how many may be listed."""
    wanted = set(numbers)
    rows = session().execute(asked.where(column.between(min(wanted), max(wanted))))
    return [row for row in rows if row[0] in wanted]
