"""Who may book, who gets a seat and who is next: pure rules, the same for both doors."""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from booking.kernel import clock
from booking.kernel.act import ActorKind
from booking.kernel.refusal import N_, Refused
from booking.programme.rules import Admission, SlotState

# How often a party may be passed over before free seats wait for it, and until when they do.
PATIENCE = 3
WAITING_ENDS = dt.timedelta(hours=48)
# Later than this before the start a freed seat is offered by telephone: nobody reads mail on the bus.
PROMOTION_ENDS = dt.timedelta(hours=24)
LINK_LIVES = dt.timedelta(days=30)
JOIN_OPENS = dt.timedelta(minutes=15)
# The most children that staff may write into one booking; a family's limit is a setting.
STAFF_PARTY = 30
# How long letters about what the organiser did are held, and how near the start they are not.
HOLD = dt.timedelta(minutes=2)
NO_HOLD = dt.timedelta(hours=6)
# The link of an online meeting is mailed so many days before it, at the hour of the reminders.
JOIN_TOLD_DAYS = 1
# Thanks go when everybody is out of the door, while the day is remembered, and never at night.
THANKS_AFTER = dt.timedelta(minutes=15)
THANKS_UNTIL = dt.timedelta(days=7)
DAYTIME = range(8, 20)
FEEDBACK_ENDS = dt.timedelta(days=30)


class Standing(StrEnum):
    """Where a booking stands. A cancelled one keeps its row, without a seat and without a place in the queue."""

    SEATED = "seated"
    QUEUED = "queued"
    CANCELLED = "cancelled"


class CallOutcome(StrEnum):
    """What came of ringing a family."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    LATER = "later"


@dataclass(frozen=True)
class Child:
    """A first name or alias, and the age in whole years on the day of the first meeting."""

    name: str
    age: int


@dataclass(frozen=True)
class ContactDetails:
    """The adult behind a booking. `email` as typed (its local part keeps its case), "" when staff book without one."""

    name: str
    email: str
    phone: str = ""
    language: str = "sv"

    @property
    def folded_email(self) -> str:
        return self.email.casefold()


@dataclass(frozen=True)
class Wishes:
    """What a family asks for: the children in the order they were typed, who answers for them, how many adults stay."""

    children: tuple[Child, ...]
    contact: ContactDetails
    adults: int = 0
    needs: str = ""

    def digest(self) -> str:
        """A fingerprint of everything that was sent, letter for letter: tells a repeated form from a changed one."""
        parts = [f"{child.name}\0{child.age}" for child in self.children]
        parts += [self.contact.name, self.contact.email, self.contact.phone, str(self.adults), self.needs]
        return hashlib.sha256("\1".join(parts).encode()).hexdigest()


class Cause(StrEnum):
    """What was done, by the family or by the organiser, that a letter tells of."""

    STANDING = "standing"  # the booking was made, moved up or cancelled
    CHILD_ADDED = "child_added"
    CHILD_CANCELLED = "child_cancelled"
    HANDED_OVER = "handed_over"  # told to the address that the booking had until now
    MOVED = "moved"
    MEETING_OFF = "meeting_off"  # one meeting of several
    CALLED_OFF = "called_off"
    BACK_ON = "back_on"  # what was called off takes place after all


class EntryChange(StrEnum):
    """What a letter does to the family's entry in its own calendar. A family has one while it has a seat."""

    WRITTEN = "written"
    ENDED = "ended"
    UNTOUCHED = "untouched"


class LetterPlan(NamedTuple):
    """Which letter goes, by its name in this room, and what it does to the calendar."""

    name: str
    entry: EntryChange

    @property
    def kind(self) -> str:
        """The letter as the outbox knows it: the place of its templates."""
        return f"bookings/{self.name}"


_SEATED, _QUEUED, _CANCELLED = Standing.SEATED, Standing.QUEUED, Standing.CANCELLED
_WRITTEN, _ENDED, _UNTOUCHED = EntryChange.WRITTEN, EntryChange.ENDED, EntryChange.UNTOUCHED
# Which letter tells of what was done, by the family's standing before and after it. None before: the booking is new to
# the reader; None after: there is nothing left to come to, whatever the booking's row says.
_LETTERS: dict[tuple[Cause, Standing | None, Standing | None], LetterPlan] = {
    (Cause.STANDING, None, _SEATED): LetterPlan("seated", _WRITTEN),
    (Cause.STANDING, None, _QUEUED): LetterPlan("queued", _UNTOUCHED),
    (Cause.STANDING, _QUEUED, _SEATED): LetterPlan("promoted", _WRITTEN),
    (Cause.STANDING, _SEATED, _CANCELLED): LetterPlan("cancelled", _ENDED),
    (Cause.STANDING, _QUEUED, _CANCELLED): LetterPlan("cancelled", _UNTOUCHED),
    (Cause.CHILD_ADDED, _SEATED, _SEATED): LetterPlan("child_added", _UNTOUCHED),
    (Cause.CHILD_ADDED, _QUEUED, _QUEUED): LetterPlan("child_added", _UNTOUCHED),
    (Cause.CHILD_ADDED, _QUEUED, _SEATED): LetterPlan("child_added", _WRITTEN),
    (Cause.CHILD_CANCELLED, _SEATED, _SEATED): LetterPlan("child_cancelled", _UNTOUCHED),
    (Cause.CHILD_CANCELLED, _QUEUED, _QUEUED): LetterPlan("child_cancelled", _UNTOUCHED),
    (Cause.CHILD_CANCELLED, _SEATED, _QUEUED): LetterPlan("child_cancelled", _ENDED),
    (Cause.HANDED_OVER, _SEATED, None): LetterPlan("address_changed", _ENDED),
    (Cause.HANDED_OVER, _QUEUED, None): LetterPlan("address_changed", _UNTOUCHED),
    (Cause.MOVED, _SEATED, _SEATED): LetterPlan("moved", _WRITTEN),
    (Cause.MOVED, _QUEUED, _QUEUED): LetterPlan("moved", _UNTOUCHED),
    (Cause.MEETING_OFF, _SEATED, _SEATED): LetterPlan("meeting_off", _WRITTEN),
    (Cause.MEETING_OFF, _QUEUED, _QUEUED): LetterPlan("meeting_off", _UNTOUCHED),
    (Cause.CALLED_OFF, _SEATED, None): LetterPlan("called_off", _ENDED),
    (Cause.CALLED_OFF, _QUEUED, None): LetterPlan("called_off", _UNTOUCHED),
    (Cause.BACK_ON, None, _SEATED): LetterPlan("back_on", _WRITTEN),
    (Cause.BACK_ON, None, _QUEUED): LetterPlan("back_on", _UNTOUCHED),
}

# Letters that wait and go all the same when their slot is called off: they confirm what the family itself did, or warn
# an address that has nothing to do with the booking any more. Whatever else waits would tell of what will not be.
OUTLIVE_CALL_OFF = frozenset({"cancelled", "address_changed"})
# News of the slot that wait and do not concern a family that has cancelled. What it did itself is told to the end.
NEWS = frozenset({"moved", "meeting_off", "called_off", "back_on", "reminder", "join", "message"})


def letter(cause: Cause, was: Standing | None, now: Standing | None) -> LetterPlan:
    """The letter that goes, of a family that stood at `was` and stands at `now`. KeyError for what must not happen."""
    return _LETTERS[cause, was, now]


def held_until(*, now: dt.datetime, starts_at: dt.datetime) -> dt.datetime:
    """When a letter about what the organiser did may leave: after two minutes, in which it can be undone. At once when
    the meeting begins within six hours (design §4)."""
    return now if starts_at - now <= NO_HOLD else now + HOLD


def entry_uid(booking_uid: str, meeting_uid: str) -> str:
    """The identity of one booking's entry for one meeting: as random and as lasting as the two it is made of.

    The same in the family's files, feed and mails, and never the public one: cancelling a booking must not take the
    library's own entry from somebody's calendar (requirement J6). A family's entries are those of its first booking.
    """
    return hashlib.sha256(f"{booking_uid}:{meeting_uid}".encode()).hexdigest()[:32]


def entry_sequence(booking_sequence: int, meeting_sequence: int) -> int:
    """The SEQUENCE of that entry (RFC 5545, 3.8.7.4): it rises when the meeting's does, for every booking at once, and
    when the family's entry begins anew or ends. `booking_sequence` is that of the family's first booking."""
    return booking_sequence + meeting_sequence


class SlotFacts(NamedTuple):
    """What deciding about one slot and pool needs. Times UTC; `queued` counts parties, `seated` participants."""

    slot_id: int
    pool_id: int
    state: SlotState
    admission: Admission
    starts_at: dt.datetime
    ends_at: dt.datetime
    opens_at: dt.datetime
    closes_at: dt.datetime
    age_min: int | None
    age_max: int | None
    adult_stays: bool
    seats: int
    seated: int
    queued: int
    last_queue_number: int
    queue_limit: int | None

    @property
    def free(self) -> int:
        return max(0, self.seats - self.seated)


class NotBookable(Refused):
    """The slot's own state says no, whatever the form says: nothing that the family can put right in it."""


class NotPublished(NotBookable):
    message = N_("This workshop cannot be booked. Choose another one from the list.")


class CalledOff(NotBookable):
    message = N_("This workshop has been called off. Choose another day.")


class NoBookingNeeded(NotBookable):
    message = N_("You need not book this workshop. Just come.")


class ClosedGroup(NotBookable):
    message = N_("This workshop is for a group that is already decided. Choose another one from the list.")


class NotOpenYet(NotBookable):
    message = N_("Booking has not opened yet. It opens %(opens_at)s.")


class Closed(NotBookable):
    message = N_("Booking closed %(closes_at)s. Call us, we may still have room.")


class Started(NotBookable):
    message = N_("This workshop has already started. Choose another day.")


class WrongAge(Refused):
    """An age outside the slot's range; names the child."""

    message = N_(
        "%(name)s is %(age)s on the day. This workshop is for ages %(range)s. "
        "Take the child away or choose another workshop."
    )


class ChildAlreadyBooked(Refused):
    message = N_(
        "%(name)s is already booked on this workshop. Take the child away, or change the booking from your link."
    )


class ChildTwice(Refused):
    """The same child on two rows of one form: there is no booking to change yet."""

    message = N_(
        "%(name)s stands twice in the form. Take one away. Are they two children? Then write their names differently."
    )


class AdultMissing(Refused):
    message = N_("An adult stays at this workshop. Choose one or two adults.")
    field = "vuxna"


class ContactAlreadyBooked(Refused):
    """One live booking per contact and slot (requirement L1)."""

    message = N_(
        "There is already a booking with this e-mail address on this workshop. "
        "Open the link in your letter to add a child, or have the link sent again."
    )
    field = "epost"


class PartyTooLarge(Refused):
    message = N_("You can book at most %(limit)s children at once. Call us if you are more.")


class TooManyBookings(Refused):
    message = N_("You already have %(limit)s coming bookings with this address. Cancel one first, or call us.")
    field = "epost"


class NoQueue(NotBookable):
    message = N_("The workshop is full and has no queue. Choose another day.")


class QueueFull(NotBookable):
    message = N_("Both the workshop and the queue are full. Choose another day.")


class PhoneMissing(Refused):
    message = N_("Write a phone number so that we can reach you if the time changes.")
    field = "telefon"


class FeedbackGiven(Refused):
    """Everybody of the family has answered."""

    message = N_("We have got your answer already. Thank you!")


class KeyUsed(Refused):
    """The form was used already and now says something else (requirement A10)."""

    message = N_("You have already booked this. Nothing was changed. Change the booking instead.")

    def __init__(self, ref: str) -> None:
        super().__init__()
        self.ref = ref


class ChangedMeanwhile(Refused):
    """Somebody else saved between the reading and the saving (requirement A14)."""

    message = N_(
        "Somebody else has changed this meanwhile. What stands there now is shown below. "
        "Save once more if yours is right."
    )


class BookingEnded(Refused):
    message = N_("This booking is cancelled and cannot be changed. Book again if you want to come.")


class NotInBooking(Refused):
    message = N_("The child is not in the booking any more.")


def check_slot(facts: SlotFacts, *, now: dt.datetime, by: ActorKind = ActorKind.PUBLIC) -> None:
    """Refuse what no party can book now, in the fixed order: not published, called off, no booking, not open, closed,
    started (design §4).

    Staff book until the start, since "Booking closed. Call us" has to lead somewhere; nobody books before it opens.
    """
    if facts.state is SlotState.DRAFT:
        raise NotPublished
    if facts.state is SlotState.CALLED_OFF:
        raise CalledOff
    if facts.admission is Admission.DROP_IN:
        raise NoBookingNeeded
    if facts.admission is Admission.CLOSED_GROUP:
        raise ClosedGroup
    if now < facts.opens_at:
        raise NotOpenYet(opens_at=facts.opens_at)
    if now >= facts.closes_at and not (by is ActorKind.STAFF and now < facts.starts_at):
        # As the page says it: a club may be booked after its first meeting, so "started" counts only once it is closed.
        raise Started if now >= facts.starts_at else Closed(closes_at=facts.closes_at)
    if now >= facts.ends_at:
        raise Started


def check_children(facts: SlotFacts, children: Sequence[Child], *, seen: frozenset[str] = frozenset()) -> None:
    """Refuse an age outside the range, then a child that is booked already or stands twice in the form. `seen` holds
    folded names with ages that are already in the booking. The refusal's field is the child's place in the form,
    "barn-2-alder"."""
    for place, child in enumerate(children, 1):
        check_age(child, facts.age_min, facts.age_max, place=place)
    known = set(seen)
    for place, child in enumerate(children, 1):
        mark = child_mark(child)
        if mark in known:
            again = ChildAlreadyBooked if mark in seen else ChildTwice
            raise again(name=child.name, field=f"barn-{place}-namn")
        known.add(mark)


def check_age(child: Child, age_min: int | None, age_max: int | None, *, place: int) -> None:
    """Refuse an age outside the range, both ends included; None is no limit. `place`: of the child, from 1."""
    if (age_min is not None and child.age < age_min) or (age_max is not None and child.age > age_max):
        span = age_range(age_min, age_max)
        raise WrongAge(name=child.name, age=child.age, range=span, field=f"barn-{place}-alder")


def check_adults(facts: SlotFacts, adults: int, *, by: ActorKind) -> None:
    """Refuse a family without an adult where one must stay. Staff may book so: they know who comes with the child."""
    if facts.adult_stays and adults < 1 and by is not ActorKind.STAFF:
        raise AdultMissing


def check_party(size: int, *, limit: int) -> None:
    """Refuse more children than one booking may hold."""
    if size > limit:
        raise PartyTooLarge(limit=limit)


def check_queue(facts: SlotFacts, *, party: int) -> None:
    """Refuse a party that would have to queue where there is no room in the queue."""
    if facts.free >= party or facts.queue_limit is None:
        return
    if facts.queue_limit == 0:
        raise NoQueue
    if facts.queued >= facts.queue_limit:
        raise QueueFull


def check_phone(facts: SlotFacts, contact: ContactDetails, *, by: ActorKind = ActorKind.PUBLIC) -> None:
    """A phone number is needed where no adult stays: it is the only way to reach somebody during the session.

    Staff may book without one: a family with protected identity leaves none (requirement H6).
    """
    if not facts.adult_stays and not contact.phone and by is not ActorKind.STAFF:
        raise PhoneMissing


def standing_for_newcomer(facts: SlotFacts, *, party: int) -> Standing:
    """SEATED when the whole party fits and nobody waits, else QUEUED: a freed seat is for whoever waited longest."""
    return Standing.SEATED if not facts.queued and party <= facts.free else Standing.QUEUED


class SeatsChange(NamedTuple):
    """The seats of a pool: what the page showed, and what they shall be."""

    was: int
    to: int


class SeatsChangedMeanwhile(Refused):
    message = N_("Somebody else has set %(seats)s seats since you opened the page. Save again if yours stands.")


class SeveralPools(Refused):
    message = N_("One of the workshops counts several sets of seats. Change its seats on its own page.")


class Waiting(NamedTuple):
    """A party in the queue, `passed_over` times so far."""

    booking_id: int
    party: int
    passed_over: int


class Promotion(NamedTuple):
    """Who is seated now, in order, and how often each party that stays was passed over by that."""

    seated: list[Waiting]
    passed: dict[int, int]


def plan_promotion(queue: Sequence[Waiting], *, free: int, seats: int, seats_wait: bool) -> Promotion:
    """Whom to seat on `free` of the pool's `seats` out of `queue`, oldest first.

    A party that does not fit is passed over and keeps its number; once it has been passed over PATIENCE times and while
    `seats_wait`, nobody younger is seated past it. Entries without participants are skipped (requirement A7). No seat
    waits for a party that all seats together could not hold (they were lowered meanwhile).
    """
    seated: list[Waiting] = []
    passed: dict[int, int] = {}
    too_large: list[Waiting] = []
    for entry in queue:
        if free <= 0:
            break
        if entry.party <= 0:
            continue
        if entry.party > free:
            too_large.append(entry)
            continue
        if seats_wait and any(
            held.party <= seats and held.passed_over + passed.get(held.booking_id, 0) >= PATIENCE for held in too_large
        ):
            break
        for held in too_large:
            passed[held.booking_id] = passed.get(held.booking_id, 0) + 1
        seated.append(entry)
        free -= entry.party
    return Promotion(seated, passed)


def seats_wait(*, now: dt.datetime, starts_at: dt.datetime) -> bool:
    """Whether free seats still wait for a large party that was passed over too often."""
    return now < starts_at - WAITING_ENDS


def promotes_by_itself(*, now: dt.datetime, starts_at: dt.datetime) -> bool:
    """Whether a freed seat goes to the queue without a hand; after that the desk has the list to ring."""
    return now < starts_at - PROMOTION_ENDS


def may_join(*, now: dt.datetime, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
    """Whether the join link of an online meeting is shown: from 15 minutes before its start to its end."""
    return starts_at - JOIN_OPENS <= now < ends_at


class Notice(NamedTuple):
    """The meetings that start in this span, its end excluded, are told of at `due_at`: one Stockholm day."""

    starts: dt.datetime
    ends: dt.datetime
    due_at: dt.datetime


def notices(*, days: int, hour: int, now: dt.datetime) -> list[Notice]:
    """The days from today on whose meetings are to be told of by now: `days` before them, as the clock strikes `hour`.

    Days are Stockholm's (requirement T5). A worker that was away finds what fell due meanwhile.
    """
    today = clock.local_day(now)
    coming = [today + dt.timedelta(days=ahead) for ahead in range(days + 1)]
    found = [
        Notice(
            clock.day_start(day),
            clock.day_start(day + dt.timedelta(days=1)),
            clock.hour_of(day - dt.timedelta(days=days), hour),
        )
        for day in coming
    ]
    return [notice for notice in found if notice.due_at <= now]


def may_disturb(now: dt.datetime) -> bool:
    """Whether it is day in Stockholm: what can wait is not written at night."""
    return clock.to_local(now).hour in DAYTIME


class Voice(StrEnum):
    """Whose answer it is."""

    ADULT = "adult"
    CHILD = "child"


@dataclass(frozen=True)
class Opinion:
    """What somebody thought. `liked` from 1 (not at all) to 5, a child's 1, 3 or 5; `easy`, how easy it was to book and
    find the way, is asked of adults alone; `words` is what could be better, or a child's wish, "" for none."""

    voice: Voice
    liked: int
    easy: int | None = None
    words: str = ""


def contact_version(contact: ContactDetails, *, adults: int, needs: str) -> str:
    """Tells what one reader saw of a contact from what another has made of it since (requirement A14)."""
    said = (contact.name, contact.email, contact.phone, str(adults), needs)
    return hashlib.sha256("\0".join(said).encode()).hexdigest()


def age_range(age_min: int | None, age_max: int | None) -> str:
    """Ages as people write them: "8–10", "8", "8+", "0–6"."""
    if age_min is None and age_max is None:
        return "0+"
    if age_max is None:
        return f"{age_min}+"
    if age_min == age_max:
        return str(age_max)
    return f"{age_min or 0}–{age_max}"


def fold_name(name: str) -> str:
    """A name for comparing: case and surrounding space do not make another child."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def child_mark(child: Child) -> str:
    """What makes two entries the same child within one family: folded name and age."""
    return f"{fold_name(child.name)}\0{child.age}"
