"""Reading the outbox."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import aliased

from booking.outbox.models import Letter
from booking.outbox.rules import LetterState
from booking.store.engine import connection, reading, session


class LetterRow(NamedTuple):
    """A letter as a page shows it."""

    id: int
    kind: str
    recipient: str
    language: str
    payload: dict[str, Any]
    created_at: dt.datetime
    sent_at: dt.datetime | None
    state: LetterState


def is_anything_due(*, now: dt.datetime) -> bool:
    """Whether a worker has something to take at `now`. One query, and no write lock for a quiet outbox."""
    return bool(session().execute(select(exists().where(is_due(now=now)))).scalar())


def is_held(letter_id: int, *, by: str) -> bool:
    """Whether a letter still waits in the hands of the worker that claimed it as `by`. One query."""
    held = exists().where(Letter.id == letter_id, Letter.state == LetterState.WAITING, Letter.held_by == by)
    with reading():  # and no longer: nothing is sent inside a transaction
        return bool(connection().execute(select(held)).scalar())


def is_due(*, now: dt.datetime) -> ColumnElement[bool]:
    """The condition on a letter that a worker may take at `now`.

    Never one with an earlier letter to the same address that still waits or is held: each reader gets letters in order.
    """
    earlier = aliased(Letter)
    is_next = ~exists().where(
        earlier.recipient == Letter.recipient, earlier.id < Letter.id, earlier.state == LetterState.WAITING
    )
    return and_(Letter.state == LetterState.WAITING, Letter.due_at <= now, is_next)


def newest(*, limit: int) -> list[LetterRow]:
    """The letters written last, newest first. One query."""
    return [LetterRow(*row) for row in session().execute(_rows().order_by(Letter.id.desc()).limit(limit))]


def by_id(letter_id: int) -> LetterRow | None:
    """One letter; None when there is none with that number. One query."""
    row = session().execute(_rows().where(Letter.id == letter_id)).one_or_none()
    return LetterRow(*row) if row else None


def _rows() -> Select[Any]:
    return select(
        Letter.id,
        Letter.kind,
        Letter.recipient,
        Letter.language,
        Letter.payload,
        Letter.created_at,
        Letter.sent_at,
        Letter.state,
    )
