"""What a trainer leads: the own list, one assignment, questions to swap, a month's meetings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from booking.kernel.period import Period
from booking.places.models import Place
from booking.programme.models import Activity, Assignment, AssignmentEnd, Meeting, Slot, SwapOffer
from booking.programme.queries.clashes import taken, trainers
from booking.programme.rules import SlotState
from booking.programme.rules.clashes import Occasion, TrainerFacts
from booking.programme.rules.leading import AssignmentStanding, EndKind, OfferStanding
from booking.store.engine import session
from booking.trainers.models import Trainer


class Led(NamedTuple):
    """A meeting that a trainer leads, or led no more. `end` is by which act it ended; None while it has not."""

    id: int
    trainer_id: int
    standing: AssignmentStanding
    end: EndKind | None
    meeting_id: int
    slot_id: int
    title: str
    place_name: str
    is_online: bool
    is_draft: bool
    is_off: bool
    starts_at: dt.datetime
    ends_at: dt.datetime

    @property
    def is_asked(self) -> bool:
        """Waits for the trainer's answer."""
        return self.standing is AssignmentStanding.ASKED and not self.is_off

    @property
    def is_over(self) -> bool:
        """The trainer does not lead it: taken off, replaced, given up, or it is called off."""
        return self.standing is AssignmentStanding.ENDED or self.is_off


def coming(trainer_id: int, *, now: dt.datetime) -> list[Led]:
    """The trainer's meetings that have not ended, earliest first; also what was taken from the trainer, or called off,
    but not what the trainer gave up. One query.
    """
    given_up = and_(AssignmentEnd.kind == EndKind.GIVEN_UP)
    asked = _led().where(
        Assignment.trainer_id == trainer_id,
        Meeting.ends_at > now,
        or_(AssignmentEnd.assignment_id.is_(None), ~given_up),
    )
    return _read(asked.order_by(Meeting.starts_at, Assignment.id))


def led_by(assignment_id: int, *, staff_id: int) -> Led | None:
    """One assignment of the trainer whose account this is; a foreign one is as one that does not exist. One query."""
    asked = _led().join(Trainer, Trainer.id == Assignment.trainer_id)
    return next(iter(_read(asked.where(Assignment.id == assignment_id, Trainer.staff_id == staff_id))), None)


def _led() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Assignment.id,
            Assignment.trainer_id,
            Assignment.standing,
            AssignmentEnd.kind,
            Meeting.id,
            Slot.id,
            Activity.title_sv,
            Place.name,
            Slot.is_online,
            Slot.state == SlotState.DRAFT,
            or_(Slot.state == SlotState.CALLED_OFF, Meeting.called_off_at.is_not(None)),
            Meeting.starts_at,
            Meeting.ends_at,
        )
        .join(Meeting, Meeting.id == Assignment.meeting_id)
        .join(Slot, Slot.id == Meeting.slot_id)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Meeting.place_id)
        .outerjoin(AssignmentEnd, AssignmentEnd.assignment_id == Assignment.id)
    )


def _read(asked: Select[*tuple[Any, ...]]) -> list[Led]:
    return [Led._make(row) for row in session().execute(asked)]


class Offer(NamedTuple):
    """A question whether somebody would lead instead, with the meeting. `from_name` asks `to_name`."""

    id: int
    standing: OfferStanding
    reason: str
    assignment_id: int
    from_trainer_id: int
    from_name: str
    to_trainer_id: int
    to_name: str
    slot_id: int
    title: str
    place_name: str
    starts_at: dt.datetime
    ends_at: dt.datetime


def offers_to(trainer_id: int, *, now: dt.datetime) -> list[Offer]:
    """The open questions to a trainer about meetings still to come, earliest first. One query."""
    return _offers(SwapOffer.trainer_id == trainer_id, _is_open(now))


def offers_from(trainer_id: int, *, now: dt.datetime) -> list[Offer]:
    """The questions that a trainer has asked about meetings that the trainer still leads, earliest first. One query."""
    return _offers(Assignment.trainer_id == trainer_id, Assignment.holds, Meeting.ends_at > now)


def offer(offer_id: int, *, staff_id: int) -> Offer | None:
    """A question to or from the trainer whose account this is; a foreign one is as one that does not exist."""
    own = select(Trainer.id).where(Trainer.staff_id == staff_id).scalar_subquery()
    found = _offers(SwapOffer.id == offer_id, or_(SwapOffer.trainer_id == own, Assignment.trainer_id == own))
    return found[0] if found else None


def _is_open(now: dt.datetime) -> ColumnElement[bool]:
    return and_(SwapOffer.standing == OfferStanding.OPEN, Assignment.holds, Meeting.starts_at > now)


def _offers(*conditions: ColumnElement[bool] | InstrumentedAttribute[bool]) -> list[Offer]:
    asker, asked = aliased(Trainer), aliased(Trainer)
    found = (
        select(
            SwapOffer.id,
            SwapOffer.standing,
            SwapOffer.reason,
            Assignment.id,
            asker.id,
            asker.name,
            asked.id,
            asked.name,
            Meeting.slot_id,
            Activity.title_sv,
            Place.name,
            Meeting.starts_at,
            Meeting.ends_at,
        )
        .join(Assignment, Assignment.id == SwapOffer.assignment_id)
        .join(asker, asker.id == Assignment.trainer_id)
        .join(asked, asked.id == SwapOffer.trainer_id)
        .join(Meeting, Meeting.id == Assignment.meeting_id)
        .join(Slot, Slot.id == Meeting.slot_id)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Meeting.place_id)
        .where(*conditions)
    )
    return [Offer._make(row) for row in session().execute(found.order_by(Meeting.starts_at, SwapOffer.id))]


def led_between(
    trainer_ids: Collection[int] | None, first: dt.date, last: dt.date, *, span: Period
) -> list[tuple[TrainerFacts, list[Occasion]]]:
    """Each of these trainers (None: everybody who had not left) with the meetings that they lead in `span`, earliest
    first. Five queries.
    """
    everybody = trainers(trainer_ids, first, last)
    led: dict[int, list[Occasion]] = {number: [] for number in everybody}
    for one in taken(span, trainer_ids=everybody.keys()):
        for number in one.trainer_ids:
            led[number].append(one)
    return [(facts, led[number]) for number, facts in everybody.items()]
