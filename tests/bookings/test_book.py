"""Booking on both databases: what is stored, which letter goes, what is refused in which order."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from booking.bookings import queries, rules, services
from booking.bookings.rules import Child, ContactDetails, Standing, Wishes
from booking.bookings.services import keys
from booking.kernel import token as tokens
from booking.kernel.act import Act
from booking.kernel.refusal import Refused
from booking.outbox import services as outbox
from booking.programme.rules import Admission, SlotState
from booking.store import db
from tests.bookings.visitors import hidden_fields
from tests.bookings.world import (
    DAY,
    HOUR,
    KARIN,
    NOW,
    ROLF,
    SAMIRA,
    act_at,
    book,
    children_of,
    database_dump,
    fill,
    letters,
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
from tests.support.queries import counted


def test_given_free_seats_when_samira_books_two_children_then_both_are_seated_and_a_letter_says_so(app: Flask) -> None:
    slot = make_slot(seats=8)

    receipt = book(slot, wishes(SAMIRA, children=2, adults=1, needs="en lugn plats"))

    assert (receipt.standing, receipt.queue_place, receipt.fresh) == (Standing.SEATED, None, True)
    assert pool(slot) == (8, 2, 0)
    assert [name for _, name in children_of(receipt.ref)] == ["Ada", "Bo"]
    assert rows("SELECT party, adults, needs, queue_number FROM bookings") == [(2, 1, "en lugn plats", None)]
    assert letters() == [("seated", SAMIRA)]
    assert rows("SELECT verb, actor_kind FROM audit_entries WHERE subject LIKE 'booking:%'") == [("book", "public")]


def test_given_a_full_slot_when_rolf_books_then_he_queues_whole_and_hears_his_place(app: Flask) -> None:
    slot = make_slot(seats=3)
    fill(slot, parties=3)
    book(slot, wishes(SAMIRA))

    receipt = book(slot, wishes(ROLF, children=3))

    assert (receipt.standing, receipt.queue_place) == (Standing.QUEUED, 2)
    assert pool(slot) == (3, 3, 2)
    assert rows("SELECT queue_number FROM bookings ORDER BY id")[3:] == [(1,), (2,)]
    assert letters_to(ROLF) == ["queued"]
    assert json.loads(value("SELECT CAST(payload AS TEXT) FROM letters ORDER BY id DESC"))["queue_place"] == 2


def test_given_one_seat_when_a_party_of_two_books_then_the_family_is_not_split(app: Flask) -> None:
    slot = make_slot(seats=3)
    fill(slot, parties=2)

    receipt = book(slot, children=2)

    assert receipt.standing is Standing.QUEUED
    assert pool(slot) == (3, 2, 1)


def test_given_a_large_party_in_the_queue_when_one_child_that_fits_books_then_it_is_seated_past_it(app: Flask) -> None:
    slot = make_slot(seats=3)
    fill(slot, parties=2)
    book(slot, wishes(SAMIRA, children=3))

    receipt = book(slot, wishes(ROLF))

    assert (receipt.standing, receipt.queue_place) == (Standing.SEATED, None)
    assert pool(slot) == (3, 3, 1)
    assert letters_to(ROLF) == ["seated"]
    assert letters_to(SAMIRA) == ["queued"]
    assert value("SELECT passed_over FROM bookings WHERE standing = 'queued'") == 1


def test_accompanying_adults_take_no_seat(app: Flask) -> None:
    slot = make_slot(seats=2)

    book(slot, wishes(SAMIRA, children=2, adults=2))

    assert pool(slot) == (2, 2, 0)


def test_no_letter_carries_what_the_booker_typed(app: Flask) -> None:
    slot = make_slot()
    party = (Child("Kanariefågel", 9),)
    contact = ContactDetails("Papegoja", SAMIRA, "+46701112233")

    book(slot, Wishes(party, contact, adults=1, needs="kolibri"))

    letter = value("SELECT CAST(payload AS TEXT) FROM letters")
    assert not [word for word in ("Kanarief", "Papegoja", "701112233", "kolibri", SAMIRA) if word in letter]


def test_the_manage_link_ends_thirty_days_after_the_last_meeting_of_a_club(app: Flask) -> None:
    slot = make_slot(meetings=6)

    book(slot)

    # An hour later in UTC: the wall time stays when the clocks change on 25 October.
    last = NOW + 10 * DAY + 5 * 7 * DAY + 2 * HOUR
    assert _instant(value("SELECT ends_at FROM links")) == last + 30 * DAY


def test_a_letter_is_of_no_use_after_the_last_meeting(app: Flask) -> None:
    slot = make_slot(meetings=2)

    book(slot)

    assert _instant(value("SELECT not_after FROM letters")) == NOW + 17 * DAY + HOUR


def test_a_club_may_be_booked_after_its_first_meeting_when_it_says_so(app: Flask) -> None:
    slot = make_slot(meetings=6, starts_at=NOW - 3 * DAY, closes_at=NOW + 20 * DAY, opens_at=NOW - 30 * DAY)

    receipt = book(slot)

    assert receipt.standing is Standing.SEATED
    assert len(json.loads(value("SELECT CAST(payload AS TEXT) FROM letters"))["meetings"]) == 6


def test_staff_book_without_an_address_as_often_as_they_need_and_no_letter_goes(app: Flask) -> None:
    slot = make_slot()

    book(slot, wishes(""))
    book(slot, wishes(""))

    assert pool(slot) == (8, 2, 0)
    assert letters() == []


# ---- refusals ----


@pytest.mark.parametrize(
    ("slot", "refusal"),
    [
        ({"state": SlotState.DRAFT}, rules.NotPublished),
        ({"state": SlotState.CALLED_OFF}, rules.CalledOff),
        ({"admission": Admission.DROP_IN}, rules.NoBookingNeeded),
        ({"admission": Admission.CLOSED_GROUP}, rules.ClosedGroup),
        ({"opens_at": NOW + HOUR}, rules.NotOpenYet),
        ({"closes_at": NOW}, rules.Closed),
        ({"starts_at": NOW - HOUR / 2}, rules.Started),
        ({"ages": (10, 12)}, rules.WrongAge),
        ({}, rules.AdultMissing),
        ({"adult_stays": False}, rules.PhoneMissing),
    ],
)
def test_what_is_refused_leaves_no_trace(app: Flask, slot: dict[str, Any], refusal: type[Exception]) -> None:
    made = make_slot(**slot)
    before = database_dump()

    with pytest.raises(refusal):
        book(made, wishes(SAMIRA, phone="", adults=0))

    assert database_dump() == before


def test_a_slot_that_does_not_exist_is_refused(app: Flask) -> None:
    with pytest.raises(rules.NotPublished):
        services.book(4711, wishes=wishes(), key=new_key(), act=act_at())


def test_refusals_come_in_the_order_of_the_design(app: Flask) -> None:
    """One booking that is wrong in every way; each step mends the first fault, and the next one is told."""
    slot = make_slot(
        seats=2,
        state=SlotState.DRAFT,
        opens_at=NOW + HOUR,
        closes_at=NOW + 2 * HOUR,
        queue_limit=0,
        adult_stays=False,
        starts_at=NOW + 2 * HOUR,
    )
    seven = wishes(SAMIRA, children=7, ages=7, phone="")
    steps: list[tuple[str, Wishes]] = [
        ("state = 'draft'", seven),
        ("state = 'called_off'", seven),
        ("state = 'published'", seven),
        (f"opens_at = '{_stored(NOW - DAY)}', closes_at = '{_stored(NOW)}'", seven),
        (f"starts_at = '{_stored(NOW - HOUR)}'", seven),
        (f"closes_at = '{_stored(NOW + HOUR)}'", seven),
        ("age_min = 7", seven),
    ]

    met = [_refusal(slot.id, wanted, change) for change, wanted in steps]
    met.append(_refusal(slot.id, wishes(SAMIRA, children=3, ages=9, phone="")))
    _set(slot.id, "adult_stays = true")
    book(slot, wishes(SAMIRA, children=2))
    _set(slot.id, "adult_stays = false")
    met.append(_refusal(slot.id, wishes(SAMIRA, children=7, phone="")))
    met.append(_refusal(slot.id, wishes(ROLF, children=1, phone="")))
    run("UPDATE seat_pools SET queue_limit = 1")
    met.append(_refusal(slot.id, wishes(ROLF, children=1, phone="")))
    book(slot, wishes(KARIN))
    met.append(_refusal(slot.id, wishes(ROLF, children=1, phone="")))

    assert met == [
        rules.NotPublished,
        rules.CalledOff,
        rules.NotOpenYet,
        rules.Closed,
        rules.Started,
        rules.WrongAge,
        rules.PartyTooLarge,
        rules.PartyTooLarge,
        rules.ContactAlreadyBooked,
        rules.NoQueue,
        rules.PhoneMissing,
        rules.QueueFull,
    ]


def test_the_adult_who_must_stay_is_asked_for_after_the_ages_and_before_anything_of_seats(app: Flask) -> None:
    slot = make_slot(seats=1, queue_limit=0)
    book(slot)

    met = [_refusal(slot.id, wishes(SAMIRA, ages=age, adults=adults)) for age, adults in ((7, 0), (9, 0), (9, 1))]

    assert met == [rules.WrongAge, rules.AdultMissing, rules.NoQueue]


def test_a_party_that_all_seats_together_could_not_hold_is_refused_instead_of_waiting_for_ever(app: Flask) -> None:
    slot = make_slot(seats=4)

    with pytest.raises(rules.PartyTooLarge) as refused:
        book(slot, children=5)

    assert refused.value.values == {"limit": 4}


def test_a_family_that_has_a_seat_hears_so_and_not_that_the_slot_is_full(app: Flask) -> None:
    slot = make_slot(seats=1, queue_limit=0)
    book(slot, wishes(SAMIRA))

    with pytest.raises(rules.ContactAlreadyBooked):
        book(slot, wishes(SAMIRA))


def test_a_full_queue_refuses_also_where_a_seat_is_kept_for_a_large_party(app: Flask) -> None:
    slot = make_slot(seats=3, queue_limit=1)
    fill(slot, parties=2)
    book(slot, children=3)
    run("UPDATE bookings SET passed_over = 3 WHERE standing = 'queued'")

    with pytest.raises(rules.QueueFull):
        book(slot)

    assert pool(slot) == (3, 2, 1)


# ---- once and only once ----


def test_the_same_form_twice_is_one_booking_with_one_letter_and_the_same_answer(app: Flask) -> None:
    slot = make_slot(seats=1)
    wanted, key = wishes(SAMIRA), new_key()

    first = book(slot, wanted, key=key)
    again = book(slot, wanted, key=key)

    assert (again.ref, again.standing, again.link_id) == (first.ref, first.standing, first.link_id)
    assert (first.fresh, again.fresh) == (True, False)
    assert standings(slot) == {"seated": 1}
    assert letters() == [("seated", SAMIRA)]


def test_the_same_form_again_tells_how_the_booking_stands_now(app: Flask) -> None:
    slot = make_slot(seats=1)
    first = fill(slot, parties=2)[0]
    wanted, key = wishes(SAMIRA), new_key()
    assert book(slot, wanted, key=key).queue_place == 2

    services.cancel(first.ref, act=act_at())
    again = book(slot, wanted, key=key)

    assert (again.standing, again.queue_place) == (Standing.QUEUED, 1)


def test_a_used_key_with_changed_data_is_told_and_not_swallowed(app: Flask) -> None:
    slot = make_slot()
    key = new_key()
    receipt = book(slot, wishes(SAMIRA, children=1), key=key)

    with pytest.raises(rules.KeyUsed) as refused:
        book(slot, wishes(SAMIRA, children=2), key=key)

    assert refused.value.ref == receipt.ref
    assert pool(slot) == (8, 1, 0)


def test_a_used_key_on_another_slot_is_told_and_not_swallowed(app: Flask) -> None:
    wanted, key = wishes(SAMIRA), new_key()
    book(make_slot(), wanted, key=key)
    other = make_slot()

    with pytest.raises(rules.KeyUsed):
        book(other, wanted, key=key)

    assert pool(other) == (8, 0, 0)


def test_a_used_key_is_told_apart_also_where_nothing_else_would_be_refused_in_time(app: Flask) -> None:
    """The slot has closed and is full since: the same form still leads to its booking."""
    slot = make_slot(seats=1, queue_limit=0)
    wanted, key = wishes(SAMIRA), new_key()
    first = book(slot, wanted, key=key)

    again = book(slot, wanted, key=key, now=NOW + 11 * DAY)

    assert again.ref == first.ref


def test_one_address_has_one_living_booking_on_a_slot_however_it_is_written(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes("Samira@example.org"))

    with pytest.raises(rules.ContactAlreadyBooked) as refused:
        book(slot, wishes("samira@EXAMPLE.org"))

    assert refused.value.field == "epost"
    assert pool(slot) == (8, 1, 0)


def test_after_a_cancellation_the_same_family_may_book_again_and_stands_last(app: Flask) -> None:
    slot = make_slot(seats=1)
    fill(slot, parties=1)
    first = book(slot, wishes(SAMIRA))
    book(slot, wishes(ROLF))

    services.cancel(first.ref, act=act_at())
    again = book(slot, wishes(SAMIRA))

    assert again.queue_place == 2
    assert again.ref != first.ref


def test_an_address_has_a_dozen_coming_bookings_and_no_more(app: Flask) -> None:
    limit = app.extensions["kodplats"].live_bookings_per_address
    ended = make_slot(starts_at=NOW - 30 * DAY, opens_at=NOW - 60 * DAY)
    book(ended, wishes(SAMIRA), now=NOW - 40 * DAY)
    held = [book(make_slot(), wishes(SAMIRA)) for _ in range(limit)]

    with pytest.raises(rules.TooManyBookings):
        book(make_slot(), wishes(SAMIRA))
    services.cancel(held[0].ref, act=act_at())
    receipt = book(make_slot(), wishes(SAMIRA))

    assert receipt.standing is Standing.SEATED


def test_the_database_itself_refuses_a_second_living_booking_and_a_second_seat_for_a_child(app: Flask) -> None:
    """Requirement A11: an index, not only code. The rules are put to sleep here by writing past them."""
    slot = make_slot()
    first = book(slot, wishes(SAMIRA))
    second = book(slot, wishes(ROLF))
    child_key = value(
        "SELECT child_key FROM participants p JOIN bookings b ON b.id = p.booking_id WHERE ref = :ref", ref=first.ref
    )
    contact_key = value("SELECT contact_key FROM bookings WHERE ref = :ref", ref=first.ref)

    with pytest.raises(IntegrityError):
        run(
            "UPDATE participants SET child_key = :key WHERE booking_id = (SELECT id FROM bookings WHERE ref = :ref)",
            key=child_key,
            ref=second.ref,
        )
    with pytest.raises(IntegrityError):
        run("UPDATE bookings SET contact_key = :key WHERE ref = :ref", key=contact_key, ref=second.ref)


def test_a_clash_that_only_the_index_sees_is_looked_at_again_and_told(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules look away once, as if the other booking had come in between: the index says no, the second look why."""
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    before = database_dump()
    real, looks = queries.of_address, []

    def blind_at_first(*args: Any, **kwargs: Any) -> Any:
        looks.append(1)
        return [] if len(looks) <= 2 else real(*args, **kwargs)

    monkeypatch.setattr(queries, "of_address", blind_at_first)
    with pytest.raises(rules.ContactAlreadyBooked):
        book(slot, wishes(SAMIRA))

    assert len(looks) == 3
    assert database_dump() == before


def test_a_booking_number_that_is_taken_is_drawn_again(app: Flask) -> None:
    slot = make_slot()
    first = book(slot)
    number_is_taken = iter([True])
    act = Act(
        act_at().actor,
        NOW,
        lambda size: b"\1" * size if size == 12 and next(number_is_taken, False) else secrets.token_bytes(size),
    )
    run("UPDATE bookings SET ref = :ref", ref=tokens.public_ref(b"\1" * 12))

    second = services.book(slot.id, wishes=wishes(ROLF), key=new_key(), act=act)

    assert second.ref != first.ref
    assert next(number_is_taken, None) is None
    assert pool(slot) == (8, 2, 0)


def test_a_letter_that_cannot_be_written_takes_the_booking_with_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = make_slot()
    before = database_dump()

    def no_room(*_args: Any, **_kwargs: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(outbox, "enqueue", no_room)
    with pytest.raises(OSError, match="disk full"):
        book(slot)

    assert database_dump() == before


# ---- what it costs ----


@pytest.mark.parametrize("seats", [8, 1], ids=["seated", "queued"])
def test_a_booking_takes_few_statements_however_many_there_are_already(app: Flask, seats: int) -> None:
    slot = make_slot(seats=seats)
    fill(slot, parties=1)
    with counted() as few:
        book(slot, children=2) if seats > 1 else book(slot)
    fill(slot, parties=20)

    with counted() as many:
        book(slot)

    # On PostgreSQL everything that is written goes in one trip.
    expected = 12 if db.engine.dialect.name == "sqlite" else 7
    assert (len(few), len(many)) == (expected, expected), "\n".join(many)


@pytest.mark.parametrize("seats", [8, 1], ids=["seated", "queued"])
def test_sending_the_form_takes_at_most_fourteen_statements(app: Flask, client: FlaskClient, seats: int) -> None:
    now = dt.datetime.now(dt.UTC)
    slot = make_slot(seats=seats, starts_at=now + 10 * DAY, opens_at=now - DAY)
    book(slot, now=now)
    address = f"/pass/{slot.id}/bokning"
    form = hidden_fields(client.get(address).text)
    family = {"barn-1-namn": "Ada", "barn-1-alder": "9", "namn": "Samira", "epost": SAMIRA, "vuxna": "1"}

    with counted() as sent:
        answer = client.post(address, data={**form, **family})

    assert answer.status_code == 303
    assert len(sent) <= 14, "\n".join(sent)


def test_a_refusal_asks_and_takes_no_lock(app: Flask) -> None:
    slot = make_slot(seats=1, queue_limit=0)
    fill(slot, parties=1)

    with counted() as sent, pytest.raises(rules.NoQueue):
        book(slot)

    assert len(sent) == 2
    assert not [statement for statement in sent if "FOR UPDATE" in statement or not statement.startswith("SELECT")]


def test_keys_tell_nothing_without_the_secret(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))

    dump = repr(database_dump()["bookings"]) + repr(database_dump()["participants"])

    assert SAMIRA not in dump
    assert keys.address_key(SAMIRA) not in repr(database_dump()["bookings"])
    assert wishes(SAMIRA).digest() not in dump


def test_bookings_without_an_address_have_no_key_that_could_clash(app: Flask) -> None:
    assert keys.address_key("") == ""
    assert keys.contact_key(1, "") is None
    assert keys.child_key(1, "", Child("Ada", 9)) is None


def test_the_standing_of_the_rows_is_the_standing_of_the_receipt(app: Flask) -> None:
    slot = make_slot(seats=3)

    receipts = [book(slot, children=number) for number in (2, 2, 1, 1)]

    assert [receipt.standing for receipt in receipts] == [standing(receipt.ref) for receipt in receipts]


def _refusal(slot_id: int, wanted: Wishes, change: str = "") -> type[Exception] | None:
    if change:
        _set(slot_id, change)
    try:
        services.book(slot_id, wishes=wanted, key=new_key(), act=act_at())
    except Refused as refused:
        return type(refused)
    return None


def _set(slot_id: int, change: str) -> None:
    run(f"UPDATE slots SET {change} WHERE id = :id", id=slot_id)


def _stored(instant: dt.datetime) -> str:
    """An instant as both databases take it in plain SQL."""
    text = instant.strftime("%Y-%m-%d %H:%M:%S.%f")
    return text if db.engine.dialect.name == "sqlite" else f"{text}+00"


def _instant(stored: str | dt.datetime) -> dt.datetime:
    read = dt.datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return read.replace(tzinfo=dt.UTC) if read.tzinfo is None else read
