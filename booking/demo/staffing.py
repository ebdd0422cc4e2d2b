"""Trainers and kits of the demo, and who leads which of its coming meetings, through the verbs that everybody uses."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from booking.accounts.queries import staff
from booking.demo import accounts, crew
from booking.demo.crew import Leader
from booking.desk.services.illness import see_to_absence
from booking.kernel import clock
from booking.kernel.act import Act
from booking.places.models import Place
from booking.programme import services as programme
from booking.programme.models import Activity, Meeting, Slot
from booking.programme.queries.clashes import occasions_of_meetings
from booking.programme.queries.clashes import trainers as trainers_facts
from booking.programme.rules import ActivityKind, SlotState
from booking.programme.rules.clashes import Occasion, TrainerFacts
from booking.programme.rules.proposals import candidates
from booking.store.engine import session
from booking.trainers import services as trainers
from booking.trainers.models import Trainer
from booking.trainers.rules import AbsenceKind


def staff_all(*, act: Act) -> None:
    """Trainers and kits, and both for the meetings of the next weeks. Part of loading, after slots and accounts."""
    places = {slug: number for slug, number in session().execute(select(Place.slug, Place.id))}  # noqa: C416  # a mapping
    activities = {slug: number for slug, number in session().execute(select(Activity.slug, Activity.id))}  # noqa: C416  # too
    for leader in crew.LEADERS:
        _add(leader, places=places, activities=activities, act=act)
    for box in crew.BOXES:
        trainers.add_kit(name=box.name, thing=box.thing, pieces=box.pieces, home_place_id=places[box.home], act=act)
    _report_absence(act=act)
    _lead_all(act=act)


def _add(leader: Leader, *, places: dict[str, int], activities: dict[str, int], act: Act) -> None:
    trainer = trainers.add_trainer(name=leader.name, home_place_id=places[leader.home], hours=leader.hours, act=act)
    kinds = () if leader.leads else (ActivityKind.WORKSHOP,)
    programme.set_competences(
        trainer.id, activity_ids=[activities[slug] for slug in leader.leads], kinds=kinds, act=act
    )
    if leader.has_account:
        [email] = (account.email for account in accounts.ACCOUNTS if account.name == leader.name)
        member = staff.by_email(email)
        trainers.give_account(trainer.id, staff_id=member and member.id, act=act)


def _report_absence(*, act: Act) -> None:
    name, days = crew.absence(clock.local_day(act.now))
    [number] = session().scalars(select(Trainer.id).where(Trainer.name == name))
    see_to_absence(number, days=days, kind=AbsenceKind.PLANNED, choices={}, act=act)  # before anything is assigned


def _lead_all(*, act: Act) -> None:
    """The best trainer for each meeting of the next weeks, earliest first, with the kits that it needs."""
    last = clock.local_day(act.now) + dt.timedelta(weeks=crew.WEEKS_STAFFED)
    numbers = (
        session()
        .scalars(
            select(Meeting.id)
            .join(Slot, Slot.id == Meeting.slot_id)
            .where(Slot.state == SlotState.PUBLISHED, Meeting.starts_at < clock.day_start(last))
        )
        .all()
    )
    people = trainers_facts(None, clock.local_day(act.now), last)
    led: dict[int, list[Occasion]] = {}
    for place, occasion in enumerate(occasions_of_meetings(numbers)):
        if not crew.is_left_open(place, numbers):
            _lead(occasion, people, led, act=act)


def _lead(occasion: Occasion, people: dict[int, TrainerFacts], led: dict[int, list[Occasion]], *, act: Act) -> None:
    assert occasion.meeting_id is not None
    programme.reserve_needed(occasion.meeting_id, act=act)
    best = next((one for one in candidates(occasion, people.values(), led=led, most=1) if not one.warnings), None)
    if best is None:
        return
    assignment = programme.assign(occasion.meeting_id, trainer_id=best.trainer_id, act=act)
    led.setdefault(best.trainer_id, []).append(occasion)
    if occasion.day <= clock.local_day(act.now) + dt.timedelta(days=crew.DAYS_ANSWERED):
        programme.accept(assignment.id, act=act)
