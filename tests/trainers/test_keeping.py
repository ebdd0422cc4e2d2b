"""Keeping trainers and kits, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from booking.places.rules import NameMissing, NoSuchPlace
from booking.store import AuditEntry
from booking.store.engine import session
from booking.trainers import queries, rules, services
from booking.trainers.models import Kit, Trainer
from booking.trainers.rules import AbsenceKind, Away, Work
from tests.programme.world import LATER, NOW, library, maj
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")

TODAY = dt.date(2026, 10, 1)
MORNINGS = [Work(day, dt.time(8), dt.time(12)) for day in range(1, 6)]


def afresh() -> None:
    session().rollback()
    session().expire_all()


def verbs(subject: str) -> list[str]:
    return list(session().scalars(select(AuditEntry.verb).where(AuditEntry.subject == subject)))


def kept(trainer: Trainer) -> Trainer:
    afresh()
    return session().get_one(Trainer, trainer.id)


def kit_of(kit: Kit) -> Kit:
    afresh()
    return session().get_one(Kit, kit.id)


def test_a_trainer_is_added_corrected_and_leaves_and_the_trail_tells() -> None:
    ahus = library()
    tove = services.add_trainer(name="  Tove   Ek ", home_place_id=ahus.id, hours=MORNINGS, act=maj())
    services.change_trainer(tove.id, name="Tove Ask", home_place_id=None, act=maj(LATER))
    services.set_working_hours(tove.id, hours=MORNINGS[:2], act=maj(LATER))
    services.leave(tove.id, from_day=dt.date(2027, 1, 1), act=maj(LATER))
    services.leave(tove.id, from_day=dt.date(2027, 1, 1), act=maj(LATER))

    found = kept(tove)

    assert (found.name, found.home_place_id, found.changed_at) == ("Tove Ask", None, LATER)
    assert [(span.weekday, span.starts, span.ends) for span in found.working_hours] == [
        (1, dt.time(8), dt.time(12)),
        (2, dt.time(8), dt.time(12)),
    ]
    assert found.left_on == dt.date(2027, 1, 1)
    assert verbs(f"trainer:{tove.id}") == ["add_trainer", "change_trainer", "set_working_hours", "leave"]


def test_who_has_left_is_listed_until_that_day() -> None:
    services.add_trainer(name="Örjan", act=maj())
    tove = services.add_trainer(name="Tove", act=maj())
    services.leave(tove.id, from_day=TODAY, act=maj())

    assert [found.name for found in queries.all_trainers(on=TODAY - dt.timedelta(days=1))] == ["Tove", "Örjan"]
    assert [found.name for found in queries.all_trainers(on=TODAY)] == ["Örjan"]


def test_listing_two_hundred_trainers_takes_three_queries() -> None:
    for number in range(200):
        services.add_trainer(name=f"Ledare {number}", hours=MORNINGS[:1], act=maj())
    afresh()

    with counted() as sent:
        found = queries.all_trainers(on=TODAY)
        assert all(trainer.working_hours and not trainer.absences for trainer in found)

    assert (len(found), len(sent)) == (200, 3)


def test_an_absence_is_kept_without_a_cause_and_can_be_withdrawn() -> None:
    tove = services.add_trainer(name="Tove", act=maj())
    days = Away(TODAY, TODAY + dt.timedelta(days=2))

    absence = services.report_absence(tove.id, days=days, kind=AbsenceKind.SUDDEN, act=maj())

    (found,) = queries.absent_between(days.last_on, days.last_on)
    assert (found.trainer_id, found.kind, found.reported_at, found.actor_ref) == (
        tove.id,
        AbsenceKind.SUDDEN,
        NOW,
        "maj",
    )
    assert queries.absent_between(days.last_on + dt.timedelta(days=1), dt.date(2027, 1, 1)) == []
    services.withdraw_absence(absence.id, act=maj())
    assert queries.absent_between(TODAY, TODAY) == []
    assert verbs(f"absence:{absence.id}") == ["report_absence", "withdraw_absence"]


def test_a_kit_is_counted_and_carried_and_the_trail_tells() -> None:
    ahus, tollarp = library(), library("tollarp", "Tollarps bibliotek")
    tove = services.add_trainer(name="Tove", act=maj())
    kit = services.add_kit(name="Låda 1", thing=" Blue-Bot ", pieces=6, home_place_id=ahus.id, act=maj())
    assert (kit.thing, kit.thing_key, kit.at_place_id, kit.brought_by_id) == ("Blue-Bot", "blue-bot", ahus.id, None)

    services.count_kit(kit.id, pieces=5, note="En laddar inte.", act=maj(LATER))
    services.place_kit(kit.id, at_place_id=tollarp.id, brought_by_id=tove.id, act=maj(LATER))
    services.retire_kit(kit.id, from_day=TODAY, act=maj(LATER))

    found = kit_of(kit)
    assert (found.pieces, found.note, found.changed_at) == (5, "En laddar inte.", LATER)
    assert (found.home_place_id, found.at_place_id, found.brought_by_id) == (ahus.id, tollarp.id, tove.id)
    assert queries.all_kits(on=TODAY) == []
    assert queries.all_kits(on=TODAY - dt.timedelta(days=1)) == [found]
    assert verbs(f"kit:{kit.id}") == ["add_kit", "count_kit", "place_kit", "retire_kit"]


def test_what_makes_no_sense_is_refused_and_leaves_nothing_behind() -> None:
    ahus = library()
    with pytest.raises(NameMissing):
        services.add_trainer(name=" ", act=maj())
    with pytest.raises(NoSuchPlace):
        services.add_trainer(name="Tove", home_place_id=4711, act=maj())
    with pytest.raises(rules.ThingMissing):
        services.add_kit(name="Låda", thing=" ", pieces=1, home_place_id=ahus.id, act=maj())
    with pytest.raises(rules.NoPieces):
        services.add_kit(name="Låda", thing="Blue-Bot", pieces=0, home_place_id=ahus.id, act=maj())
    with pytest.raises(rules.NoSuchTrainer):
        services.leave(4711, from_day=None, act=maj())
    with pytest.raises(rules.NoSuchKit):
        services.count_kit(4711, pieces=1, act=maj())
    with pytest.raises(rules.NoSuchAbsence):
        services.withdraw_absence(4711, act=maj())

    afresh()
    assert list(session().scalars(select(Trainer))) == []
    assert list(session().scalars(select(Kit))) == []
