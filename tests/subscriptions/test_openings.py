"""One letter when booking opens, to those who asked for it (on both databases)."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import insert

from booking.outbox import services as outbox
from booking.outbox.rendering import render
from booking.outbox.rules import LetterState
from booking.outbox.transports import Memory
from booking.programme import services as planning
from booking.programme.models import Slot
from booking.programme.rules import SlotState
from booking.store.engine import db, session
from booking.subscriptions import rules, services
from booking.subscriptions.models import OpeningWish
from booking.subscriptions.services import keys
from tests.bookings.crowd import at_once, results
from tests.builders import make_activity, make_slot
from tests.subscriptions.world import (
    DAY,
    FIVE,
    HOUR,
    MINUTE,
    MORNING,
    NOON,
    ROLF,
    SAMIRA,
    act,
    letters,
    openings,
    tick,
    told,
)
from tests.support.queries import counted


@pytest.fixture(autouse=True)
def workshop(app: Flask) -> None:
    make_activity()


def coming(**more: object) -> Slot:
    """A slot whose booking opens at noon."""
    return make_slot(**{"starts": "2026-12-09 15:30", "opens_at": NOON, **more})  # type: ignore[arg-type]  # any of its


def wait_for(slot: Slot, email: str = SAMIRA, *, at: dt.datetime = MORNING, language: str = "sv") -> None:
    services.ask_for_opening(slot.id, email=email, language=language, act=act(at))


def test_the_letter_goes_within_the_minute_and_the_address_goes_with_it(app: Flask) -> None:
    slot = coming()
    wait_for(slot)

    tick(NOON - MINUTE)
    assert letters() == []
    tick(NOON)

    [letter] = letters()
    assert (letter.kind, letter.recipient, letter.due_at) == ("subscriptions/opening", SAMIRA, NOON)
    assert told(letter) == [slot.id]
    assert letter.not_after == slot.closes_at
    assert openings() == []
    words = render(letter.kind, payload=letter.payload, language="sv")
    assert words.subject == "Bokningen är öppen: Ditt första spel i Scratch"
    assert f"/pass/{slot.id}/bokning" in words.text


def test_late_or_twice_changes_nothing_more(app: Flask) -> None:
    wait_for(coming())

    for later in (0, 0, 1, 60):
        tick(NOON + later * MINUTE)

    assert len(letters()) == 1


def test_asking_twice_is_one_letter_in_whatever_case_the_address_is_written(app: Flask) -> None:
    slot = coming()
    wait_for(slot)
    wait_for(slot, "SAMIRA@example.org")
    wait_for(slot, ROLF)

    tick(NOON)

    assert sorted(letter.recipient for letter in letters()) == [ROLF, SAMIRA]


def test_slots_that_open_together_are_one_letter(app: Flask) -> None:
    """An address that a stranger typed ten times gets one letter, not ten."""
    slots = [coming(starts=f"2026-12-{day:02} 15:30") for day in (12, 10, 11)]
    for slot in slots:
        wait_for(slot)

    tick(NOON)

    [letter] = letters()
    assert told(letter) == [slots[1].id, slots[2].id, slots[0].id]
    assert render(letter.kind, payload=letter.payload, language="sv").subject == "Bokningen är öppen"


def test_an_address_waits_for_ten_slots_at_most_and_nobody_is_told_so(app: Flask) -> None:
    slots = [coming(opens_at=NOON + number * HOUR) for number in range(12)]
    for slot in slots:
        wait_for(slot)

    assert len(openings()) == 10


@pytest.mark.parametrize(
    "kind", ["called off", "full without queue", "closed", "started"], ids=lambda kind: kind.replace(" ", "_")
)
def test_what_cannot_be_booked_any_more_is_no_news_and_the_row_goes(app: Flask, kind: str) -> None:
    more: dict[str, dict[str, object]] = {
        "closed": {"closes_at": NOON + HOUR},
        "started": {"starts": "2026-11-23 13:30"},
    }
    slot = coming(**more.get(kind, {}))
    wait_for(slot)
    at = NOON
    if kind == "called off":
        planning.call_off(slot.id, reason_sv="Ledaren är sjuk.", act=act(NOON - HOUR))
    elif kind == "full without queue":
        slot = coming(seats=2, seated=2, queue_limit=0)
        wait_for(slot, ROLF)
        services.tell_of_openings(act=act(NOON))
        assert [letter.recipient for letter in letters()] == [SAMIRA]
        assert openings() == []
        return
    else:
        at = NOON + 2 * HOUR  # the worker was away

    tick(at)

    assert letters() == []
    assert openings() == []


def test_a_full_slot_with_a_queue_is_news_that_says_so(app: Flask) -> None:
    wait_for(coming(seats=1, seated=1, queued=1))

    tick(NOON + MINUTE)

    [letter] = letters()
    text = render(letter.kind, payload=letter.payload, language="en").text
    assert "Full, but you can queue." in text
    assert "Join the queue:" in text


@pytest.mark.parametrize(
    "more",
    [
        {"opens_at": MORNING},
        {"opens_at": MORNING - HOUR},
        {"state": SlotState.DRAFT},
        {"state": SlotState.CALLED_OFF},
        {"starts": "2026-11-23 08:00", "opens_at": MORNING - DAY},
    ],
)
def test_where_nothing_is_waiting_to_open_asking_is_refused(app: Flask, more: dict[str, object]) -> None:
    slot = coming(**more)

    with pytest.raises(rules.OpensNoMore):
        wait_for(slot)
    with pytest.raises(rules.OpensNoMore):
        services.ask_for_opening(slot.id + 999, email=SAMIRA, language="sv", act=act())

    assert openings() == []


def test_two_thousand_who_wait_are_told_in_few_statements_once_and_at_once(app: Flask) -> None:
    """A storm: everybody wants the same slot. Two workers run at the same time."""
    slot = coming()
    for number in range(10):
        wait_for(slot, f"family{number}@example.org")
    with counted() as few:
        tick(NOON)
    other = coming(opens_at=NOON + HOUR)
    _wait_many(other, 2000)

    results(at_once(app, [partial(services.tell_of_openings, act=act(NOON + HOUR))] * 2))

    written = letters("opening")
    assert len(written) == 2010
    assert len({letter.recipient for letter in written[10:]}) == 2000
    assert {letter.due_at for letter in written[10:]} == {NOON + HOUR}
    assert openings() == []
    third = coming(opens_at=NOON + 2 * HOUR)
    _wait_many(third, 2000)
    with counted() as many:
        tick(NOON + 2 * HOUR)
    # Eight chunks and a last look, each of which costs what ten families cost.
    assert len(many) <= 9 * len(few)
    assert len(many) < 100


def test_a_letter_about_a_slot_that_passed_while_the_mail_server_was_away_is_not_sent_late(
    app: Flask,
) -> None:
    wait_for(coming(starts="2026-11-23 18:00"))
    tick(NOON)

    tally = outbox.deliver_due(Memory(), act=act(FIVE + 3 * HOUR))

    assert (tally.sent, tally.stopped) == (0, 1)
    assert letters()[0].state is LetterState.STOPPED


def _wait_many(slot: Slot, count: int) -> None:
    """So many families, as `ask_for_opening` keeps them, put there at once."""
    rows = []
    for number in range(count):
        email = f"crowd{number}@example.org"
        address = keys.address_key(email)
        rows.append(
            {
                "slot_id": slot.id,
                "email": email,
                "address_key": address,
                "wish_key": keys.opening_key(address, slot.id),
                "language": "sv",
                "asked_at": MORNING,
            }
        )
    session().rollback()
    with db.engine.begin() as connection:
        connection.execute(insert(OpeningWish), rows)
