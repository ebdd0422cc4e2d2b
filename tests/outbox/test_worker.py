from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from booking.outbox import services, worker
from booking.outbox.rules import LetterState
from booking.outbox.services import Tally
from booking.outbox.transports import Memory, Transport
from tests.outbox.letters import NOON, SAMIRA, act, put, rows

# The worker asks the real clock.
LONG_AGO = NOON - dt.timedelta(days=365)


@contextmanager
def running(app: Flask, transport: Transport | None = None) -> Iterator[threading.Thread]:
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(app, stop), kwargs={"transport": transport})
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def wait_until(what: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not what():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PAUSE_SECONDS", 0.02)


def test_what_is_written_while_the_worker_runs_is_sent_by_itself(app: Flask) -> None:
    with running(app):
        put(SAMIRA, act=act(LONG_AGO))

        wait_until(lambda: [letter.state for letter in rows()] == [LetterState.SENT])


def test_given_a_fault_then_it_is_logged_without_what_it_says_and_the_worker_goes_on(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []
    whole = services.deliver_due

    def fail_first(transport: Transport, **others: object) -> Tally:
        calls.append(1)
        if len(calls) == 1:
            raise OSError(f"INSERT INTO letters … {SAMIRA}")
        return whole(transport, **others)  # type: ignore[arg-type] # passed on as they came

    monkeypatch.setattr(services, "deliver_due", fail_first)
    caplog.set_level(logging.DEBUG)
    put(SAMIRA, act=act(LONG_AGO))

    with running(sqlite_app, Memory()):
        wait_until(lambda: [letter.state for letter in rows()] == [LetterState.SENT])

    assert "the mail worker met OSError" in caplog.text
    assert SAMIRA not in caplog.text


def test_while_nothing_can_be_reached_the_pauses_grow(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0)
            if len(pauses) == 5:
                self.set()
            return self.is_set()

    tallies = [Tally(is_reachable=False)] * 3 + [Tally()] * 2
    monkeypatch.setattr(services, "deliver_due", lambda *_, **__: tallies.pop(0))
    monkeypatch.setattr(worker, "LONGEST_PAUSE_SECONDS", 0.1)

    worker.run(sqlite_app, Stop())

    assert pauses == [0.04, 0.08, 0.1, 0.02, 0.02]
