"""Families' links, as their letters carry them."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from flask.testing import FlaskClient

from booking.accounts import queries, services
from booking.accounts.rules import FEED_LIVES, Purpose
from booking.bookings.services import keys
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


def opened(client: FlaskClient, link: str) -> FlaskClient:
    """The browser after it has followed a link."""
    assert client.get(link).status_code == 303
    return client


def _path(purpose: Purpose, nonce: bytes) -> str:
    return urlsplit(services.address_of(purpose, nonce, language="sv")).path
