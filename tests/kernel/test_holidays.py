"""School breaks by rule, compared with the years that the municipality has published."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from booking.kernel.holidays import (
    BreakName,
    breaks_of,
    easter_sunday,
    is_public_holiday,
    public_holidays_of,
    school_break,
    weekend,
)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (2021, "2021-04-04"),
        (2024, "2024-03-31"),
        (2025, "2025-04-20"),
        (2026, "2026-04-05"),
        (2027, "2027-03-28"),
        (2038, "2038-04-25"),
    ],
)
def test_easter_sunday_is_where_the_church_has_it(year: int, sunday: str) -> None:
    assert easter_sunday(year) == day(sunday)


@pytest.mark.parametrize(
    ("year", "name", "first", "last"),
    [
        (2026, BreakName.WINTER, "2026-02-16", "2026-02-22"),
        (2026, BreakName.AUTUMN, "2026-10-26", "2026-11-01"),
        (2025, BreakName.EASTER, "2025-04-14", "2025-04-20"),
        (2021, BreakName.EASTER, "2021-04-05", "2021-04-11"),
        (2020, BreakName.CHRISTMAS, "2020-12-19", "2021-01-12"),
        (2024, BreakName.CHRISTMAS, "2024-12-21", "2025-01-07"),
        (2026, BreakName.CHRISTMAS, "2026-12-19", "2027-01-12"),
        (2024, BreakName.SUMMER, "2024-06-08", "2024-08-11"),
    ],
)
def test_a_break_has_the_days_that_the_rules_give(year: int, name: BreakName, first: str, last: str) -> None:
    found = next(each for each in breaks_of(year) if each.name is name)

    assert (found.first, found.last) == (day(first), day(last))


@pytest.mark.parametrize("year", range(2020, 2060))
def test_breaks_of_any_year_come_in_order_and_never_meet(year: int) -> None:
    breaks = [*breaks_of(year), breaks_of(year + 1)[0]]

    for earlier, later in pairwise(breaks):
        assert earlier.first < earlier.last < later.first


@pytest.mark.parametrize(
    ("today", "name", "first"),
    [
        ("2026-10-25", BreakName.AUTUMN, "2026-10-26"),
        ("2026-11-01", BreakName.AUTUMN, "2026-10-26"),
        ("2026-11-02", BreakName.CHRISTMAS, "2026-12-19"),
        ("2027-01-12", BreakName.CHRISTMAS, "2026-12-19"),
        ("2027-01-13", BreakName.WINTER, "2027-02-22"),
    ],
)
def test_the_break_is_the_one_going_on_else_the_next(today: str, name: BreakName, first: str) -> None:
    found = school_break(day(today))

    assert (found.name, found.first) == (name, day(first))


@pytest.mark.parametrize("today", ["2026-11-23", "2026-11-27", "2026-11-28", "2026-11-29"])
def test_the_weekend_is_that_of_the_week_that_is_going_on(today: str) -> None:
    assert weekend(day(today)) == (day("2026-11-28"), day("2026-11-29"))


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (
            2026,
            "01-01 01-06 04-03 04-05 04-06 05-01 05-14 05-24 06-06 06-19 06-20 10-31 12-24 12-25 12-26 12-31",
        ),
        (
            2027,
            "01-01 01-06 03-26 03-28 03-29 05-01 05-06 05-16 06-06 06-25 06-26 11-06 12-24 12-25 12-26 12-31",
        ),
    ],
)
def test_public_holidays_are_those_of_the_almanac(year: int, days: str) -> None:
    assert sorted(public_holidays_of(year)) == [day(f"{year}-{found}") for found in days.split()]


@pytest.mark.parametrize(
    ("text", "holiday"),
    [
        ("2026-04-03", True),
        ("2026-04-04", False),  # Holy Saturday is none by law
        ("2026-06-18", False),
        ("2026-06-19", True),
        ("2026-06-21", False),
        ("2026-12-31", True),
        ("2027-01-01", True),
        ("2027-01-02", False),
    ],
)
def test_a_day_is_a_public_holiday_or_not(text: str, holiday: bool) -> None:
    assert is_public_holiday(day(text)) is holiday
