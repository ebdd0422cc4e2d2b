"""Making, using and ending links."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from booking.accounts.models import Link
from booking.accounts.rules import Purpose
from booking.kernel import clock
from booking.kernel import token as tokens
from booking.kernel.act import Act
from booking.settings import current
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.locks import hold
from booking.store.prepared import Prepared

_STORE = Prepared(insert(Link).returning(Link.__table__.c.id))
_STORE_NUMBERED = Prepared(insert(Link))


@dataclass(frozen=True)
class NewLink:
    """A link about to be stored: its nonce, from which its secret can be made again, and the row."""

    purpose: Purpose
    nonce: bytes
    row: dict[str, Any]

    @property
    def for_letter(self) -> dict[str, str]:
        """What a letter keeps to write the address when it is sent; not a secret without the app's key."""
        return letter_link(self.purpose, self.nonce)


def letter_link(purpose: Purpose, nonce: bytes) -> dict[str, str]:
    """A link as a letter's payload carries it."""
    return {"purpose": purpose.value, "nonce": nonce.hex()}


def address_of(purpose: Purpose, nonce: bytes, *, language: str) -> str:
    """The secret address itself, absolute: only for a page or letter of the one who may see it."""
    return f"{current().site(language)}/l/{token_of(purpose, nonce)}"


def token_of(purpose: Purpose, nonce: bytes) -> str:
    """The secret of a link whose address says where it belongs, as a feed's does."""
    return tokens.make(current().key, purpose, nonce)


def draw(purpose: Purpose, subject: str, *, ends_at: dt.datetime, act: Act) -> NewLink:
    """A new link for `subject`, not stored yet: drawing needs no transaction."""
    nonce = act.new_code(tokens.NONCE_BYTES)
    token = tokens.make(current().key, purpose, nonce)
    return NewLink(
        purpose,
        nonce,
        {
            "purpose": purpose,
            "subject": subject,
            "nonce": nonce,
            "token_hash": tokens.fingerprint(token),
            "created_at": act.now,
            "ends_at": ends_at,
        },
    )


@writes
def store(link: NewLink, *, number: int | None = None) -> int:
    """Keep a drawn link; its number, which the caller may have reserved (`store.numbers`). One insert."""
    if number is None:
        return _STORE.number(link.row)
    _STORE_NUMBERED.write({"id": number, **link.row})
    return number


@writes
def store_all(links: Sequence[NewLink]) -> list[int]:
    """Keep drawn links; their numbers in the same order. Two statements, none without any."""
    if not links:
        return []
    session().execute(insert(Link), [link.row for link in links])
    hashes = [link.row["token_hash"] for link in links]
    # Not by RETURNING: SQLite gives its rows in no promised order, so SQLAlchemy would send one insert for each.
    found = session().execute(select(Link.token_hash, Link.id).where(Link.token_hash.in_(hashes)))
    numbers: dict[str, int] = {link.token_hash: link.id for link in found}
    return [numbers[token_hash] for token_hash in hashes]


@writes
def note_use(link_id: int, *, act: Act) -> None:
    """Remember the day on which a link was used, and nothing finer. One statement; call it only on a new day."""
    session().execute(update(Link).where(Link.id == link_id).values(last_used_on=clock.local_day(act.now)))


@writes
def renew(purpose: Purpose, subject: str, *, ends_at: dt.datetime, act: Act) -> NewLink:
    """Give `subject` a new link for `purpose`; whatever it had before ends at once (requirement F4)."""
    hold(f"link:{purpose}:{subject}")  # two at once must not leave two behind
    revoke(purpose, subject, act=act)
    link = draw(purpose, subject, ends_at=ends_at, act=act)
    audit("renew_link", f"link:{store(link)}", act=act)
    return link


@writes
def end_at(
    purpose: Purpose, subjects: Collection[str], *, ends_at: dt.datetime, act: Act, was: dt.datetime | None = None
) -> None:
    """Let the living links of these subjects end at another time, later or earlier: what they open was moved.

    `was`: only the links that would have ended then. A link that has ended stays so. One statement.
    """
    living = update(Link).where(
        Link.purpose == purpose, Link.subject.in_(subjects), Link.ends_at > act.now, Link.revoked_at.is_(None)
    )
    if was is not None:
        living = living.where(Link.ends_at == was)
    session().execute(living.values(ends_at=ends_at).execution_options(synchronize_session=False))


@writes
def revoke(purpose: Purpose, subject: str, *, act: Act) -> None:
    """End every link of `subject` for `purpose` at once."""
    session().execute(
        update(Link)
        .where(Link.purpose == purpose, Link.subject == subject, Link.revoked_at.is_(None))
        .values(revoked_at=act.now)
    )


@writes
def revoke_one(link_id: int, *, purpose: Purpose, subjects: Collection[str], act: Act) -> bool:
    """End one link of these subjects for `purpose` at once, and no other; whether it lived until now."""
    living = update(Link).where(
        Link.id == link_id, Link.purpose == purpose, Link.subject.in_(subjects), Link.revoked_at.is_(None)
    )
    ended = session().execute(living.values(revoked_at=act.now).returning(Link.id)).all()
    return bool(ended)
