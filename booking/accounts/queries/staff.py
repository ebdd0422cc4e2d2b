"""Staff by address, by session and by number."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, select

from booking.accounts.models import Identity, Link, RecoveryCode, Staff, StaffRole, StaffSession
from booking.accounts.rules import Purpose, limits
from booking.accounts.rules.roles import Post
from booking.kernel import token as tokens
from booking.store.engine import session


class SignedIn(NamedTuple):
    """The staff member behind a session, with all roles; `is_half` while the code is still to come."""

    id: int
    name: str
    email: str
    posts: tuple[Post, ...]
    has_second_factor: bool
    session_id: int
    is_half: bool
    seen_at: dt.datetime
    by_provider: bool

    @property
    def is_strong(self) -> bool:
        """Whether a second factor lies behind it: ours, or one that the provider of single sign-on has asked for."""
        return self.has_second_factor or self.by_provider


class Credentials(NamedTuple):
    """What signing in is judged by."""

    id: int
    password_hash: str | None
    has_second_factor: bool
    is_closed: bool


class Member(NamedTuple):
    """One of the staff as the users' pages show them."""

    id: int
    name: str
    email: str
    language: str
    posts: tuple[tuple[int, Post], ...]
    has_password: bool
    has_second_factor: bool
    has_identity: bool
    closed_at: dt.datetime | None

    @property
    def is_invited(self) -> bool:
        """Has never come in yet."""
        return not (self.has_password or self.has_identity)


class OpenSession(NamedTuple):
    """A browser that is signed in."""

    id: int
    created_at: dt.datetime
    seen_at: dt.datetime


def email_key(email: str) -> str:
    """An address as it is compared."""
    return email.strip().casefold()


def by_session(token: str, *, now: dt.datetime) -> SignedIn | None:
    """Who is signed in by this cookie's token; None when the session has ended in any way, or the account is closed
    (requirements D5, E2). One query, roles included: a change works at the next request."""
    found = session().execute(
        select(
            Staff.id,
            Staff.name,
            Staff.email,
            Staff.totp_since,
            StaffSession.id,
            StaffSession.is_half,
            StaffSession.seen_at,
            StaffSession.by_provider,
            StaffRole.role,
            StaffRole.organisation_id,
            StaffRole.place_id,
        )
        .join(Staff, Staff.id == StaffSession.staff_id)
        .outerjoin(StaffRole, StaffRole.staff_id == Staff.id)
        .where(StaffSession.token_hash == tokens.fingerprint(token), *_is_open(now), Staff.closed_at.is_(None))
        .order_by(StaffRole.id)
    )
    rows: list[Any] = list(found)  # the roles' columns are empty for who has none
    if not rows:
        return None
    number, name, email, totp_since, session_id, is_half, seen_at, by_provider = rows[0][:8]
    posts = tuple(Post(role, organisation_id, place_id) for *_, role, organisation_id, place_id in rows if role)
    return SignedIn(number, name, email, posts, totp_since is not None, session_id, is_half, seen_at, by_provider)


def by_email(email: str) -> Credentials | None:
    """The account of an address, closed ones too. One query."""
    return _credentials(Staff.email_key == email_key(email))


def credentials(staff_id: int) -> Credentials | None:
    """The account of a number, closed ones too. One query."""
    return _credentials(Staff.id == staff_id)


def _credentials(*conditions: ColumnElement[bool]) -> Credentials | None:
    asked = select(Staff.id, Staff.password_hash, Staff.totp_since, Staff.closed_at).where(*conditions)
    row = session().execute(asked).one_or_none()
    return Credentials(row[0], row[1], row[2] is not None, row[3] is not None) if row else None


def by_identity(issuer: str, subject: str) -> Credentials | None:
    """The account of somebody whom a provider of single sign-on knows, closed ones too. One query."""
    whose = select(Identity.staff_id).where(Identity.issuer == issuer, Identity.subject == subject)
    return _credentials(Staff.id == whose.scalar_subquery())


def is_connected(staff_id: int, issuer: str) -> bool:
    """Whether somebody may come in by this provider. One query."""
    asked = select(Identity.id).where(Identity.staff_id == staff_id, Identity.issuer == issuer).limit(1)
    return session().scalar(asked) is not None


def everybody() -> list[Member]:
    """All staff in order of names, the closed accounts last. Two queries."""
    rows = session().execute(_members().order_by(Staff.closed_at.is_not(None), func.lower(Staff.name), Staff.id)).all()
    return _with_posts(rows)


def member(staff_id: int) -> Member | None:
    """One of the staff, closed accounts too. Two queries."""
    return next(iter(_with_posts(session().execute(_members().where(Staff.id == staff_id)).all())), None)


def _members() -> Any:
    return select(
        Staff.id,
        Staff.name,
        Staff.email,
        Staff.language,
        Staff.password_hash.is_not(None),
        Staff.totp_since.is_not(None),
        exists().where(Identity.staff_id == Staff.id),
        Staff.closed_at,
    )


def _with_posts(rows: Sequence[Any]) -> list[Member]:
    held: dict[int, list[tuple[int, Post]]] = defaultdict(list)
    numbers = [row[0] for row in rows]
    asked = (
        select(StaffRole.staff_id, StaffRole.id, StaffRole.role, StaffRole.organisation_id, StaffRole.place_id)
        .where(StaffRole.staff_id.in_(numbers))
        .order_by(StaffRole.id)
    )
    for staff_id, role_id, role, organisation_id, place_id in session().execute(asked):
        held[staff_id].append((role_id, Post(role, organisation_id, place_id)))
    return [Member._make((*row[:4], tuple(held[row[0]]), *row[4:])) for row in rows]


def open_sessions(staff_id: int, *, now: dt.datetime) -> list[OpenSession]:
    """Where somebody is signed in, the latest used first. One query."""
    rows = session().execute(
        select(StaffSession.id, StaffSession.created_at, StaffSession.seen_at)
        .where(StaffSession.staff_id == staff_id, *_is_open(now), StaffSession.is_half.is_(False))
        .order_by(StaffSession.seen_at.desc(), StaffSession.id.desc())
    )
    return [OpenSession(*row) for row in rows]


def totp_nonce(staff_id: int) -> bytes | None:
    """The nonce of the second factor's secret, in use or about to be; None before it is prepared. One query."""
    nonce = session().scalar(select(Staff.totp_nonce).where(Staff.id == staff_id))
    return None if nonce is None else bytes(nonce)


def recovery_codes_left(staff_id: int) -> int:
    """How many recovery codes are still unused. One query."""
    asked = select(func.count()).where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    return session().scalar(asked) or 0


def invitation_ends(staff_id: int, *, now: dt.datetime) -> dt.datetime | None:
    """Until when somebody's invitation can be taken; None when there is none. One query."""
    asked = select(func.max(Link.ends_at)).where(
        Link.purpose == Purpose.INVITE, Link.subject == str(staff_id), Link.ends_at > now, Link.revoked_at.is_(None)
    )
    return session().scalar(asked)


def _is_open(now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    return (StaffSession.ended_at.is_(None), StaffSession.ends_at > now, StaffSession.seen_at > now - limits.IDLE)


def names(staff_ids: Collection[int]) -> dict[int, str]:
    """What these of the staff are called, closed accounts too. One query."""
    rows = session().execute(select(Staff.id, Staff.name).where(Staff.id.in_(staff_ids)))
    return {row.id: row.name for row in rows}
