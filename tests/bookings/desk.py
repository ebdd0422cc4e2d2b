"""Staff at the desk of the library that owns the slots, and at another one."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.kernel.act import Act, Actor, ActorKind
from tests.accounts.people import employ, inside
from tests.bookings.world import NOW, MadeSlot, value
from tests.page import Visitor
from tests.programme.world import library


def place_of(slot: MadeSlot) -> int:
    return int(value("SELECT place_id FROM slots WHERE id = :id", id=slot.id))


def staff(app: Flask, name: str, *posts: Post) -> FlaskClient:
    """A browser in which somebody of the staff is signed in."""
    app.test_client_class = Visitor
    return inside(app.test_client(), employ(name, *posts))


def elin(app: Flask, slot: MadeSlot) -> FlaskClient:
    """Branch staff of the library that owns the slot."""
    return staff(app, "Elin", Post(Role.BRANCH, None, place_of(slot)))


def lo(app: Flask) -> FlaskClient:
    """Branch staff of another library."""
    return staff(app, "Lo", Post(Role.BRANCH, None, library("horby", "Hörby bibliotek").id))


def folke(app: Flask) -> FlaskClient:
    """The auditor."""
    return staff(app, "Folke", Post(Role.AUDITOR))


def desk_act(ref: str = "7") -> Act:
    """An act of somebody at the desk."""
    return Act(Actor(ActorKind.STAFF, ref), NOW)
