"""What the register's pages are tried in: two libraries, a stop, and staff of several kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.places.models import Place
from tests.accounts.people import employ, inside
from tests.builders import NOW, make_place, make_stop

SignIn = Callable[..., FlaskClient]


class Register(NamedTuple):
    """Maj works at Åhus; Tollarp is another library's, Yngsjö the bus's."""

    ahus: int
    tollarp: int
    yngsjo: int


@pytest.fixture
def at_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def register(sqlite_app: Flask, at_ten: None) -> Register:
    def number(place: Place) -> int:
        return place.id

    return Register(
        number(make_place("ahus", "Åhus bibliotek", accessibility_note="Ramp.")),
        number(make_place("tollarp", "Tollarps bibliotek", locality="Tollarp")),
        number(make_stop()),
    )


@pytest.fixture
def sign_in(sqlite_app: Flask, register: Register) -> SignIn:
    """A browser with somebody signed in: sign_in(Role.BRANCH) works at Åhus, the others everywhere."""

    def come(role: Role, name: str = "") -> FlaskClient:
        post = Post(role, place_id=register.ahus) if role is Role.BRANCH else Post(role)
        return inside(sqlite_app.test_client(), employ(name or role.value.title(), post, now=NOW), now=NOW)

    return come
