"""Wall time and instants (requirements T1, T2, T4, T5, C7)."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys

import pytest

from booking.kernel import clock
from booking.kernel.clock import NoSuchDay, NoSuchTime
from tests.support.missing import PROJECT


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def wall(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("on_the_clock", "instant"),
    [
        ("2026-11-05 16:30", "2026-11-05 15:30"),
        ("2027-06-21 16:30", "2027-06-21 14:30"),
        ("2027-03-28 01:59", "2027-03-28 00:59"),
        ("2027-03-28 03:00", "2027-03-28 01:00"),
        ("2026-10-25 01:59", "2026-10-24 23:59"),
        ("2026-10-25 03:00", "2026-10-25 02:00"),
    ],
)
def test_a_wall_time_is_one_instant(on_the_clock: str, instant: str) -> None:
    assert clock.to_utc(wall(on_the_clock)) == utc(instant)
    assert clock.to_local(utc(instant)).replace(tzinfo=None) == wall(on_the_clock)


@pytest.mark.parametrize("jumped_over", ["2027-03-28 02:00", "2027-03-28 02:30", "2027-03-28 02:59"])
def test_a_time_that_the_clocks_jump_over_is_refused_by_name(jumped_over: str) -> None:
    with pytest.raises(NoSuchTime) as refusal:
        clock.to_utc(wall(jumped_over))

    assert refusal.value.values == {"clock": jumped_over[11:], "day": "2027-03-28"}
    assert "clocks go forward" in str(refusal.value)


@pytest.mark.parametrize("doubled", ["2026-10-25 02:00", "2026-10-25 02:30", "2026-10-25 02:59"])
def test_a_time_that_occurs_twice_means_the_first_of_the_two(doubled: str) -> None:
    instant = clock.to_utc(wall(doubled))

    assert instant == utc(doubled) - dt.timedelta(hours=2)
    assert clock.to_utc(wall(doubled).replace(fold=1)) == instant


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31"])
def test_years_that_nobody_plans_for_are_refused(day: str) -> None:
    with pytest.raises(NoSuchDay):
        clock.to_utc(wall(f"{day} 12:00"))


@pytest.mark.parametrize("day", ["2000-01-01", "2099-12-31"])
def test_the_first_and_the_last_day_that_can_be_planned(day: str) -> None:
    assert clock.local_day(clock.to_utc(wall(f"{day} 12:00"))) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-12-31 22:30", "2026-12-31"),  # 23.30 on New Year's Eve
        ("2026-12-31 23:30", "2027-01-01"),  # 00.30 on New Year's Day
        ("2027-03-27 22:30", "2027-03-27"),
        ("2027-03-27 23:30", "2027-03-28"),
        ("2027-03-28 21:30", "2027-03-28"),  # an hour later than on the day before
        ("2027-03-28 22:30", "2027-03-29"),
        ("2026-10-24 21:30", "2026-10-24"),
        ("2026-10-24 22:30", "2026-10-25"),
        ("2026-10-25 22:30", "2026-10-25"),
        ("2026-10-25 23:30", "2026-10-26"),
    ],
)
def test_today_is_what_the_calendar_in_stockholm_says(instant: str, day: str) -> None:
    assert clock.local_day(utc(instant)) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(("day", "hours"), [("2026-11-05", 24), ("2027-03-28", 23), ("2026-10-25", 25)])
def test_a_day_lasts_from_one_midnight_to_the_next(day: str, hours: int) -> None:
    starts = clock.day_start(dt.date.fromisoformat(day))
    ends = clock.day_start(dt.date.fromisoformat(day) + dt.timedelta(days=1))

    assert ends - starts == dt.timedelta(hours=hours)


def test_naive_instants_and_aware_wall_times_are_mistakes_of_the_program() -> None:
    with pytest.raises(ValueError, match="a wall time has no zone"):
        clock.to_utc(utc("2026-11-05 16:30"))
    with pytest.raises(ValueError, match="an instant has a zone"):
        clock.to_local(wall("2026-11-05 16:30"))


def test_the_week_begins_on_monday() -> None:
    sunday, monday = dt.date(2027, 1, 3), dt.date(2027, 1, 4)

    assert clock.monday_of(sunday) == dt.date(2026, 12, 28)
    assert clock.monday_of(monday) == monday


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Auckland"])
def test_the_zone_of_the_server_does_not_matter(zone: str) -> None:
    asked = (
        "import datetime as dt; from booking.kernel import clock; "
        "print(clock.to_utc(dt.datetime(2026, 10, 25, 2, 30)), "
        "clock.local_day(dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)))"
    )
    environment = {**os.environ, "TZ": zone, "LC_ALL": "C", "PYTHONPATH": str(PROJECT)}

    answer = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)

    assert answer.stdout == "2026-10-25 00:30:00+00:00 2027-01-01\n"
