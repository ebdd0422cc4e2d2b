"""What the desk does for a family beside the family's own verbs: look at its contact, tell it anew, ring it."""

from __future__ import annotations

from sqlalchemy import insert

from booking.bookings import rules
from booking.bookings.models import PhoneCall
from booking.bookings.rules import CallOutcome, Cause, EntryChange, Standing
from booking.bookings.services import telling
from booking.bookings.services.family import Family, locked
from booking.bookings.services.telling import About
from booking.kernel.act import Act
from booking.outbox import services as outbox
from booking.outbox.services import Withdrawn
from booking.programme.rules import SlotState
from booking.store import audit, writes
from booking.store.engine import session


@writes
def look_at_contact(ref: str, *, act: Act) -> None:
    """Note that somebody looks at a family's e-mail and phone (requirement H10). Raises NotInBooking."""
    audit("look_at_contact", f"booking:{locked(ref).first.id}", act=act)


@writes
def send_again(ref: str, *, act: Act) -> None:
    """Tell a family anew what did not reach it; twice is once, since what was lost counts as told then.

    Who still has a part in the workshop is told how things stand now, and not what was so when the lost letter was
    written; who has cancelled, or whose workshop is called off, gets the last lost letter as it was. Raises
    NotInBooking, and Started when it is too late for any letter: then somebody has to ring.
    """
    family = locked(ref)
    told = telling.about_slot(family.facts.slot_id)
    if act.now >= told.not_after:
        raise rules.Started
    lost = outbox.settle_stopped([telling.about_booking(booking.id) for booking in family.bookings])
    if not lost or not family.first.email:
        return
    if family.live and family.facts.state is SlotState.PUBLISHED:
        _tell_standing(family, lost, told=told, act=act)
    else:
        outbox.enqueue(
            lost[-1].kind,
            to=family.first.email,
            language=family.first.language,
            subject=lost[-1].subject,
            payload=lost[-1].payload,
            not_after=told.not_after,
            act=act,
        )
    audit("send_again", f"booking:{family.first.id}", act=act)


def _tell_standing(family: Family, lost: list[Withdrawn], *, told: About, act: Act) -> None:
    leading = next(booking for booking in family.live if booking.standing is family.standing)
    letter = rules.letter(Cause.STANDING, None, leading.standing)
    would_have_ended = any(one.payload.get("calendar", {}).get("method") == "CANCEL" for one in lost)
    if leading.standing is Standing.QUEUED and would_have_ended:
        letter = letter._replace(entry=EntryChange.ENDED)
    telling.tell(letter, [leading.id], told=told, act=act)


@writes
def note_call(ref: str, *, outcome: CallOutcome, act: Act) -> None:
    """Note what came of ringing a family. Raises NotInBooking."""
    number = locked(ref).first.id
    session().execute(insert(PhoneCall).values(booking_id=number, outcome=outcome, at=act.now, actor_ref=act.actor.ref))
    audit("note_call", f"booking:{number}", act=act)
