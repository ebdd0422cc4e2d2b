"""What trainers do about their own assignments, with those told whom it concerns."""

from __future__ import annotations

from booking.desk.queries import telling as facts
from booking.desk.services import telling
from booking.kernel.act import Act
from booking.programme import services as programme
from booking.programme.models import SwapOffer
from booking.programme.services import swapping
from booking.store import writes


@writes
def give_up(assignment_id: int, *, reason: str, act: Act) -> None:
    """The trainer cannot lead the meeting. Those who plan there are told when nobody leads it now, never why.

    Raises NoSuchAssignment, AssignmentEnded, ReasonMissing.
    """
    programme.give_up(assignment_id, reason=reason, act=act)
    meeting_id = facts.leading([assignment_id])[assignment_id].meeting_id
    if not facts.is_led(meeting_id):
        telling.tell_planners(list(facts.told([meeting_id]).values()), act=act)


@writes
def offer_swap(assignment_id: int, *, trainer_id: int, reason: str, act: Act) -> None:
    """Ask another trainer to lead the meeting instead, by letter and on the own page.

    Raises NoSuchAssignment, AssignmentEnded, ReasonMissing, NotToYourself, NoSuchTrainer, LeadsAlready, HardClash.
    """
    offer = swapping.offer_swap(assignment_id, trainer_id=trainer_id, reason=reason, act=act)
    asker = facts.leading([assignment_id])[assignment_id]
    told = facts.told([asker.meeting_id])
    payload = {"name": asker.trainer_name, "meetings": [telling.meeting(one) for one in told.values()]}
    telling.tell_trainers(telling.SWAP, {offer.trainer_id: payload}, about=told.values(), act=act)


@writes
def take_swap(offer_id: int, *, act: Act) -> None:
    """Lead the meeting instead of the one who asked, who is told. Raises NoSuchOffer, OfferClosed, HardClash."""
    _answer(swapping.take_swap(offer_id, act=act), is_yes=True, act=act)


@writes
def decline_swap(offer_id: int, *, act: Act) -> None:
    """Say no to the one who asked, who is told. Raises NoSuchOffer, OfferClosed."""
    _answer(swapping.decline_swap(offer_id, act=act), is_yes=False, act=act)


def _answer(offer: SwapOffer, *, is_yes: bool, act: Act) -> None:
    asker = facts.leading([offer.assignment_id])[offer.assignment_id]
    told = facts.told([asker.meeting_id])
    payload = {
        "name": offer.trainer.name,
        "is_yes": is_yes,
        "meetings": [telling.meeting(one) for one in told.values()],
    }
    telling.tell_trainers(telling.SWAPPED, {asker.trainer_id: payload}, about=told.values(), act=act)
