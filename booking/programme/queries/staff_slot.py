"""One slot as staff see it, drafts too."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from booking.accounts.rules.roles import Scope
from booking.programme.models import Meeting, Slot
from booking.programme.queries.reach import within
from booking.store.engine import session


def staff_slot(slot_id: int, scope: Scope, *, staff_id: int) -> Slot | None:
    """The slot with activity, place, room, pools, meetings and why it is off; None when it is not within the scope.

    Three queries.
    """
    found = (
        select(Slot)
        .where(Slot.id == slot_id, within(scope, staff_id=staff_id))
        .options(
            joinedload(Slot.activity),
            joinedload(Slot.place),
            joinedload(Slot.room),
            joinedload(Slot.call_off),
            selectinload(Slot.pools),
            selectinload(Slot.meetings).joinedload(Meeting.place),
        )
    )
    return session().scalar(found)
