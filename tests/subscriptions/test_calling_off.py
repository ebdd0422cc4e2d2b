"""A letter that offers a slot is not sent once the slot is called off (on both databases)."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from flask import Flask

from booking.outbox import services as outbox
from booking.outbox.message import Envelope
from booking.outbox.rendering import render
from booking.outbox.rules import LetterState
from booking.outbox.transports import Memory
from booking.programme.models import Slot
from booking.programme.rules import AlreadyCalledOff
from booking.subscriptions import services
from tests.bookings.crowd import at_once, results
from tests.builders import make_activity, make_place, make_slot
from tests.subscriptions.world import FIVE, MINUTE, NOON, ROLF, SAMIRA, act, follow, letters, publish, tick, told
from tests.support.queries import counted

WAITING, WITHDRAWN = LetterState.WAITING, LetterState.WITHDRAWN


@pytest.fixture(autouse=True)
def library(app: Flask) -> None:
    make_place()
    make_activity()


def coming(day: int = 9) -> Slot:
    """A slot of December whose booking opens at noon."""
    return make_slot(starts=f"2026-12-{day:02} 15:30", opens_at=NOON)


def wait_for(slot: Slot, email: str = SAMIRA) -> None:
    services.ask_for_opening(slot.id, email=email, language="sv", act=act())


def call_off(slot: Slot, *, at: dt.datetime = NOON) -> None:
    services.call_off(slot.id, reason_sv="Vattenläcka.", act=act(at))


def test_a_letter_about_a_lone_slot_is_not_sent(app: Flask) -> None:
    first, other = coming(), coming()
    wait_for(first)
    wait_for(other, ROLF)
    tick(NOON)

    call_off(first)

    assert [(letter.recipient, letter.state) for letter in letters()] == [(SAMIRA, WITHDRAWN), (ROLF, WAITING)]
    assert outbox.deliver_due(Memory(), act=act(NOON + MINUTE)).sent == 1


@pytest.mark.parametrize("dead", [0, 1, 2])
def test_a_letter_about_several_slots_goes_without_that_one(app: Flask, dead: int) -> None:
    """Whichever of them it is: the letter is kept under the first one's number alone."""
    slots = [coming(day) for day in (9, 10, 11)]
    for slot in slots:
        wait_for(slot)
    tick(NOON)

    call_off(slots.pop(dead))

    [letter] = letters("opening")
    assert (told(letter), letter.state) == ([slot.id for slot in slots], WAITING)
    call_off(slots.pop(0))
    [letter] = letters("opening")
    assert told(letter) == [slots[0].id]
    words = render(letter.kind, payload=letter.payload, language="sv")
    assert words.subject == "Bokningen är öppen: Ditt första spel i Scratch"
    call_off(slots.pop())
    assert [letter.state for letter in letters("opening")] == [WITHDRAWN]


def test_a_digest_goes_without_it_and_not_at_all_when_it_was_all(app: Flask) -> None:
    follow()
    off, kept = publish(), publish()
    follow(ROLF, age=5)
    only = publish(age_min=4, age_max=6)
    tick()
    assert [len(told(letter)) for letter in letters("digest")] == [3, 1]

    call_off(off, at=FIVE)
    call_off(only, at=FIVE)

    samira, rolf = letters("digest")
    assert (told(samira), samira.state, rolf.state) == ([kept.id], WAITING, WITHDRAWN)
    assert f"/pass/{off.id}\n" not in render(samira.kind, payload=samira.payload, language="sv").text


def test_a_worker_that_has_the_letter_in_hand_does_not_send_it(app: Flask) -> None:
    for email in (ROLF, SAMIRA):
        follow(email)
    outbox.deliver_due(Memory(), act=act())  # the questions
    slot = publish()
    tick()

    class Interrupted(Memory):
        """While the first letter goes, the slot is called off."""

        def send(self, envelope: Envelope) -> None:
            call_off(slot, at=FIVE)

    assert outbox.deliver_due(Interrupted(), act=act(FIVE)).sent == 1
    assert sorted(letter.state for letter in letters("digest")) == [LetterState.SENT, WITHDRAWN]


def test_a_number_that_begins_the_same_is_another_slot(app: Flask) -> None:
    slots = [coming() for _ in range(11)]
    wait_for(slots[10])
    tick(NOON)

    call_off(slots[0])

    assert f"{slots[10].id}".startswith(f"{slots[0].id}")
    assert [letter.state for letter in letters("opening")] == [WAITING]


def test_letters_that_are_written_in_the_same_moment_do_not_offer_it_either(app: Flask) -> None:
    off, kept = coming(), coming(10)
    for number in range(30):
        wait_for(off, f"family{number}@example.org")
    wait_for(kept)

    results(at_once(app, [partial(services.tell_of_openings, act=act(NOON)), partial(call_off, off)]))

    assert [told(letter) for letter in letters("opening") if letter.state is WAITING] == [[kept.id]]


def test_the_statements_do_not_grow_with_the_letters(app: Flask) -> None:
    few, many = coming(), coming(10)
    wait_for(few)
    for number in range(20):
        wait_for(many, f"family{number}@example.org")
    tick(NOON)

    with counted() as one:
        call_off(few)
    with counted() as twenty:
        call_off(many)

    assert len(twenty) <= len(one) <= 25


def test_calling_off_twice_is_refused(app: Flask) -> None:
    slot = coming()
    call_off(slot)

    with pytest.raises(AlreadyCalledOff):
        call_off(slot)
