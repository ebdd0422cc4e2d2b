"""What staff may that a family may not: book after closing time, without an address, beside another booking."""

from __future__ import annotations

import pytest
from flask import Flask

from booking.bookings import rules, services
from booking.bookings.rules import CallOutcome, Child, ContactDetails, Standing
from booking.kernel.refusal import Refused
from booking.outbox.services import claim, stop
from booking.programme.rules import SlotState
from tests.bookings.desk import desk_act
from tests.bookings.world import (
    DAY,
    HOUR,
    NOW,
    SAMIRA,
    MadeSlot,
    act_at,
    book,
    children_of,
    letters,
    letters_to,
    make_slot,
    new_key,
    pool,
    rows,
    run,
    value,
    wishes,
)

ALIAS = wishes("", phone="", adults=0)


def book_at_desk(slot: MadeSlot, wanted: rules.Wishes) -> services.Receipt:
    return services.book(slot.id, wishes=wanted, key=new_key(), act=desk_act())


def test_staff_book_after_closing_time_until_the_start_and_nobody_after_it(app: Flask) -> None:
    closed = make_slot(starts_at=NOW + 3 * HOUR, closes_at=NOW - HOUR)
    begun = make_slot(starts_at=NOW - HOUR / 2)

    assert book_at_desk(closed, wishes()).standing is Standing.SEATED
    with pytest.raises(rules.Closed):
        book(closed)
    with pytest.raises(rules.Started):
        book_at_desk(begun, wishes())


@pytest.mark.parametrize(
    ("world", "refused"),
    [
        ({"opens_at": NOW + DAY}, rules.NotOpenYet),
        ({"state": SlotState.DRAFT}, rules.NotPublished),
        ({"ages": (10, 12)}, rules.WrongAge),
        ({"seats": 0, "queue_limit": 0}, rules.NoQueue),
    ],
)
def test_what_else_refuses_a_family_refuses_staff(app: Flask, world: dict[str, object], refused: type[Refused]) -> None:
    slot = make_slot(**world)  # type: ignore[arg-type]  # one of its words each

    with pytest.raises(refused):
        book_at_desk(slot, wishes())


def test_a_family_with_a_code_name_leaves_neither_address_nor_number_and_no_letter(app: Flask) -> None:
    """Requirement H6: also where no adult stays and a family of its own would have to give a number."""
    slot = make_slot(adult_stays=False)

    receipt = book_at_desk(slot, ALIAS)
    services.cancel(receipt.ref, act=desk_act())

    assert rows("SELECT email, phone, address_key FROM contacts") == [("", "", "")]
    assert letters() == []


def test_two_families_under_the_librarys_own_address_are_two_bookings_and_each_child_is_there_once(app: Flask) -> None:
    """Requirement L1: whom staff book for is exempt; A11 holds all the same."""
    slot = make_slot()
    own = "biblioteket@example.org"
    book_at_desk(slot, wishes(own))

    second = rules.Wishes((Child("Cleo", 9),), ContactDetails("Karin", own), adults=1)
    book_at_desk(slot, second)

    with pytest.raises(rules.ChildAlreadyBooked):
        book_at_desk(slot, wishes(own))
    assert pool(slot) == (8, 2, 0)


def test_a_family_still_has_one_booking_for_its_address_beside_the_desks(app: Flask) -> None:
    slot = make_slot()
    book_at_desk(slot, wishes(SAMIRA))

    with pytest.raises(rules.ContactAlreadyBooked):
        book(slot, wishes(SAMIRA, children=2))


def test_staff_book_more_children_than_a_family_may_and_never_more_than_there_are_seats(app: Flask) -> None:
    slot = make_slot(seats=7)

    with pytest.raises(rules.PartyTooLarge):
        book(slot, children=7)
    receipt = book_at_desk(slot, wishes(children=7))

    assert len(children_of(receipt.ref)) == 7


def test_what_staff_do_stands_in_the_trail_under_their_number_and_without_a_value(app: Flask) -> None:
    """Requirement H10."""
    slot = make_slot()
    ref = book_at_desk(slot, wishes(SAMIRA, children=2)).ref
    child = children_of(ref)[0][0]

    services.look_at_contact(ref, act=desk_act())
    services.take_away(ref, child, act=desk_act())
    services.note_call(ref, outcome=CallOutcome.NO_ANSWER, act=desk_act())

    did = rows("SELECT verb, actor_kind, actor_ref FROM audit_entries WHERE subject LIKE 'booking:%' ORDER BY id")
    assert did == [(verb, "staff", "7") for verb in ("book", "look_at_contact", "take_away", "note_call")]
    assert rows("SELECT outcome, actor_ref FROM phone_calls") == [("no_answer", "7")]


def test_who_saves_a_contact_over_somebody_elses_change_is_refused_until_it_has_been_seen(app: Flask) -> None:
    """Requirement A14."""
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    seen = rules.contact_version(ContactDetails("Samira", SAMIRA, "+46701234567"), adults=1, needs="")
    mine, hers = ContactDetails("Samira A", SAMIRA), ContactDetails("Samira B", SAMIRA)
    services.change_contact(ref, contact=hers, adults=1, needs="", seen=seen, act=act_at())

    with pytest.raises(rules.ChangedMeanwhile):
        services.change_contact(ref, contact=mine, adults=1, needs="", seen=seen, act=desk_act())
    again = rules.contact_version(hers, adults=1, needs="")
    services.change_contact(ref, contact=mine, adults=1, needs="", seen=again, act=desk_act())

    assert value("SELECT name FROM contacts") == "Samira A"


def lose_letters() -> None:
    """The mail server refuses whatever waits, for good."""
    while due := claim(limit=40, act=act_at()):  # one at a time for each address
        for letter in due:
            stop(letter, answer=f"550 5.1.1 <{letter.recipient}> unknown", act=act_at())


def test_a_lost_letter_is_sent_again_as_things_stand_now_and_only_once(app: Flask) -> None:
    slot = make_slot(seats=1)
    first = book(slot)
    ref = book(slot, wishes(SAMIRA)).ref
    lose_letters()
    services.cancel(first.ref, act=act_at())
    lose_letters()

    services.send_again(ref, act=desk_act())
    services.send_again(ref, act=desk_act())

    assert letters_to(SAMIRA) == ["queued", "promoted", "seated"]
    states = rows("SELECT state FROM letters WHERE recipient = :to ORDER BY id", to=SAMIRA)
    assert states == [("withdrawn",), ("withdrawn",), ("waiting",)]


def test_a_lost_farewell_goes_again_as_it_was(app: Flask) -> None:
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    services.cancel(ref, act=act_at())
    lose_letters()

    services.send_again(ref, act=desk_act())

    assert rows("SELECT kind, state FROM letters ORDER BY id DESC")[0] == ("bookings/cancelled", "waiting")


def test_nothing_is_sent_again_once_it_is_over(app: Flask) -> None:
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    lose_letters()
    run("UPDATE letters SET state = 'stopped'")

    with pytest.raises(rules.Started):
        services.send_again(ref, act=act_at(NOW + 11 * DAY))
    assert rows("SELECT state FROM letters") == [("stopped",)]


def test_a_corrected_address_gets_the_letter_and_nothing_counts_as_lost_any_more(app: Flask) -> None:
    slot = make_slot()
    ref = book(slot, wishes("samria@example.org")).ref
    lose_letters()

    services.change_contact(ref, contact=ContactDetails("Samira", SAMIRA), adults=1, needs="", act=desk_act())

    assert letters_to(SAMIRA) == ["seated"]
    assert rows("SELECT count(*) FROM letters WHERE state = 'stopped'") == [(0,)]
