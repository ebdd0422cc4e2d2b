"""What is turned away before any view runs (requirements C3, C4, D2, E4, E10, L6), against the whole application."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.app import create_app
from booking.settings import load
from booking.web.intake import BODY_LIMIT, FIELD_LIMIT
from tests.page import Visitor, visit
from tests.support.database import close, settings_for
from tests.web.small import GOOD, URL, Small

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def known(small: Small) -> tuple[FlaskClient, dict[str, str]]:
    """A browser that has opened the form, and all that it would send."""
    client = small.client()
    return client, {**visit(client, URL).forms[0].fields, **GOOD}


class TestBytes:
    """NUL and broken UTF-8 anywhere are a bad request, on every address there is."""

    @pytest.mark.parametrize("broken", [b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf5\x80\x80\x80"])
    @pytest.mark.parametrize(
        "path", ["/", "/pass", "/pass/1", "/pass.ics", "/bibliotek/x", "/l/x", "/static/x", "/en/"]
    )
    def test_in_a_path(self, sqlite_app: Flask, path: str, broken: bytes) -> None:
        environ = {"PATH_INFO": path + broken.decode("latin-1")}

        assert sqlite_app.test_client().get(environ_overrides=environ).status_code == 400

    @pytest.mark.parametrize("broken", ["%00", "%ff%fe", "%ED%A0%80", "\xff", "q%00=1"])
    @pytest.mark.parametrize("path", ["/pass", "/pass.ics", "/healthz", "/en/pass"])
    def test_in_a_query(self, sqlite_app: Flask, path: str, broken: str) -> None:
        environ = {"QUERY_STRING": f"q={broken}"}

        assert sqlite_app.test_client().get(path, environ_overrides=environ).status_code == 400

    @pytest.mark.parametrize("name", ["HTTP_USER_AGENT", "HTTP_COOKIE", "HTTP_REFERER", "HTTP_ACCEPT_LANGUAGE"])
    @pytest.mark.parametrize("broken", ["a\0b", "\xff\xfe"])
    def test_in_a_header(self, sqlite_app: Flask, name: str, broken: str) -> None:
        client = sqlite_app.test_client(use_cookies=False)

        assert client.get("/healthz", environ_overrides={name: broken}).status_code == 400

    @pytest.mark.parametrize("broken", [b"%00", b"%ff%fe", b"\xff", b"%ED%A0%80"])
    @pytest.mark.parametrize("place", [b"namn=A" + b"%s", b"%s=1"])
    def test_in_a_form(self, small: Small, place: bytes, broken: bytes) -> None:
        response = small.client().post(URL, data=place.replace(b"%s", broken), content_type=FORM)

        assert response.status_code == 400

    @pytest.mark.parametrize("broken", [b"\0", b"\xff\xfe"])
    def test_in_a_form_of_several_parts(self, small: Small, broken: bytes) -> None:
        part = b'--x\r\nContent-Disposition: form-data; name="namn"\r\n\r\nA' + broken + b"\r\n--x--\r\n"

        response = small.client().post(URL, data=part, content_type="multipart/form-data; boundary=x")

        assert response.status_code == 400

    def test_honest_swedish_is_let_in(self, sqlite_app: Flask) -> None:
        client = sqlite_app.test_client()

        assert client.get("/pass", query_string={"q": "råttfällan i Åhus"}).status_code == 200
        assert client.get("/bibliotek/åhus-finns-inte").status_code == 404
        assert (
            client.get("/healthz", environ_overrides={"HTTP_REFERER": "åäö".encode().decode("latin-1")}).status_code
            == 200
        )


class TestSize:
    """Too much is refused by its size, before anything in it is looked at."""

    def test_a_long_body(self, small: Small) -> None:
        assert small.client().post(URL, data={"namn": "x" * 1_000_000}).status_code == 413

    def test_a_body_at_the_limit(self, small: Small) -> None:
        filled = {"namn": "x" * (BODY_LIMIT - 5)}

        assert small.client().post(URL, data=filled).status_code == 400  # read, but it has no token
        assert small.client().post(URL, data={"namn": filled["namn"] + "x"}).status_code == 413

    def test_a_long_body_in_parts(self, small: Small) -> None:
        sent = small.client().post(URL, data={"namn": "x" * 1_000_000}, content_type="multipart/form-data")

        assert sent.status_code == 413

    def test_a_body_that_says_that_it_is_short(self, small: Small) -> None:
        sent = small.client().post(
            URL, data=b"namn=Ada&" * 20_000, content_type=FORM, environ_overrides={"CONTENT_LENGTH": "9"}
        )

        assert sent.status_code == 400

    @pytest.mark.parametrize("kind", [FORM, "multipart/form-data"])
    def test_many_fields(self, small: Small, kind: str) -> None:
        many = {f"f{number}": "1" for number in range(1000)}

        assert small.client().post(URL, data=many, content_type=kind).status_code == 413
        assert FIELD_LIMIT < 1000

    @pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/xml"])
    def test_what_is_no_form(self, small: Small, kind: str) -> None:
        assert small.client().post(URL, data=b'{"namn": "Ada"}', content_type=kind).status_code == 415


class TestOrigin:
    """A form that another site sends is refused whatever its token says (requirement E4)."""

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "http://localhost.evil.example"},
            {"Origin": "http://localhost:81"},
            {"Origin": "http://evil.example:localhost"},
            {"Origin": "localhost"},
            {"Origin": "file://"},
            {"Origin": ""},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        ],
    )
    def test_a_foreign_form_is_refused(
        self, small: Small, known: tuple[FlaskClient, dict[str, str]], headers: dict[str, str]
    ) -> None:
        client, typed = known

        assert client.post(URL, data=typed, headers=headers).status_code == 403
        assert small.taken == []

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Origin": "http://localhost"},
            {"Origin": "null"},  # what our own pages with Referrer-Policy no-referrer send
            {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Site": "none"},
        ],
    )
    def test_our_own_form_is_taken(
        self, small: Small, known: tuple[FlaskClient, dict[str, str]], headers: dict[str, str]
    ) -> None:
        client, typed = known

        assert client.post(URL, data=typed, headers=headers).status_code == 303
        assert len(small.taken) == 1


class TestHost:
    """The site answers to its own names only (requirement E10)."""

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "a b", "", "[::2]"])
    def test_a_foreign_name(self, sqlite_app: Flask, host: str) -> None:
        response = sqlite_app.test_client().get("/healthz", environ_overrides={"HTTP_HOST": host})

        assert response.status_code == 400
        assert "evil" not in response.text

    @pytest.mark.parametrize("variable", ["RAW_URI", "REQUEST_URI"])
    def test_a_foreign_name_in_the_request_line(self, sqlite_app: Flask, variable: str) -> None:
        client, silent = sqlite_app.test_client(), {"RAW_URI": "", "REQUEST_URI": ""}

        for line, status in (("http://evil.example/healthz", 400), ("http://localhost/healthz", 200), ("*", 200)):
            answer = client.get("/healthz", environ_overrides={**silent, variable: line})
            assert answer.status_code == status, line

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8123", "localhost:8000", "[::1]:8000"])
    def test_its_own_machine(self, sqlite_app: Flask, host: str) -> None:
        assert sqlite_app.test_client().get("/healthz", headers={"Host": host}).status_code == 200

    def test_in_production_the_base_address_alone(self, tmp_path: Path) -> None:
        app = _secure(tmp_path)

        assert app.test_client().get("/healthz", headers={"Host": "kodplats.example"}).status_code == 200
        assert app.test_client().get("/healthz", headers={"Host": "127.0.0.1"}).status_code == 400

    @pytest.mark.parametrize(
        ("host", "status"),
        [
            ("kodplats.example", 200),
            ("KODPLATS.example:443", 200),
            ("bokning.example", 200),
            ("a.sub.example", 200),
            ("sub.example", 200),
            ("evilsub.example", 400),
            ("a.bokning.example", 400),
        ],
    )
    def test_and_the_configured_names(self, tmp_path: Path, host: str, status: int) -> None:
        app = _secure(tmp_path, trusted_hosts=("bokning.example", ".sub.example"))

        assert app.test_client().get("/healthz", headers={"Host": host}).status_code == status


class TestProxies:
    """The visitor's address comes from exactly as many proxies as are trusted (requirement L6)."""

    @pytest.mark.parametrize(
        ("trusted", "forwarded", "seen"),
        [
            (0, "203.0.113.7", "10.0.0.1"),
            (0, "203.0.113.7, 203.0.113.8", "10.0.0.1"),
            (1, "203.0.113.9", "203.0.113.9"),
            (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
            (1, "198.51.100.1, 198.51.100.2, 198.51.100.3, 198.51.100.4, 203.0.113.9", "203.0.113.9"),
            (2, "203.0.113.9, 10.0.0.2", "203.0.113.9"),
            (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
            (2, "198.51.100.1, 198.51.100.2, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
            (2, "198.51.100.1", "10.0.0.1"),  # fewer than there must be: nobody's word but the socket's
        ],
    )
    def test_the_address_in_the_log(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture, trusted: int, forwarded: str, seen: str
    ) -> None:
        client = _secure(tmp_path, trusted_proxies=trusted).test_client()
        caplog.set_level(logging.INFO, "kodplats.access")

        client.get(
            "/healthz",
            headers={"X-Forwarded-For": forwarded, "Host": "kodplats.example"},
            environ_overrides={"REMOTE_ADDR": "10.0.0.1"},
        )

        assert [record.args[1] for record in caplog.records if isinstance(record.args, tuple)] == [seen]

    def test_a_strangers_host_and_prefix_are_not_believed(self, tmp_path: Path) -> None:
        client = _secure(tmp_path, trusted_proxies=1).test_client()
        lies = {"Host": "kodplats.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil"}

        response = client.get("/favicon.ico", headers=lies)

        assert response.status_code == 302
        assert "evil" not in response.headers["Location"]


def test_every_address_refuses_the_methods_that_it_does_not_list(sqlite_app: Flask) -> None:
    client = sqlite_app.test_client()
    methods: dict[str, set[str]] = {}
    for rule in sqlite_app.url_map.iter_rules():
        # An address may be listed twice: a link is looked at in one room, and ended with one click in another.
        methods.setdefault(_example(sqlite_app, rule.endpoint, rule.arguments), set()).update(rule.methods or set())
    for path, listed in methods.items():
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - listed:
            response = client.open(path, method=method)
            assert response.status_code == 405, (method, path)
            assert set(response.headers["Allow"].split(", ")) <= {"GET", "HEAD", "POST"}


def _example(app: Flask, endpoint: str, arguments: set[str]) -> str:
    kinds: dict[str, Any] = {
        "ref": "K7M4QXR",
        "token": "x" * 43,
        "slug": "ahus",
        "filename": "css/base.css",
        "kind": "csv",
    }
    with app.test_request_context():
        return app.url_for(endpoint, **{name: kinds.get(name, 1) for name in arguments})


def _secure(folder: Path, **others: object) -> Flask:
    """The application as behind https, without a database."""
    settings = settings_for(
        f"sqlite:///{folder / 'none.db'}", instance=folder, base_url="https://kodplats.example", **others
    )
    app = create_app(settings)
    app.test_client_class = Visitor
    close(app)
    return app


def test_settings_for_a_test_take_nothing_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKING_TRUSTED_PROXIES", "3")

    assert settings_for("sqlite://", instance=tmp_path).trusted_proxies == 0
    assert load(instance_path=tmp_path, mode="test").trusted_proxies == 3
