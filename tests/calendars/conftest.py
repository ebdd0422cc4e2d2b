"""Feeds are fetched on Monday 23 November 2026, 10:00 in Stockholm."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from tests.calendars.world import NOW
from tests.support.icaljs import IcalJs

Fetch = Callable[..., TestResponse]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def fetch(app: Flask, clock: time_machine.Traveller) -> Fetch:
    """`fetch(path, **headers)`, each time in a context of its own, as a server does."""
    return _fetcher(app)


@pytest.fixture
def sqlite_fetch(sqlite_app: Flask, clock: time_machine.Traveller) -> Fetch:
    """As `fetch`, for what no database can change."""
    return _fetcher(sqlite_app)


@pytest.fixture(scope="module")
def icaljs() -> Iterator[IcalJs]:
    with IcalJs() as judge:
        yield judge


def _fetcher(app: Flask) -> Fetch:
    def fetch(path: str, *, method: str = "GET", **headers: str) -> TestResponse:
        with app.app_context():
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return app.test_client().open(path, method=method, headers=named)

    return fetch
