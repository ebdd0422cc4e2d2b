"""The rate of the settings: letters a minute from all workers together."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask

from booking.app import create_app
from booking.outbox import rules, services
from booking.outbox.message import Envelope
from booking.outbox.rules import LetterState
from booking.outbox.services import Tally, deliver_due
from booking.outbox.transports import Memory
from booking.settings import BadSettings, load
from tests.outbox.letters import NOON, act, put_many, rows
from tests.support.database import close, settings_for
from tests.support.queries import counted

SECOND = dt.timedelta(seconds=1)


class Clock:
    """Seconds that pass only while somebody waits or sends."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def read(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


class Sending(Memory):
    """Notes when each letter goes; each takes a tenth of a second."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.at = clock, list[float]()

    def send(self, envelope: Envelope) -> None:
        self.at.append(self.clock.seconds)
        self.clock.wait(0.1)


@pytest.fixture
def slow_app(database_url: str, tmp_path: Path) -> Flask:
    """An installation whose mail provider takes sixty letters a minute."""
    return create_app(settings_for(database_url, instance=tmp_path, mail_rate=60))


@pytest.mark.parametrize(
    ("rate", "next_in", "limit", "expected"),
    [
        (60, 0, 3, [0, 1, 2]),
        (60, 0, 40, list(range(11))),
        (60, 4, 3, [4, 5, 6]),
        (60, -30, 2, [0, 1]),
        (60, 10, 2, [10]),
        (60, 10.5, 2, []),
        (1, 0, 40, [0]),
        (1, 60, 40, []),
        (1, 10, 40, [10]),
        (60, 3600, 2, [0, 1]),
        (6000, 0, 3, [0, 0.01, 0.02]),
    ],
)
def test_turns_follow_each_other_and_none_lies_far_ahead(
    rate: int, next_in: float, limit: int, expected: list[float]
) -> None:
    found = rules.turns(rate=rate, next_at=NOON + next_in * SECOND, limit=limit, now=NOON)

    assert [(turn - NOON) / SECOND for turn in found] == expected


def test_given_a_rate_then_letters_go_evenly_and_none_is_lost(slow_app: Flask) -> None:
    clock = Clock()
    sending = Sending(clock)
    with slow_app.app_context():
        put_many(25, act=act())

        while len(sending.at) < 25:
            deliver_due(
                sending, act=act(NOON + clock.seconds * SECOND), stopwatch=_from(clock.seconds, clock), wait=clock.wait
            )
            clock.wait(1)

        assert {letter.state for letter in rows()} == {LetterState.SENT}
    close(slow_app)
    pauses = [later - earlier for earlier, later in pairwise(sending.at)]
    assert min(pauses) >= 1 - 1e-6
    assert sending.at[-1] <= 25 + 3


def _from(start: float, clock: Clock) -> Callable[[], float]:
    return lambda: clock.read() - start


def test_given_three_workers_then_they_keep_one_rate_together(database_url: str, tmp_path: Path) -> None:
    """Real time: 1,200 letters a minute are one in 50 ms, whoever sends it."""
    app = create_app(settings_for(database_url, instance=tmp_path, mail_rate=1200))
    sent: list[float] = []

    class Real(Memory):
        def send(self, envelope: Envelope) -> None:
            sent.append(time.monotonic())

    def work() -> None:
        with app.app_context():
            while len(sent) < 60:
                deliver_due(Real(), act=act(NOON + (time.monotonic() - began) * SECOND))
                time.sleep(0.01)

    with app.app_context():
        put_many(60, act=act())
    began = time.monotonic()
    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    close(app)
    assert len(sent) == 60
    # What a window of a second may hold: its own twenty, and what the machine had held up before it.
    assert max(sent) - began >= 59 * 0.05
    busiest = max(sum(start <= at < start + 1 for at in sent) for start in sent)
    assert busiest <= 40


def test_while_a_worker_waits_for_its_turn_it_can_be_told_to_stop(slow_app: Flask) -> None:
    clock = Clock()
    sending = Sending(clock)
    with slow_app.app_context():
        put_many(5, act=act())

        tally = deliver_due(
            sending, act=act(), stopwatch=clock.read, wait=lambda _: None, is_stopping=lambda: len(sending.at) == 1
        )

        assert tally == Tally(sent=1)
        assert [letter.held_by for letter in rows()] == [None] * 5
    close(slow_app)


def test_without_a_rate_a_claim_is_one_statement(app: Flask) -> None:
    put_many(3, act=act())

    with counted() as sent:
        services.claim(limit=10, act=act())

    assert len(sent) == 1


@pytest.mark.parametrize(("name", "wrong"), [("mail_rate", "-1"), ("reminder_days", "15"), ("reminder_hour", "24")])
def test_a_number_that_cannot_be_right_is_refused(tmp_path: Path, name: str, wrong: str) -> None:
    with pytest.raises(BadSettings, match=name):
        load(instance_path=tmp_path, environ={"BOOKING_MODE": "demo", f"BOOKING_{name.upper()}": wrong})
