"""Who leads in the demo, and with which kits."""

from __future__ import annotations

import csv
import datetime as dt

import pytest
from sqlalchemy import func, select

from booking.accounts.models import Staff
from booking.demo import content, crew, loading
from booking.kernel.act import Act, Actor, ActorKind
from booking.programme.models import Assignment, Competence, KitReservation, Meeting
from booking.programme.queries import touched
from booking.programme.rules.leading import AssignmentStanding
from booking.store.engine import session
from booking.trainers.models import Absence, Kit, Trainer
from booking.trainers.rules import Away

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
FAR = Away(dt.date(2026, 11, 23), dt.date(2027, 2, 28))


def load(now: dt.datetime = NOW) -> None:
    loading.load(act=Act(Actor(ActorKind.SYSTEM, "demo"), now))


def slugs(table: str) -> set[str]:
    with (loading.FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return {row["slug"] for row in csv.DictReader(file)}


def test_the_crew_is_at_home_somewhere_and_leads_what_there_is() -> None:
    assert {leader.home for leader in crew.LEADERS} | {box.home for box in crew.BOXES} <= slugs("places")
    assert {activity for leader in crew.LEADERS for activity in leader.leads} <= slugs("workshops")
    families = {family.adult for family in content.FAMILIES}
    assert not families & {leader.name for leader in crew.LEADERS}


@pytest.mark.usefixtures("app")
def test_most_meetings_of_the_next_weeks_have_a_trainer_and_kits_and_some_have_none() -> None:
    load()

    until = NOW + dt.timedelta(weeks=crew.WEEKS_STAFFED)
    coming = session().scalar(select(func.count()).select_from(Meeting).where(Meeting.starts_at < until)) or 0
    led = set(session().scalars(select(Assignment.meeting_id)))
    carried = set(session().scalars(select(KitReservation.meeting_id)))
    assert coming / 2 < len(led) < coming
    assert len(led & carried) > coming / 2
    assert set(session().scalars(select(Assignment.standing))) == {
        AssignmentStanding.ASKED,
        AssignmentStanding.ACCEPTED,
    }
    assert all(session().scalars(select(func.count()).select_from(Kit).group_by(Kit.home_place_id)))


@pytest.mark.usefixtures("app")
def test_tove_signs_in_and_leads() -> None:
    load()

    [tove] = session().scalars(select(Trainer).where(Trainer.name == "Tove"))
    assert session().get_one(Staff, tove.staff_id).name == "Tove"
    assert len(touched(tove.id, FAR)) > 5
    assert session().scalar(select(func.count()).select_from(Competence).where(Competence.trainer_id == tove.id))


@pytest.mark.usefixtures("app")
def test_who_is_away_leads_nothing_meanwhile() -> None:
    load()

    [absence] = session().scalars(select(Absence))
    assert touched(absence.trainer_id, Away(absence.first_on, absence.last_on)) == []


@pytest.mark.usefixtures("app")
def test_the_same_day_gives_the_same_assignments() -> None:
    load()
    asked = select(Trainer.name, Assignment.starts_at).join(Trainer).order_by(Assignment.starts_at, Trainer.name)
    first = session().execute(asked).all()

    loading.reset(act=Act(Actor(ActorKind.SYSTEM, "demo"), NOW))

    assert session().execute(asked).all() == first
