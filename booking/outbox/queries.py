"""Reading the outbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, select
from sqlalchemy.orm import aliased

from booking.outbox.models import Letter
from booking.outbox.rules import LetterState
from booking.store.engine import reading, session
from booking.store.prepared import Prepared

_letter = Letter.__table__.c


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


def is_due(*, now: dt.datetime) -> ColumnElement[bool]:
    """The condition on a letter that a worker may take at `now`.

    Never one with an earlier letter to the same address that still waits or is held: each reader gets letters in order.
    """
    earlier = aliased(Letter)
    is_next = ~exists().where(
        earlier.recipient == Letter.recipient, earlier.id < Letter.id, earlier.state == LetterState.WAITING
    )
    return and_(Letter.state == LetterState.WAITING, Letter.due_at <= now, is_next)


_HELD = Prepared(
    select(_letter.id).where(
        _letter.id == bindparam("letter"),
        _letter.state == LetterState.WAITING,
        _letter.held_by == bindparam("holder"),
        _letter.due_at > bindparam("now"),
    )
)


def is_held(letter_id: int, *, by: str, now: dt.datetime) -> bool:
    """Whether a letter still waits and the lease of `by` has not ended: asked right before it is sent, since it may be
    withdrawn after it was claimed. One query."""
    with reading():
        return bool(_HELD.rows({"letter": letter_id, "holder": by, "now": now}))


class StoppedLetter(NamedTuple):
    """A letter that did not arrive and is not tried again. `fault` is the mail server's last answer."""

    id: int
    subject: str
    kind: str
    recipient: str
    created_at: dt.datetime
    attempts: int
    fault: str


def stopped_about(subjects: Iterable[str]) -> list[StoppedLetter]:
    """The letters about these ("booking:17") that were given up, oldest first: whom staff must ring (requirement G3).

    One query.
    """
    rows = session().execute(
        select(
            Letter.id,
            Letter.subject,
            Letter.kind,
            Letter.recipient,
            Letter.created_at,
            Letter.attempts,
            func.coalesce(Letter.fault, ""),
        )
        .where(Letter.subject.in_(list(subjects)), Letter.state == LetterState.STOPPED)
        .order_by(Letter.id)
    )
    return [StoppedLetter(*row) for row in rows]


class LetterAbout(NamedTuple):
    """A letter as the page of what it is about tells it. `fault` is the mail server's last answer, "" without one."""

    id: int
    subject: str
    kind: str
    recipient: str
    payload: dict[str, Any]
    created_at: dt.datetime
    due_at: dt.datetime
    sent_at: dt.datetime | None
    state: LetterState
    fault: str


def about(subjects: Iterable[str]) -> list[LetterAbout]:
    """Every letter about these ("booking:17"), newest first, whatever became of it. One query."""
    rows = session().execute(
        select(
            Letter.id,
            Letter.subject,
            Letter.kind,
            Letter.recipient,
            Letter.payload,
            Letter.created_at,
            Letter.due_at,
            Letter.sent_at,
            Letter.state,
            func.coalesce(Letter.fault, ""),
        )
        .where(Letter.subject.in_(list(subjects)))
        .order_by(Letter.id.desc())
    )
    return [LetterAbout(*row) for row in rows]


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
