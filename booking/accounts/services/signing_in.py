"""Signing in and out: tries, sessions, the code of the second factor."""

from __future__ import annotations

import datetime as dt
import math
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select, update

from booking.accounts.models import SignInTry, StaffSession
from booking.accounts.queries import staff as queries
from booking.accounts.rules import codes, limits
from booking.accounts.rules.limits import Limit, Step, TooManyTries, WrongSignIn
from booking.accounts.services import passwords, second_factor
from booking.kernel import token as tokens
from booking.kernel.act import Act, Actor, ActorKind
from booking.settings import current
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.locks import hold


class NewSession(NamedTuple):
    """A session just made: its secret, which only the cookie holds, and whether the code is still to come."""

    token: str
    is_half: bool


def sign_in(email: str, password: str, *, network: str, act: Act) -> NewSession:
    """A session for who knows the password. The same time and words whatever is wrong (requirement D9).

    Raises TooManyTries, which has judged nothing, and WrongSignIn.
    """
    number = begin_try(Step.PASSWORD, email, network=network, act=act)
    found = queries.by_email(email)
    kept = found.password_hash if found is not None and not found.is_closed else None
    if not passwords.is_right(kept, password):
        raise WrongSignIn
    assert found is not None
    return admit(found.id, tried=number, act=act)


def confirm(staff: queries.SignedIn, typed: str, *, network: str, act: Act) -> NewSession:
    """A whole session for a half one and the right code, or a recovery code. Raises TooManyTries and WrongCode."""
    number = begin_try(Step.CODE, staff.email, network=network, act=act)
    return _confirm(staff, typed, tried=number, act=act)


@writes
def _confirm(staff: queries.SignedIn, typed: str, *, tried: int, act: Act) -> NewSession:
    if not second_factor.use(staff.id, typed, act=act):
        raise codes.WrongCode
    end(staff.session_id, act=act)
    _was_right(tried)
    return open_session(staff.id, act=act)


@writes
def begin_try(step: Step, email: str, *, network: str, act: Act) -> int:
    """Note a try before it is judged, so that many at once cannot slip through together: its number.

    Raises TooManyTries when account or network has to wait; such a try is not noted, so nobody can keep another waiting
    for longer than `Limit.gap` by knocking. At most four statements.
    """
    account_key = tokens.keyed_hash(current().key, "sign-in account", queries.email_key(email))
    network_key = tokens.keyed_hash(current().key, "sign-in network", network)
    # Always in this order. A network has many accounts, so its lock is the one held by more.
    hold(f"sign-in:{network_key}")
    hold(f"sign-in:{account_key}")
    waits = (
        _wait(limits.PER_ACCOUNT, SignInTry.account_key == account_key, SignInTry.step == step, act=act),
        _wait(limits.PER_NETWORK, SignInTry.network_key == network_key, act=act),
    )
    if (longest := max(waits)) > dt.timedelta(0):
        raise TooManyTries(minutes=math.ceil(longest / dt.timedelta(minutes=1)))
    new = SignInTry(at=act.now, step=step, account_key=account_key, network_key=network_key, was_right=False)
    session().add(new)
    session().flush()  # its number is wanted
    return new.id


def _wait(limit: Limit, *whose: ColumnElement[bool], act: Act) -> dt.timedelta:
    asked = select(func.count(), func.max(SignInTry.at)).where(
        *whose, SignInTry.was_right.is_(False), SignInTry.at > act.now - limits.WINDOW
    )
    wrong, last_at = session().execute(asked).one()
    return limit.wait(wrong, last_at, now=act.now)


def _was_right(tried: int) -> None:
    session().execute(update(SignInTry).where(SignInTry.id == tried).values(was_right=True))


@writes
def admit(staff_id: int, *, act: Act, tried: int | None = None) -> NewSession:
    """Open a session for one whose password, link or provider has been judged: a half one where a code must follow."""
    if tried is not None:
        _was_right(tried)
    found = queries.credentials(staff_id)
    if found is None or found.is_closed:
        raise WrongSignIn
    return open_session(staff_id, is_half=found.has_second_factor, act=act)


@writes
def open_session(staff_id: int, *, act: Act, is_half: bool = False, by_provider: bool = False) -> NewSession:
    """A new session with a new secret; `by_provider` as in `StaffSession`. One insert, and an audit row when it is
    whole."""
    token = act.new_code(tokens.NONCE_BYTES).hex()
    session().add(
        StaffSession(
            staff_id=staff_id,
            token_hash=tokens.fingerprint(token),
            is_half=is_half,
            by_provider=by_provider,
            created_at=act.now,
            seen_at=act.now,
            ends_at=act.now + (limits.HALF_WAY if is_half else limits.LONGEST),
        )
    )
    if not is_half:
        audit("sign_in", f"staff:{staff_id}", act=by(staff_id, act))
    return NewSession(token, is_half)


@writes
def note_seen(session_id: int, *, act: Act) -> None:
    """The session was used. One statement; call it at most every `limits.SEEN_EVERY`."""
    session().execute(update(StaffSession).where(StaffSession.id == session_id).values(seen_at=act.now))


@writes
def end(session_id: int, *, act: Act) -> None:
    """Sign one browser out: its old cookie is worth nothing any more."""
    session().execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.ended_at.is_(None))
        .values(ended_at=act.now)
    )


@writes
def end_all(staff_id: int, *, act: Act, but: int | None = None) -> None:
    """Sign somebody out everywhere, or everywhere but here."""
    session().execute(
        update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None), StaffSession.id != (but or 0))
        .values(ended_at=act.now)
    )


@writes
def tick(act: Act) -> None:
    """Forget tries and sessions that no rule asks about any more. Two statements."""
    session().execute(delete(SignInTry).where(SignInTry.at < act.now - limits.ATTEMPTS_KEPT))
    session().execute(delete(StaffSession).where(StaffSession.ends_at < act.now - limits.SESSIONS_KEPT))


def by(staff_id: int, act: Act) -> Act:
    """The same act as done by this staff member: signing in makes the public one of the staff."""
    return Act(Actor(ActorKind.STAFF, str(staff_id)), act.now, act.new_code, act.request_id)
