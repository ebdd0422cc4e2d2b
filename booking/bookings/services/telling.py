"""Letters about bookings: which facts each one carries. Never a child's name, nor any text that the booker typed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.bookings import queries, rules
from booking.bookings.queries import FamilyBooking, LetterFacts, LetterMeeting, PlaceFacts
from booking.bookings.rules import EntryChange, LetterPlan, Standing
from booking.kernel.act import Act
from booking.outbox import services as outbox

WRITTEN_BY_STAFF = "bookings/message"


@dataclass(frozen=True)
class About:
    """What every letter about one slot says, its meetings for calendars, and when it is too late to say it."""

    payload: dict[str, Any]
    meetings: Sequence[LetterMeeting]
    is_online: bool
    not_after: dt.datetime

    def calendar(self, change: EntryChange, *, uid: str, sequence: int, act: Act) -> dict[str, Any]:
        """What the letter does to one family's calendar, as its payload carries it: nothing when it does nothing.

        `uid` and `sequence` are those of the family's first booking. One meeting makes one entry that is asked for or
        taken back; several are published together, since a request holds one identity (RFC 5546, 3.2.2). A meeting
        that was held is never taken back.
        """
        if change is EntryChange.UNTOUCHED:
            return {}
        is_ended = change is EntryChange.ENDED
        alone = "CANCEL" if is_ended else "REQUEST"
        return {
            "calendar": {
                "method": alone if len(self.meetings) == 1 else "PUBLISH",
                "stamped_at": act.now.isoformat(),
                "entries": [
                    {
                        "uid": rules.entry_uid(uid, meeting.uid),
                        "sequence": rules.entry_sequence(sequence, meeting.sequence),
                        "starts_at": meeting.starts_at.isoformat(),
                        "ends_at": meeting.ends_at.isoformat(),
                        "place": place(meeting.place, is_online=self.is_online),
                        "off": meeting.is_off or (is_ended and meeting.ends_at > act.now),
                    }
                    for meeting in self.meetings
                ],
            }
        }


def about(facts: LetterFacts, meetings: Sequence[LetterMeeting]) -> About:
    """The slot as letters tell it: title, meetings that take place, place, what to bring, whether an adult stays."""
    return About(
        {
            "slot_id": facts.slot_id,
            "title": {"sv": facts.title_sv, "en": facts.title_en or facts.title_sv},
            "meetings": [_time(meeting, facts) for meeting in meetings if not meeting.is_off],
            "place": place(facts.place, is_online=facts.is_online),
            "bring": {"sv": facts.bring_sv, "en": facts.bring_en or facts.bring_sv},
            "adult_stays": facts.adult_stays,
            "note": {"sv": facts.note_sv, "en": facts.note_en or facts.note_sv},
            "phone": facts.phone,
        },
        meetings,
        facts.is_online,
        max((meeting.ends_at for meeting in meetings if not meeting.is_off), default=facts.ends_at),
    )


def about_slot(slot_id: int) -> About:
    """The same, read from the database. Two queries."""
    found = queries.slot_facts(slot_id)
    assert found is not None, "the caller holds a lock on the slot"
    return about(found[1], queries.letter_meetings(slot_id))


def place(facts: PlaceFacts, *, is_online: bool) -> dict[str, Any]:
    """A place as letters tell it."""
    return {
        "name": facts.name,
        "kind": facts.kind.value,
        "address": facts.address,
        "postal_code": facts.postal_code,
        "locality": facts.locality,
        "online": is_online,
    }


def _time(meeting: LetterMeeting, facts: LetterFacts) -> dict[str, Any]:
    """One meeting's times, and its place where that is not the slot's."""
    times: dict[str, Any] = {
        "id": meeting.id,
        "starts_at": meeting.starts_at.isoformat(),
        "ends_at": meeting.ends_at.isoformat(),
    }
    if meeting.place != facts.place:
        times["place"] = place(meeting.place, is_online=facts.is_online)
    return times


def about_slots(slot_ids: Collection[int]) -> dict[int, About]:
    """The same for several slots. Two queries for all of them."""
    meetings = queries.letter_meetings_of(slot_ids)
    return {facts.slot_id: about(facts, meetings[facts.slot_id]) for facts in queries.letter_facts(slot_ids)}


def of_booking(
    ref: str, *, children: int, adults: int, queue_place: int | None, others: bool = False
) -> dict[str, Any]:
    """The booking as letters tell it. `others`: the family has more children in it than the letter is about."""
    return {"ref": ref, "children": children, "adults": adults, "queue_place": queue_place, "others": others}


def tell(
    letter: LetterPlan,
    booking_ids: Sequence[int],
    *,
    told: About,
    act: Act,
    standing: Standing | None = None,
    queue_place: int | None = None,
) -> None:
    """Write a letter to the contacts of these bookings, as they stand in the database now, in this order.

    `standing` and `queue_place`: what became of a child that was added; `standing` alone: what was cancelled, or how
    those stand who are left. Bookings without an e-mail address get none.
    """
    for to in queries.addressees(booking_ids):
        place_in_queue = queue_place
        if standing is None and to.standing is Standing.QUEUED and to.queue_number is not None:
            place_in_queue = queries.queue_place(to.pool_id, to.queue_number)
        outbox.enqueue(
            letter.kind,
            to=to.email,
            language=to.language,
            subject=about_booking(to.booking_id),
            payload={
                **told.payload,
                **of_booking(
                    to.ref, children=to.party, adults=to.adults, queue_place=place_in_queue, others=to.has_others
                ),
                **told.calendar(letter.entry, uid=to.uid, sequence=to.sequence, act=act),
                "standing": (standing or to.standing).value,
                "link": accounts.letter_link(Purpose.MANAGE, to.nonce) if to.nonce else None,
            },
            act=act,
            not_after=told.not_after,
        )


def tell_old_address(letter: LetterPlan, booking: FamilyBooking, *, told: About, act: Act) -> None:
    """Tell the address that a booking had until now that it has another: neither which one, nor a link."""
    for to in queries.addressees([booking.id]) if booking.email else ():
        outbox.enqueue(
            letter.kind,
            to=booking.email,
            language=booking.language,
            subject=about_booking(booking.id),
            payload={
                **told.payload,
                **told.calendar(letter.entry, uid=to.uid, sequence=to.sequence, act=act),
                "ref": booking.ref,
            },
            act=act,
            not_after=told.not_after,
        )


def withdraw_news(bookings: Sequence[FamilyBooking]) -> None:
    """Take back what the organiser's news still waits to tell a family that has cancelled. One statement."""
    kinds = [f"bookings/{name}" for name in rules.NEWS]
    outbox.withdraw_about([about_booking(booking.id) for booking in bookings], kinds=kinds)


def pass_on(bookings: Sequence[FamilyBooking], *, to: str, nonce: bytes, act: Act) -> None:
    """Let what staff wrote to a family, and waits, go to its new address, with its new link; to none it cannot go."""
    if to:
        subjects = [about_booking(booking.id) for booking in bookings]
        link = accounts.letter_link(Purpose.MANAGE, nonce)
        outbox.readdress(WRITTEN_BY_STAFF, subjects, to=to, link=link, act=act)


def take_back(bookings: Sequence[FamilyBooking], *, is_passed_on: bool) -> bool:
    """Take back whatever waits to tell a family of its booking, but for the farewell to an address before this one, and
    what staff wrote when that was passed on.

    Whether one of these letters would have taken the entry out of its calendar. One statement.
    """
    subjects = [about_booking(booking.id) for booking in bookings]
    kept = ["bookings/address_changed", *([WRITTEN_BY_STAFF] if is_passed_on else [])]
    taken_back = outbox.withdraw_about(subjects, but=kept)
    return any(one.payload.get("calendar", {}).get("method") == "CANCEL" for one in taken_back)


def about_booking(number: int) -> str:
    """What a letter about a booking has for its subject in the outbox."""
    return f"booking:{number}"
