"""What staff do with a slot on its pages: calling off, moving, undoing, trainers and kits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.outbox import services as outbox
from booking.outbox.transports import Memory
from booking.programme import services
from booking.programme.rules import ActivityKind, SlotState
from booking.trainers import services as trainers
from tests.accounts.people import employ, inside
from tests.bookings.crowd import at_once, results
from tests.bookings.world import (
    DAY,
    HOUR,
    NOW,
    ROLF,
    SAMIRA,
    MadeSlot,
    act_at,
    book,
    make_slot,
    rows,
    run,
    value,
    wishes,
)
from tests.page import Page, visit
from tests.programme.leading import lead
from tests.programme.world import library
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")

MINUTE = dt.timedelta(minutes=1)
LEAK = "Vattenläcka i lokalen."


def place_of(slot: MadeSlot) -> int:
    return int(value("SELECT place_id FROM slots WHERE id = :id", id=slot.id))


def meetings_of(slot: MadeSlot) -> list[int]:
    return [number for (number,) in rows("SELECT id FROM meetings WHERE slot_id = :id ORDER BY id", id=slot.id)]


def browser(app: Flask, name: str, *posts: Post) -> FlaskClient:
    return inside(app.test_client(), employ(name, *posts))


def maj(app: Flask) -> FlaskClient:
    return browser(app, "Maj", Post(Role.COORDINATOR))


def path(slot: MadeSlot, more: str = "") -> str:
    return f"/personal/pass/{slot.id}{more}"


def send(page: Page, values: Mapping[str, str] | None = None, *, status: int = 200) -> Page:
    """Press the button of the page's own form; the first one is the way out."""
    return page.submit(page.forms[-1], values or {}, status=status)


def trainer(name: str) -> int:
    number = trainers.add_trainer(name=name, act=act_at()).id
    services.set_competences(number, kinds=[ActivityKind.WORKSHOP], act=act_at())
    return number


def state(slot: MadeSlot) -> str:
    return str(value("SELECT state FROM slots WHERE id = :id", id=slot.id))


def test_calling_off_says_who_will_be_told_and_does_it(app: Flask) -> None:
    slot = make_slot(seats=1)
    book(slot, wishes(SAMIRA))
    book(slot, wishes(ROLF))
    book(slot, wishes(""))

    page = visit(maj(app), path(slot, "/installt"))
    assert "1 familj med plats får ett mejl." in page.text
    assert "1 familj i kön får ett mejl." in page.text
    assert "1 familj har ingen e-postadress. Ring den." in page.text
    assert "Mejlen väntar två minuter." in page.text
    page = send(page, {"orsak": LEAK, "orsak-en": "A leak."})

    assert "Inställt torsdag 1 oktober" in page.text
    assert LEAK in page.text
    assert state(slot) == SlotState.CALLED_OFF
    assert rows("SELECT reason_en FROM call_offs") == [("A leak.",)]


@pytest.mark.parametrize("reason", ["Ledaren är sjuk.", "Tove vabbar", "Our trainer is ill"])
def test_a_reason_that_tells_why_somebody_is_away_is_refused_and_kept_in_its_field(app: Flask, reason: str) -> None:
    slot = make_slot()

    page = send(visit(maj(app), path(slot, "/installt")), {"orsak": reason}, status=422)

    assert page.errors[0][0] == "orsak"
    assert reason in page.html
    assert state(slot) == SlotState.PUBLISHED


def test_it_is_undone_on_the_slots_page_while_the_letters_wait_and_not_later(
    app: Flask, clock: time_machine.Traveller
) -> None:
    slot, client = make_slot(), maj(app)
    book(slot, wishes(SAMIRA))
    send(visit(client, path(slot, "/installt")), {"orsak": LEAK})
    clock.shift(MINUTE)

    page = visit(client, path(slot))
    undone = page.submit(next(form for form in page.forms if form.action.endswith("/angra")))
    assert state(slot) == SlotState.PUBLISHED
    assert "Ångra" not in [button.text for form in undone.forms for button in form.buttons]

    send(visit(client, path(slot, "/installt")), {"orsak": LEAK})
    page = visit(client, path(slot))
    clock.shift(2 * MINUTE)
    late = page.submit(next(form for form in page.forms if form.action.endswith("/angra")), status=422)
    assert "Det är för sent att ångra" in late.errors[0][1]
    assert "Ångra" not in visit(client, path(slot)).text.replace("Ångrade", "")
    assert state(slot) == SlotState.CALLED_OFF


def test_afterwards_it_takes_place_after_all_by_an_act_of_its_own(app: Flask, clock: time_machine.Traveller) -> None:
    slot, client = make_slot(), maj(app)
    book(slot, wishes(SAMIRA))
    send(visit(client, path(slot, "/installt")), {"orsak": LEAK})
    clock.shift(30 * MINUTE)

    page = visit(client, path(slot)).follow("Det blir av ändå")
    assert "1 familj med plats får ett mejl." in page.text
    send(page)

    assert state(slot) == SlotState.PUBLISHED
    assert rows("SELECT kind FROM letters WHERE state = 'waiting' ORDER BY id DESC LIMIT 1") == [("bookings/back_on",)]


def test_one_meeting_of_several_is_called_off_and_can_be_held_after_all(
    app: Flask, clock: time_machine.Traveller
) -> None:
    slot, client = make_slot(meetings=3), maj(app)
    first = meetings_of(slot)[0]

    page = send(visit(client, path(slot, f"/traff/{first}/installt")), {"orsak": LEAK})
    assert LEAK in page.text
    clock.shift(30 * MINUTE)
    send(visit(client, path(slot, f"/traff/{first}/anda")))

    assert value("SELECT count(*) FROM meetings WHERE called_off_at IS NOT NULL") == 0


def test_a_meeting_moves_in_time_and_place_and_keeps_what_was_typed_when_the_end_is_wrong(app: Flask) -> None:
    slot, client = make_slot(), maj(app)
    there = library("horby", "Hörby bibliotek").id
    page = visit(client, path(slot, f"/traff/{meetings_of(slot)[0]}/flytt"))
    wish = {"dag": "2026-10-14", "fran": "15:00", "till": "14:00", "plats": str(there)}

    page = send(page, wish, status=422)
    assert page.forms[-1].fields["dag"] == "2026-10-14"
    page = send(page, {**wish, "till": "16:00"})

    assert "onsdag 14 oktober 2026, Hörby bibliotek" in page.text
    assert place_of(slot) == there


def test_warnings_are_listed_and_a_reason_to_go_ahead_is_kept_and_shown(app: Flask) -> None:
    slot, client = make_slot(), maj(app)
    page = visit(client, path(slot, f"/traff/{meetings_of(slot)[0]}/flytt"))

    page = send(page, {"dag": "2026-12-25"}, status=422)
    assert "Det är en helgdag." in page.text
    page = send(page, {"dag": "2026-12-25", "trots": "Julkalaset"})

    assert "En helgdag: Julkalaset" in page.text


def test_of_two_who_move_one_meeting_the_second_sees_both_versions_before_hers_counts(app: Flask) -> None:
    """Requirement A14."""
    slot, elin, lo = make_slot(), maj(app), browser(app, "Lo", Post(Role.COORDINATOR))
    address = path(slot, f"/traff/{meetings_of(slot)[0]}/flytt")
    first, second = visit(elin, address), visit(lo, address)
    send(first, {"dag": "2026-10-13"})

    refused = send(second, {"dag": "2026-10-15"}, status=422)
    assert "13 oktober" in refused.errors[0][1]
    assert refused.forms[-1].fields["dag"] == "2026-10-15"
    assert "2026-10-13" in str(value("SELECT starts_local FROM meetings"))
    send(refused, {"dag": "2026-10-15"})

    assert "2026-10-15" in str(value("SELECT starts_local FROM meetings"))


def test_a_trainer_is_asked_and_changed_and_taken_off_with_the_best_proposed(app: Flask) -> None:
    slot, client = make_slot(), maj(app)
    tove, nils = trainer("Tove"), trainer("Nils")
    meeting = meetings_of(slot)[0]
    page = visit(client, path(slot, f"/traff/{meeting}/ledare"))
    assert "Tove" in page.text

    page = send(page, {"ledare": str(tove)})
    assert "Ledare: Tove (har inte svarat)" in page.text
    assignment = value("SELECT id FROM assignments WHERE holds")
    page = visit(client, path(slot, f"/uppdrag/{assignment}"))
    assert send(page, {"ledare": str(nils)}, status=422).errors[0][0] == "skal"
    page = send(page, {"ledare": str(nils), "skal": "Bytte dag"})
    assert "Ledare: Nils" in page.text
    assignment = value("SELECT id FROM assignments WHERE holds")
    page = send(visit(client, path(slot, f"/uppdrag/{assignment}")), {"ledare": ""})

    assert "Saknar ledare" in page.text
    assert "Bytte dag" not in page.text


def test_a_trainer_who_is_elsewhere_is_refused_and_one_who_has_little_time_needs_a_reason(app: Flask) -> None:
    slot, same, soon = make_slot(), make_slot(), make_slot(starts_at=NOW + 10 * DAY + HOUR)
    client, tove = maj(app), trainer("Tove")
    run("UPDATE slots SET activity_id = activity_id")
    services.assign(meetings_of(slot)[0], trainer_id=tove, act=act_at())
    elsewhere = library("horby", "Hörby bibliotek").id
    run("UPDATE meetings SET place_id = :place WHERE slot_id = :slot", place=elsewhere, slot=soon.id)

    page = visit(client, path(same, f"/traff/{meetings_of(same)[0]}/ledare"))
    assert "samtidigt" in send(page, {"ledare": str(tove)}, status=422).errors[0][1]
    page = visit(client, path(soon, f"/traff/{meetings_of(soon)[0]}/ledare"))
    assert send(page, {"ledare": str(tove)}, status=422).errors[0][0] == "trots"
    send(page, {"ledare": str(tove), "trots": "Hon cyklar fort"})

    assert rows("SELECT kind, reason FROM accepted_clashes") == [("trainer_hurried", "Hon cyklar fort")]


def test_kits_are_reserved_and_given_back(app: Flask) -> None:
    slot, client = make_slot(), maj(app)
    kit = trainers.add_kit(name="Låda 1", thing="Blue-Bot", pieces=6, home_place_id=place_of(slot), act=act_at()).id
    meeting = meetings_of(slot)[0]
    page = visit(client, path(slot, f"/traff/{meeting}/utrustning"))

    page = page.submit(page.forms[-1], {"utrustning": str(kit)})
    assert "Låda 1: 6 Blue-Bot" in page.text
    page = visit(client, path(slot, f"/traff/{meeting}/utrustning"))
    page = page.submit(page.forms[1])

    assert "Låda 1" not in page.text
    assert value("SELECT count(*) FROM kit_reservations") == 0


def test_what_the_activity_needs_is_reserved_in_one_press(app: Flask) -> None:
    slot, client = make_slot(), maj(app)
    trainers.add_kit(name="Låda 1", thing="Blue-Bot", pieces=6, home_place_id=place_of(slot), act=act_at())
    run("UPDATE activities SET equipment = 'Blue-Bot:6'")
    page = visit(client, path(slot, f"/traff/{meetings_of(slot)[0]}/utrustning"))

    page = page.submit(page.forms[1])

    assert "Låda 1: 6 Blue-Bot" in page.text


def test_what_the_activity_needs_and_no_kit_holds_is_told(app: Flask) -> None:
    slot, client = make_slot(), maj(app)
    trainers.add_kit(name="Låda 1", thing="Blue-Bot", pieces=4, home_place_id=place_of(slot), act=act_at())
    run("UPDATE activities SET equipment = 'Blue-Bot:6'")
    page = visit(client, path(slot, f"/traff/{meetings_of(slot)[0]}/utrustning"))

    page = page.submit(page.forms[1])

    assert "Ingen sådan utrustning är ledig: Blue-Bot (2)" in page.text
    assert "Låda 1: 4 Blue-Bot" in page.text


def test_a_slot_is_copied_to_another_day_as_a_draft_with_its_trainers_when_asked(app: Flask) -> None:
    slot, client = make_slot(meetings=2), maj(app)
    tove = trainer("Tove")
    for meeting in meetings_of(slot):
        services.assign(meeting, trainer_id=tove, act=act_at())

    page = visit(client, path(slot, "/kopia"))
    page = page.submit(page.forms[-1], {"dag": "2026-12-01"}, extra={"ledare": "y"})

    assert "Utkast tisdag 1 december 2026" in page.text
    assert page.text.count("Ledare: Tove") == 2
    assert value("SELECT count(*) FROM slots") == 2
    refused = send(visit(client, path(slot, "/kopia")), {"dag": "2026-12-25"}, status=422)
    assert refused.errors[0][0] == "trots"
    for day in ("0001-01-01", "9999-12-31", "2026-W49-2", "i morgon"):
        refused = send(visit(client, path(slot, "/kopia")), {"dag": day}, status=422)
        assert refused.errors[0][0] == "dag"
        assert day in refused.html
    assert value("SELECT count(*) FROM slots") == 2


def test_a_draft_is_published(app: Flask) -> None:
    slot = make_slot(state=SlotState.DRAFT)

    send(visit(maj(app), path(slot)).follow("Publicera"))

    assert state(slot) == SlotState.PUBLISHED


def test_the_page_says_how_many_seats_can_be_open_and_why_no_more(app: Flask) -> None:
    slot = make_slot(seats=8)
    run("UPDATE activities SET children_per_trainer = 5")
    services.assign(meetings_of(slot)[0], trainer_id=trainer("Tove"), act=act_at())
    book(slot, children=3)

    page = visit(maj(app), path(slot))

    assert "3 av 8 platser" in page.text
    assert "5ledarna räcker inte till fler" in page.text


def test_a_slot_that_is_called_off_counts_no_seats_that_could_be_open(app: Flask) -> None:
    slot = make_slot()
    client = maj(app)
    before = visit(client, path(slot))
    send(visit(client, path(slot, "/installt")), {"orsak": LEAK})

    assert "Platser som kan vara öppna" in before.text
    assert "Platser som kan vara öppna" not in visit(client, path(slot)).text


def test_the_trail_tells_who_did_what_when_and_only_to_planners_and_auditors(app: Flask) -> None:
    slot = make_slot()
    send(visit(maj(app), path(slot, "/installt")), {"orsak": LEAK})

    seen = visit(browser(app, "Folke", Post(Role.AUDITOR)), path(slot))
    tove = employ("Tove", Post(Role.TRAINER))
    other = make_slot(starts_at=NOW + 20 * DAY)
    lead(other.id, tove)

    assert "torsdag 1 oktober kl. 10.00 Maj Ställde in" in seen.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Vad som har gjorts" not in visit(inside(app.test_client(), tove), path(other)).text


def test_the_slots_page_names_no_family_and_costs_the_same_however_many_they_are(app: Flask) -> None:
    small, large = make_slot(), make_slot(seats=50, meetings=5)
    tove = employ("Tove", Post(Role.TRAINER))
    lead(small.id, tove)
    for number in range(30):
        book(large, wishes(f"familj{number}@example.org"))
    client = maj(app)
    numbers = []
    for slot in (small, large):
        visit(client, path(slot))
        with counted() as sent:
            page = visit(client, path(slot))
        numbers.append(len(sent))
        assert "Samira" not in page.text
        assert "example.org" not in page.text

    assert numbers[0] == numbers[1] <= 22


def test_letters_that_did_not_arrive_are_counted_on_the_slots_page(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    run("UPDATE letters SET state = 'stopped', fault = '550'")

    page = visit(maj(app), path(slot))

    assert "Utskick till 1 bokning kom inte fram." in page.text
    assert SAMIRA not in page.text


def test_after_a_call_off_the_page_tells_whom_to_ring_behind_a_logged_press(
    app: Flask, clock: time_machine.Traveller
) -> None:
    slot, client = make_slot(), maj(app)
    book(slot, wishes(SAMIRA, phone="+46701740605"))
    book(slot, wishes("", phone="+46701740606"))
    book(slot, wishes(ROLF, phone="+46701740607"))
    outbox.deliver_due(Memory(), act=act_at())
    send(visit(client, path(slot, "/installt")), {"orsak": LEAK})
    run("UPDATE letters SET state = 'stopped' WHERE kind = 'bookings/called_off' AND recipient = :to", to=SAMIRA)
    clock.shift(5 * MINUTE)
    outbox.deliver_due(Memory(), act=act_at(NOW + 5 * MINUTE))

    page = visit(client, path(slot)).follow("Se vilka som har fått besked och vilka ni ska ringa")
    assert "1 familj har fått besked." in page.text
    assert "Mejlet till 1 familj kom inte fram." in page.text
    assert "1 familj har ingen e-postadress." in page.text
    assert "070-174" not in page.text
    page = send(page)

    assert "070-174 06 05" in page.text
    assert "070-174 06 06" in page.text
    assert "070-174 06 07" not in page.text
    assert rows("SELECT subject FROM audit_entries WHERE verb = 'look_whom_to_ring'") == [(f"slot:{slot.id}",)]


ADDRESSES = ("", "/kopia", "/installt", "/angra", "/anda", "/publicering", "/besked")
OF_A_MEETING = ("installt", "flytt", "anda", "ledare", "utrustning", "utrustning/1")


def test_another_librarys_staff_reach_none_of_a_slots_pages(app: Flask) -> None:
    """Requirement D3: foreign is as not there, whatever is asked and sent."""
    slot = make_slot()
    (assignment,) = lead(slot.id, employ("Tove", Post(Role.TRAINER)))
    own = browser(app, "Elin", Post(Role.BRANCH, None, place_of(slot)))
    foreign = browser(app, "Lo", Post(Role.BRANCH, None, library("horby", "Hörby bibliotek").id))
    more = [f"/traff/{meetings_of(slot)[0]}/{word}" for word in OF_A_MEETING]
    token = visit(foreign, "/personal").forms[0].fields["csrf_token"]

    for address in (*ADDRESSES, *more, f"/uppdrag/{assignment}"):
        assert own.get(path(slot, address)).status_code in (200, 303), address
        assert foreign.get(path(slot, address)).status_code == 404, address
        if address:
            sent = {"csrf_token": token, "orsak": LEAK}
            assert foreign.post(path(slot, address), data=sent).status_code == 404, address
    assert state(slot) == SlotState.PUBLISHED


def test_a_meeting_or_an_assignment_of_another_slot_is_not_reached_through_ones_own(app: Flask) -> None:
    mine, other = make_slot(), make_slot()
    elsewhere = library("horby", "Hörby bibliotek").id
    run("UPDATE slots SET place_id = :place WHERE id = :id", place=elsewhere, id=other.id)
    (assignment,) = lead(other.id, employ("Tove", Post(Role.TRAINER)))
    client = browser(app, "Elin", Post(Role.BRANCH, None, place_of(mine)))

    for word in OF_A_MEETING:
        assert client.get(path(mine, f"/traff/{meetings_of(other)[0]}/{word}")).status_code == 404
    assert client.get(path(mine, f"/uppdrag/{assignment}")).status_code == 404


def test_branch_staff_move_to_their_own_places_alone(app: Flask) -> None:
    slot = make_slot()
    there = library("horby", "Hörby bibliotek").id
    client = browser(app, "Elin", Post(Role.BRANCH, None, place_of(slot)))
    page = visit(client, path(slot, f"/traff/{meetings_of(slot)[0]}/flytt"))

    assert "Hörby" not in page.text
    assert send(page, {"plats": str(there)}, status=422).errors[0][0] == "plats"


def test_of_two_hundred_pages_that_ask_one_trainer_for_one_hour_exactly_one_wins(app: Flask) -> None:
    """Requirement A12, through the pages."""
    tove = trainer("Tove")
    slots = [make_slot() for _ in range(200)]
    client = maj(app)
    token = visit(client, "/personal").forms[0].fields["csrf_token"]
    cookie = client.get_cookie("kodplats")
    assert cookie is not None

    def ask(slot: MadeSlot) -> int:
        own = app.test_client()
        own.set_cookie("kodplats", cookie.value)
        sent = {"csrf_token": token, "ledare": str(tove), "trots": "Ja"}
        return own.post(path(slot, f"/traff/{first[slot.id]}/ledare"), data=sent).status_code

    first = {slot.id: meetings_of(slot)[0] for slot in slots}
    outcomes = results(at_once(app, [lambda slot=slot: ask(slot) for slot in slots]))  # type: ignore[misc]  # bound now

    assert sorted(set(outcomes)) == [303, 422]
    assert outcomes.count(303) == 1
    assert value("SELECT count(*) FROM assignments WHERE holds") == 1
