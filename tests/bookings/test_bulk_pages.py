"""Staff change many slots in one step: the page says what changes and who is told, and then it is all or nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.bookings import services
from booking.bookings.rules import Standing
from booking.programme.rules import SlotState
from booking.programme.rules.changes import BulkChange, ChangedMeanwhile
from tests.accounts.people import employ, inside
from tests.bookings.world import DAY, NOW, MadeSlot, act_at, book, fill, letters, make_slot, pool, rows, run, standing
from tests.page import Page, visit
from tests.programme.planner import send
from tests.programme.world import library

pytestmark = pytest.mark.usefixtures("app")

LOOK = "Se vad som ändras"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def planner(app: Flask) -> FlaskClient:
    return inside(app.test_client(), employ("Maj", Post(Role.COORDINATOR)))


def chosen(client: FlaskClient, *slots: MadeSlot) -> Page:
    return visit(client, "/personal/planering/flera?" + "&".join(f"pass={slot.id}" for slot in slots))


def test_drafts_are_published_together_after_a_look(planner: FlaskClient) -> None:
    first, second = make_slot(state=SlotState.DRAFT), make_slot(state=SlotState.DRAFT, starts_at=NOW + 12 * DAY)

    look = send(chosen(planner, first, second), LOOK, tick=[("publicera", "y")])
    assert look.text.count("Utkast blir Publicerat") == 2
    assert "Ingen familj får besked" in look.text
    assert rows("SELECT DISTINCT state FROM slots") == [("draft",)]
    send(look, "Ändra 2 pass")

    assert rows("SELECT DISTINCT state FROM slots") == [("published",)]
    assert rows("SELECT count(*) FROM audit_entries WHERE verb = 'publish'") == [(2,)]


def test_the_look_counts_the_families_who_get_a_seat_and_the_click_tells_them(planner: FlaskClient) -> None:
    full, free = make_slot(seats=2), make_slot(seats=2, starts_at=NOW + 12 * DAY)
    fill(full, parties=2)
    waiting = book(full)
    before = len(letters())

    look = send(chosen(planner, full, free), LOOK, platser="4", med_sv="Hörlurar")
    assert "1 familj får plats och får veta det direkt" in look.text
    assert "2 blir 4" in look.text
    assert len(letters()) == before
    send(look, "Ändra 2 pass")

    assert standing(waiting.ref) is Standing.SEATED
    assert len(letters()) == before + 1
    assert (pool(full)[0], pool(free)[0]) == (4, 4)
    assert rows("SELECT DISTINCT bring_sv FROM slots") == [("Hörlurar",)]


def test_when_one_of_them_changes_meanwhile_none_is_changed(planner: FlaskClient) -> None:
    first, second = make_slot(seats=2), make_slot(seats=2, starts_at=NOW + 12 * DAY)
    look = send(chosen(planner, first, second), LOOK, platser="4")
    services.change_seats(second.pool_id, seats=3, act=act_at())

    late = send(look, "Ändra 2 pass", status=422)

    assert "Någon annan har ändrat" in late.errors[0][1]
    assert (pool(first)[0], pool(second)[0]) == (2, 3)
    send(late, "Ändra 2 pass")
    assert (pool(first)[0], pool(second)[0]) == (4, 4)


def test_booking_opens_so_many_days_before_each(planner: FlaskClient) -> None:
    first, second = make_slot(), make_slot(starts_at=NOW + 12 * DAY)

    form = {"oppnar": "before", "oppnar_dagar": "3", "oppnar_tid": "08:00"}
    send(send(chosen(planner, first, second), LOOK, **form), "Ändra 2 pass")  # type: ignore[arg-type]  # field names

    assert [str(opens)[:16] for (opens,) in rows("SELECT opens_at FROM slots ORDER BY id")] == [
        "2026-10-08 06:00",
        "2026-10-10 06:00",
    ]


def test_nothing_written_is_nothing_to_do(planner: FlaskClient) -> None:
    page = send(chosen(planner, make_slot()), LOOK, status=422)

    assert "minst en sak" in page.errors[0][1]
    assert "Inget pass är valt" in visit(planner, "/personal/planering/flera").text


def test_the_verb_itself_refuses_what_is_not_as_it_was_seen() -> None:
    slot = make_slot(seats=2)

    with pytest.raises(ChangedMeanwhile):
        services.change_many({slot.id: services.Seen(2, 2)}, to=BulkChange(bring_sv="Saft"), act=act_at())

    assert rows("SELECT bring_sv FROM slots") == [("",)]


def test_another_librarys_slots_are_left_out_of_what_was_chosen(app: Flask) -> None:
    slot = make_slot(seats=2)
    elsewhere = library("horby", "Hörby bibliotek")
    own = make_slot(seats=2, starts_at=NOW + 12 * DAY)
    run("UPDATE slots SET place_id = :place WHERE id = :id", place=elsewhere.id, id=own.id)
    lo = inside(app.test_client(), employ("Lo", Post(Role.BRANCH, None, elsewhere.id)))

    look = send(chosen(lo, slot, own), LOOK, platser="5")
    assert "1 pass" in look.text
    send(look, "Ändra 1 pass", tick=[("sedd", f"{slot.id}.1.2")])

    assert (pool(slot)[0], pool(own)[0]) == (2, 5)
