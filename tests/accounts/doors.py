"""Families' links, as their letters carry them."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from sqlalchemy import select

from booking.accounts import queries, services
from booking.accounts.rules import FEED_LIVES, Purpose
from booking.bookings.services import feedback, keys, substitutes
from booking.outbox.models import Letter
from booking.store.engine import session
from tests.bookings.world import NOW, act_at


def manage_link(ref: str, *, now: dt.datetime = NOW) -> str:
    """The path of the link to one booking, such as the letter about it says."""
    return _path(Purpose.MANAGE, queries.nonces(Purpose.MANAGE, ref, now=now)[0])


def mine_link(email: str, *, now: dt.datetime = NOW, lives: dt.timedelta = dt.timedelta(days=30)) -> str:
    """The path of a new link to all bookings of an address."""
    drawn = services.draw(Purpose.MINE, keys.address_key(email), ends_at=now + lives, act=act_at(now))
    services.store(drawn)
    return _path(Purpose.MINE, drawn.nonce)


def feed_link(email: str, *, now: dt.datetime = NOW) -> str:
    """The path of a new feed of all bookings of an address; the one before ends."""
    made = services.renew(Purpose.FEED, keys.address_key(email), ends_at=now + FEED_LIVES, act=act_at(now))
    return f"/familj/{services.token_of(Purpose.FEED, made.nonce)}.ics"


def staff_feed(purpose: Purpose, subject: str, *, now: dt.datetime = NOW) -> str:
    """The secret of a new calendar of staff; the one before ends."""
    made = services.renew(purpose, subject, ends_at=now + FEED_LIVES, act=act_at(now))
    return services.token_of(purpose, made.nonce)


def join_link(ref: str, *, now: dt.datetime = NOW, lives: dt.timedelta = dt.timedelta(days=30)) -> str:
    """The path of a new link into the online meetings of a booking."""
    drawn = services.draw(Purpose.JOIN, ref, ends_at=now + lives, act=act_at(now))
    services.store(drawn)
    return _path(Purpose.JOIN, drawn.nonce)


def feedback_link(slot_id: int, *, children: int = 2, now: dt.datetime = NOW) -> str:
    """The path of a new link by which a family says what it thought of a slot."""
    (drawn,) = feedback.invite([(slot_id, children)], act=act_at(now))
    return _path(Purpose.FEEDBACK, drawn.nonce)


def substitute_link(meeting_id: int, *, now: dt.datetime = NOW) -> str:
    """The path of a new link to the list of a meeting."""
    return _path(Purpose.SUBSTITUTE, substitutes.lend(meeting_id, act=act_at(now)).nonce)


def letter_link(kind: str, *, to: str) -> str:
    """The path of the link that the newest letter of this kind ("join") to somebody carries."""
    payload = session().scalar(
        select(Letter.payload)
        .where(Letter.kind == f"bookings/{kind}", Letter.recipient == to)
        .order_by(Letter.id.desc())
        .limit(1)
    )
    assert payload is not None
    link = payload["link"]
    return _path(Purpose(link["purpose"]), bytes.fromhex(link["nonce"]))


def opened(client: FlaskClient, link: str) -> FlaskClient:
    """The browser after it has followed a link."""
    assert client.get(link).status_code == 303
    return client


def _path(purpose: Purpose, nonce: bytes) -> str:
    return urlsplit(services.address_of(purpose, nonce, language="sv")).path
