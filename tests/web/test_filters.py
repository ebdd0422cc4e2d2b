"""Dates, times and states as people read them, in both languages and on a Stockholm clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask, render_template_string

from booking.web import filters, fragments

NBSP = "\N{NO-BREAK SPACE}"
MONDAY = dt.date(2026, 11, 23)


def utc(day: int, hour: int, minute: int = 0, *, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=dt.UTC)


STARTS_AT, ENDS_AT = utc(25, 14, 30), utc(25, 16)


@dataclass(frozen=True)
class Row:
    """A row as the programme gives it."""

    id: int = 7
    url: str = "/pass/7"
    title: str = "Robotlek"
    starts_at: dt.datetime = STARTS_AT
    ends_at: dt.datetime = ENDS_AT
    age_min: int | None = 4
    age_max: int | None = 6
    place_name: str = "Åhus bibliotek"
    place_kind: str = "branch"
    language_note: str | None = None
    meeting_count: int = 1
    sign: str = "robot"
    state: str = "open"
    free: int = 5
    queued: int = 0
    opens_at: dt.datetime | None = None
    step_url: str = "/pass/7/bokning"
    step_label_key: str = "book"


def test_given_an_instant_late_in_the_evening_utc_when_its_day_is_told_then_it_is_the_day_in_stockholm() -> None:
    instant = utc(24, 23, 30)

    told = filters.stamp("sv", instant)

    assert told == ("2026-11-25", "onsdag 25 november", "ons", 25, "nov")


@pytest.mark.parametrize(
    ("language", "day", "span"),
    [
        ("sv", "onsdag 25 november 2026", f"kl.{NBSP}15.30–17.00"),
        ("en", "Wednesday 25 November 2026", "15:30–17:00"),
    ],
)
def test_given_a_time_when_it_is_told_then_it_follows_the_language(language: str, day: str, span: str) -> None:
    start, end = utc(25, 14, 30), utc(25, 16)

    assert filters.long_date(language, start) == day
    assert filters.clock_span(language, start, end) == span


def test_given_the_night_to_winter_time_when_the_hours_before_and_after_are_told_then_each_has_its_own_offset() -> None:
    summer, winter = utc(24, 8, month=10), utc(26, 8, month=10)

    assert filters.clock_time("sv", summer) == f"kl.{NBSP}10.00"
    assert filters.clock_time("sv", winter) == f"kl.{NBSP}9.00"


@pytest.mark.parametrize(("minutes", "told"), [(45, "45 minuter"), (60, "1 timme"), (90, "1 timme 30 minuter")])
def test_given_a_length_when_it_is_told_then_empty_parts_are_left_out(minutes: int, told: str) -> None:
    start = utc(25, 14)

    assert filters.duration("sv", start, start + dt.timedelta(minutes=minutes)) == told


@pytest.mark.parametrize(
    ("weeks", "told"), [(0, "Den här veckan"), (1, "Nästa vecka"), (2, "7–13 december"), (-1, "16–22 november")]
)
def test_given_a_week_when_its_heading_is_made_then_the_near_ones_have_names(
    sqlite_app: Flask, weeks: int, told: str
) -> None:
    del sqlite_app
    monday = MONDAY + dt.timedelta(weeks=weeks)

    assert filters.week_heading("sv", monday, MONDAY + dt.timedelta(days=6)) == told


def test_given_a_week_across_two_months_when_its_days_are_told_then_both_months_are_named() -> None:
    monday = dt.date(2026, 11, 30)

    assert filters.span_of_days("sv", monday, monday + dt.timedelta(days=6)) == "30 november–6 december"


@pytest.mark.parametrize(
    ("opens_at", "told"),
    [
        (utc(23, 8), f"Öppnar i dag kl.{NBSP}9.00"),
        (utc(24, 8), f"Öppnar i morgon kl.{NBSP}9.00"),
        (utc(26, 8), f"Öppnar torsdag kl.{NBSP}9.00"),
        (utc(29, 8), f"Öppnar söndag kl.{NBSP}9.00"),
        # A week ahead "måndag" could be taken for today.
        (utc(30, 8), f"Öppnar 30 november kl.{NBSP}9.00"),
        (dt.datetime(2027, 1, 4, 8, tzinfo=dt.UTC), f"Öppnar 4 januari 2027 kl.{NBSP}9.00"),
    ],
)
def test_given_a_slot_not_open_yet_when_its_state_is_told_then_the_day_cannot_be_mistaken(
    sqlite_app: Flask, opens_at: dt.datetime, told: str
) -> None:
    del sqlite_app
    slot = Row(state="soon", opens_at=opens_at)

    assert filters.state_words("sv", slot, MONDAY) == told


@pytest.mark.parametrize(
    ("state", "free", "queued", "told"),
    [
        ("open", 9, 0, "9 platser kvar"),
        ("few", 1, 0, "1 plats kvar"),
        ("queue", 0, 3, "Fullt, 3 i kö"),
        ("queue", 0, 0, "Fullt, ingen i kö"),
        ("queue", 1, 2, "2 i kö"),
        ("full", 0, 10, "Fullt, även i kön"),
        ("off", 4, 0, "Inställt"),
        ("free", 0, 0, "Ingen bokning behövs"),
    ],
)
def test_given_a_state_when_it_is_told_then_nobody_learns_how_many_have_booked(
    sqlite_app: Flask, state: str, free: int, queued: int, told: str
) -> None:
    del sqlite_app

    assert filters.state_words("sv", Row(state=state, free=free, queued=queued), MONDAY) == told


@pytest.mark.parametrize(
    ("youngest", "oldest", "told"),
    [(4, 6, "4–6 år"), (7, 7, "7 år"), (9, None, "Från 9 år"), (None, 7, "Upp till 7 år"), (None, None, "Alla åldrar")],
)
def test_given_an_age_range_when_it_is_told_then_open_ends_are_said_in_words(
    sqlite_app: Flask, youngest: int | None, oldest: int | None, told: str
) -> None:
    del sqlite_app

    assert filters.age_span("sv", youngest, oldest) == told


def test_given_numbers_and_names_when_they_are_shown_then_they_look_as_people_write_them() -> None:
    assert filters.tel_href("040-628 04 01") == "tel:+46406280401"
    assert filters.tel_href("+47 22 12 34 56") == "tel:+4722123456"
    assert filters.phone_words("+46701234567") == "070-123 45 67"
    assert filters.phone_words("+46406280401") == "040-628 04 01"
    assert filters.phone_words("+4722123456") == "+47 22 12 34 56"
    assert filters.phone_words("040") == "040"
    assert filters.phone_words(None) == ""
    assert filters.listed("sv", ["Ada", "Bo", "Cia"]) == "Ada, Bo och Cia"
    assert filters.paragraphs("Ett.\n\n\nTvå\nrader.\n") == ["Ett.", "Två\nrader."]


# One other value for each that a row shows; text that looks like markup where text goes in.
OTHERS: dict[str, Any] = {
    "id": 8,
    "url": "/pass/<i>",
    "title": "<i>",
    "starts_at": utc(26, 14, 30),
    "ends_at": utc(25, 17),
    "age_min": 5,
    "age_max": 9,
    "place_name": "<i>",
    "place_kind": "stop",
    "language_note": "<i>",
    "meeting_count": 6,
    "sign": "bus",
    "state": "off",
    "free": 4,
    "queued": 2,
    "opens_at": utc(26, 8),
    "step_url": "/pass/<i>",
    "step_label_key": "queue",
}
# The length of the queue and the day of opening stand in one state's words only.
STATES = {"queued": "queue", "opens_at": "soon"}


@pytest.mark.parametrize("field", fragments.SHOWN)
def test_given_a_kept_row_when_one_of_its_values_changes_then_the_new_one_is_shown(
    sqlite_app: Flask, field: str
) -> None:
    row = Row(state=STATES.get(field, "open"), opens_at=utc(25, 8))
    changed = replace(row, **{field: OTHERS[field]})

    with sqlite_app.test_request_context("/"):
        before, after, again = (
            render_template_string("{{ slot_row(slot) }}", slot=slot, today=MONDAY) for slot in (row, changed, row)
        )

    assert before == again != after
    # The stamp's own number stands in such an element.
    assert after.count("<i>") == 1
