"""Staff change a slot and its seats; two who do it at the same time both see what the other wrote (requirement A14)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.bookings.rules import Standing
from booking.places import services as places
from booking.programme import services
from booking.programme.rules import SlotState, Terms
from tests.accounts.people import employ, inside
from tests.bookings.world import NOW, MadeSlot, book, fill, letters, make_slot, pool, rows, standing, value
from tests.page import visit
from tests.programme.planner import send, typed
from tests.programme.world import at, library, maj, planned

pytestmark = pytest.mark.usefixtures("app")

SAVE, SEATS = "Spara ändringarna", "Ändra platserna"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def planner(app: Flask) -> FlaskClient:
    """Maj, who coordinates all libraries."""
    return inside(app.test_client(), employ("Maj", Post(Role.COORDINATOR)))


def of(slot_id: int, column: str) -> object:
    found: object = rows(f"SELECT {column} FROM slots WHERE id = :id", id=slot_id)[0][0]  # our words
    return found


def to(slot: MadeSlot, seats: int) -> dict[str, Any]:
    """The field of the slot's seats."""
    return {f"pott_{slot.pool_id}_platser": str(seats)}


def test_every_field_of_one_slot_is_changed_and_the_audit_trail_knows_who(planner: FlaskClient) -> None:
    slot = planned()
    room = places.add_room(slot.place_id, name="Verkstaden", seats=10, act=maj())
    page = visit(planner, f"/personal/pass/{slot.id}/andring")

    send(
        page,
        SAVE,
        alder_fran="9",
        alder_till="",
        med_sv="Vattenflaska",
        brev_sv="Ingången är på gaveln.",
        lokal=str(room.id),
        oppnar_dag="2026-10-10",
        oppnar_tid="08:00",
        minst="4",
        bestam="2026-11-01",
    )

    assert (of(slot.id, "age_min"), of(slot.id, "age_max"), of(slot.id, "bring_sv")) == (9, None, "Vattenflaska")
    assert (of(slot.id, "room_id"), of(slot.id, "least_children"), of(slot.id, "version")) == (room.id, 4, 2)
    assert str(of(slot.id, "opens_at"))[:16] == "2026-10-10 06:00"
    assert value("SELECT room_id FROM room_reservations WHERE holds") == room.id
    assert value("SELECT actor_kind FROM audit_entries WHERE verb = 'change'") == "staff"


def test_the_second_of_two_who_save_sees_both_versions_and_decides(planner: FlaskClient) -> None:
    slot = planned()
    mine = visit(planner, f"/personal/pass/{slot.id}/andring")
    theirs = visit(planner, f"/personal/pass/{slot.id}/andring")
    send(theirs, SAVE, med_sv="Hörlurar")

    late = send(mine, SAVE, status=422, med_sv="Laddare")

    assert of(slot.id, "bring_sv") == "Hörlurar"
    table = next(late.root.all("dl")).text
    assert "Hörlurar" in table
    assert "Laddare" in table
    assert dict(typed(late))["med_sv"].strip() == "Laddare"
    send(late, SAVE)
    assert of(slot.id, "bring_sv") == "Laddare"


def test_saving_what_is_so_already_changes_nothing_and_is_no_conflict(planner: FlaskClient) -> None:
    slot = planned()
    services.publish(slot.id, act=maj())
    page = visit(planner, f"/personal/pass/{slot.id}/andring")

    send(page, SAVE)
    send(page, SAVE)

    assert of(slot.id, "version") == 1
    assert rows("SELECT 1 FROM audit_entries WHERE verb = 'change'") == []


def test_a_draft_is_published_on_the_page_of_change(planner: FlaskClient) -> None:
    slot = planned()

    send(visit(planner, f"/personal/pass/{slot.id}/andring"), SAVE, tick=[("publicera", "y")])

    assert of(slot.id, "state") == SlotState.PUBLISHED
    assert "publicera" not in dict(typed(visit(planner, f"/personal/pass/{slot.id}/andring")))


def test_a_room_that_somebody_else_has_is_refused_and_all_stays(planner: FlaskClient) -> None:
    room = places.add_room(library().id, name="Verkstaden", seats=10, act=maj())
    planned(at("2026-11-05 16:00"), terms=Terms(room_id=room.id))
    slot = planned()

    page = send(
        visit(planner, f"/personal/pass/{slot.id}/andring"), SAVE, status=422, lokal=str(room.id), med_sv="Saft"
    )

    assert "Verkstaden" in page.errors[0][1]
    assert (of(slot.id, "room_id"), of(slot.id, "bring_sv")) == (None, "")
    assert dict(typed(page))["med_sv"].strip() == "Saft"


def test_a_slot_with_bookings_is_not_made_a_drop_in(planner: FlaskClient) -> None:
    slot = make_slot()
    book(slot)

    page = send(visit(planner, f"/personal/pass/{slot.id}/andring"), SAVE, status=422, intrade="drop_in")

    assert [field for field, _ in page.errors] == ["intrade"]
    assert of(slot.id, "admission") == "booking"


def test_more_seats_go_to_who_waits_and_fewer_throw_nobody_out(planner: FlaskClient) -> None:
    slot = make_slot(seats=2)
    fill(slot, parties=2)
    waiting = book(slot)
    address = f"/personal/pass/{slot.id}/platser"

    send(visit(planner, address), SEATS, **to(slot, 3))
    assert standing(waiting.ref) is Standing.SEATED
    assert ("promoted", letters()[-1][1]) == letters()[-1]
    send(visit(planner, address), SEATS, **to(slot, 1))

    assert pool(slot) == (1, 3, 0)
    assert standing(waiting.ref) is Standing.SEATED


def test_seats_that_somebody_else_has_set_meanwhile_are_told_and_not_overwritten(planner: FlaskClient) -> None:
    slot = make_slot(seats=8)
    address = f"/personal/pass/{slot.id}/platser"
    mine, theirs = visit(planner, address), visit(planner, address)
    send(theirs, SEATS, **to(slot, 12))

    late = send(mine, SEATS, status=422, **to(slot, 10))

    assert pool(slot)[0] == 12
    assert "12" in late.errors[0][1]
    assert late.errors[0][0] == f"pott-{slot.pool_id}-platser"
    send(late, SEATS)
    assert pool(slot)[0] == 10


def test_another_librarys_slot_cannot_be_changed_and_looks_like_one_that_is_not(app: Flask) -> None:
    slot = planned()
    elsewhere = library("horby", "Hörby bibliotek")
    lo = inside(app.test_client(), employ("Lo", Post(Role.BRANCH, None, elsewhere.id)))

    for page in ("andring", "platser"):
        assert lo.get(f"/personal/pass/{slot.id}/{page}").status_code == 404
        assert lo.get(f"/personal/pass/999999/{page}").status_code == 404
