"""The outbox: letters as rows, written with what they tell about and sent later."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Index
from sqlalchemy.orm import Mapped, mapped_column

from booking.outbox.rules import LetterState
from booking.store import Base, Key, enum_column


class Letter(Base):
    """One message to one address. Rendered when it is sent, out of `kind` and `payload`, in `language`."""

    __tablename__ = "letters"
    __table_args__ = (Index(None, "state", "due_at"), Index(None, "recipient", "id"), Index(None, "subject"))

    id: Mapped[Key]
    kind: Mapped[str]  # "bookings/seated": the template below templates/letters/
    recipient: Mapped[str]
    language: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    subject: Mapped[str]  # what it tells about: "booking:17"
    message_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[LetterState] = mapped_column(enum_column(LetterState))
    created_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]  # the next try, and the end of a worker's lease while one holds the letter
    not_after: Mapped[dt.datetime | None]  # no use in sending it later than this
    attempts: Mapped[int] = mapped_column(default=0)
    held_by: Mapped[str | None]  # the worker that claimed it
    sent_at: Mapped[dt.datetime | None]
    fault: Mapped[str | None]  # the mail server's last answer
    once: Mapped[str | None] = mapped_column(unique=True)  # the name of what the clock writes: "reminder:17:4:0"


class MailPace(Base):
    """When the next letter may go, for all workers of the database together. One row, and only where a rate is set."""

    __tablename__ = "mail_pace"

    id: Mapped[Key]
    next_at: Mapped[dt.datetime]
