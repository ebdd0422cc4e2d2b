"""What letters to staff tell of meetings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import aliased

from booking.places.models import Place
from booking.programme.models import Activity, Assignment, Meeting, Slot
from booking.store.engine import session
from booking.trainers.models import Trainer


class Told(NamedTuple):
    """A meeting as a letter tells it; `owner_id` and `organisation_id` are those of the slot's place, which decides."""

    id: int
    slot_id: int
    title_sv: str
    title_en: str
    place_name: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    owner_id: int
    organisation_id: int


def told(meeting_ids: Collection[int]) -> dict[int, Told]:
    """These meetings by number, earliest first. One query."""
    owner = aliased(Place)
    found = (
        select(
            Meeting.id,
            Slot.id,
            Activity.title_sv,
            Activity.title_en,
            Place.name,
            Meeting.starts_at,
            Meeting.ends_at,
            owner.id,
            owner.organisation_id,
        )
        .join(Slot, Slot.id == Meeting.slot_id)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Meeting.place_id)
        .join(owner, owner.id == Slot.place_id)
        .where(Meeting.id.in_(meeting_ids))
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return {row[0]: Told._make(row) for row in session().execute(found)}


def accounts_of(trainer_ids: Collection[int]) -> dict[int, int]:
    """The numbers of the accounts of those of these trainers who have one, by trainer. One query."""
    found = select(Trainer.id, Trainer.staff_id).where(Trainer.id.in_(trainer_ids), Trainer.staff_id.is_not(None))
    return {number: staff_id for number, staff_id in session().execute(found) if staff_id is not None}


class Leading(NamedTuple):
    """An assignment: who leads which meeting."""

    meeting_id: int
    trainer_id: int
    trainer_name: str


def leading(assignment_ids: Collection[int]) -> dict[int, Leading]:
    """These assignments by number. One query."""
    found = (
        select(Assignment.id, Assignment.meeting_id, Trainer.id, Trainer.name)
        .join(Trainer, Trainer.id == Assignment.trainer_id)
        .where(Assignment.id.in_(assignment_ids))
    )
    return {row[0]: Leading._make(row[1:]) for row in session().execute(found)}


def is_led(meeting_id: int) -> bool:
    """Whether anybody leads the meeting. One query."""
    found = select(Assignment.id).where(Assignment.meeting_id == meeting_id, Assignment.holds)
    return session().scalar(found.limit(1)) is not None


def names(trainer_ids: Collection[int]) -> dict[int, str]:
    """What these trainers are called, by number. One query."""
    found = select(Trainer.id, Trainer.name).where(Trainer.id.in_(trainer_ids))
    return {number: name for number, name in session().execute(found)}  # noqa: C416  # dict() would take it for a mapping
