"""Whose mark counts, what comes twice or late, and what is undone: on both databases."""

from __future__ import annotations

import datetime as dt
import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from booking.bookings.rules.attendance import (
    AgeGroup,
    Heads,
    NotHeld,
    NotWaiting,
    Presence,
    Stamp,
    Turnout,
    WalkIn,
    closes_at,
    is_open,
)
from booking.bookings.services import attendance, cancel
from tests.bookings.door import key, meeting_of, note, presences, slot_today, tapped, trail
from tests.bookings.world import (
    DAY,
    HOUR,
    NOW,
    ROLF,
    SAMIRA,
    act_at,
    book,
    children_of,
    letters_to,
    pool,
    rows,
    run,
    standing,
    value,
    wishes,
)

pytestmark = pytest.mark.usefixtures("app")
PRESENT, ABSENT, EXCUSED = Presence.PRESENT, Presence.ABSENT, Presence.EXCUSED
MINUTE = dt.timedelta(minutes=1)


def test_nothing_marked_is_not_absent_and_a_mark_taken_away_is_nothing_again() -> None:
    slot = slot_today()
    ada, bo = [number for number, _ in children_of(book(slot, children=2).ref)]

    note(slot, tapped(ada, ABSENT))
    assert presences(slot) == {ada: "absent"}
    note(slot, tapped(ada, None, at=NOW + MINUTE, number=2), now=NOW + MINUTE)

    assert presences(slot) == {ada: None}
    assert bo not in presences(slot)


def test_the_last_mark_by_its_own_time_counts_whatever_the_order_of_arrival() -> None:
    marks = [(PRESENT, 1), (ABSENT, 2), (EXCUSED, 3)]

    for order in itertools.permutations(marks):
        slot = slot_today()
        (ada,) = [number for number, _ in children_of(book(slot).ref)]
        for presence, minutes in order:
            note(slot, tapped(ada, presence, at=NOW + minutes * MINUTE, number=minutes), now=NOW + 9 * MINUTE)

        assert presences(slot) == {ada: "excused"}, order


def test_marks_of_the_same_instant_end_alike_in_either_order() -> None:
    for order in ((1, 2), (2, 1)):
        slot = slot_today()
        (ada,) = [number for number, _ in children_of(book(slot).ref)]
        for number in order:
            note(slot, tapped(ada, PRESENT if number == 1 else ABSENT, number=number))

        assert presences(slot) == {ada: "absent"}


def test_a_clock_that_runs_ahead_does_not_win_for_ever() -> None:
    slot = slot_today()
    (ada,) = [number for number, _ in children_of(book(slot).ref)]

    note(slot, tapped(ada, ABSENT, at=NOW + 300 * DAY, number=9))
    note(slot, tapped(ada, PRESENT, at=NOW + MINUTE, number=1), now=NOW + MINUTE)

    assert presences(slot) == {ada: "present"}


def test_the_same_marks_sent_twice_are_one_row_each_and_one_line_in_the_trail() -> None:
    slot = slot_today()
    booked = book(slot, children=2)
    ada, bo = [number for number, _ in children_of(booked.ref)]
    sent = Turnout(
        (tapped(ada, PRESENT, number=1), tapped(bo, ABSENT, number=2)),
        (Heads(AgeGroup.ADULT, 3, Stamp(NOW, key(3))),),
        (WalkIn("Elsa", 6, Stamp(NOW, key(4))),),
    )

    first, second = (attendance.note(meeting_of(slot), sent, act=act_at()) for _ in range(2))

    assert (first.changed, second.changed) == (4, 0)
    assert presences(slot) == {ada: "present", bo: "absent"}
    assert value("SELECT count(*) FROM walk_ins") == value("SELECT count(*) FROM head_counts") == 1
    booking = value("SELECT id FROM bookings WHERE ref = :ref", ref=booked.ref)
    assert trail() == [("mark_attendance", f"booking:{booking}"), ("count_attendance", f"meeting:{meeting_of(slot)}")]


def test_two_phones_that_send_at_once_leave_one_row(app: Flask) -> None:
    slot = slot_today()
    (ada,) = [number for number, _ in children_of(book(slot).ref)]
    meeting = meeting_of(slot)

    def send(number: int) -> None:
        with app.app_context():
            mark = tapped(ada, ABSENT if number % 2 else PRESENT, at=NOW + number * MINUTE, number=number)
            attendance.note(meeting, Turnout((mark,)), act=act_at(NOW + HOUR))

    with ThreadPoolExecutor(8) as phones:
        list(phones.map(send, range(1, 17)))

    assert rows("SELECT participant_id, presence, mark_key FROM attendances") == [(ada, "present", key(16))]


def test_an_undone_mark_is_as_before_twice_is_once_and_what_was_marked_since_stays() -> None:
    slot = slot_today()
    ada, bo = [number for number, _ in children_of(book(slot, children=2).ref)]
    note(slot, tapped(ada, PRESENT, number=1))
    note(slot, tapped(ada, ABSENT, at=NOW + MINUTE, number=2), now=NOW + MINUTE)
    note(slot, tapped(bo, ABSENT, at=NOW + MINUTE, number=2), now=NOW + MINUTE)
    note(slot, tapped(bo, EXCUSED, at=NOW + 2 * MINUTE, number=3), now=NOW + 2 * MINUTE)
    act = act_at(NOW + 3 * MINUTE)

    undone = [attendance.undo_mark(meeting_of(slot), key(2), act=act) for _ in range(2)]

    assert undone == [True, False]
    assert presences(slot) == {ada: "present", bo: "excused"}


def test_counts_and_walk_ins_are_undone_too() -> None:
    slot = slot_today()
    meeting = meeting_of(slot)
    attendance.note(meeting, Turnout(heads=(Heads(AgeGroup.TO_6, 4, Stamp(NOW, key(1))),)), act=act_at())
    attendance.note(meeting, Turnout(walk_ins=(WalkIn("", None, Stamp(NOW, key(2))),)), act=act_at())

    assert attendance.undo_mark(meeting, key(1), act=act_at())
    assert attendance.undo_mark(meeting, key(2), act=act_at())

    assert value("SELECT heads FROM head_counts") is None
    assert value("SELECT count(*) FROM walk_ins WHERE taken_back_at IS NULL") == 0
    again = attendance.note(meeting, Turnout(walk_ins=(WalkIn("", None, Stamp(NOW, key(2))),)), act=act_at())
    assert again.changed == 0, "a phone that sends late must not bring back what was taken away"


def test_a_key_that_another_child_came_by_is_told_and_adds_nobody() -> None:
    slot = slot_today()
    came = [Turnout(walk_ins=(WalkIn(name, 7, Stamp(NOW, key(1))),)) for name in ("Elsa", "Nils")]

    noted = [attendance.note(meeting_of(slot), one, act=act_at()) for one in came]

    assert [one.lost for one in noted] == [(), (key(1),)]
    assert rows("SELECT name FROM walk_ins") == [("Elsa",)]


def test_a_mark_about_a_child_without_a_seat_here_is_told_and_not_kept() -> None:
    slot, other = slot_today(seats=1), slot_today()
    seated, queued = book(slot), book(slot)
    elsewhere, gone = book(other), book(other)
    cancel(gone.ref, act=act_at())
    numbers = [children_of(one.ref)[0][0] for one in (seated, queued, elsewhere)]
    numbers.append(value("SELECT p.id FROM participants p JOIN bookings b ON b.id = p.booking_id"
                         " WHERE b.ref = :ref", ref=gone.ref))  # fmt: skip

    noted = note(slot, *(tapped(child, PRESENT, number=place) for place, child in enumerate(numbers)))

    assert noted.lost == (key(1), key(2), key(3))
    assert presences(slot) == {numbers[0]: "present"}


def test_nobody_is_marked_at_what_was_called_off() -> None:
    slot = slot_today()
    (ada,) = [number for number, _ in children_of(book(slot).ref)]
    run("UPDATE meetings SET called_off_at = :now", now="2026-10-01 07:00:00+00:00")

    with pytest.raises(NotHeld):
        note(slot, tapped(ada, PRESENT))
    assert presences(slot) == {}


def test_a_party_at_the_door_gets_its_seats_by_the_one_promotion_also_beyond_the_seats() -> None:
    slot = slot_today(seats=2)
    book(slot, children=2)
    first, second = book(slot, wishes(SAMIRA)), book(slot, wishes(ROLF, children=2))
    number = value("SELECT id FROM bookings WHERE ref = :ref", ref=second.ref)

    for _ in range(2):
        attendance.seat_at_the_door(meeting_of(slot), number, act=act_at())

    assert standing(second.ref).value == "seated"
    assert standing(first.ref).value == "queued"
    assert pool(slot) == (2, 4, 1)
    assert letters_to(ROLF) == ["queued", "promoted"]
    assert trail() == [("promote", f"booking:{number}")]
    assert value("SELECT passed_over FROM bookings WHERE ref = :ref", ref=first.ref) == 0


def test_who_has_cancelled_or_waits_elsewhere_gets_no_seat_at_this_door() -> None:
    slot, other = slot_today(seats=1), slot_today(seats=1)
    for one in (slot, other):
        book(one)
    gone, elsewhere = book(slot), book(other)
    cancel(gone.ref, act=act_at())

    for booked in (gone, elsewhere):
        number = value("SELECT id FROM bookings WHERE ref = :ref", ref=booked.ref)
        with pytest.raises(NotWaiting):
            attendance.seat_at_the_door(meeting_of(slot), number, act=act_at())
    assert standing(elsewhere.ref).value == "queued"


def test_each_look_at_a_phone_is_in_the_trail_and_its_number_is_not() -> None:
    slot = slot_today()
    booked = book(slot, wishes(SAMIRA, phone="+46701740605"))
    number = value("SELECT id FROM bookings WHERE ref = :ref", ref=booked.ref)

    for _ in range(2):
        assert attendance.look_up_contact(meeting_of(slot), number, act=act_at()).phone == "+46701740605"

    assert trail() == [("see_contact", f"booking:{number}")] * 2
    assert "1740605" not in str(rows("SELECT * FROM audit_entries"))


@pytest.mark.parametrize(
    ("now", "open_"),
    [
        (NOW - 7 * DAY - MINUTE, False),
        (NOW - 7 * DAY, True),
        (NOW, True),
        (NOW + HOUR + DAY, True),
        (NOW + HOUR + DAY + MINUTE, False),
    ],
)
def test_a_trainers_list_is_open_from_seven_days_before_to_a_day_after(now: dt.datetime, open_: bool) -> None:
    assert is_open(starts_at=NOW, ends_at=NOW + HOUR, now=now) is open_
    assert closes_at(NOW + HOUR) == NOW + HOUR + DAY
