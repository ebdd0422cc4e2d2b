"""Many slots in one step: a series, a club, a tour, a copy of other weeks. All of them or none."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import select

from booking.kernel import clock
from booking.kernel.act import Act
from booking.kernel.period import WallPeriod
from booking.programme import rules
from booking.programme.models import Activity, Slot
from booking.programme.queries.clashes import clashes_of_plans
from booking.programme.queries.copying import copies, plan_of, planned_together
from booking.programme.rules import clashes, proposals
from booking.programme.rules.plans import SlotPlan, without_days
from booking.programme.services import holding
from booking.programme.services.leading import take
from booking.programme.services.planning import new_series, plan
from booking.store import writes
from booking.store.engine import session
from booking.store.locks import hold


@writes
def plan_all(
    plans: Sequence[SlotPlan],
    *,
    act: Act,
    accepting: str = "",
    skip: Collection[dt.date] = (),
    seen: Collection[str] | None = None,
    key: str = "",
) -> list[Slot]:
    """Make these slots with their trainers and kits, without the meetings on the days of `skip`: all or none.

    Several share a series code. `accepting` is the reason to go ahead against warnings, and is kept with each meeting
    that it was needed for. `seen` are the warnings (`clashes.mark`) that whoever gave the reason had seen; None: all.
    `key` is the form's own: the same plans sent twice with it are planned once, and the slots of the first time are
    given. Raises NoMeetings when nothing is left, ActivityRetired, HardClash, SoftClashes, NewClashes, and what `plan`
    raises.
    """
    plans = without_days(plans, skip)
    if not plans:
        raise rules.NoMeetings
    series = _series(plans, key=key, act=act)
    if key:
        hold(f"plan:{series}")
        if done := planned_together(series):
            return done
    _check_alive(plans)
    holding.lock(
        rooms={one.terms.room_id for one in plans if one.terms.room_id is not None},
        trainers={number for one in plans for number in one.trainer_ids},
        kits={number for one in plans for number in one.kit_ids},
    )
    judged = clashes_of_plans(plans)
    clashes.refuse(
        [(wall.starts.date(), found) for meetings in judged for wall, found in meetings], accepting=accepting
    )
    if seen is not None:
        _refuse_unseen(judged, seen)
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
    copied = copies(first, last, days=days, place_ids=place_ids, with_trainers=with_trainers)
    return plan_all(copied, act=act, accepting=accepting, skip=skip)


def _series(plans: Sequence[SlotPlan], *, key: str, act: Act) -> str:
    """With a key a code that the same plans get again; a changed form is another act, so it gets another one."""
    if key:
        return hashlib.sha256(f"{key}{list(plans)!r}".encode()).hexdigest()[:16]
    return new_series(act=act) if len(plans) > 1 else ""


def _check_alive(plans: Sequence[SlotPlan]) -> None:
    """Raises ActivityRetired for a day on which nothing is planned of the activity any more."""
    ids = {one.activity_id for one in plans}
    retired = select(Activity).where(Activity.id.in_(ids), Activity.retired_on.is_not(None))
    gone = {one.id: one for one in session().scalars(retired)}
    for plan_ in plans:
        found = gone.get(plan_.activity_id)
        if found and found.retired_on and max(plan_.meetings).starts.date() >= found.retired_on:
            raise rules.ActivityRetired(title=found.title_sv, day=found.retired_on)


def _refuse_unseen(judged: Sequence[Sequence[tuple[WallPeriod, list[clashes.Clash]]]], seen: Collection[str]) -> None:
    new = [
        clash
        for meetings in judged
        for wall, found in meetings
        for clash in found
        if clashes.mark(wall, clash) not in seen
    ]
    if new:
        raise clashes.NewClashes(new)


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
