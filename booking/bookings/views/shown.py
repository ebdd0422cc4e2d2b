"""What the family's pages show: bookings and offers in the words of the templates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import abort, g, request, url_for

from booking.accounts import queries as links
from booking.accounts import services as accounts
from booking.accounts.current import current_act
from booking.accounts.guards import opens
from booking.accounts.queries import LivingLink
from booking.accounts.rules import Purpose
from booking.bookings import queries, rules
from booking.bookings.models import Booking
from booking.bookings.rules import Standing
from booking.kernel import token as tokens
from booking.kernel.refusal import Refused
from booking.programme import queries as programme
from booking.programme.queries import Reader, SlotPage
from booking.settings import current
from booking.web.errors import explain
from booking.web.language import current_language
from booking.web.texts import N_, gettext

DONE = {
    "borttaget": N_("The child has been taken away."),
    "ur-kon": N_("The child has left the queue."),
    "namn": N_("The name has been changed."),
    "kontakt": N_("Your details have been changed."),
    "adress": N_(
        "Your details have been changed. A letter with a new link is on its way, and the old link has stopped working."
    ),
}
ADDED = "tillagt"
LESS = "ko"  # the receipt of a family that was promised seats and has to queue


class Prospect(NamedTuple):
    """What will happen to a party that books now, said before it is sent. `refused`: why it cannot, in words."""

    standing: Standing
    free: int
    queue_place: int
    refused: str | None = None


def prospect(slot: SlotPage, party: int, *, refused: Refused | None = None) -> Prospect:
    """Seats when the party fits and nobody waits, else the place in the queue that it would get, or why there is none.

    `refused` is what the verb has just said of the slot. At most one query.
    """
    fits = not slot.queued and party <= slot.free
    if refused is None and not (fits and slot.action == "book"):
        refused = refusal(slot, party)
    said = explain(refused) if refused else None
    return Prospect(Standing.SEATED if fits else Standing.QUEUED, slot.free, slot.queued + 1, said)


def refusal(slot: SlotPage, party: int) -> rules.NotBookable | None:
    """Why the slot takes no party of this size now, whatever the form says; None when it does. One query."""
    found = queries.slot_facts(slot.id)
    if found is None:
        return rules.NotPublished()
    facts, _ = found
    try:
        rules.check_slot(facts, now=current_act().now)
        rules.check_queue(facts, party=party)
    except rules.NotBookable as refused:
        return refused
    return rules.QueueFull() if slot.action == "none" else None


class ShownChild(NamedTuple):
    """One child as it stands; `queue_place` from 1 while it waits."""

    id: int
    name: str
    age: int
    standing: Standing
    queue_place: int | None = None


class ShownParty(NamedTuple):
    """The children of a family who stand alike: all with seats together, each waiting party by itself."""

    standing: Standing
    queue_place: int | None
    names: list[str]


class ShownContact(NamedTuple):
    name: str
    email: str
    phone: str


@dataclass(frozen=True)
class ShownBooking:
    """One family's booking, with the parts that were added later, as its pages show it.

    `standing` is SEATED as soon as one child has a seat; `parties` says who. `was` is what a cancelled one gave back.
    """

    ref: str
    standing: Standing
    was: Standing | None
    children: list[ShownChild]
    adults: int
    needs: str
    contact: ShownContact
    address_key: str
    slot: SlotPage
    link_url: str | None

    @property
    def ref_shown(self) -> str:
        return tokens.shown_ref(self.ref)

    @property
    def is_live(self) -> bool:
        return self.standing is not Standing.CANCELLED

    @property
    def is_off(self) -> bool:
        """The workshop is called off, and the family still had a part in it."""
        return self.is_live and self.slot.state == "off"

    @property
    def is_over(self) -> bool:
        return self.is_live and not self.is_off and current_act().now >= self.slot.last_ends_at

    @property
    def may_change(self) -> bool:
        return self.is_live and not self.is_off and not self.is_over

    @property
    def parties(self) -> list[ShownParty]:
        """Who stands how: first all who have seats, then those who wait, longest first; [] when cancelled."""
        found: dict[int, list[str]] = {}
        for child in self.children if self.is_live else ():
            found.setdefault(child.queue_place or 0, []).append(child.name)
        return [
            ShownParty(Standing.QUEUED if place else Standing.SEATED, place or None, found[place])
            for place in sorted(found)
        ]

    @property
    def waiting(self) -> list[ShownChild]:
        return [child for child in self.children if child.standing is Standing.QUEUED]

    @property
    def is_mixed(self) -> bool:
        """Some have seats and others wait."""
        return self.standing is Standing.SEATED and bool(self.waiting)

    may_cancel = may_change

    @property
    def why_complete(self) -> Refused | None:
        """What to say when the family is as large as one booking may be."""
        limit = current().party_limit
        return rules.PartyTooLarge(limit=limit) if len(self.children) >= limit else None

    @property
    def may_add(self) -> bool:
        return self.may_change and self.slot.action != "none" and self.why_complete is None

    @property
    def join_url(self) -> str | None:
        """The online meeting's address, for those with a seat, from 15 minutes before it starts."""
        if self.standing is not Standing.SEATED or self.is_off or not self.slot.join_url:
            return None
        now = current_act().now
        begins = any(
            rules.may_join(now=now, starts_at=meeting.starts_at, ends_at=meeting.ends_at)
            for meeting in self.slot.meetings
            if not meeting.called_off
        )
        return self.slot.join_url if begins else None

    @property
    def calendar_url(self) -> str:
        return url_for("calendars.booking", ref=self.ref)

    def child(self, number: int) -> ShownChild | None:
        return next((child for child in self.children if child.id == number), None)

    def opens_to(self, held: Iterable[LivingLink]) -> bool:
        """Whether one of these links opens this booking: its own, or the one of all its address's bookings."""
        return opens(held, ref=self.ref, address_key=self.address_key)


def reader() -> Reader:
    """For whom this page is made."""
    return Reader(current_language(), request.script_root)


def slot_or_404(slot_id: int) -> SlotPage:
    slot = programme.slot_page(slot_id, now=current_act().now, reader=reader())
    if slot is None:
        abort(404)
    return slot


def booking_or_404(ref: str) -> ShownBooking:
    """The booking, if one of this browser's living links opens it; else the same 404 as for "does not exist"."""
    shown = find(ref)
    if shown is None or not shown.opens_to(g.links):
        abort(404)
    return shown


def joined_or_404(ref: str) -> ShownBooking:
    """The booking whose online meeting one of this browser's links leads to; else the same 404."""
    shown = find(ref) if any(link.subject == ref for link in g.links) else None
    if shown is None:
        abort(404)
    return shown


def find(ref: str) -> ShownBooking | None:
    """A booking by its number, whoever asks: the caller checks the links. None when there is none."""
    family = queries.family_page(ref)
    if not family or family[0].ref != ref:
        return None
    first = family[0]
    # A part may outlive the booking that it was added to.
    live = [booking for booking in family if booking.is_live]
    seated = any(booking.standing is Standing.SEATED for booking in live)
    children = [
        ShownChild(child.id, child.name, child.age, booking.standing, place)
        for booking, place in _places(live or family)
        for child in booking.participants
        if child.left_at is None or not live
    ]
    return ShownBooking(
        ref=ref,
        standing=Standing.SEATED if seated else Standing.QUEUED if live else Standing.CANCELLED,
        was=None if live else _given_back(family),
        children=children,
        adults=first.adults,
        needs=first.needs,
        contact=ShownContact(first.contact.name, first.contact.email, first.contact.phone),
        address_key=first.contact.address_key,
        slot=slot_or_404(first.slot_id),
        link_url=_own_link(ref),
    )


def _places(family: Sequence[Booking]) -> list[tuple[Booking, int | None]]:
    """Each booking with its place in the queue, None where it does not wait. A query for each that does."""
    return [(booking, _place(booking.standing, booking.pool_id, booking.queue_number)) for booking in family]


def _place(standing: Standing, pool_id: int, queue_number: int | None) -> int | None:
    if standing is not Standing.QUEUED or queue_number is None:
        return None
    return queries.queue_place(pool_id, queue_number)


def _given_back(family: Sequence[Booking]) -> Standing:
    """What the last cancellation gave back: seats, if any child had one, else only a place in the queue."""
    ended = [booking.cancellation for booking in family if booking.cancellation is not None]
    last = max((one.at for one in ended), default=None)
    return Standing.SEATED if any(one.was is Standing.SEATED for one in ended if one.at == last) else Standing.QUEUED


def _own_link(ref: str) -> str | None:
    """The booking's secret address, for the one who may see it."""
    nonces = links.nonces(Purpose.MANAGE, ref, now=current_act().now)
    return accounts.address_of(Purpose.MANAGE, nonces[0], language=current_language()) if nonces else None


class ListedBooking(NamedTuple):
    """A booking in a list of the family's. `is_mixed`: some have seats, others wait."""

    url: str
    slot: Any
    standing: Standing
    queue_place: int | None
    children: int
    is_mixed: bool


def coming(address_keys: Sequence[str]) -> list[ListedBooking]:
    """The coming bookings of these addresses, soonest first."""
    found = [
        family for address_key in address_keys for family in queries.coming_families(address_key, now=current_act().now)
    ]
    numbers = {family.slot_id for family in found}
    rows = {row.id: row for row in programme.slot_rows(numbers, now=current_act().now, reader=reader())}
    return [
        ListedBooking(
            url=url_for("bookings.booking", ref=family.ref),
            slot=rows[family.slot_id],
            standing=family.standing,
            queue_place=_place(family.standing, family.pool_id, family.queue_number),
            children=family.children,
            is_mixed=family.is_mixed,
        )
        for family in found
        if family.slot_id in rows
    ]


def has_all(shown: ShownBooking) -> bool:
    """Whether this browser holds the link to all bookings of the booking's address."""
    return any(link.purpose is Purpose.MINE and link.subject == shown.address_key for link in g.links)


def others(shown: ShownBooking) -> list[ListedBooking]:
    """The address's other coming bookings; only for a browser that holds the link to all of them."""
    held = [link.subject for link in g.links if link.purpose is Purpose.MINE and link.subject == shown.address_key]
    here = url_for("bookings.booking", ref=shown.ref)
    return [listed for listed in coming(held) if listed.url != here]


def done_sentence(word: str, shown: ShownBooking) -> str | None:
    """What was just done, in the page's language; None for an unknown word. Of an added child: what became of it."""
    if word != ADDED or not shown.is_live:
        return gettext(DONE[word]) if word in DONE else None
    newest = max(shown.children, key=lambda child: child.id)
    if newest.queue_place is None:
        return gettext("%(name)s has been added and has a seat.", name=newest.name)
    return gettext(
        "%(name)s has been added and is number %(place)s in the queue.", name=newest.name, place=newest.queue_place
    )
