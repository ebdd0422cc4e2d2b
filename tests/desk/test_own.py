"""A trainer's own pages: what stands there, whose it is, and what saying yes, no or "you instead" does."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.programme import services as programme
from booking.trainers import services as trainers
from tests.accounts.people import employ, inside
from tests.bookings.world import DAY, NOW, SAMIRA, act_at, book, make_slot, rows, value, wishes
from tests.page import visit
from tests.programme import world
from tests.programme.leading import lead
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")


def colleague(name: str) -> tuple[int, int]:
    """Somebody who leads every workshop and signs in: account and trainer."""
    account, trainer = employ(name, Post(Role.TRAINER)), world.trainer(name).id
    trainers.give_account(trainer, staff_id=account, act=act_at())
    return account, trainer


def browser(app: Flask, account: int) -> FlaskClient:
    return inside(app.test_client(), account)


def holds(assignment: int) -> bool:
    return bool(value("SELECT holds FROM assignments WHERE id = :id", id=assignment))


def test_a_trainer_accepts_from_the_list(app: Flask) -> None:
    slot, (tove, _) = make_slot(), colleague("Tove")
    (assignment,) = lead(slot.id, tove)
    page = visit(browser(app, tove), "/personal/uppdrag")

    assert "Väntar på ditt svar" in page.text
    accepted = page.submit(next(form for form in page.forms if form.action.endswith(f"/{assignment}/ja")))

    assert "Du leder" in accepted.text
    assert value("SELECT standing FROM assignments") == "accepted"


def test_the_sheet_tells_of_counts_and_ages_and_nobodys_name(app: Flask) -> None:
    slot, (tove, _) = make_slot(), colleague("Tove")
    (assignment,) = lead(slot.id, tove)
    book(slot, wishes(SAMIRA, children=2))

    page = visit(browser(app, tove), f"/personal/uppdrag/{assignment}")

    assert "2 barn: 2 är 9 år" in page.text
    assert "Förbered från" in page.text
    assert not any(name in page.html for name in ("Ada", "Samira", SAMIRA, "+46701234567"))


def test_giving_up_wants_a_reason_and_tells_who_plans_but_never_why(app: Flask) -> None:
    slot, (tove, _) = make_slot(), colleague("Tove")
    (assignment,) = lead(slot.id, tove)
    employ("Maj", Post(Role.COORDINATOR))
    page = visit(browser(app, tove), f"/personal/uppdrag/{assignment}/lamna")

    refused = page.submit(page.forms[-1], {"varfor": ""}, status=422)
    assert [field for field, _ in refused.errors] == ["varfor"]
    assert holds(assignment)
    refused.submit(refused.forms[-1], {"varfor": "Tandläkaren"})

    assert not holds(assignment)
    [(recipient, payload)] = rows("SELECT recipient, payload FROM letters WHERE kind = 'desk/unled'")
    assert recipient == "maj@bibliotek.example"
    assert "Tandl" not in str(payload)
    assert "Tove" not in str(payload)


def test_tove_asks_nils_to_swap_and_he_says_yes(app: Flask) -> None:
    slot, (tove, _), (nils, nils_trainer) = make_slot(), colleague("Tove"), colleague("Nils")
    (assignment,) = lead(slot.id, tove)
    page = visit(browser(app, tove), f"/personal/uppdrag/{assignment}/byte")

    asked = page.submit(page.forms[-1], {"ledare": str(nils_trainer), "varfor": "Kan du?"})
    assert "Inget svar än" in asked.text
    assert holds(assignment)
    answer = visit(browser(app, nils), "/personal/uppdrag")
    assert "Tove undrar" in answer.text
    answer.submit(next(form for form in answer.forms if "/byten/" in form.action), button="ja")

    assert not holds(assignment)
    assert rows(
        "SELECT t.name, a.standing FROM assignments a JOIN trainers t ON t.id = a.trainer_id WHERE a.holds"
    ) == [("Nils", "accepted")]
    kinds = rows("SELECT kind, recipient FROM letters ORDER BY id")
    assert kinds == [("desk/swap", "nils@bibliotek.example"), ("desk/swapped", "tove@bibliotek.example")]


def test_nils_says_no_and_tove_still_leads(app: Flask) -> None:
    slot, (tove, _), (nils, nils_trainer) = make_slot(), colleague("Tove"), colleague("Nils")
    (assignment,) = lead(slot.id, tove)
    page = visit(browser(app, tove), f"/personal/uppdrag/{assignment}/byte")
    page.submit(page.forms[-1], {"ledare": str(nils_trainer), "varfor": "Kan du?"})
    answer = visit(browser(app, nils), "/personal/uppdrag")

    answer.submit(next(form for form in answer.forms if "/byten/" in form.action), button="nej")

    assert holds(assignment)
    assert "Sa nej" in visit(browser(app, tove), "/personal/uppdrag").text


def test_an_answer_that_comes_too_late_changes_nothing(app: Flask) -> None:
    slot, (tove, _), (nils, nils_trainer) = make_slot(), colleague("Tove"), colleague("Nils")
    (assignment,) = lead(slot.id, tove)
    page = visit(browser(app, tove), f"/personal/uppdrag/{assignment}/byte")
    page.submit(page.forms[-1], {"ledare": str(nils_trainer), "varfor": "Kan du?"})
    answer = visit(browser(app, nils), "/personal/uppdrag")
    programme.take_off(assignment, act=act_at())

    late = answer.submit(next(f for f in answer.forms if "/byten/" in f.action), button="ja", status=422)

    assert late.errors
    assert rows("SELECT id FROM assignments WHERE holds") == []


def test_who_asked_cannot_say_yes_for_the_other_nor_a_third_one_anything(app: Flask) -> None:
    slot, (tove, _), (_, nils_trainer), (ove, _) = make_slot(), *map(colleague, ("Tove", "Nils", "Ove"))
    (assignment,) = lead(slot.id, tove)
    page = visit(browser(app, tove), f"/personal/uppdrag/{assignment}/byte")
    page = page.submit(page.forms[-1], {"ledare": str(nils_trainer), "varfor": "Kan du?"})
    form = next(form for form in page.forms if "/byten/" in form.action)

    assert page.client.post(form.action, data={**form.fields, "svar": "ja"}).status_code == 400
    assert browser(app, ove).post(form.action, data={**form.fields, "svar": "ja"}).status_code == 404
    assert holds(assignment)


def test_another_trainers_assignment_is_as_one_that_does_not_exist(app: Flask) -> None:
    slot, (tove, _), (nils, _) = make_slot(), colleague("Tove"), colleague("Nils")
    (assignment,) = lead(slot.id, tove)
    client = browser(app, nils)

    for number in (assignment, 999_999):
        for path in ("", "/ja", "/lamna", "/byte"):
            assert client.get(f"/personal/uppdrag/{number}{path}").status_code == 404
        for path in ("/ja", "/lamna", "/byte"):
            assert client.post(f"/personal/uppdrag/{number}{path}").status_code == 404


def test_an_account_without_a_trainer_is_told_so(app: Flask) -> None:
    client = browser(app, employ("Ny", Post(Role.TRAINER)))

    assert "inte kopplat till någon ledare" in visit(client, "/personal/uppdrag").text
    assert client.get("/personal/uppdrag/franvaro").status_code == 404


def test_the_list_asks_as_many_questions_for_forty_meetings_as_for_two(sqlite_app: Flask) -> None:
    tove, _ = colleague("Tove")
    for number in range(2):
        lead(make_slot(starts_at=NOW + (10 + number) * DAY).id, tove)
    client = browser(sqlite_app, tove)
    client.get("/personal/uppdrag")
    with counted() as few:
        client.get("/personal/uppdrag")
    for number in range(38):
        lead(make_slot(starts_at=NOW + (20 + number) * DAY).id, tove)
    with counted() as many:
        assert client.get("/personal/uppdrag").text.count('class="what"') == 40

    assert len(few) == len(many) <= 10
