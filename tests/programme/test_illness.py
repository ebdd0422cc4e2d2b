"""A trainer falls ill: every touched meeting with who could step in, and one act that sees to all."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select

from booking.programme import queries, services
from booking.programme.models import Assignment, AssignmentEnd, Slot
from booking.programme.rules.clashes import HardClash
from booking.programme.rules.leading import EndKind, TouchedOtherwise
from booking.store import AuditEntry, db
from booking.store.engine import session
from booking.trainers.models import Absence, Trainer
from booking.trainers.rules import AbsenceKind, Away
from tests.bookings.crowd import at_once, refusals
from tests.programme.world import LATER, at, maj, planned, trainer

pytestmark = pytest.mark.usefixtures("app")

WEDNESDAY, FRIDAY = dt.date(2026, 11, 4), dt.date(2026, 11, 6)
ILL = Away(WEDNESDAY, FRIDAY)


def afresh() -> None:
    session().rollback()
    session().expire_all()


def led_by(tove: Trainer, *texts: str) -> list[tuple[int, int]]:
    """(meeting, assignment) of a slot at each of these times."""
    slots = [planned(at(text)) for text in texts]
    meetings = [slot.meetings[0].id for slot in slots]
    return [(one, services.assign(one, trainer_id=tove.id, accepting="-", act=maj()).id) for one in meetings]


def see_to(tove: Trainer, choices: dict[int, int | None]) -> list[int]:
    return services.replace_or_release(
        tove.id, days=ILL, kind=AbsenceKind.SUDDEN, choices=choices, act=maj(LATER), accepting="-"
    )


def test_every_touched_meeting_is_found_with_the_best_substitutes() -> None:
    tove, nils, _ = trainer(), trainer("Nils"), trainer("Ove")
    outside, evening, first, second, after = led_by(
        tove, "2026-11-03 22:00", "2026-11-03 23:30", "2026-11-04 10:00", "2026-11-06 22:00", "2026-11-07 00:00"
    )
    led_by(nils, "2026-11-04 10:30")
    services.call_off(planned(at("2026-11-05 10:00")).id, reason_sv="Snö", act=maj())

    found = queries.touched(tove.id, ILL)

    assert [one.occasion.meeting_id for one in found] == [evening[0], first[0], second[0]]
    assert [one.assignment_id for one in found] == [evening[1], first[1], second[1]]
    assert [[candidate.name for candidate in one.candidates] for one in found] == [
        ["Ove", "Nils"],
        ["Ove"],
        ["Ove", "Nils"],
    ]
    assert {outside[0], after[0]}.isdisjoint(one.occasion.meeting_id for one in found)


def test_one_act_keeps_the_absence_and_replaces_or_releases_every_meeting() -> None:
    tove, nils, ove = trainer(), trainer("Nils"), trainer("Ove")
    (one, first), (two, second), (three, third) = led_by(
        tove, "2026-11-04 10:00", "2026-11-05 10:00", "2026-11-06 10:00"
    )
    services.assign(three, trainer_id=ove.id, act=maj())

    left = see_to(tove, {first: nils.id, second: None, third: None})

    afresh()
    assert left == [two]  # the third has Ove
    (absence,) = session().scalars(select(Absence))
    assert (absence.trainer_id, absence.first_on, absence.last_on) == (tove.id, WEDNESDAY, FRIDAY)
    ends = {end.assignment_id: end for end in session().scalars(select(AssignmentEnd))}
    assert {number: end.kind for number, end in ends.items()} == {
        first: EndKind.REPLACED,
        second: EndKind.TAKEN_OFF,
        third: EndKind.TAKEN_OFF,
    }
    leads = session().scalars(select(Assignment.trainer_id).where(Assignment.meeting_id == one, Assignment.holds))
    assert leads.all() == [nils.id]
    verbs = session().scalars(select(AuditEntry.verb).where(AuditEntry.at == LATER).order_by(AuditEntry.id)).all()
    assert verbs == ["report_absence", *["replace_or_release"] * 3]
    assert queries.touched(tove.id, ILL) == []
    with pytest.raises(HardClash, match="Tove is away"):
        services.assign(two, trainer_id=tove.id, act=maj())


def test_no_column_could_hold_why_somebody_is_away() -> None:
    columns = {column["name"] for column in inspect(db.engine).get_columns("absences")}

    assert columns == {"id", "trainer_id", "kind", "first_on", "last_on", "reported_at", "actor_ref"}
    assert {kind.value for kind in AbsenceKind} == {"planned", "sudden"}


def test_a_list_that_has_changed_meanwhile_is_looked_at_again() -> None:
    tove = trainer()
    (_, first), (_, second) = led_by(tove, "2026-11-04 10:00", "2026-11-05 10:00")

    for choices in ({first: None}, {first: None, second: None, 4711: None}, {}):
        with pytest.raises(TouchedOtherwise):
            see_to(tove, dict(choices))

    afresh()
    assert session().scalars(select(Absence)).all() == []
    assert see_to(tove, {first: None, second: None})


def test_a_substitute_who_is_taken_refuses_the_whole_act() -> None:
    tove, nils = trainer(), trainer("Nils")
    (_, first), (_, second) = led_by(tove, "2026-11-04 10:00", "2026-11-05 10:00")
    led_by(nils, "2026-11-05 10:30")

    with pytest.raises(HardClash, match="Nils leads"):
        see_to(tove, {first: nils.id, second: nils.id})

    afresh()
    assert session().scalars(select(Absence)).all() == []
    assert all(one.holds for one in session().scalars(select(Assignment)))


@pytest.mark.races
def test_two_who_fall_ill_at_once_do_not_share_a_substitute(app: Flask) -> None:
    for _ in range(5):
        tove, ove, nils = trainer(), trainer("Ove"), trainer("Nils")
        ((_, first),), ((_, second),) = led_by(tove, "2026-11-04 10:00"), led_by(ove, "2026-11-04 10:30")

        outcomes = at_once(app, [partial(see_to, tove, {first: nils.id}), partial(see_to, ove, {second: nils.id})])

        assert refusals(outcomes) == ["HardClash"]
        afresh()
        held = session().scalars(select(Assignment).where(Assignment.trainer_id == nils.id, Assignment.holds))
        assert len(held.all()) == 1


def test_the_public_sees_neither_who_leads_nor_other_seats(client: FlaskClient) -> None:
    tove, slot = trainer("Tovelina Hemlig"), planned()
    services.publish(slot.id, act=maj())
    afresh()
    addresses = [f"/pass/{slot.id}", f"/pass/{slot.id}.ics", "/pass", "/pass.ics"]
    before = [client.get(address).text for address in addresses]

    services.assign(slot.meetings[0].id, trainer_id=tove.id, act=maj())

    assert all("Tovelina" not in client.get(address).text for address in addresses)
    assert [client.get(address).text for address in addresses[1::2]] == before[1::2]
    assert [pool.seats for pool in session().get_one(Slot, slot.id).pools] == [12]
