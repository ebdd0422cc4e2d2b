"""What is planned at a place that is about to close."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import select

from booking.kernel import clock
from booking.programme.models import Activity, Meeting, Slot
from booking.programme.rules import SlotState
from booking.store.engine import session


class Touched(NamedTuple):
    """A meeting that would be held at a place after it has closed. `titles` by language, the English one may be ""."""

    meeting_id: int
    slot_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    title_sv: str
    title_en: str
    state: SlotState

    @property
    def is_public(self) -> bool:
        return self.state is not SlotState.DRAFT


def touched(place_id: int, *, from_day: dt.date) -> list[Touched]:
    """The meetings planned at the place on or after the day, drafts too, without those that are off; earliest first.

    One query.
    """
    found = (
        select(
            Meeting.id,
            Slot.id,
            Meeting.starts_at,
            Meeting.ends_at,
            Activity.title_sv,
            Activity.title_en,
            Slot.state,
        )
        .join(Slot, Slot.id == Meeting.slot_id)
        .join(Activity, Activity.id == Slot.activity_id)
        .where(
            Meeting.place_id == place_id,
            Meeting.starts_at >= clock.day_start(from_day),
            Meeting.called_off_at.is_(None),
            Slot.state != SlotState.CALLED_OFF,
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return [Touched(*row) for row in session().execute(found)]
