"""Half-open stretches of time."""

from __future__ import annotations

import datetime as dt

import pytest

from booking.kernel.period import EndsBeforeItBegins, Period, WallPeriod

DAY = dt.date(2026, 11, 5)


def at(hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, 5, hour, minute, tzinfo=dt.UTC)


@pytest.mark.parametrize("ends", [at(15), at(14, 59)])
def test_a_period_ends_later_than_it_begins(ends: dt.datetime) -> None:
    with pytest.raises(EndsBeforeItBegins):
        Period(at(15), ends)
    with pytest.raises(EndsBeforeItBegins):
        WallPeriod(at(15).replace(tzinfo=None), ends.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("other", "overlap"),
    [
        (Period(at(14), at(15)), False),
        (Period(at(14), at(15, 1)), True),
        (Period(at(15, 30), at(15, 45)), True),
        (Period(at(15, 59), at(17)), True),
        (Period(at(16), at(17)), False),
    ],
)
def test_what_ends_when_the_other_begins_does_not_overlap(other: Period, overlap: bool) -> None:
    period = Period(at(15), at(16))

    assert period.overlaps(other) is overlap
    assert other.overlaps(period) is overlap


def test_an_hour_on_the_clock_across_the_autumn_night_is_two_real_hours() -> None:
    period = WallPeriod.on(dt.date(2026, 10, 25), dt.time(2), minutes=60).instants()

    assert period.ends - period.starts == dt.timedelta(hours=2)


def test_a_week_later_is_the_same_time_on_the_clock() -> None:
    before = WallPeriod.on(dt.date(2026, 10, 22), dt.time(16, 30), minutes=60)

    after = before.later(days=7)

    assert after == WallPeriod.on(dt.date(2026, 10, 29), dt.time(16, 30), minutes=60)
    assert after.instants().starts - before.instants().starts == dt.timedelta(hours=169)
