"""What the organiser takes back: as if nothing had been while letters are held, with a letter of its own later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from booking.bookings import queries, rules
from booking.bookings.queries import SlotBookings, SlotFamily
from booking.bookings.rules import Cause, LetterPlan
from booking.bookings.services import telling
from booking.bookings.services.organising import (
    Facts,
    held_facts,
    letters_to,
    move_links,
    subjects,
    take_back,
    what_changed,
)
from booking.bookings.services.telling import About
from booking.kernel.act import Act
from booking.outbox import services as outbox
from booking.programme import services as programme
from booking.programme.models import Undo
from booking.programme.rules import MeetingChange
from booking.programme.rules.undoing import TooLateToUndo, UndoKind
from booking.store import writes

_OFF = ("bookings/called_off", "bookings/meeting_off")


@writes
def undo(slot_id: int, *, undo_id: int, act: Act) -> Undo:
    """Undo what staff did last to a slot, as if it had not been. Inner: subscriptions wraps it, since other letters
    offer the slot.

    Its letters are taken back, and what waited to be told before waits again. A family that had another letter
    meanwhile, because it booked or changed its booking, knows how it was to be: it is told that this has changed, too.
    Raises what `programme.services.put_back` raises, and TooLateToUndo when a letter is leaving at this moment.
    """
    undone, change = programme.put_back(slot_id, undo_id=undo_id, act=act)
    if not outbox.withdraw_untried(undone.letters["written"]):
        raise TooLateToUndo
    told, booked = telling.about_slot(slot_id), queries.of_slot(slot_id)
    if undone.kind is UndoKind.MOVE and change is not None:
        take_back(booked, change.meeting_id)  # what the clock wrote of the time in between
        move_links(change, told, booked, act=act)
    others = queries.told_since(slot_id, undone.at, but=undone.letters["written"])
    known = {telling.about_booking(number) for number in others}
    outbox.send_after_all([number for number, subject in undone.letters["taken_back"] if subject not in known])
    if change is not None and change.now.ends_at > act.now:
        _tell_others(undone, change, told, booked, others, act=act)
    return undone


def _tell_others(
    undone: Undo, change: MeetingChange, told: About, booked: SlotBookings, others: Collection[int], *, act: Act
) -> None:
    families = [family for family in booked.families if family.booking_id in others]
    was, now = held_facts(change.was, told), held_facts(change.now, told)
    own: Facts = {"meeting_id": change.meeting_id, "was": was, "now": now, **what_changed(was, now)}
    is_move = undone.kind is UndoKind.MOVE

    def plan(family: SlotFamily) -> LetterPlan:
        return rules.letter(Cause.MOVED, family.standing, family.standing) if is_move else _back_on(family)

    letters = letters_to(
        families,
        told,
        plan=plan,
        facts=lambda _: own if is_move else {"on": now},
        not_before=act.now,
        not_after=max(change.was.ends_at, change.now.ends_at),
        act=act,
    )
    outbox.enqueue_all(letters, act=act)


@writes
def hold_after_all(slot_id: int, *, act: Act) -> None:
    """A slot that was called off takes place after all, and every family is told so; with trainers, rooms and kits.

    The bookings kept their rows, so who had a seat has it. A letter of the calling off that still waits is not sent.
    Raises NoSuchSlot, NotCalledOff, Over, and HardClash when somebody else has the trainer, the room or a kit by now.
    """
    programme.hold_after_all(slot_id, act=act)
    told, booked = telling.about_slot(slot_id), queries.of_slot(slot_id)
    outbox.withdraw_about(subjects(booked), kinds=_OFF)
    coming = [one for one in told.meetings if not one.is_off and one.ends_at > act.now]
    _tell_back_on(booked, told, {"on": None}, starts_at=max(act.now, coming[0].starts_at), act=act)


@writes
def hold_meeting_after_all(meeting_id: int, *, act: Act) -> None:
    """A meeting that was called off takes place after all, as `hold_after_all`.

    Raises NoSuchMeeting, NotCalledOff, Over, AlreadyCalledOff (all of the slot is), HardClash.
    """
    change = programme.hold_meeting_after_all(meeting_id, act=act)
    told, booked = telling.about_slot(change.slot_id), queries.of_slot(change.slot_id)
    outbox.withdraw_about(subjects(booked), kinds=_OFF[1:], holding=("meeting_id", meeting_id))
    _tell_back_on(booked, told, {"on": held_facts(change.now, told)}, starts_at=change.now.starts_at, act=act)


def _tell_back_on(booked: SlotBookings, told: About, own: Facts, *, starts_at: dt.datetime, act: Act) -> None:
    letters = letters_to(
        booked.families,
        told,
        plan=_back_on,
        facts=lambda _: own,
        not_before=rules.held_until(now=act.now, starts_at=starts_at),
        act=act,
    )
    outbox.enqueue_all(letters, act=act)


def _back_on(family: SlotFamily) -> LetterPlan:
    return rules.letter(Cause.BACK_ON, None, family.standing)
