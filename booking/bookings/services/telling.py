"""Letters about bookings: which facts each one carries. Never a child's name, nor any text that the booker typed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.bookings import queries
from booking.bookings.queries import FamilyBooking, LetterFacts
from booking.bookings.rules import Standing
from booking.kernel.act import Act
from booking.outbox import services as outbox


@dataclass(frozen=True)
class About:
    """What every letter about one slot says, and when it is too late to say it."""

    payload: dict[str, Any]
    not_after: dt.datetime


def about(facts: LetterFacts, spans: Sequence[tuple[dt.datetime, dt.datetime]]) -> About:
    """The slot as letters tell it: title, meetings, place, what to bring, whether an adult stays."""
    return About(
        {
            "slot_id": facts.slot_id,
            "title": {"sv": facts.title_sv, "en": facts.title_en or facts.title_sv},
            "meetings": [{"starts_at": start.isoformat(), "ends_at": end.isoformat()} for start, end in spans],
            "place": {
                "name": facts.place_name,
                "address": facts.address,
                "locality": facts.locality,
                "online": facts.is_online,
            },
            "bring": {"sv": facts.bring_sv, "en": facts.bring_en or facts.bring_sv},
            "adult_stays": facts.adult_stays,
            "note": {"sv": facts.note_sv, "en": facts.note_en or facts.note_sv},
            "phone": facts.phone,
        },
        max((end for _, end in spans), default=facts.ends_at),
    )


def about_slot(slot_id: int) -> About:
    """The same, read from the database. Two queries."""
    found = queries.slot_facts(slot_id)
    assert found is not None, "the caller holds a lock on the slot"
    return about(found[1], queries.meeting_spans(slot_id))


def about_slots(slot_ids: Collection[int]) -> dict[int, About]:
    """The same for several slots. Two queries for all of them."""
    spans = queries.spans_of(slot_ids)
    return {facts.slot_id: about(facts, spans[facts.slot_id]) for facts in queries.letter_facts(slot_ids)}


def of_booking(
    ref: str, *, children: int, adults: int, queue_place: int | None, others: bool = False
) -> dict[str, Any]:
    """The booking as letters tell it. `others`: the family has more children in it than the letter is about."""
    return {"ref": ref, "children": children, "adults": adults, "queue_place": queue_place, "others": others}


def tell(
    kind: str,
    booking_ids: Sequence[int],
    *,
    told: About,
    act: Act,
    standing: Standing | None = None,
    queue_place: int | None = None,
) -> None:
    """Write the letter `kind` to the contacts of these bookings, as they stand in the database now, in this order.

    `standing` and `queue_place`: what became of a child that was added; `standing` alone: what was cancelled. Bookings
    without an e-mail address get none.
    """
    for to in queries.addressees(booking_ids):
        place = queue_place
        if standing is None and to.standing is Standing.QUEUED and to.queue_number is not None:
            place = queries.queue_place(to.pool_id, to.queue_number)
        outbox.enqueue(
            f"bookings/{kind}",
            to=to.email,
            language=to.language,
            subject=f"booking:{to.booking_id}",
            payload={
                **told.payload,
                **of_booking(to.ref, children=to.party, adults=to.adults, queue_place=place, others=to.has_others),
                "standing": (standing or to.standing).value,
                "link": accounts.letter_link(Purpose.MANAGE, to.nonce) if to.nonce else None,
            },
            act=act,
            not_after=told.not_after,
        )


def tell_old_address(booking: FamilyBooking, *, told: About, act: Act) -> None:
    """Tell the address that a booking had until now that it has another: neither which one, nor a link."""
    if booking.email:
        outbox.enqueue(
            "bookings/address_changed",
            to=booking.email,
            language=booking.language,
            subject=f"booking:{booking.id}",
            payload={**told.payload, "ref": booking.ref},
            act=act,
            not_after=told.not_after,
        )
