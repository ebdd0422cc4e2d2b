"""Closing a place for good: with what is planned there before one's eyes, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from flask import Flask

from booking.accounts.rules.roles import Post, Role
from booking.desk import services
from booking.desk.queries import closing
from booking.desk.rules import NotLookedAt, looked_at
from booking.places.rules import PlaceClosed
from booking.places.rules.keeping import ChangedMeanwhile
from booking.programme import services as programme
from booking.programme.rules import SlotState
from tests.accounts.people import employ, inside
from tests.bookings.world import letters, rows, value
from tests.builders import NOW, act, make_activity, make_place, make_slot
from tests.page import Page, visit
from tests.programme.world import at

DAY = dt.date(2027, 1, 1)
LAST = "2026-12-31 15:30"


def seen(place_id: int, day: dt.date = DAY) -> str:
    return looked_at(day, (one.meeting_id for one in closing.touched(place_id, from_day=day)))


def test_what_is_planned_from_the_day_on_is_told_drafts_too_without_what_is_off(app: Flask) -> None:
    place, other = make_place(), make_place("tollarp", "Tollarps bibliotek")
    make_activity()
    make_slot(LAST, place=place)
    on = make_slot("2027-01-01 15:30", place=place)
    draft = make_slot("2027-01-02 15:30", place=place, state=SlotState.DRAFT)
    make_slot("2027-01-03 15:30", place=place, state=SlotState.CALLED_OFF)
    make_slot("2027-01-04 15:30", place=other)
    club = make_slot("2026-12-30 15:30", place=place, times=2)

    told = [one.slot_id for one in closing.touched(place.id, from_day=DAY)]

    assert told == [on.id, draft.id, club.id]


def test_closing_calls_nothing_off_mails_nobody_and_ends_new_plans(app: Flask) -> None:
    place = make_place()
    activity = make_activity()
    slot = make_slot("2027-01-05 15:30", activity=activity, place=place, seated=2)

    services.close_place(place.id, from_day=DAY, seen=seen(place.id), act=act())

    assert value("SELECT state FROM slots WHERE id = :id", id=slot.id) == "published"
    assert letters() == []
    with pytest.raises(PlaceClosed):
        programme.plan(activity.id, place_id=place.id, meetings=[at("2027-01-01 16:30")], act=act())
    programme.plan(activity.id, place_id=place.id, meetings=[at("2026-12-31 16:30")], act=act())


def test_what_is_planned_after_the_page_was_shown_keeps_the_place_open(app: Flask) -> None:
    place = make_place()
    make_activity()
    shown = seen(place.id)
    make_slot("2027-01-05 15:30", place=place)

    with pytest.raises(NotLookedAt):
        services.close_place(place.id, from_day=DAY, seen=shown, act=act())
    with pytest.raises(NotLookedAt):
        services.close_place(place.id, from_day=dt.date(2027, 2, 1), seen=seen(place.id), act=act())

    assert value("SELECT closed_from FROM places") is None
    assert rows("SELECT 1 FROM audit_entries WHERE verb = 'close_place'") == []


def test_a_place_opens_again_and_the_second_of_two_is_refused(app: Flask) -> None:
    place = make_place()
    services.close_place(place.id, from_day=DAY, seen=seen(place.id), version=1, act=act())

    with pytest.raises(ChangedMeanwhile):
        services.close_place(place.id, from_day=DAY, seen=seen(place.id), version=1, act=act())
    services.reopen_place(place.id, version=2, act=act())

    assert value("SELECT closed_from FROM places") is None
    assert [row[0] for row in rows("SELECT verb FROM audit_entries ORDER BY id")] == ["close_place", "reopen_place"]


def test_an_administrator_sees_what_is_touched_before_the_place_closes(sqlite_app: Flask) -> None:
    with time_machine.travel(NOW, tick=False):
        place = make_place()
        make_slot("2027-01-05 15:30", place=place, activity=make_activity("Rymdresan"))
        browser = inside(sqlite_app.test_client(), employ("Astrid", Post(Role.ADMINISTRATOR), now=NOW), now=NOW)

        page = send(visit(browser, f"/personal/platser/{place.id}").follow("Stäng stället"), "2027-01-01")

        assert "1 träff är planerad där från fredag 1 januari." in page.text
        assert "Rymdresan" in page.links
        assert value("SELECT closed_from FROM places") is None
        # Another day is looked at anew.
        page = send(page, "2027-02-01")
        assert "Inget är planerat där" in page.text
        make_slot("2027-02-02 15:30", place=place)
        page = send(page, "2027-02-01", status=422)
        assert page.errors[0][1].startswith("Planeringen har ändrats")

        page = send(page, "2027-02-01")

        assert "Stänger måndag 1 februari 2027." in page.text
        page = page.follow("Ändra stängningsdagen eller öppna igen")
        page = page.submit(page.forms[2], button="Öppna stället igen")
        assert "Stänger" not in page.text
        assert value("SELECT closed_from FROM places") is None


def test_only_the_administrator_closes(sqlite_app: Flask) -> None:
    with time_machine.travel(NOW, tick=False):
        place = make_place()
        browser = sqlite_app.test_client()
        inside(browser, employ("Maj", Post(Role.BRANCH, place_id=place.id), now=NOW), now=NOW)

        for page in ("stangning", "oppning"):
            assert browser.get(f"/personal/platser/{place.id}/{page}").status_code == 403
            assert browser.post(f"/personal/platser/{place.id}/{page}").status_code == 403


def send(page: Page, day: str, *, status: int = 200) -> Page:
    return page.submit(page.forms[1], {"fran": day}, status=status)
