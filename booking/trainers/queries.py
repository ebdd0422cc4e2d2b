"""Finding trainers and kits."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from booking.store.engine import session
from booking.trainers.models import Absence, Kit, Trainer


def all_trainers(*, on: dt.date) -> list[Trainer]:
    """Who leads on that day or later, in Swedish order of names, with home place and working hours, and absences.

    Three queries.
    """
    found = (
        select(Trainer)
        .where(or_(Trainer.left_on.is_(None), Trainer.left_on > on))
        .options(joinedload(Trainer.home), selectinload(Trainer.working_hours), selectinload(Trainer.absences))
    )
    return list(session().scalars(found.order_by(Trainer.sort_key, Trainer.id)))


def absent_between(first: dt.date, last: dt.date) -> list[Absence]:
    """Absences that touch these days, both included, earliest first. One query."""
    found = select(Absence).where(Absence.first_on <= last, Absence.last_on >= first)
    return list(session().scalars(found.order_by(Absence.first_on, Absence.id)))


def all_kits(*, on: dt.date) -> list[Kit]:
    """Kits that may be reserved on that day, by thing and name, with where they are and who brings them. One query."""
    found = (
        select(Kit)
        .where(or_(Kit.retired_on.is_(None), Kit.retired_on > on))
        .options(joinedload(Kit.home), joinedload(Kit.at), joinedload(Kit.brought_by))
    )
    return list(session().scalars(found.order_by(Kit.thing_key, Kit.name, Kit.id)))
