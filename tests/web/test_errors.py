"""Error pages: readable, numbered, in the page's language, also when nothing else works (requirements E9, F6)."""

from __future__ import annotations

import logging

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from booking import __version__
from booking.store import BusyDatabase
from booking.store.engine import session
from tests.page import visit

CANARY = "Kanariefågel 850709-9805"


@pytest.fixture
def failing(sqlite_app: Flask) -> FlaskClient:
    """A client whose application shows its error pages instead of raising, with `/fel/<word>` that fails so."""
    sqlite_app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail(word: str) -> ResponseReturnValue:
        match word:
            case "busy":
                raise BusyDatabase
            case "away":
                raise OperationalError("SELECT name", {"name": CANARY}, Exception(CANARY))
            case "sql":
                session().execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": CANARY})
            case "bug":
                raise RuntimeError(CANARY)
            case _:
                abort(int(word))
        return ""

    sqlite_app.add_url_rule("/fel/<word>", "fel", fail)
    sqlite_app.add_url_rule("/fel/<word>.ics", "fel_ics", fail)
    return sqlite_app.test_client()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 415, 429, 500, 503])
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_error_has_a_page_in_the_readers_language(failing: FlaskClient, status: int, prefix: str) -> None:
    page = visit(failing, f"{prefix}/fel/{status}", status=status)

    assert ("Referensnummer:" in page.text) == (prefix == "")
    assert __version__ not in page.html
    assert "werkzeug" not in page.html.lower()
    assert page.response.headers["Cache-Control"] == "no-store"


def test_the_number_on_the_page_is_the_number_in_the_log(
    failing: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "kodplats")

    page = visit(failing, "/fel/bug", status=500)

    numbers = {record.getMessage().split()[0].rstrip(":") for record in caplog.records}
    assert len(numbers) == 1
    assert numbers.pop() in page.text


@pytest.mark.parametrize("word", ["bug", "sql", "away"])
def test_no_error_tells_what_people_typed(failing: FlaskClient, caplog: pytest.LogCaptureFixture, word: str) -> None:
    response = failing.get(f"/fel/{word}")

    assert response.status_code in (500, 503)
    for told in (response.text, caplog.text):
        assert "Kanariefågel" not in told
        assert "9805" not in told
    assert "test_errors.py" in caplog.text  # but where it happened
    assert "Traceback" not in response.text


@pytest.mark.parametrize("word", ["busy", "away"])
def test_a_database_that_is_away_is_a_503_that_says_when_to_come_back(failing: FlaskClient, word: str) -> None:
    page = visit(failing, f"/fel/{word}", status=503)

    assert int(page.response.headers["Retry-After"]) > 0


def test_machines_get_one_line(failing: FlaskClient) -> None:
    for path in ("/fel/503.ics", "/finns-inte.json", "/static/finns-inte.css"):
        response = failing.get(path)
        assert response.mimetype == "text/plain"
        assert response.text.count("\n") == 1
        assert response.status_code >= 400


def test_an_error_page_that_fails_leaves_a_bare_one(failing: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    del failing.application.jinja_env.globals["sign"]

    response = failing.get("/fel/bug")

    assert response.status_code == 500
    assert response.text.startswith("<!doctype html>")
    assert "Något gick sönder" in response.text
    assert "UndefinedError" in caplog.text


def test_a_wrong_method_says_which_are_right(failing: FlaskClient) -> None:
    assert failing.delete("/healthz").headers["Allow"] in ("GET, HEAD", "HEAD, GET")
