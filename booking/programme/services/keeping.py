"""Keeping the registers of trainers and kits: a whole page at once, so that two who edit it do not mix."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select

from booking.kernel.act import Act
from booking.programme.rules.registers import KitPage, TrainerPage
from booking.programme.services.leading import set_competences
from booking.store import audit, writes
from booking.store.engine import session
from booking.trainers import services as trainers
from booking.trainers.models import Kit, Trainer
from booking.trainers.rules import NoSuchKit, NoSuchTrainer, SavedMeanwhile

Row = TypeVar("Row", Trainer, Kit)


@writes
def add_whole_trainer(page: TrainerPage, *, act: Act) -> int:
    """A new trainer with all that the page says: the number. Raises what `save_trainer` raises, but SavedMeanwhile."""
    trainer = trainers.add_trainer(name=page.name, home_place_id=page.home_place_id, hours=page.hours, act=act)
    _save_rest(trainer, page, act=act)
    return trainer.id


@writes
def save_trainer(trainer_id: int, page: TrainerPage, *, version: int, act: Act) -> None:
    """Make the trainer what the page says; `version` is the one that the page was opened with.

    Raises NoSuchTrainer, SavedMeanwhile, NameMissing, NoSuchPlace, WorkOverlaps, NoSuchActivity, NoSuchAccount,
    AccountTaken.
    """
    trainer = _locked(Trainer, trainer_id, version=version, missing=NoSuchTrainer)
    trainers.change_trainer(trainer_id, name=page.name, home_place_id=page.home_place_id, act=act)
    trainers.set_working_hours(trainer_id, hours=page.hours, act=act)
    trainer.version += 1
    _save_rest(trainer, page, act=act)
    audit("save_trainer", f"trainer:{trainer_id}", act=act)


def _save_rest(trainer: Trainer, page: TrainerPage, *, act: Act) -> None:
    set_competences(trainer.id, activity_ids=page.activity_ids, kinds=page.kinds, act=act)
    if trainer.staff_id != page.staff_id:
        trainers.give_account(trainer.id, staff_id=page.staff_id, act=act)
    trainers.leave(trainer.id, from_day=page.left_on, act=act)


@writes
def add_whole_kit(page: KitPage, *, act: Act) -> int:
    """A new kit with all that the page says: the number. Raises what `save_kit` raises, but SavedMeanwhile."""
    kit = trainers.add_kit(
        name=page.name, thing=page.thing, pieces=page.pieces, home_place_id=page.home_place_id, note=page.note, act=act
    )
    _place_kit(kit, page, act=act)
    return kit.id


@writes
def save_kit(kit_id: int, page: KitPage, *, version: int, act: Act) -> None:
    """Make the kit what the page says; `version` is the one that the page was opened with.

    Raises NoSuchKit, SavedMeanwhile, NameMissing, ThingMissing, NoPieces, NoSuchPlace, NoSuchTrainer.
    """
    kit = _locked(Kit, kit_id, version=version, missing=NoSuchKit)
    trainers.change_kit(kit_id, name=page.name, thing=page.thing, home_place_id=page.home_place_id, act=act)
    trainers.count_kit(kit_id, pieces=page.pieces, note=page.note, act=act)
    kit.version += 1
    _place_kit(kit, page, act=act)
    audit("save_kit", f"kit:{kit_id}", act=act)


def _place_kit(kit: Kit, page: KitPage, *, act: Act) -> None:
    trainers.place_kit(kit.id, at_place_id=page.at_place_id, brought_by_id=page.brought_by_id, act=act)
    trainers.retire_kit(kit.id, from_day=page.retired_on, act=act)


def _locked(model: type[Row], number: int, *, version: int, missing: type[Exception]) -> Row:
    statement = select(model).where(model.id == number).with_for_update(key_share=True)
    row = session().scalar(statement, execution_options={"populate_existing": True})
    if row is None:
        raise missing
    if row.version != version:
        raise SavedMeanwhile
    return row
