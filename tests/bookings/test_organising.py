"""What the organiser does to a slot that families have booked: each is told once, and nothing that is no longer so."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial
from typing import Any

import pytest
from flask import Flask

from booking.accounts import queries as links
from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.bookings import services
from booking.bookings.rules import CalledOff, Child, Standing, TooManyBookings
from booking.kernel.act import Act, ActorKind
from booking.kernel.clock import to_local
from booking.kernel.period import WallPeriod
from booking.outbox.message import Envelope
from booking.outbox.services import deliver_due
from booking.programme.rules import AlreadyCalledOff, LastMeeting, NoReason, SlotState
from booking.programme.rules.clashes import SoftClashes
from booking.settings import current
from tests import builders
from tests.bookings.crowd import at_once
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
    fill,
    letters,
    make_slot,
    new_key,
    pool,
    rows,
    value,
    wishes,
)
from tests.support.calendar_model import Postbox
from tests.support.queries import counted

STARTS = NOW + 10 * DAY
MINUTE = dt.timedelta(minutes=1)
LEAK = "Vattenläcka i lokalen."


def maj(now: dt.datetime = NOW + HOUR) -> Act:
    """An act of Maj's, who plans."""
    return act_at(now, ActorKind.STAFF)


def meeting_of(slot: MadeSlot, number: int = 0) -> int:
    found = rows("SELECT id FROM meetings WHERE slot_id = :slot ORDER BY id", slot=slot.id)
    return int(found[number][0])


def at(start: dt.datetime) -> WallPeriod:
    """An hour on the libraries' clocks."""
    wall = to_local(start).replace(tzinfo=None)
    return WallPeriod(wall, wall + HOUR)


def move(slot: MadeSlot, to: dt.datetime, *, now: dt.datetime = NOW + HOUR, place_id: int | None = None) -> None:
    services.move(meeting_of(slot), to=at(to), place_id=place_id, act=maj(now))


def deliver(now: dt.datetime) -> list[Envelope]:
    """What leaves the house at an instant."""
    post = Postbox()
    deliver_due(post, act=act_at(now, ActorKind.SYSTEM), stopwatch=lambda: 0.0)
    return post.letters


def told(kind: str) -> list[dict[str, Any]]:
    """The payloads of the letters of a kind that wait or went, oldest first."""
    found = rows(
        "SELECT payload FROM letters WHERE kind = :kind AND state IN ('waiting', 'sent') ORDER BY id",
        kind=f"bookings/{kind}",
    )
    return [json.loads(payload) if isinstance(payload, str) else payload for (payload,) in found]


def states(recipient: str) -> list[tuple[str, str]]:
    """Kind and state of every letter to somebody, oldest first."""
    found = rows("SELECT kind, state FROM letters WHERE recipient = :to ORDER BY id", to=recipient)
    return [(kind.removeprefix("bookings/"), state) for kind, state in found]


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def test_a_call_off_tells_every_family_once_whether_it_has_seats_or_waits(app: Flask) -> None:
    slot = make_slot(seats=3)
    samira = book(slot, wishes(SAMIRA, children=2)).ref
    cancelled = book(slot, wishes(KARIN)).ref
    services.cancel(cancelled, act=act_at())
    book(slot, wishes(""))  # by telephone
    book(slot, wishes(ROLF))
    services.add_child(samira, child=Child("Cleo", 9), key=new_key(), act=act_at())  # waits alone
    deliver(NOW)

    services.call_off(slot.id, reason_sv=LEAK, reason_en="A leak.", act=maj())

    called_off = [to for kind, to in letters() if kind == "called_off"]
    assert called_off == [SAMIRA, ROLF]
    assert [payload["standing"] for payload in told("called_off")] == ["seated", "queued"]
    assert [payload.get("calendar", {}).get("method") for payload in told("called_off")] == ["CANCEL", None]
    assert all(payload["reason"] == {"sv": LEAK, "en": "A leak."} for payload in told("called_off"))
    assert value("SELECT state FROM slots") == SlotState.CALLED_OFF
    assert pool(slot) == (3, 3, 2)  # the bookings keep their rows


def test_what_was_called_off_does_not_count_among_the_bookings_that_an_address_may_have(app: Flask) -> None:
    limit = current().live_bookings_per_address
    slots = [make_slot() for _ in range(limit + 1)]
    for slot in slots[:-1]:
        book(slot, wishes(SAMIRA))
    with pytest.raises(TooManyBookings):
        book(slots[-1], wishes(SAMIRA))

    services.call_off(slots[0].id, reason_sv=LEAK, act=maj())

    assert book(slots[-1], wishes(SAMIRA)).standing is Standing.SEATED


def test_letters_about_a_slot_that_was_called_off_are_never_sent(app: Flask) -> None:
    slot, other = make_slot(seats=1), make_slot()
    book(slot, wishes(SAMIRA))
    book(slot, wishes(ROLF))
    book(other, wishes(SAMIRA))
    services.cancel(book(slot, wishes(KARIN)).ref, act=act_at())

    services.call_off(slot.id, reason_sv=LEAK, act=maj())
    sent = deliver(NOW + 2 * HOUR)

    assert states(SAMIRA) == [("seated", "withdrawn"), ("seated", "sent"), ("called_off", "sent")]
    assert states(ROLF) == [("queued", "withdrawn"), ("called_off", "sent")]
    # What Karin did herself is confirmed all the same.
    assert states(KARIN) == [("queued", "withdrawn"), ("cancelled", "sent")]
    assert len(sent) == 4
    assert value("SELECT count(*) FROM letters WHERE fault IS NOT NULL") == 0


def test_a_letter_in_a_workers_hands_is_not_sent_when_its_slot_is_called_off_meanwhile(app: Flask) -> None:
    slot = make_slot()
    for family in (SAMIRA, ROLF):
        book(slot, wishes(family))

    class CallsOffAfterTheFirst(Postbox):
        def send(self, envelope: Envelope) -> None:
            super().send(envelope)
            if len(self.letters) == 1:
                services.call_off(slot.id, reason_sv=LEAK, act=maj())

    post = CallsOffAfterTheFirst()
    deliver_due(post, act=act_at(NOW + HOUR, ActorKind.SYSTEM), stopwatch=lambda: 0.0)

    assert [letter.recipient for letter in post.letters] == [SAMIRA]
    assert states(ROLF) == [("seated", "withdrawn"), ("called_off", "waiting")]


def test_a_seat_given_back_in_a_letter_that_was_withdrawn_still_leaves_the_calendar(app: Flask) -> None:
    slot = make_slot(seats=2)
    ref = book(slot, wishes(SAMIRA)).ref
    deliver(NOW)
    fill(slot, parties=1)
    services.add_child(ref, child=Child("Bo", 9), key=new_key(), act=act_at())
    services.change_seats(slot.pool_id, seats=1, act=maj(NOW))  # nothing is free for Bo
    ada = value("SELECT id FROM participants WHERE name = 'Ada' ORDER BY id LIMIT 1")
    services.take_away(ref, ada, act=act_at())

    services.call_off(slot.id, reason_sv=LEAK, act=maj())

    assert states(SAMIRA)[-2:] == [("child_cancelled", "withdrawn"), ("called_off", "waiting")]
    (letter,) = (payload for payload in told("called_off") if payload["ref"] == ref)
    assert letter["standing"] == "queued"
    assert letter["calendar"]["method"] == "CANCEL"


@pytest.mark.parametrize(
    ("starts_in", "leaves_after"), [(7 * HOUR, 2 * MINUTE), (6 * HOUR, 0 * MINUTE), (HOUR, 0 * MINUTE)]
)
def test_news_are_held_two_minutes_but_not_when_it_begins_soon(
    app: Flask, starts_in: dt.timedelta, leaves_after: dt.timedelta
) -> None:
    slot = make_slot(starts_at=NOW + starts_in)
    book(slot, wishes(SAMIRA))
    deliver(NOW)

    services.call_off(slot.id, reason_sv=LEAK, act=maj(NOW))

    if leaves_after:
        assert deliver(NOW + leaves_after - dt.timedelta(seconds=1)) == []
    assert [letter.recipient for letter in deliver(NOW + leaves_after)] == [SAMIRA]


def test_a_move_into_a_warning_wants_a_reason_and_tells_nobody_before(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    christmas = at(dt.datetime(2026, 12, 25, 12, tzinfo=dt.UTC))

    with pytest.raises(SoftClashes, match="It is a public holiday"):
        services.move(meeting_of(slot), to=christmas, act=maj())
    assert told("moved") == []
    services.move(meeting_of(slot), to=christmas, accepting="Julöppet.", act=maj())

    assert len(told("moved")) == 1
    assert value("SELECT reason FROM accepted_clashes") == "Julöppet."


def test_a_move_says_what_changed_with_old_and_new(app: Flask) -> None:
    slot = make_slot()
    there = builders.make_place("degeberga", "Degeberga bibliotek", locality="Degeberga").id
    book(slot, wishes(SAMIRA))

    move(slot, STARTS + DAY)
    deliver(NOW + 2 * HOUR)
    move(slot, STARTS + DAY, place_id=there, now=NOW + 3 * HOUR)
    deliver(NOW + 4 * HOUR)
    move(slot, STARTS + 2 * DAY, place_id=value("SELECT min(id) FROM places"), now=NOW + 5 * HOUR)

    moved = told("moved")
    assert [(letter["new_time"], letter["new_place"]) for letter in moved] == [
        (True, False),
        (False, True),
        (True, True),
    ]
    assert [(instant(letter["was"]["starts_at"]), instant(letter["now"]["starts_at"])) for letter in moved] == [
        (STARTS, STARTS + DAY),
        (STARTS + DAY, STARTS + DAY),
        (STARTS + DAY, STARTS + 2 * DAY),
    ]
    assert [letter["now"]["place"]["name"] == "Degeberga bibliotek" for letter in moved] == [False, True, False]
    assert [letter["calendar"]["entries"][0]["sequence"] for letter in moved] == [1, 2, 3]


def test_who_was_not_told_of_a_move_yet_is_told_once_of_the_last_from_what_it_knows(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    deliver(NOW)

    move(slot, STARTS + DAY)
    book(slot, wishes(ROLF), now=NOW + HOUR)  # knows the second day only
    move(slot, STARTS + 2 * DAY, now=NOW + HOUR + MINUTE)
    move(slot, STARTS + 3 * DAY, now=NOW + HOUR + MINUTE)

    assert [state for kind, state in states(SAMIRA) if kind == "moved"] == ["withdrawn", "withdrawn", "waiting"]
    assert {letter["ref"]: instant(letter["was"]["starts_at"]) for letter in told("moved")} == {
        _ref(SAMIRA): STARTS,
        _ref(ROLF): STARTS + DAY,
    }
    assert {instant(letter["now"]["starts_at"]) for letter in told("moved")} == {STARTS + 3 * DAY}


def test_who_is_back_where_it_was_is_told_nothing(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    deliver(NOW)

    move(slot, STARTS + DAY)
    move(slot, STARTS, now=NOW + HOUR + MINUTE)
    move(slot, STARTS, now=NOW + HOUR + MINUTE)  # where it is already

    assert states(SAMIRA) == [("seated", "sent"), ("moved", "withdrawn")]
    assert deliver(NOW + 3 * HOUR) == []


@pytest.mark.parametrize("days", [60, -5])
def test_a_familys_link_lives_thirty_days_after_the_new_end_later_or_earlier(app: Flask, days: int) -> None:
    slot, other = make_slot(), make_slot()
    samira, rolf = book(slot, wishes(SAMIRA)), book(other, wishes(ROLF))
    cancelled = book(slot, wishes(KARIN))
    services.add_child(samira.ref, child=Child("Bo", 9), key=new_key(), act=act_at())
    services.cancel(cancelled.ref, act=act_at())

    move(slot, STARTS + days * DAY)

    end = STARTS + days * DAY + HOUR + 30 * DAY
    for receipt, ends_at in ((samira, end), (cancelled, end), (rolf, STARTS + HOUR + 30 * DAY)):
        assert [link.ends_at for link in links.living([receipt.link_id], now=NOW)] == [ends_at]


def test_a_link_lives_after_the_last_meeting_whichever_of_a_club_is_moved(app: Flask) -> None:
    club = make_slot(meetings=3)
    samira = book(club, wishes(SAMIRA))

    services.move(meeting_of(club, 0), to=at(STARTS + 2 * DAY), act=maj())
    (link,) = links.living([samira.link_id], now=NOW)
    assert link.ends_at == instant(_meeting_start(club, 2)) + HOUR + 30 * DAY

    services.move(meeting_of(club, 0), to=at(STARTS + 21 * DAY), act=maj())
    (link,) = links.living([samira.link_id], now=NOW)
    assert link.ends_at == STARTS + 21 * DAY + HOUR + 30 * DAY


def test_a_link_that_was_ended_by_hand_stays_so_when_its_workshop_is_moved(app: Flask) -> None:
    slot = make_slot()
    samira = book(slot, wishes(SAMIRA))
    accounts.revoke(Purpose.MANAGE, samira.ref, act=act_at())

    move(slot, STARTS + 60 * DAY)

    assert links.living([samira.link_id], now=NOW) == []


def test_the_way_into_an_online_meeting_moves_with_it_and_with_no_other(app: Flask) -> None:
    club = make_slot(meetings=2)
    ref = book(club, wishes(SAMIRA)).ref
    ways = [
        accounts.store(accounts.draw(Purpose.JOIN, ref, ends_at=STARTS + days * DAY + HOUR, act=act_at()))
        for days in (0, 7)
    ]

    move(club, STARTS + HOUR)

    ends = {link.id: link.ends_at for link in links.living(ways, now=NOW)}
    assert ends == {ways[0]: STARTS + 2 * HOUR, ways[1]: STARTS + 7 * DAY + HOUR}


def test_another_meetings_move_is_told_all_the_same(app: Flask) -> None:
    club = make_slot(meetings=3)
    book(club, wishes(SAMIRA))

    services.move(meeting_of(club, 1), to=at(STARTS + 8 * DAY), act=maj())
    services.move(meeting_of(club, 2), to=at(STARTS + 15 * DAY), act=maj())

    assert [letter["meeting_id"] for letter in told("moved")] == [meeting_of(club, 1), meeting_of(club, 2)]


def test_a_call_off_names_the_time_that_the_family_was_told(app: Flask) -> None:
    slot, club = make_slot(), make_slot(meetings=2)
    book(slot, wishes(SAMIRA))
    book(club, wishes(ROLF))
    deliver(NOW)
    move(slot, STARTS + DAY)
    move(club, STARTS + DAY)

    services.call_off(slot.id, reason_sv=LEAK, act=maj())
    services.call_off_meeting(meeting_of(club), reason_sv=LEAK, act=maj())

    (whole,), (one,) = told("called_off"), told("meeting_off")
    assert [instant(meeting["starts_at"]) for meeting in whole["meetings"]] == [STARTS]
    assert instant(one["off"]["starts_at"]) == STARTS
    assert told("moved") == []


def test_who_cancels_is_spared_the_news_that_wait(app: Flask) -> None:
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    move(slot, STARTS + DAY)

    services.cancel(ref, act=act_at(NOW + HOUR + MINUTE))
    deliver(NOW + 2 * HOUR)

    assert states(SAMIRA) == [("seated", "sent"), ("moved", "withdrawn"), ("cancelled", "sent")]


def test_one_meeting_of_a_club_is_called_off_and_the_others_go_on(app: Flask) -> None:
    club = make_slot(meetings=3)
    book(club, wishes(SAMIRA))

    services.call_off_meeting(meeting_of(club, 1), reason_sv=LEAK, act=maj())

    (letter,) = told("meeting_off")
    assert instant(letter["off"]["starts_at"]) == instant(_meeting_start(club, 1))
    assert len(letter["meetings"]) == 2
    assert [entry["off"] for entry in letter["calendar"]["entries"]] == [False, True, False]
    assert value("SELECT state FROM slots") == SlotState.PUBLISHED
    assert value("SELECT reason_sv FROM meeting_call_offs") == LEAK
    with pytest.raises(AlreadyCalledOff):
        services.call_off_meeting(meeting_of(club, 1), reason_sv=LEAK, act=maj())
    with pytest.raises(AlreadyCalledOff):
        services.move(meeting_of(club, 1), to=at(STARTS + DAY), act=maj())


def test_the_last_meeting_is_not_called_off_by_itself(app: Flask) -> None:
    club = make_slot(meetings=2)
    services.call_off_meeting(meeting_of(club, 0), reason_sv=LEAK, act=maj())

    with pytest.raises(LastMeeting):
        services.call_off_meeting(meeting_of(club, 1), reason_sv=LEAK, act=maj())


@pytest.mark.parametrize("over", [STARTS + HOUR, STARTS + 2 * HOUR])
def test_nobody_is_told_of_what_is_over(app: Flask, over: dt.datetime) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    deliver(NOW)

    services.call_off(slot.id, reason_sv=LEAK, act=maj(over))

    assert states(SAMIRA) == [("seated", "sent")]


def test_of_a_club_that_is_called_off_half_way_only_what_is_left_is_told(app: Flask) -> None:
    club = make_slot(meetings=3)
    book(club, wishes(SAMIRA))

    services.call_off(club.id, reason_sv=LEAK, act=maj(STARTS + 2 * HOUR))

    (letter,) = told("called_off")
    assert len(letter["meetings"]) == 2
    # The first was held: it stays in the family's calendar as it is, and in the feeds.
    assert [(entry["off"], entry["sequence"]) for entry in letter["calendar"]["entries"]] == [
        (False, 0),
        (True, 1),
        (True, 1),
    ]
    assert [number for (number,) in rows("SELECT sequence FROM meetings ORDER BY id")] == [0, 1, 1]


def test_who_leaves_a_club_half_way_keeps_in_its_calendar_what_was_held(app: Flask) -> None:
    club = make_slot(meetings=3)
    ref = book(club, wishes(SAMIRA)).ref

    services.cancel(ref, act=act_at(STARTS + 2 * HOUR))

    (letter,) = told("cancelled")
    assert [entry["off"] for entry in letter["calendar"]["entries"]] == [False, True, True]


def test_a_call_off_letter_is_of_use_until_the_last_end(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    services.call_off(slot.id, reason_sv=LEAK, act=maj())

    assert deliver(STARTS + HOUR + MINUTE) == []
    assert states(SAMIRA)[-1] == ("called_off", "stopped")


def test_what_is_refused_tells_nobody_and_withdraws_nothing(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))

    with pytest.raises(NoReason):
        services.call_off(slot.id, reason_sv=" ", act=maj())

    assert states(SAMIRA) == [("seated", "waiting")]
    services.call_off(slot.id, reason_sv=LEAK, act=maj())
    with pytest.raises(AlreadyCalledOff):
        services.call_off(slot.id, reason_sv=LEAK, act=maj())
    assert states(SAMIRA) == [("seated", "withdrawn"), ("called_off", "waiting")]


def test_a_verb_that_fails_at_its_end_leaves_all_as_it_was(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requirement G1: the letters are written in the verb's own transaction."""
    slot = make_slot()
    book(slot, wishes(SAMIRA))

    def fails(*_letters: object, **_act: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("booking.bookings.services.organising.outbox.enqueue_all", fails)
    with pytest.raises(RuntimeError):
        services.call_off(slot.id, reason_sv=LEAK, act=maj())

    assert value("SELECT state FROM slots") == SlotState.PUBLISHED
    assert states(SAMIRA) == [("seated", "waiting")]


def test_three_hundred_families_cost_no_more_statements_than_three(app: Flask) -> None:
    """Requirement G11, the writing side: others wait for the lock meanwhile. Most judge what the move takes."""
    few, many = make_slot(seats=2), make_slot(seats=250)
    fill(few, parties=3)
    fill(many, parties=300)
    there = builders.make_place("degeberga", "Degeberga bibliotek", locality="Degeberga").id
    numbers: dict[str, list[int]] = {}
    for slot in (few, many):
        acts = {
            "move": partial(services.move, meeting_of(slot), to=at(STARTS + DAY), place_id=there, act=maj()),
            "move again": partial(services.move, meeting_of(slot), to=at(STARTS + 2 * DAY), act=maj()),
            "call off": partial(services.call_off, slot.id, reason_sv=LEAK, act=maj()),
        }
        for name, act in acts.items():
            with counted() as sent:
                act()
            numbers.setdefault(name, []).append(len(sent))

    assert all(of_few == of_many for of_few, of_many in numbers.values()), numbers
    assert max(max(counts) for counts in numbers.values()) <= 23, numbers
    assert len(told("called_off")) == 303
    assert len({letter["ref"] for letter in told("called_off")}) == 303


def test_families_who_book_while_it_is_called_off_are_told_or_refused(app: Flask) -> None:
    """Nobody slips in between the families that were told and the state of the slot."""
    slot = make_slot(seats=40)
    works: list[Any] = [partial(book, slot) for _ in range(30)]
    works.insert(15, partial(services.call_off, slot.id, reason_sv=LEAK, act=maj()))

    outcomes = at_once(app, works)

    refused = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert all(isinstance(error, CalledOff) for error in refused)
    booked = {to for kind, to in letters() if kind == "seated"}
    assert len(booked) + len(refused) == 30
    assert {to for kind, to in letters() if kind == "called_off"} == booked
    assert value("SELECT count(*) FROM letters WHERE kind = 'bookings/seated' AND state = 'waiting'") == 0


def test_who_is_only_queued_is_told_that_it_still_is(app: Flask) -> None:
    slot = make_slot(seats=1)
    fill(slot, parties=1)
    receipt = book(slot, wishes(SAMIRA))
    assert receipt.standing is Standing.QUEUED

    move(slot, STARTS + DAY)

    (letter,) = (payload for payload in told("moved") if payload["ref"] == receipt.ref)
    assert letter["standing"] == "queued"
    assert "calendar" not in letter


def test_renaming_a_place_mails_nobody(app: Flask) -> None:
    """Requirement G11: 300 families, and what is told later has the new name."""
    from booking.places import services as places

    slot = make_slot(seats=300)
    fill(slot, parties=300)
    deliver(NOW)
    before = len(letters())

    with counted() as sent:
        places.rename(value("SELECT place_id FROM slots"), name="Nya biblioteket", act=maj())

    assert len(letters()) == before
    assert len(sent) < 10
    services.call_off(slot.id, reason_sv=LEAK, act=maj())
    assert {letter["place"]["name"] for letter in told("called_off")} == {"Nya biblioteket"}
    assert {letter["calendar"]["entries"][0]["place"]["name"] for letter in told("called_off")} == {"Nya biblioteket"}


def _ref(email: str) -> str:
    return str(
        value("SELECT b.ref FROM bookings b JOIN contacts c ON c.id = b.contact_id WHERE c.email = :to", to=email)
    )


def _meeting_start(slot: MadeSlot, number: int) -> str:
    found = rows("SELECT starts_at FROM meetings WHERE slot_id = :slot ORDER BY id", slot=slot.id)[number][0]
    return found.isoformat() if isinstance(found, dt.datetime) else f"{found}+00:00"
