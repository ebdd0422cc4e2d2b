"""Who could step in, and which meetings an absence touches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import select

from booking.kernel import clock
from booking.kernel.period import Period
from booking.programme.models import Assignment
from booking.programme.queries.clashes import occasions_of_meetings, taken, trainers
from booking.programme.rules.clashes import Occasion
from booking.programme.rules.proposals import Candidate, candidates
from booking.store.engine import session
from booking.trainers.rules import Away

_DAY = dt.timedelta(days=1)


class Touched(NamedTuple):
    """A meeting whose trainer will be away, and who could lead it instead, the best first."""

    assignment_id: int
    occasion: Occasion
    candidates: list[Candidate]


def substitutes(meeting_ids: Collection[int], *, most: int = 3) -> dict[int, list[Candidate]]:
    """Who could lead each of these meetings, by its number, the best first, at most so many. Seven queries."""
    return {
        occasion.meeting_id: found
        for occasion, found in _judged(occasions_of_meetings(meeting_ids), most=most)
        if occasion.meeting_id is not None
    }


def touched(trainer_id: int, days: Away, *, most: int = 3) -> list[Touched]:
    """The meetings that the trainer is to lead on these days, earliest first, each with who could lead it instead.

    Eight queries.
    """
    assignments = assignments_on(trainer_id, days)
    judged = _judged(occasions_of_meetings(assignments), most=most)
    return [
        Touched(assignments[occasion.meeting_id], occasion, found)
        for occasion, found in judged
        if occasion.meeting_id is not None
    ]


def assignments_on(trainer_id: int, days: Away) -> dict[int, int]:
    """The numbers of the trainer's assignments on these days by their meetings'. One query.

    A meeting that began the evening before counts when it ends on the first day.
    """
    statement = select(Assignment.meeting_id, Assignment.id).where(
        Assignment.trainer_id == trainer_id,
        Assignment.holds,
        Assignment.starts_at < clock.day_start(days.last_on + _DAY),
        Assignment.ends_at > clock.day_start(days.first_on),
    )
    return {row.meeting_id: row.id for row in session().execute(statement)}


def _judged(occasions: Sequence[Occasion], *, most: int) -> list[tuple[Occasion, list[Candidate]]]:
    if not occasions:
        return []
    first, last = min(one.day for one in occasions), max(one.day for one in occasions)
    everybody = trainers(None, first, last + _DAY)  # a meeting may end the day after
    # Whole weeks: how much somebody leads already counts by the week.
    weeks = Period(clock.day_start(clock.monday_of(first) - _DAY), clock.day_start(clock.monday_of(last) + 8 * _DAY))
    led: dict[int, list[Occasion]] = {}
    for one in taken(weeks, trainer_ids=everybody.keys()):
        for number in one.trainer_ids:
            led.setdefault(number, []).append(one)
    return [(occasion, candidates(occasion, everybody.values(), led=led, most=most)) for occasion in occasions]
