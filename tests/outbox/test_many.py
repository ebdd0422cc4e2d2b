"""Many letters at once, and letters that are taken back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask

from booking.outbox import queries, services
from booking.outbox.message import Envelope
from booking.outbox.rules import LetterState
from booking.outbox.services import NewLetter, deliver_due
from booking.outbox.transports import Memory
from booking.store import writes
from tests.outbox.letters import KARIN, NOON, ROLF, SAMIRA, act, booking_facts, put, rows
from tests.support.queries import counted

LATER = NOON + dt.timedelta(hours=1)


def letter(to: str) -> NewLetter:
    return NewLetter(
        kind="bookings/seated", to=to, language="sv", subject="booking:1", payload=booking_facts(), not_after=LATER
    )


def test_many_letters_are_one_statement_and_each_the_same_as_alone(app: Flask) -> None:
    put(ROLF, act=act(), not_after=LATER)
    with counted() as sent:
        services.enqueue_all([letter(f"family{number}@example.org") for number in range(200)], act=act())

    assert len(sent) == 1
    alone, *many = rows()
    assert [one.recipient for one in many] == [f"family{number}@example.org" for number in range(200)]
    assert len({one.message_id for one in many}) == 200
    same = ("kind", "language", "subject", "payload", "state", "created_at", "due_at", "not_after", "attempts")
    assert all(getattr(one, name) == getattr(alone, name) for one in many for name in same)
    assert deliver_due(Memory(), act=act()).sent == 201


def test_no_letters_are_no_statement(app: Flask) -> None:
    with counted() as sent:
        services.enqueue_all([], act=act())

    assert sent == []


def test_many_letters_of_a_verb_that_fails_are_none(app: Flask) -> None:
    @writes
    def write_and_fail() -> None:
        services.enqueue_all([letter(SAMIRA), letter(ROLF)], act=act())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()

    assert rows() == []


def test_only_what_waits_of_that_kind_for_that_reader_is_taken_back(app: Flask) -> None:
    put(SAMIRA, act=act())
    deliver_due(Memory(), act=act())
    put(ROLF, act=act())
    put(SAMIRA, act=act(), kind="bookings/queued")
    put(SAMIRA, act=act())

    services.withdraw("bookings/seated", SAMIRA)

    left = [(one.recipient, one.kind, one.state) for one in rows()]
    assert left == [
        (SAMIRA, "bookings/seated", LetterState.SENT),
        (ROLF, "bookings/seated", LetterState.WAITING),
        (SAMIRA, "bookings/queued", LetterState.WAITING),
    ]


def test_what_a_worker_holds_is_taken_back_too_and_not_sent(app: Flask) -> None:
    for to in (SAMIRA, ROLF):
        put(to, act=act())

    class Interrupted(Memory):
        """While the first letter goes, the reader of the second one says no."""

        def send(self, envelope: Envelope) -> None:
            super().send(envelope)
            services.withdraw("bookings/seated", ROLF)

    assert deliver_due(Interrupted(), act=act()).sent == 1
    assert [one.recipient for one in rows()] == [SAMIRA]


def test_letters_are_rewritten_by_what_they_name_and_a_worker_lets_go_of_the_old_words(app: Flask) -> None:
    put(SAMIRA, act=act(), slots=["/pass/7%"], title={"sv": "Gammalt", "en": "Old"})
    put(ROLF, act=act(), slots=["/pass/7%"])
    put(KARIN, act=act(), slots=["/pass/70"])
    [held, *_] = services.claim(limit=1, act=act())

    def change(payload: dict[str, Any]) -> dict[str, Any] | None:
        return {**payload, "title": {"sv": "Nytt", "en": "New"}} if payload["title"]["sv"] == "Gammalt" else None

    assert services.rewrite(["bookings/seated"], naming='"/pass/7%"', change=change, act=act(LATER)) == [1, 2]
    assert services.rewrite(["bookings/queued"], naming='"/pass/70"', change=change, act=act(LATER)) == []

    assert not queries.is_held(held.id, by=held.held_by, now=NOON)
    samira, rolf, karin = rows()
    assert (samira.payload["title"]["sv"], samira.state, samira.due_at) == ("Nytt", LetterState.WAITING, LATER)
    assert (rolf.state, karin.state) == (LetterState.WITHDRAWN, LetterState.WAITING)
    post = Memory()
    assert deliver_due(post, act=act(LATER)).sent == 2
