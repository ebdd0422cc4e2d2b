"""The day at the desk: what is held, what it lacks, whom to ring, and whose day it is."""

from __future__ import annotations

from itertools import pairwise

import pytest
import time_machine
from flask import Flask
from sqlalchemy import insert

from booking.accounts.rules.roles import Post, Role
from booking.bookings.rules.attendance import Presence
from booking.bookings.services import change_seats
from booking.programme.models import Meeting, SeatPool, Slot
from booking.store import db
from booking.store.engine import session
from booking.subscriptions import services as subscriptions
from tests.accounts.people import employ, inside
from tests.bookings.desk import elin, lo, staff
from tests.bookings.door import meeting_of, note, slot_today, tapped
from tests.bookings.test_desk import ALIAS, book_at_desk, lose_letters
from tests.bookings.world import (
    DAY,
    HOUR,
    NOW,
    ROLF,
    SAMIRA,
    act_at,
    book,
    children_of,
    fill,
    make_slot,
    rows,
    standing,
    value,
    wishes,
)
from tests.page import Page, visit
from tests.programme.leading import lead
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")


def section(page: Page, name: str) -> str:
    """What one reads in a part of the page; "" when it is not there."""
    found = [part.text for part in page.root.all("section") if part.get("aria-labelledby") == name]
    return found[0] if found else ""


def press(page: Page, words: str, *, path: str) -> Page:
    form = next(form for form in page.forms if path in form.action)
    return page.submit(form, button=words)


def test_the_day_shows_its_meetings_with_counts_and_what_is_missing(app: Flask) -> None:
    today = make_slot(starts_at=NOW + 5 * HOUR, seats=2)
    fill(today, parties=3)
    make_slot(starts_at=NOW + DAY)
    client = elin(app, today)

    page = visit(client, "/personal")

    assert page.heading == "Torsdag 1 oktober"
    assert "2 av 2, 1 i kö" in page.text
    assert "Saknar ledare" in page.text
    assert page.html.count('class="day"') == 1
    assert "0 av 8" not in page.text
    assert "0 av 8" in page.follow("Dagen efter").text


@pytest.mark.parametrize("asked", ["i-morgon", "9999-12-31", "0001-01-01", "2026-02-30"])
def test_what_is_no_day_is_today(app: Flask, asked: str) -> None:
    slot = make_slot()

    assert visit(elin(app, slot), f"/personal?dag={asked}").heading == "Torsdag 1 oktober"


def test_another_librarys_day_is_empty_and_its_desk_rings_nobody(app: Flask) -> None:
    slot = make_slot(starts_at=NOW + 5 * HOUR)
    book_at_desk(slot, ALIAS)
    subscriptions.call_off(slot.id, reason_sv="Stängt.", act=act_at())

    page = visit(lo(app), "/personal")

    assert "Inget hålls den här dagen" in page.text
    assert section(page, "ring") == ""


def test_a_trainer_sees_the_meetings_she_leads_today_and_the_next_seven_days_and_no_family(app: Flask) -> None:
    mine, soon, late, other = (make_slot(starts_at=NOW + after) for after in (HOUR, 6 * DAY, 9 * DAY, 2 * HOUR))
    tove = employ("Tove", Post(Role.TRAINER))
    for slot in (mine, soon, late):
        lead(slot.id, tove)
    book_at_desk(mine, ALIAS)
    subscriptions.call_off(mine.id, reason_sv="Stängt.", act=act_at())

    page = visit(inside(app.test_client(), tove), "/personal")

    shown = {link for link in page.links.values() if link.startswith("/personal/pass/")}
    assert shown <= {f"/personal/pass/{mine.id}", f"/personal/pass/{soon.id}"}
    assert "Dina närmaste sju dagar" in page.text
    assert f'href="/personal/pass/{other.id}"' not in page.html
    assert f'href="/personal/pass/{late.id}"' not in page.html
    assert section(page, "ring") == ""


def test_the_list_is_one_press_away_for_whoever_may_open_it(app: Flask) -> None:
    slot, far = make_slot(starts_at=NOW + HOUR), make_slot(starts_at=NOW + 9 * DAY)
    tove = employ("Tove", Post(Role.TRAINER))
    for led in (slot, far):
        lead(led.id, tove)
    address = f"/personal/narvaro/{meeting_of(slot)}"
    trainer = inside(app.test_client(), tove)

    assert visit(trainer, "/personal").links.get("Listan, " + value("SELECT title_sv FROM activities")) == address
    assert address in visit(elin(app, slot), "/personal").html
    for role in (Role.DRIVER, Role.REGIONAL, Role.AUDITOR):
        seen = visit(staff(app, role.title(), Post(role)), "/personal")
        assert f'href="/personal/pass/{slot.id}"' in seen.html
        assert "/personal/narvaro/" not in seen.html
    later = visit(trainer, f"/personal?dag={(NOW + 9 * DAY).date()}")
    assert f'href="/personal/pass/{far.id}"' in later.html
    assert f"/personal/narvaro/{meeting_of(far)}" not in later.html


def test_a_meeting_that_was_held_says_when_nobody_noted_who_came(app: Flask, clock: time_machine.Traveller) -> None:
    slot, empty = slot_today(starts_at=NOW + HOUR / 12), make_slot(starts_at=NOW + HOUR / 6)
    ((child, _),) = children_of(book_at_desk(slot, wishes(ROLF)).ref)
    client = elin(app, slot)

    clock.shift(HOUR * 0.9)  # a session ends when nothing was asked for an hour
    early = visit(client, "/personal")
    clock.shift(HOUR / 2)
    late = visit(client, "/personal")
    note(slot, tapped(child, Presence.PRESENT), now=NOW + 2 * HOUR)

    assert "Närvaro inte ifylld" not in early.text
    assert late.text.count("Närvaro inte ifylld") == 1
    assert f'href="/personal/pass/{empty.id}"' in late.html
    assert "Närvaro inte ifylld" not in visit(client, "/personal").text


def test_an_administrator_lands_on_the_plain_page(app: Flask) -> None:
    assert "Dina roller" in visit(staff(app, "Astrid", Post(Role.ADMINISTRATOR)), "/personal").text


def test_who_has_no_address_is_to_be_rung_when_it_is_called_off_and_others_only_when_it_is_near(app: Flask) -> None:
    """Requirement G11."""
    far, near = make_slot(starts_at=NOW + 9 * DAY), make_slot(starts_at=NOW + 5 * HOUR)
    silent = book_at_desk(far, ALIAS).ref
    book(far, wishes(ROLF))
    mailed = book(near, wishes(SAMIRA)).ref
    for slot in (far, near):
        subscriptions.call_off(slot.id, reason_sv="Stängt.", act=act_at())
    client = elin(app, near)

    page = visit(client, "/personal")

    to_ring = {form.action for form in page.forms if form.action.endswith("/samtal")}
    assert to_ring == {f"/personal/bokning/{ref}/samtal" for ref in (silent, mailed)}


def test_a_call_that_reached_nobody_stays_in_the_list_and_one_that_did_leaves_it(app: Flask) -> None:
    slot = make_slot(starts_at=NOW + 9 * DAY)
    book_at_desk(slot, ALIAS)
    subscriptions.call_off(slot.id, reason_sv="Stängt.", act=act_at())
    client = elin(app, slot)

    again = press(visit(client, "/personal"), "inget-svar", path="/samtal")
    assert "Svarade inte 10:00" in section(again, "ring")
    done = press(again, "nadd", path="/samtal")

    assert section(done, "ring") == ""
    assert rows("SELECT outcome FROM phone_calls ORDER BY id") == [("no_answer",), ("reached",)]


def test_a_freed_seat_of_the_last_day_is_given_by_hand_and_whoever_got_it_is_to_be_rung(app: Flask) -> None:
    """Requirement A8: the same promotion as by itself."""
    slot = make_slot(seats=1, starts_at=NOW + 5 * HOUR)
    fill(slot, parties=1)
    ref = book(slot, wishes(SAMIRA)).ref
    change_seats(slot.pool_id, seats=2, act=act_at())
    assert standing(ref) == "queued"
    client = elin(app, slot)

    page = press(visit(client, "/personal"), "Ge platserna, Ditt första spel i Scratch", path="/uppflyttning/")

    assert standing(ref) == "seated"
    assert section(page, "lediga") == ""
    assert f"/personal/bokning/{ref}/samtal" in {form.action for form in page.forms}


def test_a_pool_of_another_slot_is_as_one_that_does_not_exist(app: Flask) -> None:
    slot, other = make_slot(), make_slot()
    client = elin(app, slot)

    assert client.post(f"/personal/pass/{slot.id}/uppflyttning/{other.pool_id}").status_code == 404
    assert lo(app).post(f"/personal/pass/{slot.id}/uppflyttning/{slot.pool_id}").status_code == 404


def test_a_family_whom_a_letter_did_not_reach_stands_there(app: Flask) -> None:
    """Requirement G3."""
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    lose_letters()

    page = visit(elin(app, slot), "/personal")

    assert "Mejl som inte kom fram" in page.text
    assert f"/personal/bokning/{ref}" in page.links.values()
    assert SAMIRA not in page.html


def test_five_thousand_slots_cost_no_more_questions_than_one(app: Flask) -> None:
    today = make_slot(starts_at=NOW + 5 * HOUR, seats=1)
    book_at_desk(today, ALIAS)
    lead(today.id, employ("Tove", Post(Role.TRAINER)))
    client = elin(app, today)
    with counted() as few:
        visit(client, "/personal")
    _many_slots(5_000)

    with counted() as many:
        page = visit(client, "/personal")

    assert "1 av 1" in page.text
    assert len(few) <= len(many) <= 10


def _many_slots(count: int) -> None:
    """So many slots of the library, one every hour from a year ago, copied past every verb; each with a queue."""
    number, pool_id = value("SELECT max(id) FROM slots"), value("SELECT max(id) FROM seat_pools")
    meeting = value("SELECT max(id) FROM meetings")
    starts = NOW - 365 * DAY
    template = session().get(Slot, number)
    assert template is not None
    base = {column.name: getattr(template, column.name) for column in Slot.__table__.columns}
    old = session().get(Meeting, meeting)
    assert old is not None
    held = {column.name: getattr(old, column.name) for column in Meeting.__table__.columns}
    session().rollback()
    with db.engine.begin() as connection:
        for first, last in pairwise([*range(0, count, 500), count]):
            spans = [(n, starts + n * HOUR * 2) for n in range(first, last)]
            connection.execute(
                insert(Slot),
                [{**base, "id": number + 1 + n, "starts_at": at, "ends_at": at + HOUR} for n, at in spans],
            )
            connection.execute(
                insert(SeatPool),
                [{"id": pool_id + 1 + n, "slot_id": number + 1 + n, "seats": 1, "name": ""} for n, _ in spans],
            )
            connection.execute(
                insert(Meeting),
                [
                    {
                        **held,
                        "id": meeting + 1 + n,
                        "slot_id": number + 1 + n,
                        "uid": f"{n:032x}",
                        "starts_at": at,
                        "ends_at": at + HOUR,
                    }
                    for n, at in spans
                ],
            )
