"""The booking form when it cannot be: the workshop's own state first, in one voice, with somewhere else to go."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import update

from booking.programme.models import Slot
from booking.store.engine import session
from tests.bookings import world
from tests.bookings.phones import ADULT, book, filled_in, new_phone, open_form, slot_from_now
from tests.bookings.world import MadeSlot, run
from tests.page import Page, Visitor, visit

STATES = {"called off": "inställt", "closed": "Bokningen stängde", "queue full": "fullt"}
PROMISES = ("Det finns plats", "Boka 1 plats", "Ni blir nummer", "Ni får svar direkt")


def _with_another_day(app: Flask) -> MadeSlot:
    """A slot with one seat taken, and the same activity on another day."""
    slot_from_now()
    slot = slot_from_now(seats=2)
    book(new_phone(app), slot, epost="rolf@example.org")
    return slot


def _change(slot: MadeSlot, state: str) -> None:
    """What staff or time did while the form was open."""
    if state == "queue full":
        run("UPDATE seat_pools SET seats = 1, queue_limit = 0 WHERE slot_id = :id", id=slot.id)
    elif state == "called off":
        run("UPDATE slots SET state = 'called_off' WHERE id = :id", id=slot.id)
    else:
        an_hour_ago = dt.datetime.now(dt.UTC) - world.HOUR
        session().execute(update(Slot).where(Slot.id == slot.id).values(closes_at=an_hour_ago))
        session().commit()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("changed", [{}, {"namn": "", "barn-1-alder": "3"}], ids=["filled in right", "with mistakes"])
def test_given_an_open_form_when_the_workshop_can_be_booked_no_more_then_that_is_said_first_and_alone(
    app: Flask, samira: Visitor, state: str, changed: dict[str, str]
) -> None:
    slot = _with_another_day(app)
    form = open_form(samira, slot)
    _change(slot, state)
    typed = {**filled_in(), **changed}

    page = form.submit(typed, status=422)

    assert [place for place, _ in page.errors] == [""]
    assert STATES[state] in page.errors[0][1]
    assert page.heading == "Passet går inte att boka nu"
    assert not [element for element in page.root.all("input") if element.get("aria-invalid")]
    assert not [promise for promise in PROMISES if promise in page.text]
    assert [button.text for button in page.forms[0].buttons] == ["Lägg till ett barn"]
    assert page.links["Se andra dagar"] == f"/pass/{slot.id}#andra-dagar"
    kept = page.forms[0].fields
    assert {name: kept[name] for name in typed} == typed
    assert len(world.letters()) == 1


def test_given_a_workshop_that_has_no_other_day_then_the_way_leads_to_all_workshops(samira: Visitor) -> None:
    slot = slot_from_now()
    form = open_form(samira, slot)
    run("UPDATE slots SET state = 'called_off'")

    page = form.submit(filled_in(), status=422)

    assert "Se andra dagar" not in page.links
    assert page.links["Se alla pass"] == "/pass"


def test_given_an_old_session_too_then_nobody_is_asked_to_send_a_form_that_cannot_be_sent(samira: Visitor) -> None:
    slot = slot_from_now()
    form = open_form(samira, slot)
    run("UPDATE slots SET state = 'called_off'")
    samira.delete_cookie("kodplats")

    page = form.submit(filled_in(), status=422)

    assert "inställt" in page.errors[0][1]
    assert len(page.errors) == 1


def test_given_no_queue_and_a_row_too_many_then_taking_it_away_gives_the_button_back(app: Flask) -> None:
    slot = slot_from_now(seats=2, queue_limit=0)
    book(new_phone(app), slot, epost="rolf@example.org")

    crowded = open_form(new_phone(app), slot, children=2)
    fitting = crowded.submit({}, button="2")

    assert "Boka 2 platser" not in crowded.text
    assert "Ta bort barn 2" in crowded.text
    assert fitting.heading == "Boka plats"
    assert "Boka 1 plats" in fitting.text


def test_given_a_full_workshop_when_a_child_is_to_be_added_then_the_page_says_so_and_offers_no_button(
    samira: Visitor,
) -> None:
    slot = slot_from_now(seats=1, queue_limit=0)
    address = book(samira, slot).url.partition("?")[0]

    page = visit(samira, f"{address}/barn")

    assert "Passet är fullt" in page.text
    assert page.forms == []


def test_given_an_open_page_for_one_more_child_when_the_queue_fills_up_then_the_answer_is_that_alone(
    samira: Visitor,
) -> None:
    page = book(samira, slot_from_now(seats=2)).follow("Lägg till ett barn")
    run("UPDATE seat_pools SET seats = 1, queue_limit = 0")

    answers = [page.submit({"namn": name, "alder": "9"}, status=422) for name in ("Kim", "")]

    assert [len(answer.errors) for answer in answers] == [1, 1]
    assert {answer.errors[0][1] for answer in answers} == {"Passet är fullt och har ingen kö. Välj en annan dag."}
    assert "Det finns plats" not in answers[0].text


# ---- the promise of the form ----


def _queued_instead(samira: Visitor, slot: MadeSlot, *, children: int = 1, strangers: int = 1) -> Page:
    """The receipt of a form that was open while strangers took the seats."""
    form = open_form(samira, slot, children=children)
    for number in range(strangers):
        book(new_phone(samira.application), slot, epost=f"rolf{number}@example.org")
    return form.submit(filled_in(children))


def test_given_a_promise_of_seats_that_were_taken_meanwhile_then_the_receipt_says_so_first(samira: Visitor) -> None:
    slot = slot_from_now(seats=1)

    page = _queued_instead(samira, slot)

    assert page.heading == "Ada står i kö"
    assert "Platserna tog slut medan du skrev. Ni är nummer 1 i kön." in page.text
    assert "Lämna kön" in page.links


def test_given_a_form_that_said_queue_then_the_receipt_does_not_speak_of_seats_that_ran_out(samira: Visitor) -> None:
    slot = slot_from_now(seats=1)
    book(new_phone(samira.application), slot, epost="rolf@example.org")

    page = book(samira, slot)

    assert "Ni är nummer 1 i kön." in page.text
    assert "tog slut" not in page.text


def test_given_a_promise_that_was_kept_then_nothing_is_said_of_it(samira: Visitor) -> None:
    assert "tog slut" not in book(samira, slot_from_now()).text


# ---- the used form ----


def test_given_a_used_form_in_a_browser_without_the_link_then_a_page_says_what_stands_and_offers_the_link(
    samira: Visitor, rolf: Visitor
) -> None:
    slot = slot_from_now()
    form = open_form(samira, slot)
    receipt = form.submit(filled_in())
    used = {"nyckel": form.forms[0].fields["nyckel"]}

    page = open_form(rolf, slot).submit({**filled_in(), "barn-1-namn": "Bo", **used}, status=409)

    assert page.heading == "Du har redan bokat"
    assert "Den bokningen gäller som den var" in page.text or "inte sparat" in page.text
    assert page.links["Hämta länken igen"] == "/mina/lankar"
    assert receipt.url.partition("?")[0].rsplit("/", 1)[1] not in page.html
    assert "Ada" not in page.text
    assert len(world.letters()) == 1


# ---- adults ----


def test_given_a_workshop_where_an_adult_stays_then_none_is_not_offered_and_one_is_chosen(samira: Visitor) -> None:
    page = open_form(samira, slot_from_now())

    assert [option.get("value") for option in page.root.all("input") if option.get("name") == "vuxna"] == ["1", "2"]
    assert page.forms[0].fields["vuxna"] == "1"


def test_given_a_workshop_where_no_adult_stays_then_none_may_be_chosen_and_a_phone_number_is_needed(
    samira: Visitor,
) -> None:
    slot = slot_from_now(adult_stays=False)

    page = open_form(samira, slot).submit({**filled_in(), "vuxna": "0", "telefon": ""}, status=422)
    receipt = page.submit({"telefon": ADULT["telefon"]})

    assert [place for place, _ in page.errors] == ["telefon"]
    assert page.forms[0].fields["vuxna"] == "0"
    assert "Ingen vuxen följer med." in receipt.text


def test_given_an_adult_who_must_stay_when_none_is_sent_then_the_page_says_what_to_choose(samira: Visitor) -> None:
    slot = slot_from_now()

    page = open_form(samira, slot).submit({**filled_in(), "vuxna": "0"}, status=422)
    worse = open_form(samira, slot).submit({**filled_in(), "vuxna": "0", "namn": ""}, status=422)

    assert page.errors == [("vuxna", "En vuxen stannar på det här passet. Välj en eller två vuxna.")]
    assert [place for place, _ in worse.errors] == ["namn", "vuxna"]
    assert not world.letters()


def test_given_an_adult_who_must_stay_then_a_change_of_contact_asks_for_one_too(samira: Visitor) -> None:
    page = book(samira, slot_from_now()).follow("Ändra dina uppgifter")

    wrong = page.submit({"vuxna": "0"}, status=422)

    assert wrong.errors == [("vuxna", "En vuxen stannar på det här passet. Välj en eller två vuxna.")]


@pytest.mark.parametrize("number", ["99", "-1", "två", ""])
def test_given_a_number_of_adults_that_was_never_offered_then_the_page_answers_in_its_own_language(
    samira: Visitor, number: str
) -> None:
    page = open_form(samira, slot_from_now()).submit({**filled_in(), "vuxna": number}, status=422)

    assert page.errors == [("vuxna", "Välj hur många vuxna som följer med.")]


def test_given_the_same_child_on_two_rows_then_the_page_speaks_of_the_form_and_not_of_a_booking(
    samira: Visitor,
) -> None:
    form = open_form(samira, slot_from_now(), children=2)

    page = form.submit({**filled_in(2), "barn-2-namn": "ada"}, status=422)

    assert [place for place, _ in page.errors] == ["barn-2-namn"]
    assert "ada står två gånger i formuläret." in page.errors[0][1]


# ---- another address ----


def test_given_a_new_address_then_the_browser_that_changed_it_goes_on_and_the_page_says_that_the_link_is_new(
    samira: Visitor, rolf: Visitor
) -> None:
    receipt = book(samira, slot_from_now())
    old = receipt.by_id("lank").get("value")

    page = receipt.follow("Ändra dina uppgifter").submit({"epost": "karin@example.org"})

    new = page.by_id("lank").get("value")
    assert page.heading == "Ada har plats"
    assert "Ett mejl med en ny länk är på väg" in page.text
    assert new != old
    assert rolf.get(old[old.index("/l/") :]).status_code == 404
    assert visit(rolf, new[new.index("/l/") :]).heading == "Ada har plats"
    assert world.letters()[1:] == [
        ("address_changed", "samira@example.org"),
        ("seated", "karin@example.org"),
    ]
