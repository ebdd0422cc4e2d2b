"""When a trainer works and is away: tables on each side of every limit."""

from __future__ import annotations

import datetime as dt

import pytest

from booking.trainers import rules
from booking.trainers.rules import Away, Work

MONDAY = 1


def wall(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def work(weekday: int, starts: str, ends: str) -> Work:
    return Work(weekday, dt.time.fromisoformat(starts), dt.time.fromisoformat(ends))


@pytest.mark.parametrize(
    ("starts", "ends", "does"),
    [
        ("2026-11-23 08:00", "2026-11-23 12:00", True),
        ("2026-11-23 07:59", "2026-11-23 10:00", False),
        ("2026-11-23 11:00", "2026-11-23 12:01", True),  # the afternoon follows at once
        ("2026-11-23 15:00", "2026-11-23 17:00", True),
        ("2026-11-23 15:00", "2026-11-23 17:01", False),
        ("2026-11-23 16:00", "2026-11-24 09:00", False),
        ("2026-11-24 09:00", "2026-11-24 10:00", False),
    ],
)
def test_a_trainer_works_within_the_weekly_hours(starts: str, ends: str, does: bool) -> None:
    hours = [work(MONDAY, "12:00", "17:00"), work(MONDAY, "08:00", "12:00")]

    assert rules.works(wall(starts), wall(ends), hours) is does


def test_hours_that_are_not_kept_forbid_nothing() -> None:
    assert rules.works(wall("2026-11-22 02:00"), wall("2026-11-22 03:00"), [])


@pytest.mark.parametrize(
    ("starts", "ends", "away"),
    [
        ("2026-11-22 22:00", "2026-11-23 00:00", False),
        ("2026-11-22 22:00", "2026-11-23 00:01", True),
        ("2026-11-24 23:00", "2026-11-25 01:00", True),
        ("2026-11-25 00:00", "2026-11-25 01:00", False),
    ],
)
def test_an_absence_takes_its_days_and_no_more(starts: str, ends: str, away: bool) -> None:
    days = Away(dt.date(2026, 11, 23), dt.date(2026, 11, 24))

    assert rules.is_away(wall(starts), wall(ends), [days]) is away


def test_hours_and_days_that_make_no_sense_are_refused() -> None:
    with pytest.raises(rules.WorkEndsTooEarly):
        work(MONDAY, "12:00", "12:00")
    with pytest.raises(rules.AbsenceUpsideDown):
        Away(dt.date(2026, 11, 24), dt.date(2026, 11, 23))
    with pytest.raises(rules.WorkOverlaps):
        rules.check_hours([work(MONDAY, "12:00", "17:00"), work(MONDAY, "08:00", "12:01")])
    rules.check_hours([work(MONDAY, "12:00", "17:00"), work(MONDAY, "08:00", "12:00"), work(2, "08:00", "17:00")])


@pytest.mark.parametrize(("pieces", "refused"), [(0, True), (1, False), (9999, False), (10_000, True)])
def test_a_kit_has_a_number_of_pieces_that_can_be_counted(pieces: int, refused: bool) -> None:
    if refused:
        with pytest.raises(rules.NoPieces):
            rules.check_pieces(pieces)
    else:
        rules.check_pieces(pieces)


def test_things_are_compared_without_case_and_spaces() -> None:
    assert rules.thing_key("  Blue-Bot ") == rules.thing_key("blue-bot")
    assert rules.thing_key("Åttkantig  låda") == "åttkantig låda"
