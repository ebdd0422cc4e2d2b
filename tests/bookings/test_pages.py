"""The family's pages, through the checking client: each page fetched here keeps the promises of `tests/page.py` too."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import text

from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.bookings import queries, services
from booking.bookings.rules import Standing
from booking.bookings.services import keys
from booking.kernel import token as tokens
from booking.kernel.act import Actor, ActorKind, act_now
from booking.settings import current
from booking.store.engine import session
from tests.bookings import world
from tests.bookings.phones import ADULT, book, new_phone, slot_from_now
from tests.page import Visitor, visit


def test_given_free_seats_when_samira_books_two_children_then_the_receipt_says_that_both_have_seats(
    samira: Visitor,
) -> None:
    slot = slot_from_now()

    page = book(samira, slot, children=2)

    assert page.heading == "Ada och Bo har plats"
    assert "samira@example.org" in page.text
    assert "Lägg i kalendern" in page.links
    assert world.letters() == [("seated", "samira@example.org")]
    assert "/l/" not in page.url


def test_given_a_full_slot_when_samira_books_then_the_form_said_beforehand_that_she_would_queue(
    samira: Visitor,
) -> None:
    slot = slot_from_now(seats=1)
    book(new_phone(samira.application), slot, epost="rolf@example.org")

    form = visit(samira, f"/pass/{slot.id}/bokning")
    receipt = book(samira, slot)

    assert form.heading == "Ställ er i kö"
    assert "nummer 1 i kön" in form.text
    assert receipt.heading == "Ada står i kö"
    assert "nummer 1 i kön" in receipt.text.lower()


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"barn-1-namn": ""}, "barn-1-namn", "Skriv ett förnamn eller ett smeknamn."),
        ({"barn-1-alder": "7"}, "barn-1-alder", "Ada är 7 år den dagen."),
        ({"barn-1-alder": "sju"}, "barn-1-alder", "0 till 99"),
        ({"namn": ""}, "namn", "Skriv ditt namn."),
        ({"epost": "samira"}, "epost", "@"),
        ({"telefon": ""}, "telefon", "Skriv ett telefonnummer så att vi når dig om tiden ändras."),
        ({"behov": "811228-9874"}, "behov", "personnummer"),
    ],
)
def test_given_a_mistake_then_the_page_names_the_field_says_what_to_do_and_keeps_what_was_typed(
    samira: Visitor, changed: Mapping[str, str], field: str, said: str
) -> None:
    slot = slot_from_now(adult_stays=False)
    page = visit(samira, f"/pass/{slot.id}/bokning")
    typed = {"barn-1-namn": "Ada", "barn-1-alder": "9", **ADULT, **changed}

    page = page.submit(typed, status=422)

    assert [place for place, _ in page.errors] == [field]
    assert said in page.errors[0][1]
    assert page.by_id(field).get("aria-invalid") == "true"
    assert page.title.startswith("Fel:")
    kept = page.forms[0].fields
    assert {name: kept[name] for name in typed} == typed
    assert not world.letters()


def test_given_several_mistakes_then_all_are_listed_in_the_order_of_the_page(samira: Visitor) -> None:
    slot = slot_from_now(adult_stays=False)
    page = visit(samira, f"/pass/{slot.id}/bokning").submit({}, button="barn")

    page = page.submit({"barn-1-namn": "Ada", "barn-1-alder": "3", "barn-2-namn": "Bo", "barn-2-alder": ""}, status=422)

    places = [place for place, _ in page.errors]
    assert places == ["barn-1-alder", "barn-2-alder", "namn", "epost", "telefon"]


def test_given_three_rows_when_the_second_child_is_taken_away_then_the_third_moves_up_and_nothing_is_booked(
    samira: Visitor,
) -> None:
    slot = slot_from_now()
    page = visit(samira, f"/pass/{slot.id}/bokning").submit({}, button="barn").submit({}, button="barn")
    names = {"barn-1-namn": "Ada", "barn-2-namn": "Bo", "barn-3-namn": "Cleo", "barn-3-alder": "11", "namn": "Samira"}

    page = page.submit(names, button="2")

    kept = page.forms[0].fields
    assert (kept["barn-1-namn"], kept["barn-2-namn"], kept["barn-2-alder"]) == ("Ada", "Cleo", "11")
    assert kept["namn"] == "Samira"
    assert "barn-3-namn" not in kept
    assert not world.letters()


def test_given_more_rows_than_the_limit_then_the_rule_says_whom_to_call(samira: Visitor) -> None:
    slot = slot_from_now(seats=30)
    limit = current().party_limit
    form = visit(samira, f"/pass/{slot.id}/bokning").forms[0]
    many = {
        f"barn-{n}-{part}": value
        for n in range(1, limit + 9)
        for part, value in (("namn", "Bo" + "o" * n), ("alder", "9"))
    }

    page = visit(samira, f"/pass/{slot.id}/bokning").submit(form, ADULT, extra=many, status=422)

    assert f"högst {limit} barn" in page.errors[0][1]


def test_given_the_same_form_twice_then_both_answers_lead_to_the_same_booking(samira: Visitor) -> None:
    slot = slot_from_now()
    form = visit(samira, f"/pass/{slot.id}/bokning").forms[0]
    data = {**form.fields, "barn-1-namn": "Ada", "barn-1-alder": "9", **ADULT}

    first, second = samira.post(form.action, data=data), samira.post(form.action, data=data)

    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert len(world.letters()) == 1


def test_given_a_used_form_with_another_name_then_the_page_says_that_it_is_booked_and_offers_to_change_it(
    samira: Visitor,
) -> None:
    slot = slot_from_now()
    page = visit(samira, f"/pass/{slot.id}/bokning")
    page.submit({"barn-1-namn": "Ada", "barn-1-alder": "9", **ADULT})

    again = page.submit({"barn-1-namn": "Bo", "barn-1-alder": "9", **ADULT}, status=409)

    assert "redan" in again.heading
    assert any(address.startswith("/bokning/") for address in again.links.values())
    assert len(world.letters()) == 1


def test_given_a_form_whose_session_was_lost_then_the_text_is_kept_and_one_click_sends_it(samira: Visitor) -> None:
    slot = slot_from_now()
    page = visit(samira, f"/pass/{slot.id}/bokning")
    samira.delete_cookie("kodplats")
    typed = {"barn-1-namn": "Ada", "barn-1-alder": "9", **ADULT}

    stale = page.submit(typed, status=400)
    receipt = stale.submit({})

    assert stale.forms[0].fields["barn-1-namn"] == "Ada"
    assert receipt.heading == "Ada har plats"


def test_given_a_booking_then_a_stranger_gets_the_same_answer_as_for_one_that_does_not_exist(
    samira: Visitor, rolf: Visitor
) -> None:
    slot = slot_from_now()
    receipt = book(samira, slot)
    book(rolf, slot, epost="rolf@example.org")
    ref = receipt.url.partition("?")[0].rsplit("/", 1)[1]
    pages = ("", "/avbokning", "/barn", "/kontakt", "/barn/1", ".ics")

    hers = [rolf.get(f"/bokning/{ref}{page}") for page in pages]
    nobodys = [rolf.get(f"/bokning/XXXXXXX{page}") for page in pages]

    assert {answer.status_code for answer in [*hers, *nobodys]} == {404}
    assert len({_without_reference(answer.text) for answer in [*hers[:-1], *nobodys[:-1]]}) == 1


def _without_reference(text: str) -> str:
    """The 404 page without what differs by nature: its own address and its reference number."""
    return re.sub(r'href="/en/[^"]*"|<span class="num">[^<]*', "", text)


def test_when_samira_changes_adds_takes_away_and_cancels_then_each_page_says_what_was_done(samira: Visitor) -> None:
    slot = slot_from_now()
    page = book(samira, slot)

    page = page.follow("Lägg till ett barn").submit({"namn": "Bo", "alder": "10"})
    assert page.heading == "Ada och Bo har plats"

    page = page.follow("Ändra Bo")
    page = page.submit(page.forms[0], {"namn": "Bosse"})
    assert page.heading == "Ada och Bosse har plats"

    page = page.follow("Ändra Bosse")
    page = page.submit(page.forms[1])
    assert page.heading == "Ada har plats"

    page = page.follow("Ändra dina uppgifter").submit({"telefon": "040-628 04 02", "vuxna": "2"})
    assert "2 vuxna" in page.text

    page = page.follow("Avboka platsen").submit({})
    assert page.heading == "Bokningen är avbokad"
    assert [kind for kind, _ in world.letters()] == [
        "seated",
        "child_added",
        "child_cancelled",
        "cancelled",
    ]
    assert queries.counter_faults() == []


def test_given_a_booking_when_its_link_is_opened_then_the_address_holds_no_secret_and_nothing_else_changes(
    samira: Visitor, rolf: Visitor
) -> None:
    receipt = book(samira, slot_from_now())
    link = receipt.by_id("lank").get("value").removeprefix(current().base_url)

    page = visit(rolf, link)

    assert page.heading == "Ada har plats"
    assert "/l/" not in page.url
    assert rolf.get(link[:-3] + "abc").status_code == 404


def test_when_links_are_asked_for_then_the_answer_is_the_same_with_and_without_bookings(
    samira: Visitor, rolf: Visitor
) -> None:
    book(samira, slot_from_now())

    known = visit(rolf, "/mina/lankar").submit({"epost": "Samira@example.org"})
    unknown = visit(rolf, "/mina/lankar").submit({"epost": "nobody@example.org"})

    assert known.text == unknown.text
    assert world.letters()[1:] == [("links_again", "samira@example.org")]


def test_given_the_link_to_all_bookings_then_it_lists_them_and_opens_each(samira: Visitor, rolf: Visitor) -> None:
    book(samira, slot_from_now(), children=2)
    book(samira, slot_from_now())
    token = _link_to_all("samira@example.org")

    page = visit(rolf, f"/l/{token}")

    addresses = [link.get("href") for link in page.root.all("a") if link.get("href").startswith("/bokning/")]
    assert len(set(addresses)) == 2
    assert visit(rolf, addresses[0]).heading.endswith("har plats")


def _link_to_all(email: str) -> str:
    act = act_now(Actor(ActorKind.SYSTEM, "test"))
    link = accounts.draw(Purpose.MINE, keys.address_key(email), ends_at=act.now + world.DAY, act=act)
    accounts.store(link)
    return tokens.make(current().key, Purpose.MINE, link.nonce)


def test_given_a_family_with_a_seat_online_then_the_join_link_shows_from_a_quarter_before_the_start(
    samira: Visitor, app: Flask
) -> None:
    now = dt.datetime.now(dt.UTC)
    soon, later = (
        world.make_slot(starts_at=now + wait, opens_at=now - world.DAY, closes_at=now + wait)
        for wait in (dt.timedelta(minutes=14), dt.timedelta(minutes=16))
    )
    for slot in (soon, later):
        session().execute(
            text("UPDATE slots SET is_online = :yes, join_url = 'https://mote.example/x' WHERE id = :id"),
            {"id": slot.id, "yes": True},
        )
    session().commit()

    shown = book(samira, soon)
    hidden = book(new_phone(app), later)

    assert "https://mote.example/x" in shown.links.values()
    assert "mote.example" not in hidden.html


def test_given_a_booking_then_its_calendar_file_has_an_entry_of_its_own_without_any_name(samira: Visitor) -> None:
    slot = slot_from_now()
    receipt = book(samira, slot)

    answer = samira.get(receipt.links["Lägg i kalendern"])

    public = samira.get(f"/pass/{slot.id}.ics").text
    own = answer.text
    uid = next(line for line in own.splitlines() if line.startswith("UID:"))
    assert answer.mimetype == "text/calendar"
    assert uid not in public
    assert "BEGIN:VALARM" in own
    assert "no-store" in answer.headers["Cache-Control"]
    assert not [word for word in ("Ada", "Samira", "/l/", "samira@") if word in own]


def test_given_english_addresses_then_the_whole_way_is_in_english(samira: Visitor) -> None:
    slot = slot_from_now()
    page = visit(samira, f"/en/pass/{slot.id}/bokning")

    page = page.submit({"barn-1-namn": "Ada", "barn-1-alder": "9", **ADULT})

    assert page.url.startswith("/en/bokning/")
    assert page.heading == "Ada has a seat"
    assert world.rows("SELECT language FROM letters") == [("en",)]


@pytest.mark.parametrize("field", ["status", "standing", "queue_number", "slot_id", "party", "pris"])
def test_given_fields_that_the_form_does_not_know_then_they_change_nothing(samira: Visitor, field: str) -> None:
    slot = slot_from_now(seats=1)
    book(new_phone(samira.application), slot, epost="rolf@example.org")
    page = visit(samira, f"/pass/{slot.id}/bokning")

    page.submit({"barn-1-namn": "Ada", "barn-1-alder": "9", **ADULT}, extra={field: "seated"})

    ref = next(row[0] for row in world.rows("SELECT ref FROM bookings ORDER BY id DESC"))
    assert services.receipt_of(ref).standing is Standing.QUEUED


def test_given_a_slot_that_cannot_be_booked_then_its_form_leads_back_to_its_page(samira: Visitor) -> None:
    now = dt.datetime.now(dt.UTC)
    slot = world.make_slot(starts_at=now + world.DAY, opens_at=now - world.DAY, closes_at=now - world.HOUR)
    session().commit()

    answer = samira.get(f"/pass/{slot.id}/bokning")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/pass/{slot.id}")
