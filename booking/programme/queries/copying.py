"""What stands in a stretch of days, as plans to make the same again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from booking.kernel import clock
from booking.kernel.period import WallPeriod
from booking.programme.models import Assignment, KitReservation, Slot
from booking.programme.rules import PoolPlan, SlotState, Terms, proposals
from booking.programme.rules.plans import SlotPlan
from booking.store.engine import session


def copies(
    first: dt.date, last: dt.date, *, days: int, place_ids: Collection[int] | None, with_trainers: bool
) -> list[SlotPlan]:
    """What begins on these days, both included, once more so many days later, as plans of drafts. Five queries.

    Rooms and kits come along, trainers when asked for. Raises NotWholeWeeks.
    """
    proposals.check_whole_weeks(days)
    copied = [proposals.later(one, days=days) for one in plans_between(first, last, place_ids=place_ids)]
    return copied if with_trainers else [replace(one, trainer_ids=()) for one in copied]


def planned_together(series: str) -> list[Slot]:
    """The slots that were planned in one step, by their code, earliest first. One query."""
    return list(session().scalars(select(Slot).where(Slot.series == series).order_by(Slot.starts_at, Slot.id)))


def plans_between(first: dt.date, last: dt.date, *, place_ids: Collection[int] | None) -> list[SlotPlan]:
    """The slots that begin on these days, both included, as plans of drafts, earliest first. None: at every place.

    Without what is called off, slots and single meetings. Five queries.
    """
    found = (
        select(Slot)
        .where(
            Slot.starts_at >= clock.day_start(first),
            Slot.starts_at < clock.day_start(last + dt.timedelta(days=1)),
            Slot.state != SlotState.CALLED_OFF,
        )
        .options(selectinload(Slot.meetings), selectinload(Slot.pools))
        .order_by(Slot.starts_at, Slot.id)
    )
    if place_ids is not None:
        found = found.where(Slot.place_id.in_(place_ids))
    return _plans(session().scalars(found).all())


def plan_of(slot_id: int) -> SlotPlan | None:
    """The same of one slot, also of one that is called off; None when there is none, or all its meetings are off.

    Five queries.
    """
    found = select(Slot).where(Slot.id == slot_id).options(selectinload(Slot.meetings), selectinload(Slot.pools))
    return next(iter(_plans(session().scalars(found).all())), None)


def _plans(slots: Sequence[Slot]) -> list[SlotPlan]:
    meeting_ids = [meeting.id for slot in slots for meeting in slot.meetings]
    trainers = _held(Assignment, Assignment.trainer_id, meeting_ids)
    kits = _held(KitReservation, KitReservation.kit_id, meeting_ids)
    return [plan for slot in slots for plan in _plan(slot, trainers=trainers, kits=kits)]


def _held(model: Any, column: InstrumentedAttribute[int], meeting_ids: Collection[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    rows = session().execute(select(model.meeting_id, column).where(model.meeting_id.in_(meeting_ids), model.holds))
    for meeting_id, number in rows:
        found.setdefault(meeting_id, set()).add(number)
    return found


def _plan(slot: Slot, *, trainers: dict[int, set[int]], kits: dict[int, set[int]]) -> Iterator[SlotPlan]:
    meetings = [meeting for meeting in slot.meetings if meeting.called_off_at is None]
    if meetings:
        yield SlotPlan(
            activity_id=slot.activity_id,
            place_id=slot.place_id,
            meetings=tuple(WallPeriod(one.starts_local, one.ends_local) for one in meetings),
            terms=_terms(slot),
            # Who leads every meeting leads every one of the copy.
            trainer_ids=tuple(sorted(set.intersection(*(trainers.get(one.id, set()) for one in meetings)))),
            kit_ids=tuple(sorted(set.intersection(*(kits.get(one.id, set()) for one in meetings)))),
            opens=_wall(slot.opens_at),
            closes=_wall(slot.closes_at),
        )


def _terms(slot: Slot) -> Terms:
    return Terms(
        admission=slot.admission,
        least_children=slot.least_children,
        pools=tuple(PoolPlan(name=pool.name, seats=pool.seats, queue_limit=pool.queue_limit) for pool in slot.pools),
        age_min=slot.age_min,
        age_max=slot.age_max,
        adult_stays=slot.adult_stays,
        language=slot.language,
        bring_sv=slot.bring_sv,
        bring_en=slot.bring_en,
        letter_note_sv=slot.letter_note_sv,
        letter_note_en=slot.letter_note_en,
        trainer_names=slot.trainer_names,
        room_id=slot.room_id,
        is_online=slot.is_online,
        join_url=slot.join_url,
    )


def _wall(instant: dt.datetime) -> dt.datetime:
    return clock.to_local(instant).replace(tzinfo=None)
