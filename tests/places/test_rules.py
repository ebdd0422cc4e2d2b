"""When a place is closed and where the bus stands: tables on each side of every limit."""

from __future__ import annotations

import datetime as dt

import pytest

from booking.places.rules import PlaceClosed, WeekParity, check_open_on, next_visits, stands_on

THURSDAY_W45 = dt.date(2026, 11, 5)


@pytest.mark.parametrize(
    ("closed_from", "refused"),
    [(None, False), (dt.date(2026, 11, 6), False), (dt.date(2026, 11, 5), True), (dt.date(2026, 11, 4), True)],
)
def test_a_place_is_closed_from_its_last_day_on(closed_from: dt.date | None, refused: bool) -> None:
    if refused:
        with pytest.raises(PlaceClosed):
            check_open_on(THURSDAY_W45, place="Österäng", closed_from=closed_from)
    else:
        check_open_on(THURSDAY_W45, place="Österäng", closed_from=closed_from)


@pytest.mark.parametrize(
    ("day", "weekday", "week_cycle", "parity", "stands"),
    [
        ("2026-11-05", 4, 2, WeekParity.ODD, True),
        ("2026-11-05", 4, 2, WeekParity.EVEN, False),
        ("2026-11-12", 4, 2, WeekParity.EVEN, True),
        ("2026-11-05", 4, 1, WeekParity.ANY, True),
        ("2026-11-05", 5, 1, WeekParity.ANY, False),
        ("2026-11-06", 4, 1, WeekParity.ANY, False),
        ("2026-11-05", 4, 2, WeekParity.ANY, False),  # of every second week, but which?
        ("2026-11-05", 4, 4, WeekParity.ODD, False),
        ("2026-12-31", 4, 2, WeekParity.ODD, True),  # week 53 …
        ("2027-01-07", 4, 2, WeekParity.ODD, True),  # … and week 1: twice in a row
        ("2027-01-14", 4, 2, WeekParity.EVEN, True),
    ],
)
def test_the_bus_stands_by_weekday_and_iso_week(
    day: str, weekday: int, week_cycle: int, parity: WeekParity, stands: bool
) -> None:
    found = stands_on(dt.date.fromisoformat(day), weekday=weekday, week_cycle=week_cycle, parity=parity)

    assert found is stands


@pytest.mark.parametrize(
    ("first", "week_cycle", "parity", "visits"),
    [
        ("2026-12-17", 2, WeekParity.ODD, ["2026-12-17", "2026-12-31", "2027-01-07"]),
        ("2026-12-18", 2, WeekParity.ODD, ["2026-12-31", "2027-01-07", "2027-01-21"]),
        ("2026-12-17", 2, WeekParity.EVEN, ["2026-12-24", "2027-01-14", "2027-01-28"]),
        ("2026-12-17", 1, WeekParity.ANY, ["2026-12-17", "2026-12-24", "2026-12-31"]),
        ("2026-12-17", 4, WeekParity.ANY, []),  # nobody knows in which week the turn began
    ],
)
def test_the_next_visits_follow_from_the_pattern_over_the_turn_of_the_year(
    first: str, week_cycle: int, parity: WeekParity, visits: list[str]
) -> None:
    days = next_visits(dt.date.fromisoformat(first), weekday=4, week_cycle=week_cycle, parity=parity, times=3)

    assert [day.isoformat() for day in days] == visits
