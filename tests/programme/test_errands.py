"""What leading takes beside the meeting: the road, packing and clearing; real hours over a change of clocks (T3)."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from flask import Flask

from booking.accounts.rules.roles import Post, Role
from booking.places.rules import PlaceKind, Spot
from booking.programme import services
from booking.programme.rules.clashes import Occasion
from booking.programme.rules.errands import errand, spent
from tests.accounts.people import employ, inside
from tests.page import visit
from tests.programme.world import NOW, at, library, maj, planned, trainer

HOME = Spot(id=1, name="Åhus", kind=PlaceKind.BRANCH, latitude=55.924, longitude=14.296)
AWAY = Spot(id=2, name="Tollarp", kind=PlaceKind.BRANCH, latitude=55.934, longitude=13.975)
ROAD = 37  # minutes between the two


def occasion(
    text: str, *, spot: Spot = AWAY, minutes: int = 60, activity: int = 1, is_online: bool = False
) -> Occasion:
    wall = at(text, minutes=minutes)
    return Occasion(
        wall=wall, period=wall.instants(), spot=spot, activity_id=activity, title="Scratch", is_online=is_online
    )


def minutes(number: int) -> dt.timedelta:
    return dt.timedelta(minutes=number)


def test_the_way_goes_from_home_and_leaves_time_to_pack() -> None:
    one = occasion("2026-11-05 16:00")

    found = errand(one, before=None, home=HOME)

    assert found.travel_minutes == ROAD
    assert found.packs_at == one.period.starts - minutes(15)
    assert found.leaves_at == one.period.starts - minutes(15 + ROAD)
    assert found.cleared_at == one.period.ends + minutes(15)


def test_the_way_goes_from_the_meeting_before_and_nothing_is_packed_where_all_stands_ready() -> None:
    first, second = occasion("2026-11-05 14:00"), occasion("2026-11-05 16:00")

    found = errand(second, before=first, home=HOME)

    assert (found.origin, found.travel_minutes, found.packs_at) == (AWAY, 0, second.period.starts)


def test_without_a_home_or_online_no_road_is_counted() -> None:
    assert errand(occasion("2026-11-05 16:00"), before=None, home=None).travel_minutes == 0
    assert errand(occasion("2026-11-05 16:00", is_online=True), before=None, home=HOME).travel_minutes == 0


@pytest.mark.parametrize(
    ("occasions", "leading", "preparing", "travelling"),
    [
        ([occasion("2026-11-05 16:00")], 60, 30, 2 * ROAD),
        ([occasion("2026-11-05 14:00"), occasion("2026-11-05 16:00")], 120, 30, 2 * ROAD),
        ([occasion("2026-11-05 14:00"), occasion("2026-11-05 16:00", activity=2)], 120, 60, 2 * ROAD),
        ([occasion("2026-11-05 14:00"), occasion("2026-11-06 16:00")], 120, 60, 4 * ROAD),
        ([occasion("2026-11-05 14:00", spot=HOME), occasion("2026-11-05 17:00")], 120, 60, 2 * ROAD),
        ([occasion("2026-11-05 16:00", is_online=True)], 60, 30, 0),
        ([], 0, 0, 0),
    ],
)
def test_a_day_leads_from_home_to_home(
    occasions: list[Occasion], leading: int, preparing: int, travelling: int
) -> None:
    found = spent(occasions, home=HOME)

    assert (found.leading, found.preparing, found.travelling) == tuple(map(minutes, (leading, preparing, travelling)))
    assert found.whole == minutes(leading + preparing + travelling)
    assert found.meetings == len(occasions)


def test_a_night_on_which_the_clocks_change_counts_its_real_hours() -> None:
    autumn, spring = occasion("2026-10-24 23:00", minutes=360), occasion("2027-03-27 23:00", minutes=360)

    assert spent([autumn], home=None).leading == minutes(7 * 60)
    assert spent([spring], home=None).leading == minutes(5 * 60)


@pytest.mark.usefixtures("app")
@time_machine.travel(NOW, tick=False)
def test_a_months_hours_stand_on_the_page_and_in_the_file_and_other_months_do_not(app: Flask) -> None:
    home = library()
    tove = trainer("Tove", home_place_id=home.id)
    for text in ("2026-11-05 16:30", "2026-12-01 10:00"):
        services.assign(planned(at(text)).meetings[0].id, trainer_id=tove.id, accepting="-", act=maj())
    browser = inside(app.test_client(), employ("Maj", Post(Role.COORDINATOR)))

    page = visit(browser, "/personal/timmar?manad=2026-11")
    file = browser.get("/personal/timmar/fil.csv?manad=2026-11")

    assert "Tove 1 1,0 0,5 0,0 1,5" in page.text
    assert "Tove;2026-11;1;1" in file.get_data(as_text=True)
    assert file.get_data().startswith("\ufeff".encode())
    assert browser.get("/personal/timmar/fil.xlsx?manad=2026-11").get_data().startswith(b"PK")
    assert "Tove 0" in visit(browser, "/personal/timmar?manad=2027-05").text
    assert visit(browser, "/personal/timmar?manad=2026-13").status == 200
    elsewhere = inside(app.test_client(), employ("Lo", Post(Role.BRANCH, None, library("osby", "Osby bibliotek").id)))
    assert "Tove" not in visit(elsewhere, "/personal/timmar?manad=2026-11").text
