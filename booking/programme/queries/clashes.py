"""What the clash rules need to know, in a fixed number of queries whatever the number of meetings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, literal, or_, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute

from booking.kernel.period import Period, WallPeriod
from booking.places import queries as calendar
from booking.places.models import OpeningHours, Place, Stop
from booking.places.models import Room as RoomRow
from booking.places.rules import Hours, NoSuchPlace, Pattern, Spot, travel_minutes
from booking.programme import rules
from booking.programme.models import (
    Activity,
    Assignment,
    Competence,
    KitReservation,
    Meeting,
    RoomReservation,
    Slot,
)
from booking.programme.rules.clashes import (
    CLEARING_MINUTES,
    PACKING_MINUTES,
    Clash,
    DaysOff,
    Facts,
    KitFacts,
    Nearness,
    Occasion,
    PlaceFacts,
    TrainerFacts,
    Use,
    clashes_of,
    nearness,
)
from booking.programme.rules.leading import AssignmentStanding, FreeKit, needs_of
from booking.programme.rules.plans import SlotPlan
from booking.store.engine import session
from booking.trainers.models import Absence, Kit, Trainer, WorkingHours
from booking.trainers.rules import Away, NoSuchKit, NoSuchTrainer, Work

# More than any road with clearing and packing takes: what lies further off cannot hurry anybody.
_FAR = dt.timedelta(hours=8)


def clashes_of_plans(
    plans: Sequence[SlotPlan], *, left_out: Collection[int] = ()
) -> list[list[tuple[WallPeriod, list[Clash]]]]:
    """What stands against each meeting of the plans, in their order: plan by plan, meeting by meeting.

    The meetings are judged against what is planned already and against each other; `left_out` as in
    `rules.clashes.clashes_of`, counted over all plans. At most ten queries. Raises
    NoSuchActivity, NoSuchPlace, NoSuchTrainer, NoSuchKit, RoomElsewhere, and NoSuchTime and NoSuchDay of the clock.
    """
    places = places_facts({plan.place_id for plan in plans})
    wished = _occasions_of_plans(plans, places)
    found = iter(clashes_of(wished, facts_for(wished, places=places), left_out=left_out))
    return [[(wall, next(found)) for wall in plan.meetings] for plan in plans]


def _occasions_of_plans(plans: Sequence[SlotPlan], places_of: Mapping[int, PlaceFacts]) -> list[Occasion]:
    """The meetings that the plans wish for, in their order. One query."""
    ids = {plan.activity_id for plan in plans}
    activities = {row.activity_id: row for row in session().execute(select(*_WHAT).where(Activity.id.in_(ids)))}
    if activities.keys() != ids:
        raise rules.NoSuchActivity
    if not places_of.keys() >= {plan.place_id for plan in plans}:
        raise NoSuchPlace
    return [
        Occasion(
            wall=wall,
            period=wall.instants(),
            spot=places_of[plan.place_id].spot,
            is_online=plan.terms.is_online,
            room_id=plan.terms.room_id,
            trainer_ids=frozenset(plan.trainer_ids),
            kit_ids=frozenset(plan.kit_ids),
            needs=tuple(needs_of(activities[plan.activity_id].equipment)),
            **_what(activities[plan.activity_id]),
        )
        for plan in plans
        for wall in plan.meetings
    ]


def occasions_of_meetings(meeting_ids: Collection[int], *, and_released: bool = False) -> list[Occasion]:
    """These meetings, earliest first, with the trainers, rooms and kits that they hold. Two queries.

    `and_released`: also what they would hold again if they were not called off.
    """
    found = {row.meeting_id: _occasion(row) for row in session().execute(_meetings(meeting_ids))}
    for row in held_by(found, and_released=and_released):
        found[row.meeting_id] = _with(found[row.meeting_id], row.use, row.number)
    return list(found.values())


class Hold(NamedTuple):
    """A meeting holds a trainer, a room or a kit, by its number."""

    use: Use
    number: int
    meeting_id: int


def held_by(meeting_ids: Collection[int], *, and_released: bool = False) -> list[Hold]:
    """What these meetings hold. `and_released` as in `occasions_of_meetings`. One query."""
    parts: list[tuple[Use, Any, InstrumentedAttribute[int], ColumnElement[bool]]] = [
        (Use.TRAINER, Assignment, Assignment.trainer_id, Assignment.standing != AssignmentStanding.ENDED),
        (Use.ROOM, RoomReservation, RoomReservation.room_id, true()),
        (Use.KIT, KitReservation, KitReservation.kit_id, true()),
    ]
    statement = union_all(
        *(
            select(literal(use.value).label("use"), column.label("number"), model.meeting_id).where(
                model.meeting_id.in_(meeting_ids), is_live if and_released else model.holds
            )
            for use, model, column, is_live in parts
        )
    )
    return [Hold(Use(row.use), row.number, row.meeting_id) for row in session().execute(statement)]


def facts_for(
    wished: Sequence[Occasion], *, without: Collection[int] = (), places: Mapping[int, PlaceFacts] | None = None
) -> Facts:
    """What is known of the places, trainers, rooms and kits of these meetings, and what else holds them then.

    `without` are the numbers of meetings that do not count, since they are about to change; `places` is what is known
    of the places already. Nine queries at most.
    """
    if not wished:
        return Facts(places={})
    first, last = min(one.period for one in wished), max(one.period.ends for one in wished)
    days = min(one.day for one in wished), max(one.wall.ends.date() for one in wished)
    spots = {one.spot.id for one in wished}
    trainer_ids = frozenset().union(*(one.trainer_ids for one in wished))
    kit_ids = frozenset().union(*(one.kit_ids for one in wished))
    room_ids = {one.room_id for one in wished if one.room_id is not None}
    kits, registered = _kits(kit_ids, things={need.key for one in wished for need in one.needs if one.kit_ids})
    return Facts(
        places=places_facts(spots) if places is None else places,
        days_off=days_off(*days, place_ids=spots),
        trainers=trainers(trainer_ids, *days) if trainer_ids else {},
        rooms=_rooms(room_ids),
        kits=kits,
        registered=registered,
        taken=taken(
            Period(first.starts - _FAR, last + _FAR),
            trainer_ids=trainer_ids,
            room_ids=room_ids,
            kit_ids=kit_ids,
            without=without,
        ),
    )


def places_facts(place_ids: Collection[int]) -> dict[int, PlaceFacts]:
    """When these places take meetings, by number. One query: a place has few opening hours, so they come with it."""
    rows = session().execute(
        select(Place.closed_from, *_SPOT, Stop, OpeningHours)
        .outerjoin(Stop, Stop.place_id == Place.id)
        .outerjoin(OpeningHours, OpeningHours.place_id == Place.id)
        .where(Place.id.in_(place_ids))
        .order_by(Place.id, OpeningHours.id)
    )
    found: dict[int, PlaceFacts] = {}
    for row in rows:
        known = found.get(row.place_id) or PlaceFacts(
            spot=_spot(row), pattern=_pattern(row.Stop), closed_from=row.closed_from
        )
        found[row.place_id] = replace(known, hours=[*known.hours, *_hours(row.OpeningHours)])
    return found


def days_off(first: dt.date, last: dt.date, *, place_ids: Collection[int]) -> list[DaysOff]:
    """The calendar's days off from `first` to `last`, both included, for all places or one of these. One query."""
    return [
        DaysOff(kind=row.kind, first_on=row.first_on, last_on=row.last_on, name=row.name, place_id=row.place_id)
        for row in calendar.days_off(first, last, place_ids=place_ids)
    ]


def trainers(ids: Collection[int] | None, first: dt.date, last: dt.date) -> dict[int, TrainerFacts]:
    """When and what these trainers lead (None: all who have not left by `first`), with absences from `first` to `last`,
    in Swedish order of names. Four queries. Raises NoSuchTrainer.
    """
    chosen: ColumnElement[bool] = (
        or_(Trainer.left_on.is_(None), Trainer.left_on > first) if ids is None else Trainer.id.in_(ids)
    )
    rows = session().execute(
        select(Trainer.id, Trainer.name, Trainer.left_on, *_SPOT)
        .outerjoin(Place, Place.id == Trainer.home_place_id)
        .where(chosen)
        .order_by(Trainer.sort_key, Trainer.id)
    )
    found = {
        row.id: TrainerFacts(
            id=row.id, name=row.name, left_on=row.left_on, home=None if row.place_id is None else _spot(row)
        )
        for row in rows
    }
    if ids is not None and found.keys() != set(ids):
        raise NoSuchTrainer
    hours = _grouped(
        select(WorkingHours.trainer_id, WorkingHours.weekday, WorkingHours.starts, WorkingHours.ends).where(
            WorkingHours.trainer_id.in_(found)
        )
    )
    absences = _grouped(
        select(Absence.trainer_id, Absence.first_on, Absence.last_on).where(
            Absence.trainer_id.in_(found), Absence.first_on <= last, Absence.last_on >= first
        )
    )
    competences = _grouped(
        select(Competence.trainer_id, Competence.activity_id, Competence.kind).where(Competence.trainer_id.in_(found))
    )
    return {
        number: replace(
            facts,
            hours=[Work(*row) for row in hours.get(number, ())],
            absences=[Away(*row) for row in absences.get(number, ())],
            leads=frozenset(activity for activity, _ in competences.get(number, ()) if activity is not None),
            leads_kinds=frozenset(kind for _, kind in competences.get(number, ()) if kind is not None),
        )
        for number, facts in found.items()
    }


def kits_of_things(things: Collection[str]) -> list[int]:
    """The numbers of the kits that hold any of these things (by key), those out of use too. One query."""
    return list(session().scalars(select(Kit.id).where(Kit.thing_key.in_(things)).order_by(Kit.id)))


def kits_for(occasion: Occasion) -> tuple[list[FreeKit], dict[str, int], frozenset[str]]:
    """The kits that a meeting may take, how many of each thing (by key) it has, and the things that any kit holds.

    Two queries.
    """
    things = {need.key for need in occasion.needs}
    rows = session().execute(
        select(Kit.id, Kit.thing_key, Kit.pieces, Kit.retired_on, *_SPOT)
        .join(Place, Place.id == Kit.at_place_id)
        .where(Kit.thing_key.in_(things))
        .order_by(Kit.id)
    )
    kits = [row for row in rows if row.retired_on is None or occasion.day < row.retired_on]
    span = Period(occasion.period.starts - _FAR, occasion.period.ends + _FAR)
    without = [] if occasion.meeting_id is None else [occasion.meeting_id]
    others = taken(span, kit_ids=[row.id for row in kits], without=without)
    busy = {number for other in others if nearness(occasion, other) is not Nearness.FINE for number in other.kit_ids}
    has: dict[str, int] = {}
    for row in kits:
        if row.id in occasion.kit_ids:
            has[row.thing_key] = has.get(row.thing_key, 0) + row.pieces
    free = [
        FreeKit(
            id=row.id,
            thing_key=row.thing_key,
            pieces=row.pieces,
            travel_minutes=travel_minutes(_spot(row), occasion.spot),
        )
        for row in kits
        if row.id not in busy | occasion.kit_ids
    ]
    return free, has, frozenset(row.thing_key for row in kits)


def taken(
    span: Period,
    *,
    trainer_ids: Collection[int] = (),
    room_ids: Collection[int] = (),
    kit_ids: Collection[int] = (),
    without: Collection[int] = (),
) -> list[Occasion]:
    """The meetings in `span` that hold any of these, earliest first, with those of these that they hold. One query."""
    wanted: list[tuple[Use, Any, InstrumentedAttribute[int], Collection[int]]] = [
        (Use.TRAINER, Assignment, Assignment.trainer_id, trainer_ids),
        (Use.ROOM, RoomReservation, RoomReservation.room_id, room_ids),
        (Use.KIT, KitReservation, KitReservation.kit_id, kit_ids),
    ]
    parts = [_taken(use, model, column, ids, span) for use, model, column, ids in wanted if ids]
    if not parts:
        return []
    found: dict[int, Occasion] = {}
    for row in session().execute(union_all(*parts)):
        if row.meeting_id not in without:
            found[row.meeting_id] = _with(found.get(row.meeting_id) or _occasion(row), Use(row.use), row.number)
    return sorted(found.values(), key=lambda one: (one.period, one.meeting_id))


def _taken(
    use: Use, model: Any, column: InstrumentedAttribute[int], ids: Collection[int], span: Period
) -> Select[*tuple[Any, ...]]:
    return (
        _meeting_columns(literal(use.value).label("use"), column.label("number"))
        .join(model, model.meeting_id == Meeting.id)
        .where(column.in_(ids), model.holds, model.starts_at < span.ends, model.ends_at > span.starts)
    )


def _with(occasion: Occasion, use: Use, number: int) -> Occasion:
    if use is Use.TRAINER:
        return replace(occasion, trainer_ids=occasion.trainer_ids | {number})
    if use is Use.KIT:
        return replace(occasion, kit_ids=occasion.kit_ids | {number})
    return replace(occasion, room_id=number)


_SPOT = (
    Place.id.label("place_id"),
    Place.name.label("place_name"),
    Place.kind.label("place_kind"),
    Place.latitude,
    Place.longitude,
)
_WHAT = (
    Activity.id.label("activity_id"),
    Activity.title_sv,
    Activity.kind,
    Activity.equipment,
    Activity.packing_minutes,
    Activity.clearing_minutes,
)


def _meeting_columns(*more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Meeting.id.label("meeting_id"),
            Meeting.starts_local,
            Meeting.ends_local,
            Meeting.starts_at,
            Meeting.ends_at,
            Slot.is_online,
            *_SPOT,
            *_WHAT,
            *more,
        )
        .select_from(Meeting)
        .join(Slot, Slot.id == Meeting.slot_id)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Meeting.place_id)
    )


def _meetings(ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    return _meeting_columns().where(Meeting.id.in_(ids)).order_by(Meeting.starts_at, Meeting.id)


def _occasion(row: Row[*tuple[Any, ...]]) -> Occasion:
    return Occasion(
        wall=WallPeriod(row.starts_local, row.ends_local),
        period=Period(row.starts_at, row.ends_at),
        spot=_spot(row),
        is_online=row.is_online,
        needs=tuple(needs_of(row.equipment)),
        meeting_id=row.meeting_id,
        **_what(row),
    )


def _spot(row: Row[*tuple[Any, ...]]) -> Spot:
    return Spot(
        id=row.place_id, name=row.place_name, kind=row.place_kind, latitude=row.latitude, longitude=row.longitude
    )


def _what(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    packing, clearing = row.packing_minutes, row.clearing_minutes
    return {
        "activity_id": row.activity_id,
        "title": row.title_sv,
        "kind": row.kind,
        "packing_minutes": PACKING_MINUTES if packing is None else packing,
        "clearing_minutes": CLEARING_MINUTES if clearing is None else clearing,
    }


def _pattern(stop: Stop | None) -> Pattern | None:
    if stop is None:
        return None
    return Pattern(
        weekday=stop.weekday,
        week_cycle=stop.week_cycle,
        parity=stop.week_parity,
        arrives=stop.arrives,
        departs=stop.departs,
    )


def _hours(hours: OpeningHours | None) -> list[Hours]:
    if hours is None:
        return []
    return [Hours(weekday=hours.weekday, on_day=hours.on_day, opens=hours.opens, closes=hours.closes)]


def _rooms(ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    found = {row.id: row.name for row in session().execute(select(RoomRow.id, RoomRow.name).where(RoomRow.id.in_(ids)))}
    if found.keys() != set(ids):
        raise rules.RoomElsewhere
    return found


def _kits(ids: Collection[int], *, things: Collection[str]) -> tuple[dict[int, KitFacts], frozenset[str]]:
    """These kits, and which of `things` any kit holds."""
    if not ids:
        return {}, frozenset()
    rows = session().execute(
        select(Kit.id, Kit.name, Kit.thing_key, Kit.pieces).where(or_(Kit.id.in_(ids), Kit.thing_key.in_(things)))
    )
    found = {row.id: KitFacts(id=row.id, name=row.name, thing_key=row.thing_key, pieces=row.pieces) for row in rows}
    if not found.keys() >= set(ids):
        raise NoSuchKit
    return found, frozenset(kit.thing_key for kit in found.values())


def _grouped(statement: Select[*tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    """The rows by their first column, without it."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for number, *rest in session().execute(statement):
        found.setdefault(number, []).append(tuple(rest))
    return found
