"""Finding trainers and kits."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from booking.accounts.rules.roles import Scope
from booking.places import queries as places
from booking.places.models import Place
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


def of_staff(staff_id: int) -> Trainer | None:
    """The trainer whose account this is; None when nobody is linked to it. One query, the home place included."""
    found = select(Trainer).where(Trainer.staff_id == staff_id).options(joinedload(Trainer.home))
    return session().scalar(found)


def of_home(scope: Scope) -> ColumnElement[bool]:
    """The condition on `trainers` that keeps a query inside a scope: the home place decides. Who has none is seen to by
    those whose scope is everywhere.
    """
    if scope.everywhere:
        return true()
    return Trainer.home_place_id.in_(select(Place.id).where(places.within(scope)))


def absences_of(trainer_id: int, *, since: dt.date) -> list[Absence]:
    """The absences of a trainer that end on that day or later, earliest first. One query."""
    found = select(Absence).where(Absence.trainer_id == trainer_id, Absence.last_on >= since)
    return list(session().scalars(found.order_by(Absence.first_on, Absence.id)))


def trainers_within(scope: Scope, *, on: dt.date | None = None) -> list[Trainer]:
    """The trainers whose home place lies in the scope, in Swedish order of names, home places included; with `on` only
    those who lead on that day or later. One query.
    """
    found = select(Trainer).where(of_home(scope)).options(joinedload(Trainer.home))
    if on is not None:
        found = found.where(or_(Trainer.left_on.is_(None), Trainer.left_on > on))
    return list(session().scalars(found.order_by(Trainer.sort_key, Trainer.id)))


def trainer_within(trainer_id: int, scope: Scope) -> Trainer | None:
    """One trainer whose home place lies in the scope; a foreign one is as one that does not exist. One query."""
    found = select(Trainer).where(Trainer.id == trainer_id, of_home(scope)).options(joinedload(Trainer.home))
    return session().scalar(found)


class Away(NamedTuple):
    """An absence, with who is away."""

    absence: Absence
    trainer: Trainer


def absences_within(scope: Scope, *, since: dt.date) -> list[Away]:
    """The absences that end on that day or later of trainers at home in the scope, earliest first. One query."""
    found = select(Absence, Trainer).join(Trainer, Trainer.id == Absence.trainer_id)
    found = found.where(Absence.last_on >= since, of_home(scope))
    return [Away._make(row) for row in session().execute(found.order_by(Absence.first_on, Absence.id))]


def absence_within(absence_id: int, scope: Scope) -> Away | None:
    """One absence of a trainer at home in the scope. One query."""
    found = select(Absence, Trainer).join(Trainer, Trainer.id == Absence.trainer_id)
    row = session().execute(found.where(Absence.id == absence_id, of_home(scope))).one_or_none()
    return Away._make(row) if row else None
