"""Maj plans on pages: one workshop, a series, a club, a tour, a copy; clashes shown, and all planned in one click."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.places import services as places
from booking.places.rules import DayOffKind, Hours, WeekParity
from booking.programme import services
from tests.accounts.people import employ, inside
from tests.bookings.world import rows, run, value
from tests.builders import make_stop
from tests.page import Page, visit
from tests.programme.crowd import fill_term
from tests.programme.planner import send, ticked, typed
from tests.programme.world import NOW, activity, at, kit, library, maj, planned, trainer
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")

START = "/personal/planering"
LOOK, PLAN = "Se datumen", "Planera det ikryssade"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def planner(app: Flask) -> FlaskClient:
    """Maj, who coordinates all libraries."""
    return inside(app.test_client(), employ("Maj", Post(Role.COORDINATOR)))


def of_branch(app: Flask, place_id: int, name: str = "Elin") -> FlaskClient:
    return inside(app.test_client(), employ(name, Post(Role.BRANCH, None, place_id)))


def new(client: FlaskClient, way: str = "enstaka") -> Page:
    return visit(client, f"{START}/ny/{way}?aktivitet={activity().id}")


def filled(place_id: int, **more: str) -> dict[str, Any]:
    return {"var": str(place_id), "dag": "2026-11-05", "tid": "16:30", **more}


def slots() -> list[tuple[str, str]]:
    """When each slot begins (UTC), and its state."""
    found = rows("SELECT starts_at, state FROM slots ORDER BY starts_at")
    return [(str(starts)[:16], state) for starts, state in found]


def lead(slot_id: int, trainer_id: int) -> None:
    meeting = value("SELECT id FROM meetings WHERE slot_id = :id", id=slot_id)
    services.assign(meeting, trainer_id=trainer_id, act=maj())


def autumn_break() -> None:
    places.add_days_off(
        kind=DayOffKind.SCHOOL_BREAK,
        first_on=dt.date(2026, 10, 26),
        last_on=dt.date(2026, 10, 30),
        name="Höstlov",
        act=maj(),
    )


def test_one_workshop_is_planned_in_two_pages_with_the_activitys_values(planner: FlaskClient) -> None:
    place = library()

    second = send(new(planner), LOOK, **filled(place.id, platser="10"))
    assert "1 datum är ikryssat" in second.text
    assert slots() == []
    done = send(second, PLAN)

    assert done.heading == "Planering"
    assert slots() == [("2026-11-05 15:30", "draft")]
    assert rows("SELECT age_min, age_max FROM slots") == [(8, 10)]
    assert value("SELECT seats FROM seat_pools") == 10
    assert value("SELECT actor_kind FROM audit_entries WHERE verb = 'plan'") == "staff"


def test_the_address_of_a_new_workshop_without_activity_leads_to_the_choice(planner: FlaskClient) -> None:
    activity()

    page = visit(planner, f"{START}/ny/serie")

    assert page.heading == "Planera nya pass"
    assert "Ditt första spel i Scratch" in page.text


def test_days_off_in_a_series_are_shown_unticked_and_left_out(planner: FlaskClient) -> None:
    place = library()
    autumn_break()

    second = send(
        new(planner, "serie"),
        LOOK,
        **filled(place.id, dag="2026-10-22", till="2026-11-12", fler="2026-11-17 10:00"),
    )
    assert "Höstlov" in second.text
    assert ticked(second, "-halls") == [True, False, True, True, True]
    send(second, PLAN)

    assert [start for start, _ in slots()] == [
        "2026-10-22 14:30",
        "2026-11-05 15:30",
        "2026-11-12 15:30",
        "2026-11-17 09:00",
    ]
    assert value("SELECT count(DISTINCT series) FROM slots") == 1


def test_a_date_that_is_no_date_is_named_and_stays_as_it_was_typed(planner: FlaskClient) -> None:
    page = send(new(planner, "serie"), LOOK, status=422, **filled(library().id, till="2026-11-12", fler="den 3:e"))

    assert page.errors[0][0] == "fler"
    assert "den 3:e" in page.errors[0][1]
    assert dict(typed(page))["fler"].strip() == "den 3:e"


def test_a_date_that_cannot_be_held_is_unticked_and_can_be_changed_on_the_spot(planner: FlaskClient) -> None:
    place, tove = library(), trainer()
    lead(planned(at("2026-11-05 16:30")).id, tove.id)

    second = send(new(planner), LOOK, **filled(place.id, ledare_1=str(tove.id)))
    assert "Tove leder Ditt första spel i Scratch" in second.text
    assert "hoppa över datumet eller ändra det" in second.text
    assert ticked(second, "-halls") == [False]
    insisting = send(second, PLAN, tick=[("rad-1-halls", "y")], status=422)
    assert "Tove leder" in insisting.errors[0][1]
    assert len(slots()) == 1
    send(insisting, PLAN, rad_1_tid="10:00")

    assert [start for start, _ in slots()] == ["2026-11-05 09:00", "2026-11-05 15:30"]
    assert value("SELECT count(*) FROM assignments") == 2


def test_a_warning_wants_a_reason_which_is_kept(planner: FlaskClient) -> None:
    place = library()
    places.set_opening_hours(place.id, hours=[Hours(weekday=4, opens=dt.time(10), closes=dt.time(17))], act=maj())

    second = send(new(planner), LOOK, **filled(place.id))
    assert "utanför öppettiderna" in second.text
    without = send(second, PLAN, status=422)
    assert without.by_id("skal").get("aria-invalid") == "true"
    assert slots() == []
    send(without, PLAN, skal="Vaktmästaren låser")

    assert len(slots()) == 1
    assert rows("SELECT kind, reason FROM accepted_clashes") == [("outside_hours", "Vaktmästaren låser")]


def test_what_came_between_look_and_click_is_answered_with_the_new_clash_and_nothing_is_planned(
    planner: FlaskClient,
) -> None:
    place, tove = library(), trainer()
    second = send(new(planner, "serie"), LOOK, **filled(place.id, till="2026-11-19", ledare_1=str(tove.id)))
    lead(planned(at("2026-11-12 16:00")).id, tove.id)

    late = send(second, PLAN, status=422)

    assert len(slots()) == 1
    assert "torsdag 12 november" in late.errors[0][1]
    assert ticked(late, "-halls") == [True, True, True]  # as they were
    send(late, PLAN, untick=["rad-2-halls"])
    assert len(slots()) == 3


def test_a_reason_does_not_cover_a_warning_that_nobody_saw(planner: FlaskClient) -> None:
    place = library()
    second = send(new(planner), LOOK, **filled(place.id))
    places.add_days_off(
        kind=DayOffKind.OTHER,
        first_on=dt.date(2026, 11, 5),
        last_on=dt.date(2026, 11, 5),
        name="Inventering",
        act=maj(),
    )

    late = send(second, PLAN, status=422, skal="Det går bra")
    assert "Något nytt talar emot" in late.errors[0][1]
    assert "Inventering" in late.text
    assert slots() == []
    send(late, PLAN, skal="De inventerar på kvällen")

    assert len(slots()) == 1


def test_the_same_form_sent_twice_plans_once_and_a_changed_one_plans_anew(planner: FlaskClient) -> None:
    second = send(new(planner), LOOK, **filled(library().id))

    send(second, PLAN)
    send(second, PLAN)
    assert len(slots()) == 1
    send(second, PLAN, rad_1_dag="2026-11-06")

    assert len(slots()) == 2


def test_a_club_is_one_slot_with_many_meetings(planner: FlaskClient) -> None:
    second = send(new(planner, "klubb"), LOOK, tick=[("hela_vagen", "y")], **filled(library().id, till="2026-11-26"))
    send(second, PLAN)

    assert len(slots()) == 1
    assert value("SELECT count(*) FROM meetings") == 4
    assert str(value("SELECT closes_at FROM slots"))[:16] == "2026-11-26 15:30"


def test_booking_opens_so_many_days_before_each_of_a_series(planner: FlaskClient) -> None:
    form = filled(library().id, till="2026-11-12", oppnar="before", oppnar_dagar="14", oppnar_tid="08:00", stanger="24")
    send(send(new(planner, "serie"), LOOK, **form), PLAN)

    found = rows("SELECT opens_at, closes_at FROM slots ORDER BY starts_at")
    assert [(str(one)[:16], str(two)[:16]) for one, two in found] == [
        ("2026-10-22 06:00", "2026-11-04 15:30"),
        ("2026-10-29 07:00", "2026-11-11 15:30"),
    ]


def test_a_tour_goes_to_libraries_and_stops_on_the_days_that_are_proposed(planner: FlaskClient) -> None:
    ahus = library()
    places.set_opening_hours(ahus.id, hours=[Hours(weekday=3, opens=dt.time(10), closes=dt.time(18))], act=maj())
    stop = make_stop(weekday=2, parity=WeekParity.ANY, arrives="15:00", departs="17:00")

    second = send(
        new(planner, "turne"),
        LOOK,
        tick=[("var", str(ahus.id)), ("var", str(stop.id))],
        dag="2026-11-02",
        tid="14:00",
    )
    assert "Onsdag 4 november" in second.text
    assert "Tisdag 3 november" in second.text
    send(second, PLAN)

    assert [start for start, _ in slots()] == ["2026-11-03 14:00", "2026-11-04 13:00"]


def test_a_week_is_copied_with_the_slots_that_are_kept(planner: FlaskClient) -> None:
    place = library()
    planned(at("2026-11-02 16:30"))
    planned(at("2026-11-04 16:30"))

    second = send(
        visit(planner, f"{START}/kopia"),
        LOOK,
        tick=[("var", str(place.id))],
        fran="2026-11-02",
        till="2026-11-08",
        ny="2026-11-16",
    )
    assert "Måndag 16 november" in second.text
    first_key = next(text for name, text in typed(second) if name == "pass")
    send(second, PLAN, untick=["pass"], tick=[("pass", first_key)])

    assert [start for start, _ in slots()] == ["2026-11-02 15:30", "2026-11-04 15:30", "2026-11-16 15:30"]


def test_a_copy_of_what_has_changed_meanwhile_is_shown_anew(planner: FlaskClient) -> None:
    place = library()
    slot = planned(at("2026-11-02 16:30"))
    form: dict[str, Any] = {"fran": "2026-11-02", "till": "2026-11-08", "ny": "2026-11-16"}
    second = send(visit(planner, f"{START}/kopia"), LOOK, tick=[("var", str(place.id))], **form)
    services.call_off(slot.id, reason_sv="Vattenskada", act=maj())

    late = send(second, PLAN, status=422)

    assert "har ändrats under tiden" in late.errors[0][1]
    assert len(slots()) == 1


def test_a_copy_to_another_weekday_is_refused_where_it_was_typed(planner: FlaskClient) -> None:
    place = library()
    planned(at("2026-11-02 16:30"))

    page = send(
        visit(planner, f"{START}/kopia"),
        LOOK,
        tick=[("var", str(place.id))],
        status=422,
        fran="2026-11-02",
        till="2026-11-08",
        ny="2026-11-17",
    )

    assert page.errors[0][0] == "ny"
    assert dict(typed(page))["ny"] == "2026-11-17"


def test_what_was_typed_stays_with_a_mistake_and_on_the_way_back(planner: FlaskClient) -> None:
    form = filled(library().id, platser="många", med_sv="Vattenflaska")

    wrong = send(new(planner), LOOK, status=422, **form)
    assert [field for field, _ in wrong.errors] == ["platser"]
    assert dict(typed(wrong))["med_sv"].strip() == "Vattenflaska"
    assert dict(typed(wrong))["platser"] == "många"
    back = send(send(wrong, LOOK, platser="9"), "Tillbaka, ändra något annat")

    assert back.heading == "Nytt pass"
    assert dict(typed(back))["platser"] == "9"
    assert dict(typed(back))["med_sv"].strip() == "Vattenflaska"


def test_branch_staff_plan_at_their_own_place_and_at_no_other(app: Flask) -> None:
    own, foreign = library(), library("horby", "Hörby bibliotek")
    client = of_branch(app, own.id)
    page = new(client)

    assert "Hörby bibliotek" not in page.text
    send(page, LOOK, status=422, **filled(foreign.id))
    second = send(page, LOOK, **filled(own.id))
    refused = send(second, PLAN, status=422, rad_1_plats=str(foreign.id))

    assert refused.errors
    assert slots() == []


def test_kits_are_taken_with_the_slot(planner: FlaskClient) -> None:
    place = library()
    box = kit(at=place)

    send(send(new(planner), LOOK, tick=[("utrustning", str(box.id))], **filled(place.id)), PLAN)

    assert value("SELECT kit_id FROM kit_reservations") == box.id


def test_the_list_shows_ones_own_places_alone_and_narrows(app: Flask, planner: FlaskClient) -> None:
    ahus, horby = library(), library("horby", "Hörby bibliotek")
    planned(at("2026-11-05 16:30"))
    there = planned(at("2026-11-06 16:30"), place_id=horby.id)
    services.publish(there.id, act=maj())

    everything = visit(planner, START)
    assert "2 pass" in everything.text
    assert "1 utkast" in everything.text
    assert "2 saknar ledare" in everything.text
    assert "1 pass" in visit(planner, f"{START}?var={ahus.id}").text
    assert "Hörby" in visit(planner, f"{START}?visa=published").text.split("1 pass")[1]
    branch = visit(of_branch(app, ahus.id), START)
    assert "Hörby" not in branch.text
    assert "1 saknar ledare" in branch.text


def test_a_slot_with_too_few_children_stands_among_what_must_be_decided(planner: FlaskClient) -> None:
    library()
    needy = activity("robotar", title_sv="Robotar")
    run("UPDATE activities SET least_children = 4, decide_days = 3 WHERE id = :id", id=needy.id)
    slot = services.plan(needy.id, place_id=library().id, meetings=[at("2026-10-08 16:30")], act=maj())
    services.publish(slot.id, act=maj())

    page = visit(planner, f"{START}?visa=decision")

    assert "1 att bestämma om inom en vecka" in page.text
    assert "Bestäm senast mån 5 okt" in page.text


def test_the_list_costs_the_same_with_five_thousand_slots_and_two_hundred_trainers(
    app: Flask,
) -> None:
    client = inside(app.test_client(), employ("Maj", Post(Role.COORDINATOR)))
    planned(at("2026-11-05 16:30"))
    with counted() as of_one:
        visit(client, START)
    fill_term(first_id=10)

    with counted() as of_all:
        page = visit(client, f"{START}?visa=trainer&sida=2")

    assert len(of_one) == len(of_all) <= 10
    assert "saknar ledare" in page.text
    assert len(list(page.root.all("time"))) == 50
