"""What staff see of a slot's meetings: who leads, with which kits, what was accepted, what can be undone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import select

from booking.programme.models import AcceptedClash, Assignment, KitReservation, Meeting, MeetingCallOff, Slot, Undo
from booking.programme.rules.clashes import ClashKind
from booking.programme.rules.leading import AssignmentStanding
from booking.store.engine import session
from booking.trainers.models import Kit, Trainer


class Lead(NamedTuple):
    """Who leads a meeting, or would if it were not called off."""

    assignment_id: int
    trainer_id: int
    name: str
    standing: AssignmentStanding


class Carried(NamedTuple):
    """A kit that a meeting takes."""

    kit_id: int
    name: str
    thing: str
    pieces: int


class Against(NamedTuple):
    """What somebody went ahead against, and why."""

    kind: ClashKind
    reason: str
    at: dt.datetime


@dataclass
class MeetingDesk:
    """A meeting as the desk sees it. `reason`: why it is off while the slot goes on."""

    meeting: Meeting
    leads: list[Lead] = field(default_factory=list)
    kits: list[Carried] = field(default_factory=list)
    accepted: list[Against] = field(default_factory=list)
    reason: str = ""


def meetings_at_desk(slot: Slot) -> list[MeetingDesk]:
    """The slot's meetings, earliest first. Four queries."""
    found = {meeting.id: MeetingDesk(meeting) for meeting in slot.meetings}
    for row in session().execute(
        select(Assignment.meeting_id, Assignment.id, Trainer.id, Trainer.name, Assignment.standing)
        .join(Trainer, Trainer.id == Assignment.trainer_id)
        .where(Assignment.meeting_id.in_(found), Assignment.standing != AssignmentStanding.ENDED)
        .order_by(Trainer.sort_key, Trainer.id)
    ):
        found[row.meeting_id].leads.append(Lead(*row[1:]))
    for kit in session().execute(
        select(KitReservation.meeting_id, Kit.id, Kit.name, Kit.thing, Kit.pieces)
        .join(Kit, Kit.id == KitReservation.kit_id)
        .where(KitReservation.meeting_id.in_(found))
        .order_by(Kit.name, Kit.id)
    ):
        found[kit.meeting_id].kits.append(Carried(*kit[1:]))
    for clash in session().execute(
        select(AcceptedClash.meeting_id, AcceptedClash.kind, AcceptedClash.reason, AcceptedClash.at)
        .where(AcceptedClash.meeting_id.in_(found))
        .order_by(AcceptedClash.id)
    ):
        found[clash.meeting_id].accepted.append(Against(*clash[1:]))
    offs = select(MeetingCallOff.meeting_id, MeetingCallOff.reason_sv).where(MeetingCallOff.meeting_id.in_(found))
    for meeting_id, reason in session().execute(offs):
        found[meeting_id].reason = reason
    return list(found.values())


def assignment_ids(meeting_ids: Collection[int]) -> list[int]:
    """Every assignment that there ever was to these meetings: what an audit trail names. One query."""
    return list(session().scalars(select(Assignment.id).where(Assignment.meeting_id.in_(meeting_ids))))


def last_act(slot_id: int) -> Undo | None:
    """What staff called off or moved last and have not undone; None when there is nothing. One query."""
    found = select(Undo).where(Undo.slot_id == slot_id, Undo.undone_at.is_(None))
    return session().scalars(found.order_by(Undo.id.desc()).limit(1)).one_or_none()
