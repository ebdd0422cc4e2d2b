"""The board of weeks: what it shows to whom, and that it costs the same however much is planned."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from booking.accounts.rules.roles import Post, Role
from booking.places.models import DayOff
from booking.places.rules import DayOffKind
from booking.programme import services
from booking.programme.models import Assignment, Meeting, SeatPool, Slot
from booking.programme.rules import SlotState
from booking.programme.rules.leading import AssignmentStanding
from booking.store import writes
from booking.store.engine import session
from booking.trainers import services as trainers
from booking.trainers.models import Trainer
from tests.accounts.people import employ, inside
from tests.bookings.world import DAY, NOW, MadeSlot, act_at, fill, make_slot, run, value
from tests.builders import make_place, make_stop
from tests.page import Page, visit
from tests.programme.leading import lead
from tests.programme.world import library
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")

BOARD = "/personal/tavla?vecka=2026-10-11"  # the Sunday of the week in which slots begin


def browser(app: Flask, name: str, *posts: Post) -> FlaskClient:
    return inside(app.test_client(), employ(name, *posts))


def maj(app: Flask) -> FlaskClient:
    return browser(app, "Maj", Post(Role.COORDINATOR))


def chips(page: Page) -> list[tuple[str, str]]:
    """The class and the words of every chip, row by row."""
    return [
        (link.get("class"), link.text.replace("\N{NO-BREAK SPACE}", " "))
        for link in page.root.all("a")
        if "chip" in link.get("class").split()
    ]


def meeting_of(slot: MadeSlot) -> int:
    return int(value("SELECT min(id) FROM meetings WHERE slot_id = :id", id=slot.id))


def test_each_chip_says_its_state_in_words_and_numbers_and_leads_to_its_slot(app: Flask) -> None:
    open_, few, queue, full = (make_slot(seats=seats) for seats in (20, 4, 1, 1))
    draft, off = make_slot(state=SlotState.DRAFT), make_slot()
    fill(open_, parties=2)
    fill(few, parties=2)
    fill(queue, parties=3)
    fill(full, parties=1)
    services.call_off(off.id, reason_sv="Läcka", act=act_at())

    page = visit(maj(app), BOARD)

    told = [(kind.removeprefix("chip ").removesuffix(" want"), words) for kind, words in chips(page)]
    assert [kind for kind, _ in told] == ["open", "few", "queue", "full", "draft", "off"]
    for (_, words), said in zip(told, ["2/20", "2/4", "1+2", "1/1", "0/8", "Inställt"], strict=True):
        assert said in words
    assert f"/personal/pass/{draft.id}" in page.html
    assert "6 träffar, 5 saknar ledare, 1 är inställd." in page.text
    assert page.heading == "Vecka 41"


def test_a_chip_names_trainers_by_initials_and_kits_and_marks_what_lacks_a_trainer(app: Flask) -> None:
    led, alone = make_slot(), make_slot()
    lead(led.id, employ("Tove", Post(Role.TRAINER)), name="Tove Ek")
    place = value("SELECT place_id FROM slots WHERE id = :id", id=led.id)
    kit = trainers.add_kit(name="Låda 1", thing="Blue-Bot", pieces=6, home_place_id=place, act=act_at()).id
    services.reserve_kits(meeting_of(led), kit_ids=[kit], act=act_at())

    with_trainer, without = chips(visit(maj(app), BOARD))

    assert "TE · Låda 1" in with_trainer[1]
    assert "want" not in with_trainer[0]
    assert "ledare?" in without[1]
    assert "want" in without[0]
    assert alone


def test_it_is_narrowed_by_place_trainer_and_activity_and_keeps_that_for_other_weeks(app: Flask) -> None:
    led, other = make_slot(), make_slot()
    lead(led.id, employ("Tove", Post(Role.TRAINER)))
    there = library("horby", "Hörby bibliotek").id
    run("UPDATE slots SET place_id = :place WHERE id = :id", place=there, id=other.id)
    run("UPDATE meetings SET place_id = :place WHERE slot_id = :id", place=there, id=other.id)
    client, trainer = maj(app), value("SELECT id FROM trainers")

    by_trainer = visit(client, f"{BOARD}&ledare={trainer}")
    by_place = visit(client, f"{BOARD}&plats={there}")

    assert f"/personal/pass/{led.id}" in by_trainer.html
    assert f"/personal/pass/{other.id}" not in by_trainer.html
    assert f"/personal/pass/{other.id}" in by_place.html
    assert f"/personal/pass/{led.id}" not in by_place.html
    assert f"ledare={trainer}" in next(url for words, url in by_trainer.links.items() if words.startswith("v. 42"))
    for wrong in ("plats=-1", "plats=x", "ledare=999999999999999999999", "vecka=9999-12-31", "vecka=0001-01-01"):
        assert client.get(f"/personal/tavla?{wrong}").status_code == 200, wrong


def test_stops_of_the_bus_share_a_row_and_name_the_stop(app: Flask) -> None:
    stop = make_stop().id
    make_stop("vittskovle", "Vittskövle kyrka")
    slot = make_slot()
    run("UPDATE slots SET place_id = :place", place=stop)
    run("UPDATE meetings SET place_id = :place", place=stop)

    page = visit(maj(app), BOARD)

    assert [row.text for row in page.root.all("th") if row.get("scope") == "row"].count("Bokbussen") == 1
    assert "Yngsjö, skolan" in chips(page)[0][1]
    assert slot


def test_a_day_off_stands_where_nothing_is_held(app: Flask) -> None:
    make_place()
    keep(DayOff(kind=DayOffKind.OTHER, first_on=dt.date(2026, 10, 6), last_on=dt.date(2026, 10, 6), name="Inventering"))

    assert "Inventering" in visit(maj(app), BOARD).text


@writes
def keep(row: Any) -> None:
    session().add(row)


def test_branch_staff_see_their_own_places_and_trainers_what_they_lead(app: Flask) -> None:
    own, foreign = make_slot(), make_slot(starts_at=NOW + 9 * DAY)
    there = library("horby", "Hörby bibliotek").id
    run("UPDATE slots SET place_id = :place WHERE id = :id", place=there, id=foreign.id)
    tove = employ("Tove", Post(Role.TRAINER))
    lead(foreign.id, tove)
    place = value("SELECT place_id FROM slots WHERE id = :id", id=own.id)

    elin = visit(browser(app, "Elin", Post(Role.BRANCH, None, place)), BOARD)
    of_tove = visit(inside(app.test_client(), tove), BOARD)

    assert f"/personal/pass/{own.id}" in elin.html
    assert f"/personal/pass/{foreign.id}" not in elin.html
    assert "Hörby" not in elin.text
    assert f"/personal/pass/{foreign.id}" in of_tove.html
    assert f"/personal/pass/{own.id}" not in of_tove.html


def test_five_thousand_slots_and_two_hundred_trainers_cost_ten_queries_at_most(app: Flask) -> None:
    slot, client = make_slot(), maj(app)
    visit(client, BOARD)
    with counted() as few:
        visit(client, BOARD)

    multiply(slot.id, slots=5_000, trainers=200)
    with counted() as many:
        page = visit(client, BOARD)

    assert len(few) <= len(many) <= 10, many
    assert len(chips(page)) > 90


@writes
def multiply(slot_id: int, *, slots: int, trainers: int) -> None:
    """So many slots in the fifty weeks from that one's on, each led by one of so many trainers."""
    first = session().get_one(Slot, slot_id)
    meeting = first.meetings[0]
    session().execute(
        insert(Trainer), [{"name": f"Ledare {n}", "sort_key": f"{n:05}", "changed_at": NOW} for n in range(trainers)]
    )
    people = list(session().scalars(select(Trainer.id)))
    values = {column.key: getattr(first, column.key) for column in Slot.__mapper__.column_attrs}
    taught = {column.key: getattr(meeting, column.key) for column in Meeting.__mapper__.column_attrs}
    new_slots, new_meetings, pools, led = [], [], [], []
    for number in range(1, slots + 1):
        step = dt.timedelta(weeks=number % 50)
        span = {name: values[name] + step for name in ("starts_at", "ends_at")}
        new_slots.append({**values, **span, "id": slot_id + number, "closes_at": span["starts_at"]})
        times = {name: taught[name] + step for name in ("starts_local", "ends_local", "starts_at", "ends_at")}
        meeting_id = meeting.id + number
        new_meetings.append({**taught, **times, "id": meeting_id, "slot_id": slot_id + number, "uid": f"m{number}"})
        pools.append({"slot_id": slot_id + number, "seats": 8})
        led.append(
            {
                "meeting_id": meeting_id,
                "trainer_id": people[number // 50 % trainers],
                "starts_at": times["starts_at"],
                "ends_at": times["ends_at"],
                "standing": AssignmentStanding.ASKED,
                "holds": True,
                "uid": f"a{number}",
                "assigned_at": NOW,
                "changed_at": NOW,
            }
        )
    for model, made in ((Slot, new_slots), (Meeting, new_meetings), (SeatPool, pools), (Assignment, led)):
        session().execute(insert(model), made)
