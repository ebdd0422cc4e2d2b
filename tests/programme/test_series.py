"""Many slots in one step: clashes of a whole series, tours, copies. On both databases."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.places import services as places
from booking.places.models import Place
from booking.places.rules import DayOffKind, Hours, NoSuchPlace
from booking.programme import queries, rules, services
from booking.programme.models import (
    AcceptedClash,
    Assignment,
    KitReservation,
    Meeting,
    RoomReservation,
    Slot,
)
from booking.programme.rules import Admission, SlotState, Terms
from booking.programme.rules.clashes import ClashKind, HardClash, SoftClashes
from booking.programme.rules.plans import SlotPlan
from booking.programme.rules.proposals import NotWholeWeeks
from booking.store.engine import session
from booking.trainers.rules import Away, NoSuchTrainer
from booking.web.errors import explain
from tests.builders import make_stop
from tests.programme.crowd import fill_term
from tests.programme.world import LATER, activity, at, kit, library, maj, planned, trainer, wall
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")

WEEK = dt.timedelta(weeks=1)
THURSDAYS = rules.weekly(at("2026-10-22 16:30"), times=4)  # the third lies in the autumn break that staff noted


def afresh() -> None:
    session().rollback()
    session().expire_all()


def number_of(model: Any) -> int:
    afresh()
    return session().scalar(select(func.count()).select_from(model)) or 0


def autumn_break() -> None:
    places.add_days_off(
        kind=DayOffKind.SCHOOL_BREAK,
        first_on=dt.date(2026, 10, 26),
        last_on=dt.date(2026, 10, 30),
        name="Höstlov",
        act=maj(),
    )


def weekly_plans(**more: Any) -> list[SlotPlan]:
    values: dict[str, Any] = {"activity_id": activity().id, "place_id": library().id, **more}
    return [SlotPlan(meetings=(one,), **values) for one in THURSDAYS]


def found_in(plans: list[SlotPlan]) -> dict[str, list[ClashKind]]:
    afresh()
    return {
        f"{one.starts:%m-%d}": [clash.kind for clash in clashes]
        for meetings in queries.clashes_of_plans(plans)
        for one, clashes in meetings
    }


# ---- all clashes of a series, by date ----


def test_all_clashes_of_a_series_are_listed_by_date() -> None:
    autumn_break()
    place = library()
    room = places.add_room(place.id, name="Verkstaden", seats=20, act=maj())
    tove, box = trainer(), kit(at=place)
    elsewhere = planned(at("2026-11-05 17:00"))
    services.assign(elsewhere.meetings[0].id, trainer_id=tove.id, act=maj())
    planned(at("2026-11-12 16:00"), terms=Terms(room_id=room.id))
    services.reserve_kits(planned(at("2026-10-22 17:29")).meetings[0].id, kit_ids=[box.id], act=maj())

    plans = weekly_plans(terms=Terms(room_id=room.id), trainer_ids=(tove.id,), kit_ids=(box.id,))

    assert found_in(plans) == {
        "10-22": [ClashKind.KIT_TWICE],
        "10-29": [ClashKind.SCHOOL_BREAK],
        "11-05": [ClashKind.TRAINER_TWICE],
        "11-12": [ClashKind.ROOM_TWICE],
    }


def test_dates_are_skipped_and_what_warns_wants_a_reason() -> None:
    autumn_break()
    plans = weekly_plans()

    with pytest.raises(SoftClashes):
        services.plan_all(plans, act=maj())
    assert number_of(Slot) == 0
    slots = services.plan_all(plans, skip=[dt.date(2026, 10, 29)], act=maj())
    assert [f"{slot.starts_at:%m-%d}" for slot in slots] == ["10-22", "11-05", "11-12"]
    assert len({slot.series for slot in slots}) == 1
    services.plan_all(plans[1:2], accepting="Lovkul.", act=maj())

    afresh()
    (kept,) = session().scalars(select(AcceptedClash))
    assert (kept.kind, kept.reason) == (ClashKind.SCHOOL_BREAK, "Lovkul.")
    assert session().get_one(Meeting, kept.meeting_id).starts_local == wall("2026-10-29 16:30")
    with pytest.raises(rules.NoMeetings):
        services.plan_all(plans[:1], skip=[dt.date(2026, 10, 22)], act=maj())


def test_a_series_takes_its_trainers_rooms_and_kits_or_is_not_planned_at_all() -> None:
    place = library()
    room = places.add_room(place.id, name="Verkstaden", seats=20, act=maj())
    tove, box = trainer(), kit(at=place)
    plans = weekly_plans(terms=Terms(room_id=room.id), trainer_ids=(tove.id,), kit_ids=(box.id,))

    services.plan_all(plans, act=maj())

    assert [number_of(model) for model in (Slot, Assignment, RoomReservation, KitReservation)] == [4, 4, 4, 4]
    with pytest.raises(HardClash):
        services.plan_all([*weekly_plans(), *plans[:1]], accepting="Det går nog.", act=maj())
    assert [number_of(model) for model in (Slot, Assignment, RoomReservation, KitReservation)] == [4, 4, 4, 4]


def test_a_club_is_one_slot_whose_meetings_are_judged_one_by_one() -> None:
    autumn_break()
    club = SlotPlan(activity_id=activity().id, place_id=library().id, meetings=tuple(THURSDAYS))

    assert found_in([club])["10-29"] == [ClashKind.SCHOOL_BREAK]
    (slot,) = services.plan_all([club], skip=[dt.date(2026, 10, 29)], act=maj())

    assert (len(slot.meetings), slot.series) == (3, "")


def test_plans_of_what_is_not_there_are_refused() -> None:
    (first, *_) = weekly_plans()
    for wrong, refusal in (
        (replace(first, activity_id=4711), rules.NoSuchActivity),
        (replace(first, place_id=4711), NoSuchPlace),
        (replace(first, trainer_ids=(4711,)), NoSuchTrainer),
        (replace(first, terms=Terms(room_id=4711)), rules.RoomElsewhere),
    ):
        with pytest.raises(refusal):
            queries.clashes_of_plans([wrong])
        with pytest.raises(refusal):
            services.plan_all([wrong], act=maj())


def test_refusals_say_what_speaks_against_it_in_the_reader_s_language(app: Flask) -> None:
    autumn_break()
    tove = trainer()
    services.assign(planned(at("2026-11-05 17:00")).meetings[0].id, trainer_id=tove.id, act=maj())

    with pytest.raises(SoftClashes) as soft:
        services.plan_all(weekly_plans(), act=maj())
    with pytest.raises(HardClash) as hard:
        services.plan_all(weekly_plans(trainer_ids=(tove.id,)), act=maj())

    with app.test_request_context("/"):
        assert explain(soft.value).endswith("eller ändra: Det är lov: Höstlov.")
        assert "Tove leder Ditt första spel i Scratch torsdag 5 november" in explain(hard.value)


# ---- tours ----


def open_on(place: Place, *days: int, opens: int = 10, closes: int = 18) -> Place:
    hours = [Hours(weekday=day, opens=dt.time(opens), closes=dt.time(closes)) for day in days]
    places.set_opening_hours(place.id, hours=hours, act=maj())
    return place


def test_a_tour_proposes_a_date_for_each_place_from_its_hours_and_plans_them_all() -> None:
    autumn_break()
    ahus, tollarp = open_on(library(), 1, 4), open_on(library("tollarp", "Tollarp"), 1, 2, opens=16)
    stop = make_stop(weekday=1, arrives="16:10", departs="17:40")  # Mondays of even weeks
    evening = open_on(library("degeberga", "Degeberga"), 3, opens=15, closes=16)

    wanted = [ahus.id, tollarp.id, stop.id, evening.id]

    with counted() as sent:
        dates = queries.tour(wanted, first=dt.date(2026, 10, 26), minutes=90, at=dt.time(15))

    assert len(sent) == 2
    assert [date.wall and f"{date.wall.starts:%m-%d %H:%M}" for date in dates] == [
        "11-02 15:00",  # after the break
        "11-03 16:00",  # the Monday is taken
        "11-09 16:10",  # week 46
        None,  # never open for ninety minutes
    ]
    plans = [
        SlotPlan(activity_id=activity().id, place_id=date.place_id, meetings=(date.wall,))
        for date in dates
        if date.wall
    ]
    slots = services.plan_all(plans, act=maj())
    assert [slot.place_id for slot in slots] == [ahus.id, tollarp.id, stop.id]
    with pytest.raises(NoSuchPlace):
        queries.tour([4711], first=dt.date(2026, 10, 26), minutes=90, at=dt.time(15))


# ---- copies ----


def test_a_week_is_copied_with_rooms_and_kits_as_drafts_by_the_clock_on_the_wall() -> None:
    place = library()
    room = places.add_room(place.id, name="Verkstaden", seats=20, act=maj())
    tove, box = trainer(), kit(at=place)
    terms = Terms(state=SlotState.PUBLISHED, room_id=room.id, seats=9, admission=Admission.CLOSED_GROUP)
    source = planned(
        at("2026-10-22 16:30"), terms=terms, opens=wall("2026-10-08 09:00"), closes=wall("2026-10-21 12:00")
    )
    services.assign(source.meetings[0].id, trainer_id=tove.id, act=maj())
    services.reserve_kits(source.meetings[0].id, kit_ids=[box.id], act=maj())
    services.call_off(planned(at("2026-10-23 16:30")).id, reason_sv="Snö", act=maj())
    planned(at("2026-10-26 16:30"))

    (copy,) = services.copy_weeks(dt.date(2026, 10, 19), dt.date(2026, 10, 25), days=7, act=maj(LATER))

    afresh()
    copy = session().get_one(Slot, copy.id)
    assert (copy.state, copy.admission, copy.room_id) == (SlotState.DRAFT, Admission.CLOSED_GROUP, room.id)
    # The clocks went back in between: the same time on the wall is an hour later.
    assert copy.meetings[0].starts_local == wall("2026-10-29 16:30")
    assert copy.starts_at - source.starts_at == WEEK + dt.timedelta(hours=1)
    assert (copy.opens_at, copy.closes_at) == (
        source.opens_at + WEEK,
        source.closes_at + WEEK + dt.timedelta(hours=1),
    )
    assert [pool.seats for pool in copy.pools] == [9]
    (meeting,) = copy.meetings
    held = select(KitReservation.kit_id).where(KitReservation.meeting_id == meeting.id)
    assert session().scalars(held).all() == [box.id]
    assert number_of(Assignment) == 1
    services.copy_weeks(dt.date(2026, 10, 19), dt.date(2026, 10, 25), days=14, with_trainers=True, act=maj())
    assert number_of(Assignment) == 2


@pytest.mark.parametrize("days", [0, -7, 8])
def test_only_whole_weeks_are_copied(days: int) -> None:
    with pytest.raises(NotWholeWeeks):
        services.copy_weeks(dt.date(2026, 10, 19), dt.date(2026, 10, 25), days=days, act=maj())


def test_a_copy_of_a_term_skips_dates_and_keeps_to_its_places() -> None:
    tollarp = library("tollarp", "Tollarps bibliotek")
    planned(at("2026-10-22 16:30"))
    planned(at("2026-10-22 16:30"), place_id=tollarp.id)
    planned(at("2026-10-28 16:30"), place_id=tollarp.id)

    slots = services.copy_weeks(
        dt.date(2026, 10, 1),
        dt.date(2026, 10, 31),
        days=14,
        place_ids=[tollarp.id],
        skip=[dt.date(2026, 11, 11)],
        act=maj(),
    )

    assert [(slot.place_id, f"{slot.starts_at:%m-%d}") for slot in slots] == [(tollarp.id, "11-05")]


# ---- how much it costs ----


@pytest.fixture
def crowded(app: Flask) -> list[int]:
    """A term full of slots; the trainers' numbers."""
    ids = fill_term()
    afresh()
    return ids


def test_no_question_costs_more_with_five_thousand_slots_and_two_hundred_trainers(crowded: list[int]) -> None:
    place, what = library(), activity()
    room = places.add_room(place.id, name="Verkstaden", seats=20, act=maj())
    box = kit(at=place)
    series = rules.weekly(at("2026-10-08 10:30"), times=10)
    plans = [
        SlotPlan(
            activity_id=what.id,
            place_id=place.id,
            meetings=(one,),
            terms=Terms(room_id=room.id),
            trainer_ids=tuple(crowded[:20]),
            kit_ids=(box.id,),
        )
        for one in series
    ]
    afresh()

    with counted() as of_one:
        queries.clashes_of_plans(plans[:1])
    with counted() as of_ten:
        found = queries.clashes_of_plans(plans)
    with counted() as of_substitutes:
        substitutes = queries.substitutes(range(1, 41))
    with counted() as of_seats:
        opened = queries.open_seats(range(1, 201))

    assert (len(of_one), len(of_ten)) == (10, 10)
    assert any(
        clash.kind is ClashKind.TRAINER_TWICE for meetings in found for _, clashes in meetings for clash in clashes
    )
    assert len(of_substitutes) == 7
    assert all(len(candidates) == 3 for candidates in substitutes.values())
    assert len(of_seats) == 4
    assert len(opened) == 200


def test_an_illness_is_one_look_and_one_act_in_a_crowded_term(crowded: list[int]) -> None:
    sick = crowded[7]
    with counted() as sent:
        touched = queries.touched(sick, Away(dt.date(2026, 10, 5), dt.date(2026, 11, 8)))

    assert len(sent) == 8
    assert len(touched) > 3
    assert all(one.candidates and one.candidates[0].trainer_id != sick for one in touched)
