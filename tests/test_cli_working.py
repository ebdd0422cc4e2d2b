"""What runs beside the pages: every minute the clock's verbs, whatever happens to one of them."""

from __future__ import annotations

import threading

import pytest
from flask import Flask

from booking.cli import working
from booking.kernel.act import Act, system_act

SECRET = "samira@example.org"


def test_given_a_tick_that_fails_then_the_others_run_and_it_is_tried_again(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop = threading.Event()
    ran: list[str] = []

    def fails(act: Act) -> None:
        ran.append("fails")
        raise ZeroDivisionError(SECRET)

    def works(act: Act) -> None:
        ran.append(act.actor.ref)
        if ran.count("worker") == 2:
            stop.set()

    monkeypatch.setattr(working, "TICKS", (fails, works))

    working.keep_ticking(sqlite_app, stop, every=0.01)

    assert ran == ["fails", "worker", "fails", "worker"]
    assert "ZeroDivisionError" in caplog.text
    assert SECRET not in caplog.text


def test_the_verbs_that_the_clock_calls_run_on_an_empty_database(app: Flask) -> None:
    for tick in working.TICKS:
        with app.app_context():
            tick(system_act("worker"))
