"""Who could step in, tours and seats: tables on each side of every limit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.kernel.period import WallPeriod
from booking.places.rules import DayOffKind, Hours, Pattern, PlaceKind, Spot, WeekParity
from booking.programme.rules.clashes import DaysOff, Occasion, PlaceFacts, TrainerFacts
from booking.programme.rules.leading import Need
from booking.programme.rules.proposals import candidates, tour_dates
from booking.programme.rules.seats import Limit, Open, children_served, least_open, seats_open
from booking.trainers.rules import Away, Work

AHUS = Spot(id=1, name="Åhus bibliotek", kind=PlaceKind.BRANCH, latitude=55.924, longitude=14.296)
CITY = Spot(id=2, name="Stadsbiblioteket", kind=PlaceKind.MAIN, latitude=56.0313, longitude=14.1524)
SNOKA = Spot(id=3, name="SNOKA", kind=PlaceKind.DIGITAL)
SCRATCH = 10


def occasion(text: str = "2026-11-05 16:30", **more: Any) -> Occasion:
    starts = dt.datetime.fromisoformat(text)
    wall = WallPeriod(starts, starts + dt.timedelta(hours=1))
    values: dict[str, Any] = {"spot": AHUS, "activity_id": SCRATCH, "title": "Scratch", **more}
    return Occasion(wall=wall, period=wall.instants(), **values)


# ---- who could step in ----


def someone(number: int, name: str, **more: Any) -> TrainerFacts:
    return TrainerFacts(**{"id": number, "name": name, "leads": frozenset({SCRATCH}), "home": AHUS, **more})


def led(number: int, *texts: str) -> list[Occasion]:
    return [occasion(text, trainer_ids=frozenset({number})) for text in texts]


def order(trainers: Sequence[TrainerFacts], taken: Sequence[Occasion] = (), *, most: int = 9, **more: Any) -> list[str]:
    by_trainer = {trainer.id: [one for one in taken if trainer.id in one.trainer_ids] for trainer in trainers}
    return [found.name for found in candidates(occasion(**more), trainers, led=by_trainer, most=most)]


def test_the_best_substitute_can_it_then_has_no_warnings_then_is_near_then_has_least_to_do() -> None:
    trainers = [
        someone(1, "Cannot", leads=frozenset()),
        someone(2, "Outside work", hours=[Work(1, dt.time(8), dt.time(12))]),
        someone(3, "Far", home=CITY),
        someone(4, "Busy"),
        someone(5, "Best"),
        someone(6, "As good, later in the alphabet"),
    ]

    assert order(trainers, led(4, "2026-11-02 10:00")) == [
        "Best",
        "As good, later in the alphabet",
        "Busy",
        "Far",
        "Outside work",
        "Cannot",
    ]


@pytest.mark.parametrize(
    ("trainer", "taken", "is_offered"),
    [
        (someone(1, "Free"), [], True),
        (someone(1, "Elsewhere"), led(1, "2026-11-05 17:29"), False),
        (someone(1, "Next"), led(1, "2026-11-05 17:30"), True),
        (someone(1, "Away", absences=[Away(dt.date(2026, 11, 5), dt.date(2026, 11, 5))]), [], False),
        (someone(1, "Left", left_on=dt.date(2026, 11, 5)), [], False),
        (someone(2, "Leads it already"), [], False),
    ],
)
def test_who_cannot_come_is_not_offered(trainer: TrainerFacts, taken: list[Occasion], is_offered: bool) -> None:
    assert bool(order([trainer], taken, trainer_ids=frozenset({2}))) is is_offered


def test_only_that_week_s_meetings_count_and_only_so_many_are_named() -> None:
    trainers = [someone(1, "Last week's"), someone(2, "This week's"), someone(3, "Third")]
    taken = [*led(1, "2026-10-29 10:00", "2026-10-30 10:00"), *led(2, "2026-11-04 10:00")]

    assert order(trainers, taken, most=2) == ["Last week's", "Third"]


# ---- tours ----

MONDAY = dt.date(2026, 11, 23)  # week 48


def library(number: int, *weekdays: int, opens: str = "10:00", closes: str = "18:00") -> PlaceFacts:
    hours = [
        Hours(weekday=day, opens=dt.time.fromisoformat(opens), closes=dt.time.fromisoformat(closes)) for day in weekdays
    ]
    return PlaceFacts(spot=Spot(id=number, name="", kind=PlaceKind.BRANCH), hours=hours)


def toured(places: Sequence[PlaceFacts], *, minutes: int = 60, at: str = "15:00", **more: Any) -> list[str | None]:
    found = tour_dates(places, first=MONDAY, minutes=minutes, at=dt.time.fromisoformat(at), **more)
    return [f"{date.wall.starts:%m-%d %H:%M}" if date.wall else None for date in found]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (library(1, 1), "11-23 15:00"),
        (library(1, 3), "11-25 15:00"),
        (library(1, 1, closes="16:00"), "11-23 15:00"),
        (library(1, 1, closes="15:59"), None),
        (library(1, 1, opens="15:30"), "11-23 15:30"),
        (library(1), "11-23 15:00"),
        (PlaceFacts(spot=SNOKA), "11-23 15:00"),
        (PlaceFacts(spot=AHUS, closed_from=MONDAY), None),
    ],
    ids=["open", "later", "just fits", "does not fit", "opens later", "unknown", "digital", "closed for good"],
)
def test_a_tour_comes_when_the_place_is_open_long_enough(place: PlaceFacts, expected: str | None) -> None:
    assert toured([place]) == [expected]


@pytest.mark.parametrize(
    ("parity", "departs", "expected"),
    [
        (WeekParity.EVEN, "16:55", "11-23 16:10"),
        (WeekParity.ODD, "16:55", "11-30 16:10"),
        (WeekParity.EVEN, "16:54", None),
    ],
)
def test_a_tour_comes_to_a_stop_with_the_bus(parity: WeekParity, departs: str, expected: str | None) -> None:
    pattern = Pattern(
        weekday=1, week_cycle=2, parity=parity, arrives=dt.time(16, 10), departs=dt.time.fromisoformat(departs)
    )

    assert toured([PlaceFacts(spot=AHUS, pattern=pattern)], minutes=45, at="18:00") == [expected]


def test_a_tour_visits_one_place_a_day_and_rests_on_days_off() -> None:
    everywhere, here = [library(number, 1, 2, 3, 4, 5) for number in (1, 2, 3)], 2
    off = [
        DaysOff(kind=DayOffKind.OTHER, first_on=MONDAY, last_on=MONDAY, name="Planering"),
        DaysOff(
            kind=DayOffKind.OTHER, first_on=dt.date(2026, 11, 25), last_on=dt.date(2026, 11, 25), name="", place_id=here
        ),
    ]

    assert toured(everywhere, days_off=off) == ["11-24 15:00", "11-26 15:00", "11-25 15:00"]
    assert toured(everywhere[:1], not_on=[MONDAY]) == ["11-24 15:00"]


def test_a_tour_knows_public_holidays() -> None:
    found = tour_dates([library(1, 5)], first=dt.date(2026, 12, 25), minutes=60, at=dt.time(15))

    assert found[0].wall is not None
    assert found[0].wall.starts.date() == dt.date(2027, 1, 8)  # Fridays: Christmas Day, then New Year's Day


# ---- seats ----


@pytest.mark.parametrize(
    ("room", "kits", "trainers", "per_trainer", "expected"),
    [
        (None, None, 0, None, Open(12, Limit.SEATS)),
        (12, 12, 2, 6, Open(12, Limit.SEATS)),
        (11, 12, 2, 6, Open(11, Limit.ROOM)),
        (12, 11, 2, 6, Open(11, Limit.KITS)),
        (12, 12, 1, 6, Open(6, Limit.TRAINERS)),
        (20, None, 0, 6, Open(0, Limit.TRAINERS)),
        (6, 6, 1, 6, Open(6, Limit.ROOM)),
    ],
)
def test_the_scarcest_limits_the_seats(
    room: int | None, kits: int | None, trainers: int, per_trainer: int | None, expected: Open
) -> None:
    assert seats_open(seats=12, room=room, kits=kits, trainers=trainers, per_trainer=per_trainer) == expected


@given(*[st.integers(0, 40)] * 5)
def test_more_of_anything_never_opens_fewer_seats(seats: int, room: int, kits: int, trainers: int, more: int) -> None:
    before = seats_open(seats=seats, room=room, kits=kits, trainers=trainers, per_trainer=5)
    after = seats_open(seats=seats, room=room + more, kits=kits, trainers=trainers + more, per_trainer=5)

    assert after.seats >= before.seats
    assert before.seats == min(seats, room, kits, trainers * 5)


@pytest.mark.parametrize(
    ("has", "expected"),
    [({"blue-bot": 6}, 12), ({"blue-bot": 5}, 10), ({"blue-bot": 1}, 2), ({}, 0), ({"blue-bot": 12}, 24)],
)
def test_kits_serve_their_share_of_a_full_group(has: dict[str, int], expected: int) -> None:
    needs = [Need("Blue-Bot", 6), Need("Pilkort", 4)]

    assert children_served(needs, has=has, registered={"blue-bot"}, group=12) == expected
    assert children_served(needs, has=has, registered=set(), group=12) is None


def test_the_scarcest_meeting_limits_a_club() -> None:
    assert least_open([Open(12, Limit.SEATS), Open(4, Limit.KITS), Open(6, Limit.ROOM)]) == Open(4, Limit.KITS)
