"""The pages of libraries and stops, on both databases, and what the site says about itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.places.rules import PlaceKind, WeekParity
from booking.programme.rules import SlotState
from tests.builders import DAY, HOUR, NOW, local, make_activity, make_place, make_slot, make_stop
from tests.page import Page, visit
from tests.support.queries import counted


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """It is Monday 23 November 2026, ten o'clock."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def pages(sqlite_app: Flask) -> FlaskClient:
    return sqlite_app.test_client()


def headings(page: Page, tag: str) -> list[str]:
    return [heading.text for main in page.root.all("main") for heading in main.all(tag)]


def test_libraries_come_in_swedish_order_each_with_its_next_slot(client: FlaskClient) -> None:
    oennestad = make_place("onnestad", "Önnestads bibliotek", locality="Önnestad")
    make_place("ahus", "Åhus bibliotek")
    make_place("stadsbiblioteket", "Kristianstads stadsbibliotek", kind=PlaceKind.MAIN)
    make_place("osterang", "Österängs bibliotek", closed_from=NOW.date())
    make_place("festplatsen", "Festplatsen", kind=PlaceKind.VENUE)
    make_stop()
    make_slot("2026-11-24 10:00", place=oennestad, activity=make_activity("Inställd"), state=SlotState.CALLED_OFF)
    make_slot("2026-11-26 10:00", place=oennestad, activity=make_activity("Senare"))
    make_slot("2026-11-25 10:00", place=oennestad, activity=make_activity("Snarast"))

    page = visit(client, "/bibliotek")

    assert headings(page, "h2") == ["Kristianstads stadsbibliotek", "Åhus bibliotek", "Önnestads bibliotek"]
    assert "Snarast" in page.links
    assert not {"Inställd", "Senare"} & page.links.keys()


def test_a_librarys_page_tells_how_to_get_there_when_it_is_open_and_what_is_on(client: FlaskClient) -> None:
    place = make_place(
        address="Demogatan 2",
        postal_code="296 31",
        phone="040-628 04 02",
        hours=[(1, "10:00", "12:00"), (1, "13:00", "18:00"), (6, "10:00", "14:00")],
    )
    make_slot(place=place, activity=make_activity("Robotlek"))
    make_slot(place=make_place("tollarp", "Tollarps bibliotek"), activity=make_activity("Någon annanstans"))

    page = visit(client, "/bibliotek/ahus")

    assert page.heading == "Åhus bibliotek"
    assert "Demogatan 2" in page.text
    assert "040-628 04 02" in page.text
    assert "Måndag 10:00–12:00, 13:00–18:00" in page.text
    assert "Tisdag Stängt" in page.text
    assert "Robotlek" in page.links
    assert "Någon annanstans" not in page.text
    assert "/bibliotek/ahus.ics" in page.links.values()
    assert "webcal://127.0.0.1:8000/bibliotek/ahus.ics" in page.links.values()
    assert "/pass?var=ahus" in page.links.values()


def test_a_library_without_known_hours_shows_none(pages: FlaskClient) -> None:
    make_place()

    page = visit(pages, "/bibliotek/ahus")

    assert "Öppettider" not in page.text


def test_a_library_that_has_closed_keeps_its_page_but_not_its_hours(pages: FlaskClient) -> None:
    make_place("osterang", "Österängs bibliotek", closed_from=NOW.date(), hours=[(1, "10:00", "18:00")])

    page = visit(pages, "/bibliotek/osterang")

    assert page.heading == "Österängs bibliotek"
    assert "Öppettider" not in page.text


@pytest.mark.parametrize(
    ("parity", "pattern"),
    [
        (WeekParity.EVEN, "måndagar jämna veckor kl. 16.10–16.55"),
        (WeekParity.ODD, "måndagar udda veckor kl. 16.10–16.55"),
        (WeekParity.ANY, "varje måndag kl. 16.10–16.55"),
    ],
)
def test_a_stops_page_says_when_the_bus_stands_there(pages: FlaskClient, parity: WeekParity, pattern: str) -> None:
    stop = make_stop(parity=parity)
    make_slot("2026-12-07 16:10", place=stop, minutes=45, activity=make_activity("Programmera utan skärm"))

    page = visit(pages, "/bokbussen/yngsjo-skolan")

    assert page.heading == "Yngsjö, skolan"
    assert pattern in page.text.replace("\xa0", " ")
    assert "Programmera utan skärm" in page.links
    assert "/pass?var=yngsjo-skolan" in page.links.values()


@pytest.mark.parametrize(
    ("now", "parity", "following", "later"),
    [
        ("2026-11-23 10:00", WeekParity.ODD, "måndag 30 november", "14 december, 28 december och 4 januari"),
        ("2026-11-23 16:54", WeekParity.EVEN, "måndag 23 november", "7 december, 21 december och 11 januari"),
        ("2026-11-23 16:55", WeekParity.EVEN, "måndag 7 december", "21 december, 11 januari och 25 januari"),
        ("2026-11-24 10:00", WeekParity.ANY, "måndag 30 november", "7 december, 14 december och 21 december"),
    ],
)
def test_a_stops_page_begins_with_the_next_visits(
    pages: FlaskClient, clock: time_machine.Traveller, now: str, parity: WeekParity, following: str, later: str
) -> None:
    make_stop(parity=parity)
    clock.move_to(local(now))

    page, stops = visit(pages, "/bokbussen/yngsjo-skolan"), visit(pages, "/bokbussen")

    words = page.text.replace("\xa0", " ")
    assert f"Nästa besök: {following} kl. 16.10–16.55." in words
    assert f"Sedan {later}." in words
    assert "enligt turlistan" in words
    assert words.index("Nästa besök") < words.index("veckor" if parity is not WeekParity.ANY else "varje måndag")
    assert f"{following.removeprefix('måndag ')} kl. 16.10" in stops.text.replace("\xa0", " ")


def test_a_place_that_will_close_says_from_when(pages: FlaskClient) -> None:
    make_place("osterang", "Österängs bibliotek", closed_from=NOW.date() + 3 * DAY, hours=[(1, "10:00", "18:00")])
    make_stop("nedlagd", "Barum, färjeläget", closed_from=NOW.date())

    library, stop = visit(pages, "/bibliotek/osterang"), visit(pages, "/bokbussen/nedlagd")

    assert "Stängt från torsdag 26 november 2026." in library.text
    assert "Öppettider" in library.text
    assert "Stängt från måndag 23 november 2026." in stop.text
    assert "Nästa besök" not in stop.text
    assert "Stängt från" not in visit(pages, "/bokbussen").text


def test_villages_with_their_stops_come_in_swedish_order(client: FlaskClient) -> None:
    make_stop("ahus-tappet", "Åhus, Täppet", locality="Åhus", weekday=2, parity=WeekParity.ODD)
    make_stop("oster-torget", "Torget i Österslöv", locality="Österslöv")
    make_stop("va-skolan", "Vä, skolan", locality="Vä")
    make_stop("ahus-hamnen", "Åhus, hamnen", locality="Åhus")
    make_stop("nedlagd", "Barum, färjeläget", locality="Barum", closed_from=NOW.date())

    page = visit(client, "/bokbussen")

    assert headings(page, "h3") == ["Vä", "Åhus", "Österslöv"]
    stops = [href for href in page.links.values() if href.startswith("/bokbussen/")]
    assert stops == [
        "/bokbussen/va-skolan",
        "/bokbussen/ahus-hamnen",
        "/bokbussen/ahus-tappet",
        "/bokbussen/oster-torget",
    ]
    assert "4 hållplatser" in page.text


@pytest.mark.parametrize("address", ["/bibliotek/finns-inte", "/bibliotek/yngsjo-skolan", "/bokbussen/ahus"])
def test_a_place_is_found_only_at_its_own_address(client: FlaskClient, address: str) -> None:
    make_place()
    make_stop()

    visit(client, address, status=404)


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("address", ["/", "/bibliotek", "/bokbussen", "/om", "/tillganglighet", "/personuppgifter"])
def test_every_page_stands_on_its_own_feet_while_nothing_is_there_yet(
    pages: FlaskClient, language: str, address: str
) -> None:
    page = visit(pages, language + address)

    assert "Set-Cookie" not in page.response.headers


def test_the_number_of_queries_does_not_grow_with_the_places(app: Flask, client: FlaskClient) -> None:
    costs = []
    for number in range(2):
        for letter in "abcdefgh":
            place = make_place(f"{letter}-{number}", f"{letter} {number}")
            make_stop(f"stop-{letter}-{number}", f"{letter}by {number}", locality=f"{letter}by")
            make_slot(NOW + DAY + number * HOUR, place=place)
        for address in ("/bibliotek", "/bokbussen", "/bibliotek/a-0", "/bokbussen/stop-a-0"):
            with counted() as statements:
                client.get(address)
            costs.append(len(statements))

    assert costs == [2, 1, 3, 3] * 2
