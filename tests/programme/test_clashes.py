"""What stands against a meeting: tables on each side of every limit, and properties of what overlaps."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.kernel.period import Period, WallPeriod
from booking.places.rules import UNKNOWN_MINUTES, DayOffKind, Hours, Pattern, PlaceKind, Spot, WeekParity
from booking.programme.rules import ActivityKind
from booking.programme.rules.clashes import (
    CLEARING_MINUTES,
    HARD,
    PACKING_MINUTES,
    TWICE,
    Clash,
    ClashKind,
    DaysOff,
    Facts,
    HardClash,
    KitFacts,
    Nearness,
    Occasion,
    PlaceFacts,
    SoftClashes,
    TrainerFacts,
    clashes_of,
    minutes_needed,
    nearness,
    refuse,
)
from booking.programme.rules.leading import FreeKit, Need, choose_kits, needs_of
from booking.trainers.rules import Away, Work

AHUS = Spot(id=1, name="Åhus bibliotek", kind=PlaceKind.BRANCH)
TOLLARP = Spot(id=2, name="Tollarps bibliotek", kind=PlaceKind.BRANCH)
SNOKA = Spot(id=3, name="SNOKA", kind=PlaceKind.DIGITAL)
SCRATCH, ROBOTS = 10, 11
TOVE, BOX, ROOM = 7, 8, 9
# A Thursday in an ordinary week.
DAY = "2026-11-05"


def occasion(text: str = f"{DAY} 16:30", *, minutes: int = 60, spot: Spot = AHUS, **more: Any) -> Occasion:
    """A meeting at Åhus; `text` says its wall time."""
    starts = dt.datetime.fromisoformat(text)
    wall = WallPeriod(starts, starts + dt.timedelta(minutes=minutes))
    values: dict[str, Any] = {"activity_id": SCRATCH, "title": "Scratch", **more}
    return Occasion(wall=wall, period=wall.instants(), spot=spot, **values)


def tove(**more: Any) -> TrainerFacts:
    return TrainerFacts(**{"id": TOVE, "name": "Tove", "leads": frozenset({SCRATCH, ROBOTS}), **more})


def facts(*taken: Occasion, place: PlaceFacts | None = None, trainer: TrainerFacts | None = None, **more: Any) -> Facts:
    places = [PlaceFacts(spot=spot) for spot in (AHUS, TOLLARP, SNOKA)]
    return Facts(
        places={**{one.spot.id: one for one in places}, **({place.spot.id: place} if place else {})},
        trainers={TOVE: trainer or tove()},
        rooms={ROOM: "Verkstaden"},
        kits={BOX: KitFacts(id=BOX, name="Låda 1", thing_key="blue-bot", pieces=6)},
        registered=frozenset({"blue-bot"}),
        taken=taken,
        **more,
    )


def kinds(wished: Occasion, known: Facts) -> set[ClashKind]:
    return {clash.kind for clash in clashes_of([wished], known)[0]}


def all_of(wished: Occasion) -> Occasion:
    """The same meeting with trainer, room and kit."""
    return replace(wished, trainer_ids=frozenset({TOVE}), room_id=ROOM, kit_ids=frozenset({BOX}))


# ---- the same thing in two places ----


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("16:30", TWICE),
        ("17:29", TWICE),
        ("15:31", TWICE),
        ("17:30", set()),  # the same activity at the same place goes on: nothing is packed
        ("15:30", set()),
    ],
)
def test_trainer_room_and_kit_are_in_one_place_at_a_time(other: str, expected: set[ClashKind]) -> None:
    held = all_of(occasion(f"{DAY} {other}"))

    assert kinds(all_of(occasion()), facts(held)) == expected


HURRIED = {ClashKind.TRAINER_HURRIED, ClashKind.ROOM_HURRIED, ClashKind.KIT_HURRIED}


@pytest.mark.parametrize(("other", "expected"), [("17:30", HURRIED), ("17:59", HURRIED), ("18:00", set())])
def test_clearing_and_packing_take_their_minutes(other: str, expected: set[ClashKind]) -> None:
    held = all_of(occasion(f"{DAY} {other}", activity_id=ROBOTS))

    assert CLEARING_MINUTES + PACKING_MINUTES == 30
    assert kinds(all_of(occasion()), facts(held)) == expected


@pytest.mark.parametrize(("other", "is_hurried"), [("18:29", True), ("18:30", False)])
def test_the_road_takes_its_minutes(other: str, is_hurried: bool) -> None:
    held = replace(all_of(occasion(f"{DAY} {other}", spot=TOLLARP)), room_id=None)

    assert UNKNOWN_MINUTES == 30
    expected = {ClashKind.TRAINER_HURRIED, ClashKind.KIT_HURRIED} if is_hurried else set()
    assert kinds(all_of(occasion()), facts(held)) == expected


def test_what_an_activity_says_of_packing_and_clearing_wins() -> None:
    first = occasion(clearing_minutes=5)
    second = occasion(f"{DAY} 18:00", activity_id=ROBOTS, packing_minutes=0)

    assert minutes_needed(first, second) == 5
    assert minutes_needed(second, first) == CLEARING_MINUTES + PACKING_MINUTES


def test_the_digital_library_is_no_road_away() -> None:
    assert minutes_needed(occasion(clearing_minutes=0), occasion(spot=SNOKA, packing_minutes=0)) == 0


def test_another_trainer_room_or_kit_is_no_clash() -> None:
    held = replace(occasion(), trainer_ids=frozenset({1}), room_id=1, kit_ids=frozenset({1}))

    assert kinds(all_of(occasion()), facts(held)) == set()


def test_wished_meetings_are_judged_against_each_other() -> None:
    wished = [all_of(occasion()), all_of(occasion(f"{DAY} 17:00")), all_of(occasion("2026-11-12 16:30"))]

    found = [{clash.kind for clash in clashes} for clashes in clashes_of(wished, facts())]

    assert found == [TWICE, TWICE, set()]


_start = st.datetimes(dt.datetime.fromisoformat("2026-10-24"), dt.datetime.fromisoformat("2026-10-26"))
_occasions = st.builds(
    lambda starts, minutes, spot, activity: occasion(
        starts.replace(second=0, microsecond=0).isoformat(), minutes=minutes, spot=spot, activity_id=activity
    ),
    _start,
    # A wall time may come twice that night; what is shorter could end before it begins.
    st.integers(61, 400),
    st.sampled_from([AHUS, TOLLARP, SNOKA]),
    st.sampled_from([SCRATCH, ROBOTS]),
)


@given(_occasions, _occasions)
def test_nearness_is_the_same_both_ways_and_tells_overlap_as_minutes_do(one: Occasion, other: Occasion) -> None:
    def minutes(period: Period) -> set[int]:
        first = int(period.starts.timestamp()) // 60
        return set(range(first, first + int((period.ends - period.starts).total_seconds()) // 60))

    near = nearness(one, other)

    assert near is nearness(other, one)
    assert (near is Nearness.OVERLAP) is bool(minutes(one.period) & minutes(other.period))


@given(_occasions, _occasions, st.integers(0, 120))
def test_more_minutes_for_packing_never_make_a_meeting_easier(one: Occasion, other: Occasion, more: int) -> None:
    order = [Nearness.FINE, Nearness.HURRY, Nearness.OVERLAP]
    slower = replace(one, packing_minutes=one.packing_minutes + more, clearing_minutes=one.clearing_minutes + more)

    assert order.index(nearness(slower, other)) >= order.index(nearness(one, other))


@given(st.lists(_occasions, max_size=6))
def test_no_clash_of_two_places_means_that_the_spans_are_apart(wished: list[Occasion]) -> None:
    with_tove = [replace(one, trainer_ids=frozenset({TOVE})) for one in wished]

    found = {clash.kind for clashes in clashes_of(with_tove, facts()) for clash in clashes}

    spans = sorted(one.period for one in wished)
    apart = all(earlier.ends <= later.starts for earlier, later in itertools.pairwise(spans))
    assert (ClashKind.TRAINER_TWICE not in found) is apart


# ---- the trainer ----


@pytest.mark.parametrize(
    ("trainer", "expected"),
    [
        (tove(), set()),
        (tove(leads=frozenset()), {ClashKind.NO_COMPETENCE}),
        (tove(leads=frozenset({ROBOTS})), {ClashKind.NO_COMPETENCE}),
        (tove(leads=frozenset(), leads_kinds=frozenset({ActivityKind.WORKSHOP})), set()),
        (tove(leads=frozenset(), leads_kinds=frozenset({ActivityKind.COURSE})), {ClashKind.NO_COMPETENCE}),
        (tove(hours=[Work(4, dt.time(12), dt.time(17, 30))]), set()),
        (tove(hours=[Work(4, dt.time(12), dt.time(17, 29))]), {ClashKind.OUTSIDE_WORK}),
        (tove(hours=[Work(5, dt.time(12), dt.time(18))]), {ClashKind.OUTSIDE_WORK}),
        (tove(absences=[Away(dt.date(2026, 11, 4), dt.date(2026, 11, 5))]), {ClashKind.TRAINER_AWAY}),
        (tove(absences=[Away(dt.date(2026, 11, 6), dt.date(2026, 11, 9))]), set()),
        (tove(left_on=dt.date(2026, 11, 5)), {ClashKind.TRAINER_LEFT}),
        (tove(left_on=dt.date(2026, 11, 6)), set()),
    ],
)
def test_a_trainer_can_lead_or_not(trainer: TrainerFacts, expected: set[ClashKind]) -> None:
    assert kinds(replace(occasion(), trainer_ids=frozenset({TOVE})), facts(trainer=trainer)) == expected


# ---- the place and the day ----

THURSDAYS = [Hours(weekday=4, opens=dt.time(10), closes=dt.time(17, 30))]


@pytest.mark.parametrize(
    ("wished", "expected"),
    [
        (occasion(), set()),
        (occasion(f"{DAY} 16:31"), {ClashKind.OUTSIDE_HOURS}),
        (occasion(f"{DAY} 09:59"), {ClashKind.OUTSIDE_HOURS}),
        (occasion("2026-11-06 12:00"), {ClashKind.CLOSED_THAT_DAY}),
        (occasion("2026-11-06 12:00", is_online=True), set()),
    ],
)
def test_a_meeting_is_held_while_the_place_is_open(wished: Occasion, expected: set[ClashKind]) -> None:
    assert kinds(wished, facts(place=PlaceFacts(spot=AHUS, hours=THURSDAYS))) == expected


def test_a_day_of_its_own_closes_the_place_and_unknown_hours_close_nothing() -> None:
    closed = [*THURSDAYS, Hours(on_day=dt.date(2026, 11, 5))]

    assert kinds(occasion(), facts(place=PlaceFacts(spot=AHUS, hours=closed))) == {ClashKind.CLOSED_THAT_DAY}
    assert kinds(occasion(f"{DAY} 03:00"), facts(place=PlaceFacts(spot=AHUS))) == set()


@pytest.mark.parametrize(("closed_from", "closed"), [("2026-11-05", True), ("2026-11-06", False)])
def test_a_place_that_has_closed_for_good_holds_nothing(closed_from: str, closed: bool) -> None:
    place = PlaceFacts(spot=AHUS, closed_from=dt.date.fromisoformat(closed_from))

    assert kinds(occasion(), facts(place=place)) == ({ClashKind.PLACE_CLOSED} if closed else set())


@pytest.mark.parametrize(
    ("wished", "expected"),
    [
        (occasion("2026-11-23 16:10", minutes=45), set()),
        (occasion("2026-11-23 16:10", minutes=46), {ClashKind.OUTSIDE_HOURS}),
        (occasion("2026-11-30 16:10", minutes=45), {ClashKind.CLOSED_THAT_DAY}),
    ],
)
def test_a_meeting_at_a_stop_is_held_while_the_bus_stands_there(wished: Occasion, expected: set[ClashKind]) -> None:
    pattern = Pattern(weekday=1, week_cycle=2, parity=WeekParity.EVEN, arrives=dt.time(16, 10), departs=dt.time(16, 55))

    assert kinds(wished, facts(place=PlaceFacts(spot=AHUS, pattern=pattern))) == expected


def days(kind: DayOffKind, first: str, last: str, *, place_id: int | None = None) -> DaysOff:
    return DaysOff(
        kind=kind,
        first_on=dt.date.fromisoformat(first),
        last_on=dt.date.fromisoformat(last),
        name="Höstlov",
        place_id=place_id,
    )


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (days(DayOffKind.SCHOOL_BREAK, "2026-11-01", "2026-11-04"), set()),
        (days(DayOffKind.SCHOOL_BREAK, "2026-11-01", "2026-11-05"), {ClashKind.SCHOOL_BREAK}),
        (days(DayOffKind.OTHER, "2026-11-05", "2026-11-05"), {ClashKind.DAY_OFF}),
        (days(DayOffKind.HOLIDAY, "2026-11-05", "2026-11-09"), {ClashKind.PUBLIC_HOLIDAY}),
        (days(DayOffKind.OTHER, "2026-11-06", "2026-11-09"), set()),
        (days(DayOffKind.OTHER, "2026-11-05", "2026-11-05", place_id=AHUS.id), {ClashKind.DAY_OFF}),
        (days(DayOffKind.OTHER, "2026-11-05", "2026-11-05", place_id=TOLLARP.id), set()),
    ],
)
def test_days_off_that_staff_keep_warn(kept: DaysOff, expected: set[ClashKind]) -> None:
    assert kinds(occasion(), facts(days_off=[kept])) == expected


def test_a_public_holiday_warns_once_also_when_staff_noted_it() -> None:
    christmas = occasion("2026-12-25 12:00")
    noted = days(DayOffKind.HOLIDAY, "2026-12-25", "2026-12-25")

    assert [clash.kind for clash in clashes_of([christmas], facts())[0]] == [ClashKind.PUBLIC_HOLIDAY]
    assert [clash.kind for clash in clashes_of([christmas], facts(days_off=[noted]))[0]] == [ClashKind.PUBLIC_HOLIDAY]


# ---- equipment ----


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ("Blue-Bot:6", set()),
        ("Blue-Bot:7", {ClashKind.KIT_MISSING}),
        ("Pilkort:4", set()),  # no kit is registered for it
        ("", set()),
    ],
)
def test_equipment_is_missing_when_the_kits_hold_too_few(needs: str, expected: set[ClashKind]) -> None:
    wished = replace(occasion(), kit_ids=frozenset({BOX}), needs=tuple(needs_of(needs)))

    assert kinds(wished, facts()) == expected


@pytest.mark.parametrize(
    ("equipment", "expected"),
    [
        ("", []),
        ("Blue-Bot:4;Pilkort:4", [Need("Blue-Bot", 4), Need("Pilkort", 4)]),
        ("LEGO: Spike:2", [Need("LEGO: Spike", 2)]),
        ("Papper; Sax:12", [Need("Sax", 12)]),
    ],
)
def test_needs_are_read_from_the_activity(equipment: str, expected: list[Need]) -> None:
    assert needs_of(equipment) == expected


def box(number: int, pieces: int, *, travel: int = 0, thing: str = "blue-bot") -> FreeKit:
    return FreeKit(id=number, thing_key=thing, pieces=pieces, travel_minutes=travel)


@pytest.mark.parametrize(
    ("kits", "has", "chosen", "missing"),
    [
        ([box(1, 6)], {}, [1], []),
        ([box(1, 6, travel=20), box(2, 6)], {}, [2], []),
        ([box(1, 12), box(2, 6)], {}, [2], []),
        ([box(1, 4), box(2, 4)], {}, [1, 2], []),
        ([box(1, 4)], {}, [1], [Need("Blue-Bot", 2)]),
        ([box(1, 4)], {"blue-bot": 2}, [1], []),
        ([box(1, 4)], {"blue-bot": 6}, [], []),
        ([box(1, 6, thing="ozobot")], {}, [], [Need("Blue-Bot", 6)]),
        ([], {}, [], [Need("Blue-Bot", 6)]),
    ],
)
def test_the_nearest_kits_that_fit_are_chosen(
    kits: list[FreeKit], has: dict[str, int], chosen: list[int], missing: list[Need]
) -> None:
    assert choose_kits([Need("Blue-Bot", 6)], kits, has=has) == (chosen, missing)


# ---- hard and soft ----


def test_every_clash_can_be_said() -> None:
    for kind in ClashKind:
        assert "%" not in str(Clash(kind, 1, "Tove", "Scratch").said)


def test_hard_clashes_refuse_and_soft_ones_want_a_reason() -> None:
    day = dt.date(2026, 11, 5)
    hard, soft = Clash(ClashKind.ROOM_TWICE, ROOM, "Verkstaden"), Clash(ClashKind.SCHOOL_BREAK, 1, "Åhus", "Höstlov")

    assert ClashKind.SCHOOL_BREAK not in HARD
    refuse([(day, [])], accepting="")
    refuse([(day, [soft])], accepting="Lovet är till för det.")
    with pytest.raises(SoftClashes, match="Höstlov") as warned:
        refuse([(day, [soft]), (day, [soft])], accepting="  ")
    with pytest.raises(HardClash, match="Verkstaden"):
        refuse([(day, [soft]), (day, [hard])], accepting="Det går nog.")
    assert str(warned.value).count("Höstlov") == 1
