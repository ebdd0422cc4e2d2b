"""Staff write what is taught: new, corrected, retired. Pages and feeds follow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.kernel.period import WallPeriod
from booking.programme import services
from booking.programme.rules import ActivityRetired
from booking.programme.rules.activities import EquipmentUnreadable, equipment_of, lines_of, slug_of
from booking.programme.rules.plans import SlotPlan
from tests.accounts.people import employ, inside
from tests.bookings.world import rows, value
from tests.page import visit
from tests.programme.planner import send, typed
from tests.programme.world import NOW, activity, at, library, maj, planned

pytestmark = pytest.mark.usefixtures("app")

LIST, SAVE = "/personal/planering/aktiviteter", "Spara aktiviteten"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def planner(app: Flask) -> FlaskClient:
    return inside(app.test_client(), employ("Maj", Post(Role.COORDINATOR)))


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ("Blue-Bot: 6", "Blue-Bot:6"),
        (" Blue-Bot:6 \n\nPilkort: 4\n", "Blue-Bot:6;Pilkort:4"),
        ("Kabel: USB-C: 12", "Kabel: USB-C:12"),
        ("", ""),
    ],
)
def test_equipment_is_read_a_thing_a_line_and_shown_so(lines: str, kept: str) -> None:
    assert equipment_of(lines) == kept
    assert equipment_of(lines_of(kept)) == kept


@pytest.mark.parametrize("line", ["Blue-Bot", "Blue-Bot: 0", ": 6", "Blue-Bot: sex", "a;b: 3"])
def test_equipment_without_a_number_is_refused(line: str) -> None:
    with pytest.raises(EquipmentUnreadable):
        equipment_of(line)


def test_an_address_comes_from_the_title_and_nobody_elses_is_taken() -> None:
    assert slug_of("Sagor & robotar på Åhus", taken=[]) == "sagor-robotar-pa-ahus"
    assert slug_of("Robotar", taken=["robotar", "robotar-2"]) == "robotar-3"
    assert slug_of("مرحبا", taken=[]) == "aktivitet"


def test_a_new_activity_can_be_planned_at_once(planner: FlaskClient) -> None:
    page = visit(planner, f"{LIST}/ny")

    done = send(
        page,
        SAVE,
        titel_sv="Rita med robotar",
        titel_en="Draw with robots",
        alder_fran="7",
        alder_till="9",
        minuter="60",
        platser="8",
        utrustning="Blue-Bot: 6\nPapper: 20",
        minst="3",
        bestam="4",
    )

    assert "Rita med robotar" in done.text
    assert rows("SELECT slug, kind, equipment, decide_days, search_key FROM activities") == [
        ("rita-med-robotar", "workshop", "Blue-Bot:6;Papper:20", 4, "rita med robotar draw with robots")
    ]
    assert "Rita med robotar" in visit(planner, "/personal/planering/ny").text


def test_what_is_wrong_in_an_activity_is_said_where_it_stands_and_kept(planner: FlaskClient) -> None:
    page = send(
        visit(planner, f"{LIST}/ny"),
        SAVE,
        status=422,
        titel_sv="Robotar",
        minuter="60",
        platser="8",
        utrustning="Blue-Bot",
    )

    assert [field for field, _ in page.errors] == ["utrustning"]
    assert dict(typed(page))["titel_sv"] == "Robotar"
    assert rows("SELECT 1 FROM activities") == []


def test_a_new_title_reaches_page_and_feed_at_once(
    planner: FlaskClient, app: Flask, clock: time_machine.Traveller
) -> None:
    slot = planned()
    services.publish(slot.id, act=maj())
    feed = f"/pass/{slot.id}.ics"
    before = app.test_client().get(feed).headers["ETag"]
    clock.move_to(NOW + dt.timedelta(minutes=20))

    page = visit(planner, f"{LIST}/{slot.activity_id}")
    send(page, SAVE, titel_sv="Ditt andra spel i Scratch")

    again = app.test_client().get(feed)
    assert again.headers["ETag"] != before
    assert "Ditt andra spel" in again.text
    assert "Ditt andra spel" in visit(app.test_client(), f"/pass/{slot.id}").text
    assert str(value("SELECT changed_at FROM activities"))[:16] == "2026-10-01 08:20"


def test_the_second_of_two_who_save_an_activity_sees_both_versions(planner: FlaskClient) -> None:
    address = f"{LIST}/{activity().id}"
    mine, theirs = visit(planner, address), visit(planner, address)
    send(theirs, SAVE, platser="14")

    late = send(mine, SAVE, status=422, platser="9")

    table = next(late.root.all("dl")).text
    assert "14" in table
    assert "9" in table
    assert value("SELECT seats FROM activities") == 14
    send(late, SAVE)
    assert value("SELECT seats FROM activities") == 9


def test_a_retired_activity_keeps_its_slots_and_is_planned_no_more_until_it_is_taken_up(
    planner: FlaskClient, app: Flask
) -> None:
    slot = planned()
    services.publish(slot.id, act=maj())
    address = f"{LIST}/{slot.activity_id}"
    plans = [SlotPlan(activity_id=slot.activity_id, place_id=library().id, meetings=(_november(),))]

    send(visit(planner, address), "Avsluta den")
    assert "Avslutad" in visit(planner, LIST).text
    assert "Scratch" not in visit(planner, "/personal/planering/ny").text
    assert "Scratch" in visit(app.test_client(), f"/pass/{slot.id}").text
    with pytest.raises(ActivityRetired):
        services.plan_all(plans, act=maj())
    send(visit(planner, address), "Ta upp den igen")

    assert len(services.plan_all(plans, act=maj())) == 1
    assert rows("SELECT verb FROM audit_entries WHERE verb LIKE '%activity' ORDER BY id") == [
        ("retire_activity",),
        ("take_up_activity",),
    ]


def _november() -> WallPeriod:
    return at("2026-11-19 16:30")
