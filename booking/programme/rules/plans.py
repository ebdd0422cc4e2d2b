"""Slots that are wished for, before they are planned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from booking.kernel.period import WallPeriod
from booking.kernel.refusal import N_, Refused
from booking.programme.rules import Terms, weekly
from booking.programme.rules.clashes import Clash, ClashKind

_USUAL = Terms()


class Opening(StrEnum):
    """When booking of a slot opens: at once, at a time of its own, or so many days before it begins."""

    NOW = "now"
    AT = "at"
    BEFORE = "before"


@dataclass(frozen=True, kw_only=True)
class Window:
    """When booking opens and closes, as it is said of many slots at once. Wall times.

    `at` is for AT, `days` and `clock` are for BEFORE. `closes_hours` None: when the first meeting begins;
    `to_the_last`: a club may be joined until its last meeting.
    """

    opening: Opening = Opening.NOW
    at: dt.datetime | None = None
    days: int = 0
    clock: dt.time = dt.time(9)
    closes_hours: int | None = None
    to_the_last: bool = False

    def opens(self, first: WallPeriod) -> dt.datetime | None:
        if self.opening is Opening.BEFORE:
            return dt.datetime.combine(first.starts.date() - dt.timedelta(days=self.days), self.clock)
        return self.at if self.opening is Opening.AT else None

    def closes(self, meetings: Sequence[WallPeriod]) -> dt.datetime | None:
        if self.to_the_last:
            return max(meetings).starts
        return min(meetings).starts - dt.timedelta(hours=self.closes_hours) if self.closes_hours else None


@dataclass(frozen=True, kw_only=True)
class SlotPlan:
    """A slot to be made, with who leads its meetings and the kits that they take. `opens` and `closes` as in
    `services.plan`."""

    activity_id: int
    place_id: int
    meetings: tuple[WallPeriod, ...]
    terms: Terms = field(default=_USUAL)
    trainer_ids: tuple[int, ...] = ()
    kit_ids: tuple[int, ...] = ()
    opens: dt.datetime | None = None
    closes: dt.datetime | None = None


def without_days(plans: Sequence[SlotPlan], days: Collection[dt.date]) -> list[SlotPlan]:
    """The same plans without meetings on these days; a plan of which nothing is left is gone."""
    thinned = (
        replace(plan, meetings=tuple(wall for wall in plan.meetings if wall.starts.date() not in days))
        for plan in plans
    )
    return [plan for plan in thinned if plan.meetings]


class TooManyDates(Refused):
    message = N_("These are more than %(limit)s dates. Plan a shorter stretch at a time.")


class LastBeforeFirst(Refused):
    message = N_("The last day must not be before the first. Change one of them.")
    field = "until"


# A year of weekly meetings with some extra ones, or a tour to every stop there is.
DATES_LIMIT = 120


def dates_of_weeks(
    first: WallPeriod, *, until: dt.date | None, extra: Sequence[WallPeriod] = (), limit: int = DATES_LIMIT
) -> list[WallPeriod]:
    """`first`, the same wall time in the weeks after it until that day (None: no more), and the extra ones; in order,
    each once. Raises LastBeforeFirst, TooManyDates."""
    last = first.starts.date() if until is None else until
    if last < first.starts.date():
        raise LastBeforeFirst
    times = (last - first.starts.date()).days // 7 + 1
    if times + len(extra) > limit:
        raise TooManyDates(limit=limit)
    return sorted({*weekly(first, times=times), *extra})


# What days off mean for a proposal: these days are shown, and are held only when somebody says so.
_DAYS_OFF = frozenset({ClashKind.PUBLIC_HOLIDAY, ClashKind.SCHOOL_BREAK, ClashKind.DAY_OFF})


def is_proposed(found: Collection[Clash]) -> bool:
    """Whether a date is held unless somebody says otherwise: nothing hard stands against it, and it is no day off."""
    return not any(clash.is_hard or clash.kind in _DAYS_OFF for clash in found)
