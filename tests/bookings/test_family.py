"""What a family does with its booking, and what that does to the seats and the queue."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from booking.bookings import queries, rules, services
from booking.bookings.rules import Child, ContactDetails, Standing
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
    child_id,
    children_of,
    database_dump,
    fill,
    letters_to,
    make_slot,
    new_key,
    pool,
    rows,
    run,
    standing,
    standings,
    value,
    wishes,
)

BO, CLEO = Child("Bo", 9), Child("Cleo", 10)
OVER = NOW + 10 * DAY + HOUR


def add(ref: str, child: Child = BO, *, key: str | None = None, **others: Any) -> Standing:
    return services.add_child(ref, child=child, key=key or new_key(), act=act_at(**others))


def names(ref: str) -> list[str]:
    return [name for _, name in children_of(ref)]


# ---- cancelling ----


def test_cancelling_ends_children_keys_and_seats_and_keeps_the_row(app: Flask) -> None:
    slot = make_slot()
    samira = book(slot, wishes(SAMIRA, children=2))

    services.cancel(samira.ref, act=act_at(NOW + HOUR))

    assert rows("SELECT standing, contact_key, sequence FROM bookings") == [("cancelled", None, 1)]
    assert rows("SELECT child_key, left_at IS NULL FROM participants") in ([(None, False)] * 2, [(None, 0)] * 2)
    assert rows("SELECT was, actor_kind FROM cancellations") == [("seated", "public")]
    assert pool(slot) == (8, 0, 0)
    assert letters_to(SAMIRA) == ["seated", "cancelled"]


def test_cancelling_twice_is_cancelling_once(app: Flask) -> None:
    slot = make_slot()
    samira = book(slot, wishes(SAMIRA))
    services.cancel(samira.ref, act=act_at())
    before = database_dump()

    services.cancel(samira.ref, act=act_at(NOW + HOUR))

    assert database_dump() == before


def test_a_booking_is_not_cancelled_when_all_is_over_and_until_then_it_is(app: Flask) -> None:
    samira, rolf = book(make_slot(), wishes(SAMIRA)), book(make_slot(), wishes(ROLF))

    with pytest.raises(rules.Started):
        services.cancel(samira.ref, act=act_at(OVER))
    services.cancel(rolf.ref, act=act_at(OVER - HOUR / 60))

    assert (standing(samira.ref), standing(rolf.ref)) == (Standing.SEATED, Standing.CANCELLED)


@pytest.mark.parametrize("verb", ["cancel", "take_away", "add_child", "correct_child", "change_contact"])
def test_an_unknown_number_is_refused_by_every_verb(app: Flask, verb: str) -> None:
    with pytest.raises(rules.NotInBooking):
        _call(verb, "2345678")


@pytest.mark.parametrize("verb", ["take_away", "add_child", "correct_child", "change_contact"])
def test_what_is_cancelled_is_not_changed(app: Flask, verb: str) -> None:
    samira = book(make_slot(), wishes(SAMIRA))
    child = child_id(samira.ref, "Ada")
    services.cancel(samira.ref, act=act_at())
    before = database_dump()

    with pytest.raises((rules.BookingEnded, rules.NotInBooking)):
        _call(verb, samira.ref, child)

    assert database_dump() == before


@pytest.mark.parametrize("verb", ["cancel", "take_away", "add_child", "correct_child", "change_contact"])
def test_nothing_is_changed_when_all_is_over(app: Flask, verb: str) -> None:
    samira = book(make_slot(), wishes(SAMIRA, children=2))
    before = database_dump()

    with pytest.raises(rules.Started):
        _call(verb, samira.ref, child_id(samira.ref, "Ada"), now=OVER)

    assert database_dump() == before


@pytest.mark.parametrize("verb", ["cancel", "take_away", "add_child", "correct_child", "change_contact"])
def test_nothing_is_changed_in_what_was_called_off(app: Flask, verb: str) -> None:
    slot = make_slot()
    samira = book(slot, wishes(SAMIRA, children=2))
    services.call_off(slot.id, reason_sv="Vattenläcka i lokalen.", act=act_at())
    before = database_dump()

    with pytest.raises(rules.CalledOff):
        _call(verb, samira.ref, child_id(samira.ref, "Ada"))

    assert database_dump() == before


# ---- taking away ----


def test_taking_one_child_away_gives_its_seat_to_the_queue_and_leaves_the_others(app: Flask) -> None:
    slot = make_slot(seats=2)
    samira = book(slot, wishes(SAMIRA, children=2))
    rolf = book(slot, wishes(ROLF))

    services.take_away(samira.ref, child_id(samira.ref, "Ada"), act=act_at())

    assert names(samira.ref) == ["Bo"]
    assert (standing(samira.ref), standing(rolf.ref)) == (Standing.SEATED, Standing.SEATED)
    assert letters_to(SAMIRA) == ["seated", "child_cancelled"]
    assert pool(slot) == (2, 2, 0)


def test_taking_the_last_child_away_cancels(app: Flask) -> None:
    slot = make_slot()
    samira = book(slot, wishes(SAMIRA))

    services.take_away(samira.ref, child_id(samira.ref, "Ada"), act=act_at())

    assert standing(samira.ref) is Standing.CANCELLED
    assert letters_to(SAMIRA) == ["seated", "cancelled"]


def test_a_child_is_taken_away_once(app: Flask) -> None:
    slot = make_slot()
    samira = book(slot, wishes(SAMIRA, children=2))
    ada = child_id(samira.ref, "Ada")
    services.take_away(samira.ref, ada, act=act_at())

    with pytest.raises(rules.NotInBooking):
        services.take_away(samira.ref, ada, act=act_at())

    assert pool(slot) == (8, 1, 0)


def test_nobody_takes_away_another_family_s_child(app: Flask) -> None:
    slot = make_slot()
    samira, rolf = book(slot, wishes(SAMIRA)), book(slot, wishes(ROLF, children=2))

    with pytest.raises(rules.NotInBooking):
        services.take_away(samira.ref, child_id(rolf.ref, "Ada"), act=act_at())
    with pytest.raises(rules.NotInBooking):
        services.correct_child(samira.ref, child_id(rolf.ref, "Bo"), child=CLEO, act=act_at())

    assert names(rolf.ref) == ["Ada", "Bo"]


def test_a_child_that_was_taken_away_may_come_back(app: Flask) -> None:
    samira = book(make_slot(), wishes(SAMIRA, children=2))
    services.take_away(samira.ref, child_id(samira.ref, "Bo"), act=act_at())

    add(samira.ref, BO)

    assert names(samira.ref) == ["Ada", "Bo"]


# ---- adding ----


def test_an_added_child_joins_the_booking_where_there_is_a_seat(app: Flask) -> None:
    slot = make_slot()
    samira = book(slot, wishes(SAMIRA))

    assert add(samira.ref) is Standing.SEATED

    assert standings(slot) == {"seated": 1}
    assert names(samira.ref) == ["Ada", "Bo"]
    assert pool(slot) == (8, 2, 0)
    assert letters_to(SAMIRA) == ["seated", "child_added"]


def test_an_added_child_queues_alone_where_there_is_none_and_is_promoted_alone(app: Flask) -> None:
    slot = make_slot(seats=2)
    samira = book(slot, wishes(SAMIRA))
    rolf = book(slot, wishes(ROLF))

    assert add(samira.ref) is Standing.QUEUED
    part = value("SELECT ref FROM bookings WHERE part_of_id IS NOT NULL")
    assert (standing(samira.ref), standing(part)) == (Standing.SEATED, Standing.QUEUED)
    assert pool(slot) == (2, 2, 1)

    services.cancel(rolf.ref, act=act_at())
    assert standing(part) is Standing.SEATED
    assert pool(slot) == (2, 2, 0)
    assert letters_to(SAMIRA) == ["seated", "child_added", "promoted"]
    assert _last_letter_opens(samira.ref)


def test_an_added_child_does_not_pass_those_who_wait(app: Flask) -> None:
    slot = make_slot(seats=3)
    samira = book(slot, wishes(SAMIRA))
    fill(slot, parties=1, children=2)
    book(slot, wishes(ROLF, children=2))
    run("UPDATE bookings SET passed_over = 3 WHERE standing = 'queued'")
    services.take_away(samira.ref, child_id(samira.ref, "Ada"), act=act_at())
    assert pool(slot) == (3, 2, 1)
    karin = book(slot, wishes(KARIN))

    assert karin.standing is Standing.QUEUED
    assert add(karin.ref) is Standing.QUEUED


def test_shrinking_to_get_in_and_growing_again_does_not_jump_the_queue(app: Flask) -> None:
    """Requirement L10: the children who come back stand last."""
    slot = make_slot(seats=3)
    fill(slot, parties=2)
    samira = book(slot, wishes(SAMIRA, children=2))
    run("UPDATE bookings SET passed_over = 3 WHERE standing = 'queued'")
    rolf = book(slot, wishes(ROLF, children=3))

    services.take_away(samira.ref, child_id(samira.ref, "Bo"), act=act_at())
    assert add(samira.ref) is Standing.QUEUED

    assert standing(samira.ref) is Standing.SEATED
    numbers = rows("SELECT queue_number FROM bookings WHERE standing = 'queued' ORDER BY id")
    assert numbers == [(2,), (3,)]
    assert services.receipt_of(rolf.ref).queue_place == 1


def test_an_added_child_passes_a_larger_party_like_anybody(app: Flask) -> None:
    slot = make_slot(seats=3)
    samira = book(slot, wishes(SAMIRA, children=2))
    book(slot, wishes(ROLF, children=2))

    assert add(samira.ref, CLEO) is Standing.SEATED

    assert pool(slot) == (3, 3, 1)
    assert letters_to(SAMIRA) == ["seated", "child_added"]
    assert value("SELECT passed_over FROM bookings WHERE standing = 'queued'") == 1


def test_the_same_child_is_not_added_twice_and_a_used_key_adds_nobody_else(app: Flask) -> None:
    slot = make_slot(seats=1)
    samira = book(slot, wishes(SAMIRA))
    key = new_key()
    add(samira.ref, BO, key=key)
    before = database_dump()

    for child, used, refusal in (
        (BO, key, rules.ChildAlreadyBooked),
        (Child("bo", 9), new_key(), rules.ChildAlreadyBooked),
        (CLEO, key, rules.KeyUsed),
    ):
        with pytest.raises(refusal):
            add(samira.ref, child, key=used)

    assert database_dump() == before


def test_a_family_grows_to_the_limit_parts_included(app: Flask) -> None:
    slot = make_slot(seats=5)
    samira = book(slot, wishes(SAMIRA, children=4))
    assert add(samira.ref, Child("Elis", 9)) is Standing.SEATED
    assert add(samira.ref, Child("Frej", 9)) is Standing.QUEUED

    with pytest.raises(rules.PartyTooLarge):
        add(samira.ref, Child("Gry", 9))

    assert len(names(samira.ref)) == 6


@pytest.mark.parametrize(
    ("change", "child", "refusal"),
    [
        ("UPDATE slots SET state = 'called_off'", BO, rules.CalledOff),
        ("UPDATE slots SET closes_at = starts_at", BO, rules.Started),
        ("UPDATE slots SET admission = 'drop_in'", BO, rules.NoBookingNeeded),
        ("UPDATE slots SET age_max = 9", CLEO, rules.WrongAge),
        ("UPDATE seat_pools SET seats = 1, queue_limit = 0", BO, rules.NoQueue),
    ],
)
def test_an_added_child_is_refused_as_a_booking_is(
    app: Flask, change: str, child: Child, refusal: type[Exception]
) -> None:
    samira = book(make_slot(), wishes(SAMIRA))
    run(change)
    before = database_dump()

    with pytest.raises(refusal):
        add(samira.ref, child, now=NOW + 10 * DAY if refusal is rules.Started else NOW)

    assert database_dump() == before


def test_a_full_queue_refuses_an_added_child_too(app: Flask) -> None:
    slot = make_slot(seats=1, queue_limit=1)
    samira = book(slot, wishes(SAMIRA))
    book(slot, wishes(ROLF))

    with pytest.raises(rules.QueueFull):
        add(samira.ref)


# ---- a family in parts ----


def test_cancelling_a_family_cancels_every_part_with_one_letter(app: Flask) -> None:
    slot, samira = _family_in_parts()

    services.cancel(samira, act=act_at())

    assert standings(slot) == {"seated": 1, "cancelled": 3}
    assert pool(slot) == (2, 1, 0)
    assert letters_to(SAMIRA) == ["seated", "child_added", "child_added", "cancelled"]
    assert value("SELECT count(*) FROM participants WHERE child_key IS NOT NULL") == 1


def test_letters_about_one_child_of_several_say_so(app: Flask) -> None:
    slot, samira = _family_in_parts()
    added = _payloads("bookings/child_added")

    services.take_away(samira, child_id(samira, "Ada"), act=act_at())

    assert [(told["standing"], told["queue_place"]) for told in added] == [("queued", 1), ("queued", 2)]
    [promoted] = _payloads("bookings/promoted")
    assert (promoted["children"], promoted["others"], promoted["ref"]) == (1, True, samira)
    assert pool(slot) == (2, 2, 1)


def test_a_family_that_is_promoted_whole_hears_nothing_of_others(app: Flask) -> None:
    slot = make_slot(seats=1)
    rolf = book(slot, wishes(ROLF))
    book(slot, wishes(SAMIRA))

    services.cancel(rolf.ref, act=act_at())

    [promoted] = _payloads("bookings/promoted")
    assert (promoted["others"], promoted["adult_stays"]) == (False, True)


def test_the_letter_after_leaving_the_queue_knows_that_there_was_no_seat(app: Flask) -> None:
    slot = make_slot(seats=1)
    rolf, samira = book(slot, wishes(ROLF)), book(slot, wishes(SAMIRA))

    services.cancel(samira.ref, act=act_at())
    services.cancel(rolf.ref, act=act_at())

    assert [told["standing"] for told in _payloads("bookings/cancelled")] == ["queued", "seated"]


def test_a_queued_part_is_taken_away_without_touching_the_others(app: Flask) -> None:
    slot, samira = _family_in_parts()

    services.take_away(samira, child_id(samira, "Bo"), act=act_at())

    assert names(samira) == ["Ada", "Cleo"]
    assert pool(slot) == (2, 2, 1)
    assert letters_to(SAMIRA)[-1] == "child_cancelled"


def test_when_the_first_child_leaves_the_waiting_ones_go_on_under_the_same_number(app: Flask) -> None:
    slot, samira = _family_in_parts()

    services.take_away(samira, child_id(samira, "Ada"), act=act_at())

    # The seat that the first one left went to the family's own next child: nobody stood before it.
    assert names(samira) == ["Bo", "Cleo"]
    assert standings(slot) == {"seated": 2, "queued": 1, "cancelled": 1}
    assert pool(slot) == (2, 2, 1)
    with pytest.raises(rules.ContactAlreadyBooked):
        book(slot, wishes(SAMIRA))
    assert value("SELECT count(*) FROM bookings WHERE contact_key IS NOT NULL") == 2
    family = queries.coming_families(_address_key(), now=NOW)
    assert [(one.ref, one.standing, one.children) for one in family] == [(samira, Standing.SEATED, 2)]
    services.cancel(samira, act=act_at())
    assert standings(slot) == {"seated": 1, "cancelled": 3}
    assert book(slot, wishes(SAMIRA)).standing is Standing.SEATED


def test_the_parts_of_a_family_count_as_one_booking_of_the_address(app: Flask) -> None:
    _, samira = _family_in_parts()
    limit = app.extensions["kodplats"].live_bookings_per_address

    for _ in range(limit - 1):
        book(make_slot(), wishes(SAMIRA))
    with pytest.raises(rules.TooManyBookings):
        book(make_slot(), wishes(SAMIRA))

    services.take_away(samira, child_id(samira, "Ada"), act=act_at())
    with pytest.raises(rules.TooManyBookings):
        book(make_slot(), wishes(SAMIRA))


# ---- correcting, contact ----


def test_a_name_is_written_right_and_guards_the_child_under_the_new_name(app: Flask) -> None:
    samira = book(make_slot(), wishes(SAMIRA, children=2))

    services.correct_child(samira.ref, child_id(samira.ref, "Ada"), child=Child("Adda", 9), act=act_at())

    assert names(samira.ref) == ["Adda", "Bo"]
    assert letters_to(SAMIRA) == ["seated"]
    add(samira.ref, Child("Ada", 9))
    with pytest.raises(rules.ChildAlreadyBooked):
        add(samira.ref, Child("adda", 9))


def test_a_child_is_not_corrected_into_a_sibling_or_out_of_the_ages(app: Flask) -> None:
    samira = book(make_slot(ages=(8, 12)), wishes(SAMIRA, children=2))
    ada = child_id(samira.ref, "Ada")

    with pytest.raises(rules.ChildAlreadyBooked):
        services.correct_child(samira.ref, ada, child=Child("BO", 9), act=act_at())
    with pytest.raises(rules.WrongAge):
        services.correct_child(samira.ref, ada, child=Child("Ada", 13), act=act_at())
    services.correct_child(samira.ref, ada, child=Child("Ada", 12), act=act_at())

    assert value("SELECT age FROM participants WHERE name = 'Ada'") == 12


def test_a_new_address_gets_the_letter_with_the_link_and_guards_the_booking(app: Flask) -> None:
    slot = make_slot()
    samira = book(slot, wishes(SAMIRA))

    _change_contact(samira.ref, KARIN, adults=2, needs="teckenspråk")

    assert letters_to(KARIN) == ["seated"]
    assert _last_letter_opens(samira.ref)
    assert rows("SELECT name, email, phone FROM contacts") == [("Karin", KARIN, "+46709999999")]
    assert rows("SELECT adults, needs FROM bookings") == [(2, "teckenspråk")]
    with pytest.raises(rules.ContactAlreadyBooked):
        book(slot, wishes(KARIN))
    book(slot, wishes(SAMIRA))  # the old address is free again, and so is the name Ada under it


def test_a_new_address_ends_the_old_link_and_the_old_address_hears_that_it_was_changed(app: Flask) -> None:
    samira = book(make_slot(), wishes(SAMIRA))

    link = _change_contact(samira.ref, KARIN)

    assert letters_to(SAMIRA) == ["seated", "address_changed"]
    assert rows("SELECT id FROM links WHERE revoked_at IS NULL") == [(link,)]
    assert link != samira.link_id
    told = value("SELECT CAST(payload AS TEXT) FROM letters WHERE kind = 'bookings/address_changed'")
    assert not [word for word in ("nonce", "karin", "Karin") if word in told]
    assert services.receipt_of(samira.ref).link_id == link


def test_a_new_address_of_a_family_in_parts_gets_one_letter_that_promises_no_seat_to_those_who_wait(app: Flask) -> None:
    _, samira = _family_in_parts()

    _change_contact(samira, KARIN)

    assert letters_to(KARIN) == ["seated"]
    assert _payloads("bookings/seated")[-1]["others"] is True


def test_an_address_that_is_changed_gets_nothing_more_that_waited_but_the_farewell(app: Flask) -> None:
    slot = make_slot()
    samira = book(slot, wishes(SAMIRA))

    _change_contact(samira.ref, KARIN)
    _change_contact(samira.ref, ROLF)

    found = rows("SELECT kind, recipient, state FROM letters ORDER BY id")
    assert [(kind.removeprefix("bookings/"), to, state) for kind, to, state in found] == [
        ("seated", SAMIRA, "withdrawn"),
        ("address_changed", SAMIRA, "waiting"),
        ("seated", KARIN, "withdrawn"),
        ("address_changed", KARIN, "waiting"),
        ("seated", ROLF, "waiting"),
    ]


def test_the_farewell_wins_over_the_entry_and_the_new_addresss_entry_over_the_farewell(app: Flask) -> None:
    samira = book(make_slot(), wishes(SAMIRA))

    _change_contact(samira.ref, KARIN)

    mailed = _payloads("bookings/seated") + _payloads("bookings/address_changed")
    numbers = {(told["calendar"]["method"], told["calendar"]["entries"][0]["sequence"]) for told in mailed}
    assert numbers == {("REQUEST", 0), ("CANCEL", 1), ("REQUEST", 2)}


def test_an_adult_stays_also_after_a_change_of_contact(app: Flask) -> None:
    samira, rolf = book(make_slot(), wishes(SAMIRA)), book(make_slot(adult_stays=False), wishes(ROLF))
    before = database_dump()

    with pytest.raises(rules.AdultMissing):
        _change_contact(samira.ref, SAMIRA, adults=0)
    assert database_dump() == before
    _change_contact(rolf.ref, ROLF, adults=0)

    assert value("SELECT adults FROM bookings WHERE ref = :ref", ref=rolf.ref) == 0


def test_changing_anything_but_the_address_sends_no_letter(app: Flask) -> None:
    samira = book(make_slot(), wishes(SAMIRA))

    assert _change_contact(samira.ref, SAMIRA.upper()) is None

    assert letters_to(SAMIRA) == ["seated"]
    assert letters_to(SAMIRA.upper()) == []


def test_an_address_does_not_get_a_second_booking_by_way_of_a_change(app: Flask) -> None:
    slot = make_slot()
    samira = book(slot, wishes(SAMIRA))
    book(slot, wishes(KARIN))
    before = database_dump()

    with pytest.raises(rules.ContactAlreadyBooked):
        _change_contact(samira.ref, KARIN)

    assert database_dump() == before


def test_an_address_does_not_get_more_bookings_than_the_cap_by_way_of_a_change(app: Flask) -> None:
    for _ in range(app.extensions["kodplats"].live_bookings_per_address):
        book(make_slot(), wishes(KARIN))
    samira = book(make_slot(), wishes(SAMIRA))

    with pytest.raises(rules.TooManyBookings):
        _change_contact(samira.ref, KARIN)


def test_the_phone_number_stays_required_where_no_adult_stays(app: Flask) -> None:
    samira = book(make_slot(adult_stays=False), wishes(SAMIRA))

    with pytest.raises(rules.PhoneMissing):
        _change_contact(samira.ref, SAMIRA, phone="")


def test_a_change_of_address_moves_every_part_of_the_family(app: Flask) -> None:
    slot, samira = _family_in_parts()

    _change_contact(samira, KARIN)

    with pytest.raises(rules.ContactAlreadyBooked):
        book(slot, wishes(KARIN))
    fresh = book(slot, wishes(SAMIRA, children=2))
    assert fresh.standing is Standing.QUEUED
    services.cancel(samira, act=act_at())
    assert letters_to(KARIN) == ["seated", "cancelled"]


def test_a_family_may_give_its_seats_back_when_the_workshop_has_become_a_groups(app: Flask) -> None:
    made = make_slot()
    samira = book(made, wishes(SAMIRA))
    run("UPDATE slots SET admission = 'closed_group'")

    services.cancel(samira.ref, act=act_at())

    assert pool(made) == (8, 0, 0)


def _family_in_parts() -> tuple[MadeSlot, str]:
    """Samira's Ada and Rolf's child have the two seats; Ada's siblings Bo and Cleo wait, each as a part of its own."""
    slot = make_slot(seats=2)
    samira = book(slot, wishes(SAMIRA))
    book(slot, wishes(ROLF))
    assert (add(samira.ref, BO), add(samira.ref, CLEO)) == (Standing.QUEUED, Standing.QUEUED)
    return slot, samira.ref


def _call(verb: str, ref: str, child: int = 1, *, now: Any = NOW) -> None:
    given: dict[str, Any] = {
        "cancel": {},
        "take_away": {"child_id": child},
        "add_child": {"child": CLEO, "key": new_key()},
        "correct_child": {"child_id": child, "child": CLEO},
        "change_contact": {"contact": ContactDetails("Karin", KARIN, "+46709999999"), "adults": 1, "needs": ""},
    }
    getattr(services, verb)(ref, act=act_at(now), **given[verb])


def _change_contact(
    ref: str, email: str, *, phone: str = "+46709999999", adults: int = 1, needs: str = ""
) -> int | None:
    contact = ContactDetails("Karin", email, phone)
    return services.change_contact(ref, contact=contact, adults=adults, needs=needs, act=act_at())


def _last_letter_opens(ref: str) -> bool:
    """Whether the newest letter carries the nonce of the booking's own link."""
    payload = value("SELECT CAST(payload AS TEXT) FROM letters ORDER BY id DESC")
    nonce = value("SELECT nonce FROM links WHERE subject = :ref AND revoked_at IS NULL", ref=ref)
    return bytes(nonce).hex() in payload


def _payloads(kind: str) -> list[dict[str, Any]]:
    """What the letters of a kind carry, oldest first."""
    found = rows("SELECT CAST(payload AS TEXT) FROM letters WHERE kind = :kind ORDER BY id", kind=kind)
    return [json.loads(told) for (told,) in found]


def _address_key() -> str:
    return str(value("SELECT address_key FROM contacts WHERE email = :email", email=SAMIRA))
