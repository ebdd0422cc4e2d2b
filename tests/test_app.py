"""The composition root."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask, Response, request
from sqlalchemy import event

from booking.app import warm
from booking.store import db
from tests.bookings.world import make_slot


@pytest.fixture
def asked(app: Flask) -> list[tuple[str, int]]:
    """Path and status of every request."""
    found: list[tuple[str, int]] = []

    def note(response: Response) -> Response:
        found.append((request.path, response.status_code))
        return response

    app.after_request_funcs.setdefault(None, []).append(note)
    return found


def test_given_a_programme_when_the_server_warms_up_then_each_kind_of_public_page_is_shown_once(
    app: Flask, asked: list[tuple[str, int]]
) -> None:
    now = dt.datetime.now(dt.UTC)
    slot = make_slot(starts_at=now + dt.timedelta(days=10), opens_at=now - dt.timedelta(days=1))

    warm(app)

    assert asked == [("/", 200), ("/pass", 200), (f"/pass/{slot.id}", 200), (f"/pass/{slot.id}/bokning", 200)]


def test_no_connection_to_the_database_is_carried_into_the_servers_processes(app: Flask) -> None:
    opened: list[object] = []
    closed: list[object] = []
    make_slot()
    db.engine.dispose()
    event.listen(db.engine, "connect", lambda driver, _: opened.append(driver))
    event.listen(db.engine, "close", lambda driver, _: closed.append(driver))

    warm(app)

    assert opened
    assert closed == opened


def test_given_no_database_then_the_server_starts_all_the_same(
    app: Flask, asked: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object) -> None:
        raise db.engine.dialect.loaded_dbapi.OperationalError("away")

    db.engine.dispose()
    event.listen(db.engine, "do_connect", away)
    try:
        warm(app)
    finally:
        event.remove(db.engine, "do_connect", away)

    assert [status for _, status in asked] == [503, 503]
