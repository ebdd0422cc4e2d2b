"""One slot as staff see it, drafts too."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from booking.accounts.rules.roles import Scope
from booking.kernel import clock
from booking.kernel.period import WallPeriod
from booking.programme.models import Meeting, Slot
from booking.programme.queries.reach import within
from booking.programme.rules.changes import SlotChange
from booking.store.engine import session


def staff_slot(slot_id: int, scope: Scope, *, staff_id: int) -> Slot | None:
    """The slot with activity, place, room, pools, meetings and why it is off; None when it is not within the scope.

    Three queries.
    """
    return session().scalar(_whole(scope, staff_id=staff_id).where(Slot.id == slot_id))


def staff_slots(slot_ids: Collection[int], scope: Scope, *, staff_id: int) -> list[Slot]:
    """Those of these slots that lie within the scope, earliest first, as `staff_slot` gives them. Three queries."""
    found = _whole(scope, staff_id=staff_id).where(Slot.id.in_(slot_ids))
    return list(session().scalars(found.order_by(Slot.starts_at, Slot.id)))


def _whole(scope: Scope, *, staff_id: int) -> Select[Slot]:
    return (
        select(Slot)
        .where(within(scope, staff_id=staff_id))
        .options(
            joinedload(Slot.activity),
            joinedload(Slot.place),
            joinedload(Slot.room),
            joinedload(Slot.call_off),
            selectinload(Slot.pools),
            selectinload(Slot.meetings).joinedload(Meeting.place),
        )
    )


def as_change(slot: Slot) -> SlotChange:
    """The slot as it is, in the words of a change. No query when it comes from `staff_slot`."""
    return SlotChange(
        admission=slot.admission,
        age_min=slot.age_min,
        age_max=slot.age_max,
        adult_stays=slot.adult_stays,
        language=slot.language,
        bring_sv=slot.bring_sv,
        bring_en=slot.bring_en,
        letter_note_sv=slot.letter_note_sv,
        letter_note_en=slot.letter_note_en,
        least_children=slot.least_children,
        decide_on=slot.decide_on,
        room_id=slot.room_id,
        is_online=slot.is_online,
        join_url=slot.join_url,
        opens=clock.to_local(slot.opens_at).replace(tzinfo=None),
        closes=clock.to_local(slot.closes_at).replace(tzinfo=None),
    )


def first_of(slot: Slot) -> WallPeriod:
    """The wall time of its first meeting."""
    first = min(slot.meetings, key=lambda one: one.starts_at)
    return WallPeriod(first.starts_local, first.ends_local)
