from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.app import create_app
from booking.outbox.services import deliver_due, withdraw_about
from booking.outbox.transports import Memory
from tests.outbox.letters import NOON, SAMIRA, act, put
from tests.support.database import close, settings_for


@pytest.fixture
def demo(sqlite_url: str, tmp_path: Path) -> Iterator[FlaskClient]:
    app = create_app(settings_for(sqlite_url, instance=tmp_path, mode="demo"))
    with app.app_context():
        put(SAMIRA, act=act())
        deliver_due(Memory(), act=act())
        put(SAMIRA, kind="bookings/queued", act=act(NOON))
        yield app.test_client()
    close(app)


def test_the_demo_lists_its_letters_newest_first(demo: FlaskClient) -> None:
    page = demo.get("/demo/brev").text

    assert page.index("Ni står i kö: Ditt första spel") < page.index("Ni har plats: Ditt första spel")
    assert SAMIRA in page
    assert "/demo/brev/1" in page


def test_the_demo_shows_a_letter_as_text_and_as_html(demo: FlaskClient) -> None:
    text = demo.get("/demo/brev/1")
    html = demo.get("/demo/brev/1/html")

    assert "Bokningsnummer K7M4-QXR." in text.text
    assert "/demo/brev/1/html" in text.text
    assert "<h1 " in html.text
    assert (text.headers["Cache-Control"], html.headers["Cache-Control"]) == ("no-store", "no-store")


def test_the_html_letter_obeys_the_site_s_policy_and_looks_the_same(demo: FlaskClient) -> None:
    html = demo.get("/demo/brev/1/html")
    sheet = demo.get("/demo/brev/1/html.css")

    assert "style=" not in html.text
    assert '<link rel="stylesheet" href="/demo/brev/1/html.css">' in html.text
    assert sheet.mimetype == "text/css"
    assert "background-color:#ffbf3f" in sheet.text
    classes = set(re.findall(r'class="(s\d+)"', html.text))
    assert classes == set(re.findall(r"^\.(s\d+) \{", sheet.text, re.MULTILINE))


@pytest.mark.parametrize("address", ["/demo/brev/99", "/demo/brev/99/html", "/demo/brev/99/html.css", "/demo/brev/x"])
def test_a_letter_that_is_not_there_is_not_found(demo: FlaskClient, address: str) -> None:
    assert demo.get(address).status_code == 404


def test_outside_the_demo_nobody_can_read_letters(sqlite_app: Flask) -> None:
    assert sqlite_app.test_client().get("/demo/brev").status_code == 404


def test_the_english_list_stays_english(demo: FlaskClient) -> None:
    class Language(HTMLParser):
        found = ""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "html":
                self.found = str(dict(attrs)["lang"])

    page = Language()
    page.feed(demo.get("/en/demo/brev").text)

    assert page.found == "en"


def test_the_demo_says_of_a_withdrawn_letter_that_it_was_never_sent(demo: FlaskClient) -> None:
    withdraw_about(["booking:1"])

    assert "skickades aldrig" in demo.get("/demo/brev").text
    assert "aldrig: det stämde inte längre" in demo.get("/demo/brev/2").text
    assert "aldrig" not in demo.get("/demo/brev/1").text
