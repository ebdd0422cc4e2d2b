"""Staff take back what they did: as if nothing had been while the letters are held, with a letter of its own later."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask

from booking.bookings import services
from booking.bookings.rules import CalledOff, Standing
from booking.kernel.act import Act, ActorKind
from booking.kernel.clock import to_local
from booking.kernel.period import WallPeriod
from booking.outbox.message import Envelope
from booking.outbox.services import claim, deliver_due
from booking.places.models import Place
from booking.programme import services as programme
from booking.programme.rules import ActivityKind, AlreadyCalledOff, NotCalledOff, Over, SlotState
from booking.programme.rules.clashes import HardClash
from booking.programme.rules.undoing import NothingToUndo, TooLateToUndo
from booking.store.engine import session
from booking.subscriptions import services as outer
from booking.trainers import services as trainers
from tests import builders
from tests.bookings.crowd import at_once, refusals
from tests.bookings.world import (
    DAY,
    HOUR,
    NOW,
    ROLF,
    SAMIRA,
    MadeSlot,
    act_at,
    book,
    database_dump,
    make_slot,
    rows,
    run,
    standing,
    value,
    wishes,
)
from tests.support.calendar_model import Postbox

STARTS = NOW + 10 * DAY
MINUTE = dt.timedelta(minutes=1)
AT = NOW + HOUR
LEAK = "Vattenläcka i lokalen."
# What is not as it was: it has been, and calendars may have fetched it.
RISES = {"sequence", "changed_at"}


def maj(now: dt.datetime = AT) -> Act:
    return act_at(now, ActorKind.STAFF)


def meeting_of(slot: MadeSlot, number: int = 0) -> int:
    found = rows("SELECT id FROM meetings WHERE slot_id = :slot ORDER BY id", slot=slot.id)
    return int(found[number][0])


def at(start: dt.datetime) -> WallPeriod:
    wall = to_local(start).replace(tzinfo=None)
    return WallPeriod(wall, wall + HOUR)


def call_off(slot: MadeSlot, now: dt.datetime = AT) -> None:
    outer.call_off(slot.id, reason_sv=LEAK, act=maj(now))


def move(slot: MadeSlot, to: dt.datetime, *, now: dt.datetime = AT, place_id: int | None = None) -> None:
    services.move(meeting_of(slot), to=at(to), place_id=place_id, accepting="Det går ändå", act=maj(now))


def undo(slot: MadeSlot, now: dt.datetime = AT + MINUTE) -> None:
    outer.undo(slot.id, undo_id=last_undo(slot), act=maj(now))


def last_undo(slot: MadeSlot) -> int:
    return int(value("SELECT max(id) FROM undos WHERE slot_id = :slot AND undone_at IS NULL", slot=slot.id))


def deliver(now: dt.datetime) -> list[Envelope]:
    post = Postbox()
    deliver_due(post, act=act_at(now, ActorKind.SYSTEM), stopwatch=lambda: 0.0)
    return post.letters


def waiting() -> list[tuple[str, str]]:
    """Kind and recipient of what waits, oldest first."""
    found = rows("SELECT kind, recipient FROM letters WHERE state = 'waiting' ORDER BY id")
    return [(kind.removeprefix("bookings/"), to) for kind, to in found]


def payloads(kind: str) -> list[dict[str, Any]]:
    found = rows("SELECT payload FROM letters WHERE kind = :kind ORDER BY id", kind=f"bookings/{kind}")
    return [json.loads(payload) if isinstance(payload, str) else payload for (payload,) in found]


def led(slot: MadeSlot, name: str = "Tove") -> int:
    """A trainer who leads every meeting of the slot, with a kit: the trainer's number."""
    trainer = trainers.add_trainer(name=name, act=maj()).id
    programme.set_competences(trainer, kinds=[ActivityKind.WORKSHOP], act=maj())
    place = value("SELECT place_id FROM slots WHERE id = :id", id=slot.id)
    kit = trainers.add_kit(name="Låda 1", thing="Blue-Bot", pieces=6, home_place_id=place, act=maj()).id
    for (meeting,) in rows("SELECT id FROM meetings WHERE slot_id = :slot ORDER BY id", slot=slot.id):
        programme.assign(meeting, trainer_id=trainer, accepting="Ja", act=maj(NOW))
        programme.reserve_kits(meeting, kit_ids=[kit], accepting="Ja", act=maj(NOW))
    return trainer


def with_room(slot: MadeSlot) -> int:
    """The slot's meetings reserve a room of its place: the room's number."""
    place = session().get_one(Place, value("SELECT place_id FROM slots WHERE id = :id", id=slot.id))
    room = builders.make_room(place).id
    run("UPDATE slots SET room_id = :room WHERE id = :id", room=room, id=slot.id)
    run(
        "INSERT INTO room_reservations (id, meeting_id, room_id, starts_at, ends_at, holds)"
        " SELECT id, id, :room, starts_at, ends_at, :yes FROM meetings WHERE slot_id = :id",
        room=room,
        id=slot.id,
        yes=True,
    )
    return room


def as_it_is() -> dict[str, Any]:
    """Everything that undoing must bring back, without what can only rise and without the trails of the acts."""
    questions = {
        "slots": "SELECT id, state, starts_at, ends_at, opens_at, closes_at, place_id, room_id, decide_on FROM slots",
        "meetings": "SELECT id, starts_local, ends_local, starts_at, place_id, uid, called_off_at FROM meetings",
        "assignments": "SELECT meeting_id, trainer_id, starts_at, ends_at, standing, holds, uid FROM assignments",
        "kits": "SELECT meeting_id, kit_id, starts_at, ends_at, holds FROM kit_reservations",
        "rooms": "SELECT meeting_id, room_id, starts_at, ends_at, holds FROM room_reservations",
        "bookings": "SELECT id, standing, party, queue_number, sequence FROM bookings",
        "pools": "SELECT id, seats, seated, queued FROM seat_pools",
        "offs": "SELECT slot_id FROM call_offs UNION ALL SELECT meeting_id FROM meeting_call_offs",
        "accepted": "SELECT meeting_id, kind, reason FROM accepted_clashes",
        "links": "SELECT id, purpose, ends_at FROM links",
        "letters": "SELECT kind, recipient, subject, due_at FROM letters WHERE state = 'waiting'",
    }
    return {name: sorted(rows(question), key=repr) for name, question in questions.items()}


def sequences(slot: MadeSlot) -> list[int]:
    return [number for (number,) in rows("SELECT sequence FROM meetings WHERE slot_id = :s ORDER BY id", s=slot.id)]


def do(what: str, slot: MadeSlot) -> None:
    if what == "call off":
        call_off(slot)
    elif what == "call off a meeting":
        services.call_off_meeting(meeting_of(slot, 1), reason_sv=LEAK, act=maj())
    elif what == "move in time":
        move(slot, STARTS + 2 * HOUR)
    else:
        move(slot, STARTS + HOUR, place_id=builders.make_place("tollarp", "Tollarps bibliotek").id)


ACTS = ("call off", "call off a meeting", "move in time", "move to a place")


@pytest.mark.parametrize("what", ACTS)
def test_undoing_within_two_minutes_leaves_everything_as_it_was_and_nobody_hears_of_it(app: Flask, what: str) -> None:
    slot = make_slot(seats=2, meetings=3)
    book(slot, wishes(SAMIRA, children=2))
    deliver(NOW)
    book(slot, wishes(ROLF), now=NOW + MINUTE)  # his letter still waits
    led(slot)
    with_room(slot)
    before, risen = as_it_is(), sequences(slot)

    do(what, slot)
    assert as_it_is() != before
    undo(slot)

    assert as_it_is() == before
    assert [now >= then for now, then in zip(sequences(slot), risen, strict=True)] == [True] * 3
    assert max(sequences(slot)) == 2  # once there, once back
    assert [envelope.recipient for envelope in deliver(AT + 5 * MINUTE)] == [ROLF]


def test_a_lone_meeting_that_changed_place_gets_back_its_slots_place_and_room(app: Flask) -> None:
    slot = make_slot()
    with_room(slot)
    before = as_it_is()

    do("move to a place", slot)
    undo(slot)

    assert as_it_is() == before


def test_a_draft_that_was_called_off_is_a_draft_again(app: Flask) -> None:
    slot = make_slot(state=SlotState.DRAFT)

    call_off(slot)
    undo(slot)

    assert value("SELECT state FROM slots") == SlotState.DRAFT


def test_it_is_too_late_once_the_letters_may_leave(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    call_off(slot)

    with pytest.raises(TooLateToUndo):
        undo(slot, AT + 2 * MINUTE)

    assert value("SELECT state FROM slots") == SlotState.CALLED_OFF


def test_nothing_is_held_and_nothing_undone_within_six_hours_of_the_start(app: Flask) -> None:
    slot = make_slot(starts_at=AT + 6 * HOUR)
    book(slot, wishes(SAMIRA))
    call_off(slot)

    with pytest.raises(TooLateToUndo):
        undo(slot, AT + dt.timedelta(seconds=1))


def test_only_the_last_act_is_undone_and_only_once(app: Flask) -> None:
    slot = make_slot()
    move(slot, STARTS + HOUR)
    moved = last_undo(slot)
    call_off(slot, AT + MINUTE / 2)

    with pytest.raises(NothingToUndo):
        outer.undo(slot.id, undo_id=moved, act=maj(AT + MINUTE))
    undo(slot)
    undo(slot)
    with pytest.raises(NothingToUndo):
        outer.undo(slot.id, undo_id=moved, act=maj(AT + MINUTE))

    assert sequences(slot) == [4]
    assert value("SELECT starts_at FROM slots") == value("SELECT starts_at FROM meetings")


def test_a_family_is_told_of_the_earlier_move_alone_when_the_later_one_is_undone(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    deliver(NOW)
    move(slot, STARTS + HOUR)
    move(slot, STARTS + 2 * HOUR, now=AT + MINUTE)

    undo(slot, AT + 2 * MINUTE)

    assert waiting() == [("moved", SAMIRA)]
    assert len(deliver(AT + 5 * MINUTE)) == 1
    assert dt.datetime.fromisoformat(payloads("moved")[0]["now"]["starts_at"]) == STARTS + HOUR


def test_who_booked_at_the_time_in_between_is_told_that_it_is_the_old_one(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    deliver(NOW)
    move(slot, STARTS + HOUR)
    book(slot, wishes(ROLF), now=AT + MINUTE / 2)

    undo(slot)

    assert waiting() == [("seated", ROLF), ("moved", ROLF)]
    was, now = payloads("moved")[-1]["was"], payloads("moved")[-1]["now"]
    assert (dt.datetime.fromisoformat(was["starts_at"]), dt.datetime.fromisoformat(now["starts_at"])) == (
        STARTS + HOUR,
        STARTS,
    )


def test_who_booked_while_a_meeting_was_off_is_told_that_it_is_on(app: Flask) -> None:
    slot = make_slot(meetings=2)
    services.call_off_meeting(meeting_of(slot, 1), reason_sv=LEAK, act=maj())
    book(slot, wishes(ROLF), now=AT + MINUTE / 2)

    undo(slot)

    assert waiting() == [("seated", ROLF), ("back_on", ROLF)]


def test_a_letter_that_waited_is_not_sent_after_all_to_who_has_cancelled(app: Flask) -> None:
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    deliver(NOW)
    move(slot, STARTS + HOUR)
    move(slot, STARTS + 2 * HOUR, now=AT + MINUTE / 4)
    services.cancel(ref, act=act_at(AT + MINUTE / 2, ActorKind.FAMILY))

    undo(slot)

    assert waiting() == [("cancelled", SAMIRA)]
    assert standing(ref) is Standing.CANCELLED


@pytest.mark.parametrize("what", ["trainer", "kit", "room"])
def test_undoing_is_refused_as_a_whole_when_somebody_else_has_taken_what_it_held(app: Flask, what: str) -> None:
    slot, other = make_slot(), make_slot()
    trainer, room = led(slot), with_room(slot)
    call_off(slot)
    kit = value("SELECT max(id) FROM kits")
    if what == "trainer":
        programme.assign(meeting_of(other), trainer_id=trainer, accepting="Ja", act=maj(AT + MINUTE / 2))
    elif what == "kit":
        programme.reserve_kits(meeting_of(other), kit_ids=[kit], accepting="Ja", act=maj(AT + MINUTE / 2))
    else:
        run(
            "INSERT INTO room_reservations (id, meeting_id, room_id, starts_at, ends_at, holds)"
            " SELECT id, id, :room, starts_at, ends_at, :yes FROM meetings WHERE slot_id = :id",
            room=room,
            id=other.id,
            yes=True,
        )
    before = database_dump()

    with pytest.raises(HardClash):
        undo(slot)

    assert database_dump() == before


def test_undoing_a_move_is_refused_when_the_trainer_leads_another_at_the_old_time(app: Flask) -> None:
    slot, other = make_slot(), make_slot()
    trainer = led(slot)
    move(slot, STARTS + 3 * HOUR)
    programme.assign(meeting_of(other), trainer_id=trainer, accepting="Ja", act=maj(AT + MINUTE / 2))

    with pytest.raises(HardClash):
        undo(slot)

    assert len(waiting()) == 0
    assert sequences(slot) == [1]


def test_a_letter_in_a_workers_hand_cannot_be_undone(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    deliver(NOW)
    call_off(slot)
    # The worker's clock is ahead of the desk's.
    assert len(claim(limit=5, act=act_at(AT + 2 * MINUTE, ActorKind.SYSTEM))) == 1

    with pytest.raises(TooLateToUndo):
        undo(slot)

    assert value("SELECT state FROM slots") == SlotState.CALLED_OFF


@pytest.mark.parametrize("turn", range(6))
def test_while_a_worker_sends_an_undo_wins_for_all_families_or_for_none(app: Flask, turn: int) -> None:
    slot = make_slot(seats=40)
    for number in range(12):
        book(slot, wishes(f"familj{number}@example.org"))
    deliver(NOW)
    call_off(slot)
    post = Postbox()

    def send() -> None:
        # A worker whose clock is ahead of the desk's claims in the very moment of the undo.
        deliver_due(post, act=act_at(AT + 2 * MINUTE, ActorKind.SYSTEM), stopwatch=lambda: 0.0)

    works: list[Callable[[], Any]] = [send, partial(undo, slot)]
    refused = refusals(at_once(app, works if turn % 2 else works[::-1]))

    state = value("SELECT state FROM slots WHERE id = :id", id=slot.id)
    if refused:
        assert (refused, state, len(post.letters)) == (["TooLateToUndo"], SlotState.CALLED_OFF, 12)
    else:
        assert (state, post.letters) == (SlotState.PUBLISHED, [])
        assert deliver(AT + DAY) == []


def test_two_undos_at_once_are_one(app: Flask) -> None:
    slot = make_slot()
    call_off(slot)
    number = last_undo(slot)

    outcomes = at_once(app, [partial(outer.undo, slot.id, undo_id=number, act=maj(AT + MINUTE))] * 4)

    assert refusals(outcomes) == ["NothingToUndo"] * 3
    assert sequences(slot) == [2]


def test_later_it_takes_place_after_all_and_every_family_hears_so(app: Flask) -> None:
    slot = make_slot(seats=1)
    ref = book(slot, wishes(SAMIRA)).ref
    book(slot, wishes(ROLF))
    led(slot)
    deliver(NOW)
    call_off(slot)
    deliver(AT + 5 * MINUTE)

    services.hold_after_all(slot.id, act=maj(AT + DAY))

    assert waiting() == [("back_on", SAMIRA), ("back_on", ROLF)]
    assert [one.get("calendar", {}).get("method") for one in payloads("back_on")] == ["REQUEST", None]
    assert deliver(AT + DAY + MINUTE) == []
    assert len(deliver(AT + DAY + 2 * MINUTE)) == 2
    assert value("SELECT state FROM slots") == SlotState.PUBLISHED
    assert rows("SELECT holds FROM assignments UNION ALL SELECT holds FROM kit_reservations") == [(1,), (1,)]
    assert standing(ref) is Standing.SEATED
    with pytest.raises(NotCalledOff):
        services.hold_after_all(slot.id, act=maj(AT + DAY))


def test_a_call_off_that_was_not_told_yet_is_not_told_when_it_takes_place_after_all(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    deliver(NOW)
    call_off(slot)

    services.hold_after_all(slot.id, act=maj(AT + 3 * MINUTE))

    assert waiting() == [("back_on", SAMIRA)]


def test_a_meeting_takes_place_after_all_alone_and_not_when_all_is_off(app: Flask) -> None:
    slot = make_slot(meetings=2)
    book(slot, wishes(SAMIRA))
    deliver(NOW)
    services.call_off_meeting(meeting_of(slot, 1), reason_sv=LEAK, act=maj())
    deliver(AT + 5 * MINUTE)

    services.hold_meeting_after_all(meeting_of(slot, 1), act=maj(AT + DAY))

    assert waiting() == [("back_on", SAMIRA)]
    assert value("SELECT count(*) FROM meeting_call_offs") == 0
    call_off(slot, AT + 2 * DAY)
    with pytest.raises(AlreadyCalledOff):
        services.hold_meeting_after_all(meeting_of(slot, 1), act=maj(AT + 2 * DAY))


def test_what_should_have_been_held_while_a_club_was_off_stays_off(app: Flask) -> None:
    slot = make_slot(meetings=3)
    call_off(slot)

    services.hold_after_all(slot.id, act=maj(STARTS + DAY))

    off = [at is not None for (at,) in rows("SELECT called_off_at FROM meetings ORDER BY id")]
    assert off == [True, False, False]
    assert rows("SELECT reason_sv FROM meeting_call_offs") == [(LEAK,)]


def test_what_is_over_does_not_take_place_after_all(app: Flask) -> None:
    slot = make_slot()
    call_off(slot)

    with pytest.raises(Over):
        services.hold_after_all(slot.id, act=maj(STARTS + MINUTE))


def test_a_family_can_change_nothing_while_it_is_off_and_everything_afterwards(app: Flask) -> None:
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    call_off(slot)
    with pytest.raises(CalledOff):
        services.cancel(ref, act=act_at(AT, ActorKind.FAMILY))

    undo(slot)

    services.cancel(ref, act=act_at(AT + 2 * MINUTE, ActorKind.FAMILY))
    assert standing(ref) is Standing.CANCELLED
