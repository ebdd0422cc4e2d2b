"""When a place is open and how far it is to the next one: tables on each side of every limit."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.places.rules import (
    UNKNOWN_MINUTES,
    Hours,
    Pattern,
    PlaceKind,
    Span,
    Spot,
    WeekParity,
    lies_within,
    open_spans,
    travel_minutes,
)

MONDAY, TUESDAY = dt.date(2026, 11, 23), dt.date(2026, 11, 24)


def t(text: str) -> dt.time:
    return dt.time.fromisoformat(text)


def span(opens: str, closes: str) -> Span:
    return t(opens), t(closes)


def on(weekday: int, opens: str, closes: str) -> Hours:
    return Hours(weekday=weekday, opens=t(opens), closes=t(closes))


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([], None),
        ([on(2, "10:00", "18:00")], []),
        ([on(1, "10:00", "18:00")], [span("10:00", "18:00")]),
        ([on(1, "14:00", "18:00"), on(1, "10:00", "12:00")], [span("10:00", "12:00"), span("14:00", "18:00")]),
        ([on(1, "10:00", "12:00"), on(1, "12:00", "18:00")], [span("10:00", "18:00")]),
        ([on(1, "10:00", "18:00"), Hours(on_day=MONDAY)], []),
        ([on(1, "10:00", "18:00"), Hours(on_day=TUESDAY)], [span("10:00", "18:00")]),
        (
            [on(1, "10:00", "18:00"), Hours(on_day=MONDAY, opens=t("12:00"), closes=t("15:00"))],
            [span("12:00", "15:00")],
        ),
    ],
    ids=["unknown", "other days", "open", "twice", "touching", "closed that day", "closed another day", "other hours"],
)
def test_a_place_is_open_by_weekday_unless_the_day_has_its_own(hours: list[Hours], expected: list[Span] | None) -> None:
    assert open_spans(MONDAY, hours) == expected


@pytest.mark.parametrize(
    ("starts", "ends", "within"),
    [
        ("2026-11-23 10:00", "2026-11-23 18:00", True),
        ("2026-11-23 09:59", "2026-11-23 11:00", False),
        ("2026-11-23 17:00", "2026-11-23 18:01", False),
        ("2026-11-23 17:00", "2026-11-24 11:00", False),
    ],
)
def test_a_meeting_lies_within_the_hours_up_to_the_minute(starts: str, ends: str, within: bool) -> None:
    wall = dt.datetime.fromisoformat
    assert lies_within(wall(starts), wall(ends), [span("10:00", "18:00")]) is within


def test_a_stop_is_open_while_the_bus_stands_there() -> None:
    even = Pattern(weekday=1, week_cycle=2, parity=WeekParity.EVEN, arrives=t("16:10"), departs=t("16:55"))
    rare = Pattern(weekday=1, week_cycle=4, parity=WeekParity.ANY, arrives=t("16:10"), departs=t("16:55"))

    assert even.spans(MONDAY) == [span("16:10", "16:55")]  # week 48
    assert even.spans(MONDAY + dt.timedelta(days=7)) == []
    assert rare.spans(MONDAY) is None


LIBRARY = Spot(id=1, name="Stadsbiblioteket", kind=PlaceKind.MAIN, latitude=56.0313, longitude=14.1524)
AHUS = Spot(id=2, name="Åhus", kind=PlaceKind.BRANCH, latitude=55.9240, longitude=14.2960)
SOMEWHERE = Spot(id=3, name="Somewhere", kind=PlaceKind.VENUE)
SNOKA = Spot(id=4, name="SNOKA", kind=PlaceKind.DIGITAL)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        # 14.9 km as the crow flies, 19.4 km by road at 50 km/h, and five minutes at the door.
        (LIBRARY, AHUS, 29),
        (LIBRARY, LIBRARY, 0),
        (SOMEWHERE, SOMEWHERE, 0),
        (LIBRARY, SOMEWHERE, UNKNOWN_MINUTES),
        (SNOKA, AHUS, 0),
        (AHUS, SNOKA, 0),
    ],
)
def test_a_trip_takes_as_long_as_the_road(start: Spot, end: Spot, minutes: int) -> None:
    assert travel_minutes(start, end) == minutes


@given(st.tuples(*[st.floats(55, 57), st.floats(12, 15)] * 2))
def test_there_and_back_take_as_long(found: tuple[float, float, float, float]) -> None:
    one = Spot(id=1, name="", kind=PlaceKind.BRANCH, latitude=found[0], longitude=found[1])
    other = Spot(id=2, name="", kind=PlaceKind.BRANCH, latitude=found[2], longitude=found[3])

    assert travel_minutes(one, other) == travel_minutes(other, one) >= 5
