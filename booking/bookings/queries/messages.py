"""Staff write to families: which families are meant, and what was written before."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import func, select

from booking.bookings.models import Attendance, Booking, Participant, SlotMessage
from booking.bookings.queries.telling import SlotFamily, of_slot
from booking.bookings.rules import Standing
from booking.bookings.rules.attendance import Presence
from booking.bookings.rules.messages import Recipients
from booking.programme.models import Meeting
from booking.store.engine import session


class Choice(NamedTuple):
    """A part of a slot's families: how many letters it means, and how many of it have no address and must be rung."""

    recipients: Recipients
    families: list[SlotFamily]

    @property
    def letters(self) -> int:
        return sum(bool(family.email) for family in self.families)

    @property
    def to_ring(self) -> int:
        return len(self.families) - self.letters


def choices(slot_id: int, *, now: dt.datetime) -> list[Choice]:
    """The parts that one may write to, each with its families in the order in which they booked; PRESENT only once a
    meeting has been. Three queries."""
    families = of_slot(slot_id).families
    present = _present_last_time(slot_id, now=now)
    found = [
        Choice(Recipients.EVERYBODY, families),
        Choice(Recipients.SEATED, [one for one in families if one.standing is Standing.SEATED]),
        Choice(Recipients.QUEUED, [one for one in families if one.standing is Standing.QUEUED or one.is_mixed]),
    ]
    if present is not None:
        found.append(Choice(Recipients.PRESENT, [one for one in families if one.booking_id in present]))
    return found


def chosen(slot_id: int, recipients: Recipients, *, now: dt.datetime) -> Choice:
    """One of these parts, without families where it cannot be chosen. Three queries."""
    found = {choice.recipients: choice for choice in choices(slot_id, now=now)}
    return found.get(recipients, Choice(recipients, []))


def _present_last_time(slot_id: int, *, now: dt.datetime) -> set[int] | None:
    """The families' numbers with somebody marked as present at the last meeting that has ended; None when none has.
    Two queries."""
    last = session().scalar(
        select(Meeting.id)
        .where(Meeting.slot_id == slot_id, Meeting.called_off_at.is_(None), Meeting.ends_at <= now)
        .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
        .limit(1)
    )
    if last is None:
        return None
    return set(
        session().scalars(
            select(func.coalesce(Booking.part_of_id, Booking.id))
            .join(Participant, Participant.booking_id == Booking.id)
            .join(Attendance, Attendance.participant_id == Participant.id)
            .where(Attendance.meeting_id == last, Attendance.presence == Presence.PRESENT)
        )
    )


def messages_of(slot_id: int) -> list[SlotMessage]:
    """What was written to the slot's families, newest first. One query."""
    asked = select(SlotMessage).where(SlotMessage.slot_id == slot_id)
    return list(session().scalars(asked.order_by(SlotMessage.id.desc()).limit(50)))
