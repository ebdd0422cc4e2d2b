"""What the desk asks about a slot's bookings: who is on it, and where else a family could come."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from booking.bookings.models import Booking
from booking.store.engine import session


def bookings_of(slot_id: int) -> list[Booking]:
    """Every booking of a slot, cancelled ones too, in the order in which they came; with contact, children, and when
    it was cancelled. Two queries, however many there are."""
    return list(
        session().scalars(
            select(Booking)
            .where(Booking.slot_id == slot_id)
            .options(
                joinedload(Booking.contact),
                joinedload(Booking.cancellation),
                selectinload(Booking.participants),
            )
            .order_by(Booking.id)
        )
    )
