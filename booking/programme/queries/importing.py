"""What the names of an imported spreadsheet mean: rows become plans, or faults with their line and column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from booking.accounts.rules.roles import Scope
from booking.kernel import clock
from booking.kernel.period import EndsBeforeItBegins, WallPeriod
from booking.kernel.refusal import Refused
from booking.kernel.table import BadTable, Fault
from booking.places.models import Place, Room
from booking.places.queries import within
from booking.programme import rules
from booking.programme.models import Activity
from booking.programme.queries.clashes import clashes_of_plans
from booking.programme.rules import SlotState, Terms
from booking.programme.rules import importing as refusals
from booking.programme.rules.clashes import Clash
from booking.programme.rules.importing import SlotRow
from booking.programme.rules.plans import SlotPlan
from booking.store.engine import session
from booking.trainers.models import Kit, Trainer

# Where the page says a refusal of the planning rules: by the column that it is about.
_COLUMNS = {
    "opens": "bokning öppnar",
    "seats": "platser",
    "age_min": "från ålder",
}


class WishedSlot(NamedTuple):
    """A slot that the spreadsheet wishes for, with the line of its first row and how people call it."""

    line: int
    title: str
    place: str
    trainers: tuple[str, ...]
    kits: tuple[str, ...]
    plan: SlotPlan


class PreviewedMeeting(NamedTuple):
    """A meeting that would be planned, and what stands against it."""

    wall: WallPeriod
    clashes: Sequence[Clash]


class PreviewedSlot(NamedTuple):
    """A slot as the preview shows it."""

    wish: WishedSlot
    meetings: list[PreviewedMeeting]


def previewed(slots: Sequence[WishedSlot]) -> list[PreviewedSlot]:
    """What would be planned, with every clash, with each other too. Eleven queries, however many there are."""
    judged = clashes_of_plans([slot.plan for slot in slots])
    return [
        PreviewedSlot(slot, [PreviewedMeeting(wall, found) for wall, found in meetings])
        for slot, meetings in zip(slots, judged, strict=True)
    ]


def wished(rows: Sequence[SlotRow], *, scope: Scope, now: dt.datetime) -> list[WishedSlot]:
    """The slots that the rows make, by the order of their first rows; a club's rows make one.

    Only places within `scope`. Raises BadTable with every fault. Five queries.
    """
    known = _known(rows, scope=scope)
    faults: list[Fault] = []
    found = [slot for of_slot in _by_slot(rows) if (slot := _slot(of_slot, known, now=now, faults=faults)) is not None]
    if faults:
        raise BadTable(faults)
    return found


@dataclass(frozen=True)
class _Known:
    """What names mean, folded; a name may be that of several."""

    activities: Mapping[str, list[Activity]]
    places: Mapping[str, list[Place]]
    rooms: Mapping[tuple[int, str], list[int]]
    trainers: Mapping[str, list[int]]
    kits: Mapping[str, list[int]]


def _known(rows: Sequence[SlotRow], *, scope: Scope) -> _Known:
    first_day = min(row.day for row in rows)
    activities = session().scalars(select(Activity).order_by(Activity.id)).all()
    places = session().scalars(select(Place).where(within(scope)).order_by(Place.id)).all()
    rooms = session().execute(select(Room.place_id, Room.name, Room.id).order_by(Room.id))
    staying = or_(Trainer.left_on.is_(None), Trainer.left_on > first_day)
    trainers = session().execute(select(Trainer.name, Trainer.id).where(staying).order_by(Trainer.id))
    kits = session().execute(select(Kit.name, Kit.id).where(Kit.retired_on.is_(None)).order_by(Kit.id))
    return _Known(
        _grouped((word, one) for one in activities for word in {_folded(one.slug), _folded(one.title_sv)}),
        _grouped((word, one) for one in places for word in {_folded(one.slug), _folded(one.name)}),
        _grouped(((place_id, _folded(name)), number) for place_id, name, number in rooms),
        _grouped((_folded(name), number) for name, number in trainers),
        _grouped((_folded(name), number) for name, number in kits),
    )


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for key, one in pairs:
        found.setdefault(key, []).append(one)
    return found


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _by_slot(rows: Sequence[SlotRow]) -> list[list[SlotRow]]:
    """The rows of each slot: a club's together, by activity, place and the club's word."""
    found: dict[tuple[object, ...], list[SlotRow]] = {}
    for row in rows:
        key = (_folded(row.activity), _folded(row.place), _folded(row.club)) if row.club else (row.line,)
        found.setdefault(key, []).append(row)
    return list(found.values())


def _slot(rows: list[SlotRow], known: _Known, *, now: dt.datetime, faults: list[Fault]) -> WishedSlot | None:
    """One slot, or None and what is wrong with its rows in `faults`."""
    first, before = rows[0], len(faults)
    activity = _noted(first, lambda: _one(known.activities, first.activity, refusals.UnknownActivity), faults)
    place = _noted(first, lambda: _one(known.places, first.place, refusals.UnknownPlace), faults)
    trainers = _noted(first, lambda: _all(known.trainers, first.trainers, refusals.UnknownTrainer), faults)
    kits = _noted(first, lambda: _all(known.kits, first.kits, refusals.UnknownKit), faults)
    room = _noted(first, lambda: _room(known, place, first.room), faults) if place else None
    for row in rows[1:]:
        _same(row, first, faults)
    if activity is None or place is None or trainers is None or kits is None:
        return None
    walls = [_noted(row, partial(row.wall, usual_minutes=activity.duration_minutes), faults) for row in rows]
    plan = SlotPlan(
        activity_id=activity.id,
        place_id=place.id,
        meetings=tuple(wall for wall in walls if wall is not None),
        terms=Terms(
            state=SlotState.PUBLISHED if first.is_published else SlotState.DRAFT,
            seats=first.seats,
            age_min=first.age_min,
            age_max=first.age_max,
            room_id=room,
        ),
        trainer_ids=trainers,
        kit_ids=kits,
        opens=first.opens,
    )
    if len(faults) == before:
        _noted(first, lambda: _check(plan, activity, now=now), faults)
    slot = WishedSlot(first.line, activity.title_sv, place.name, first.trainers, first.kits, plan)
    return slot if len(faults) == before else None


def _check(plan: SlotPlan, activity: Activity, *, now: dt.datetime) -> bool:
    """What `services.plan` would refuse of the row itself. True when nothing."""
    plan.terms.check()
    plan.terms.pools_for(activity.seats)
    spans = rules.spans_in_order(plan.meetings)
    opens_at = clock.to_utc(plan.opens) if plan.opens else None
    rules.booking_window([period for _, period in spans], opens_at=opens_at, closes_at=None, now=now)
    youngest = activity.age_min if plan.terms.age_min is None else plan.terms.age_min
    oldest = activity.age_max if plan.terms.age_max is None else plan.terms.age_max
    if youngest is not None and oldest is not None and youngest > oldest:
        raise rules.AgesUpsideDown
    return True


def _noted(row: SlotRow, ask: Callable[[], Any], faults: list[Fault]) -> Any:
    """What `ask` gives; None, and a fault of this row, when it refuses."""
    try:
        return ask()
    except Refused as refused:
        column = "slutar" if isinstance(refused, EndsBeforeItBegins) else refused.field or ""
        faults.append(Fault(row.line, _COLUMNS.get(column, column), refused))
    return None


def _one(known: Mapping[str, list[Any]], name: str, unknown: type[Refused]) -> Any:
    found = known.get(_folded(name), [])
    if len(found) > 1:
        raise refusals.NameOfSeveral(value=name[:40], field=unknown.field)
    if not found:
        raise unknown(value=name[:40])
    return found[0]


def _all(known: Mapping[str, list[int]], names: Sequence[str], unknown: type[Refused]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_one(known, name, unknown) for name in names))


def _room(known: _Known, place: Place, name: str) -> int | None:
    if not name:
        return None
    number: int = _one(
        {word: ids for (place_id, word), ids in known.rooms.items() if place_id == place.id}, name, refusals.UnknownRoom
    )
    return number


_ALIKE = {
    "lokal": "room",
    "ledare": "trainers",
    "utrustning": "kits",
    "platser": "seats",
    "från ålder": "age_min",
    "till ålder": "age_max",
    "bokning öppnar": "opens",
    "publicera": "is_published",
}


def _same(row: SlotRow, first: SlotRow, faults: list[Fault]) -> None:
    """A later row of a club may leave empty what its first row says, and must not say another thing."""
    for column, name in _ALIKE.items():
        said = getattr(row, name)
        if said and said != getattr(first, name):
            faults.append(Fault(row.line, column, refusals.OtherThanFirst(line=first.line)))
