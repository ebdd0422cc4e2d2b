"""Many slots in one step: a series, a club, a tour, a copy of other weeks. All of them or none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace

from booking.kernel import clock
from booking.kernel.act import Act
from booking.programme import rules
from booking.programme.models import Slot
from booking.programme.queries.clashes import clashes_of_plans
from booking.programme.queries.copying import plan_of, plans_between
from booking.programme.rules import clashes, proposals
from booking.programme.rules.plans import SlotPlan, without_days
from booking.programme.services import holding
from booking.programme.services.leading import take
from booking.programme.services.planning import new_series, plan
from booking.store import writes


@writes
def plan_all(plans: Sequence[SlotPlan], *, act: Act, accepting: str = "", skip: Collection[dt.date] = ()) -> list[Slot]:
    """Make these slots with their trainers and kits, without the meetings on the days of `skip`: all or none.

    Several share a series code. `accepting` is the reason to go ahead against warnings, and is kept with each meeting
    that it was needed for. Raises NoMeetings when nothing is left, HardClash, SoftClashes, and what `plan` raises.
    """
    plans = without_days(plans, skip)
    if not plans:
        raise rules.NoMeetings
    holding.lock(
        rooms={one.terms.room_id for one in plans if one.terms.room_id is not None},
        trainers={number for one in plans for number in one.trainer_ids},
        kits={number for one in plans for number in one.kit_ids},
    )
    judged = clashes_of_plans(plans)
    clashes.refuse(
        [(wall.starts.date(), found) for meetings in judged for wall, found in meetings], accepting=accepting
    )
    series = new_series(act=act) if len(plans) > 1 else ""
    slots = [_planned(one, series=series, act=act) for one in plans]
    for slot, meetings in zip(slots, judged, strict=True):
        for meeting, (_, found) in zip(slot.meetings, sorted(meetings, key=lambda one: one[0]), strict=True):
            holding.keep_accepted(meeting.id, found, reason=accepting, act=act)
    return slots


@writes
def copy_weeks(
    first: dt.date,
    last: dt.date,
    *,
    days: int,
    act: Act,
    place_ids: Collection[int] | None = None,
    with_trainers: bool = False,
    accepting: str = "",
    skip: Collection[dt.date] = (),
) -> list[Slot]:
    """Plan what begins from `first` to `last`, both included, once more so many days later, as drafts: a week, a term.

    Rooms and kits come along, trainers when asked for; what is called off does not. Booking opens and closes as long
    before as it did, or opens now. `place_ids` None: at every place. Raises NotWholeWeeks and what `plan_all` raises.
    """
    proposals.check_whole_weeks(days)
    copied = [proposals.later(one, days=days) for one in plans_between(first, last, place_ids=place_ids)]
    if not with_trainers:
        copied = [replace(one, trainer_ids=()) for one in copied]
    return plan_all(copied, act=act, accepting=accepting, skip=skip)


@writes
def copy_slot(slot_id: int, *, to: dt.date, act: Act, with_trainers: bool = False, accepting: str = "") -> Slot:
    """Plan a slot once more with its first meeting on another day, as a draft; the rest as `copy_weeks`.

    Raises NoSuchSlot, NoSuchDay and what `plan_all` raises.
    """
    copied = plan_of(slot_id)
    if copied is None:
        raise rules.NoSuchSlot
    days = (to - min(copied.meetings).starts.date()).days
    later = proposals.later(copied, days=days)
    window_is_over = later.closes is not None and clock.to_utc(later.closes) <= act.now
    later = replace(later, opens=None, closes=None) if window_is_over else later
    (slot,) = plan_all([later if with_trainers else replace(later, trainer_ids=())], act=act, accepting=accepting)
    return slot


def _planned(wished: SlotPlan, *, series: str, act: Act) -> Slot:
    slot = plan(
        wished.activity_id,
        place_id=wished.place_id,
        meetings=wished.meetings,
        terms=wished.terms,
        opens=wished.opens,
        closes=wished.closes,
        series=series,
        act=act,
    )
    take(slot.meetings, trainer_ids=wished.trainer_ids, kit_ids=wished.kit_ids, act=act)
    return slot
