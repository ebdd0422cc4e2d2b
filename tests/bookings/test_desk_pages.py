"""The desk's pages of bookings: who sees what of whom, and a family on the phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from booking.accounts.rules.roles import Post, Role
from booking.bookings import services
from booking.bookings.rules import ContactDetails
from tests.bookings.desk import elin, folke, lo, staff
from tests.bookings.test_desk import lose_letters
from tests.bookings.world import (
    NOW,
    ROLF,
    SAMIRA,
    act_at,
    book,
    children_of,
    fill,
    letters,
    letters_to,
    make_slot,
    rows,
    standing,
    value,
    wishes,
)
from tests.page import visit
from tests.programme.leading import lead
from tests.support.queries import counted

PAPER = {"namn": "Samira", "epost": "", "telefon": "", "vuxna": "1", "behov": "", "sprak": "sv"}
ADA = {"barn-1-namn": "Ada", "barn-1-alder": "9"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def test_a_slots_list_shows_seats_then_the_queue_by_number_and_folds_away_who_cancelled(sqlite_app: Flask) -> None:
    slot = make_slot(seats=2)
    gone = book(slot, wishes(ROLF))
    services.cancel(gone.ref, act=act_at())
    seated = book(slot, wishes(SAMIRA, children=2))
    fill(slot, parties=2)

    page = visit(elin(sqlite_app, slot), f"/personal/pass/{slot.id}/bokningar")

    assert "2 av 2 platser tagna" in page.text
    assert "2 i kö" in page.text
    assert "1. Ada" in page.text
    assert "2. Ada" in page.text
    assert f"/personal/bokning/{seated.ref}" in page.links.values()
    (fold,) = page.root.all("details")
    assert f"/personal/bokning/{gone.ref}" in [link.get("href") for link in fold.all("a")]


def test_the_list_costs_the_same_for_many_families_as_for_one(sqlite_app: Flask) -> None:
    slot = make_slot(seats=60)
    book(slot, wishes(SAMIRA))
    client = elin(sqlite_app, slot)
    path = f"/personal/pass/{slot.id}/bokningar"
    with counted() as few:
        visit(client, path)
    fill(slot, parties=40, children=2)

    with counted() as many:
        visit(client, path)

    assert len(many) == len(few) <= 10


def test_the_auditor_reads_without_a_name_or_an_address_and_changes_nothing(sqlite_app: Flask) -> None:
    """Requirement D6."""
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA, needs="Lugn plats")).ref
    lose_letters()
    client = folke(sqlite_app)

    pages = [visit(client, f"/personal/pass/{slot.id}/bokningar"), visit(client, f"/personal/bokning/{ref}")]

    for page in pages:
        for secret in ("Ada", "Samira", SAMIRA, "70123", "Lugn"):
            assert secret not in page.html
        assert [form.action for form in page.forms if "logga-ut" not in form.action] == []
    assert "Ett mejl kom inte fram" in pages[1].text
    assert client.post(f"/personal/bokning/{ref}/kontaktuppgifter").status_code == 403
    assert client.get(f"/personal/bokning/{ref}/avbokning").status_code == 403


def test_another_librarys_staff_get_the_answer_of_what_does_not_exist(sqlite_app: Flask) -> None:
    """Requirement D3."""
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    child = children_of(ref)[0][0]
    foreign = lo(sqlite_app)
    paths = [
        f"/personal/pass/{slot.id}/bokningar",
        f"/personal/pass/{slot.id}/bokningar/ny",
        f"/personal/bokning/{ref}",
        *[f"/personal/bokning/{ref}/{part}" for part in ("kontaktuppgifter", "kontakt", "avbokning", "barn", "brev")],
        f"/personal/bokning/{ref}/barn/{child}",
        f"/personal/bokning/{ref}/barn/{child}/borttagning",
    ]

    assert {foreign.get(path).status_code for path in paths} == {404}
    assert {foreign.post(path).status_code for path in paths} <= {404, 405}  # two of them are only looked at
    assert foreign.get("/personal/bokning/ZZZZZZZ").status_code == 404


def test_a_trainer_sees_no_booking_of_a_slot_that_she_leads(sqlite_app: Flask) -> None:
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    client = staff(sqlite_app, "Tove", Post(Role.TRAINER))
    lead(slot.id, value("SELECT id FROM staff WHERE name = 'Tove'"))

    assert client.get(f"/personal/pass/{slot.id}/bokningar").status_code == 403
    assert client.get(f"/personal/bokning/{ref}").status_code == 403


def test_phone_and_address_stand_behind_a_button_whose_every_press_is_noted(sqlite_app: Flask) -> None:
    """Requirement H10."""
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    client = elin(sqlite_app, slot)
    page = visit(client, f"/personal/bokning/{ref}")
    assert SAMIRA not in page.html
    assert "70123" not in page.html

    shown = page.submit(next(form for form in page.forms if "kontaktuppgifter" in form.action))

    assert SAMIRA in shown.text
    assert "070-123 45 67" in shown.text
    looks = rows("SELECT actor_kind FROM audit_entries WHERE verb = 'look_at_contact'")
    assert looks == [("staff",)]
    visit(client, f"/personal/bokning/{ref}/kontaktuppgifter")
    assert len(rows("SELECT 1 FROM audit_entries WHERE verb = 'look_at_contact'")) == 1


def test_a_family_on_the_phone_is_booked_and_its_number_stands_on_the_receipt(sqlite_app: Flask) -> None:
    slot = make_slot()
    form = visit(elin(sqlite_app, slot), f"/personal/pass/{slot.id}/bokningar/ny")

    receipt = form.submit(form.forms[-1], {**PAPER, **ADA, "epost": SAMIRA, "telefon": "070-123 45 67"})

    ref = value("SELECT ref FROM bookings")
    assert "Bokat, med plats" in receipt.text
    assert f"{ref[:3]}" in receipt.heading
    assert letters_to(SAMIRA) == ["seated"]
    assert value("SELECT actor_kind FROM audit_entries WHERE verb = 'book'") == "staff"


def test_a_family_without_an_address_hears_that_we_ring(sqlite_app: Flask) -> None:
    slot = make_slot(seats=1, adult_stays=False)
    fill(slot, parties=1)
    before = letters()
    form = visit(elin(sqlite_app, slot), f"/personal/pass/{slot.id}/bokningar/ny")
    assert "Familjen blir nummer 1 i kön" in form.text

    receipt = form.submit(form.forms[-1], {**PAPER, **ADA, "vuxna": "0"})

    assert "Nummer 1 i kön" in receipt.text
    assert "ringer när något ändras" in receipt.text
    assert letters() == before


def test_a_row_more_and_a_row_less_lose_nothing_that_was_typed(sqlite_app: Flask) -> None:
    slot = make_slot()
    form = visit(elin(sqlite_app, slot), f"/personal/pass/{slot.id}/bokningar/ny")

    more = form.submit(form.forms[-1], {**PAPER, **ADA}, button="barn")
    less = more.submit(more.forms[-1], {"barn-2-namn": "Bo", "barn-2-alder": "8"}, button="1")

    fields = less.forms[-1].fields
    assert (fields["barn-1-namn"], fields["barn-1-alder"], fields["namn"]) == ("Bo", "8", "Samira")
    assert rows("SELECT count(*) FROM bookings") == [(0,)]


def test_what_is_wrong_is_said_at_its_field_and_what_cannot_be_booked_alone(sqlite_app: Flask) -> None:
    slot = make_slot()
    form = visit(elin(sqlite_app, slot), f"/personal/pass/{slot.id}/bokningar/ny")

    wrong = form.submit(form.forms[-1], {**PAPER, "barn-1-namn": "Ada", "barn-1-alder": "5"}, status=422)

    assert wrong.errors[0][0] == "barn-1-alder"
    assert wrong.forms[-1].fields["namn"] == "Samira"
    assert rows("SELECT count(*) FROM bookings") == [(0,)]


def test_the_same_form_sent_twice_is_one_booking_and_a_changed_one_leads_to_it(sqlite_app: Flask) -> None:
    slot = make_slot()
    form = visit(elin(sqlite_app, slot), f"/personal/pass/{slot.id}/bokningar/ny")
    form.submit(form.forms[-1], {**PAPER, **ADA})

    again = form.submit(form.forms[-1], {**PAPER, **ADA})
    changed = form.submit(form.forms[-1], {**PAPER, **ADA, "barn-1-namn": "Bo"}, status=422)

    ref = value("SELECT ref FROM bookings")
    assert again.url.startswith(f"/personal/bokning/{ref}")
    assert changed.links["Öppna bokningen som blev gjord"] == f"/personal/bokning/{ref}"


def test_staff_add_correct_and_take_away_a_child_and_cancel_for_a_family(sqlite_app: Flask) -> None:
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    client = elin(sqlite_app, slot)
    form = visit(client, f"/personal/bokning/{ref}/barn")

    added = form.submit(form.forms[-1], {"namn": "Bo", "alder": "8"})
    assert "Barnet är tillagt" in added.text
    bo = children_of(ref)[1][0]
    form = visit(client, f"/personal/bokning/{ref}/barn/{bo}")
    form.submit(form.forms[1], {"namn": "Bosse", "alder": "10"})
    assert rows("SELECT name, age FROM participants WHERE id = :id", id=bo) == [("Bosse", 10)]
    form = visit(client, f"/personal/bokning/{ref}/barn/{bo}")
    form.submit(form.forms[2])
    assert [name for _, name in children_of(ref)] == ["Ada"]
    question = visit(client, f"/personal/bokning/{ref}/avbokning")
    done = question.submit(question.forms[-1])

    assert "Bokningen är avbokad" in done.text
    assert standing(ref) == "cancelled"


def test_a_contact_that_somebody_else_changed_meanwhile_is_shown_beside_ones_own(sqlite_app: Flask) -> None:
    """Requirement A14."""
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    client = elin(sqlite_app, slot)
    page = visit(client, f"/personal/bokning/{ref}")
    shown = page.submit(next(form for form in page.forms if "kontaktuppgifter" in form.action))
    hers = ContactDetails("Samira Ny", SAMIRA, "+46701112233")
    services.change_contact(ref, contact=hers, adults=1, needs="", act=act_at())

    refused = shown.submit(shown.forms[-1], {"namn": "Min Stavning"}, status=422)
    saved = refused.submit(refused.forms[-1])

    assert "Samira Ny" in refused.text
    assert "070-111 22 33" in refused.text
    assert refused.forms[-1].fields["namn"] == "Min Stavning"
    assert "Kontakten är ändrad" in saved.text
    assert value("SELECT name FROM contacts") == "Min Stavning"


def test_a_lost_letter_is_seen_with_the_servers_answer_and_sent_again(sqlite_app: Flask) -> None:
    """Requirement G3; the answer holds no address, since a look at that is noted."""
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    lose_letters()
    client = elin(sqlite_app, slot)
    page = visit(client, f"/personal/bokning/{ref}")
    assert "550 5.1.1 <…> unknown" in page.text
    assert SAMIRA not in page.html
    assert "Ett mejl kom inte fram" in visit(client, f"/personal/pass/{slot.id}/bokningar").text

    done = page.submit(next(form for form in page.forms if form.action.endswith("/brev")))

    assert "Ett nytt mejl är på väg" in done.text
    assert letters_to(SAMIRA) == ["seated", "seated"]


def test_the_trail_of_a_booking_says_who_did_what_to_who_may_read_it(sqlite_app: Flask) -> None:
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    client = elin(sqlite_app, slot)
    page = visit(client, f"/personal/bokning/{ref}")
    page.submit(next(form for form in page.forms if "kontaktuppgifter" in form.action))

    maj = visit(staff(sqlite_app, "Maj", Post(Role.COORDINATOR)), f"/personal/bokning/{ref}")

    assert "Tittade på kontakten Elin" in maj.text
    assert "Bokade Familjen" in maj.text
    assert "Vad som har gjorts" not in page.text
