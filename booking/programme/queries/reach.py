"""Which slots a staff member reaches: the conditions that keep queries inside a scope (requirement D3)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_, select

from booking.accounts.rules.roles import Scope
from booking.places import queries as places
from booking.places.models import Place
from booking.programme.models import Assignment, Meeting, Slot
from booking.store.engine import session
from booking.trainers.models import Trainer


def within(scope: Scope, *, staff_id: int) -> ColumnElement[bool]:
    """The condition on `slots`: those of a place in the scope, since the owning place decides, and with `led` also
    those that the staff member leads a meeting of. One who gave a meeting up leads it no more.
    """
    owned = Slot.place_id.in_(select(Place.id).where(places.within(scope)))
    return or_(owned, _led(staff_id)) if scope.led else owned


def _led(staff_id: int) -> ColumnElement[bool]:
    return exists().where(
        and_(
            Meeting.slot_id == Slot.id,
            Assignment.meeting_id == Meeting.id,
            Assignment.holds,
            Trainer.id == Assignment.trainer_id,
            Trainer.staff_id == staff_id,
        )
    )


def reaches(slot_id: int, scope: Scope, *, staff_id: int) -> bool:
    """Whether there is such a slot within the scope; a foreign one is as one that does not exist. One query."""
    return session().scalar(select(Slot.id).where(Slot.id == slot_id, within(scope, staff_id=staff_id))) is not None
