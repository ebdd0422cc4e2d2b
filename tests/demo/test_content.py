"""The demo's programme, whatever day it is loaded on."""

from __future__ import annotations

import csv
import datetime as dt
from itertools import pairwise

import pytest

from booking.demo import content
from booking.demo.content import SlotPlan, StopPattern
from booking.demo.loading import FOLDER
from booking.kernel import cells, clock
from booking.places.rules import WeekParity, stands_on
from booking.programme.rules import Admission

NOON = dt.time(12)
# One for each weekday, and some before Christmas, Easter, midsummer and the nights when the clocks change.
DAYS = [
    *(dt.date(2026, 11, 23) + dt.timedelta(days=number) for number in range(7)),
    *map(dt.date.fromisoformat, ("2026-12-23", "2027-03-01", "2027-06-20", "2026-10-20", "2028-02-29")),
]


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


MINUTES = {row["slug"]: int(row["duration_minutes"]) for row in rows("workshops")}
STOPS = [
    StopPattern(
        row["slug"],
        int(row["weekday"]),
        int(row["week_cycle"]),
        WeekParity(row["week_parity"]),
        cells.clock_time(row["arrives"]),
        cells.clock_time(row["departs"]),
    )
    for row in rows("stops")
]


def programme(day: dt.date) -> list[SlotPlan]:
    return content.slots(dt.datetime.combine(day, NOON), minutes=MINUTES, stops=STOPS)


@pytest.fixture(params=DAYS, ids=str)
def day(request: pytest.FixtureRequest) -> dt.date:
    found: dt.date = request.param
    return found


def test_there_are_about_120_sessions_in_ten_weeks_of_every_kind(day: dt.date) -> None:
    slots = programme(day)

    assert 105 <= len(slots) <= 140
    assert all(day <= slot.starts.date() < day + dt.timedelta(weeks=10) for slot in slots)
    assert len({slot.place for slot in slots}) > 15
    assert {slot.admission for slot in slots} == set(Admission)
    assert sum(slot.place == content.ONLINE for slot in slots) >= 6
    assert slots == sorted(slots, key=lambda slot: slot.starts)


def test_the_same_day_gives_the_same_programme(day: dt.date) -> None:
    assert programme(day) == programme(day)


def test_children_are_free_when_they_are_invited(day: dt.date) -> None:
    for slot in programme(day):
        for meeting in slot.meetings:
            if slot.admission is Admission.CLOSED_GROUP:
                continue
            if meeting.starts.isoweekday() == 6:
                assert dt.time(10) <= meeting.starts.time()
                assert meeting.ends.time() <= dt.time(14)
            else:
                assert meeting.starts.isoweekday() < 6
                assert meeting.starts.time() >= dt.time(15)


def test_the_libraries_are_open(day: dt.date) -> None:
    open_at = [
        (row["place"], int(row["weekday"]), cells.clock_time(row["opens"]), cells.clock_time(row["closes"]))
        for row in rows("opening_hours")
    ]
    libraries = {row["slug"] for row in rows("places") if row["kind"] != "digital"}

    for slot in programme(day):
        for meeting in slot.meetings if slot.place in libraries else ():
            assert any(
                (place, weekday) == (slot.place, meeting.starts.isoweekday())
                and opens <= meeting.starts.time()
                and meeting.ends.time() <= closes
                for place, weekday, opens, closes in open_at
            ), slot


def test_the_bus_stands_there_and_the_workshop_fits_its_stay(day: dt.date) -> None:
    stops = {stop.slug: stop for stop in STOPS}
    on_the_bus = [slot for slot in programme(day) if slot.place in stops]

    assert len(on_the_bus) >= 10
    for slot in on_the_bus:
        stop, (meeting,) = stops[slot.place], slot.meetings
        assert stands_on(meeting.starts.date(), weekday=stop.weekday, week_cycle=stop.week_cycle, parity=stop.parity)
        assert stop.arrives < meeting.starts.time()
        assert meeting.ends.time() < stop.departs


def test_nobody_is_double_booked_at_one_place(day: dt.date) -> None:
    by_place: dict[str, list[tuple[dt.datetime, dt.datetime]]] = {}
    for slot in programme(day):
        by_place.setdefault(slot.place, []).extend((span.starts, span.ends) for span in slot.meetings)

    for place, spans in by_place.items():
        for (_, ends), (starts, _) in pairwise(sorted(spans)):
            assert ends <= starts, place


def test_the_club_meets_on_six_tuesdays(day: dt.date) -> None:
    (club,) = [slot for slot in programme(day) if len(slot.meetings) > 1]

    assert [meeting.starts.isoweekday() for meeting in club.meetings] == [2] * 6
    assert len({meeting.starts.time() for meeting in club.meetings}) == 1


def test_every_time_exists_on_the_clock(day: dt.date) -> None:
    for slot in programme(day):
        assert clock.to_utc(slot.opens) < slot.meetings[0].instants().starts


@pytest.mark.parametrize(
    "day",
    [
        *("2026-12-24", "2026-12-25", "2026-12-26", "2026-12-31", "2027-01-01", "2027-01-06"),
        *("2027-03-26", "2027-03-27", "2027-03-28", "2027-03-29", "2027-05-01", "2027-05-06"),
        *("2027-05-16", "2027-06-06", "2027-06-25", "2027-06-26"),
    ],
)
def test_public_holidays_are_free(day: str) -> None:
    assert content.is_holiday(dt.date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2026-11-23", "2026-12-23", "2027-01-02", "2027-03-25", "2027-06-24", "2027-06-27"])
def test_other_days_are_not(day: str) -> None:
    assert not content.is_holiday(dt.date.fromisoformat(day))


def test_families_are_invented_and_their_addresses_lead_nowhere() -> None:
    assert len({family.adult for family in content.FAMILIES}) == len(content.FAMILIES)
    assert all(len(family.adult.split()) == 1 for family in content.FAMILIES)
