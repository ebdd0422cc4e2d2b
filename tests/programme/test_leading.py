"""Who leads a meeting and which kits it takes, on both databases."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from booking.places import services as places
from booking.places.rules import DayOffKind
from booking.programme import queries, rules, services
from booking.programme.models import AcceptedClash, Assignment, AssignmentEnd, Competence, KitReservation, Slot
from booking.programme.rules import ActivityKind, leading
from booking.programme.rules.clashes import ClashKind, HardClash, SoftClashes
from booking.programme.rules.leading import AssignmentStanding, EndKind, Need
from booking.store import AuditEntry
from booking.store.engine import session
from booking.trainers import services as trainers
from booking.trainers.rules import AbsenceKind, Away, NoSuchKit, NoSuchTrainer, Work
from tests.programme.world import LATER, NOW, activity, at, kit, library, maj, planned, trainer

pytestmark = pytest.mark.usefixtures("app")


def afresh() -> None:
    session().rollback()
    session().expire_all()


def kept(assignment_id: int) -> Assignment:
    afresh()
    return session().get_one(Assignment, assignment_id)


def meeting_of(slot: Slot) -> int:
    return slot.meetings[0].id


def verbs(subject: str) -> list[str]:
    return list(session().scalars(select(AuditEntry.verb).where(AuditEntry.subject == subject).order_by(AuditEntry.id)))


def accepted() -> list[tuple[ClashKind, int, str, str]]:
    afresh()
    rows = session().scalars(select(AcceptedClash).order_by(AcceptedClash.id))
    return [(row.kind, row.about, row.reason, row.actor_ref) for row in rows]


# ---- assignments ----


def test_a_trainer_is_asked_and_accepts_once() -> None:
    meeting, tove = meeting_of(planned()), trainer()

    assignment = services.assign(meeting, trainer_id=tove.id, act=maj())
    assert (kept(assignment.id).standing, kept(assignment.id).holds) == (AssignmentStanding.ASKED, True)
    services.accept(assignment.id, act=maj(LATER))
    services.accept(assignment.id, act=maj(LATER))

    found = kept(assignment.id)
    assert (found.standing, found.sequence, found.assigned_at, found.changed_at) == (
        AssignmentStanding.ACCEPTED,
        0,
        NOW,
        LATER,
    )
    assert verbs(f"assignment:{assignment.id}") == ["assign", "accept"]


def test_a_trainer_gives_up_with_a_reason_that_is_kept_and_is_free_again() -> None:
    meeting, tove = meeting_of(planned()), trainer()
    assignment = services.assign(meeting, trainer_id=tove.id, act=maj())
    with pytest.raises(leading.ReasonMissing):
        services.give_up(assignment.id, reason="  ", act=maj())

    services.give_up(assignment.id, reason=" Dubbelbokad. ", act=maj(LATER))

    found = kept(assignment.id)
    assert (found.standing, found.holds, found.sequence) == (AssignmentStanding.ENDED, False, 1)
    end = session().get_one(AssignmentEnd, assignment.id)
    assert (end.kind, end.reason, end.at, end.actor_ref) == (EndKind.GIVEN_UP, "Dubbelbokad.", LATER, "maj")
    with pytest.raises(leading.AssignmentEnded):
        services.accept(assignment.id, act=maj())
    services.assign(meeting_of(planned(at("2026-11-05 16:45"))), trainer_id=tove.id, act=maj())
    assert verbs(f"assignment:{assignment.id}") == ["assign", "give_up"]


def test_staff_take_a_trainer_off_and_may_put_the_same_one_back() -> None:
    meeting, tove = meeting_of(planned()), trainer()
    first = services.assign(meeting, trainer_id=tove.id, act=maj())
    services.take_off(first.id, act=maj(LATER))

    second = services.assign(meeting, trainer_id=tove.id, act=maj(LATER))

    assert second.uid != first.uid
    assert session().get_one(AssignmentEnd, first.id).kind is EndKind.TAKEN_OFF
    assert kept(second.id).holds


def test_a_substitute_takes_over_and_both_know_of_each_other() -> None:
    meeting, tove, nils = meeting_of(planned()), trainer(), trainer("Nils")
    assignment = services.assign(meeting, trainer_id=tove.id, act=maj())
    with pytest.raises(leading.ReasonMissing):
        services.substitute(assignment.id, trainer_id=nils.id, reason="", act=maj())

    successor = services.substitute(assignment.id, trainer_id=nils.id, reason="Byte.", act=maj(LATER))

    afresh()
    end = session().get_one(AssignmentEnd, assignment.id)
    assert (end.kind, end.successor_id, end.reason) == (EndKind.REPLACED, successor.id, "Byte.")
    assert (kept(successor.id).trainer_id, kept(successor.id).standing) == (nils.id, AssignmentStanding.ASKED)


def test_a_substitute_who_cannot_changes_nothing() -> None:
    tove, nils = trainer(), trainer("Nils")
    assignment = services.assign(meeting_of(planned()), trainer_id=tove.id, act=maj())
    services.assign(meeting_of(planned(at("2026-11-05 17:00"))), trainer_id=nils.id, act=maj())

    with pytest.raises(HardClash, match="Nils leads Ditt första spel"):
        services.substitute(assignment.id, trainer_id=nils.id, reason="Byte.", act=maj())

    assert kept(assignment.id).holds


def test_two_trainers_may_lead_one_meeting_but_nobody_twice() -> None:
    meeting, tove, nils = meeting_of(planned()), trainer(), trainer("Nils")
    services.assign(meeting, trainer_id=tove.id, act=maj())
    services.assign(meeting, trainer_id=nils.id, act=maj())

    with pytest.raises(leading.LeadsAlready, match="Tove leads"):
        services.assign(meeting, trainer_id=tove.id, act=maj())


def test_what_warns_wants_a_reason_which_is_kept() -> None:
    meeting = meeting_of(planned())
    nils = trainers.add_trainer(name="Nils", hours=[Work(4, dt.time(8), dt.time(16))], act=maj())

    with pytest.raises(SoftClashes, match=r"outside the working hours of Nils.*not noted"):
        services.assign(meeting, trainer_id=nils.id, act=maj())
    assert accepted() == []
    services.assign(meeting, trainer_id=nils.id, accepting=" Han vill. ", act=maj())

    assert accepted() == [
        (ClashKind.OUTSIDE_WORK, nils.id, "Han vill.", "maj"),
        (ClashKind.NO_COMPETENCE, nils.id, "Han vill.", "maj"),
    ]


def test_who_is_away_or_has_left_leads_nothing_whatever_the_reason() -> None:
    meeting, tove, nils = meeting_of(planned()), trainer(), trainer("Nils")
    day = dt.date(2026, 11, 5)
    trainers.report_absence(tove.id, days=Away(day, day), kind=AbsenceKind.PLANNED, act=maj())
    trainers.leave(nils.id, from_day=day, act=maj())

    for one in (tove, nils):
        with pytest.raises(HardClash):
            services.assign(meeting, trainer_id=one.id, accepting="Det går nog.", act=maj())


def test_what_is_not_there_or_is_off_cannot_be_led() -> None:
    slot, tove = planned(), trainer()
    assignment = services.assign(meeting_of(slot), trainer_id=tove.id, act=maj())
    with pytest.raises(rules.NoSuchMeeting):
        services.assign(4711, trainer_id=tove.id, act=maj())
    with pytest.raises(NoSuchTrainer):
        services.assign(meeting_of(slot), trainer_id=4711, act=maj())
    with pytest.raises(leading.NoSuchAssignment):
        services.accept(4711, act=maj())

    services.call_off(slot.id, reason_sv="Snö", act=maj())

    with pytest.raises(rules.AlreadyCalledOff):
        services.assign(meeting_of(slot), trainer_id=tove.id, act=maj())
    with pytest.raises(rules.AlreadyCalledOff):
        services.accept(assignment.id, act=maj())


def test_competences_are_replaced_as_a_whole() -> None:
    tove, what = trainer(), activity()

    services.set_competences(tove.id, activity_ids=[what.id, what.id], kinds=[ActivityKind.COURSE], act=maj(LATER))

    afresh()
    found = session().scalars(select(Competence).where(Competence.trainer_id == tove.id).order_by(Competence.id))
    assert [(row.activity_id, row.kind) for row in found] == [(what.id, None), (None, ActivityKind.COURSE)]
    with pytest.raises(rules.NoSuchActivity):
        services.set_competences(tove.id, activity_ids=[4711], act=maj())
    with pytest.raises(NoSuchTrainer):
        services.set_competences(4711, act=maj())


# ---- moving against warnings ----


def test_a_move_into_a_warning_wants_a_reason_which_is_kept() -> None:
    slot = planned()
    places.add_days_off(
        kind=DayOffKind.SCHOOL_BREAK,
        first_on=dt.date(2026, 11, 9),
        last_on=dt.date(2026, 11, 13),
        name="Lov",
        act=maj(),
    )

    with pytest.raises(SoftClashes, match="It is a school break: Lov"):
        services.move_meeting(meeting_of(slot), to=at("2026-11-10 16:30"), act=maj())
    services.move_meeting(meeting_of(slot), to=at("2026-11-10 16:30"), accepting="Lovkul.", act=maj())

    assert accepted() == [(ClashKind.SCHOOL_BREAK, slot.place_id, "Lovkul.", "maj")]


# ---- kits ----


def kits_of(meeting_id: int) -> list[int]:
    afresh()
    found = select(KitReservation.kit_id).where(KitReservation.meeting_id == meeting_id)
    return list(session().scalars(found.order_by(KitReservation.kit_id)))


def needing(text: str = "2026-11-05 16:30", *, equipment: str = "Blue-Bot:6;Pilkort:4") -> int:
    """A meeting of an activity that needs this."""
    what = activity("robotar", equipment=equipment)
    return meeting_of(services.plan(what.id, place_id=library().id, meetings=[at(text)], act=maj()))


def test_a_meeting_takes_the_nearest_free_kits_that_it_needs() -> None:
    ahus, tollarp = library(), library("tollarp", "Tollarps bibliotek", latitude=55.93, longitude=13.98)
    far, near = kit("Långt bort", at=tollarp), kit("Nära", at=ahus, thing="blue-bot")
    meeting, same_time = needing(), needing("2026-11-05 17:00")

    first = services.reserve_needed(meeting, act=maj())
    second = services.reserve_needed(same_time, act=maj())

    assert (first.kit_ids, first.missing) == ([near.id], [])  # Pilkort: no kit is registered
    assert (second.kit_ids, second.missing) == ([far.id], [])
    assert services.reserve_needed(meeting, act=maj()).kit_ids == []
    assert services.reserve_needed(needing("2026-11-05 16:45"), act=maj()).missing == [Need("Blue-Bot", 6)]
    assert (kits_of(meeting), kits_of(same_time)) == ([near.id], [far.id])
    assert verbs(f"meeting:{meeting}") == ["reserve_kits"]


def test_a_kit_by_name_is_refused_when_it_is_needed_elsewhere_taken_or_out_of_use() -> None:
    box, old, meeting = kit(at=library()), kit("Gammal", at=library()), needing()
    trainers.retire_kit(old.id, from_day=dt.date(2026, 11, 5), act=maj())

    services.reserve_kits(meeting, kit_ids=[box.id], act=maj())

    with pytest.raises(leading.KitTakenAlready):
        services.reserve_kits(meeting, kit_ids=[box.id], act=maj())
    with pytest.raises(leading.KitRetired):
        services.reserve_kits(meeting, kit_ids=[old.id], act=maj())
    with pytest.raises(NoSuchKit):
        services.reserve_kits(meeting, kit_ids=[4711], act=maj())
    with pytest.raises(HardClash, match="Låda 1 is needed by"):
        services.reserve_kits(needing("2026-11-05 17:29"), kit_ids=[box.id], accepting="Delar.", act=maj())
    assert kits_of(meeting) == [box.id]


def test_a_kit_with_too_few_pieces_warns() -> None:
    small, meeting = kit(at=library(), pieces=5), needing()

    with pytest.raises(SoftClashes, match=r"Equipment is missing: Blue-Bot \(1\)"):
        services.reserve_kits(meeting, kit_ids=[small.id], act=maj())
    services.reserve_kits(meeting, kit_ids=[small.id], accepting="Två delar på en.", act=maj())

    assert [row[0] for row in accepted()] == [ClashKind.KIT_MISSING]


def test_a_returned_kit_is_free() -> None:
    box, meeting = kit(at=library()), needing()
    services.reserve_needed(meeting, act=maj())

    services.return_kit(meeting, kit_id=box.id, act=maj())
    services.return_kit(meeting, kit_id=box.id, act=maj())

    assert kits_of(meeting) == []
    assert services.reserve_needed(needing("2026-11-05 16:45"), act=maj()).kit_ids == [box.id]
    assert verbs(f"meeting:{meeting}") == ["reserve_kits", "return_kit"]


# ---- seats ----


def opened(slot: Slot) -> tuple[int, str]:
    afresh()
    found = queries.open_seats([slot.id])[slot.id]
    return found.seats, found.limit.value


def test_the_scarcest_of_seats_room_kits_and_trainers_limits_a_slot() -> None:
    place = library()
    room = places.add_room(place.id, name="Verkstaden", seats=11, act=maj())
    what: Any = activity("robotar", equipment="Blue-Bot:6", seats=12)
    what.children_per_trainer = 6
    session().commit()
    slot = services.plan(
        what.id, place_id=place.id, meetings=[at("2026-11-05 16:30")], terms=rules.Terms(room_id=room.id), act=maj()
    )
    assert opened(slot) == (0, "trainers")

    for name in ("Tove", "Nils"):
        services.assign(meeting_of(slot), trainer_id=trainer(name).id, act=maj())
    assert opened(slot) == (11, "room")  # no kit is registered, so none is counted

    small = kit(at=place, pieces=4)
    assert opened(slot) == (0, "kits")
    services.reserve_kits(meeting_of(slot), kit_ids=[small.id], accepting="Två delar.", act=maj())
    assert opened(slot) == (8, "kits")
    kit("Låda 2", at=place, pieces=6)
    services.reserve_needed(meeting_of(slot), act=maj())
    assert opened(slot) == (11, "room")
    assert [pool.seats for pool in session().get_one(Slot, slot.id).pools] == [12]  # what the public sees stays


def test_a_slot_with_too_few_is_to_be_decided_from_its_day_on() -> None:
    what: Any = activity()
    what.least_children, what.decide_days = 4, 3
    session().commit()
    slot = services.plan(
        what.id,
        place_id=library().id,
        meetings=[at("2026-11-05 16:30")],
        terms=rules.Terms(state=rules.SlotState.PUBLISHED),
        act=maj(),
    )
    assert (slot.least_children, slot.decide_on) == (4, dt.date(2026, 11, 2))

    def undecided(day: str, now: dt.datetime = NOW) -> list[int]:
        return [found.id for found in queries.undecided(by=dt.date.fromisoformat(day), now=now)]

    assert (undecided("2026-11-01"), undecided("2026-11-02")) == ([], [slot.id])
    assert undecided("2026-11-05", slot.starts_at) == []
    services.move_meeting(meeting_of(slot), to=at("2026-11-06 16:30"), act=maj(LATER))
    assert (undecided("2026-11-02"), undecided("2026-11-03")) == ([], [slot.id])
    with pytest.raises(rules.BadLeast):
        planned(terms=rules.Terms(least_children=0))
