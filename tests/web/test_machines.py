"""What machines ask: health, robots, static files, and what the log tells about requests."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from flask import Flask

from booking.store import db
from tests.page import visit


class TestHealth:
    def test_a_living_process_with_a_migrated_database_is_ready(self, app: Flask) -> None:
        for path in ("/healthz", "/readyz"):
            response = app.test_client().get(path)
            assert (response.status_code, response.text) == (200, "ok\n")
            assert response.headers["Cache-Control"] == "no-store"

    def test_a_database_without_tables_is_not_ready_but_alive(self, sqlite_app: Flask) -> None:
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM alembic_version")

        client = sqlite_app.test_client()
        assert (client.get("/readyz").status_code, client.get("/readyz").text) == (503, "migrate\n")
        assert client.get("/healthz").status_code == 200

    def test_a_database_that_cannot_be_written_is_not_ready(self, sqlite_app: Flask) -> None:
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")

        assert sqlite_app.test_client().get("/readyz").text == "database\n"

    def test_the_probe_leaves_nothing_behind(self, app: Flask) -> None:
        before = _revisions()

        app.test_client().get("/readyz")

        assert _revisions() == before


def test_robots_may_read_feeds_and_not_families_pages(sqlite_app: Flask) -> None:
    rules = sqlite_app.test_client().get("/robots.txt").text.splitlines()

    assert "Disallow: /l/" in rules
    assert "Disallow: /en/bokning/" in rules
    assert not any(rule.endswith((".ics", ": /", "/pass", "*.ics")) for rule in rules)


def test_the_icon_that_browsers_guess_is_there(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()

    icon = client.get(client.get("/favicon.ico").headers["Location"])

    assert icon.mimetype == "image/svg+xml"


class TestStatic:
    def test_a_file_named_with_its_content_is_kept_for_ever(self, sqlite_app: Flask) -> None:
        client = sqlite_app.test_client()
        page = visit(client, "/")
        sheets = [link.get("href") for link in page.root.all("link") if link.get("rel") == "stylesheet"]

        assert sheets
        for sheet in sheets:
            assert "immutable" in client.get(sheet).headers["Cache-Control"]

    def test_without_its_version_or_with_an_old_one_it_is_asked_for_again(self, sqlite_app: Flask) -> None:
        for query in ("", "?v=0000000000"):
            headers = sqlite_app.test_client().get(f"/static/css/base.css{query}").headers
            assert "immutable" not in headers["Cache-Control"]
            assert "ETag" in headers

    @pytest.mark.parametrize(
        "path", ["../pyproject.toml", "..%2fpyproject.toml", "%2e%2e/booking/app.py", "/etc/passwd"]
    )
    def test_nothing_else_is_served(self, sqlite_app: Flask, path: str) -> None:
        assert sqlite_app.test_client().get(f"/static/{path}").status_code in (404, 308)

    def test_an_asset_that_does_not_exist_is_an_error_in_the_template(self, sqlite_app: Flask) -> None:
        with sqlite_app.test_request_context(), pytest.raises(FileNotFoundError):
            sqlite_app.jinja_env.from_string("{{ asset('css/finns-inte.css') }}").render()


class TestLog:
    """One line for each request, which says nothing about whose it is (requirement F6)."""

    @pytest.mark.parametrize(
        ("address", "told"),
        [
            ("/healthz", "/healthz"),
            ("/pass?q=Samira+9805", "/pass"),
            ("/en/pass", "/en/pass"),
            ("/l/" + "x" * 43, "/l/…"),
            ("/en/l/" + "x" * 43, "/en/l/…"),
            ("/l/" + "x" * 43 + "/extra", "?"),
            ("/Samira", "?"),
            ("/bibliotek/%0ASamira", "/bibliotek/\\nSamira"),
        ],
    )
    def test_what_is_told(self, sqlite_app: Flask, caplog: pytest.LogCaptureFixture, address: str, told: str) -> None:
        caplog.set_level(logging.INFO, "kodplats.access")

        sqlite_app.test_client().get(address)

        line = caplog.messages[-1]
        assert line.split()[3] == told
        assert "x" * 43 not in line

    def test_flasks_own_server_tells_no_secret(self, sqlite_app: Flask, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)

        logging.getLogger("werkzeug").info('%s - - "%s" %s', "127.0.0.1", "GET /l/hemlig?q=Samira HTTP/1.1", 303)

        assert caplog.messages == ['127.0.0.1 - - "GET /l/… HTTP/1.1" 303']

    def test_in_production_it_goes_to_standard_error(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from booking.settings import load
        from booking.web import log

        logger = logging.getLogger("kodplats")
        monkeypatch.setattr(logger, "handlers", [])
        monkeypatch.setattr(logger, "level", logging.NOTSET)
        monkeypatch.setattr(logger, "propagate", True)
        monkeypatch.setattr(log.access, "level", logging.NOTSET)
        settings = load(
            instance_path=tmp_path,
            environ={},
            secret_key="0123456789abcdefghijklmnopqrstuvwxyz",
            base_url="https://kodplats.example",
        )

        log.init_app(Flask("x"), settings)
        log.init_app(Flask("y"), settings)

        assert len(logger.handlers) == 1


def _revisions() -> list[str]:
    with db.engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT version_num FROM alembic_version")]
