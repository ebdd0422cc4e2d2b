"""The registers of trainers and kits as those who plan see them: the home place decides whose they are."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import joinedload, selectinload

from booking.accounts.models import Staff
from booking.accounts.rules.roles import Scope
from booking.places import queries as places
from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.programme.models import Activity, Competence, KitReservation, Meeting, Slot
from booking.programme.rules.registers import KitPage, TrainerPage
from booking.store.engine import session
from booking.trainers.models import Kit, Trainer
from booking.trainers.queries import of_home
from booking.trainers.rules import Work

Choices = list[tuple[str, str]]


class KeptTrainer(NamedTuple):
    """A trainer's page with its version."""

    id: int
    version: int
    page: TrainerPage


def kept_trainer(trainer_id: int, scope: Scope) -> KeptTrainer | None:
    """A trainer at home in the scope; a foreign one is as one that does not exist. Three queries."""
    found = select(Trainer).where(Trainer.id == trainer_id, of_home(scope))
    trainer = session().scalar(
        found.options(selectinload(Trainer.working_hours)), execution_options={"populate_existing": True}
    )
    if trainer is None:
        return None
    asked = select(Competence.activity_id, Competence.kind).where(Competence.trainer_id == trainer_id)
    competences = session().execute(asked).all()
    page = TrainerPage(
        name=trainer.name,
        home_place_id=trainer.home_place_id,
        hours=[Work(one.weekday, one.starts, one.ends) for one in trainer.working_hours],
        activity_ids=sorted(number for number, _ in competences if number is not None),
        kinds=sorted(kind for _, kind in competences if kind is not None),
        staff_id=trainer.staff_id,
        left_on=trainer.left_on,
    )
    return KeptTrainer(trainer.id, trainer.version, page)


def _kit_at_home(scope: Scope) -> ColumnElement[bool]:
    if scope.everywhere:
        return true()
    return Kit.home_place_id.in_(select(Place.id).where(places.within(scope)))


def kits_within(scope: Scope) -> list[Kit]:
    """The kits at home in the scope, by thing and name, those out of use too, with where they are. One query."""
    found = select(Kit).where(_kit_at_home(scope))
    found = found.options(joinedload(Kit.home), joinedload(Kit.at), joinedload(Kit.brought_by))
    return list(session().scalars(found.order_by(Kit.thing_key, Kit.name, Kit.id)))


class KeptKit(NamedTuple):
    """A kit's page with its version."""

    id: int
    version: int
    page: KitPage


def kept_kit(kit_id: int, scope: Scope) -> KeptKit | None:
    """A kit at home in the scope; a foreign one is as one that does not exist. One query."""
    found = select(Kit).where(Kit.id == kit_id, _kit_at_home(scope))
    kit = session().scalar(found, execution_options={"populate_existing": True})
    if kit is None:
        return None
    page = KitPage(
        name=kit.name,
        thing=kit.thing,
        pieces=kit.pieces,
        home_place_id=kit.home_place_id,
        at_place_id=kit.at_place_id,
        brought_by_id=kit.brought_by_id,
        note=kit.note,
        retired_on=kit.retired_on,
    )
    return KeptKit(kit.id, kit.version, page)


class Needed(NamedTuple):
    """A meeting to come that takes a kit."""

    slot_id: int
    title: str
    place_name: str
    starts_at: dt.datetime
    ends_at: dt.datetime


def needed_at(kit_id: int, *, now: dt.datetime) -> list[Needed]:
    """The meetings to come that hold a kit, earliest first. One query."""
    found = (
        select(Slot.id, Activity.title_sv, Place.name, Meeting.starts_at, Meeting.ends_at)
        .join(Meeting, Meeting.slot_id == Slot.id)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Meeting.place_id)
        .join(KitReservation, KitReservation.meeting_id == Meeting.id)
        .where(KitReservation.kit_id == kit_id, KitReservation.holds, Meeting.ends_at > now)
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return [Needed._make(row) for row in session().execute(found)]


def homes(scope: Scope) -> Choices:
    """The places of the scope where trainers and kits may be at home, as choices: no stops. One query."""
    return _places(places.within(scope))


def stands() -> Choices:
    """All places where a kit may stand, as choices: no stops. One query."""
    return _places(true())


def _places(condition: ColumnElement[bool]) -> Choices:
    found = select(Place.id, Place.name).where(condition, Place.kind != PlaceKind.STOP)
    return _choices(found.order_by(Place.sort_key, Place.id))


def activities() -> Choices:
    """All activities, as choices. One query."""
    return _choices(select(Activity.id, Activity.title_sv).order_by(Activity.search_key, Activity.id))


def accounts() -> Choices:
    """The open accounts of staff, as choices. One query."""
    return _choices(select(Staff.id, Staff.name).where(Staff.closed_at.is_(None)).order_by(Staff.name, Staff.id))


def people(*, on: dt.date) -> Choices:
    """The trainers who lead on that day or later, as choices. One query."""
    leads = Trainer.left_on.is_(None) | (Trainer.left_on > on)
    return _choices(select(Trainer.id, Trainer.name).where(leads).order_by(Trainer.sort_key, Trainer.id))


def _choices(found: Select[int, str]) -> Choices:
    return [(str(number), name) for number, name in session().execute(found)]
