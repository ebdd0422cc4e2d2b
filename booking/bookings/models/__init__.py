"""Who comes: contacts, bookings, participants, cancellations; beside them, who came."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.accounts.models import Link
from booking.bookings.models.attendance import Attendance, HeadCount, WalkIn
from booking.bookings.rules import Audience, CallOutcome, Standing, Voice
from booking.programme.models import SeatPool, Slot
from booking.store import Base, Key, enum_column

__all__ = [
    "Attendance",
    "Audience",
    "Base",
    "CallOutcome",
    "CheckConstraint",
    "ForeignKey",
    "HeadCount",
    "Index",
    "Key",
    "Link",
    "Mapped",
    "SeatPool",
    "Slot",
    "Standing",
    "Voice",
    "WalkIn",
    "enum_column",
    "mapped_column",
    "relationship",
]
