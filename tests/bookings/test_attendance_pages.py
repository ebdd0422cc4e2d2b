"""The list at the door as a plain form, and who sees what on it (requirement D6, table D)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.programme.rules import Admission
from tests.accounts.people import employ, inside
from tests.bookings.door import librarian, meeting_of, place_of, presences, slot_today, trail
from tests.bookings.world import (
    DAY,
    HOUR,
    NOW,
    ROLF,
    SAMIRA,
    MadeSlot,
    book,
    make_slot,
    rows,
    value,
    wishes,
)
from tests.page import Form, Page, visit
from tests.programme.leading import lead
from tests.programme.world import library
from tests.support.queries import counted

NEEDS, PHONE, SHOWN_PHONE = "En lugn plats", "+46701740605", "070-174 06 05"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def slot(app: Flask) -> MadeSlot:
    """Samira's two children have the two seats, Rolf's one waits."""
    made = slot_today(seats=2)
    book(made, wishes(SAMIRA, children=2, phone=PHONE, needs=NEEDS))
    book(made, wishes(ROLF))
    return made


def path_of(slot: MadeSlot, more: str = "") -> str:
    return f"/personal/narvaro/{meeting_of(slot)}{more}"


def roll_form(page: Page) -> Form:
    return next(form for form in page.forms if "nyckel" in form.fields and any("sag-" in name for name in form.fields))


def form_to(page: Page, end: str) -> Form:
    return next(form for form in page.forms if form.action.endswith(end))


def seated(slot: MadeSlot) -> list[int]:
    return [row[0] for row in rows(
        "SELECT p.id FROM participants p JOIN bookings b ON b.id = p.booking_id WHERE b.slot_id = :id"
        " AND b.standing = 'seated' ORDER BY p.id", id=slot.id)]  # fmt: skip


def test_the_list_names_children_ages_and_needs_and_neither_adult_nor_phone(app: Flask, slot: MadeSlot) -> None:
    page = visit(librarian(app, slot), path_of(slot))

    for words in ("Ada", "Bo", "9 år", NEEDS, "2 bokade av 2", "Väntar på plats"):
        assert words in page.text
    for words in (SHOWN_PHONE, PHONE, SAMIRA, ROLF, "Samira"):
        assert words not in page.html


def test_marks_are_kept_by_a_plain_form_and_undone_by_a_button(app: Flask, slot: MadeSlot) -> None:
    ada, bo = seated(slot)
    page = visit(librarian(app, slot), path_of(slot))

    saved = page.submit(roll_form(page), {f"narvaro-{ada}": "present", f"narvaro-{bo}": "excused", "antal-adult": "2"})

    assert "Sparat." in saved.text
    assert presences(slot) == {ada: "present", bo: "excused"}
    assert value("SELECT heads FROM head_counts WHERE age_group = 'adult'") == 2
    undone = saved.submit(form_to(saved, "/angra"))
    assert "Ångrat." in undone.text
    assert set(presences(slot).values()) == {None}


def test_a_mark_is_cleared_by_its_own_button(app: Flask, slot: MadeSlot, clock: time_machine.Traveller) -> None:
    ada, _ = seated(slot)
    page = visit(librarian(app, slot), path_of(slot))
    page = page.submit(roll_form(page), {f"narvaro-{ada}": "absent"})

    clock.shift(60)
    page.submit(roll_form(page), button=str(ada))

    assert presences(slot) == {ada: None}


def test_a_page_that_was_open_for_long_takes_back_nobody_elses_marks(
    app: Flask, slot: MadeSlot, clock: time_machine.Traveller
) -> None:
    ada, bo = seated(slot)
    elin, lo = librarian(app, slot), librarian(app, slot, "Lo")
    first = visit(elin, path_of(slot))
    first = first.submit(roll_form(first), {f"narvaro-{ada}": "present"})
    old = roll_form(visit(elin, path_of(slot)))
    clock.shift(60)
    other = visit(lo, path_of(slot))
    other.submit(roll_form(other), {f"narvaro-{ada}": "absent"})

    clock.shift(60)
    first.submit(old, {f"narvaro-{bo}": "present"})

    assert presences(slot) == {ada: "absent", bo: "present"}


def test_the_same_form_twice_marks_once_and_one_gone_back_to_marks_anew(
    app: Flask, slot: MadeSlot, clock: time_machine.Traveller
) -> None:
    """Requirements A9 and A10."""
    ada, _ = seated(slot)
    page = visit(librarian(app, slot), path_of(slot))
    for choice in ("present", "present", "absent"):
        clock.shift(60)
        last = page.submit(roll_form(page), {f"narvaro-{ada}": choice})

    assert presences(slot) == {ada: "absent"}
    assert len(trail()) == 2
    last.submit(form_to(last, "/angra"))
    assert presences(slot) == {ada: "present"}


def test_a_count_that_is_none_is_told_and_what_was_chosen_stays(app: Flask, slot: MadeSlot) -> None:
    ada, _ = seated(slot)
    page = visit(librarian(app, slot), path_of(slot))

    told = page.submit(roll_form(page), {f"narvaro-{ada}": "present", "antal-adult": "många"}, status=422)

    assert told.errors == [("antal-adult", "Skriv ett heltal från 0 till 500.")]
    assert roll_form(told).fields[f"narvaro-{ada}"] == "present"
    assert roll_form(told).fields["antal-adult"] == "många"
    assert presences(slot) == {}


def test_somebody_without_a_booking_is_added_with_or_without_a_name_and_never_silently_beyond_the_seats(
    app: Flask, slot: MadeSlot
) -> None:
    ada, bo = seated(slot)
    page = visit(librarian(app, slot), path_of(slot))
    page = page.submit(roll_form(page), {f"narvaro-{ada}": "present", f"narvaro-{bo}": "present"})
    assert "fler är här" not in page.text

    page = page.submit(form_to(page, "/oanmald"), {"namn": "Elsa", "alder": "6"})
    assert "En fler är här än det finns platser. 3 här, 2 platser." in page.text
    page = page.submit(form_to(page, "/oanmald"), {"namn": "", "alder": ""})

    assert "2 fler är här än det finns platser." in page.text
    assert rows("SELECT name, age FROM walk_ins ORDER BY id") == [("Elsa", 6), ("", None)]
    page = page.submit(next(form for form in page.forms if form.buttons[0].text.startswith("Ta bort Elsa")))
    assert rows("SELECT name FROM walk_ins WHERE taken_back_at IS NULL") == [("",)]


def test_a_bad_walk_in_is_told_and_stays_in_the_form(app: Flask, slot: MadeSlot) -> None:
    page = visit(librarian(app, slot), path_of(slot))

    told = page.submit(form_to(page, "/oanmald"), {"namn": "<Elsa>", "alder": "sju"}, status=422)

    assert {where for where, _ in told.errors} == {"namn", "alder"}
    assert form_to(told, "/oanmald").fields["alder"] == "sju"
    assert rows("SELECT * FROM walk_ins") == []


def test_a_form_gone_back_to_with_another_child_adds_nobody_in_silence(app: Flask, slot: MadeSlot) -> None:
    """Requirement A10."""
    page = visit(librarian(app, slot), path_of(slot))
    form = form_to(page, "/oanmald")
    page.submit(form, {"namn": "Elsa", "alder": "6"})

    told = page.submit(form, {"namn": "Nils", "alder": "7"}, status=422)
    assert "inget lades till" in told.text
    told.submit(form_to(told, "/oanmald"))

    assert [name for (name,) in rows("SELECT name FROM walk_ins ORDER BY id")] == ["Elsa", "Nils"]


def test_the_party_at_the_door_gets_its_seat_and_the_page_says_when_that_is_beyond_the_room(
    app: Flask, slot: MadeSlot
) -> None:
    ada, bo = seated(slot)
    page = visit(librarian(app, slot), path_of(slot))
    assert "Ge plats fast det är fullt" in page.text
    page = page.submit(roll_form(page), {f"narvaro-{ada}": "present", f"narvaro-{bo}": "absent"})
    assert "En plats är ledig" in page.text

    page = page.submit(next(form for form in page.forms if "/plats/" in form.action))

    assert "Sällskapet har fått plats" in page.text
    assert "3 bokade av 2" in page.text
    assert len(seated(slot)) == 3


def test_the_adults_phone_shows_after_a_click_that_the_trail_notes_and_unsaved_choices_stay(
    app: Flask, slot: MadeSlot
) -> None:
    ada, _ = seated(slot)
    client = librarian(app, slot)
    page = visit(client, path_of(slot))
    family = value("SELECT id FROM bookings WHERE slot_id = :id AND standing = 'seated'", id=slot.id)
    form = roll_form(page)
    form.action = path_of(slot, f"/kontakt/{family}")

    shown = page.submit(form, {f"narvaro-{ada}": "present"})

    assert SHOWN_PHONE in shown.text
    assert "Samira" in shown.text
    assert SAMIRA not in shown.html
    assert roll_form(shown).fields[f"narvaro-{ada}"] == "present"
    assert presences(slot) == {}
    assert trail() == [("see_contact", f"booking:{family}")]
    assert shown.response.headers["Cache-Control"] == "no-store"


def test_another_slots_booking_shows_no_phone_through_ones_own_list(app: Flask, slot: MadeSlot) -> None:
    other = slot_today()
    foreign = book(other, wishes("lo@example.org", phone="+46701740699"))
    number = value("SELECT id FROM bookings WHERE ref = :ref", ref=foreign.ref)
    page = visit(librarian(app, slot), path_of(slot))
    form = roll_form(page)
    form.action = path_of(slot, f"/kontakt/{number}")

    told = page.submit(form, status=422)

    assert "070-174 06 99" not in told.text
    assert trail() == []


def test_at_drop_in_heads_are_counted_by_age_and_not_counted_is_not_nought(
    app: Flask, clock: time_machine.Traveller
) -> None:
    slot = slot_today(admission=Admission.DROP_IN, seats=5)
    page = visit(librarian(app, slot), path_of(slot))

    page = page.submit(roll_form(page), {"antal-4-6": "4", "antal-7-9": "0"})

    assert rows("SELECT age_group, heads FROM head_counts ORDER BY age_group") == [("4-6", 4), ("7-9", 0)]
    clock.shift(60)
    page = page.submit(roll_form(page), {"antal-4-6": "7"})
    assert "2 fler är här än det finns platser." in page.text
    clock.shift(60)
    page.submit(roll_form(page), {"antal-4-6": ""})
    assert value("SELECT heads FROM head_counts WHERE age_group = '4-6'") is None


def test_a_slots_page_leads_to_the_list_and_a_clubs_to_the_list_of_each_day(app: Flask) -> None:
    single, club = slot_today(), slot_today(meetings=3)

    page = visit(librarian(app, single), f"/personal/pass/{single.id}").follow("Lista och närvaro")
    assert page.heading == "Närvaro"
    days = visit(librarian(app, club, "Lo"), f"/personal/pass/{club.id}/narvaro")
    assert [words for words in days.links if words.startswith("Listan för")] == [
        "Listan för torsdag 1 oktober", "Listan för torsdag 8 oktober", "Listan för torsdag 15 oktober"
    ]  # fmt: skip


# ---- table D ----


def trainer(app: Flask, slot: MadeSlot) -> FlaskClient:
    tove = employ("Tove", Post(Role.TRAINER))
    lead(slot.id, tove)
    return inside(app.test_client(), tove)


@pytest.mark.parametrize("role", Role)
def test_each_role_sees_of_the_list_what_table_d_gives_it(app: Flask, slot: MadeSlot, role: Role) -> None:
    """Requirement D6: names, ages and needs for who works there; nobody sees an address or, unasked, a phone."""
    scopes: dict[Role, Post] = {Role.BRANCH: Post(Role.BRANCH, None, place_of(slot))}
    client = inside(app.test_client(), employ("Robin", scopes.get(role, Post(role))))
    answers = [
        client.get(path) for path in (path_of(slot), f"/personal/pass/{slot.id}/narvaro", path_of(slot, "/synk"))
    ]

    may = role in (Role.BRANCH, Role.COORDINATOR)
    wanted = {Role.TRAINER: [404, 404, 404]}.get(role, [200, 303, 200] if may else [403, 403, 403])
    assert [answer.status_code for answer in answers] == wanted
    for field in (">Ada<", ">Bo<", NEEDS):
        assert (field in answers[0].text) is may, field
    for field in (PHONE, SHOWN_PHONE, SAMIRA, ROLF, "Samira"):
        assert all(field not in answer.text for answer in answers), field


@pytest.mark.parametrize(
    ("starts_at", "is_open"),
    [
        (NOW + 7 * DAY + HOUR, False),
        (NOW + 7 * DAY - HOUR, True),
        (NOW - DAY, True),
        (NOW - DAY - 2 * HOUR, False),
    ],
)
def test_a_trainer_sees_the_children_of_an_own_slot_from_seven_days_before_to_a_day_after(
    app: Flask, starts_at: dt.datetime, is_open: bool
) -> None:
    slot = make_slot(starts_at=starts_at, closes_at=starts_at, opens_at=NOW - 30 * DAY)
    book(slot, wishes(SAMIRA), now=min(NOW, starts_at - HOUR))
    client = trainer(app, slot)

    answer, days = client.get(path_of(slot)), client.get(f"/personal/pass/{slot.id}/narvaro")

    assert answer.status_code == (200 if is_open else 404)
    assert ("Ada" in answer.text) is is_open
    assert "Ada" not in days.text
    if starts_at > NOW + 7 * DAY:
        assert (
            "Listan öppnar torsdag 1 oktober, sju dagar före."
            in visit(client, f"/personal/pass/{slot.id}/narvaro").text
        )


def test_the_staff_of_the_library_see_it_at_any_time(app: Flask) -> None:
    slot = make_slot(starts_at=NOW + 30 * DAY)
    book(slot, wishes(SAMIRA))

    assert "Ada" in visit(librarian(app, slot), path_of(slot)).text


def test_a_trainer_leaves_her_marks_and_asks_for_a_phone_in_an_emergency(app: Flask, slot: MadeSlot) -> None:
    ada, _ = seated(slot)
    page = visit(trainer(app, slot), path_of(slot))

    page = page.submit(roll_form(page), {f"narvaro-{ada}": "present"})

    assert presences(slot) == {ada: "present"}
    form = roll_form(page)
    form.action = path_of(slot, f"/kontakt/{value('SELECT min(id) FROM bookings')}")
    assert SHOWN_PHONE in page.submit(form).text


def test_another_librarys_list_is_as_one_that_does_not_exist(app: Flask, slot: MadeSlot) -> None:
    elsewhere = library("horby", "Hörby bibliotek").id
    lo = inside(app.test_client(), employ("Lo", Post(Role.BRANCH, None, elsewhere)))
    booking_id = value("SELECT min(id) FROM bookings WHERE slot_id = :id", id=slot.id)
    ends = ("", "/oanmald", "/angra", f"/plats/{booking_id}", f"/kontakt/{booking_id}", "/synk")

    for end in ends:
        foreign, unknown = path_of(slot, end), f"/personal/narvaro/999999{end}"
        for method in ("GET", "POST"):
            answers = [lo.open(path, method=method) for path in (foreign, unknown)]
            assert [answer.status_code for answer in answers] == [404, 404], (method, end)
            assert "Ada" not in answers[0].text


def test_the_list_asks_as_few_questions_for_thirty_children_as_for_one(app: Flask) -> None:
    small, large = slot_today(), slot_today(seats=30)
    book(small)
    for _ in range(12):
        book(large, children=3)
    client = librarian(app, small)
    asked = []

    for slot in (small, large):
        with counted() as questions:
            assert client.get(path_of(slot)).status_code == 200
        asked.append(len(questions))

    assert asked[0] == asked[1] <= 10
