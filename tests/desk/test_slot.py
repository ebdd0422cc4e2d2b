"""The staff's page of one slot: whose it is, and what it shows."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.programme import services
from booking.programme.rules import SlotState
from tests.accounts.people import employ, inside
from tests.bookings.world import DAY, NOW, MadeSlot, act_at, make_slot, rows
from tests.page import Page, visit
from tests.programme.leading import lead
from tests.programme.world import library

pytestmark = pytest.mark.usefixtures("app")


def place_of(slot: MadeSlot) -> int:
    number: int = rows("SELECT place_id FROM slots WHERE id = :id", id=slot.id)[0][0]
    return number


def browser(app: Flask, name: str, *posts: Post) -> FlaskClient:
    return inside(app.test_client(), employ(name, *posts))


def test_the_owning_librarys_staff_see_a_draft_and_another_librarys_see_nothing(app: Flask) -> None:
    slot = make_slot(state=SlotState.DRAFT)
    elsewhere = library("horby", "Hörby bibliotek").id
    path = f"/personal/pass/{slot.id}"

    own = visit(browser(app, "Elin", Post(Role.BRANCH, None, place_of(slot))), path)
    foreign = browser(app, "Lo", Post(Role.BRANCH, None, elsewhere))

    assert "Utkast" in own.text
    assert foreign.get(path).status_code == foreign.get("/personal/pass/999999").status_code == 404


def test_a_trainer_sees_the_slots_that_she_leads_and_no_other_nor_one_given_up(app: Flask) -> None:
    led, other = make_slot(), make_slot(starts_at=NOW + 20 * DAY)
    tove = employ("Tove", Post(Role.TRAINER))
    (assignment,) = lead(led.id, tove)
    client = inside(app.test_client(), tove)

    assert client.get(f"/personal/pass/{led.id}").status_code == 200
    assert client.get(f"/personal/pass/{other.id}").status_code == 404
    services.give_up(assignment, reason="Dubbelbokad", act=act_at())
    assert client.get(f"/personal/pass/{led.id}").status_code == 404


def test_a_trainers_reach_is_asked_of_the_own_account_alone(app: Flask) -> None:
    slot = make_slot()
    tove, nils = employ("Tove", Post(Role.TRAINER)), employ("Nils", Post(Role.TRAINER))
    lead(slot.id, tove)

    assert inside(app.test_client(), nils).get(f"/personal/pass/{slot.id}").status_code == 404


def test_its_page_leads_to_the_acts_that_one_may_do_and_back_to_its_week(app: Flask) -> None:
    slot = make_slot()
    tove = employ("Tove", Post(Role.TRAINER))
    lead(slot.id, tove)
    path = f"/personal/pass/{slot.id}"

    def acts(page: Page) -> list[str]:
        return [words for words, url in page.links.items() if re.fullmatch(rf"{path}/[a-z]+(/ny)?", url)]

    elin = visit(browser(app, "Elin", Post(Role.BRANCH, None, place_of(slot))), path)
    folke = visit(browser(app, "Folke", Post(Role.AUDITOR)), path)
    led = visit(inside(app.test_client(), tove), path)

    assert acts(elin) == [
        "Lista och närvaro",
        "Bokningar",
        "Boka åt en familj",
        "Skriv till familjerna",
        "Spara deltagarlistan",
        "Ändra passet",
        "Ändra antalet platser",
        "Länk för en vikarie",
        "Kopiera passet",
        "Ställ in passet",
    ]
    assert acts(folke) == ["Bokningar"]
    assert acts(led) == ["Lista och närvaro"]
    assert 'href="/personal/tavla?vecka=2026-10-11"' in elin.html


def test_the_menu_begins_with_what_is_opened_every_day(app: Flask) -> None:
    maj = visit(browser(app, "Maj", Post(Role.COORDINATOR)), "/personal/tavla")
    menu = [words for words, url in maj.links.items() if words and url.startswith("/personal")]

    expected = ["Start", "Veckorna", "Frånvaro", "Planering", "Importera", "Exportera"]
    expected += ["Ställen", "Lediga dagar", "Ledare", "Utrustning", "Mitt konto", "Kalendrar"]
    assert [words for words in menu if words in expected] == expected
