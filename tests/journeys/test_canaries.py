"""What families write never reaches a log (requirement F6): marked words in every field, on a server as in production,
while all goes wrong that can."""

from __future__ import annotations

import http.client
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from booking.accounts.models import Link
from booking.app import create_app
from booking.kernel import token as tokens
from booking.settings import current
from booking.store.engine import session
from tests.builders import DAY, local, make_slot
from tests.support.database import SqliteFiles, close, settings_for
from tests.support.processes import free_port
from tests.support.server import RunningServer, environment_for, kodplats, serve

HOST = "kodplats.example"
CHILD, ADULT, MAIL, NEEDS, SOUGHT = (f"kanarie{word}" for word in ("barn", "vuxen", "post", "behov", "sokt"))
PHONE = "0701740699"
FAMILY = {
    "barn-1-namn": CHILD,
    "barn-1-alder": "9",
    "namn": ADULT,
    "epost": f"{MAIL}@example.org",
    "telefon": PHONE,
    "vuxna": "1",
    "behov": NEEDS,
}
WRITTEN = (CHILD, ADULT, MAIL, NEEDS, SOUGHT, PHONE[1:])


@dataclass
class Answer:
    status: int
    text: str
    to: str
    """Where a redirect leads."""


@dataclass
class Family:
    """A browser behind the proxy of a production server, with its cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, form: Mapping[str, str] | None = None, **headers: str) -> Answer:
        """Fetch a page, or send a form to it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {
            "Host": HOST,
            "Origin": f"https://{HOST}",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "203.0.113.9",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **({} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        body = None if form is None else urlencode(form)
        try:
            connection.request("GET" if body is None else "POST", path, body=body, headers=sent)
            came = connection.getresponse()
            text = came.read().decode(errors="replace")
        finally:
            connection.close()
        for cookie in came.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(came.status, text, came.headers.get("Location", ""))

    def send(self, path: str, form: Mapping[str, str], **headers: str) -> Answer:
        """Fill in the form of a page, with its hidden fields."""
        page = self.ask(path).text
        hidden = dict(re.findall(r'name="(csrf_token|nyckel)"[^>]*?value="([^"]*)"', page))
        return self.ask(path, {**hidden, **form}, **headers)


@dataclass
class Production:
    server: RunningServer
    app: Flask
    file: Path

    def token(self) -> str:
        """The secret of the link made last."""
        with self.app.app_context():
            link = session().scalars(select(Link).order_by(Link.id.desc())).first()
            assert link is not None
            return str(tokens.make(current().key, link.purpose, link.nonce))


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Production]:
    """gunicorn with every log that it can write."""
    url = SqliteFiles(tmp_path).copy(to=tmp_path / "booking.db")
    env = {
        "BOOKING_MODE": "production",
        "BOOKING_BASE_URL": f"https://{HOST}",
        "BOOKING_TRUSTED_HOSTS": "127.0.0.1",
        "BOOKING_TRUSTED_PROXIES": "1",
        "BOOKING_MAIL_TRANSPORT": "smtp",
        "GUNICORN_ACCESSLOG": "-",
    }
    app = create_app(settings_for(url, instance=tmp_path))
    with app.app_context():
        starts = local("2026-11-25 15:30") + 3650 * DAY
        make_slot(starts, opens_at=local("2020-01-01 09:00"), age_min=8, age_max=12)
        make_slot(starts, opens_at=starts - DAY)
    with serve(database_url=url, env=env, workers=1) as server:
        yield Production(server, app, tmp_path / "booking.db")
    close(app)


def test_marked_words_and_secrets_stay_out_of_every_log_whatever_goes_wrong(production: Production) -> None:
    family = Family(production.server.port)
    form = "/pass/1/bokning"

    booked = family.send(form, FAMILY)
    assert booked.status == 303
    receipt = family.ask(booked.to)
    assert CHILD in receipt.text
    assert CHILD not in re.findall("<title>.*?</title>", receipt.text)[0]
    token = production.token()
    assert family.ask(f"/l/{token}", Referer=f"https://{HOST}/l/{token}").status == 303

    # Letters that are asked for: this one's secret, and a program that presses "unsubscribe" with the wrong one.
    wanted = {"epost": FAMILY["epost"], "var": "", "alder": "9"}
    assert family.send("/bevakningar/ny", wanted).status == 303
    asked = production.token()
    assert family.send(family.ask(f"/l/{asked}").to, {}).status == 303
    assert family.ask("/bevakningar").status == 200
    assert family.ask(f"/l/{asked}", {"List-Unsubscribe": "One-Click"}, Origin="https://mail.example").status == 404
    assert family.send("/pass/2/oppnar", {"epost": FAMILY["epost"]}).status == 303
    # Mistakes of people.
    assert family.send("/bevakningar/ny", {**wanted, "var": SOUGHT}).status == 422
    assert family.send("/pass/2/oppnar", {"epost": f"{MAIL}@"}).status == 422
    assert family.send(form, {**FAMILY, "barn-1-alder": "3"}).status == 422
    assert family.ask(form, FAMILY).status == 400
    assert family.send(form, FAMILY).status in (409, 422)
    assert family.send("/mina/lankar", {"epost": FAMILY["epost"]}).status == 303
    assert family.ask(f"/pass?q={SOUGHT}&var={SOUGHT}&fran={SOUGHT}").status == 200
    for path in (f"/l/{token}x", f"/L/{token}", f"/en/l/{token[:-1]}", f"/familj/{token}.ics", f"/{SOUGHT}/{CHILD}"):
        assert family.ask(path).status == 404, path
    # Mistakes of machines.
    assert family.send(form, FAMILY, Origin=f"https://{SOUGHT}.example").status == 403
    assert family.ask(form, {**FAMILY, "behov": NEEDS * 9_000}).status == 413
    assert family.ask(f"/l/{token}", FAMILY).status == 404
    assert family.ask(f"/pass?q={quote(SOUGHT)}%00").status == 400
    # The database says no in the middle of a booking, and its faults repeat what they were given.
    with sqlite3.connect(production.file) as database:
        database.execute("ALTER TABLE participants RENAME TO gone")
        database.execute("ALTER TABLE subscriptions RENAME TO gone_too")
        database.execute("ALTER TABLE opening_wishes RENAME TO gone_as_well")
    assert family.send(form, {**FAMILY, "epost": f"{MAIL}.2@example.org"}).status in (500, 503)
    assert family.ask(booked.to).status in (500, 503)
    assert family.send("/bevakningar/ny", {**wanted, "epost": f"{MAIL}.2@example.org"}).status in (500, 503)
    assert family.send("/pass/2/oppnar", {"epost": f"{MAIL}.2@example.org"}).status in (500, 503)

    log = production.server.log.read_text(errors="replace")
    assert log.count(" POST ") > 5, "the access log is not on"
    assert "Error" in log, "the fault was not told of"
    assert not [word for word in (*WRITTEN, token, asked) if word.casefold() in log.casefold()]


def test_marked_words_stay_out_of_what_the_mail_worker_says(production: Production, tmp_path: Path) -> None:
    family = Family(production.server.port)
    assert family.send("/pass/1/bokning", FAMILY).status == 303
    url = f"sqlite:///{production.file}"
    nobody_listens = {
        "BOOKING_MAIL_TRANSPORT": "smtp",
        "BOOKING_SMTP_HOST": "127.0.0.1",
        "BOOKING_SMTP_PORT": str(free_port()),
    }

    said = kodplats("letters", "send", env={**environment_for(database_url=url, instance=tmp_path), **nobody_listens})

    told = (said.stdout + said.stderr).casefold()
    assert told.strip(), "nothing was said"
    assert not [word for word in (*WRITTEN, production.token()) if word.casefold() in told]
