"""Writing letters into the outbox, and sending what is due."""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, case, cast, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql

from booking.kernel.act import Act
from booking.outbox import queries
from booking.outbox.message import UnfitLetter, compose
from booking.outbox.models import Letter, MailPace
from booking.outbox.rendering import render
from booking.outbox.rules import (
    ANSWER_LENGTH,
    BATCH,
    BATCH_TIME,
    LEASE,
    LetterState,
    Verdict,
    as_one_line,
    delay,
    is_given_up,
    pause_at,
    turns,
)
from booking.outbox.transports import NotSent, Transport, Unreachable
from booking.settings import current
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.prepared import Prepared

# Numbers and kinds of letters only: an address, a link or a server's answer never reaches a log (requirement F6).
log = logging.getLogger("kodplats.letters")

_letter = Letter.__table__.c
_LETTER = Prepared(insert(Letter).inline())
# SQLite says it in the same words.
_LETTER_ONCE = Prepared(postgresql.insert(Letter).on_conflict_do_nothing(index_elements=[_letter.once]).inline())
_SENT = Prepared(
    update(Letter)
    .where(_letter.id == bindparam("letter"), _letter.state != LetterState.SENT)
    .values(state=LetterState.SENT, sent_at=bindparam("now"), held_by=None, fault=None)
)
_REWRITTEN = Prepared(
    update(Letter)
    .where(_letter.id == bindparam("letter"))
    .values(
        payload=bindparam("new_payload"),
        state=bindparam("new_state"),
        due_at=bindparam("new_due_at"),
        held_by=None,
    )
)
WAITING, SENT, STOPPED, WITHDRAWN = LetterState


@dataclass(frozen=True)
class Claimed:
    """A letter that one worker holds until its lease ends. `held_by` tells this claim from every other."""

    id: int
    kind: str
    recipient: str
    language: str
    payload: dict[str, Any]
    message_id: str
    created_at: dt.datetime
    not_after: dt.datetime | None
    attempts: int
    held_by: str
    turn_at: dt.datetime | None = None
    """Not to be sent earlier: the turn that the rate gives it. None: at once."""


class Tally(NamedTuple):
    """What became of the letters that were due. `is_reachable` is False when the mail server could not be used."""

    sent: int = 0
    put_off: int = 0
    stopped: int = 0
    is_reachable: bool = True


@dataclass(frozen=True, kw_only=True)
class NewLetter:
    """A letter to be put into the outbox.

    `kind` names its templates ("bookings/seated"), `subject` what it tells about ("booking:17"). `payload` holds facts
    for rendering, never text that the booker typed and never a child's name (requirements G6, G9); see `rendering.told`
    for how its values are read and `invitation` for what under "calendar" becomes a calendar part. It leaves at
    `not_before`, None: at once, and is of no use after `not_after`. `once` names a letter that is written only once.
    """

    kind: str
    to: str
    language: str
    subject: str
    payload: dict[str, Any]
    not_before: dt.datetime | None = None
    not_after: dt.datetime | None = None
    once: str | None = None


@writes
def enqueue(
    kind: str,
    *,
    to: str,
    language: str,
    subject: str,
    payload: dict[str, Any],
    act: Act,
    not_before: dt.datetime | None = None,
    not_after: dt.datetime | None = None,
) -> None:
    """Put one letter into the outbox, in the running transaction: no verb, no letter (requirement G1). One insert. The
    words are those of `NewLetter`."""
    letter = NewLetter(
        kind=kind,
        to=to,
        language=language,
        subject=subject,
        payload=payload,
        not_before=not_before,
        not_after=not_after,
    )
    _LETTER.write(_row(letter, act=act))


@writes
def enqueue_all(letters: Sequence[NewLetter], *, act: Act) -> list[str]:
    """Put many letters into the outbox, in this order: one statement for all of them. Their Message-IDs."""
    rows = [_row(letter, act=act) for letter in letters]
    if rows:
        _LETTER.each(rows)
    return [row["message_id"] for row in rows]


def _row(letter: NewLetter, *, act: Act) -> dict[str, Any]:
    return {
        "kind": letter.kind,
        "recipient": letter.to,
        "language": letter.language,
        "subject": letter.subject,
        "payload": letter.payload,
        "message_id": f"<{act.new_code(16).hex()}@{current().mail_from.rpartition('@')[2]}>",
        "state": WAITING,
        "created_at": act.now,
        "due_at": letter.not_before or act.now,
        "not_after": letter.not_after,
        "attempts": 0,
    }


class Withdrawn(NamedTuple):
    """A letter that will not be sent, and what it would have told."""

    id: int
    subject: str
    kind: str
    payload: dict[str, Any]


@writes
def withdraw_about(
    subjects: Sequence[str],
    *,
    kinds: Collection[str] | None = None,
    but: Collection[str] = (),
    holding: tuple[str, int] | None = None,
) -> list[Withdrawn]:
    """Take back the letters about these subjects that still wait, oldest first. One statement.

    `kinds` None: all of them, without those of `but`. `holding` names a fact and its number that the payload must hold.
    A letter that a worker holds is taken back too: the worker looks once more before it sends.
    """
    waiting = update(Letter).where(Letter.state == WAITING, Letter.subject.in_(subjects))
    if kinds is not None:
        waiting = waiting.where(Letter.kind.in_(kinds))
    if but:
        waiting = waiting.where(Letter.kind.not_in(but))
    if holding is not None:
        name, number = holding
        waiting = waiting.where(Letter.payload[name].as_integer() == number)
    rows = session().execute(
        waiting.values(state=WITHDRAWN, held_by=None)
        .returning(Letter.id, Letter.subject, Letter.kind, Letter.payload)
        .execution_options(synchronize_session=False)
    )
    return [Withdrawn(*row) for row in sorted(rows, key=lambda row: row[0])]


@writes
def withdraw_untried(message_ids: Collection[str]) -> bool:
    """Take back these letters, all or none: none as soon as a worker has had one of them in its hands, since it may be
    on its way. One that was taken back already stays so. Whether they were taken back. Two statements.

    Their rows are locked first: a worker that comes later passes them by, and for one that came earlier we wait.
    """
    asked = select(Letter.id, Letter.state, Letter.attempts).where(Letter.message_id.in_(message_ids))
    found = session().execute(asked.order_by(Letter.id).with_for_update()).all()
    if any(row.state in (SENT, STOPPED) or row.attempts for row in found):
        return False
    session().execute(
        update(Letter)
        .where(Letter.id.in_([row.id for row in found]), Letter.state == WAITING)
        .values(state=WITHDRAWN)
        .execution_options(synchronize_session=False)
    )
    return True


@writes
def send_after_all(letter_ids: Collection[int]) -> None:
    """Let these letters that were taken back wait again, for when they were due: what they tell is so once more.

    One that went out in the very moment of taking it back stays as it is. One statement.
    """
    session().execute(
        update(Letter)
        .where(Letter.id.in_(letter_ids), Letter.state == WITHDRAWN)
        .values(state=WAITING)
        .execution_options(synchronize_session=False)
    )


@writes
def settle_stopped(subjects: Sequence[str]) -> list[Withdrawn]:
    """What did not arrive is told otherwise now: the letters about these subjects that were given up are withdrawn,
    oldest first. One statement."""
    rows = session().execute(
        update(Letter)
        .where(Letter.state == STOPPED, Letter.subject.in_(subjects))
        .values(state=WITHDRAWN)
        .returning(Letter.id, Letter.subject, Letter.kind, Letter.payload)
        .execution_options(synchronize_session=False)
    )
    return [Withdrawn(*row) for row in sorted(rows, key=lambda row: row[0])]


@writes
def withdraw(kind: str, to: str) -> None:
    """Delete the letters of a kind to an address that have not been sent: the reader does not want them any more, and
    the address goes with them. One statement.

    Also one that a worker holds: the worker looks once more before it sends.
    """
    session().execute(delete(Letter).where(Letter.kind == kind, Letter.recipient == to, Letter.state == WAITING))


@writes
def rewrite(
    kinds: Collection[str] | None, *, naming: str, change: Callable[[dict[str, Any]], dict[str, Any] | None], act: Act
) -> list[int]:
    """Let the waiting letters of these kinds, None: of all, whose payload holds the text `naming` say something else:
    `change` makes a new payload of the old one, None takes the letter back. The letters' numbers in the order in which
    `change` was asked. Two statements at most.

    Whoever holds such a letter lets go of it: the worker looks once more before it sends, and what it has in hand is
    not so any more. What goes instead is due at once if the letter was in a worker's hands, else when it was before.
    """
    asked = (
        select(Letter.id, Letter.payload, Letter.due_at, Letter.held_by)
        .where(Letter.state == WAITING, cast(Letter.payload, Text).contains(naming, autoescape=True))
        .order_by(Letter.id)
        .with_for_update()
    )
    if kinds is not None:
        asked = asked.where(Letter.kind.in_(kinds))
    found = session().execute(asked).all()
    if found:
        _REWRITTEN.each([_rewritten(*row, change=change, act=act) for row in found])
    return [row.id for row in found]


@writes
def rewrite_back(changes: Mapping[int, Callable[..., dict[str, Any]]], *, act: Act) -> None:
    """Let letters that `rewrite` changed or took back say it all again and wait; by their numbers, what makes a payload
    of the one that they have now and of whether they wait still. One that has left meanwhile is left alone. Two
    statements at most."""
    asked = select(Letter.id, Letter.payload, Letter.due_at, Letter.held_by, Letter.state).where(
        Letter.id.in_(changes), Letter.state.in_((WAITING, WITHDRAWN))
    )
    found = session().execute(asked.order_by(Letter.id).with_for_update()).all()
    if found:
        _REWRITTEN.each(
            [
                _rewritten(*row[:4], change=partial(changes[row.id], is_waiting=row.state is WAITING), act=act)
                for row in found
            ]
        )


def _rewritten(
    number: int,
    payload: dict[str, Any],
    due_at: dt.datetime,
    held_by: str | None,
    *,
    change: Callable[[dict[str, Any]], dict[str, Any] | None],
    act: Act,
) -> dict[str, Any]:
    new = change(payload)
    return {
        "letter": number,
        "new_payload": payload if new is None else new,
        "new_state": WITHDRAWN if new is None else WAITING,
        "new_due_at": act.now if held_by else due_at,
    }


@writes
def readdress(kind: str, subjects: Sequence[str], *, to: str, link: dict[str, str], act: Act) -> None:
    """Let the letters of a kind about these subjects that wait go to another address, with another link. Whoever holds
    one lets go of it, as in `rewrite`. One question, and a statement for each letter."""
    ours = (Letter.kind == kind, Letter.state == WAITING, Letter.subject.in_(subjects))
    asked = select(Letter.id, Letter.payload, Letter.due_at, Letter.held_by).where(*ours).order_by(Letter.id)
    for row in session().execute(asked.with_for_update()).all():
        session().execute(
            update(Letter)
            .where(Letter.id == row.id)
            .values(
                recipient=to,
                payload={**row.payload, "link": link},
                due_at=act.now if row.held_by else row.due_at,
                held_by=None,
            )
            .execution_options(synchronize_session=False)
        )


class ToldPlace(NamedTuple):
    """A place as payloads carry it: under these names, or as `place_name` and `place_kind` alone."""

    name: str
    kind: str
    address: str
    postal_code: str
    locality: str


@writes
def retell_place(before: ToldPlace, now: ToldPlace, *, act: Act) -> int:
    """Let the letters that wait tell a place as it is from now on, also where they say what was: what is called
    otherwise is no other place. Nobody gets a letter for it. How many letters. Two statements at most.

    A payload holds no number of the place: it is known by all that is told of it.
    """
    if before == now:
        return 0
    quoted = json.dumps(before.name)[1:-1]  # as the payload's column keeps it
    return len(rewrite(None, naming=quoted, change=lambda payload: _retold(payload, before, now), act=act))


def _retold(value: Any, before: ToldPlace, now: ToldPlace) -> Any:
    if isinstance(value, list):
        return [_retold(part, before, now) for part in value]
    if not isinstance(value, dict):
        return value
    kept = {name: _retold(part, before, now) for name, part in value.items()}
    if isinstance(kept.get("place"), dict) and set(kept["place"].values()) == {before.name}:
        kept["place"] = dict.fromkeys(kept["place"], now.name)  # the words of a wish, one in each language
    if all(kept.get(name) == told for name, told in before._asdict().items()):
        return kept | now._asdict()
    if (kept.get("place_name"), kept.get("place_kind")) == before[:2]:
        return kept | {"place_name": now.name, "place_kind": now.kind}
    return kept


@writes
def enqueue_once(letters: Sequence[NewLetter], *, act: Act) -> None:
    """Put letters into the outbox that nobody has written yet: the database refuses a second one with the same `once`,
    whoever else is writing at this moment. One statement for all of them."""
    if letters:
        _LETTER_ONCE.each([_row(letter, act=act) | {"once": letter.once} for letter in letters])


def may_send(kind: str, to: str, *, an_hour: int, a_day: int, act: Act) -> bool:
    """Whether one more letter of `kind` to an address keeps within so many an hour and a day (requirement L5).

    It counts what was written, sent or not. The caller holds a lock on the address, or two acts at once both read
    "yes". One query.
    """
    an_hour_ago, a_day_ago = act.now - dt.timedelta(hours=1), act.now - dt.timedelta(days=1)
    written = select(func.count(case((Letter.created_at > an_hour_ago, 1))), func.count()).where(
        Letter.recipient == to, Letter.kind == kind, Letter.created_at > a_day_ago
    )
    in_hour, in_day = session().execute(written).one()
    return bool(in_hour < an_hour and in_day < a_day)


def deliver_due(
    transport: Transport,
    *,
    act: Act,
    is_stopping: Callable[[], bool] = lambda: False,
    stopwatch: Callable[[], float] = time.monotonic,
    wait: Callable[[float], object] = time.sleep,
) -> Tally:
    """Send what is due, batch by batch, until nothing is, the server cannot be used or `is_stopping` says so.

    Nothing is rendered or sent inside a transaction. Each letter is noted as sent before the next one is begun, so a
    worker that dies leaves one letter at most that goes out again, with the same Message-ID (requirement B7).
    Several workers may run at once, and all of them together keep the `mail_rate` of the settings. `stopwatch` gives
    seconds from any start; it only measures how long this has taken. `wait` lets so many seconds pass, or fewer when
    it is told to stop.
    """
    tally, began = Tally(), stopwatch()

    def act_now() -> Act:
        return replace(act, now=act.now + dt.timedelta(seconds=stopwatch() - began))

    with transport:
        while tally.is_reachable and not is_stopping() and queries.is_anything_due(now=act_now().now):
            letters = claim(limit=BATCH, act=act_now())
            if not letters:
                break
            tally = _deliver(letters, transport, tally=tally, act_now=act_now, is_stopping=is_stopping, wait=wait)
    return tally


@writes
def claim(*, limit: int, act: Act) -> list[Claimed]:
    """Take up to `limit` due letters for one worker, oldest first. One statement, and two more where a rate is set.

    Rows that another worker is taking at this moment are skipped on PostgreSQL; on SQLite writers stand in line. With a
    rate only as many are taken as may go in the next seconds, each with a turn that no other letter has.
    """
    rate = current().mail_rate
    if not rate:
        return _claim(limit, act=act)
    free = turns(rate=rate, next_at=_next_turn(act=act), limit=limit, now=act.now)
    letters = _claim(len(free), act=act) if free else []
    if letters:
        session().execute(update(MailPace).values(next_at=free[len(letters) - 1] + pause_at(rate)))
    return [replace(letter, turn_at=turn) for letter, turn in zip(letters, free, strict=False)]


def _next_turn(*, act: Act) -> dt.datetime:
    """The first free turn, locked until the transaction ends: now, before the first letter that keeps a pace."""
    noted = select(MailPace.next_at).with_for_update()
    found = session().scalar(noted)
    if found is None:
        begin = postgresql.insert(MailPace).values(id=1, next_at=act.now).on_conflict_do_nothing()
        session().execute(begin)
        found = session().scalar(noted)
    assert found is not None, "the row is never taken away"
    return found


def _claim(limit: int, *, act: Act) -> list[Claimed]:
    due = (
        select(Letter.id)
        .where(queries.is_due(now=act.now))
        .order_by(Letter.due_at, Letter.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        # A common table expression, since PostgreSQL may run a plain subquery with a limit more than once.
        .cte("due")
    )
    rows = session().execute(
        update(Letter)
        .where(Letter.id.in_(select(due.c.id)))
        .values(held_by=act.new_code(8).hex(), due_at=act.now + LEASE, attempts=Letter.attempts + 1)
        .returning(
            Letter.id,
            Letter.kind,
            Letter.recipient,
            Letter.language,
            Letter.payload,
            Letter.message_id,
            Letter.created_at,
            Letter.not_after,
            Letter.attempts,
            Letter.held_by,
        )
        .execution_options(synchronize_session=False)
    )
    return sorted((Claimed(*row) for row in rows), key=lambda letter: letter.id)


@writes
def note_sent(letter: Claimed, *, act: Act) -> None:
    """The mail server accepted it. True whoever holds the letter by now, and also of one that was stopped or withdrawn
    in the very moment of sending: so it asks for no lease. One statement."""
    _SENT.write({"letter": letter.id, "now": act.now})


@writes
def put_off(letter: Claimed, *, answer: str, act: Act) -> LetterState:
    """Try it again later, each time a longer while, and give it up after three days. Returns where it stands now."""
    if is_given_up(created_at=letter.created_at, now=act.now):
        stop(letter, answer=answer, act=act)
        return STOPPED
    _change(letter, due_at=act.now + delay(letter.attempts), held_by=None, fault=_short(answer))
    return WAITING


@writes
def stop(letter: Claimed, *, answer: str, act: Act) -> None:
    """Never try it again. Staff see it with the server's answer; later letters to the same address go on."""
    if _change(letter, state=STOPPED, held_by=None, fault=_short(answer)):
        audit("stop_letter", f"letter:{letter.id}", act=act)


@writes
def give_back(letters: Sequence[Claimed], *, act: Act) -> None:
    """Let go of letters that were claimed and not tried: any worker may take them at once. One statement."""
    if letters:
        session().execute(
            update(Letter)
            .where(
                Letter.id.in_([letter.id for letter in letters]),
                Letter.state == WAITING,
                Letter.held_by == letters[0].held_by,
            )
            .values(held_by=None, due_at=act.now, attempts=Letter.attempts - 1)
            .execution_options(synchronize_session=False)
        )


def _change(letter: Claimed, **values: Any) -> bool:
    """Change a letter while it is still ours: a worker that overslept its lease has no say in it. Whether it was."""
    changed = session().execute(
        update(Letter)
        .where(Letter.id == letter.id, Letter.state == WAITING, Letter.held_by == letter.held_by)
        .values(**values)
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


def _deliver(
    letters: Sequence[Claimed],
    transport: Transport,
    *,
    tally: Tally,
    act_now: Callable[[], Act],
    is_stopping: Callable[[], bool],
    wait: Callable[[float], object],
) -> Tally:
    """Try each of a batch once, at its turn; what is left when it must end early is given back."""
    claimed_at = act_now().now
    for place, letter in enumerate(letters):
        if tally.is_reachable and letter.turn_at and (early := letter.turn_at - act_now().now) > dt.timedelta():
            wait(early.total_seconds())
        if not tally.is_reachable or is_stopping() or act_now().now - claimed_at > BATCH_TIME:
            give_back(letters[place:], act=act_now())
            break
        tally = _try(letter, transport, tally=tally, act_now=act_now)
    return tally


def _try(letter: Claimed, transport: Transport, *, tally: Tally, act_now: Callable[[], Act]) -> Tally:
    """Send one letter and note what came of it. A fault of one letter is no other letter's fault."""
    act = act_now()
    if letter.not_after and letter.not_after < act.now:
        return _stop(letter, "too late to be of use", tally=tally, act=act)
    try:
        words = render(letter.kind, payload=letter.payload, language=letter.language)
        envelope = compose(words, to=letter.recipient, message_id=letter.message_id, settings=current(), now=act.now)
    except UnfitLetter as fault:
        return _stop(letter, str(fault), tally=tally, act=act)
    except Exception as fault:  # noqa: BLE001 - whatever a template raises must not keep the other letters from going
        # A later release may know how to write it.
        return _put_off(letter, f"cannot be written: {type(fault).__name__}", tally=tally, act=act)
    if not queries.is_held(letter.id, by=letter.held_by, now=act_now().now):
        return tally  # withdrawn since it was claimed, or another worker's by now
    try:
        transport.send(envelope)
    except NotSent as fault:
        settle = _stop if fault.verdict is Verdict.NEVER else _put_off
        return settle(letter, fault.answer, tally=tally, act=act_now(), code=fault.code)
    except Unreachable as fault:
        return _put_off(letter, fault.answer, tally=tally, act=act_now())._replace(is_reachable=False)
    note_sent(letter, act=act_now())
    return tally._replace(sent=tally.sent + 1)


def _put_off(letter: Claimed, answer: str, *, tally: Tally, act: Act, code: int | None = None) -> Tally:
    if put_off(letter, answer=answer, act=act) is STOPPED:
        log.error("letter %d (%s) given up after %d tries", letter.id, letter.kind, letter.attempts)
        return tally._replace(stopped=tally.stopped + 1)
    log.warning(
        "letter %d (%s) put off after try %d, answer %s", letter.id, letter.kind, letter.attempts, code or "none"
    )
    return tally._replace(put_off=tally.put_off + 1)


def _stop(letter: Claimed, answer: str, *, tally: Tally, act: Act, code: int | None = None) -> Tally:
    stop(letter, answer=answer, act=act)
    log.error("letter %d (%s) stopped, answer %s", letter.id, letter.kind, code or "none")
    return tally._replace(stopped=tally.stopped + 1)


def _short(answer: str) -> str:
    return as_one_line(answer)[:ANSWER_LENGTH]
