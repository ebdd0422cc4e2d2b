"""Trainers who sign in and lead."""

from __future__ import annotations

from booking.programme import services
from booking.programme.models import Assignment, Meeting
from booking.store.engine import session
from booking.trainers import services as trainers
from booking.trainers.models import Trainer
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
