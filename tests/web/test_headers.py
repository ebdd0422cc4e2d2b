"""What each answer says beside its content (requirements E1, E6, E7), over every address there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, session
from flask.typing import ResponseReturnValue
from itsdangerous import URLSafeTimedSerializer

from booking.app import create_app
from booking.web.headers import CSP
from tests.page import Visitor, visit
from tests.support.database import close, settings_for
from tests.web.small import GOOD, URL, Small

EXPECTED_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)


@pytest.fixture
def secure(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application behind https."""
    app = create_app(settings_for(sqlite_url, instance=tmp_path, base_url="https://kodplats.example"))
    app.testing = True
    app.test_client_class = Visitor
    yield app
    close(app)


def addresses(app: Flask) -> list[str]:
    """One address of each route, in both languages, with some that lead nowhere."""
    kinds: dict[str, Any] = {"ref": "K7M4QXR", "token": "x" * 43, "slug": "ahus", "filename": "css/base.css"}
    with app.test_request_context():
        known = [
            app.url_for(rule.endpoint, **{name: kinds.get(name, 1) for name in rule.arguments})
            for rule in app.url_map.iter_rules()
        ]
    return [*known, *(f"/en{path}" for path in known), "/en", "/finns-inte", "/finns-inte.ics", "/static/x", "/pass/0"]


def test_every_answer_carries_the_policies(sqlite_app: Flask) -> None:
    assert CSP == EXPECTED_CSP
    client = sqlite_app.test_client()
    for path in addresses(sqlite_app):
        for method in ("GET", "HEAD", "POST", "OPTIONS"):
            headers = client.open(path, method=method).headers

            assert headers.getlist("Content-Security-Policy") == [EXPECTED_CSP], (method, path)
            assert headers.getlist("X-Content-Type-Options") == ["nosniff"]
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "geolocation=()" in headers["Permissions-Policy"]
            assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
            assert headers["Cache-Control"]
            assert "Strict-Transport-Security" not in headers
            assert "X-Powered-By" not in headers


def test_errors_and_refusals_carry_them_too(small: Small) -> None:
    client = small.client()
    answers = [
        client.get("/", headers={"Host": "evil.example"}),
        client.get("/", environ_overrides={"PATH_INFO": "/\0"}),
        client.post(URL, data={"namn": "x" * 100_000}),
        client.post(URL, headers={"Origin": "https://evil.example"}, data=GOOD),
        client.delete(URL),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 413, 403, 405]
    assert {answer.headers["Content-Security-Policy"] for answer in answers} == {EXPECTED_CSP}


def test_behind_https_browsers_are_told_to_stay_there(secure: Flask) -> None:
    for path in ("/", "/finns-inte", "/static/css/base.css", "/en"):
        headers = secure.test_client().get(path, headers={"Host": "kodplats.example"}).headers
        seconds = int(headers["Strict-Transport-Security"].partition("max-age=")[2].partition(";")[0])
        assert seconds >= 365 * 24 * 3600


def test_the_addresses_of_links_travel_nowhere(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    for path in ("/l/" + "x" * 43, "/en/l/" + "x" * 43, "/l/x/y", "/mina", "/bokning/K7M4QXR"):
        headers = client.get(path).headers
        assert headers["Referrer-Policy"] == "no-referrer", path
        assert headers["Cache-Control"] == "no-store", path


@pytest.mark.parametrize("path", ["/", "/pass", "/bibliotek", "/bokbussen", "/om", "/en/", "/en/pass"])
def test_public_pages_set_no_cookie_and_may_be_shared(sqlite_app: Flask, path: str) -> None:
    client = sqlite_app.test_client()
    visit(client, "/mina/lankar")  # a browser with a session

    for headers in (client.get(path).headers, sqlite_app.test_client().get(path).headers):
        assert "Set-Cookie" not in headers
        assert "Cookie" not in headers.get("Vary", "")
        assert headers["Cache-Control"].startswith("public")


class TestCookie:
    """The session cookie (requirement E1)."""

    def test_behind_https_it_is_bound_to_the_host(self, secure: Flask) -> None:
        response = secure.test_client().get("/mina/lankar", headers={"Host": "kodplats.example"})
        name, _, rest = response.headers["Set-Cookie"].partition("=")
        marks = {mark.strip().lower() for mark in rest.split(";")[1:]}

        assert name == "__Host-kodplats"
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= marks
        assert not any(mark.startswith("domain") for mark in marks)

    def test_on_plain_http_it_has_a_plain_name(self, sqlite_app: Flask) -> None:
        cookie = sqlite_app.test_client().get("/mina/lankar").headers["Set-Cookie"]

        assert cookie.startswith("kodplats=")
        assert "HttpOnly" in cookie
        assert "Secure" not in cookie

    def test_a_page_that_looks_at_it_is_kept_by_nobody(self, small: Small) -> None:
        headers = small.client().get(URL).headers

        assert headers["Cache-Control"] == "no-store"
        assert "Cookie" in headers["Vary"]

    def test_it_lives_for_twelve_hours(self, small: Small) -> None:
        client = small.client()
        client.get(URL)
        cookie = client.get_cookie("kodplats")

        assert cookie is not None
        assert cookie.expires is not None
        assert small.app.permanent_session_lifetime.total_seconds() == 12 * 3600

    def test_it_holds_nothing_that_was_typed_and_stays_small(self, small: Small) -> None:
        client = small.client()
        visit(client, URL).submit({**GOOD, "namn": ""}, status=422)
        cookie = client.get_cookie("kodplats")

        assert cookie is not None
        assert len(cookie.value) < 4096
        opened = URLSafeTimedSerializer(str(small.app.secret_key)).load_payload(cookie.value.rsplit(".", 2)[0].encode())
        assert set(opened) <= {"_permanent", "csrf_token", "grants"}

    def test_a_forged_one_is_an_empty_one(self, small: Small) -> None:
        def show() -> ResponseReturnValue:
            return dict(session)

        small.app.add_url_rule("/visa", "visa", show)
        client = small.client()
        client.set_cookie("kodplats", "eyJncmFudHMiOnsiMSI6OTk5OTk5OTk5OX19.AAAAAA.forged")

        assert client.get("/visa").json == {}
