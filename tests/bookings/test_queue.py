"""Freed and added seats: who gets them, when, and who is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask

from booking.bookings import queries, rules, services
from booking.bookings.rules import Standing
from booking.programme.rules import NoSeats, SlotState
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
    database_dump,
    fill,
    letters_to,
    make_slot,
    pool,
    rows,
    run,
    standing,
    standings,
    value,
    wishes,
)
from tests.support.queries import counted

STARTS = NOW + 10 * DAY


def test_given_a_full_slot_when_someone_cancels_then_the_longest_waiting_party_is_seated(app: Flask) -> None:
    slot = make_slot(seats=2)
    seated = fill(slot, parties=2)
    samira, rolf = book(slot, wishes(SAMIRA)), book(slot, wishes(ROLF))

    services.cancel(seated[0].ref, act=act_at())

    assert standing(samira.ref) is Standing.SEATED
    assert standing(rolf.ref) is Standing.QUEUED
    assert pool(slot) == (2, 2, 1)
    assert letters_to(SAMIRA) == ["queued", "promoted"]
    assert letters_to(ROLF) == ["queued"]


def test_one_cancelled_party_of_three_seats_as_many_of_the_queue_as_fit(app: Flask) -> None:
    slot = make_slot(seats=3)
    large = book(slot, children=3)
    waiting = fill(slot, parties=4)

    services.cancel(large.ref, act=act_at())

    assert [standing(one.ref) for one in waiting] == [Standing.SEATED] * 3 + [Standing.QUEUED]


def test_a_party_that_does_not_fit_is_passed_over_three_times_and_then_waited_for(app: Flask) -> None:
    slot = make_slot(seats=5)
    ones = fill(slot, parties=5)
    large = book(slot, wishes(SAMIRA, children=3))
    small = fill(slot, parties=5)

    for seated in ones[:4]:
        services.cancel(seated.ref, act=act_at())

    # Three small ones passed it; the fourth seat is kept, and so is the next until there are three.
    assert [standing(one.ref) for one in small] == [Standing.SEATED] * 3 + [Standing.QUEUED] * 2
    assert _passed(large.ref) == 3
    assert pool(slot) == (5, 4, 3)
    services.cancel(ones[4].ref, act=act_at())
    services.cancel(small[0].ref, act=act_at())
    assert standing(large.ref) is Standing.SEATED
    assert pool(slot) == (5, 5, 2)
    assert letters_to(SAMIRA) == ["queued", "promoted"]


def test_each_party_remembers_how_many_were_seated_past_it(app: Flask) -> None:
    slot = make_slot(seats=4)
    fill(slot, parties=4)
    large = book(slot, children=4)
    fill(slot, parties=1)
    later = book(slot, children=4)
    fill(slot, parties=1)

    services.change_seats(slot.pool_id, seats=7, act=act_at())

    assert (_passed(large.ref), _passed(later.ref)) == (2, 1)
    assert pool(slot) == (7, 6, 2)


def test_a_newcomer_does_not_take_a_seat_that_is_kept(app: Flask) -> None:
    slot, _ = _slot_with_kept_seat()

    newcomer = book(slot)

    assert newcomer.standing is Standing.QUEUED
    assert newcomer.queue_place == 3


def test_a_kept_seat_goes_to_who_fits_when_48_hours_are_left(app: Flask) -> None:
    slot, small = _slot_with_kept_seat()
    end = STARTS - rules.WAITING_ENDS

    assert services.tick(act_at(end - dt.timedelta(seconds=1))) == 0
    assert services.tick(act_at(end)) == 1
    before = database_dump()
    assert services.tick(act_at(end + HOUR)) == 0

    assert database_dump() == before
    assert standing(small) is Standing.SEATED
    assert pool(slot) == (5, 5, 1)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE slots SET state = 'called_off'",
        "UPDATE slots SET state = 'draft'",
        "UPDATE seat_pools SET seats = 1",
    ],
)
def test_the_clock_gives_no_seat_where_none_may_be_given(app: Flask, change: str) -> None:
    _slot_with_kept_seat()
    run(change)

    assert services.tick(act_at(STARTS - rules.WAITING_ENDS)) == 0


def test_the_clock_leaves_the_last_24_hours_to_the_desk(app: Flask) -> None:
    _slot_with_kept_seat()

    assert services.tick(act_at(STARTS - rules.PROMOTION_ENDS)) == 0
    assert services.tick(act_at(STARTS - rules.PROMOTION_ENDS - dt.timedelta(seconds=1))) == 1


def test_a_quiet_clock_asks_one_question_and_writes_nothing(app: Flask) -> None:
    fill(make_slot(), parties=2)

    with counted() as sent:
        services.tick(act_at())

    assert len(sent) == 1


def test_in_the_last_24_hours_a_freed_seat_waits_for_the_desk_and_not_for_a_passer_by(app: Flask) -> None:
    slot = make_slot(seats=1)
    seated = fill(slot, parties=1)[0]
    samira = book(slot, wishes(SAMIRA))
    late = STARTS - HOUR

    services.cancel(seated.ref, act=act_at(late))
    rolf = book(slot, wishes(ROLF), now=late)

    assert (standing(samira.ref), rolf.standing, rolf.queue_place) == (Standing.QUEUED, Standing.QUEUED, 2)
    assert pool(slot) == (1, 0, 2)
    assert services.promote(slot.pool_id, act=act_at(late)) == [_id(samira.ref)]
    assert letters_to(SAMIRA) == ["queued", "promoted"]
    assert pool(slot) == (1, 1, 1)


def test_in_the_last_24_hours_a_free_seat_is_booked_as_ever_while_nobody_waits(app: Flask) -> None:
    slot = make_slot(seats=1)

    assert book(slot, now=STARTS - HOUR).standing is Standing.SEATED


def test_promoting_by_hand_keeps_the_same_order_and_the_same_patience(app: Flask) -> None:
    slot, _ = _slot_with_kept_seat()

    assert services.promote(slot.pool_id, act=act_at()) == []
    assert pool(slot) == (5, 4, 2)


def test_more_seats_go_to_the_queue_in_order_and_fewer_throw_nobody_out(app: Flask) -> None:
    slot = make_slot(seats=2)
    fill(slot, parties=2)
    waiting = [book(slot, wishes(address)) for address in (SAMIRA, ROLF, KARIN)]

    promoted = services.change_seats(slot.pool_id, seats=4, act=act_at())
    assert promoted == [_id(one.ref) for one in waiting[:2]]
    assert pool(slot) == (4, 4, 1)

    services.change_seats(slot.pool_id, seats=1, act=act_at())
    assert standings(slot) == {"seated": 4, "queued": 1}
    assert pool(slot) == (1, 4, 1)

    services.cancel(waiting[0].ref, act=act_at())
    assert pool(slot) == (1, 3, 1), "a freed seat that is one too many goes to nobody"


@pytest.mark.parametrize("seats", [-1, 0, 1001])
def test_seats_that_can_only_be_a_slip_are_refused(app: Flask, seats: int) -> None:
    slot = make_slot()

    with pytest.raises(NoSeats):
        services.change_seats(slot.pool_id, seats=seats, act=act_at())


def test_no_seat_waits_for_a_party_that_fewer_seats_can_never_hold(app: Flask) -> None:
    slot = make_slot(seats=4)
    ones = fill(slot, parties=4)
    book(slot, children=4)
    run("UPDATE bookings SET passed_over = 3 WHERE standing = 'queued'")
    services.change_seats(slot.pool_id, seats=3, act=act_at())
    small = book(slot, wishes(SAMIRA))

    services.cancel(ones[0].ref, act=act_at())
    services.cancel(ones[1].ref, act=act_at())

    assert standing(small.ref) is Standing.SEATED


@pytest.mark.parametrize("state", [SlotState.CALLED_OFF, SlotState.DRAFT])
def test_nobody_is_promoted_into_a_slot_that_does_not_take_place(app: Flask, state: SlotState) -> None:
    slot = make_slot(seats=1)
    fill(slot, parties=1)
    samira = book(slot, wishes(SAMIRA))
    run("UPDATE slots SET state = :state", state=state.value)

    services.change_seats(slot.pool_id, seats=2, act=act_at())
    services.promote(slot.pool_id, act=act_at())

    assert standing(samira.ref) is Standing.QUEUED
    assert pool(slot) == (2, 1, 1)


def test_nobody_is_promoted_by_hand_into_a_slot_that_is_over(app: Flask) -> None:
    slot = make_slot(seats=1)
    seated = fill(slot, parties=1)[0]
    book(slot, wishes(SAMIRA))
    services.cancel(seated.ref, act=act_at(STARTS))

    assert services.promote(slot.pool_id, act=act_at(STARTS + HOUR)) == []


def test_a_queue_is_left_like_a_seat_and_frees_no_seat(app: Flask) -> None:
    slot = make_slot(seats=1)
    fill(slot, parties=1)
    samira, rolf = book(slot, wishes(SAMIRA)), book(slot, wishes(ROLF))

    services.cancel(samira.ref, act=act_at())

    assert pool(slot) == (1, 1, 1)
    assert letters_to(SAMIRA) == ["queued", "cancelled"]
    assert services.receipt_of(rolf.ref).queue_place == 1


def test_leaving_the_queue_frees_the_seats_that_were_kept(app: Flask) -> None:
    slot, small = _slot_with_kept_seat()

    services.cancel(value("SELECT ref FROM bookings WHERE party = 3"), act=act_at())

    assert standing(small) is Standing.SEATED
    assert pool(slot) == (5, 5, 0)


def test_queue_numbers_only_grow_and_are_never_given_again(app: Flask) -> None:
    slot = make_slot(seats=1)
    fill(slot, parties=1)
    gone = book(slot)
    book(slot)

    services.cancel(gone.ref, act=act_at())
    book(slot)

    assert rows("SELECT queue_number FROM bookings WHERE queue_number IS NOT NULL ORDER BY id") == [(1,), (2,), (3,)]


def test_a_queued_party_that_shrinks_is_seated_as_soon_as_it_fits(app: Flask) -> None:
    slot = make_slot(seats=3)
    fill(slot, parties=1)
    samira = book(slot, wishes(SAMIRA, children=3))

    services.take_away(samira.ref, child_id(samira.ref, "Bo"), act=act_at())

    assert standing(samira.ref) is Standing.SEATED
    assert pool(slot) == (3, 3, 0)
    assert letters_to(SAMIRA) == ["queued", "child_cancelled", "promoted"]


def test_what_cannot_be_mailed_is_promoted_all_the_same(app: Flask) -> None:
    """Requirement A7: a head of the queue whose address has been erased holds nobody up."""
    slot = make_slot(seats=1)
    seated = fill(slot, parties=1)[0]
    samira, rolf = book(slot, wishes(SAMIRA)), book(slot, wishes(ROLF))
    run("UPDATE contacts SET email = '', name = '', address_key = '' WHERE email = :email", email=SAMIRA)

    services.cancel(seated.ref, act=act_at())

    assert (standing(samira.ref), standing(rolf.ref)) == (Standing.SEATED, Standing.QUEUED)
    assert letters_to(SAMIRA) == ["queued"]


def test_fifty_promotions_at_once_cost_no_more_questions_than_one(app: Flask) -> None:
    slot = make_slot(seats=1)
    fill(slot, parties=51)

    with counted() as sent:
        services.change_seats(slot.pool_id, seats=51, act=act_at())

    written = [statement for statement in sent if "INSERT" in statement]
    assert len(written) == 1 + 2 * 50
    assert len(sent) - len(written) <= 9


def _slot_with_kept_seat() -> tuple[MadeSlot, str]:
    """Five seats of which one is kept for a party of three that was passed over three times; who waits behind it."""
    slot = make_slot(seats=5)
    ones = fill(slot, parties=5)
    book(slot, children=3)
    small = book(slot)
    run("UPDATE bookings SET passed_over = 3 WHERE party = 3")
    services.cancel(ones[0].ref, act=act_at())
    assert pool(slot) == (5, 4, 2)
    return slot, small.ref


def _id(ref: str) -> Any:
    return value("SELECT id FROM bookings WHERE ref = :ref", ref=ref)


def _passed(ref: str) -> Any:
    return value("SELECT passed_over FROM bookings WHERE ref = :ref", ref=ref)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("UPDATE seat_pools SET seated = seated + 1", "says 4 seated"),
        ("UPDATE seat_pools SET queued = queued - 1", "0 queued; rows say"),
        ("UPDATE bookings SET party = party + 1 WHERE standing = 'queued'", "says a party of 2, has 1 children"),
    ],
)
def test_the_invariant_sees_every_counter_that_lies(app: Flask, broken: str, told: str) -> None:
    slot = make_slot(seats=3)
    fill(slot, parties=4)
    keep = {table: rows(f"SELECT * FROM {table}") for table in ("seat_pools", "bookings")}
    seats, seated, queued = pool(slot)

    run(broken)
    faults = queries.counter_faults()
    run("UPDATE seat_pools SET seated = :seated, queued = :queued", seated=seated, queued=queued)
    run("UPDATE bookings SET party = 1")

    assert seats == 3
    assert told in "\n".join(faults)
    assert {table: rows(f"SELECT * FROM {table}") for table in keep} == keep
