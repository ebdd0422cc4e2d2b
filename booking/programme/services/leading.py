"""Who leads which meeting, and which kits it takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, select, update

from booking.kernel.act import Act
from booking.programme import rules
from booking.programme.models import (
    Activity,
    Assignment,
    AssignmentEnd,
    Competence,
    KitReservation,
    Meeting,
    Slot,
)
from booking.programme.queries.clashes import facts_for, kits_for, kits_of_things, occasions_of_meetings
from booking.programme.queries.substitutes import assignments_on
from booking.programme.rules import ActivityKind, SlotState, clashes, leading
from booking.programme.rules.leading import AssignmentStanding, EndKind, Need
from booking.programme.services import holding
from booking.store import audit, writes
from booking.store.engine import session
from booking.trainers.models import Kit, Trainer
from booking.trainers.rules import AbsenceKind, Away, NoSuchTrainer
from booking.trainers.services import report_absence

_UID_BYTES = 16


@writes
def set_competences(
    trainer_id: int, *, activity_ids: Collection[int] = (), kinds: Collection[ActivityKind] = (), act: Act
) -> None:
    """Replace the whole of what a trainer can lead: these activities, and every activity of these kinds.

    Raises NoSuchTrainer, NoSuchActivity.
    """
    if session().get(Trainer, trainer_id) is None:
        raise NoSuchTrainer
    wanted = sorted(set(activity_ids))
    if len(session().scalars(select(Activity.id).where(Activity.id.in_(wanted))).all()) != len(wanted):
        raise rules.NoSuchActivity
    session().execute(delete(Competence).where(Competence.trainer_id == trainer_id))
    session().add_all(Competence(trainer_id=trainer_id, activity_id=number) for number in wanted)
    session().add_all(Competence(trainer_id=trainer_id, kind=kind) for kind in sorted(set(kinds)))
    session().flush()  # the change before the audit row that tells of it
    audit("set_competences", f"trainer:{trainer_id}", act=act)


@writes
def assign(meeting_id: int, *, trainer_id: int, act: Act, accepting: str = "") -> Assignment:
    """A trainer is to lead a meeting, and is asked. Of many that want one trainer at one time exactly one wins.

    `accepting` is the reason to go ahead against warnings, and is kept. Raises NoSuchMeeting, AlreadyCalledOff,
    NoSuchTrainer, LeadsAlready, HardClash (somewhere else at that time, away, has left) and SoftClashes (too little
    time between, outside working hours, not among the competences).
    """
    meeting = _locked(meeting_id)
    holding.lock(trainers=[trainer_id])
    assignment = _assigned(meeting, trainer_id=trainer_id, accepting=accepting, act=act)
    audit("assign", f"assignment:{assignment.id}", act=act)
    return assignment


@writes
def accept(assignment_id: int, *, act: Act) -> None:
    """The trainer says yes; saying it twice changes nothing. Raises NoSuchAssignment, AssignmentEnded."""
    assignment, _ = _live(assignment_id)
    if assignment.standing is AssignmentStanding.ASKED:
        assignment.standing = AssignmentStanding.ACCEPTED
        assignment.changed_at = act.now
        session().flush()  # the standing before the audit row that tells of it
        audit("accept", f"assignment:{assignment_id}", act=act)


@writes
def give_up(assignment_id: int, *, reason: str, act: Act) -> None:
    """The trainer cannot lead the meeting after all. Inner: desk wraps it to tell those who plan.

    Raises NoSuchAssignment, AssignmentEnded, ReasonMissing.
    """
    if not reason.strip():
        raise leading.ReasonMissing
    _end(_live(assignment_id)[0], EndKind.GIVEN_UP, reason=reason, act=act)
    audit("give_up", f"assignment:{assignment_id}", act=act)


@writes
def take_off(assignment_id: int, *, act: Act, reason: str = "") -> None:
    """Staff take the trainer off the meeting. Raises NoSuchAssignment, AssignmentEnded."""
    _end(_live(assignment_id)[0], EndKind.TAKEN_OFF, reason=reason, act=act)
    audit("take_off", f"assignment:{assignment_id}", act=act)


@writes
def substitute(assignment_id: int, *, trainer_id: int, reason: str, act: Act, accepting: str = "") -> Assignment:
    """Somebody else leads the meeting instead, and is asked. Both or neither.

    Raises NoSuchAssignment, AssignmentEnded, ReasonMissing and what `assign` raises.
    """
    if not reason.strip():
        raise leading.ReasonMissing
    gone, meeting = _live(assignment_id)
    holding.lock(trainers=[trainer_id])
    successor = _assigned(meeting, trainer_id=trainer_id, accepting=accepting, act=act)
    _end(gone, EndKind.REPLACED, reason=reason, act=act, successor=successor)
    audit("substitute", f"assignment:{assignment_id}", act=act)
    return successor


@writes
def replace_or_release(
    trainer_id: int,
    *,
    days: Away,
    kind: AbsenceKind,
    choices: Mapping[int, int | None],
    act: Act,
    accepting: str = "",
) -> list[int]:
    """A trainer is away on these days, and every meeting that this touches is seen to: all in one act or nothing.

    `choices` says for each assignment that `queries.touched` shows who leads instead, or None: nobody. Gives the
    meetings that are left without any trainer, earliest first, for a higher room to call off or to leave open. The
    cause of the absence is kept nowhere. Inner: desk wraps it to tell everybody.

    Raises NoSuchTrainer, TouchedOtherwise when other meetings are touched by now, and what `substitute` raises.
    """
    slots = select(Meeting.slot_id).join(Assignment, Assignment.meeting_id == Meeting.id)
    slot_ids = session().scalars(slots.where(Assignment.id.in_(choices)).distinct()).all()
    session().execute(select(Slot.id).where(Slot.id.in_(slot_ids)).order_by(Slot.id).with_for_update(key_share=True))
    holding.lock(trainers={trainer_id, *(number for number in choices.values() if number is not None)})
    if set(assignments_on(trainer_id, days).values()) != choices.keys():
        raise leading.TouchedOtherwise
    report_absence(trainer_id, days=days, kind=kind, act=act)
    touched = [_live(assignment_id) for assignment_id in sorted(choices)]
    for assignment, meeting in touched:
        instead = choices[assignment.id]
        if instead is None:
            _end(assignment, EndKind.TAKEN_OFF, reason="", act=act)
        else:
            successor = _assigned(meeting, trainer_id=instead, accepting=accepting, act=act)
            _end(assignment, EndKind.REPLACED, reason="", act=act, successor=successor)
        audit("replace_or_release", f"assignment:{assignment.id}", act=act)
    return _without_trainer([meeting for _, meeting in touched])


def _without_trainer(meetings: Sequence[Meeting]) -> list[int]:
    led = select(Assignment.meeting_id).where(Assignment.meeting_id.in_([one.id for one in meetings]), Assignment.holds)
    led_ids = set(session().scalars(led))
    ordered = sorted(meetings, key=lambda one: (one.starts_at, one.id))
    return [one.id for one in ordered if one.id not in led_ids]


@dataclass(frozen=True)
class Reserved:
    """The kits that were taken, and what is still missing because no kit of it is free."""

    kit_ids: list[int]
    missing: list[Need]


@writes
def reserve_needed(meeting_id: int, *, act: Act) -> Reserved:
    """Take the free kits that the meeting's activity needs and that it does not have yet, nearest first.

    A kit that could not be carried in time counts as not free. What no kit is registered for is not counted here and
    never missing. Raises NoSuchMeeting, AlreadyCalledOff.
    """
    meeting = _locked(meeting_id)
    (occasion,) = occasions_of_meetings([meeting_id])
    holding.lock(kits=kits_of_things({need.key for need in occasion.needs}))
    free, has, registered = kits_for(occasion)
    needs = [need for need in occasion.needs if need.key in registered]
    chosen, missing = leading.choose_kits(needs, free, has=has)
    _take_kits(meeting, chosen, act=act)
    return Reserved(chosen, missing)


@writes
def reserve_kits(meeting_id: int, *, kit_ids: Collection[int], act: Act, accepting: str = "") -> None:
    """Take these kits for a meeting. `accepting` is the reason to go ahead against warnings, and is kept.

    Raises NoSuchMeeting, AlreadyCalledOff, NoSuchKit, KitTakenAlready, KitRetired, HardClash (needed elsewhere at that
    time) and SoftClashes (no time to carry it, too few pieces).
    """
    meeting = _locked(meeting_id)
    holding.lock(kits=kit_ids)
    (occasion,) = occasions_of_meetings([meeting_id])
    for kit in session().scalars(select(Kit).where(Kit.id.in_(kit_ids)).order_by(Kit.id)):
        if kit.id in occasion.kit_ids:
            raise leading.KitTakenAlready(kit=kit.name)
        if kit.retired_on is not None and occasion.day >= kit.retired_on:
            raise leading.KitRetired(kit=kit.name)
    wished = replace(occasion, kit_ids=occasion.kit_ids | set(kit_ids))
    (found,) = clashes.clashes_of([wished], facts_for([wished], without=[meeting_id]))
    found = [clash for clash in found if clash.kind in clashes.OF_KITS]
    clashes.refuse([(wished.day, found)], accepting=accepting)
    holding.keep_accepted(meeting_id, found, reason=accepting, act=act)
    _take_kits(meeting, kit_ids, act=act)


@writes
def return_kit(meeting_id: int, *, kit_id: int, act: Act) -> None:
    """The meeting does without the kit; doing it twice changes nothing. Raises NoSuchMeeting, AlreadyCalledOff."""
    meeting = _locked(meeting_id)
    found = KitReservation.meeting_id == meeting.id, KitReservation.kit_id == kit_id
    if session().scalar(delete(KitReservation).where(*found).returning(KitReservation.id)) is not None:
        _shows_anew(meeting, act=act)
        audit("return_kit", f"meeting:{meeting_id}", act=act)


@writes
def take(meetings: Sequence[Meeting], *, trainer_ids: Collection[int], kit_ids: Collection[int], act: Act) -> None:
    """Give new meetings their trainers and kits. Inner: whoever plans has locked and judged them."""
    for meeting in meetings:
        for trainer_id in trainer_ids:
            assignment = _new_assignment(meeting, trainer_id=trainer_id, act=act)
            audit("assign", f"assignment:{assignment.id}", act=act)
        _take_kits(meeting, kit_ids, act=act)


def _take_kits(meeting: Meeting, kit_ids: Collection[int], *, act: Act) -> None:
    if not kit_ids:
        return
    session().add_all(
        KitReservation(
            meeting_id=meeting.id,
            kit_id=kit_id,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            holds=True,
        )
        for kit_id in sorted(kit_ids)
    )
    session().flush()  # the reservations before the audit row that tells of them
    _shows_anew(meeting, act=act)
    audit("reserve_kits", f"meeting:{meeting.id}", act=act)


def _shows_anew(meeting: Meeting, *, act: Act) -> None:
    """What the meeting takes stands in its trainers' own calendars: some programs heed only what changed lately."""
    session().execute(
        update(Assignment)
        .where(Assignment.meeting_id == meeting.id, Assignment.holds)
        .values(changed_at=act.now)
        .execution_options(synchronize_session=False)
    )


def _assigned(meeting: Meeting, *, trainer_id: int, accepting: str, act: Act) -> Assignment:
    """The new assignment; the meeting's slot and the trainer are locked."""
    (occasion,) = occasions_of_meetings([meeting.id])
    wished = replace(occasion, trainer_ids=frozenset({trainer_id}), room_id=None, kit_ids=frozenset())
    facts = facts_for([wished], without=[meeting.id])
    trainer = facts.trainers[trainer_id]
    if trainer_id in occasion.trainer_ids:
        raise leading.LeadsAlready(trainer=trainer.name)
    found = clashes.leading_clashes(wished, trainer, facts.taken)
    clashes.refuse([(wished.day, found)], accepting=accepting)
    holding.keep_accepted(meeting.id, found, reason=accepting, act=act)
    return _new_assignment(meeting, trainer_id=trainer_id, act=act)


def _new_assignment(meeting: Meeting, *, trainer_id: int, act: Act) -> Assignment:
    assignment = Assignment(
        meeting_id=meeting.id,
        trainer_id=trainer_id,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        standing=AssignmentStanding.ASKED,
        holds=True,
        uid=act.new_code(_UID_BYTES).hex(),
        assigned_at=act.now,
        changed_at=act.now,
    )
    session().add(assignment)
    session().flush()  # the audit row names it by its number
    return assignment


def _end(assignment: Assignment, kind: EndKind, *, reason: str, act: Act, successor: Assignment | None = None) -> None:
    assignment.standing, assignment.holds = AssignmentStanding.ENDED, False
    assignment.sequence += 1
    assignment.changed_at = act.now
    session().add(
        AssignmentEnd(
            assignment_id=assignment.id,
            at=act.now,
            actor_ref=act.actor.ref,
            kind=kind,
            reason=reason.strip(),
            successor_id=successor and successor.id,
        )
    )
    session().flush()  # the end before the audit row that tells of it


def _live(assignment_id: int) -> tuple[Assignment, Meeting]:
    """An assignment that has not ended, its meeting's slot locked. Raises NoSuchAssignment, AssignmentEnded."""
    meeting_id = session().scalar(select(Assignment.meeting_id).where(Assignment.id == assignment_id))
    if meeting_id is None:
        raise leading.NoSuchAssignment
    meeting = _locked(meeting_id)
    assignment = session().get_one(Assignment, assignment_id, populate_existing=True)
    if assignment.standing is AssignmentStanding.ENDED:
        raise leading.AssignmentEnded
    return assignment, meeting


def _locked(meeting_id: int) -> Meeting:
    """A meeting that is to be held, read anew after its slot's row is locked: it is neither moved nor called off
    meanwhile. Three queries. Raises NoSuchMeeting, AlreadyCalledOff."""
    slot_id = session().scalar(select(Meeting.slot_id).where(Meeting.id == meeting_id))
    state = session().scalar(select(Slot.state).where(Slot.id == slot_id).with_for_update(key_share=True))
    if state is None:
        raise rules.NoSuchMeeting
    meeting = session().get_one(Meeting, meeting_id, populate_existing=True)
    if state is SlotState.CALLED_OFF or meeting.called_off_at is not None:
        raise rules.AlreadyCalledOff
    return meeting
