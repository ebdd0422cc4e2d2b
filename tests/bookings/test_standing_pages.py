"""A family's page says how each child stands, offers what can be done, and nothing that would be refused."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import update

from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.bookings.rules import Standing
from booking.bookings.services import keys
from booking.kernel import token as tokens
from booking.programme.models import Meeting, Slot
from booking.settings import current
from booking.store.engine import session
from tests.bookings import world
from tests.bookings.phones import add_child, book, new_phone, slot_from_now
from tests.bookings.world import MadeSlot, run
from tests.page import Page, Visitor, visit

MIXED = "Några har plats, några står i kö"


def _mixed(samira: Visitor, *, ahead: int = 1) -> tuple[MadeSlot, Page]:
    """Ada has the last seat; Kim was added and waits behind `ahead` strangers."""
    slot = slot_from_now(seats=1)
    receipt = book(samira, slot)
    for number in range(ahead):
        book(new_phone(samira.application), slot, epost=f"rolf{number}@example.org")
    return slot, add_child(visit(samira, receipt.url.partition("?")[0]), "Kim")


def _reversed_mix(samira: Visitor, rolf: Visitor) -> tuple[MadeSlot, Page]:
    """Ada and Bo wait for two seats; Kim was added and has the only one that is free."""
    slot = slot_from_now(seats=2)
    book(rolf, slot, epost="rolf@example.org")
    receipt = book(samira, slot, children=2)
    return slot, add_child(receipt, "Kim")


def _ref(page: Page) -> str:
    return page.url.partition("?")[0].rsplit("/", 1)[1]


def test_given_a_seat_and_a_place_in_the_queue_then_title_heading_notes_and_table_tell_each_child_s(
    samira: Visitor,
) -> None:
    _, page = _mixed(samira)

    assert page.heading == "Ada har plats. Kim står i kö som nummer 2."
    assert page.title.startswith(MIXED)
    assert "Kim är tillagd och står i kö som nummer 2." in page.text
    assert "Kim står i kö. Vi" in page.text
    assert "Nummer 2 i kön" in page.text
    assert "Lägg i kalendern" in page.links
    assert "Bokningen är klar" not in page.text


def test_given_the_reverse_mix_then_the_added_child_s_seat_is_told_with_its_calendar(
    samira: Visitor, rolf: Visitor
) -> None:
    _, page = _reversed_mix(samira, rolf)

    assert page.heading == "Kim har plats. Ada och Bo står i kö som nummer 1."
    assert page.title.startswith(MIXED)
    assert "Kim är tillagd och har plats." in page.text
    assert "Lägg i kalendern" in page.links


def test_given_two_waiting_parties_of_a_family_then_each_has_its_own_number(samira: Visitor, rolf: Visitor) -> None:
    slot = slot_from_now(seats=1)
    book(rolf, slot, epost="rolf@example.org")
    receipt = book(samira, slot)
    book(new_phone(samira.application), slot, epost="karin@example.org")

    page = add_child(receipt, "Kim")

    assert page.heading == "Ada står i kö som nummer 1. Kim står i kö som nummer 3."
    assert page.title.startswith("Ni står i kö")


def test_given_a_mixed_family_when_only_the_waiting_child_leaves_then_the_other_keeps_the_seat(
    samira: Visitor,
) -> None:
    slot, page = _mixed(samira)

    child = page.follow("Lämna kön för Kim")
    page = child.submit(child.forms[1], button="Lämna kön för Kim")

    assert "Kim står i kö som nummer 2" in child.text
    assert page.heading == "Ada har plats"
    assert "Barnet har lämnat kön." in page.text
    assert world.pool(slot) == (1, 1, 1)


def test_given_the_reverse_mix_when_both_who_wait_leave_then_the_seat_stays(samira: Visitor, rolf: Visitor) -> None:
    slot, page = _reversed_mix(samira, rolf)

    for name in ("Ada", "Bo"):
        child = page.follow(f"Lämna kön för {name}")
        page = child.submit(child.forms[1], button=f"Lämna kön för {name}")

    assert page.heading == "Kim har plats"
    assert world.pool(slot) == (2, 2, 0)


def test_given_a_mixed_family_when_it_cancels_then_the_page_says_first_what_each_child_loses(samira: Visitor) -> None:
    slot, page = _mixed(samira)

    question = page.follow("Avboka allt")
    answer = question.submit({}, button="Avboka allt")

    assert question.heading == "Vill ni avboka allt?"
    assert "Ada mister sin plats." in question.text
    assert "Kim lämnar kön." in question.text
    assert "Lämna kön för Kim" in question.links
    assert answer.heading == "Bokningen är avbokad"
    assert world.pool(slot)[1:] == (1, 0)  # the stranger who waited has the seat


def test_given_a_family_that_only_waited_when_it_leaves_then_the_page_does_not_speak_of_seats(
    samira: Visitor, rolf: Visitor
) -> None:
    slot = slot_from_now(seats=1)
    book(rolf, slot, epost="rolf@example.org")

    page = book(samira, slot).follow("Lämna kön").submit({})

    assert page.heading == "Ni har lämnat kön"
    assert "Ni står inte längre i kö." in page.text
    assert "plats. Tack" not in page.text
    assert "någon annan" not in page.text


def test_given_a_mixed_family_then_the_list_of_bookings_says_so(samira: Visitor) -> None:
    _mixed(samira)
    act = world.act_at(dt.datetime.now(dt.UTC))
    key = keys.address_key("samira@example.org")
    link = accounts.draw(Purpose.MINE, key, ends_at=act.now + world.DAY, act=act)
    accounts.store(link)

    page = visit(samira, f"/l/{tokens.make(current().key, Purpose.MINE, link.nonce)}")

    assert MIXED in page.text
    assert "2 barn" in page.text


def test_given_what_to_bring_and_an_adult_who_stays_then_the_booking_s_page_says_both(
    samira: Visitor, rolf: Visitor
) -> None:
    slot, other = slot_from_now(), slot_from_now(adult_stays=False)
    run("UPDATE slots SET bring_sv = 'Oömma kläder' WHERE id = :id", id=slot.id)

    page, bare = book(samira, slot), book(rolf, other)

    assert "Ta med: Oömma kläder" in page.text
    assert "En vuxen stannar hela tiden." in page.text
    assert "En vuxen stannar" not in bare.text


OFFERS = ("Avboka platsen", "Lägg till ett barn", "Ändra Ada", "Ändra dina uppgifter", "Lägg i kalendern")


@pytest.mark.parametrize("what", ["over", "off"])
def test_given_a_workshop_that_is_over_or_called_off_then_nothing_is_offered_that_would_be_refused(
    app: Flask, samira: Visitor, what: str
) -> None:
    slot = slot_from_now()
    run("UPDATE slots SET is_online = :yes, join_url = 'https://mote.example/x' WHERE id = :id", yes=True, id=slot.id)
    receipt = book(samira, slot)
    address = receipt.url.partition("?")[0]
    ada = world.child_id(_ref(receipt), "Ada")
    assert set(OFFERS) <= receipt.links.keys()
    _end(slot) if what == "over" else run("UPDATE slots SET state = 'called_off' WHERE id = :id", id=slot.id)

    page = visit(samira, receipt.url)
    deeper = [visit(samira, f"{address}{below}") for below in ("/avbokning", "/barn", f"/barn/{ada}", "/kontakt")]

    assert page.heading == {"over": "Passet är slut", "off": "Passet är inställt"}[what]
    assert not set(OFFERS) & page.links.keys()
    for gone in ("Länken visas här", "mote.example", "Ni behöver inte visa", "Bokningen är klar"):
        assert gone not in page.html
    assert {other.heading for other in deeper} == {page.heading}
    assert world.standing(_ref(receipt)) is Standing.SEATED


def test_given_a_page_from_before_the_end_when_its_button_is_pressed_after_it_then_the_answer_says_how_it_is(
    samira: Visitor, rolf: Visitor
) -> None:
    slot = slot_from_now(seats=1)
    book(rolf, slot, epost="rolf@example.org")
    question = book(samira, slot).follow("Lämna kön")
    _end(slot)

    page = question.submit({})

    assert page.heading == "Passet är slut"
    assert "Ni fick ingen plats den här gången." in page.text


def _end(slot: MadeSlot) -> None:
    """Everything of the slot was an hour ago."""
    now = dt.datetime.now(dt.UTC)
    start, end = now - 2 * world.HOUR, now - world.HOUR
    session().execute(update(Slot).where(Slot.id == slot.id).values(starts_at=start, closes_at=start, ends_at=end))
    session().execute(update(Meeting).where(Meeting.slot_id == slot.id).values(starts_at=start, ends_at=end))
    session().commit()
