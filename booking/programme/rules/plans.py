"""Slots that are wished for, before they are planned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from booking.kernel.period import WallPeriod
from booking.programme.rules import Terms

_USUAL = Terms()


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
