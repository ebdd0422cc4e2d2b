"""A parent who finds nothing today: asked, told and rid of it again; with a real server, worker and mail server."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from booking.app import create_app
from booking.cli import working
from booking.kernel import clock
from booking.kernel.act import Act, Actor, ActorKind
from booking.outbox import services as outbox
from booking.outbox import transports
from booking.places.models import Place
from booking.programme import services as planning
from booking.programme.rules import SlotState
from booking.settings import current
from booking.store.engine import session
from tests.builders import make_activity, make_place, make_slot
from tests.journeys.conftest import WAIT_MS
from tests.journeys.steps import action, heading
from tests.journeys.test_keyboard import tab_to
from tests.journeys.watching import Watch
from tests.support.database import SqliteFiles, close, settings_for
from tests.support.server import RunningServer, serve
from tests.support.smtp import MailServer, mail_server

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
SAMIRA = "samira@example.org"


@dataclass
class Library:
    """A web server, a mail server, and the worker between them, which runs when the test says so."""

    server: RunningServer
    post: MailServer
    app: Flask

    def work(self, now: dt.datetime) -> list[EmailMessage]:
        """What the worker does at `now`: every room's tick, then the letters; those that came."""
        before = len(self.post.letters)
        act = Act(Actor(ActorKind.SYSTEM, "worker"), now)
        with self.app.app_context():
            for tick in working.TICKS:
                tick(act)
            outbox.deliver_due(transports.from_settings(current()), act=act)
        return self.post.letters[before:]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    url = SqliteFiles(tmp_path).copy(to=tmp_path / "booking.db")
    with serve(database_url=url, workers=1) as server, mail_server() as post:
        app = create_app(
            settings_for(url, instance=tmp_path, base_url=server.url, mail_transport="smtp", smtp_port=post.port)
        )
        with app.app_context():
            make_place("ahus", "Åhus bibliotek")
            make_place("tollarp", "Tollarps bibliotek", locality="Tollarp")
            make_activity("Sagor med robotar", ages=(4, 6))
            make_slot(_at(7, 15))
        yield Library(server, post, app)
        close(app)


@pytest.fixture
def phone(browser: Browser, library: Library) -> Iterator[Page]:
    """A phone without scripts; nothing may ask another host or tell of a secret link."""
    context = browser.new_context(
        base_url=library.server.url,
        viewport={"width": 360, "height": 740},
        locale="sv-SE",
        timezone_id="Europe/Stockholm",
        java_script_enabled=False,
    )
    context.set_default_timeout(WAIT_MS)
    watch = Watch(host=f"127.0.0.1:{library.server.port}")
    watch.over(context)
    yield context.new_page()
    faults = watch.faults()
    context.close()
    assert not faults, "\n".join(faults)


def test_a_parent_who_finds_nothing_is_told_when_something_comes_and_stops_it_with_one_click(
    library: Library, phone: Page
) -> None:
    phone.goto("/")
    phone.get_by_label("Var", exact=True).select_option(label="Tollarps bibliotek")
    phone.get_by_label("Ålder").select_option(label="5 år")
    phone.get_by_role("button", name="Visa pass").click()
    expect(phone.get_by_role("heading", name="Inget pass passar just nu")).to_be_visible()
    action(phone).click()
    expect(heading(phone)).to_have_text("Mejla mig om nya pass")
    expect(phone.get_by_label("Var?")).to_have_value("tollarp")
    expect(phone.get_by_label("För vilken ålder?")).to_have_value("5")
    phone.get_by_label("E-post").fill(SAMIRA)
    action(phone).click()
    expect(heading(phone)).to_have_text("Titta i din e-post")

    [question] = library.work(_now())
    assert question["To"] == SAMIRA
    assert question["List-Unsubscribe"] is None
    phone.goto(_links(question)[0])
    expect(phone.locator(".lead")).to_have_text("Tollarps bibliotek, 5 år")
    action(phone).click()
    expect(heading(phone)).to_have_text("Dina bevakningar")

    assert library.work(_at(1, 17)) == []
    slot = _publish(library, now=_at(1, 18))
    assert library.work(_at(2, 16)) == []
    [digest] = library.work(_at(2, 17))
    assert library.work(_at(2, 18)) == []
    assert library.work(_at(3, 17)) == []

    assert digest["Subject"] == "Ett nytt pass för dig"
    assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    [to_slot] = [link for link in _links(digest) if link.endswith(f"/pass/{slot}")]
    phone.goto(to_slot)
    expect(heading(phone)).to_have_text("Sagor med robotar")
    expect(action(phone)).to_have_text("Boka plats")

    address = str(digest["List-Unsubscribe"]).strip("<>")
    assert _one_click(address) == 200
    phone.goto(next(link for link in _links(digest) if "/l/" in link))
    expect(phone.locator(".lead")).to_have_text("Du bevakar inget just nu.")
    _publish(library, now=_at(3, 18))
    assert library.work(_at(4, 17)) == []
    log = library.server.log.read_text(errors="replace")
    assert address.rpartition("/")[2] not in log
    assert "samira" not in log


def test_a_parent_leaves_an_address_with_the_keyboard_alone_until_booking_opens(
    library: Library, browser: Browser
) -> None:
    with library.app.app_context():
        slot = make_slot(_at(20, 15), opens_at=_at(1, 9)).id
    page = browser.new_page(base_url=library.server.url, viewport={"width": 1280, "height": 800}, locale="sv-SE")
    page.goto(f"/pass/{slot}")
    keys = page.keyboard

    faults = tab_to(page, page.get_by_role("link", name="Mejla mig när bokningen öppnar"))
    keys.press("Enter")
    page.wait_for_url("**/oppnar")
    faults += tab_to(page, page.locator("#epost"))
    keys.type("samira")
    keys.press("Enter")
    expect(page).to_have_title(re.compile("^Fel: "))
    expect(page.locator(".summary")).to_be_focused()
    faults += tab_to(page, page.locator(".summary a").first)
    keys.press("Enter")
    expect(page.locator("#epost")).to_be_focused()
    keys.press("End")
    keys.type("@example.org")
    keys.press("Enter")
    expect(heading(page)).to_have_text("Vi mejlar när bokningen öppnar")

    assert library.work(_at(1, 9) - dt.timedelta(minutes=1)) == []
    [letter] = library.work(_at(1, 9))
    assert letter["Subject"] == "Bokningen är öppen: Sagor med robotar"
    assert letter["List-Unsubscribe"] is None
    assert [link for link in _links(letter) if link.endswith(f"/pass/{slot}/bokning")]
    page.context.close()
    assert not faults, "\n".join(faults)


def _publish(library: Library, *, now: dt.datetime) -> int:
    """A slot for ages 4 to 6 in Tollarp that was a draft until `now`: its number."""
    with library.app.app_context():
        tollarp = session().scalars(select(Place).where(Place.slug == "tollarp")).one()
        slot = make_slot(_at(20, 15), place=tollarp, state=SlotState.DRAFT).id
        planning.publish(slot, act=Act(Actor(ActorKind.STAFF, "maj"), now))
    return slot


def _one_click(address: str) -> int:
    """What a mail program does when its reader presses the button: a POST from elsewhere, with the secret alone."""
    body = urlencode({"List-Unsubscribe": "One-Click"}).encode()
    request = Request(address, data=body, headers={"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"})
    with urlopen(request, timeout=30) as answer:
        return int(answer.status)


def _links(letter: EmailMessage) -> list[str]:
    """The addresses in a letter's text, in its order."""
    text = letter.get_body(("plain",))
    assert text is not None
    return re.findall(r"https?://\S+", text.get_content())


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _at(days: int, hour: int) -> dt.datetime:
    """That hour at the library, so many days from today."""
    day = clock.local_day(_now()) + days * DAY
    return clock.to_utc(dt.datetime.combine(day, dt.time(hour)))
