"""Staff, and browsers in which they are signed in."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from flask.testing import FlaskClient

from booking.accounts import queries as links
from booking.accounts import services
from booking.accounts.current import STAFF
from booking.accounts.queries import staff as queries
from booking.accounts.rules import Purpose, codes
from booking.accounts.rules.roles import Ground, Post, Role, needs_second_factor
from booking.accounts.services import passwords, second_factor, signing_in, staff
from booking.kernel.act import Act
from booking.places import queries as places
from tests.bookings.world import NOW, act_at
from tests.page import Page, visit

PASSWORD = "sju-gröna-cyklar-i-regn"
_hashes: dict[str, str] = {}


def employ(name: str, *posts: Post, password: str = PASSWORD, now: dt.datetime = NOW) -> int:
    """Somebody with an account and a password: the number. Administrators get the second factor that they need."""
    act = act_at(now)
    if password not in _hashes:  # one hash for the whole run: each takes a tenth of a second
        _hashes[password] = passwords.hashed(password, act=act)
    number = staff.open_account(
        address(name), name=name, posts=posts, grounds=grounds(), password_hash=_hashes[password], act=act
    )
    if needs_second_factor(posts):
        equip(number, now=now)
    return number


def grounds() -> list[Ground]:
    return places.grounds()


def address(name: str) -> str:
    return f"{name.casefold().replace(' ', '.')}@bibliotek.example"


def equip(number: int, *, now: dt.datetime = NOW) -> list[str]:
    """Turn on somebody's second factor; the recovery codes."""
    act = act_at(now)
    second_factor.prepare(number, act=act)
    return second_factor.turn_on(number, code_of(number, now=now), act=act)


def code_of(number: int, *, now: dt.datetime, steps: int = 0) -> str:
    """What the phone shows at `now`, or so many half minutes later."""
    nonce = queries.totp_nonce(number)
    assert nonce is not None
    return codes.code(second_factor.secret(nonce), codes.step_of(now) + steps)


def inside(client: FlaskClient, number: int, *, now: dt.datetime = NOW, is_half: bool = False) -> FlaskClient:
    """The browser with this person signed in, without the way through the door."""
    return carrying(client, signing_in.open_session(number, is_half=is_half, act=act_at(now)).token)


def carrying(client: FlaskClient, token: str) -> FlaskClient:
    """The browser with the cookie of this session."""
    with client.session_transaction() as cookie:
        cookie[STAFF] = token
    return client


def try_door(client: FlaskClient, email: str, password: str = PASSWORD, *, onward: str = "", status: int = 303) -> Page:
    """Fill in the sign-in page as a person does."""
    page = visit(client, "/personal/logga-in" + onward)
    return page.submit({"epost": email, "losenord": password}, status=status)


def invited(name: str, *posts: Post, act: Act | None = None) -> str:
    """The path of the link in a new colleague's invitation."""
    number = staff.invite(
        address(name),
        name=name,
        language="sv",
        posts=posts or [Post(Role.TRAINER)],
        grounds=grounds(),
        act=act or act_at(),
    )
    return link_of(Purpose.INVITE, number)


def reset_link(number: int, *, now: dt.datetime = NOW) -> str:
    """The path of the link that is mailed to who asks for a new password."""
    member = queries.member(number)
    assert member is not None
    staff.send_reset(member.email, act=act_at(now))
    return link_of(Purpose.RESET, number, now=now)


def link_of(purpose: Purpose, number: int, *, now: dt.datetime = NOW) -> str:
    nonce = links.nonces(purpose, str(number), now=now)[0]
    return urlsplit(services.address_of(purpose, nonce, language="sv")).path
