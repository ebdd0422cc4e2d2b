"""Trainers who sign in and lead."""

from __future__ import annotations

import datetime as dt

from booking.programme import services
from booking.programme.models import Assignment, Meeting
from booking.programme.services import swapping
from booking.store.engine import session
from booking.trainers import services as trainers
from booking.trainers.models import Trainer
from booking.trainers.rules import AbsenceKind, Away
from tests.bookings.world import act_at


def lead(slot_id: int, staff_id: int, *, name: str = "Tove") -> list[int]:
    """The trainer with this account, made when there is none, leads every meeting of the slot: the assignments."""
    trainer = session().query(Trainer).filter_by(staff_id=staff_id).first()
    if trainer is None:
        trainer = trainers.add_trainer(name=name, act=act_at())
        trainers.give_account(trainer.id, staff_id=staff_id, act=act_at())
    number = trainer.id
    meetings = [meeting.id for meeting in session().query(Meeting).filter_by(slot_id=slot_id)]
    session().rollback()
    made: list[Assignment] = [
        services.assign(meeting, trainer_id=number, accepting="Hon är den enda", act=act_at()) for meeting in meetings
    ]
    return [assignment.id for assignment in made]


def away_and_asked(assignment_id: int) -> dict[str, int]:
    """The one who leads is at home there, away some other day, and has asked Nils to lead instead.

    Gives numbers by their names in routes.
    """
    assignment = session().get_one(Assignment, assignment_id)
    trainer_id, home = assignment.trainer_id, assignment.meeting.place_id
    session().rollback()
    trainers.change_trainer(trainer_id, name="Tove", home_place_id=home, act=act_at())
    nils = trainers.add_trainer(name="Nils", act=act_at()).id
    day = act_at().now.date() + dt.timedelta(days=60)
    absence = trainers.report_absence(trainer_id, days=Away(day, day), kind=AbsenceKind.PLANNED, act=act_at()).id
    offer = swapping.offer_swap(assignment_id, trainer_id=nils, reason="Tandläkare", act=act_at()).id
    box = trainers.add_kit(name="Låda 1", thing="Blue-Bot", pieces=6, home_place_id=home, act=act_at())
    return {"kit_id": box.id, "trainer_id": trainer_id, "absence_id": absence, "offer_id": offer}
