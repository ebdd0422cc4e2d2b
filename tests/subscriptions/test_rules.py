from __future__ import annotations

import pytest

from booking.subscriptions.rules import Ground, Spot, Wish, is_digest_time, last_round, suits
from tests.builders import local

LIBRARY = Spot(place_id=1, is_stop=False, is_online=False, age_min=8, age_max=10)
STOP = Spot(place_id=2, is_stop=True, is_online=False, age_min=None, age_max=7)
ONLINE = Spot(place_id=3, is_stop=False, is_online=True, age_min=9, age_max=None)
ANYWHERE, NOWHERE = Ground(anywhere=True), Ground()


@pytest.mark.parametrize(
    ("spot", "ground", "age", "expected"),
    [
        (LIBRARY, ANYWHERE, None, True),
        (LIBRARY, NOWHERE, None, False),
        (LIBRARY, Ground(place_ids={1}), None, True),
        (LIBRARY, Ground(place_ids={2, 3}), None, False),
        (LIBRARY, Ground(bus=True), None, False),
        (STOP, Ground(bus=True), None, True),
        (LIBRARY, Ground(online=True), None, False),
        (ONLINE, Ground(online=True), None, True),
        (LIBRARY, ANYWHERE, 7, False),
        (LIBRARY, ANYWHERE, 8, True),
        (LIBRARY, ANYWHERE, 10, True),
        (LIBRARY, ANYWHERE, 11, False),
        (STOP, ANYWHERE, 0, True),
        (STOP, ANYWHERE, 8, False),
        (ONLINE, ANYWHERE, 8, False),
        (ONLINE, ANYWHERE, 99, True),
        (LIBRARY, Ground(place_ids={1}), 11, False),
    ],
)
def test_a_slot_suits_a_wish_whose_place_and_age_it_has(
    spot: Spot, ground: Ground, age: int | None, expected: bool
) -> None:
    assert suits(spot, ground, age) is expected


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        ("2026-11-23 16:59", False),
        ("2026-11-23 17:00", True),
        ("2026-11-23 20:59", True),
        ("2026-11-23 21:00", False),
        ("2026-11-24 00:30", False),
        # The days on which the clocks change (requirement T5).
        ("2026-10-25 16:59", False),
        ("2026-10-25 17:00", True),
        ("2027-03-28 16:59", False),
        ("2027-03-28 17:00", True),
        ("2027-03-28 21:00", False),
    ],
)
def test_digests_go_from_their_hour_on_the_librarys_clock_and_never_at_night(wall: str, expected: bool) -> None:
    assert is_digest_time(local(wall), hour=17) is expected


def test_who_confirms_after_todays_round_is_told_tomorrow() -> None:
    assert last_round(local("2026-12-31 16:59"), hour=17) is None
    evening = last_round(local("2026-12-31 23:30"), hour=17)
    assert evening is not None
    assert evening.isoformat() == "2026-12-31"


def test_a_wish_reads_as_the_lists_filters() -> None:
    assert Wish().query == {}
    assert Wish("ahus", 0).query == {"var": "ahus", "alder": "0"}
