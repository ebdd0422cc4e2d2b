"""Staff write to a slot's families: each gets one letter in its language, which can be taken back for two minutes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from flask import Flask

from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.bookings import services
from booking.bookings.queries.messages import choices
from booking.bookings.rules import Child, ContactDetails, Wishes
from booking.bookings.rules.attendance import Presence, Turnout
from booking.bookings.rules.messages import (
    MessageSent,
    NobodyToWriteTo,
    NoSuchMessage,
    Note,
    Recipients,
    TooLateToTakeBack,
    paragraphs,
)
from booking.bookings.services import attendance
from booking.kernel.act import Act, Actor, ActorKind
from booking.outbox.rendering import render
from booking.outbox.services import claim
from booking.subscriptions import services as outer
from tests.bookings.crowd import at_once, results
from tests.bookings.desk import elin, lo
from tests.bookings.door import meeting_of, tapped
from tests.bookings.world import (
    DAY,
    HOUR,
    KARIN,
    NOW,
    ROLF,
    SAMIRA,
    MadeSlot,
    act_at,
    book,
    children_of,
    database_dump,
    fill,
    make_slot,
    new_key,
    rows,
    run,
    value,
    wishes,
)
from tests.page import Page, visit
from tests.support.queries import counted

MINUTE = dt.timedelta(minutes=1)
SHOES = "Ta med inneskor.\n\nVi ses!"
IN_ENGLISH = "Bring indoor shoes."


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def desk(now: dt.datetime = NOW) -> Act:
    return Act(Actor(ActorKind.STAFF, "7"), now)


def note(to: Recipients = Recipients.EVERYBODY, sv: str = SHOES, en: str = IN_ENGLISH) -> Note:
    return Note(to, sv, en)


def write(slot: MadeSlot, what: Note | None = None, *, key: str | None = None, now: dt.datetime = NOW) -> int:
    return services.write_to(slot.id, note=what or note(), key=key or new_key(), act=desk(now))


def told() -> list[tuple[str, str, str]]:
    """Recipient, language and state of each message's letter, oldest first."""
    found = rows("SELECT recipient, language, state FROM letters WHERE kind = 'bookings/message' ORDER BY id")
    return [(to, language, state) for to, language, state in found]


def payload(recipient: str) -> dict[str, Any]:
    found = value("SELECT payload FROM letters WHERE kind = 'bookings/message' AND recipient = :to", to=recipient)
    return json.loads(found) if isinstance(found, str) else dict(found)


def in_english(email: str) -> Wishes:
    return replace(wishes(), contact=ContactDetails("Rolf", email, "+46701234567", "en"))


def ref_of(email: str) -> str:
    found = "SELECT ref FROM bookings b JOIN contacts c ON c.id = b.contact_id WHERE c.email = :email"
    return str(value(found, email=email))


def newest_nonce(ref: str) -> bytes:
    found = "SELECT nonce FROM links WHERE purpose = 'manage' AND subject = :ref ORDER BY id DESC LIMIT 1"
    return bytes(value(found, ref=ref))


def people(*, seats: int = 4) -> MadeSlot:
    """Samira has two seats, Rolf, who reads English, one, a family without an address one; Karin waits."""
    slot = make_slot(seats=seats, meetings=3)
    book(slot, wishes(SAMIRA, children=2))
    book(slot, in_english(ROLF))
    services.book(slot.id, wishes=wishes("", phone=""), key=new_key(), act=desk())
    book(slot, wishes(KARIN))
    return slot


def test_each_family_gets_one_letter_in_its_language_with_its_own_link(app: Flask) -> None:
    slot = people()

    write(slot)

    assert told() == [(SAMIRA, "sv", "waiting"), (ROLF, "en", "waiting"), (KARIN, "sv", "waiting")]
    with app.test_request_context():
        samira = render("bookings/message", payload=payload(SAMIRA), language="sv")
        rolf = render("bookings/message", payload=payload(ROLF), language="en")
    assert "Ta med inneskor.\n\nVi ses!" in samira.text
    assert IN_ENGLISH in rolf.text
    assert "inneskor" not in rolf.text
    links = {line for words in (samira, rolf) for line in words.text.splitlines() if "/l/" in line}
    assert len(links) == 2
    assert samira.invitation is None


def test_without_english_words_english_families_read_the_swedish_ones(app: Flask) -> None:
    slot = people()

    write(slot, note(en=""))

    assert payload(ROLF)["paragraphs"] == [["Ta med inneskor."], ["Vi ses!"]]


@pytest.mark.parametrize(
    ("to", "written"),
    [(Recipients.SEATED, [SAMIRA, ROLF]), (Recipients.QUEUED, [KARIN]), (Recipients.EVERYBODY, [SAMIRA, ROLF, KARIN])],
)
def test_only_those_who_were_chosen_get_it(app: Flask, to: Recipients, written: list[str]) -> None:
    slot = people()

    write(slot, note(to))

    assert [recipient for recipient, *_ in told()] == written


def test_a_family_with_children_on_both_sides_is_among_both(app: Flask) -> None:
    slot = make_slot(seats=1)
    receipt = book(slot, wishes(SAMIRA))
    services.add_child(receipt.ref, child=Child("Bo", 9), key=new_key(), act=act_at())

    found = {choice.recipients: choice.letters for choice in choices(slot.id, now=NOW)}

    assert found == {Recipients.EVERYBODY: 1, Recipients.SEATED: 1, Recipients.QUEUED: 1}


def test_those_who_were_there_last_time_are_chosen_by_the_marks(app: Flask) -> None:
    slot = people()
    before = {choice.recipients for choice in choices(slot.id, now=NOW)}
    held = NOW + 10 * DAY
    (one, _), (other, _) = (children_of(ref_of(to))[0] for to in (SAMIRA, ROLF))
    marks = (tapped(one, Presence.PRESENT, at=held), tapped(other, Presence.ABSENT, at=held, number=2))
    attendance.note(meeting_of(slot), Turnout(marks, ()), act=act_at(held))

    write(slot, note(Recipients.PRESENT), now=held + 2 * HOUR)

    assert Recipients.PRESENT not in before
    assert [recipient for recipient, *_ in told()] == [SAMIRA]


def test_nobody_to_write_to_is_said_and_leaves_nothing(app: Flask) -> None:
    slot = make_slot()
    before = database_dump()

    with pytest.raises(NobodyToWriteTo):
        write(slot)

    assert database_dump() == before


def test_the_same_form_twice_is_one_message_and_a_changed_one_is_refused(app: Flask) -> None:
    slot, key = people(), new_key()

    numbers = {write(slot, key=key), write(slot, key=key, now=NOW + MINUTE)}
    with pytest.raises(MessageSent):
        write(slot, note(sv="Något annat."), key=key)

    assert len(numbers) == 1
    assert len(told()) == 3


def test_the_same_form_from_eight_browsers_at_once_is_one_message(app: Flask) -> None:
    slot, key = people(), new_key()

    numbers = results(at_once(app, [lambda: write(slot, key=key)] * 8))

    assert len(set(numbers)) == 1
    assert len(told()) == 3
    assert value("SELECT count(*) FROM slot_messages") == 1


def test_no_letter_leaves_for_two_minutes_and_until_then_all_can_be_taken_back(app: Flask) -> None:
    slot = people()
    run("UPDATE letters SET state = 'sent'")  # each reader gets letters in order: the earlier ones would hold it up
    number = write(slot)

    claimed = claim(limit=20, act=act_at(NOW + MINUTE))
    services.take_back_message(slot.id, number, act=desk(NOW + MINUTE))
    services.take_back_message(slot.id, number, act=desk(NOW + 3 * MINUTE))

    assert claimed == []
    assert {state for *_, state in told()} == {"withdrawn"}
    assert rows("SELECT verb, actor_ref FROM audit_entries WHERE subject = :one ORDER BY id", one=f"slot:{slot.id}")[
        -2:
    ] == [("write_to_families", "7"), ("take_back_message", "7")]


def test_after_two_minutes_it_is_too_late(app: Flask) -> None:
    slot = people()
    run("UPDATE letters SET state = 'sent'")
    number = write(slot)

    with pytest.raises(TooLateToTakeBack):
        services.take_back_message(slot.id, number, act=desk(NOW + 2 * MINUTE))

    assert {state for *_, state in told()} == {"waiting"}
    assert len(claim(limit=20, act=act_at(NOW + 2 * MINUTE))) == 3


def test_the_message_of_another_slot_is_none(app: Flask) -> None:
    slot, other = people(), make_slot()
    number = write(slot)

    with pytest.raises(NoSuchMessage):
        services.take_back_message(other.id, number, act=desk())


def test_the_words_stand_in_the_letters_alone(app: Flask) -> None:
    """Requirement H10: the trail knows that somebody wrote, not what."""
    slot = people()

    write(slot)

    dump = database_dump()
    assert [table for table, found in dump.items() if "inneskor" in repr(found)] == ["letters"]


def test_a_family_that_cancels_meanwhile_is_not_written_to(app: Flask) -> None:
    slot = people()
    write(slot)

    services.cancel(ref_of(ROLF), act=act_at(NOW + MINUTE))

    assert (ROLF, "en", "withdrawn") in told()


def test_a_family_with_a_new_address_gets_it_there_with_the_link_that_works(app: Flask) -> None:
    slot = people()
    number = write(slot)
    old_link = payload(SAMIRA)["link"]
    new = ContactDetails("Samira", "new@example.org", "+46701234567")

    services.change_contact(ref_of(SAMIRA), contact=new, adults=1, needs="", act=act_at(NOW + MINUTE))

    assert [one for one in told() if one[0] in (SAMIRA, new.email)] == [(new.email, "sv", "waiting")]
    assert payload(new.email)["link"] == accounts.letter_link(Purpose.MANAGE, newest_nonce(ref_of(new.email)))
    assert payload(new.email)["link"] != old_link
    services.take_back_message(slot.id, number, act=desk(NOW + MINUTE))
    assert {state for *_, state in told()} == {"withdrawn"}


def test_a_family_that_has_no_address_any_more_is_not_written_to(app: Flask) -> None:
    slot = people()
    write(slot)

    services.change_contact(
        ref_of(SAMIRA), contact=ContactDetails("Samira", ""), adults=1, needs="", act=desk(NOW + MINUTE)
    )

    assert (SAMIRA, "sv", "withdrawn") in told()


def test_the_letter_of_a_slot_that_is_called_off_does_not_say_that_it_takes_place(app: Flask) -> None:
    slot = people()
    outer.call_off(slot.id, reason_sv="Vattenläcka.", act=desk())

    write(slot, now=NOW + HOUR)

    assert payload(SAMIRA)["meetings"] == []


def test_what_is_written_after_the_last_meeting_still_arrives(app: Flask) -> None:
    slot = make_slot(starts_at=NOW + DAY)
    book(slot)
    late = NOW + 2 * DAY

    write(slot, now=late)

    assert value("SELECT not_after > due_at FROM letters WHERE kind = 'bookings/message'")


@pytest.mark.parametrize(
    ("words", "found"),
    [("a", [["a"]]), ("a\nb\n\n\n\nc", [["a", "b"], ["c"]]), ("\n\na\n", [["a"]]), ("", [])],
)
def test_blank_lines_part_paragraphs(words: str, found: list[list[str]]) -> None:
    assert paragraphs(words) == found


def test_markup_and_template_strings_stay_text(app: Flask) -> None:
    """Requirements C10 and G5."""
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    hostile = "<b>{{7*7}}</b> ${7*7} {% raw %} [x](javascript:alert(1)) <svg onload=x>"

    write(slot, note(sv=hostile))

    with app.test_request_context():
        words = render("bookings/message", payload=payload(SAMIRA), language="sv")
    assert hostile in words.text
    assert "<svg" not in words.html
    assert "<b>" not in words.html
    assert "{{7*7}}" in words.html
    assert "\n" not in words.subject
    assert hostile[:5] not in words.subject


def fill_in(client: Any, slot: MadeSlot, **others: str) -> Page:
    page = visit(client, f"/personal/pass/{slot.id}/meddelande")
    return page.submit(page.forms[-1], {"till": "everybody", "text": SHOES, "text-en": IN_ENGLISH, **others})


def test_the_letter_is_shown_before_it_is_sent_with_how_many_get_it_and_how_many_to_ring(sqlite_app: Flask) -> None:
    slot = people()
    client = elin(sqlite_app, slot)

    preview = fill_in(client, slot)

    assert "3 familjer får mejl." in preview.text
    assert "1 familj har ingen e-postadress" in preview.text
    assert ["Ta med inneskor." in one.text or IN_ENGLISH in one.text for one in preview.root.all("pre")] == [True, True]
    assert "/l/" not in preview.html
    assert SAMIRA not in preview.html
    assert "Bokningsnummer" not in preview.text
    assert told() == []

    sent = preview.submit(preview.forms[-1], button="Skicka 3 mejl")

    assert len(told()) == 3
    assert "Mejlen väntar. Du kan ta tillbaka dem till kl. 10.02" in sent.text
    back = sent.submit(sent.forms[1], button="Ta tillbaka meddelandet")
    assert "Tillbakataget. Ingen har läst det." in back.text
    assert {state for *_, state in told()} == {"withdrawn"}


def test_the_text_can_be_changed_after_a_look_at_it(sqlite_app: Flask) -> None:
    slot = people()
    preview = fill_in(elin(sqlite_app, slot), slot)

    again = preview.submit(preview.forms[-1], button="Ändra texten")

    assert again.forms[-1].fields["text"].strip() == SHOES
    assert again.forms[-1].fields["till"] == "everybody"
    assert told() == []


def test_what_is_wrong_is_said_and_what_was_typed_stays(sqlite_app: Flask) -> None:
    slot = make_slot()
    client = elin(sqlite_app, slot)
    page = visit(client, f"/personal/pass/{slot.id}/meddelande")

    empty = page.submit(page.forms[-1], {"text": "", "text-en": "Shoes"}, status=422)
    identity = page.submit(page.forms[-1], {"till": "everybody", "text": "Ring 20121212-1212"}, status=422)
    nobody = page.submit(page.forms[-1], {"till": "everybody", "text": "Hej"}, status=422)

    assert {name for name, _ in empty.errors} == {"till", "text"}
    assert empty.forms[-1].fields["text-en"] == "Shoes"
    assert identity.errors
    assert nobody.errors == [("till", "Det finns ingen familj bland dem du valde. Välj andra.")]


def test_another_library_finds_no_such_page_and_takes_nothing_back(sqlite_app: Flask) -> None:
    slot = people()
    number = write(slot)
    client = lo(sqlite_app)

    visit(client, f"/personal/pass/{slot.id}/meddelande", status=404)
    visit(client, f"/personal/pass/{slot.id}/meddelande/{number}/tillbaka", status=404)

    assert {state for *_, state in told()} == {"waiting"}


def test_the_page_costs_the_same_for_many_families_as_for_one(sqlite_app: Flask) -> None:
    slot = make_slot(seats=60)
    book(slot)
    client = elin(sqlite_app, slot)
    with counted() as few:
        visit(client, f"/personal/pass/{slot.id}/meddelande")
    fill(slot, parties=20)
    for _ in range(3):
        write(slot)

    with counted() as many:
        visit(client, f"/personal/pass/{slot.id}/meddelande")

    assert len(many) == len(few) <= 10
