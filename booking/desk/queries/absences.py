"""What an absence touches, and what was done about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from booking.accounts.rules.roles import Scope
from booking.bookings.models import Booking
from booking.bookings.rules import Standing
from booking.places.models import Place
from booking.programme.models import Activity, Assignment, AssignmentEnd, Meeting, Slot
from booking.programme.queries import within
from booking.programme.rules import SlotState
from booking.store.engine import session
from booking.trainers.models import Absence, Trainer


class Reached(NamedTuple):
    """A touched meeting of a slot that the one who asks may plan. `may_call_off`: families know of it, so it can be
    called off. `children` counts those with a seat.
    """

    may_call_off: bool
    children: int


def reached(meeting_ids: Collection[int], scope: Scope, *, staff_id: int) -> dict[int, Reached]:
    """Those of these meetings whose slots lie in the scope, by number. One query."""
    seated = (
        select(func.coalesce(func.sum(Booking.party), 0))
        .where(Booking.slot_id == Slot.id, Booking.standing == Standing.SEATED)
        .scalar_subquery()
    )
    found = (
        select(Meeting.id, Slot.state == SlotState.PUBLISHED, seated)
        .join(Slot, Slot.id == Meeting.slot_id)
        .where(Meeting.id.in_(meeting_ids), within(scope, staff_id=staff_id))
    )
    return {number: Reached(bool(is_public), int(children)) for number, is_public, children in session().execute(found)}


class SeenTo(NamedTuple):
    """What became of a meeting. `successor` "" for nobody; `is_told` whether the successor got a letter."""

    slot_id: int
    title: str
    place_name: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    is_off: bool
    successor: str
    is_told: bool


def seen_to(absence: Absence) -> list[SeenTo]:
    """The meetings that were seen to when this absence was kept, earliest first. One query."""
    successor, stands_in = aliased(Assignment), aliased(Trainer)
    found = (
        select(
            Slot.id,
            Activity.title_sv,
            Place.name,
            Meeting.starts_at,
            Meeting.ends_at,
            or_(Slot.state == SlotState.CALLED_OFF, Meeting.called_off_at.is_not(None)),
            func.coalesce(stands_in.name, ""),
            stands_in.staff_id.is_not(None),
        )
        .join(Meeting, Meeting.slot_id == Slot.id)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Meeting.place_id)
        .join(Assignment, Assignment.meeting_id == Meeting.id)
        .join(AssignmentEnd, AssignmentEnd.assignment_id == Assignment.id)
        .outerjoin(successor, successor.id == AssignmentEnd.successor_id)
        .outerjoin(stands_in, stands_in.id == successor.trainer_id)
        .where(Assignment.trainer_id == absence.trainer_id, AssignmentEnd.at == absence.reported_at)
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return [SeenTo._make(row) for row in session().execute(found)]
