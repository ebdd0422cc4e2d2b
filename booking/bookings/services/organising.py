"""What the organiser does to a slot that families have booked: each is told once, in the same transaction.

The verbs of the programme that change slot and meetings are inner to these. However many families there are, the
statements are the same: one reads them all, one takes back what waits and is no longer so, one writes the letters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.bookings import queries, rules
from booking.bookings.queries import SlotBookings, SlotFamily
from booking.bookings.rules import Cause, EntryChange, LetterPlan
from booking.bookings.services import telling
from booking.bookings.services.telling import About
from booking.kernel.act import Act
from booking.kernel.period import WallPeriod
from booking.outbox import services as outbox
from booking.outbox.services import NewLetter, Withdrawn
from booking.programme import services as programme
from booking.programme.rules import Held, MeetingChange
from booking.store import writes

Facts = dict[str, Any]
MOVED = "bookings/moved"
DATED = (MOVED, "bookings/reminder", "bookings/join")
# The clock gives these another name as soon as a meeting has changed, and writes them again by itself.
WRITTEN_ANEW = ("bookings/join",)


@writes
def call_off(slot_id: int, *, reason_sv: str, act: Act, reason_en: str = "") -> None:
    """Call a slot off and tell every family with a part in it, with the reason that is given and no other. Inner:
    subscriptions wraps it, since other letters may be about to offer the slot.

    Letters about its bookings that still wait are not sent any more, but for `rules.OUTLIVE_CALL_OFF`. The bookings
    keep their rows: what was called off can be seen by whoever had booked it. Nobody is told once all is over. Raises
    NoSuchSlot, AlreadyCalledOff, NoReason.
    """
    programme.call_off(slot_id, reason_sv=reason_sv, reason_en=reason_en, act=act)
    told, booked = telling.about_slot(slot_id), queries.of_slot(slot_id)
    taken_back = outbox.withdraw_about(subjects(booked), but=[f"bookings/{name}" for name in rules.OUTLIVE_CALL_OFF])
    coming = [meeting for meeting in told.payload["meetings"] if _instant(meeting["ends_at"]) > act.now]
    if not coming:
        return
    # A family whose seats went back a moment ago still has the entry in its calendar if that letter was taken back.
    owed = {one.subject for one in taken_back if one.payload.get("calendar", {}).get("method") == "CANCEL"}
    last_told = _last_told(taken_back)

    def plan(family: SlotFamily) -> LetterPlan:
        letter = rules.letter(Cause.CALLED_OFF, family.standing, None)
        return letter._replace(entry=EntryChange.ENDED) if telling.about_booking(family.booking_id) in owed else letter

    def facts(family: SlotFamily) -> Facts:
        known = last_told.get(telling.about_booking(family.booking_id), {})
        return {
            "meetings": [{**meeting, **known.get(meeting["id"], {})} for meeting in coming],
            "reason": _both(reason_sv, reason_en),
        }

    _tell_all(booked, told, taken_back, plan=plan, facts=facts, starts_at=_first(coming, act), act=act)


@writes
def call_off_meeting(meeting_id: int, *, reason_sv: str, act: Act, reason_en: str = "") -> None:
    """Call off one meeting of several and tell every family which one; the others go on.

    Raises NoSuchMeeting, AlreadyCalledOff, NoReason, LastMeeting.
    """
    change = programme.call_off_meeting(meeting_id, reason_sv=reason_sv, reason_en=reason_en, act=act)
    told, booked = telling.about_slot(change.slot_id), queries.of_slot(change.slot_id)
    taken_back = take_back(booked, meeting_id)
    last_told = _last_told(taken_back)
    if change.now.ends_at <= act.now:
        return
    here = held_facts(change.now, told)

    def facts(family: SlotFamily) -> Facts:
        known = last_told.get(telling.about_booking(family.booking_id), {})
        return {
            "meeting_id": meeting_id,
            "off": known.get(meeting_id, here),
            "reason": _both(reason_sv, reason_en),
        }

    _tell_all(
        booked,
        told,
        taken_back,
        plan=lambda family: rules.letter(Cause.MEETING_OFF, family.standing, family.standing),
        facts=facts,
        starts_at=change.now.starts_at,
        not_after=change.now.ends_at,
        act=act,
    )


@writes
def move(
    meeting_id: int,
    *,
    to: WallPeriod,
    act: Act,
    place_id: int | None = None,
    accepting: str = "",
    seen: int | None = None,
) -> None:
    """Hold a meeting at another time or place and tell every family what changed, from the last that it was told.

    A family that was not told of an earlier move yet is told once, and not at all when all is as it was. Moving to
    where it is already tells nobody. `accepting` is staff's reason to do it against warnings, `seen` the meeting's
    `sequence` when they looked at it. Raises NoSuchMeeting, AlreadyCalledOff, ChangedMeanwhile, NoSuchPlace,
    PlaceClosed, HardClash, SoftClashes and the refusals of `programme.services.plan` for the new times.
    """
    change = programme.move_meeting(meeting_id, to=to, place_id=place_id, accepting=accepting, seen=seen, act=act)
    if change.was == change.now:
        return
    told, booked = telling.about_slot(change.slot_id), queries.of_slot(change.slot_id)
    taken_back = take_back(booked, meeting_id)
    last_told = _last_told(taken_back)
    was, now = held_facts(change.was, told), held_facts(change.now, told)
    move_links(change, told, booked, act=act)
    last = max(change.was.ends_at, change.now.ends_at)
    if last <= act.now:
        return

    def facts(family: SlotFamily) -> Facts | None:
        known = last_told.get(telling.about_booking(family.booking_id), {}).get(meeting_id, was)
        what = what_changed(known, now)
        return {"meeting_id": meeting_id, "was": known, "now": now, **what} if what else None

    _tell_all(
        booked,
        told,
        taken_back,
        plan=lambda family: rules.letter(Cause.MOVED, family.standing, family.standing),
        facts=facts,
        starts_at=min(change.was.starts_at, change.now.starts_at),
        not_after=last,
        act=act,
    )


def move_links(change: MeetingChange, told: About, booked: SlotBookings, *, act: Act) -> None:
    """The families' links live as long after the new end as after the old one; the way into the meeting until its end.

    Also those of who has cancelled: a page that says so lives as long. Two statements, none when the end stays.
    """
    if change.was.ends_at == change.now.ends_at:
        return
    slot_ends_at = max(meeting.ends_at for meeting in told.meetings)
    accounts.end_at(Purpose.MANAGE, booked.refs, ends_at=slot_ends_at + rules.LINK_LIVES, act=act)
    accounts.end_at(Purpose.JOIN, booked.refs, ends_at=change.now.ends_at, was=change.was.ends_at, act=act)


def _tell_all(
    booked: SlotBookings,
    told: About,
    taken_back: list[Withdrawn],
    *,
    plan: Callable[[SlotFamily], LetterPlan],
    facts: Callable[[SlotFamily], Facts | None],
    starts_at: dt.datetime,
    act: Act,
    not_after: dt.datetime | None = None,
) -> None:
    """Write the letters to all families, and note them with `taken_back`: it may be undone while they are held."""
    held_until = rules.held_until(now=act.now, starts_at=starts_at)
    letters = letters_to(
        booked.families, told, plan=plan, facts=facts, not_before=held_until, not_after=not_after, act=act
    )
    programme.note_letters(
        told.payload["slot_id"],
        until=held_until if held_until > act.now else None,
        written=outbox.enqueue_all(letters, act=act),
        taken_back=[[one.id, one.subject] for one in taken_back if one.kind not in WRITTEN_ANEW],
    )


def letters_to(
    families: Iterable[SlotFamily],
    told: About,
    *,
    plan: Callable[[SlotFamily], LetterPlan],
    facts: Callable[[SlotFamily], Facts | None],
    not_before: dt.datetime,
    not_after: dt.datetime | None = None,
    act: Act,
) -> list[NewLetter]:
    """One letter to each family that has an address. `facts` None: it has nothing to be told."""
    letters = []
    for family in families:
        letter, own = plan(family), facts(family)
        if not family.email or own is None:
            continue
        letters.append(
            NewLetter(
                kind=letter.kind,
                to=family.email,
                language=family.language,
                subject=telling.about_booking(family.booking_id),
                payload={
                    **told.payload,
                    **telling.of_booking(
                        family.ref,
                        children=family.children,
                        adults=family.adults,
                        queue_place=None,
                        others=family.is_mixed,
                    ),
                    **told.calendar(letter.entry, uid=family.uid, sequence=family.sequence, act=act),
                    **own,
                    "standing": family.standing.value,
                    "link": accounts.letter_link(Purpose.MANAGE, family.nonce) if family.nonce else None,
                },
                not_before=not_before,
                not_after=not_after or told.not_after,
            )
        )
    return letters


def subjects(booked: SlotBookings) -> list[str]:
    return [telling.about_booking(number) for number in booked.numbers]


class _Place(NamedTuple):
    """What of a place a reader takes for the place."""

    name: str
    address: str
    locality: str


def what_changed(was: Facts, now: Facts) -> dict[str, bool]:
    """Which of time and place a reader has to learn anew; {} when nothing."""
    is_retimed = any(was[end] != now[end] for end in ("starts_at", "ends_at"))
    before, after = (_Place(*(held["place"][name] for name in _Place._fields)) for held in (was, now))
    return {"new_time": is_retimed, "new_place": before != after} if is_retimed or before != after else {}


def take_back(booked: SlotBookings, meeting_id: int) -> list[Withdrawn]:
    """Withdraw the letters that wait to tell when this meeting is held.

    The clock writes the reminder and the way in anew for the new time: their names hold how often it was moved.
    """
    return outbox.withdraw_about(subjects(booked), kinds=DATED, holding=("meeting_id", meeting_id))


def _last_told(taken_back: list[Withdrawn]) -> dict[str, dict[int, Facts]]:
    """By letter's subject and meeting: how a family believes a meeting to be held whose move it was not told of.

    The oldest letter counts: the ones after it tell of changes to what was never told.
    """
    known: dict[str, dict[int, Facts]] = {}
    for one in taken_back:
        if one.kind == MOVED:
            known.setdefault(one.subject, {}).setdefault(one.payload["meeting_id"], one.payload["was"])
    return known


def held_facts(held: Held, told: About) -> Facts:
    """When and where, as a payload carries it. One query."""
    return {
        "starts_at": held.starts_at.isoformat(),
        "ends_at": held.ends_at.isoformat(),
        "place": telling.place(queries.place_facts(held.place_id), is_online=told.is_online),
    }


def _both(sv: str, en: str) -> dict[str, str]:
    return {"sv": sv.strip(), "en": en.strip() or sv.strip()}


def _first(meetings: list[Facts], act: Act) -> dt.datetime:
    """When the next of these begins; now, when one is going on."""
    return max(act.now, min(_instant(meeting["starts_at"]) for meeting in meetings))


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
