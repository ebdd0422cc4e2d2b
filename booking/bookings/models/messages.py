"""What staff wrote to a slot's families, without a word of it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from booking.bookings.rules.messages import Recipients
from booking.store import Base, Key, enum_column


class SlotMessage(Base):
    """Staff wrote to families of a slot: to whom, when, which letters. The words stand in the letters alone.

    `form_key` makes the same form sent twice one message, `form_digest` (keyed) tells it from a changed one. `letters`
    are their Message-IDs.
    """

    __tablename__ = "slot_messages"

    id: Mapped[Key]
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"), index=True)
    recipients: Mapped[Recipients] = mapped_column(enum_column(Recipients))
    form_key: Mapped[str] = mapped_column(unique=True)
    form_digest: Mapped[str]
    letters: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[dt.datetime]
    actor_ref: Mapped[str]
    taken_back_at: Mapped[dt.datetime | None]
