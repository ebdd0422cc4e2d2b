"""Calendars of trainers and of libraries' desks: requirements F4, F7, J8, J11, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from booking.accounts.rules import Purpose
from booking.accounts.rules.roles import Post, Role
from booking.accounts.services import staff as accounts
from booking.desk.services.illness import Choice, What, see_to_absence
from booking.kernel.period import WallPeriod
from booking.programme import services as programme
from booking.programme.rules import SlotState
from booking.trainers import services as trainers
from booking.trainers.rules import AbsenceKind, Away
from tests.accounts.doors import staff_feed
from tests.accounts.people import employ, inside
from tests.bookings.world import DAY, NOW, SAMIRA, act_at, book, make_slot, run, value, wishes
from tests.calendars.world import events
from tests.page import visit
from tests.programme.leading import lead
from tests.programme.world import library
from tests.support.calendar_text import assert_clean_bytes
from tests.support.queries import counted

Fetch = Callable[..., TestResponse]
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def trainers_feed(account: int) -> str:
    return f"/ledare/{staff_feed(Purpose.TRAINER_FEED, str(account))}.ics"


def desk_feed(account: int, place: int) -> str:
    return f"/disk/{staff_feed(Purpose.DESK_FEED, f'{account}:{place}')}.ics"


def settle() -> None:
    """Nothing has changed for a month: what tests build carries a date to come."""
    for table in ("places", "activities", "slots", "meetings", "trainers", "assignments"):
        run(f"UPDATE {table} SET changed_at = '2026-09-01 08:00:00.000000'")


def place_of(slot_id: int) -> int:
    return int(value("SELECT place_id FROM slots WHERE id = :id", id=slot_id))


def test_it_tells_when_to_prepare_with_what_and_for_how_many_and_nobodys_name(fetch: Fetch) -> None:
    slot, tove = make_slot(), employ("Tove", Post(Role.TRAINER))
    (assignment,) = lead(slot.id, tove)
    book(slot, wishes(SAMIRA, children=2))

    response = fetch(trainers_feed(tove))

    assert_clean_bytes(response.data)
    [(uid, event)] = events(response).items()
    assert uid == value("SELECT uid FROM assignments WHERE id = :id", id=assignment)
    assert uid != value("SELECT uid FROM meetings")
    assert event["STATUS"] == "TENTATIVE"  # she has not answered yet
    assert "2 barn har plats." in event["DESCRIPTION"]
    assert "Förbered från" in event["DESCRIPTION"]
    assert not any(name in response.text for name in ("Ada", "Samira", SAMIRA))
    assert response.headers["Cache-Control"].startswith("private")

    programme.accept(assignment, act=act_at(LATER))
    [event] = events(fetch(trainers_feed(tove))).values()
    assert event["STATUS"] == "CONFIRMED"
    assert len(event.walk("VALARM")) == 1


@pytest.mark.parametrize("how", ["taken off", "given up", "replaced", "away"])
def test_who_leads_a_meeting_no_more_has_its_entry_cancelled_and_the_public_one_stays(fetch: Fetch, how: str) -> None:
    slot, tove, nils = make_slot(), employ("Tove", Post(Role.TRAINER)), employ("Nils", Post(Role.TRAINER))
    (assignment,) = lead(slot.id, tove)
    lead(make_slot(starts_at=NOW + 40 * DAY).id, nils, name="Nils")
    nils_trainer = int(value("SELECT id FROM trainers WHERE staff_id = :id", id=nils))
    settle()
    path = trainers_feed(tove)
    [before] = events(fetch(path)).values()
    public = fetch(f"/pass/{slot.id}.ics").data

    if how == "taken off":
        programme.take_off(assignment, act=act_at(LATER))
    elif how == "given up":
        programme.give_up(assignment, reason="Kan inte", act=act_at(LATER))
    elif how == "replaced":
        programme.substitute(assignment, trainer_id=nils_trainer, reason="Byte", accepting="Går bra", act=act_at(LATER))
    else:
        day = (NOW + 10 * DAY).date()
        tove_trainer = int(value("SELECT id FROM trainers WHERE staff_id = :id", id=tove))
        choices = {assignment: Choice(What.OPEN)}
        see_to_absence(tove_trainer, days=Away(day, day), kind=AbsenceKind.SUDDEN, choices=choices, act=act_at(LATER))

    [after] = events(fetch(path)).values()
    assert after["UID"] == before["UID"]
    assert after["STATUS"] == "CANCELLED"
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["LAST-MODIFIED"].dt > before["LAST-MODIFIED"].dt
    assert str(after["SUMMARY"]).startswith("INTE DITT LÄNGRE")
    assert "Kan inte" not in str(after["DESCRIPTION"])
    assert fetch(f"/pass/{slot.id}.ics").data == public


def test_a_meeting_that_is_called_off_or_moved_shows_at_the_next_fetch(fetch: Fetch) -> None:
    slot, other, tove = make_slot(), make_slot(starts_at=NOW + 20 * DAY), employ("Tove", Post(Role.TRAINER))
    lead(slot.id, tove)
    lead(other.id, tove)
    path = trainers_feed(tove)
    before = events(fetch(path))
    meeting = int(value("SELECT id FROM meetings WHERE slot_id = :id", id=other.id))
    to = WallPeriod(dt.datetime(2026, 10, 22, 12), dt.datetime(2026, 10, 22, 13))  # noqa: DTZ001  # a wall time

    programme.call_off(slot.id, reason_sv="Vattenläcka.", act=act_at(LATER))
    programme.move_meeting(meeting, to=to, accepting="Går bra", act=act_at(LATER))

    after = events(fetch(path))
    assert after.keys() == before.keys()
    assert sorted(event["STATUS"] for event in after.values()) == ["CANCELLED", "TENTATIVE"]
    assert all(after[uid]["SEQUENCE"] > before[uid]["SEQUENCE"] for uid in after)


def test_a_kit_and_a_booking_make_the_entry_newer(fetch: Fetch) -> None:
    slot, tove = make_slot(), employ("Tove", Post(Role.TRAINER))
    lead(slot.id, tove)
    settle()
    path = trainers_feed(tove)
    [before] = events(fetch(path)).values()
    meeting = int(value("SELECT id FROM meetings"))
    box = trainers.add_kit(name="Låda 1", thing="Blue-Bot", pieces=6, home_place_id=place_of(slot.id), act=act_at())

    programme.reserve_kits(meeting, kit_ids=[box.id], act=act_at(LATER))
    [carried] = events(fetch(path)).values()
    book(slot, wishes(SAMIRA), now=LATER + dt.timedelta(minutes=5))
    [booked] = events(fetch(path)).values()

    assert before["LAST-MODIFIED"].dt < carried["LAST-MODIFIED"].dt < booked["LAST-MODIFIED"].dt
    assert "Låda 1" in carried["DESCRIPTION"]
    assert "1 barn har plats." in booked["DESCRIPTION"]


def test_a_closed_account_a_lost_role_and_an_account_that_is_nobodys_any_more_stop_it_at_once(fetch: Fetch) -> None:
    slot = make_slot()
    employ("Astrid", Post(Role.ADMINISTRATOR))
    people = [employ(name, Post(Role.TRAINER)) for name in ("Tove", "Nils", "Ove")]
    for number, account in enumerate(people):
        lead(make_slot(starts_at=NOW + (20 + number) * DAY).id, account, name=f"Ledare {number}")
    maj = employ("Maj", Post(Role.COORDINATOR))
    paths = [*map(trainers_feed, people), desk_feed(maj, place_of(slot.id))]
    assert [fetch(path).status_code for path in paths] == [200] * 4

    accounts.close(people[0], act=act_at())
    role = int(value("SELECT id FROM staff_roles WHERE staff_id = :id", id=people[1]))
    accounts.take_role(people[1], role, act=act_at())
    trainer = int(value("SELECT id FROM trainers WHERE staff_id = :id", id=people[2]))
    trainers.give_account(trainer, staff_id=None, act=act_at())
    accounts.close(maj, act=act_at())

    assert [fetch(path).status_code for path in paths] == [404] * 4


def test_a_desk_sees_drafts_marked_and_counts(fetch: Fetch) -> None:
    slot, maj = make_slot(seats=1), employ("Maj", Post(Role.COORDINATOR))
    tove = employ("Tove", Post(Role.TRAINER))
    lead(slot.id, tove)
    book(slot, wishes(SAMIRA))
    book(slot)
    make_slot(state=SlotState.DRAFT, starts_at=NOW + 20 * DAY)

    event, marked = events(fetch(desk_feed(maj, place_of(slot.id)))).values()

    assert "1 av 1 platser är tagna. 1 sällskap i kö." in event["DESCRIPTION"]
    assert "Leds av Tove." in event["DESCRIPTION"]
    assert event["UID"] != value("SELECT uid FROM meetings WHERE slot_id = :id", id=slot.id)
    assert (marked["STATUS"], str(marked["SUMMARY"]).split(":")[0]) == ("TENTATIVE", "UTKAST")


def test_a_desk_of_a_foreign_place_opens_nothing(fetch: Fetch) -> None:
    own, foreign = place_of(make_slot().id), library("osby", "Osby bibliotek").id
    elin = employ("Elin", Post(Role.BRANCH, None, own))

    assert fetch(desk_feed(elin, own)).status_code == 200
    assert fetch(desk_feed(elin, foreign)).status_code == 404


def test_an_address_is_got_renewed_and_turned_off_and_tells_when_it_was_used(app: Flask, fetch: Fetch) -> None:
    slot, tove = make_slot(), employ("Tove", Post(Role.TRAINER))
    lead(slot.id, tove)
    page = visit(inside(app.test_client(), tove), "/personal/kalender/uppdrag")

    page = page.submit(page.forms[-1])
    first = page.by_id("adress").get("value")
    assert "Den har inte använts än" in page.text
    assert fetch(first).status_code == 200
    page = visit(page.client, "/personal/kalender/uppdrag")
    assert "Den användes senast" in page.text
    page = page.submit(page.forms[1])
    second = page.by_id("adress").get("value")
    assert (fetch(first).status_code, fetch(second).status_code) == (404, 200)
    page.submit(page.forms[2])
    assert fetch(second).status_code == 404


def test_a_trainers_secret_opens_no_desk_nor_the_other_way_round(fetch: Fetch) -> None:
    slot, tove, maj = make_slot(), employ("Tove", Post(Role.TRAINER)), employ("Maj", Post(Role.COORDINATOR))
    lead(slot.id, tove)
    own, desk = trainers_feed(tove), desk_feed(maj, place_of(slot.id))

    assert fetch(own.replace("/ledare/", "/disk/")).status_code == 404
    assert fetch(desk.replace("/disk/", "/ledare/")).status_code == 404
    assert fetch(own.replace("/ledare/", "/familj/")).status_code == 404


def test_an_unchanged_calendar_is_not_sent_again(fetch: Fetch) -> None:
    slot, tove = make_slot(), employ("Tove", Post(Role.TRAINER))
    lead(slot.id, tove)
    path = trainers_feed(tove)
    tag = fetch(path).headers["ETag"]

    assert fetch(path, **{"If-None-Match": tag}).status_code == 304


def test_forty_meetings_ask_as_many_questions_as_two(fetch: Fetch) -> None:
    tove = employ("Tove", Post(Role.TRAINER))
    for number in range(2):
        lead(make_slot(starts_at=NOW + (10 + number) * DAY).id, tove)
    path = trainers_feed(tove)
    fetch(path)
    with counted() as few:
        fetch(path)
    for number in range(18):
        lead(make_slot(starts_at=NOW + (20 + number) * DAY).id, tove)
    with counted() as many:
        assert len(events(fetch(path))) == 20

    assert len(few) == len(many) <= 16
