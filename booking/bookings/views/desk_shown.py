"""What the desk's pages of bookings show, and to whom: the table of requirements D, field by field."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flask import abort

from booking.accounts.current import current_act
from booking.accounts.guards import this_staff, where
from booking.accounts.queries.staff import names
from booking.accounts.rules.roles import Capability
from booking.bookings import queries, rules
from booking.bookings.models import Booking
from booking.bookings.rules import Standing
from booking.bookings.services.telling import about_booking
from booking.bookings.views.shown import Prospect
from booking.kernel import token as tokens
from booking.kernel.act import ActorKind
from booking.kernel.refusal import Refused
from booking.outbox import queries as outbox
from booking.outbox import rendering
from booking.outbox.queries import LetterAbout
from booking.outbox.rules import LetterState
from booking.programme import queries as programme
from booking.programme.models import Slot
from booking.programme.rules import SlotState
from booking.store.audit import trail
from booking.web.errors import explain
from booking.web.language import current_language
from booking.web.texts import N_, gettext


class Rights(NamedTuple):
    """What the one who is signed in may see and do with the bookings of one slot."""

    children: bool  # names, ages, needs; the adult's name goes with them
    contacts: bool
    change: bool
    audit: bool


def rights(slot: Slot) -> Rights:
    """By the owning place, which decides."""
    asked = (
        Capability.SEE_CHILDREN,
        Capability.SEE_CONTACTS,
        Capability.CHANGE_BOOKINGS,
        Capability.SEE_AUDIT,
    )
    return Rights(*(where(one).covers(place=slot.place_id, organisation=slot.place.organisation_id) for one in asked))


def slot_or_404(slot_id: int, capability: Capability) -> Slot:
    """The slot, where this staff member has `capability`; else the same 404 as for "does not exist"."""
    return programme.staff_slot(slot_id, where(capability), staff_id=this_staff().id) or abort(404)


def family_or_404(ref: str, capability: Capability) -> StaffFamily:
    """The family with this number, where this staff member has `capability`; else the same 404."""
    found = queries.staff_family(ref, where(capability), staff_id=this_staff().id)
    if not found or found[0].ref != ref:
        abort(404)
    places = {
        booking.id: queries.queue_place(booking.pool_id, booking.queue_number)
        for booking in found
        if booking.standing is Standing.QUEUED and booking.queue_number is not None
    }
    return StaffFamily(found, places)


class StaffChild(NamedTuple):
    """One child; `queue_place` from 1 while it waits."""

    id: int
    name: str
    age: int
    queue_place: int | None


@dataclass(frozen=True)
class StaffFamily:
    """One family's booking with the parts that were added later, as staff see it.

    `places` are the queue places by the number of the waiting booking.
    """

    bookings: Sequence[Booking]
    places: dict[int, int]

    @property
    def first(self) -> Booking:
        return self.bookings[0]

    @property
    def ref(self) -> str:
        return self.first.ref

    @property
    def ref_shown(self) -> str:
        return tokens.shown_ref(self.ref)

    @property
    def slot(self) -> Slot:
        return self.first.slot

    @property
    def live(self) -> list[Booking]:
        return [booking for booking in self.bookings if booking.is_live]

    @property
    def standing(self) -> Standing:
        """SEATED as soon as one child has a seat."""
        if any(booking.standing is Standing.SEATED for booking in self.live):
            return Standing.SEATED
        return Standing.QUEUED if self.live else Standing.CANCELLED

    @property
    def children(self) -> list[StaffChild]:
        """Who comes or waits; of a cancelled booking whoever was in it."""
        return [child for booking in self.live or self.bookings for child in self.of(booking)]

    def of(self, booking: Booking) -> list[StaffChild]:
        """The children of one party."""
        place = self.places.get(booking.id)
        return [
            StaffChild(child.id, child.name, child.age, place)
            for child in booking.participants
            if child.left_at is None or not self.live
        ]

    def child(self, number: int) -> StaffChild | None:
        return next((child for child in self.children if child.id == number), None)

    @property
    def is_mixed(self) -> bool:
        return self.standing is Standing.SEATED and bool(self.places)

    @property
    def cancelled_at(self) -> dt.datetime | None:
        return max((one.cancellation.at for one in self.bookings if one.cancellation), default=None)

    @property
    def subjects(self) -> list[str]:
        return [about_booking(booking.id) for booking in self.bookings]

    @property
    def is_off(self) -> bool:
        return self.slot.state is SlotState.CALLED_OFF

    @property
    def may_change(self) -> bool:
        """Whether a family's verbs still take it."""
        return bool(self.live) and not self.is_off and current_act().now < self.slot.ends_at

    @property
    def contact_version(self) -> str:
        """What `services.change_contact` asks for."""
        contact = rules.ContactDetails(self.first.contact.name, self.first.contact.email, self.first.contact.phone)
        return rules.contact_version(contact, adults=self.first.adults, needs=self.first.needs)


class WaitingParty(NamedTuple):
    """One party in the queue."""

    place: int
    family: StaffFamily
    children: list[StaffChild]


@dataclass(frozen=True)
class SlotFamilies:
    """Everybody who has booked a slot, as its list shows them."""

    seated: list[StaffFamily]
    waiting: list[WaitingParty]
    cancelled: list[StaffFamily]
    lost: frozenset[str]  # the numbers of families whom a letter did not reach


def families_of(slot: Slot) -> SlotFamilies:
    """The families of a slot: those with seats and those who cancelled as they came, the queue in its order."""
    found = queries.bookings_of(slot.id)
    places = _places(found)
    grouped: dict[int, list[Booking]] = {}
    for booking in found:
        grouped.setdefault(booking.part_of_id or booking.id, []).append(booking)
    families = [
        StaffFamily(rows, {row.id: places[row.id] for row in rows if row.id in places}) for rows in grouped.values()
    ]
    stopped = {letter.subject for letter in outbox.stopped_about(about_booking(booking.id) for booking in found)}
    waiting = [
        WaitingParty(family.places[row.id], family, family.of(row))
        for family in families
        for row in family.bookings
        if row.id in family.places
    ]
    return SlotFamilies(
        seated=[family for family in families if family.standing is Standing.SEATED],
        waiting=sorted(waiting, key=lambda party: (party.place, party.family.first.id)),
        cancelled=[family for family in families if family.standing is Standing.CANCELLED],
        lost=frozenset(family.ref for family in families if stopped.intersection(family.subjects)),
    )


def _places(found: Iterable[Booking]) -> dict[int, int]:
    """Queue places by the booking's number, counted in each pool."""
    queue = sorted(
        (booking.pool_id, booking.queue_number or 0, booking.id)
        for booking in found
        if booking.standing is Standing.QUEUED
    )
    ahead: Counter[int] = Counter()
    places = {}
    for pool_id, _, number in queue:
        ahead[pool_id] += 1
        places[number] = ahead[pool_id]
    return places


class ShownLetter(NamedTuple):
    """A letter about a booking. `fault` is the mail server's answer without the address in it."""

    words: str
    state: LetterState
    at: dt.datetime
    fault: str


def letters_about(family: StaffFamily) -> list[ShownLetter]:
    """Every letter about the booking, newest first. One query."""
    return [_shown(letter) for letter in outbox.about(family.subjects)]


def _shown(letter: LetterAbout) -> ShownLetter:
    words = rendering.subject(letter.kind, payload=letter.payload, language=current_language())
    # Mail servers like to repeat the address, and who looks at it is noted.
    fault = re.sub(re.escape(letter.recipient), "…", letter.fault, flags=re.IGNORECASE)
    at = letter.sent_at or (letter.due_at if letter.state is LetterState.WAITING else letter.created_at)
    return ShownLetter(words, letter.state, at, fault)


DID = {
    "book": N_("Booked"),
    "cancel": N_("Cancelled"),
    "take_away": N_("Took a child away"),
    "add_child": N_("Added a child"),
    "correct_child": N_("Corrected a child"),
    "change_contact": N_("Changed the contact"),
    "promote": N_("Got seats from the queue"),
    "look_at_contact": N_("Looked at the contact"),
    "send_again": N_("Sent the letter again"),
    "note_call": N_("Rang"),
    "stop_letter": N_("A letter did not arrive"),
}


class Did(NamedTuple):
    """One line of an audit trail."""

    at: dt.datetime
    words: str
    who: str


def trail_of(subjects: Sequence[str]) -> list[Did]:
    """What was done to these things and by whom, newest first. Two queries."""
    entries = trail(subjects)
    numbers = {int(one.actor_ref) for one in entries if one.actor_kind is ActorKind.STAFF and one.actor_ref.isdecimal()}
    staff = names(numbers) if numbers else {}
    kinds = {
        ActorKind.PUBLIC: gettext("The family"),
        ActorKind.FAMILY: gettext("The family"),
        ActorKind.STAFF: gettext("Staff"),
        ActorKind.SYSTEM: gettext("The program"),
    }

    def who(kind: ActorKind, ref: str) -> str:
        return staff.get(int(ref), kinds[kind]) if kind is ActorKind.STAFF and ref.isdecimal() else kinds[kind]

    return [
        Did(one.at, gettext(DID[one.verb]) if one.verb in DID else one.verb, who(one.actor_kind, one.actor_ref))
        for one in entries
    ]


def prospect(slot: Slot, party: int, *, refused: Refused | None = None) -> Prospect:
    """What will happen to a party of this size that staff book now. One query."""
    found = queries.slot_facts(slot.id)
    assert found is not None, "the slot was just found, and slots are never deleted"
    facts, _ = found
    try:
        rules.check_slot(facts, now=current_act().now, by=ActorKind.STAFF)
        rules.check_queue(facts, party=party)
    except rules.NotBookable as no:
        refused = refused or no
    standing = rules.standing_for_newcomer(facts, party=party)
    return Prospect(standing, facts.free, facts.queued + 1, explain(refused) if refused else None)
