"""What the family's pages show: bookings and offers in the words of the templates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import abort, g, request, url_for

from booking.accounts import queries as links
from booking.accounts import services as accounts
from booking.accounts.current import current_act
from booking.accounts.queries import LivingLink
from booking.accounts.rules import Purpose
from booking.bookings import queries, rules
from booking.bookings.models import Booking
from booking.bookings.rules import Standing
from booking.kernel import token as tokens
from booking.programme import queries as programme
from booking.programme.queries import Reader, SlotPage
from booking.settings import current
from booking.web.language import current_language
from booking.web.texts import N_, gettext

DONE = {
    "avbokad": N_("The booking is cancelled. Thank you for telling us."),
    "borttaget": N_("The child has been taken away."),
    "tillagt": N_("The child has been added."),
    "namn": N_("The name has been changed."),
    "kontakt": N_("Your details have been changed."),
}


class Prospect(NamedTuple):
    """What will happen to a party that books now, said before it is sent."""

    standing: Standing
    free: int
    queue_place: int


def prospect(slot: SlotPage, party: int) -> Prospect:
    """Seats when the party fits and nobody waits, else the place in the queue that it would get."""
    fits = not slot.queued and party <= slot.free
    return Prospect(Standing.SEATED if fits else Standing.QUEUED, slot.free, slot.queued + 1)


class ShownChild(NamedTuple):
    id: int
    name: str
    age: int
    standing: Standing


class ShownContact(NamedTuple):
    name: str
    email: str
    phone: str


@dataclass(frozen=True)
class ShownBooking:
    """One family's booking, with the parts that were added later, as its pages show it."""

    ref: str
    standing: Standing
    queue_place: int | None
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
    def is_over(self) -> bool:
        return current_act().now >= self.slot.last_ends_at

    @property
    def may_change(self) -> bool:
        return self.is_live and not self.is_over

    may_cancel = may_change

    @property
    def may_add(self) -> bool:
        return self.may_change and self.slot.action != "none" and len(self.children) < current().party_limit

    @property
    def join_url(self) -> str | None:
        """The online meeting's address, for those with a seat, from 15 minutes before it starts."""
        if self.standing is not Standing.SEATED or not self.slot.join_url:
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
        return any(link.subject == (self.ref if link.purpose is Purpose.MANAGE else self.address_key) for link in held)


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


def find(ref: str) -> ShownBooking | None:
    """A booking by its number, whoever asks: the caller checks the links. None when there is none."""
    family = queries.family_page(ref)
    if not family or family[0].ref != ref:
        return None
    first = family[0]
    # A part may outlive the booking that it was added to.
    leading = next((booking for booking in family if booking.standing is not Standing.CANCELLED), first)
    return ShownBooking(
        ref=ref,
        standing=leading.standing,
        queue_place=_place_of(leading),
        children=[
            ShownChild(child.id, child.name, child.age, booking.standing)
            for booking in family
            for child in booking.participants
            if child.left_at is None or not leading.is_live
        ],
        adults=first.adults,
        needs=first.needs,
        contact=ShownContact(first.contact.name, first.contact.email, first.contact.phone),
        address_key=first.contact.address_key,
        slot=slot_or_404(first.slot_id),
        link_url=_own_link(ref),
    )


def _place_of(booking: Booking) -> int | None:
    if booking.standing is not Standing.QUEUED or booking.queue_number is None:
        return None
    return queries.queue_place(booking.pool_id, booking.queue_number)


def _own_link(ref: str) -> str | None:
    """The booking's secret address, for the one who may see it."""
    nonces = links.nonces(Purpose.MANAGE, ref, now=current_act().now)
    return accounts.address_of(Purpose.MANAGE, nonces[0], language=current_language()) if nonces else None


class ListedBooking(NamedTuple):
    """A booking in a list of the family's."""

    url: str
    slot: Any
    standing: Standing
    queue_place: int | None
    children: int


def coming(address_keys: Sequence[str]) -> list[ListedBooking]:
    """The coming bookings of these addresses, soonest first."""
    found = [
        booking
        for address_key in address_keys
        for booking in queries.coming_of_address(address_key, now=current_act().now)
    ]
    numbers = {booking.slot_id for booking in found}
    rows = {row.id: row for row in programme.slot_rows(numbers, now=current_act().now, reader=reader())}
    return [
        ListedBooking(
            url=url_for("bookings.booking", ref=booking.ref),
            slot=rows[booking.slot_id],
            standing=booking.standing,
            queue_place=_place_of(booking),
            children=booking.party,
        )
        for booking in found
        if booking.part_of_id is None and booking.slot_id in rows
    ]


def others(shown: ShownBooking) -> list[ListedBooking]:
    """The address's other coming bookings; only for a browser that holds the link to all of them."""
    held = [link.subject for link in g.links if link.purpose is Purpose.MINE and link.subject == shown.address_key]
    here = url_for("bookings.booking", ref=shown.ref)
    return [listed for listed in coming(held) if listed.url != here]


def done_sentence(word: str) -> str | None:
    """What was just done, in the page's language; None for an unknown word."""
    return gettext(DONE[word]) if word in DONE else None
