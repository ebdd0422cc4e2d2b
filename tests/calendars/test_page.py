"""The page that lists every calendar and tells how to follow one (requirement J14)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import segno
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.places.rules import PlaceKind
from booking.programme import services as programme
from booking.programme.rules import ActivityKind, Admission, SlotState
from booking.web.codes import QUIET, qr_code
from booking.web.views import ROBOTS
from tests.calendars import world
from tests.calendars.world import LATER, NOW, act, wall
from tests.page import Page, visit
from tests.support.queries import counted

PROGRAMS = ("iPhone, iPad och Mac", "Google Kalender", "Outlook", "Thunderbird", "ICSx⁵")


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def autumn(app: Flask) -> dict[str, Any]:
    """A library with two workshops, one of them called off, another library, and stops in two villages."""
    ahus = world.place()
    world.place("hammar", name="Hammars bibliotek", locality="Hammar")
    world.place("stangt", name="Stängda biblioteket", closed_from=wall(-1).date())
    for slug, name, village in (
        ("yngsjo-skolan", "Yngsjö, skolan", "Yngsjö"),
        ("yngsjo-affaren", "Yngsjö, affären", "Yngsjö"),
        ("arasslov", "Åraslöv", "Åraslöv"),
    ):
        world.place(slug, name=name, kind=PlaceKind.STOP, locality=village)
    robots, stories = world.activity("Robotlek"), world.activity("Sagor")
    world.slot(robots, ahus, wall(2), wall(9))
    world.slot(stories, ahus, wall(3), state=SlotState.DRAFT)
    world.slot(stories, ahus, wall(4), admission=Admission.CLOSED_GROUP)
    world.slot(world.activity("Kurs", kind=ActivityKind.COURSE), ahus, wall(4))
    off = world.slot(robots, ahus, wall(5))
    programme.call_off(off.id, reason_sv="Vattenläcka.", act=act(LATER))
    return {"robots": robots.slug}


def listed(page: Page) -> dict[str, str]:
    """Each calendar of the list with the number of meetings to come."""
    rows = [row for table in page.root.all("table") for row in table.all("tr") if list(row.all("td"))]
    return {next(row.all("th")).text: next(row.all("td")).text for row in rows}


def test_every_public_calendar_is_listed_with_what_is_coming(client: FlaskClient, autumn: dict[str, Any]) -> None:
    page = visit(client, "/kalendrar")

    assert listed(page) == {
        "Alla pass": "2",
        "Bokbussen, alla hållplatser": "0",
        "Åhus bibliotek": "2",
        "Hammars bibliotek": "0",
        "Yngsjö, affären": "0",
        "Yngsjö, skolan": "0",
        "Åraslöv": "0",
        "Robotlek": "2",
    }
    villages = [head.text for head in page.root.all("th") if head.get("scope") == "rowgroup"]
    assert villages == ["Yngsjö", "Åraslöv"]


def test_each_leads_to_its_own_address_and_that_is_a_calendar(client: FlaskClient, autumn: dict[str, Any]) -> None:
    page = visit(client, "/kalendrar")

    for name in listed(page):
        chosen = page.follow(name)
        address = chosen.by_id("adress").get("value")
        assert name in chosen.text
        assert chosen.links["Prenumerera"] == "webcal:" + address.partition(":")[2]
        feed = client.get(address.removeprefix("http://127.0.0.1:8000"))
        assert feed.status_code == 200
        assert feed.mimetype == "text/calendar"
        english = visit(client, "/en" + chosen.url)
        assert english.by_id("adress").get("value") == address.replace(":8000/", ":8000/en/")


def test_the_filters_of_the_list_choose_that_lists_calendar(client: FlaskClient, autumn: dict[str, Any]) -> None:
    lists = visit(client, "/pass?var=ahus&alder=7&lediga=1")

    page = lists.follow("Så följer du i olika kalendrar")

    assert page.by_id("adress").get("value") == "http://127.0.0.1:8000/pass.ics?var=ahus&alder=7"
    assert "Åhus bibliotek · 7 år" in page.text


def test_pages_lead_to_it(client: FlaskClient, autumn: dict[str, Any]) -> None:
    assert visit(client, "/om").links["Kalendrar att följa"] == "/kalendrar"
    for path, slug in (("/bibliotek/ahus", "ahus"), ("/bokbussen/yngsjo-skolan", "yngsjo-skolan")):
        assert visit(client, path).links["Så följer du i olika kalendrar"] == f"/kalendrar?plats={slug}"
    assert {"application/atom+xml", "application/json", "text/calendar"} <= {
        link.get("type") for link in visit(client, "/pass?alder=7").root.all("link") if link.get("rel") == "alternate"
    }


def test_it_tells_how_in_each_program_and_that_changes_take_a_day(client: FlaskClient, autumn: dict[str, Any]) -> None:
    text = visit(client, "/kalendrar").text

    assert all(program in text for program in PROGRAMS)
    assert "Det kan ta upp till ett dygn innan en ändring syns" in text


def test_calendars_are_found_by_name_and_village_without_scripts(client: FlaskClient, autumn: dict[str, Any]) -> None:
    assert list(listed(visit(client, "/kalendrar?sok=yngsjö"))) == ["Yngsjö, affären", "Yngsjö, skolan"]
    assert list(listed(visit(client, "/kalendrar?sok=skolan+yngsj"))) == ["Yngsjö, skolan"]
    assert list(listed(visit(client, "/kalendrar?sok=ROBOT"))) == ["Robotlek"]
    nothing = visit(client, "/kalendrar?sok=%3Cscript%3E", typed="<script>")
    assert "Ingen kalender heter så." in nothing.text
    assert "<script>" not in nothing.html.replace('<script type="module"', "")


@pytest.mark.parametrize("query", ["plats=finns-inte", "aktivitet=finns-inte", "var=finns-inte"])
def test_what_does_not_exist_has_no_calendar(client: FlaskClient, query: str) -> None:
    assert client.get(f"/kalendrar?{query}").status_code == 404


def test_it_costs_the_same_questions_however_much_there_is(client: FlaskClient, autumn: dict[str, Any]) -> None:
    with counted() as few:
        visit(client, "/kalendrar")
    for number in range(20):
        place = world.place(f"plats-{number}", name=f"Plats {number}")
        world.slot(world.activity(f"Aktivitet {number}"), place, wall(number + 1))
    with counted() as many:
        visit(client, "/kalendrar")

    assert len(many) == len(few) <= 3


def test_a_code_reads_back_as_the_address_of_the_page() -> None:
    """The drawing against segno's own matrix, module by module."""
    address = "https://kodplats.example/kalendrar?plats=ahus"
    drawn = str(qr_code(address, 'Kod "för" <åäö>'))
    expected = [list(row) for row in segno.make_qr(address, error="m").matrix]

    grid = [[0] * len(expected) for _ in expected]
    for run in drawn.partition('d="')[2].partition('"')[0].split("M")[1:]:
        x, rest = run.split(" ", 1)
        y, length = rest.split("h")[0], rest.split("h")[1].split("v")[0]
        for at in range(int(length)):
            grid[int(y) - QUIET][int(x) - QUIET + at] = 1

    assert grid == expected
    assert 'aria-label="Kod &#34;för&#34; &lt;åäö&gt;"' in drawn
    assert "style=" not in drawn


def test_google_may_fetch_every_feed(client: FlaskClient) -> None:
    """Requirement J9: Google's calendar obeys robots.txt."""
    forbidden = [line.removeprefix("Disallow: ") for line in ROBOTS.splitlines() if line.startswith("Disallow")]
    feeds = ("/pass.ics", "/pass.atom", "/bibliotek/ahus.ics", "/bokbussen/x.ics", "/aktivitet/x.ics", "/familj/x.ics")

    assert forbidden
    for feed in (*feeds, *(f"/en{feed}" for feed in feeds)):
        assert not any(feed.startswith(start) for start in forbidden), feed
