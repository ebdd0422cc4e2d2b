"""A trainer asks another one to lead a meeting instead."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select, update

from booking.kernel.act import Act
from booking.programme.models import Assignment, SwapOffer
from booking.programme.queries.clashes import facts_for, occasions_of_meetings
from booking.programme.rules import clashes, leading
from booking.programme.rules.leading import AssignmentStanding, OfferStanding
from booking.programme.services.leading import accept, substitute
from booking.store import audit, writes
from booking.store.engine import session


@writes
def offer_swap(assignment_id: int, *, trainer_id: int, reason: str, act: Act) -> SwapOffer:
    """Ask another trainer to lead the meeting; until the answer the first one leads it. Inner: desk wraps it to tell.

    Raises NoSuchAssignment, AssignmentEnded, ReasonMissing, NotToYourself, NoSuchTrainer, and HardClash when the other
    one is somewhere else, away or has left.
    """
    if not reason.strip():
        raise leading.ReasonMissing
    assignment = session().get(Assignment, assignment_id)
    if assignment is None:
        raise leading.NoSuchAssignment
    if not assignment.holds:
        raise leading.AssignmentEnded
    if assignment.trainer_id == trainer_id:
        raise leading.NotToYourself
    _check(assignment, trainer_id)
    same = SwapOffer.assignment_id == assignment_id, SwapOffer.trainer_id == trainer_id
    offer = session().scalar(select(SwapOffer).where(*same).with_for_update())
    if offer is None:
        offer = SwapOffer(assignment_id=assignment_id, trainer_id=trainer_id)
        session().add(offer)
    offer.reason, offer.offered_at, offer.standing = reason.strip(), act.now, OfferStanding.OPEN
    session().flush()  # the audit row names it by its number
    audit("offer_swap", f"assignment:{assignment_id}", act=act)
    return offer


def _check(assignment: Assignment, trainer_id: int) -> None:
    (occasion,) = occasions_of_meetings([assignment.meeting_id])
    wished = replace(occasion, trainer_ids=frozenset({trainer_id}), room_id=None, kit_ids=frozenset())
    facts = facts_for([wished], without=[assignment.meeting_id])
    trainer = facts.trainers[trainer_id]
    if trainer_id in occasion.trainer_ids:
        raise leading.LeadsAlready(trainer=trainer.name)
    found = clashes.leading_clashes(wished, trainer, facts.taken)
    clashes.refuse([(wished.day, [clash for clash in found if clash.is_hard])], accepting="")


@writes
def take_swap(offer_id: int, *, act: Act) -> SwapOffer:
    """The asked trainer says yes and leads the meeting instead; other questions about it end. Inner: desk wraps it to
    tell.

    What speaks softly against it is accepted for the reason that was given with the question. Raises NoSuchOffer,
    OfferClosed and what `substitute` raises.
    """
    offer = _open(offer_id)
    successor = substitute(
        offer.assignment_id, trainer_id=offer.trainer_id, reason=offer.reason, accepting=offer.reason, act=act
    )
    accept(successor.id, act=act)
    offer.standing = OfferStanding.TAKEN
    session().flush()  # before the others are closed, of which it is none
    session().execute(
        update(SwapOffer)
        .where(SwapOffer.assignment_id == offer.assignment_id, SwapOffer.standing == OfferStanding.OPEN)
        .values(standing=OfferStanding.WITHDRAWN)
        .execution_options(synchronize_session=False)
    )
    audit("take_swap", f"assignment:{offer.assignment_id}", act=act)
    return offer


@writes
def decline_swap(offer_id: int, *, act: Act) -> SwapOffer:
    """The asked trainer says no. Inner: desk wraps it to tell. Raises NoSuchOffer, OfferClosed."""
    return _close(offer_id, OfferStanding.DECLINED, verb="decline_swap", act=act)


@writes
def withdraw_swap(offer_id: int, *, act: Act) -> None:
    """The one who asked leads the meeting after all. Raises NoSuchOffer, OfferClosed."""
    _close(offer_id, OfferStanding.WITHDRAWN, verb="withdraw_swap", act=act)


def _close(offer_id: int, standing: OfferStanding, *, verb: str, act: Act) -> SwapOffer:
    offer = _open(offer_id)
    offer.standing = standing
    session().flush()  # the answer before the audit row that tells of it
    audit(verb, f"assignment:{offer.assignment_id}", act=act)
    return offer


def _open(offer_id: int) -> SwapOffer:
    statement = select(SwapOffer).where(SwapOffer.id == offer_id).with_for_update()
    offer = session().scalar(statement, execution_options={"populate_existing": True})
    if offer is None:
        raise leading.NoSuchOffer
    assignment = session().get(Assignment, offer.assignment_id, populate_existing=True)
    if (
        offer.standing is not OfferStanding.OPEN
        or assignment is None
        or assignment.standing is AssignmentStanding.ENDED
        or not assignment.holds
    ):
        raise leading.OfferClosed
    return offer
