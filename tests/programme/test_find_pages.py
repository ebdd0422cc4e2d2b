"""The list's page as a visitor meets it: weeks, paging, chips, what to loosen, the calendar's layouts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.kernel.sorting import search_key
from booking.programme.rules import SlotState
from tests.builders import DAY, HOUR, NOW, local, make_activity, make_place, make_slot, make_stop
from tests.page import Page, visit
from tests.support.queries import counted


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """It is Monday 23 November 2026, ten o'clock, until a test says otherwise."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def pages(sqlite_app: Flask) -> FlaskClient:
    return sqlite_app.test_client()


def headings(page: Page) -> list[str]:
    return [heading.text for heading in page.root.all("h2") if "week" in heading.get("class").split()]


def titles(page: Page) -> list[str]:
    return [heading.text for heading in page.root.all("h3")]


def titles_of_days(page: Page) -> list[str]:
    return [
        day.text
        for calendar in page.root.all("ol")
        if calendar.get("class") == "calendar"
        for day in calendar.all("time")
    ]


def query(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def test_the_list_is_headed_by_weeks_of_which_2026_has_53(pages: FlaskClient) -> None:
    for starts in ("2026-11-29 10:00", "2026-11-30 10:00", "2026-12-31 10:00", "2027-01-03 10:00", "2027-01-04 10:00"):
        make_slot(starts)

    page = visit(pages, "/pass")

    assert headings(page) == [
        "Den här veckan v. 48",
        "Nästa vecka v. 49",
        "28 december–3 januari v. 53",
        "4–10 januari v. 1",
    ]


@pytest.mark.parametrize(
    ("now", "heading"),
    [
        ("2027-01-03 23:30", "Nästa vecka v. 1"),
        ("2027-01-04 00:30", "Den här veckan v. 1"),
    ],
)
def test_this_week_turns_at_midnight_in_stockholm(
    pages: FlaskClient, clock: time_machine.Traveller, now: str, heading: str
) -> None:
    make_slot("2027-01-06 15:30")
    clock.move_to(local(now))

    assert headings(visit(pages, "/pass")) == [heading]


def test_the_start_page_shows_the_same_list_and_leads_on_to_it(pages: FlaskClient) -> None:
    for number in range(51):
        make_slot(NOW + DAY + number * HOUR)

    start = visit(pages, "/")
    following = visit(pages, next(link.get("href") for link in start.root.all("a") if link.get("rel") == "next"))

    assert len(titles(start)) == 50
    assert len(titles(following)) == 1
    assert urlsplit(following.url).path == "/pass"


def test_turning_the_page_keeps_every_filter(pages: FlaskClient) -> None:
    make_place()
    for number in range(51):
        make_slot(NOW + DAY + number * HOUR)
    filters = "var=ahus&alder=9&fran=2026-11-24&till=2027-02-01&typ=block&sprak=sv&lediga=1&q=scratch"

    page = visit(pages, f"/pass?{filters}")
    onward = next(link.get("href") for link in page.root.all("a") if link.get("rel") == "next")
    back = next(link.get("href") for link in visit(pages, onward).root.all("a") if link.get("rel") == "prev")

    assert query(onward) == {**query(f"?{filters}"), "sida": ["2"]}
    assert query(back) == query(f"?{filters}")


def test_each_filter_in_use_is_a_chip_that_takes_it_away(pages: FlaskClient) -> None:
    make_place()
    make_slot()

    page = visit(pages, "/pass?var=ahus&alder=9&nar=lovet&lediga=1")

    chips = {text: href for text, href in page.links.items() if text.startswith("Ta bort filtret")}
    assert [text.removeprefix("Ta bort filtret ") for text in chips] == [
        "Åhus bibliotek",
        "9 år",
        "Jullovet, 19 december–12 januari",
        "Bara lediga",
    ]
    assert [set(query(href)) for href in chips.values()] == [
        {"alder", "nar", "lediga"},
        {"var", "nar", "lediga"},
        {"var", "alder", "lediga"},
        {"var", "alder", "nar"},
    ]


def test_an_empty_answer_says_which_filter_hides_how_many(pages: FlaskClient) -> None:
    make_place()
    for starts in ("2026-11-25 15:30", "2026-11-26 15:30"):
        make_slot(starts, activity=make_activity("Robotlek", ages=(4, 6)))

    page = visit(pages, "/pass?alder=12&q=robot")

    assert titles(page) == []
    assert "Utan ”12 år”: 2 pass" in page.text
    assert "Utan ”robot”" not in page.text


def test_when_two_filters_hide_everything_together_both_are_named(pages: FlaskClient) -> None:
    make_slot()
    make_slot("2026-11-26 15:30")

    page = visit(pages, "/pass?alder=99&q=zzz")

    assert page.links["Utan ”99 år” och ”zzz”"] == "/pass"
    assert "2 pass" in page.text
    assert "Nya pass kommer" not in page.text


def test_of_three_filters_the_pair_that_hides_everything_is_named(pages: FlaskClient) -> None:
    make_slot(place=make_place())

    page = visit(pages, "/pass?var=ahus&alder=99&q=zzz")

    assert [text for text in page.links if text.startswith("Utan")] == ["Utan ”99 år” och ”zzz”"]
    assert page.links["Utan ”99 år” och ”zzz”"] == "/pass?var=ahus"


def test_when_no_pair_helps_each_filter_that_finds_something_alone_is_offered(pages: FlaskClient) -> None:
    make_slot(place=make_place())

    page = visit(pages, "/pass?var=ahus&alder=99&typ=drop-in&q=zzz")

    assert [text for text in page.links if text.startswith(("Utan", "Bara ”"))] == ["Bara ”Åhus bibliotek”"]


@pytest.mark.parametrize("filters", ["q=zzz", "alder=99&typ=drop-in&q=zzz"])
def test_new_workshops_are_never_promised_while_filters_are_on(pages: FlaskClient, filters: str) -> None:
    page = visit(pages, f"/pass?{filters}")

    assert "Nya pass kommer" not in page.text
    assert "Inget av dina val ger något pass" in page.text
    assert page.links["Visa alla pass"] == "/pass"


def test_while_nothing_is_planned_the_list_asks_to_come_back(pages: FlaskClient) -> None:
    assert "Nya pass kommer" in visit(pages, "/pass").text


@pytest.mark.parametrize("written", ["ahus", "AHUS", "robot ahus", "åhus robot", "ähus"])
def test_a_keyboard_without_swedish_letters_finds_too(client: FlaskClient, written: str) -> None:
    make_slot(place=make_place(), activity=make_activity("Robotlek"))
    make_slot(place=make_place("hammar", "Hammars bibliotek", locality="Hammar"), activity=make_activity("Sagor"))

    page = visit(client, f"/pass?q={written}")

    assert titles(page) == ["Robotlek"]
    exact = search_key(written) == "åhus robot"
    assert ("Inga träffar för" in page.text) is not exact
    assert exact or f"Inga träffar för ”{written}”. Visar träffar för ”" in page.text


def test_what_is_found_exactly_is_never_mixed_with_what_is_not(pages: FlaskClient) -> None:
    make_slot(place=make_place(), activity=make_activity("Mal och fjäril"))
    make_slot(activity=make_activity("Måla med kod"))

    page = visit(pages, "/pass?q=mal")

    assert titles(page) == ["Mal och fjäril"]
    assert "Visar träffar" not in page.text


def test_hits_in_swedish_letters_can_be_paged_followed_and_looked_at_by_week(pages: FlaskClient) -> None:
    for number in range(51):
        make_slot(NOW + DAY + number * HOUR, place=None if number else make_place())

    page = visit(pages, "/pass?q=ahus")

    onward = [query(href) for href in page.links.values() if href.startswith("/pass?") and "q=" in href]
    assert onward
    assert all(found["q"] == ["åhus"] for found in onward)
    assert len(titles(visit(pages, "/pass?q=ahus&vy=dag&fran=2026-11-24"))) > 0


def test_a_language_that_does_not_exist_is_said_and_left_out(pages: FlaskClient) -> None:
    make_slot()

    page = visit(pages, "/pass?sprak=xx")

    assert "Vi känner inte till valet ”xx”" in page.text
    assert len(titles(page)) == 1


@pytest.mark.parametrize(
    ("asked", "clean"),
    [
        ("/pass?var=&alder=8&nar=&typ=&sprak=&fran=&till=&q=", "/pass?alder=8"),
        ("/en/pass?var=&q=robot+%C3%A5hus&lediga=1&sida=", "/en/pass?q=robot+%C3%A5hus&lediga=1"),
        ("/pass?q=+", "/pass"),
    ],
)
def test_the_empty_fields_of_the_form_are_not_kept_in_the_address(pages: FlaskClient, asked: str, clean: str) -> None:
    with counted() as statements:
        response = pages.get(asked)

    assert (response.status_code, response.headers["Location"]) == (302, clean)
    assert statements == []


@pytest.mark.parametrize("view", ["vecka", "dag"])
def test_an_empty_week_or_day_leads_on_to_the_next_with_a_workshop(pages: FlaskClient, view: str) -> None:
    make_slot("2026-12-17 15:30", activity=make_activity("Sagor", ages=(4, 6)))
    make_slot("2027-01-21 15:30", activity=make_activity("Robotlek"))

    page = visit(pages, f"/pass?vy={view}&fran=2026-11-30&alder=9")
    following = page.follow("Gå till nästa pass: torsdag 21 januari")

    assert titles(following) == ["Robotlek"]
    assert query(following.url) == {"alder": ["9"], "fran": ["2027-01-21"], "vy": [view]}


def test_a_week_after_everything_leads_back_to_today(pages: FlaskClient) -> None:
    make_slot()

    page = visit(pages, "/pass?vy=vecka&fran=2027-06-01")

    assert "Inget pass är planerat efter det." in page.text
    assert page.links["Gå till i dag"] == "/pass?fran=2026-11-23&vy=vecka"


@pytest.mark.parametrize("address", ["/pass?vy=vecka&fran=2026-11-30", "/pass?vy=dag", "/pass?alder=9"])
def test_more_choices_do_not_stand_open_for_a_page_of_the_calendar(pages: FlaskClient, address: str) -> None:
    make_slot()

    [more] = visit(pages, address).root.all("details")

    assert "open" not in more.attributes


def test_following_a_list_of_free_seats_says_that_the_calendar_has_the_others_too(pages: FlaskClient) -> None:
    make_slot()

    page = visit(pages, "/pass?alder=9&lediga=1&nar=helgen&fran=2026-11-23")
    filtered = visit(pages, "/pass?alder=9&lediga=1")

    assert "webcal://127.0.0.1:8000/pass.ics?alder=9" in filtered.links.values()
    assert "Kalendern har också fulla pass" in filtered.text
    assert "webcal://127.0.0.1:8000/pass.ics?alder=9&fran=2026-11-23" in page.links.values()


def test_a_place_that_nobody_knows_is_said_and_left_out(pages: FlaskClient) -> None:
    make_slot()

    page = visit(pages, "/pass?var=<b>nergrundet</b>")

    assert "Vi hittar inget ställe som heter" in page.text
    assert "<b>nergrundet" not in page.html
    assert len(titles(page)) == 1


@pytest.mark.parametrize(
    "address",
    [
        "/pass?alder=-1&fran=2026-02-30&till=x&nar=y&typ=z&sprak=%3C&vy=w&sida=-9&lediga=%F0%9F%98%80",
        "/pass?q=%25_%5C%27%22%3B--&var=%25",
        "/pass?sida=999999999999999999999999",
        "/pass?sida=100000",
        "/pass?vy=vecka&fran=2000-01-01",
        "/pass?vy=vecka&fran=2099-12-31",
        "/pass?vy=dag&fran=2099-12-31&till=2099-12-31",
        "/pass?var=1&var=2&alder=7&alder=x&role=admin&state=draft",
        "/?vy=vecka&sida=3",
        "/en/pass?alder=abc",
    ],
)
def test_whatever_stands_in_the_address_gives_a_page(client: FlaskClient, address: str) -> None:
    make_slot()

    visit(client, address)


def test_the_week_has_seven_days_and_leads_to_the_next_over_new_year(pages: FlaskClient) -> None:
    make_slot("2026-12-30 10:00")
    make_slot("2027-01-05 10:00")

    page = visit(pages, "/pass?vy=vecka&fran=2026-12-31&alder=9")
    following = page.follow("Veckan efter")

    assert page.heading == "Vecka 53, 28 december–3 januari"
    assert len(titles_of_days(page)) == 7
    assert following.heading == "Vecka 1, 4–10 januari"
    assert query(following.url) == {"alder": ["9"], "fran": ["2027-01-04"], "vy": ["vecka"]}
    assert [len(titles(page)), len(titles(following))] == [1, 1]


def test_nobody_is_led_back_to_days_that_are_over(pages: FlaskClient) -> None:
    make_slot()

    page = visit(pages, "/pass?vy=dag")

    assert page.heading == "Måndag 23 november 2026"
    assert "Dagen innan" not in page.links
    assert "Dagen efter" in page.links


def test_a_day_hidden_by_a_filter_says_so_within_that_day(pages: FlaskClient) -> None:
    make_slot("2026-11-25 15:30")
    make_slot("2026-11-26 15:30")

    page = visit(pages, "/pass?vy=dag&fran=2026-11-25&alder=3")

    assert "Utan ”3 år”: 1 pass" in page.text


def test_no_draft_shows_in_any_layout(pages: FlaskClient) -> None:
    make_slot(activity=make_activity("Hemlig robot"), state=SlotState.DRAFT)
    make_slot(activity=make_activity("Känd robot"))

    for address in ("/", "/pass", "/pass?vy=vecka", "/pass?vy=dag&fran=2026-11-25", "/pass?q=hemlig"):
        assert "Hemlig" not in visit(pages, address).html


def test_the_filter_bar_offers_places_by_sort_and_the_languages_that_are_spoken(pages: FlaskClient) -> None:
    make_place()
    make_stop()
    make_slot(language="sv,ar")

    page = visit(pages, "/pass")

    bar = {select.get("name"): [option.text for option in select.all("option")] for select in page.root.all("select")}
    assert bar["var"] == ["Alla ställen", "Åhus bibliotek", "På nätet", "Bokbussen, alla hållplatser", "Yngsjö"]
    assert bar["sprak"] == ["Alla språk", "Arabiska", "Svenska"]
    assert bar["nar"] == ["Alla dagar", "I dag", "I helgen", "Jullovet"]


def test_what_is_chosen_stands_in_the_bar_even_when_it_is_no_choice(pages: FlaskClient) -> None:
    make_place()
    make_slot()

    page = visit(pages, "/pass?alder=17&sprak=fi&q=<script>")

    chosen = [option.text for option in page.root.all("option") if "selected" in option.attributes]
    assert chosen == ["17 år", "Finska"]
    assert "<script>" not in page.html
    assert 'value="&lt;script&gt;"' in page.html


def test_the_feed_of_the_list_has_the_same_filters_and_the_configured_host(pages: FlaskClient) -> None:
    make_place()
    make_slot()

    page = visit(pages, "/en/pass?var=ahus&alder=9&sida=1&vy=vecka", headers={"Host": "localhost"})

    assert set(re.findall(r'"((?:http|webcal)[^"]*\.ics[^"]*)"', page.html)) == {
        "http://127.0.0.1:8000/en/pass.ics?var=ahus&amp;alder=9",
        "webcal://127.0.0.1:8000/en/pass.ics?var=ahus&amp;alder=9",
    }


def test_following_the_week_on_show_means_following_every_week(pages: FlaskClient) -> None:
    make_slot()

    page = visit(pages, "/pass?alder=9&vy=vecka&fran=2026-11-23")

    assert "webcal://127.0.0.1:8000/pass.ics?alder=9" in page.links.values()


def test_public_pages_set_no_cookie_and_may_be_kept_by_anybody(pages: FlaskClient) -> None:
    slot = make_slot()

    for address in ("/", "/pass", "/pass?vy=vecka", f"/pass/{slot.id}"):
        response = pages.get(address)

        assert "Set-Cookie" not in response.headers
        assert response.cache_control.public
        assert "Cookie" not in response.headers.get("Vary", "")


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/", 6),
        ("/pass", 6),
        ("/pass?vy=vecka", 6),
        ("/pass?var=ahus&alder=3&q=robot&lediga=1", 6),
        ("/pass?sida=9", 6),
        ("/pass?sida=9&var=ahus&alder=99&q=zazo", 6),
        ("/pass?vy=vecka&fran=2099-01-01&alder=99&typ=drop-in&q=zazo", 6),
        ("/pass?q=ahus&sida=9", 6),
    ],
)
def test_the_list_costs_few_queries_whatever_the_number_of_slots(
    app: Flask, client: FlaskClient, address: str, most: int
) -> None:
    make_place()
    costs = []
    for more in (1, 60):
        for number in range(more):
            make_slot(NOW + DAY + number * HOUR)
        with counted() as statements:
            client.get(address)
        costs.append(len(statements))

    assert costs[0] == costs[1] or "sida=9" in address
    assert max(costs) <= most, costs
