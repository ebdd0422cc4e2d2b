"""The mails of a booking played into a calendar: exactly one entry, then none (requirement G10).

Every letter is taken as it leaves the house and read by `icalendar` and by ical.js.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import icalendar
import pytest
from flask import Flask

from booking.bookings import services
from booking.bookings.rules import Child, ContactDetails, Standing
from booking.kernel.act import ActorKind
from booking.kernel.clock import to_local
from booking.kernel.period import WallPeriod
from booking.outbox.services import deliver_due
from booking.places import services as places
from tests import builders
from tests.bookings.phones import new_phone, slot_from_now
from tests.bookings.world import (
    DAY,
    HOUR,
    NOW,
    ROLF,
    SAMIRA,
    MadeSlot,
    act_at,
    book,
    child_id,
    fill,
    make_slot,
    new_key,
    rows,
    standing,
    value,
    wishes,
)
from tests.support.calendar_model import CalendarModel, Entry, Postbox
from tests.support.icaljs import IcalJs

STARTS = NOW + 10 * DAY
KARIN = "karin@example.org"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(scope="module")
def icaljs() -> Iterator[IcalJs]:
    with IcalJs() as judge:
        yield judge


@pytest.fixture
def samira(app: Flask, icaljs: IcalJs) -> CalendarModel:
    """Samira's calendar."""
    return CalendarModel(icaljs, (SAMIRA,))


class Clock:
    """Time that goes on between the acts, and the mail that leaves meanwhile."""

    def __init__(self) -> None:
        self.now = NOW
        self.post = Postbox()
        self.calendars: list[CalendarModel] = []

    def maj(self) -> Any:
        """An act of Maj's, an hour later than the last one."""
        self.now += HOUR
        return act_at(self.now, ActorKind.STAFF)

    def family(self) -> Any:
        self.now += HOUR
        return act_at(self.now, ActorKind.FAMILY)

    def mail(self) -> None:
        """Ten minutes go by, and whatever is due is sent and read."""
        self.now += 10 * MINUTE
        seen = len(self.post.letters)
        deliver_due(self.post, act=act_at(self.now, ActorKind.SYSTEM), stopwatch=lambda: 0.0)
        for letter, calendar in itertools.product(self.post.letters[seen:], self.calendars):
            calendar.receive(letter)


@pytest.fixture
def clock(samira: CalendarModel) -> Clock:
    clock = Clock()
    clock.calendars.append(samira)
    return clock


def meeting_of(slot: MadeSlot, number: int = 0) -> int:
    """A meeting's number, counted from the slot's first."""
    found = rows("SELECT id FROM meetings WHERE slot_id = :slot ORDER BY id", slot=slot.id)
    return int(found[number][0])


def later(start: dt.datetime, **by: int) -> WallPeriod:
    """An hour on the libraries' clocks."""
    wall = to_local(start + dt.timedelta(**by)).replace(tzinfo=None)
    return WallPeriod(wall, wall + HOUR)


def test_book_move_take_one_child_away_rename_the_place_call_off_is_one_entry_and_then_none(
    clock: Clock, samira: CalendarModel
) -> None:
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA, children=2)).ref
    clock.mail()
    (booked,) = samira.shown
    assert (booked.starts_at, booked.sequence, booked.status) == (STARTS, 0, "CONFIRMED")

    services.move(meeting_of(slot), to=later(STARTS, days=1), act=clock.maj())
    clock.mail()
    (moved,) = samira.shown
    assert (moved.uid, moved.starts_at) == (booked.uid, STARTS + DAY)
    assert moved.sequence > booked.sequence

    services.take_away(ref, child_id(ref, "Bo"), act=clock.family())
    clock.mail()
    assert samira.shown == [moved]

    sent = len(clock.post.letters)
    places.rename(value("SELECT place_id FROM slots"), name="Nya biblioteket", act=clock.maj())
    clock.mail()
    assert len(clock.post.letters) == sent
    assert samira.shown == [moved]

    services.call_off(slot.id, reason_sv="Vattenläcka.", act=clock.maj())
    clock.mail()
    assert samira.entries == {}
    assert samira.methods == ["REQUEST", "REQUEST", "CANCEL"]


def test_a_renamed_place_has_its_new_name_in_what_is_mailed_from_then_on(clock: Clock, samira: CalendarModel) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    clock.mail()
    places.rename(value("SELECT place_id FROM slots"), name="Nya biblioteket", act=clock.maj())

    services.move(meeting_of(slot), to=later(STARTS, hours=2), act=clock.maj())
    clock.mail()

    (entry,) = samira.shown
    assert entry.location.startswith("Nya biblioteket")
    assert "Nya biblioteket" in text_of(clock.post.letters[-1].content)


def test_book_cancel_and_book_again_is_exactly_one_entry(clock: Clock, samira: CalendarModel) -> None:
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    clock.mail()
    first = samira.shown[0]

    services.cancel(ref, act=clock.family())
    clock.mail()
    assert samira.entries == {}

    book(slot, wishes(SAMIRA), now=clock.now + HOUR)
    clock.now += HOUR
    clock.mail()
    (entry,) = samira.shown
    assert entry.uid != first.uid
    assert entry.starts_at == STARTS
    assert samira.methods == ["REQUEST", "CANCEL", "REQUEST"]


def test_who_waits_has_no_entry_before_there_is_a_seat_and_gets_none_taken_back(
    clock: Clock, samira: CalendarModel
) -> None:
    slot = make_slot(seats=1)
    (full,) = fill(slot, parties=1)
    ref = book(slot, wishes(SAMIRA)).ref
    services.move(meeting_of(slot), to=later(STARTS, days=1), act=clock.maj())
    clock.mail()
    assert samira.methods == []

    services.cancel(full.ref, act=clock.family())
    clock.mail()
    assert standing(ref) is Standing.SEATED
    (entry,) = samira.shown
    assert entry.starts_at == STARTS + DAY

    services.cancel(ref, act=clock.family())
    clock.mail()
    assert samira.entries == {}

    waiting = make_slot(seats=1)
    fill(waiting, parties=1)
    services.cancel(book(waiting, wishes(SAMIRA), now=clock.now).ref, act=clock.family())
    services.call_off(waiting.id, reason_sv="Vattenläcka.", act=clock.maj())
    clock.mail()
    assert samira.methods == ["REQUEST", "CANCEL"]


def test_the_entry_stays_while_one_child_has_a_seat_and_comes_back_with_the_next_seat(
    clock: Clock, samira: CalendarModel
) -> None:
    """Ada has a seat, Bo waits; Ada goes: no entry. Then Bo gets a seat: one entry, newer than what was taken back."""
    slot = make_slot(seats=2)
    (stranger,) = fill(slot, parties=1)
    ref = book(slot, wishes(SAMIRA)).ref
    services.add_child(ref, child=Child("Bo", 9), key=new_key(), act=clock.family())
    fill(slot, parties=1)  # somebody waits behind Bo
    clock.mail()
    assert len(samira.shown) == 1
    first = samira.shown[0]

    # A seat of Ada's goes to Bo at once: who waits longest is of the same family.
    services.take_away(ref, child_id(ref, "Ada"), act=clock.family())
    clock.mail()
    (entry,) = samira.shown
    assert entry.uid == first.uid
    assert entry.sequence > first.sequence
    assert samira.methods == ["REQUEST", "CANCEL", "REQUEST"]

    services.cancel(stranger.ref, act=clock.family())
    services.cancel(ref, act=clock.family())
    clock.mail()
    assert samira.entries == {}


def test_a_seated_child_that_is_added_to_a_waiting_family_gives_it_an_entry(
    clock: Clock, samira: CalendarModel
) -> None:
    """Three wait for two free seats; a child that is added alone fits past them."""
    slot = make_slot(seats=4)
    fill(slot, parties=1, children=3)
    ref = book(slot, wishes(SAMIRA, children=3)).ref
    clock.mail()
    assert samira.methods == []

    assert services.add_child(ref, child=Child("Disa", 9), key=new_key(), act=clock.family()) is Standing.SEATED
    clock.mail()

    (entry,) = samira.shown
    assert entry.starts_at == STARTS


def test_a_party_that_gets_its_seats_past_a_larger_one_has_an_entry_that_counts_on(
    clock: Clock, samira: CalendarModel
) -> None:
    slot = make_slot(seats=4)
    fill(slot, parties=1, children=2)
    fill(slot, parties=1, children=3)
    ref = book(slot, wishes(SAMIRA)).ref
    clock.mail()
    assert standing(ref) is Standing.SEATED
    (entry,) = samira.shown
    assert entry.sequence == value("SELECT sequence FROM bookings WHERE ref = :ref", ref=ref)


def test_a_club_sends_one_file_with_all_its_meetings_and_calling_off_one_marks_that_one(
    clock: Clock, samira: CalendarModel
) -> None:
    slot = make_slot(meetings=6)
    ref = book(slot, wishes(SAMIRA)).ref
    clock.mail()
    before = samira.shown
    assert len(before) == 6
    assert [entry.starts_at for entry in before] == [
        when for (when,) in _instants("SELECT starts_at FROM meetings ORDER BY starts_at")
    ]

    services.call_off_meeting(meeting_of(slot, 2), reason_sv="Vattenläcka.", act=clock.maj())
    clock.mail()
    (off,) = samira.struck
    assert (off.uid, off.sequence) == (before[2].uid, before[2].sequence + 1)
    assert off.summary.startswith("INSTÄLLT: ")
    assert [_lasting(entry) for entry in samira.shown] == [_lasting(entry) for entry in before if entry.uid != off.uid]

    services.move(meeting_of(slot, 4), to=later(before[4].starts_at, days=1), act=clock.maj())
    clock.mail()
    changed = [entry for entry in samira.shown if _lasting(entry) not in map(_lasting, before)]
    assert [(entry.uid, entry.starts_at) for entry in changed] == [(before[4].uid, before[4].starts_at + DAY)]

    services.cancel(ref, act=clock.family())
    clock.mail()
    assert samira.shown == []
    assert len(samira.struck) == 6
    assert samira.methods == ["PUBLISH"] * 4


@pytest.mark.parametrize("first", ["2026-10-22 16:30", "2027-03-25 16:30", "2027-10-28 16:30"])
def test_a_club_over_the_night_when_the_clocks_change_keeps_its_wall_time(
    clock: Clock, samira: CalendarModel, first: str
) -> None:
    starts = builders.local(first)
    clock.now = starts - 20 * DAY
    slot = make_slot(starts_at=starts, meetings=2, opens_at=starts - 30 * DAY)
    book(slot, wishes(SAMIRA), now=clock.now)
    clock.mail()

    before, after = samira.shown
    assert [f"{to_local(entry.starts_at):%H:%M}" for entry in (before, after)] == ["16:30", "16:30"]
    assert (after.starts_at - before.starts_at) in (7 * DAY - HOUR, 7 * DAY + HOUR)


def test_the_entry_is_the_same_in_the_mail_and_in_the_file_to_download(
    app: Flask, clock: Clock, samira: CalendarModel
) -> None:
    """Requirement J6: one identity, and the same count of changes."""
    slot = slot_from_now(seats=1)
    clock.now = dt.datetime.now(dt.UTC)
    starts = clock.now + 10 * DAY
    full = book(slot, now=clock.now).ref
    ref = book(slot, wishes(SAMIRA), now=clock.now).ref
    services.cancel(full, act=clock.family())
    services.move(meeting_of(slot), to=later(starts, days=1), act=clock.maj())
    clock.mail()

    link = re.search(r"/l/[\w-]+", text_of(clock.post.letters[-1].content))
    assert link
    phone = new_phone(app)
    phone.get(link[0])
    file = phone.get(f"/bokning/{ref}.ics")

    (event,) = icalendar.Calendar.from_ical(file.data).walk("VEVENT")
    (entry,) = samira.shown
    assert (str(event["UID"]), int(str(event["SEQUENCE"]))) == (entry.uid, entry.sequence)


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_booking_that_goes_to_another_address_ends_in_the_old_calendar_and_stays_in_a_shared_one(
    clock: Clock, samira: CalendarModel, icaljs: IcalJs, shuffled: bool
) -> None:
    karin, shared = CalendarModel(icaljs, (KARIN,)), CalendarModel(icaljs, (SAMIRA, KARIN))
    clock.calendars.append(karin)
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    clock.mail()
    services.change_contact(
        ref, contact=ContactDetails("Karin", KARIN, "+46701234567"), adults=1, needs="", act=clock.family()
    )
    clock.mail()

    assert samira.entries == {}
    assert len(karin.shown) == 1
    booked, *others = clock.post.letters
    for letter in [booked, *(reversed(others) if shuffled else others)]:
        shared.receive(letter)
    assert len(shared.shown) == 1


def test_nobody_else_is_mailed_and_no_letter_holds_a_name_or_what_was_typed(
    clock: Clock, samira: CalendarModel, icaljs: IcalJs
) -> None:
    """Requirements G6, G9 and G10, with every letter of this room that there is."""
    rolf = CalendarModel(icaljs, (ROLF,))
    clock.calendars.append(rolf)
    typed = ("Zebulon", "Ymer", "Kvittra", "hemligtbehov", "+46701234567")
    wanted = wishes(SAMIRA, needs="hemligtbehov")
    wanted = type(wanted)((Child("Zebulon", 9),), ContactDetails("Kvittra", SAMIRA, "+46701234567"), 1, "hemligtbehov")
    slot, club = make_slot(seats=2), make_slot(meetings=3)
    ref = book(slot, wanted).ref
    rest = book(slot, wishes(ROLF, children=2)).ref
    services.add_child(ref, child=Child("Ymer", 9), key=new_key(), act=clock.family())
    book(club, wanted)
    services.move(meeting_of(slot), to=later(STARTS, days=1), act=clock.maj())
    services.call_off_meeting(meeting_of(club, 1), reason_sv="Vattenläcka.", act=clock.maj())
    clock.mail()
    services.take_away(ref, child_id(ref, "Zebulon"), act=clock.family())
    services.cancel(rest, act=clock.family())
    services.call_off(slot.id, reason_sv="Vattenläcka.", act=clock.maj())
    clock.mail()

    told = {kind for (kind,) in rows("SELECT DISTINCT kind FROM letters WHERE state = 'sent'")}
    assert told >= {
        f"bookings/{kind}" for kind in ("seated", "queued", "moved", "meeting_off", "cancelled", "called_off")
    }
    assert {letter.recipient for letter in clock.post.letters} == {SAMIRA, ROLF}
    assert len(samira.shown) == 2
    assert rolf.entries == {}
    for letter in clock.post.letters:
        text = text_of(letter.content)
        assert not [word for word in typed if word in text]
        for written in calendars_of(letter.content):
            assert "/l/" not in written
            assert written.count("ATTENDEE") <= written.count("BEGIN:VEVENT")


def text_of(content: bytes) -> str:
    """Every part of a letter that people or programs read, decoded, and its head."""
    message = message_from_bytes(content, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    parts: list[Any] = [part for part in message.walk() if not part.is_multipart()]
    texts = [part.get_payload(decode=True).decode().replace("\r\n ", "") for part in parts]
    return "\n".join([str(message["Subject"]), str(message["To"]), *texts])


def calendars_of(content: bytes) -> list[str]:
    message: Any = message_from_bytes(content, policy=policy.SMTP)
    return [
        part.get_payload(decode=True).decode().replace("\r\n ", "")
        for part in message.walk()
        if part.get_content_type() in ("text/calendar", "application/ics")
    ]


def _lasting(entry: Entry) -> Entry:
    """The entry without the moment at which it was written."""
    return entry._replace(stamped_at=0)


def _instants(question: str) -> list[tuple[dt.datetime, ...]]:
    """Instants as both databases give them to plain SQL."""
    return [
        tuple(
            when.astimezone(dt.UTC) if isinstance(when, dt.datetime) else dt.datetime.fromisoformat(f"{when}+00:00")
            for when in row
        )
        for row in rows(question)
    ]
