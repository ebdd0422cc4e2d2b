"""The page of a slot: what a family needs, what a search engine is told, and what nobody is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.app import create_app
from booking.programme import services as planning
from booking.programme.queries import Reader, slot_page, slot_rows
from booking.programme.rules import Admission, PublicState, Sign, SlotState
from tests.builders import DAY, HOUR, NOW, act, local, make_activity, make_place, make_room, make_slot, make_stop
from tests.page import Page, visit
from tests.support.queries import counted

SWEDISH = Reader("sv", "")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """It is Monday 23 November 2026, ten o'clock, until a test says otherwise."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def pages(sqlite_app: Flask) -> FlaskClient:
    return sqlite_app.test_client()


def told(page: Page) -> dict[str, Any]:
    """What the page tells search engines."""
    [script] = [element for element in page.root.all("script") if element.get("type") == "application/ld+json"]
    found: dict[str, Any] = json.loads("".join(part for part in script.inner if isinstance(part, str)))
    return found


def test_the_page_tells_a_family_everything(pages: FlaskClient) -> None:
    place = make_place(
        address="Demogatan 2",
        postal_code="296 31",
        phone="040-628 04 02",
        accessibility_note="Entré i markplan.",
        directions="Ingång från torget.",
        latitude=55.924,
        longitude=14.296,
    )
    room = make_room(place)
    activity = make_activity(equipment="Bärbar dator:12;micro:bit:6", bring_sv="Hörlurar", sign=Sign.LAPTOP)
    slot = make_slot(activity=activity, room_id=room.id, seats=12, seated=10, language="sv,ar")
    other = make_slot("2026-12-09 15:30", activity=activity)

    page = visit(pages, f"/pass/{slot.id}")

    assert page.heading == "Ditt första spel i Scratch"
    for words in (
        "Onsdag 25 november kl. 15.30–17.00 på Åhus bibliotek",
        "2 platser kvar",
        "8–10 år",
        "1 timme 30 minuter",
        "Hörlurar",
        "Bärbar dator",
        "micro:bit",
        "Svenska och arabiska",
        "Demogatan 2, Programlokalen, 296 31 Åhus",
        "Ingång från torget.",
        "Entré i markplan.",
        "040-628 04 02",
        "Du gör ett eget spel.",
    ):
        assert words in page.text.replace("\xa0", " "), words
    assert page.links["Boka plats"] == f"/pass/{slot.id}/bokning"
    assert f"/pass/{other.id}" in page.links.values()
    assert page.title == "Ditt första spel i Scratch, onsdag 25 november – Kodplats"


def test_a_slot_that_opens_later_offers_a_calendar_file_for_that_moment(pages: FlaskClient) -> None:
    make_place()
    slot = make_slot(opens_at=local("2026-11-24 09:00"))

    page = visit(pages, f"/pass/{slot.id}")

    assert "Bokningen öppnar tisdag 24 november kl. 9.00" in page.text.replace("\xa0", " ")
    assert f"/pass/{slot.id}/oppnar.ics" in page.links.values()
    assert f"/pass/{slot.id}/bokning" not in page.links.values()


@pytest.mark.parametrize("number", ["{draft}", "999999", "0", "-1", "9999999999999999999999", "٣", "1e3"])
def test_a_draft_is_as_unknown_as_a_number_that_does_not_exist(client: FlaskClient, number: str) -> None:
    draft = make_slot(state=SlotState.DRAFT)
    unknown = client.get(f"/pass/{draft.id + 1}")

    answer = client.get(f"/pass/{number.format(draft=draft.id)}")

    assert answer.status_code == unknown.status_code == 404
    assert "Ditt första spel" not in answer.text


def test_what_is_for_staff_and_for_booked_families_stays_with_them(pages: FlaskClient) -> None:
    slot = make_slot(
        "2026-11-23 10:05", is_online=True, join_url="https://rum.example/hemligt", trainer_names="Tove", seated=7
    )

    page = visit(pages, f"/pass/{slot.id}")

    assert "hemligt" not in page.html
    assert "Tove" not in page.html
    assert "12" not in page.text  # the seats in all would tell how many have booked (requirement H8)


def test_search_engines_are_told_of_an_event_with_its_state(pages: FlaskClient) -> None:
    place = make_place(address="Demogatan 2", postal_code="296 31", latitude=55.924, longitude=14.296)
    slot = make_slot(place=place, seats=12, seated=10)

    event = told(visit(pages, f"/pass/{slot.id}"))

    assert event == {
        "@context": "https://schema.org",
        "@type": "ChildrensEvent",
        "@id": f"http://127.0.0.1:8000/pass/{slot.id}",
        "url": f"http://127.0.0.1:8000/pass/{slot.id}",
        "name": "Ditt första spel i Scratch",
        "description": "Du gör ett eget spel.",
        "startDate": "2026-11-25T15:30+01:00",
        "endDate": "2026-11-25T17:00+01:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {
            "@type": "Place",
            "name": "Åhus bibliotek",
            "address": {
                "@type": "PostalAddress",
                "streetAddress": "Demogatan 2",
                "postalCode": "296 31",
                "addressLocality": "Åhus",
                "addressCountry": "SE",
            },
            "geo": {"@type": "GeoCoordinates", "latitude": 55.924, "longitude": 14.296},
        },
        "organizer": {"@type": "Organization", "name": "Biblioteken i Kristianstad"},
        "inLanguage": ["sv"],
        "isAccessibleForFree": True,
        "typicalAgeRange": "8-10",
        "offers": {
            "@type": "Offer",
            "url": f"http://127.0.0.1:8000/pass/{slot.id}",
            "price": 0,
            "priceCurrency": "SEK",
            "availability": "https://schema.org/LimitedAvailability",
        },
    }


def test_a_called_off_club_is_told_as_cancelled_with_each_of_its_meetings(pages: FlaskClient) -> None:
    slot = make_slot(times=2, state=SlotState.CALLED_OFF)

    event = told(visit(pages, f"/pass/{slot.id}"))

    assert event["eventStatus"] == "https://schema.org/EventCancelled"
    assert [meeting["startDate"] for meeting in event["subEvent"]] == [
        "2026-11-25T15:30+01:00",
        "2026-12-02T15:30+01:00",
    ]
    assert {meeting["eventStatus"] for meeting in event["subEvent"]} == {"https://schema.org/EventCancelled"}


def test_markup_in_a_title_is_text_on_the_page_and_in_what_engines_read(pages: FlaskClient) -> None:
    hostile = "</script><script>alert('å')</script>"
    slot = make_slot(activity=make_activity(hostile, description=hostile))

    page = visit(pages, f"/pass/{slot.id}")

    assert told(page)["name"] == hostile
    assert "<script>alert" not in page.html


def test_the_reason_of_a_call_off_stands_on_the_page_in_its_language(pages: FlaskClient) -> None:
    slot = make_slot(state=SlotState.CALLED_OFF)

    assert "Ledaren är sjuk." in visit(pages, f"/pass/{slot.id}").text
    assert "The leader is ill." in visit(pages, f"/en/pass/{slot.id}").text


def test_an_online_slot_has_no_street(pages: FlaskClient) -> None:
    slot = make_slot(is_online=True)

    event = told(visit(pages, f"/pass/{slot.id}"))

    assert event["location"]["@type"] == "VirtualLocation"
    assert event["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"


def test_an_online_slot_says_what_the_child_needs_at_home_and_not_what_we_provide(pages: FlaskClient) -> None:
    activity = make_activity(equipment="Bärbar dator:12", equipment_en="Laptop", bring_sv="Hörlurar")
    slot = make_slot(is_online=True, activity=activity)
    bare = make_slot("2026-11-26 15:30", is_online=True, activity=make_activity("Annat"))

    page, english = visit(pages, f"/pass/{slot.id}"), visit(pages, f"/en/pass/{slot.id}")

    assert "Du behöver hemma Bärbar dator · Hörlurar" in page.text
    assert "Vi ordnar" not in page.text
    assert "You need at home Laptop" in english.text
    assert "Du behöver hemma En dator eller surfplatta" in visit(pages, f"/pass/{bare.id}").text


def test_what_we_provide_is_told_in_english_where_it_is_known_and_else_not_at_all(pages: FlaskClient) -> None:
    translated = make_slot(
        activity=make_activity(equipment="Sagomatta:2;micro:bit:6", equipment_en="Story mat;micro:bit")
    )
    untold = make_slot(activity=make_activity(equipment="Sagomatta:2"))

    assert "We provide: Story mat · micro:bit" in visit(pages, f"/en/pass/{translated.id}").text
    assert "Bring" not in visit(pages, f"/en/pass/{untold.id}").text
    assert "Vi ordnar: Sagomatta" in visit(pages, f"/pass/{untold.id}").text


def test_a_slot_on_the_bus_says_how_to_find_it_get_in_and_whom_to_ring(pages: FlaskClient) -> None:
    stop = make_stop(
        directions="Bussen står på torget.",
        accessibility_note="Bussen har ramp. Ingen toalett ombord.",
        phone="040-628 04 20",
        latitude=55.9,
        longitude=14.25,
    )
    slot = make_slot(place=stop)

    page = visit(pages, f"/pass/{slot.id}")

    for words in (
        "Bussen står på torget.",
        "Bussen har ramp",
        "Ingen toalett ombord.",
        "Ring om du behöver hjälp ombord",
    ):
        assert words in page.text
    assert page.links["040-628 04 20"] == "tel:+46406280420"


def test_a_place_without_a_phone_gives_the_organisations(pages: FlaskClient) -> None:
    slot = make_slot(place=make_place())

    assert page_of_questions(visit(pages, f"/pass/{slot.id}")) == "040-628 04 01"


def page_of_questions(page: Page) -> str:
    """The number under "Har du frågor?"."""
    [answer] = [fact for fact in page.root.all("div") if fact.text.startswith("Har du frågor?")]
    return next(answer.all("a")).text


def test_the_map_is_a_link_that_the_visitor_may_follow_and_can_be_turned_off(sqlite_app: Flask) -> None:
    slot = make_slot(place=make_place(latitude=55.924, longitude=14.296))
    pages = sqlite_app.test_client()

    page = visit(pages, f"/pass/{slot.id}")
    sqlite_app.extensions["kodplats"] = replace(sqlite_app.extensions["kodplats"], map_url="")
    without = visit(create_app(sqlite_app.extensions["kodplats"]).test_client(), f"/pass/{slot.id}")

    [link] = [link for link in page.root.all("a") if link.text.startswith("Visa på karta")]
    assert link.text == "Visa på karta (openstreetmap.org)"
    assert link.get("href") == "https://www.openstreetmap.org/?mlat=55.924&mlon=14.296#map=17/55.924/14.296"
    assert link.get("rel") == "noopener noreferrer"
    assert "geo:" not in page.html
    assert "karta" not in without.text


def test_a_closed_group_is_no_entry_for_anybodys_calendar(pages: FlaskClient) -> None:
    slot = make_slot(admission=Admission.CLOSED_GROUP)

    page = visit(pages, f"/pass/{slot.id}")

    assert "För en bokad grupp" in page.text
    assert ".ics" not in page.html
    assert titles_on(visit(pages, "/pass")) == titles_on(visit(pages, "/bibliotek/ahus")) == []


def titles_on(page: Page) -> list[str]:
    return [heading.text for heading in page.root.all("h3")]


def test_a_running_club_tells_of_its_next_meeting_and_keeps_its_whole_span(app: Flask) -> None:
    slot = make_slot("2026-11-10 16:00", times=4, closes_at=NOW + DAY)

    page = slot_page(slot.id, now=NOW, reader=SWEDISH)

    assert page is not None
    assert (page.starts_at, page.ends_at) == (local("2026-11-24 16:00"), local("2026-11-24 17:30"))
    assert (page.first_starts_at, page.last_ends_at) == (local("2026-11-10 16:00"), local("2026-12-01 17:30"))
    assert (page.state, page.action, page.meeting_count) == (PublicState.OPEN, "book", 4)


def test_a_slot_that_is_over_keeps_its_page_and_says_so(app: Flask) -> None:
    slot = make_slot("2026-11-16 15:30")

    page = slot_page(slot.id, now=NOW, reader=SWEDISH)

    assert page is not None
    assert (page.state, page.action, page.starts_at) == (PublicState.STARTED, "none", local("2026-11-16 15:30"))


def test_siblings_are_the_coming_slots_of_the_same_activity_that_go_ahead(app: Flask) -> None:
    activity, another = make_activity("Robotlek"), make_activity("Annat")
    slot = make_slot("2026-11-25 15:30", activity=activity)
    later = make_slot("2026-12-09 15:30", activity=activity)
    sooner = make_slot("2026-11-24 15:30", activity=activity)
    make_slot("2026-11-20 15:30", activity=activity)
    make_slot("2026-12-02 15:30", activity=activity, state=SlotState.DRAFT)
    make_slot("2026-12-03 15:30", activity=activity, state=SlotState.CALLED_OFF)
    make_slot("2026-12-04 15:30", activity=activity, admission=Admission.CLOSED_GROUP)
    make_slot("2026-12-05 15:30", activity=another)

    page = slot_page(slot.id, now=NOW, reader=SWEDISH)

    assert page is not None
    assert [sibling.id for sibling in page.siblings] == [sooner.id, later.id]


def test_rows_are_given_for_numbers_whatever_their_time_but_never_for_drafts(app: Flask) -> None:
    over = make_slot("2026-11-16 15:30")
    group = make_slot("2026-11-25 15:30", admission=Admission.CLOSED_GROUP)
    draft = make_slot(state=SlotState.DRAFT)

    rows = slot_rows([group.id, over.id, draft.id, 999], now=NOW, reader=SWEDISH)

    assert [row.id for row in rows] == [over.id, group.id]
    assert slot_rows([], now=NOW, reader=SWEDISH) == []


def test_the_page_costs_at_most_five_queries_whatever_the_number_of_siblings(app: Flask, client: FlaskClient) -> None:
    make_stop()
    address = f"/pass/{make_slot(times=6).id}"
    costs = []
    for more in (0, 20):
        for number in range(more):
            make_slot(NOW + DAY + number * HOUR)
        with counted() as statements:
            client.get(address)
        costs.append(len(statements))

    assert costs[0] == costs[1] <= 5


def test_a_meeting_that_is_called_off_alone_says_why(pages: FlaskClient) -> None:
    make_place()
    make_activity()
    slot = make_slot(times=3)
    planning.call_off_meeting(
        slot.meetings[1].id, reason_sv="Ledarens tåg går inte.", reason_en="No train that day.", act=act()
    )

    assert visit(pages, f"/pass/{slot.id}").text.count("Ledarens tåg går inte.") == 1
    assert "No train that day." in visit(pages, f"/en/pass/{slot.id}").text
