"""Into an online meeting with one tap from the letter: at its time, and for who still has a seat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from booking.bookings import services
from booking.programme import services as programme
from booking.store.engine import session
from tests.accounts.doors import letter_link, manage_link, opened
from tests.bookings.phones import new_phone
from tests.bookings.world import (
    DAY,
    HOUR,
    NOW,
    ROLF,
    SAMIRA,
    MadeSlot,
    act_at,
    book,
    database_dump,
    make_slot,
    run,
    wishes,
)
from tests.page import Visitor, visit

STARTS = NOW + 10 * DAY
ADDRESS = "https://mote.example.org/robotar"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(STARTS - DAY, tick=False) as travelling:
        yield travelling


@pytest.fixture
def slot(sqlite_app: Flask) -> MadeSlot:
    """An online slot with one seat."""
    made = make_slot(seats=1, starts_at=STARTS)
    run("UPDATE slots SET is_online = true, join_url = :url", url=ADDRESS)
    return made


def mailed(slot: MadeSlot) -> tuple[str, str]:
    """Samira's booking and the path of the link that she is sent the evening before."""
    ref = book(slot, wishes(SAMIRA)).ref
    session().rollback()
    services.let_in(act_at(STARTS - HOUR))
    return ref, letter_link("join", to=SAMIRA)


@pytest.mark.parametrize("before", [15 * MINUTE, MINUTE, -59 * MINUTE])
def test_from_a_quarter_of_an_hour_before_one_tap_leads_into_the_meeting(
    sqlite_app: Flask, slot: MadeSlot, clock: time_machine.Traveller, before: dt.timedelta
) -> None:
    ref, link = mailed(slot)
    samira = new_phone(sqlite_app)
    clock.move_to(STARTS - before)

    assert opened(samira, link).get(f"/bokning/{ref}/traff").location == ADDRESS
    assert samira.get(link).location == f"/bokning/{ref}/traff"


def test_until_then_the_page_says_when_and_not_where(
    sqlite_app: Flask, slot: MadeSlot, clock: time_machine.Traveller
) -> None:
    _, link = mailed(slot)
    clock.move_to(STARTS - 16 * MINUTE)

    page = visit(new_phone(sqlite_app), link)

    assert page.heading == "Det är inte dags än"
    assert "söndag 11 oktober kl. 10.00–11.00" in page.text
    assert "från 15 minuter före start" in page.text
    assert ADDRESS not in page.html


def test_an_address_that_was_changed_after_the_letter_is_the_one_it_leads_to(
    sqlite_app: Flask, slot: MadeSlot, clock: time_machine.Traveller
) -> None:
    ref, link = mailed(slot)
    run("UPDATE slots SET join_url = 'https://annat.example.org/rum'")
    clock.move_to(STARTS)

    assert opened(new_phone(sqlite_app), link).get(f"/bokning/{ref}/traff").location == "https://annat.example.org/rum"


@pytest.mark.parametrize(
    ("what", "heading"),
    [("cancels", "Bokningen är avbokad"), ("is called off", "Passet är inställt")],
)
def test_who_has_no_seat_any_more_does_not_come_in(
    sqlite_app: Flask, slot: MadeSlot, clock: time_machine.Traveller, what: str, heading: str
) -> None:
    ref, link = mailed(slot)
    if what == "cancels":
        services.cancel(ref, act=act_at(STARTS - HOUR))
    else:
        programme.call_off(slot.id, reason_sv="Ledaren är sjuk.", act=act_at(STARTS - HOUR))
    clock.move_to(STARTS)

    page = visit(new_phone(sqlite_app), link)

    assert page.heading == heading
    assert ADDRESS not in page.html
    assert "15 minuter" not in page.text


def test_the_way_in_opens_nothing_else_and_nothing_else_opens_it(
    sqlite_app: Flask, slot: MadeSlot, clock: time_machine.Traveller
) -> None:
    ref, link = mailed(slot)
    samira, rolf = new_phone(sqlite_app), new_phone(sqlite_app)
    other = make_slot(starts_at=STARTS)
    rolfs = book(other, wishes(ROLF)).ref
    clock.move_to(STARTS)
    opened(samira, link)
    opened(rolf, manage_link(ref))

    for path in (
        f"/bokning/{ref}",
        f"/bokning/{ref}/avbokning",
        f"/bokning/{ref}.ics",
        "/mina",
        f"/bokning/{rolfs}/traff",
    ):
        assert samira.get(path).status_code == 404, path
    assert rolf.get(f"/bokning/{ref}/traff").status_code == 404
    assert new_phone(sqlite_app).get(f"/bokning/{ref}/traff").status_code == 404


def test_after_the_meeting_the_link_has_ended(sqlite_app: Flask, slot: MadeSlot, clock: time_machine.Traveller) -> None:
    _, link = mailed(slot)
    clock.move_to(STARTS + HOUR)

    assert new_phone(sqlite_app).get(link).status_code == 404


def test_a_mail_scanner_that_opens_the_link_changes_nothing(
    sqlite_app: Flask, slot: MadeSlot, clock: time_machine.Traveller
) -> None:
    ref, link = mailed(slot)
    scanner: Visitor = new_phone(sqlite_app)
    opened(scanner, link)
    before = database_dump()

    for path in (link, f"/bokning/{ref}/traff"):
        for ask in (scanner.get, scanner.head):
            ask(path, headers={"Purpose": "prefetch"})

    assert database_dump() == before
