"""Many hands at one slot, on both databases: what is promised holds, and without the lock it does not.

Group A of the requirements in threads of one process. The same over HTTP with several processes: `test_storm.py`.
"""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from booking.bookings import queries, services
from booking.bookings.queries.engine import facts
from booking.bookings.rules import Child, ContactDetails, SlotFacts, Standing
from booking.kernel.refusal import Refused
from booking.programme.models import SeatPool
from booking.store import db, engine, writing
from booking.store.engine import session
from tests.bookings.crowd import Outcome, at_once, refusals, results
from tests.bookings.world import (
    KARIN,
    ROLF,
    SAMIRA,
    MadeSlot,
    act_at,
    book,
    children_of,
    fill,
    letters,
    make_slot,
    new_key,
    pool,
    rows,
    standings,
    value,
    wishes,
)

SECONDS_OF_MIXED_WRITING = float(os.environ.get("KODPLATS_WRITING_SECONDS", "4"))


def test_two_hundred_at_once_never_get_more_seats_than_there_are_and_queue_in_order(app: Flask) -> None:
    """Requirements A1 and A5 in small."""
    slot = make_slot(seats=20)

    outcomes = at_once(app, [partial(book, slot)] * 200)

    receipts = results(outcomes)
    assert Counter(receipt.standing for receipt in receipts) == {Standing.SEATED: 20, Standing.QUEUED: 180}
    numbers = _queue_numbers(slot)
    assert sorted(numbers.values()) == list(range(1, 181))
    assert _order_violations(outcomes, numbers) == []
    assert len(letters()) == 200


def test_parties_of_all_sizes_at_once_never_oversell(app: Flask) -> None:
    slot = make_slot(seats=20)

    results(at_once(app, [partial(book, slot, children=1 + number % 4) for number in range(60)]))

    seats, seated, queued = pool(slot)
    assert seated <= seats
    smallest = value("SELECT min(party) FROM bookings WHERE standing = 'queued' AND passed_over < 3")
    assert seated == seats or smallest is None or smallest > seats - seated or _somebody_is_waited_for(slot)
    assert queued == standings(slot)["queued"]


@pytest.fixture
def without_locks(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The product with its locks taken away: no row lock, no write transaction, no queue in front of it."""

    def unlocked(pool_id: int) -> tuple[SlotFacts, queries.Numbers]:
        held = SlotFacts(*session().execute(facts().where(SeatPool.id == pool_id)).one())
        time.sleep(0.003)  # what a real machine does now and then
        return held, queries.Numbers(*(next(numbers) for _ in range(3)))

    numbers = itertools.count(1_000)
    monkeypatch.setattr(queries, "lock_pool_for_one_more", unlocked)
    if db.engine.dialect.name == "sqlite":
        monkeypatch.setattr(writing, "_turn", nullcontext)
        # The driver is told to begin nothing by itself: then every statement stands alone.
        event.remove(db.engine, "begin", engine._begin_on_sqlite)
        yield
        event.listen(db.engine, "begin", engine._begin_on_sqlite)
    else:
        yield


def test_without_the_lock_the_same_crowd_oversells(app: Flask, without_locks: None) -> None:
    """Requirement A3: the race test can fail."""
    for _ in range(5):
        slot = make_slot(seats=20)
        at_once(app, [partial(book, slot)] * 60)
        if standings(slot).get("seated", 0) > 20:
            return
    pytest.fail("five crowds without a lock and nobody was seated too much: the race tests prove nothing")


# ---- seats change while people book (A4) ----


def test_seats_that_are_lowered_while_people_book_bind_newcomers_and_throw_nobody_out(app: Flask) -> None:
    slot = make_slot(seats=20)
    lower = partial(services.change_seats, slot.pool_id, seats=10, act=act_at())

    outcomes = at_once(app, _mixed([partial(book, slot)] * 100, [lower], at=8))

    told = {receipt.ref: receipt.standing for receipt in results(outcomes) if isinstance(receipt, services.Receipt)}
    assert {ref: Standing(word) for ref, word in rows("SELECT ref, standing FROM bookings")} == told
    _replay(slot, seats=20)
    assert 10 <= pool(slot)[1] <= 20


def test_seats_that_are_raised_while_people_book_go_to_the_queue_in_its_order(app: Flask) -> None:
    slot = make_slot(seats=10)
    fill(slot, parties=40)
    seats, one_by_one = iter(range(20, 70, 10)), threading.Lock()

    def raise_seats() -> None:
        with one_by_one:
            services.change_seats(slot.pool_id, seats=next(seats), act=act_at())

    results(at_once(app, _mixed([partial(book, slot)] * 60, [raise_seats] * 5, at=11)))

    assert pool(slot) == (60, 60, 40)
    assert _promoted_numbers(slot) == list(range(1, 51))


# ---- the queue goes first (A6, A8, L10) ----


def test_freed_seats_go_to_the_fifty_who_waited_longest_and_to_no_passer_by(app: Flask) -> None:
    slot = make_slot(seats=50)
    seated = fill(slot, parties=50)
    fill(slot, parties=100)
    cancels = [partial(services.cancel, receipt.ref, act=act_at()) for receipt in seated]

    works: list[Callable[[], Any]] = [*cancels, *[partial(book, slot)] * 300]
    random.Random(6).shuffle(works)
    results(at_once(app, works))

    assert _promoted_numbers(slot) == list(range(1, 51))
    assert standings(slot) == {"seated": 50, "cancelled": 50, "queued": 350}
    assert sorted(_queue_numbers(slot).values()) == list(range(51, 401))


def test_promotion_by_hand_and_by_itself_at_once_promotes_nobody_twice(app: Flask) -> None:
    slot = make_slot(seats=100)
    seated = fill(slot, parties=100)
    fill(slot, parties=110)
    by_hand = partial(services.promote, slot.pool_id, act=act_at())

    for receipt in seated:
        results(at_once(app, [by_hand, partial(services.cancel, receipt.ref, act=act_at())]))

    assert _promoted_numbers(slot) == list(range(1, 101))
    assert pool(slot) == (100, 100, 10)
    assert Counter(kind for kind, _ in letters())["promoted"] == 100
    assert max(Counter(letters()).values()) == 1


def test_everybody_cancels_twice_at_once_and_each_seat_is_freed_once(app: Flask) -> None:
    slot = make_slot(seats=20)
    seated = fill(slot, parties=20)
    fill(slot, parties=10)

    results(at_once(app, [partial(services.cancel, receipt.ref, act=act_at()) for receipt in seated * 3]))

    assert pool(slot) == (20, 10, 0)
    assert Counter(kind for kind, _ in letters())["cancelled"] == 20


def test_adding_and_cancelling_at_once_leaves_no_child_behind(app: Flask) -> None:
    for _ in range(10):
        slot = make_slot(seats=3)
        samira = book(slot, wishes(f"{new_key()[:8]}@example.org"))
        rolf = book(slot)

        outcomes = at_once(
            app,
            [
                partial(services.add_child, samira.ref, child=Child("Bo", 9), key=new_key(), act=act_at()),
                partial(services.cancel, samira.ref, act=act_at()),
                partial(services.add_child, samira.ref, child=Child("Cleo", 9), key=new_key(), act=act_at()),
                partial(services.cancel, rolf.ref, act=act_at()),
            ],
        )

        assert set(refusals(outcomes)) <= {"BookingEnded"}
        assert children_of(samira.ref) == []
        assert pool(slot) == (3, 0, 0)


# ---- once (A9, A11, L1, L5) ----


@pytest.mark.parametrize(("seats", "queue_limit"), [(8, None), (1, 0), (1, None)], ids=["room", "last seat", "queue"])
def test_fifty_copies_of_one_form_at_once_are_one_booking_and_one_answer(
    app: Flask, seats: int, queue_limit: int | None
) -> None:
    slot = make_slot(seats=seats, queue_limit=queue_limit)
    if queue_limit is None and seats == 1:
        fill(slot, parties=1)
    before = len(letters())
    wanted, key = wishes(SAMIRA), new_key()

    receipts = results(at_once(app, [partial(book, slot, wanted, key=key)] * 50))

    assert len({(receipt.ref, receipt.link_id, receipt.standing, receipt.queue_place) for receipt in receipts}) == 1
    assert sum(receipt.fresh for receipt in receipts) == 1
    assert len(letters()) == before + 1
    assert value("SELECT count(*) FROM contacts WHERE email = :email", email=SAMIRA) == 1


def test_fifty_copies_of_staff_s_form_without_an_address_are_one_booking(app: Flask) -> None:
    slot = make_slot()
    wanted, key = wishes(""), new_key()

    receipts = results(at_once(app, [partial(book, slot, wanted, key=key)] * 50))

    assert len({receipt.ref for receipt in receipts}) == 1
    assert pool(slot) == (8, 1, 0)


def test_the_same_child_from_many_devices_at_once_is_booked_once(app: Flask) -> None:
    slot = make_slot()

    outcomes = at_once(app, [partial(book, slot, wishes(SAMIRA))] * 50)

    assert refusals(outcomes) == ["ContactAlreadyBooked"] * 49
    assert pool(slot) == (8, 1, 0)
    assert letters() == [("seated", SAMIRA)]


def test_one_key_with_changed_data_at_once_books_one_and_tells_the_others(app: Flask) -> None:
    slot, key = make_slot(), new_key()

    outcomes = at_once(app, [partial(book, slot, wishes(SAMIRA, children=1 + n % 4), key=key) for n in range(24)])

    told = set(refusals(outcomes))
    assert told == {"KeyUsed"}
    assert len({outcome.result.ref for outcome in outcomes if outcome.result}) == 1
    assert standings(slot) == {"seated": 1}


def test_no_script_books_more_slots_for_one_address_than_the_cap(app: Flask) -> None:
    limit = app.extensions["kodplats"].live_bookings_per_address
    slots = [make_slot() for _ in range(3 * limit)]

    outcomes = at_once(app, [partial(book, slot, wishes(SAMIRA)) for slot in slots], threads=36)

    assert len(refusals(outcomes)) == 2 * limit
    assert value("SELECT count(*) FROM bookings") == limit


def test_no_script_adds_more_children_than_a_party_may_have(app: Flask) -> None:
    slot = make_slot(seats=4)
    samira = book(slot, wishes(SAMIRA))
    names = ("Bo", "Cleo", "Disa", "Elis", "Frej", "Gry", "Hugo", "Ines", "Joel", "Kim")

    outcomes = at_once(
        app,
        [
            partial(services.add_child, samira.ref, child=Child(name, 9), key=new_key(), act=act_at())
            for name in names * 2
        ],
    )

    assert len(children_of(samira.ref)) == app.extensions["kodplats"].party_limit
    assert set(refusals(outcomes)) <= {"PartyTooLarge", "ChildAlreadyBooked"}


def test_an_address_that_many_move_to_at_once_gets_one_of_them(app: Flask) -> None:
    slot = make_slot(seats=20)
    receipts = fill(slot, parties=20)
    karin = ContactDetails("Karin", KARIN, "+46701234567")

    outcomes = at_once(
        app,
        [
            partial(services.change_contact, receipt.ref, contact=karin, adults=1, needs="", act=act_at())
            for receipt in receipts
        ],
    )

    assert refusals(outcomes) == ["ContactAlreadyBooked"] * 19
    assert value("SELECT count(*) FROM contacts WHERE email = :email", email=KARIN) == 1


def test_links_asked_for_many_times_at_once_are_mailed_three_times(app: Flask) -> None:
    book(make_slot(), wishes(SAMIRA))

    results(at_once(app, [partial(services.send_links_again, SAMIRA, language="sv", act=act_at())] * 60))

    assert Counter(kind for kind, _ in letters())["links_again"] == 3


# ---- everybody does everything (A2) ----


def test_a_hundred_mixed_writers_meet_no_locked_database_and_no_deadlock(app: Flask) -> None:
    """Requirement A2; KODPLATS_WRITING_SECONDS=60 for its whole minute. Slots and addresses are few: they collide."""
    slots = [make_slot(seats=seats) for seats in (1, 2, 3, 5, 8)]
    end = time.monotonic() + SECONDS_OF_MIXED_WRITING
    done: Counter[str] = Counter()
    unexpected: list[Exception] = []

    def writer(number: int) -> None:
        chance = random.Random(number)
        while time.monotonic() < end and not unexpected:
            name, verb = chance.choice(list(_verbs(chance, slots).items()))
            try:
                verb()
                done[name] += 1
            except Refused:
                done["refused"] += 1
            except Exception as error:  # noqa: BLE001  # whatever it is, it is what this test looks for
                unexpected.append(error)
            finally:
                db.session.remove()

    results(at_once(app, [partial(writer, number) for number in range(100)], threads=100))

    print(f"{db.engine.dialect.name}: {sum(done.values())} acts of 100 writers in {SECONDS_OF_MIXED_WRITING} s: {done}")
    assert unexpected == []
    assert len(done) >= 8


def test_every_connection_of_sqlite_is_told_what_keeps_data_safe(sqlite_app: Flask) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}

    with db.engine.connect() as first, db.engine.connect() as second, db.engine.connect() as third:
        for connection in (first, second, third):
            told = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
            assert told == wanted
            assert int(connection.exec_driver_sql("PRAGMA busy_timeout").scalar() or 0) >= 10_000


def test_a_writing_verb_begins_at_once_and_a_reader_does_not(sqlite_app: Flask) -> None:
    begun: list[str] = []
    slot = make_slot()
    event.listen(db.engine, "checkout", lambda driver, *_: driver.set_trace_callback(begun.append))

    book(slot)
    session().rollback()

    assert [statement for statement in begun if statement.startswith("BEGIN")] == ["BEGIN IMMEDIATE"]


def _verbs(chance: random.Random, slots: list[MadeSlot]) -> dict[str, Callable[[], Any]]:
    slot = chance.choice(slots)
    email = chance.choice([SAMIRA, ROLF, KARIN, *[f"family{number}@example.net" for number in range(12)]])
    family = session().execute(
        db.text("SELECT ref FROM bookings WHERE slot_id = :slot AND part_of_id IS NULL ORDER BY id DESC LIMIT 12"),
        {"slot": slot.id},
    )
    known = [row[0] for row in family]
    ref = chance.choice(known) if known else "2345678"
    child = Child(chance.choice(["Ada", "Bo", "Cleo", "Disa"]), 9)
    contact = ContactDetails("Karin", email, "+46701234567")
    one = session().execute(
        db.text("SELECT p.id FROM participants p JOIN bookings b ON b.id = p.booking_id WHERE b.ref = :ref"),
        {"ref": ref},
    )
    child_id = chance.choice([row[0] for row in one] or [1])
    act = act_at()
    return {
        "book": lambda: book(slot, wishes(email, children=chance.randint(1, 3))),
        "book again": lambda: book(slot, wishes(email)),
        "cancel": lambda: services.cancel(ref, act=act),
        "take away": lambda: services.take_away(ref, child_id, act=act),
        "add": lambda: services.add_child(ref, child=child, key=new_key(), act=act),
        "correct": lambda: services.correct_child(ref, child_id, child=child, act=act),
        "contact": lambda: services.change_contact(ref, contact=contact, adults=1, needs="", act=act),
        "seats": lambda: services.change_seats(slot.pool_id, seats=chance.randint(1, 9), act=act),
        "promote": lambda: services.promote(slot.pool_id, act=act),
        "links": lambda: services.send_links_again(email, language="sv", act=act),
        "clock": lambda: services.tick(act),
    }


def _mixed(works: list[Any], others: list[Any], *, at: int) -> list[Any]:
    """`works` with one of `others` after every `at` of them."""
    mixed = list(works)
    for number, other in enumerate(others, 1):
        mixed.insert((at + 1) * number - 1, other)
    return mixed


def _queue_numbers(slot: MadeSlot) -> dict[str, int]:
    """The queue numbers of those who wait now, by booking number."""
    found = rows("SELECT ref, queue_number FROM bookings WHERE slot_id = :slot AND standing = 'queued'", slot=slot.id)
    return {str(ref): int(number) for ref, number in found}


def _promoted_numbers(slot: MadeSlot) -> list[int]:
    """The queue numbers of those who came from the queue to a seat, in the order of their numbers."""
    found = rows(
        "SELECT queue_number FROM bookings WHERE slot_id = :slot AND standing = 'seated' AND queue_number IS NOT NULL"
        " ORDER BY queue_number",
        slot=slot.id,
    )
    return [int(number) for (number,) in found]


def _order_violations(outcomes: list[Outcome], numbers: dict[str, int]) -> list[tuple[int, int]]:
    """Pairs where A was answered before B was sent, and A's queue number is the larger one."""
    queued = [(one.sent, one.answered, numbers[one.result.ref]) for one in outcomes if one.result.ref in numbers]
    return [(a, b) for _, answered, a in queued for sent, _, b in queued if answered < sent and a > b]


def _somebody_is_waited_for(slot: MadeSlot) -> bool:
    question = "SELECT count(*) FROM bookings WHERE slot_id = :slot AND standing = 'queued' AND passed_over >= 3"
    return bool(value(question, slot=slot.id))


def _replay(slot: MadeSlot, *, seats: int) -> None:
    """The audit trail in its order (its rows are numbered under the lock): nobody was seated where no seat was."""
    party = dict(rows("SELECT id, party FROM bookings WHERE standing = 'seated'"))
    taken, changed = 0, 0
    for verb, subject in rows("SELECT verb, subject FROM audit_entries ORDER BY id"):
        if verb == "change_seats":
            seats, changed = pool(slot)[0], changed + 1
        elif verb == "book" and int(subject.removeprefix("booking:")) in party:
            taken += party[int(subject.removeprefix("booking:"))]
            assert taken <= seats, f"{taken} seated on {seats} seats"
    assert changed == 1
