"""Today: what is held, what it lacks, whom a letter did not reach, whom to ring."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import this_staff, where
from booking.accounts.rules.roles import Capability, Role, Scope, may
from booking.bookings.rules import CallOutcome
from booking.desk.queries import today as queries
from booking.desk.queries.today import DayMeeting, ToRing
from booking.kernel import clock
from booking.kernel.period import Period
from booking.programme.rules import Admission, SlotState
from booking.programme.rules.leading import needs_of
from booking.web.forms import BaseForm

DAY = dt.timedelta(days=1)
WEEK = 7


@dataclass(frozen=True)
class ShownMeeting:
    """One meeting with who leads it and which of its things no kit has been reserved for."""

    meeting: DayMeeting
    leaders: list[str]
    lacking: list[str]

    @property
    def is_off(self) -> bool:
        return self.meeting.state is SlotState.CALLED_OFF or self.meeting.called_off_at is not None

    def lacks_marks(self, now: dt.datetime) -> bool:
        """Whether it was held and nobody has noted who came, though somebody may have."""
        one = self.meeting
        comes = one.seated > 0 or one.admission is Admission.DROP_IN
        return one.ends_at < now and comes and one.opens_list and not one.is_filled_in and not self.is_off


@dataclass(frozen=True)
class ShownCall:
    """A family to ring, and what came of the last try."""

    family: ToRing
    last: tuple[CallOutcome, dt.datetime] | None


def today() -> ResponseReturnValue | None:
    """The day of one's own places, `dag` says which; None for who does not see the plan. At most ten queries."""
    staff = this_staff()
    if not may(staff.posts, Capability.SEE_PLAN):
        return None
    now = current_act().now
    this_day = clock.local_day(now)
    day = _asked(this_day)
    is_desk = may(staff.posts, Capability.CHANGE_BOOKINGS)
    reach = {"scope": where(Capability.CHANGE_BOOKINGS), "staff_id": staff.id}
    ring = queries.to_ring(now=now, **reach) if is_desk else []  # type: ignore[arg-type]  # the two of every question
    calls = queries.last_calls([family.booking_id for family in ring]) if ring else {}
    leads = any(post.role is Role.TRAINER for post in staff.posts)
    return render_template(
        "desk/today.html",
        day=day,
        this_day=this_day,
        day_before=day - DAY,
        day_after=day + DAY,
        now=now,
        meetings=_meetings(day, 1, where(Capability.SEE_PLAN), staff_id=staff.id, now=now),
        coming=_meetings(day + DAY, WEEK, Scope(led=True), staff_id=staff.id, now=now) if leads and not is_desk else [],
        lost=queries.lost_letters(now=now, **reach) if is_desk else [],  # type: ignore[arg-type]  # as above
        ring=sorted(
            (ShownCall(family, calls.get(family.booking_id)) for family in ring), key=lambda call: call.last is not None
        ),
        idle=queries.idle_seats(now=now, **reach) if is_desk else [],  # type: ignore[arg-type]  # as above
        is_desk=is_desk,
        sees_bookings=may(staff.posts, Capability.SEE_BOOKINGS),
        form=BaseForm(formdata=None),
    )


def _asked(this_day: dt.date) -> dt.date:
    """The day that the address names; today for whatever is no day that one plans for."""
    try:
        day = dt.date.fromisoformat(request.args.get("dag", ""))
    except ValueError:
        return this_day
    return day if clock.FIRST_DAY < day < clock.LAST_DAY - 2 * WEEK * DAY else this_day


def _meetings(first: dt.date, days: int, scope: Scope, *, staff_id: int, now: dt.datetime) -> list[ShownMeeting]:
    period = Period(clock.day_start(first), clock.day_start(first + days * DAY))
    found = queries.meetings(period, scope, lists=where(Capability.MARK_ATTENDANCE), staff_id=staff_id, now=now)
    if not found:
        return []
    numbers = [meeting.id for meeting in found]
    leaders, kits, registered = queries.leaders(numbers), queries.kits(numbers), queries.registered_things()
    return [
        ShownMeeting(
            meeting,
            leaders.get(meeting.id, []),
            [
                need.thing
                for need in needs_of(meeting.equipment)
                if need.key in registered and need.key not in kits.get(meeting.id, ())
            ],
        )
        for meeting in found
    ]
