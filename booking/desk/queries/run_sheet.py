"""One meeting as the one who leads it needs it: where, when, with what, with whom, for how many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, joinedload

from booking.bookings.models import Booking, Participant
from booking.bookings.rules import Standing
from booking.kernel import clock
from booking.kernel.period import Period
from booking.places.models import Place
from booking.programme.models import Assignment, KitReservation, Meeting, Slot
from booking.programme.queries.clashes import occasions_of_meetings, taken, trainers
from booking.programme.rules.errands import Errand, errand
from booking.programme.rules.leading import Need, needs_of
from booking.store.engine import session
from booking.trainers.models import Kit, Trainer


class Carried(NamedTuple):
    """A kit of the meeting, where it stands now and who brings it; "" for nobody in particular."""

    name: str
    thing: str
    pieces: int
    at_name: str
    is_here: bool
    brought_by: str


class RunSheet(NamedTuple):
    """`ages` counts the children who have a seat, youngest first; `is_counted` is False where nobody books."""

    meeting: Meeting
    slot: Slot
    place: Place
    errand: Errand
    needs: Sequence[Need]
    kits: Sequence[Carried]
    others: Sequence[str]
    ages: Sequence[tuple[int, int]]
    children: int
    adults: int
    waiting: int


def run_sheet(meeting_id: int, *, trainer_id: int) -> RunSheet:
    """The sheet of a meeting for the trainer who leads it. Eleven queries, however many come."""
    found = (
        select(Meeting)
        .where(Meeting.id == meeting_id)
        .options(
            joinedload(Meeting.place),
            joinedload(Meeting.slot).options(joinedload(Slot.activity), joinedload(Slot.room)),
        )
    )
    meeting = session().scalars(found).one()
    ages = _ages(meeting.slot_id)
    adults, waiting = _parties(meeting.slot_id)
    return RunSheet(
        meeting=meeting,
        slot=meeting.slot,
        place=meeting.place,
        errand=_errand(meeting, trainer_id),
        needs=needs_of(meeting.slot.activity.equipment),
        kits=_kits(meeting),
        others=_others(meeting_id, trainer_id),
        ages=ages,
        children=sum(count for _, count in ages),
        adults=adults,
        waiting=waiting,
    )


def _errand(meeting: Meeting, trainer_id: int) -> Errand:
    (occasion,) = occasions_of_meetings([meeting.id])
    day = occasion.day
    facts = trainers([trainer_id], day, day)[trainer_id]
    morning = clock.day_start(day)
    earlier = (
        taken(Period(morning, meeting.starts_at), trainer_ids=[trainer_id], without=[meeting.id])
        if morning < meeting.starts_at
        else []
    )
    # What began the evening before has been left long ago.
    same_day = [one for one in earlier if one.day == day]
    return errand(occasion, before=same_day[-1] if same_day else None, home=facts.home)


def _kits(meeting: Meeting) -> list[Carried]:
    bringer = aliased(Trainer)
    found = (
        select(Kit.name, Kit.thing, Kit.pieces, Place.name, Kit.at_place_id, bringer.name)
        .join(KitReservation, KitReservation.kit_id == Kit.id)
        .join(Place, Place.id == Kit.at_place_id)
        .outerjoin(bringer, bringer.id == Kit.brought_by_id)
        .where(KitReservation.meeting_id == meeting.id, KitReservation.holds)
        .order_by(Kit.thing_key, Kit.name, Kit.id)
    )
    return [
        Carried(name, thing, pieces, at_name, at_id == meeting.place_id, brought_by or "")
        for name, thing, pieces, at_name, at_id, brought_by in session().execute(found)
    ]


def _others(meeting_id: int, trainer_id: int) -> list[str]:
    found = (
        select(Trainer.name)
        .join(Assignment, Assignment.trainer_id == Trainer.id)
        .where(Assignment.meeting_id == meeting_id, Assignment.holds, Trainer.id != trainer_id)
        .order_by(Trainer.sort_key, Trainer.id)
    )
    return list(session().scalars(found))


def _ages(slot_id: int) -> list[tuple[int, int]]:
    """How many children of each age have a seat: counts, nobody's name."""
    found = (
        select(Participant.age, func.count())
        .join(Booking, Booking.id == Participant.booking_id)
        .where(Booking.slot_id == slot_id, Booking.standing == Standing.SEATED, Participant.left_at.is_(None))
        .group_by(Participant.age)
        .order_by(Participant.age)
    )
    return [(age, count) for age, count in session().execute(found)]


def _parties(slot_id: int) -> tuple[int, int]:
    """Adults who come along, and children who wait in the queue."""
    found = (
        select(Booking.standing, func.sum(Booking.adults), func.sum(Booking.party))
        .where(Booking.slot_id == slot_id, Booking.standing.in_([Standing.SEATED, Standing.QUEUED]))
        .group_by(Booking.standing)
    )
    counted = {standing: (int(adults), int(party)) for standing, adults, party in session().execute(found)}
    return counted.get(Standing.SEATED, (0, 0))[0], counted.get(Standing.QUEUED, (0, 0))[1]
