"""Keeping trainers, their hours and absences, and the register of kits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete, select

from booking.accounts.models import Staff
from booking.kernel.act import Act
from booking.kernel.sorting import sort_key
from booking.places.models import Place
from booking.places.rules import NameMissing, NoSuchPlace
from booking.store import audit, writes
from booking.store.engine import session
from booking.trainers import rules
from booking.trainers.models import Absence, Kit, Trainer, WorkingHours
from booking.trainers.rules import AbsenceKind, Away, Work


@writes
def add_trainer(*, name: str, act: Act, home_place_id: int | None = None, hours: Sequence[Work] = ()) -> Trainer:
    """Somebody who leads. `home_place_id` None: from nowhere in particular; no `hours`: they are not kept.

    Raises NameMissing, NoSuchPlace, WorkOverlaps.
    """
    _check_place(home_place_id)
    rules.check_hours(hours)
    name = _checked_name(name)
    trainer = Trainer(name=name, sort_key=sort_key(name), home_place_id=home_place_id, changed_at=act.now)
    trainer.working_hours = _rows(hours)
    session().add(trainer)
    session().flush()  # the audit row names the trainer by number
    audit("add_trainer", f"trainer:{trainer.id}", act=act)
    return trainer


@writes
def change_trainer(trainer_id: int, *, name: str, home_place_id: int | None, act: Act) -> None:
    """Correct name and home place. Raises NoSuchTrainer, NameMissing, NoSuchPlace."""
    trainer = _trainer(trainer_id)
    _check_place(home_place_id)
    trainer.name = _checked_name(name)
    trainer.sort_key, trainer.home_place_id = sort_key(trainer.name), home_place_id
    _trainer_changed(trainer, verb="change_trainer", act=act)


@writes
def give_account(trainer_id: int, *, staff_id: int | None, act: Act) -> None:
    """Say which of the staff's accounts is this trainer's; None: none. It reaches the meetings that the trainer leads.

    Raises NoSuchTrainer, NoSuchAccount, AccountTaken when another trainer has it.
    """
    trainer = _trainer(trainer_id)
    if staff_id is not None:
        if session().get(Staff, staff_id) is None:
            raise rules.NoSuchAccount
        other = session().scalar(select(Trainer.id).where(Trainer.staff_id == staff_id, Trainer.id != trainer_id))
        if other is not None:
            raise rules.AccountTaken
    trainer.staff_id = staff_id
    _trainer_changed(trainer, verb="give_account", act=act)


@writes
def set_working_hours(trainer_id: int, *, hours: Sequence[Work], act: Act) -> None:
    """Replace the whole of a trainer's weekly hours; none: they are not kept. Raises NoSuchTrainer, WorkOverlaps."""
    trainer = _trainer(trainer_id)
    rules.check_hours(hours)
    session().execute(delete(WorkingHours).where(WorkingHours.trainer_id == trainer_id))
    session().expire(trainer, ["working_hours"])
    for row in _rows(hours):
        row.trainer_id = trainer_id
        session().add(row)
    _trainer_changed(trainer, verb="set_working_hours", act=act)


@writes
def leave(trainer_id: int, *, from_day: dt.date | None, act: Act) -> None:
    """From that day on the trainer leads nothing; None takes that back. Assignments are not touched here.

    Raises NoSuchTrainer.
    """
    trainer = _trainer(trainer_id)
    if trainer.left_on != from_day:
        trainer.left_on = from_day
        _trainer_changed(trainer, verb="leave", act=act)


@writes
def report_absence(trainer_id: int, *, days: Away, kind: AbsenceKind, act: Act) -> Absence:
    """Keep that a trainer leads nothing on these days, never why. Inner: a higher room finds the meetings touched.

    Raises NoSuchTrainer.
    """
    _trainer(trainer_id)
    absence = Absence(
        trainer_id=trainer_id,
        kind=kind,
        first_on=days.first_on,
        last_on=days.last_on,
        reported_at=act.now,
        actor_ref=act.actor.ref,
    )
    session().add(absence)
    session().flush()  # the audit row names the absence by its number
    audit("report_absence", f"absence:{absence.id}", act=act)
    return absence


@writes
def withdraw_absence(absence_id: int, *, act: Act) -> None:
    """The trainer leads after all. What was given to others in the meantime stays theirs. Raises NoSuchAbsence."""
    absence = session().get(Absence, absence_id)
    if absence is None:
        raise rules.NoSuchAbsence
    session().delete(absence)
    session().flush()  # gone before the audit row that tells of it
    audit("withdraw_absence", f"absence:{absence_id}", act=act)


@writes
def add_kit(*, name: str, thing: str, pieces: int, home_place_id: int, act: Act, note: str = "") -> Kit:
    """A set of `pieces` things, which stands at its home place. Raises NameMissing, ThingMissing, NoPieces,
    NoSuchPlace.
    """
    _check_place(home_place_id)
    rules.check_pieces(pieces)
    if not thing.strip():
        raise rules.ThingMissing
    kit = Kit(
        name=_checked_name(name),
        thing=" ".join(thing.split()),
        thing_key=rules.thing_key(thing),
        pieces=pieces,
        home_place_id=home_place_id,
        at_place_id=home_place_id,
        note=note.strip(),
        changed_at=act.now,
    )
    session().add(kit)
    session().flush()  # the audit row names the kit by its number
    audit("add_kit", f"kit:{kit.id}", act=act)
    return kit


@writes
def change_kit(kit_id: int, *, name: str, thing: str, home_place_id: int, act: Act) -> None:
    """Correct what a kit is called, what is in it and where it is at home.

    Raises NoSuchKit, NameMissing, ThingMissing, NoSuchPlace.
    """
    kit = _kit(kit_id)
    _check_place(home_place_id)
    if not thing.strip():
        raise rules.ThingMissing
    kit.name, kit.home_place_id = _checked_name(name), home_place_id
    kit.thing, kit.thing_key = " ".join(thing.split()), rules.thing_key(thing)
    _kit_changed(kit, verb="change_kit", act=act)


@writes
def count_kit(kit_id: int, *, pieces: int, act: Act, note: str = "") -> None:
    """So many pieces are whole today; `note` says what is amiss. Raises NoSuchKit, NoPieces."""
    kit = _kit(kit_id)
    rules.check_pieces(pieces)
    kit.pieces, kit.note = pieces, note.strip()
    _kit_changed(kit, verb="count_kit", act=act)


@writes
def place_kit(kit_id: int, *, at_place_id: int, act: Act, brought_by_id: int | None = None) -> None:
    """The kit stands there now; `brought_by_id` brings it to where it is needed next, None: nobody yet.

    Raises NoSuchKit, NoSuchPlace, NoSuchTrainer.
    """
    kit = _kit(kit_id)
    _check_place(at_place_id)
    if brought_by_id is not None:
        _trainer(brought_by_id)
    kit.at_place_id, kit.brought_by_id = at_place_id, brought_by_id
    _kit_changed(kit, verb="place_kit", act=act)


@writes
def retire_kit(kit_id: int, *, from_day: dt.date | None, act: Act) -> None:
    """From that day on the kit is reserved no more; None takes that back. Reservations stay. Raises NoSuchKit."""
    kit = _kit(kit_id)
    if kit.retired_on != from_day:
        kit.retired_on = from_day
        _kit_changed(kit, verb="retire_kit", act=act)


def _trainer(trainer_id: int) -> Trainer:
    trainer = session().get(Trainer, trainer_id)
    if trainer is None:
        raise rules.NoSuchTrainer
    return trainer


def _kit(kit_id: int) -> Kit:
    kit = session().get(Kit, kit_id)
    if kit is None:
        raise rules.NoSuchKit
    return kit


def _check_place(place_id: int | None) -> None:
    if place_id is not None and session().get(Place, place_id) is None:
        raise NoSuchPlace


def _checked_name(name: str) -> str:
    if not name.strip():
        raise NameMissing
    return " ".join(name.split())


def _rows(hours: Sequence[Work]) -> list[WorkingHours]:
    return [WorkingHours(weekday=span.weekday, starts=span.starts, ends=span.ends) for span in sorted(hours)]


def _trainer_changed(trainer: Trainer, *, verb: str, act: Act) -> None:
    trainer.changed_at = act.now
    session().flush()  # the change before the audit row that tells of it
    audit(verb, f"trainer:{trainer.id}", act=act)


def _kit_changed(kit: Kit, *, verb: str, act: Act) -> None:
    kit.changed_at = act.now
    session().flush()  # the change before the audit row that tells of it
    audit(verb, f"kit:{kit.id}", act=act)
