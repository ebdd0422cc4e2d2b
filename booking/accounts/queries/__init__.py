"""Links by number and by token."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from booking.accounts.models import Link
from booking.accounts.rules import Purpose
from booking.kernel import token as tokens
from booking.store.engine import session


class LivingLink(NamedTuple):
    """A link that opens something now."""

    id: int
    purpose: Purpose
    subject: str
    ends_at: dt.datetime
    last_used_on: dt.date | None


_LIVING = (Link.id, Link.purpose, Link.subject, Link.ends_at, Link.last_used_on)


def living(numbers: Sequence[int], *, now: dt.datetime) -> list[LivingLink]:
    """Links among `numbers` that have neither ended nor been revoked, in no order. One query."""
    rows = session().execute(
        select(*_LIVING).where(Link.id.in_(numbers), Link.ends_at > now, Link.revoked_at.is_(None))
    )
    return [LivingLink(*row) for row in rows]


def by_token(token: str, *, now: dt.datetime) -> LivingLink | None:
    """The living link of a token; None alike for a wrong, ended, revoked or malformed one (F5). One query."""
    row = (
        session()
        .execute(
            select(*_LIVING).where(
                Link.token_hash == tokens.fingerprint(token), Link.ends_at > now, Link.revoked_at.is_(None)
            )
        )
        .one_or_none()
    )
    return LivingLink(*row) if row else None


class OwnLink(NamedTuple):
    """A living link as its owner sees it: from the nonce its address can be made again."""

    nonce: bytes
    created_at: dt.datetime
    last_used_on: dt.date | None


def own(purpose: Purpose, subject: str, *, now: dt.datetime) -> OwnLink | None:
    """A subject's newest living link for a purpose; None when there is none. One query."""
    row = (
        session()
        .execute(
            select(Link.nonce, Link.created_at, Link.last_used_on)
            .where(Link.purpose == purpose, Link.subject == subject, Link.ends_at > now, Link.revoked_at.is_(None))
            .order_by(Link.id.desc())
            .limit(1)
        )
        .one_or_none()
    )
    return OwnLink(*row) if row else None


def nonces_of_each(purpose: Purpose, subjects: Sequence[str], *, until: dt.datetime) -> dict[str, bytes]:
    """The nonce of each subject's newest link that lives until then, by subject. One query."""
    rows = session().execute(
        select(Link.subject, Link.nonce)
        .where(Link.purpose == purpose, Link.subject.in_(subjects), Link.ends_at > until, Link.revoked_at.is_(None))
        .order_by(Link.id)
    )
    return {subject: nonce for subject, nonce in rows}  # noqa: C416  # dict() would take a result for a mapping


def nonces(purpose: Purpose, subject: str, *, now: dt.datetime) -> list[bytes]:
    """The nonces of a subject's living links, newest first. One query."""
    return list(
        session().scalars(
            select(Link.nonce)
            .where(Link.purpose == purpose, Link.subject == subject, Link.ends_at > now, Link.revoked_at.is_(None))
            .order_by(Link.id.desc())
        )
    )


def own_of_each(purpose: Purpose, subjects: Sequence[str], *, now: dt.datetime) -> dict[str, OwnLink]:
    """Each subject's newest living link for a purpose, by subject; subjects without one are left out. One query."""
    rows = session().execute(
        select(Link.subject, Link.nonce, Link.created_at, Link.last_used_on)
        .where(Link.purpose == purpose, Link.subject.in_(subjects), Link.ends_at > now, Link.revoked_at.is_(None))
        .order_by(Link.id)
    )
    return {row[0]: OwnLink(*row[1:]) for row in rows}


class LentLink(NamedTuple):
    """A living link as those see it who may revoke it: without its secret, which was shown once."""

    id: int
    subject: str
    created_at: dt.datetime
    ends_at: dt.datetime
    last_used_on: dt.date | None


def lent(purpose: Purpose, subjects: Sequence[str], *, now: dt.datetime) -> list[LentLink]:
    """The living links of these subjects for a purpose, oldest first. One query."""
    rows = session().execute(
        select(Link.id, Link.subject, Link.created_at, Link.ends_at, Link.last_used_on)
        .where(Link.purpose == purpose, Link.subject.in_(subjects), Link.ends_at > now, Link.revoked_at.is_(None))
        .order_by(Link.id)
    )
    return [LentLink(*row) for row in rows]
