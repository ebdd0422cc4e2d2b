"""Public holidays by law, and school breaks, computed: what "lovet" means when a family looks for something to do.

No register of terms exists, and each municipality decides its own days late. These rules follow Kristianstad's
published years (domain.md §5): right within a day or two, enough for a shortcut whose dates stand in plain sight
and can be changed by the reader. Nothing is planned, opened or cancelled by the school breaks here.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

_DAY = dt.timedelta(days=1)
_FRIDAY, _SATURDAY, _SUNDAY, _WEDNESDAY = 4, 5, 6, 2
# New Year, Epiphany, May Day, the National Day, Christmas Eve and the two days of Christmas, New Year's Eve.
_FIXED_HOLIDAYS = ((1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31))
# Good Friday, Easter Sunday and Monday, Ascension Day, Whit Sunday.
_DAYS_FROM_EASTER = (-2, 0, 1, 39, 49)


class BreakName(StrEnum):
    """The five breaks of a Swedish school year."""

    WINTER = "winter"
    EASTER = "easter"
    SUMMER = "summer"
    AUTUMN = "autumn"
    CHRISTMAS = "christmas"


class Break(NamedTuple):
    """A school break from `first` to `last`, both days included."""

    first: dt.date
    last: dt.date
    name: BreakName


def school_break(day: dt.date) -> Break:
    """The break that `day` lies in, else the next one."""
    years = (day.year - 1, day.year, day.year + 1)
    return next(found for year in years for found in breaks_of(year) if found.last >= day)


@lru_cache(32)
def breaks_of(year: int) -> tuple[Break, ...]:
    """The breaks that begin in `year`, in order; the last one ends in January of the year after."""
    return (
        _week(year, 8, BreakName.WINTER),
        # The week of Easter where it lies in weeks 14-16; an earlier Easter moves the break to week 14.
        _week(year, min(max(easter_sunday(year).isocalendar().week, 14), 16), BreakName.EASTER),
        Break(
            _on_or_after(dt.date(year, 6, 7), _SATURDAY), _on_or_before(dt.date(year, 8, 16), _SUNDAY), BreakName.SUMMER
        ),
        _week(year, 44, BreakName.AUTUMN),
        # From the last Friday by 20 December to the first Wednesday after Epiphany: 2020, 2021, 2024 and 2025 fit.
        Break(
            _on_or_before(dt.date(year, 12, 20), _FRIDAY) + _DAY,
            _on_or_after(dt.date(year + 1, 1, 7), _WEDNESDAY) - _DAY,
            BreakName.CHRISTMAS,
        ),
    )


@lru_cache(32)
def public_holidays_of(year: int) -> frozenset[dt.date]:
    """The public holidays of a year (lag 1989:253) without ordinary Sundays, and the three eves that semesterlagen
    (1977:480, § 3 a) counts as Sundays: Midsummer's, Christmas and New Year's."""
    easter = easter_sunday(year)
    midsummer = _on_or_after(dt.date(year, 6, 20), _SATURDAY)
    return frozenset(
        {
            *(dt.date(year, month, day) for month, day in _FIXED_HOLIDAYS),
            *(easter + days * _DAY for days in _DAYS_FROM_EASTER),
            midsummer - _DAY,
            midsummer,
            _on_or_after(dt.date(year, 10, 31), _SATURDAY),  # All Saints' Day
        }
    )


def is_public_holiday(day: dt.date) -> bool:
    """Whether `day` is a public holiday, as `public_holidays_of` counts them."""
    return day in public_holidays_of(day.year)


def weekend(day: dt.date) -> tuple[dt.date, dt.date]:
    """Saturday and Sunday of the ISO week that holds `day`: on a Sunday, the weekend that is going on."""
    saturday = day + (_SATURDAY - day.weekday()) * _DAY
    return saturday, saturday + _DAY


def easter_sunday(year: int) -> dt.date:
    """Western Easter of a Gregorian year: the anonymous algorithm of 1876 (Meeus, Astronomical Algorithms, ch. 8)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    skipped, shift = divmod(century, 4)
    moon = (19 * golden + century - skipped - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    leap, odd = divmod(rest, 4)
    weekday = (32 + 2 * shift + 2 * leap - moon - odd) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return dt.date(year, month, day + 1)


def _week(year: int, week: int, name: BreakName) -> Break:
    monday = dt.date.fromisocalendar(year, week, 1)
    return Break(monday, monday + 6 * _DAY, name)


def _on_or_after(day: dt.date, weekday: int) -> dt.date:
    return day + ((weekday - day.weekday()) % 7) * _DAY


def _on_or_before(day: dt.date, weekday: int) -> dt.date:
    return day - ((day.weekday() - weekday) % 7) * _DAY
