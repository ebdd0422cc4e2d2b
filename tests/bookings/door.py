"""What the tests of the list at the door share: a meeting today, its staff, and readers of what was marked."""

from __future__ import annotations

import datetime as dt

from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.bookings.rules.attendance import Heads, Mark, Presence, Stamp, Turnout
from booking.bookings.services import attendance
from booking.bookings.services.attendance import Noted
from tests.accounts.people import employ, inside
from tests.bookings.world import HOUR, NOW, MadeSlot, act_at, make_slot, rows, value

SOON = NOW + 2 * HOUR


def slot_today(*, starts_at: dt.datetime = SOON, **more: object) -> MadeSlot:
    """A slot that starts in two hours and could be booked until then."""
    return make_slot(starts_at=starts_at, closes_at=starts_at, **more)  # type: ignore[arg-type]  # as make_slot has them


def meeting_of(slot: MadeSlot) -> int:
    return int(value("SELECT min(id) FROM meetings WHERE slot_id = :id", id=slot.id))


def place_of(slot: MadeSlot) -> int:
    return int(value("SELECT place_id FROM slots WHERE id = :id", id=slot.id))


def librarian(app: Flask, slot: MadeSlot, name: str = "Elin") -> FlaskClient:
    """A browser of the staff of the library that owns the slot."""
    return inside(app.test_client(), employ(name, Post(Role.BRANCH, None, place_of(slot))))


def key(number: int) -> str:
    """A key such as a phone makes, and always the same for a number."""
    return f"{number:032x}"


def tapped(child: int, presence: Presence | None, *, at: dt.datetime = NOW, number: int = 1) -> Mark:
    return Mark(child, presence, Stamp(at, key(number)))


def note(slot: MadeSlot, *marks: Mark, heads: tuple[Heads, ...] = (), now: dt.datetime = NOW) -> Noted:
    return attendance.note(meeting_of(slot), Turnout(marks, heads), act=act_at(now))


def presences(slot: MadeSlot) -> dict[int, str | None]:
    """What is marked of each participant."""
    found = rows("SELECT participant_id, presence FROM attendances WHERE meeting_id = :id", id=meeting_of(slot))
    return {number: presence for number, presence in found}  # noqa: C416  # pairs of plain SQL


def trail() -> list[tuple[str, str]]:
    """Verb and subject of what was noted about attendance, oldest first."""
    found = rows("SELECT verb, subject FROM audit_entries ORDER BY id")
    kept = ("mark_attendance", "count_attendance", "undo_attendance", "see_contact", "promote")
    return [(verb, subject) for verb, subject in found if verb in kept]
