"""A trainer is away: every meeting that this touches is seen to in one act, and everybody is told once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from booking.bookings import services as bookings
from booking.desk.queries import telling as facts
from booking.desk.queries.telling import Leading, Told
from booking.desk.services import telling
from booking.kernel.act import Act
from booking.programme import services as programme
from booking.programme.models import Meeting
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.locks import hold
from booking.subscriptions import services as subscriptions
from booking.subscriptions.services import telling as offers
from booking.trainers.models import Absence
from booking.trainers.rules import AbsenceKind, Away


class What(StrEnum):
    """What becomes of a meeting whose trainer is away."""

    INSTEAD = "instead"  # somebody else leads it
    OPEN = "open"  # it is held, and who leads it is still to be found
    OFF = "off"  # it is called off


@dataclass(frozen=True)
class Choice:
    """What staff decided about one meeting. `trainer_id` is who leads instead, and only then."""

    what: What
    trainer_id: int | None = None


@writes
def see_to_absence(
    trainer_id: int,
    *,
    days: Away,
    kind: AbsenceKind,
    choices: Mapping[int, Choice],
    act: Act,
    reason_sv: str = "",
    reason_en: str = "",
    accepting: str = "",
) -> int:
    """Keep that a trainer is away and see to every meeting touched, all in one act or nothing: the absence's number.

    `choices` says for each assignment that `programme.queries.touched` shows what becomes of its meeting. Families of
    what is called off are told with `reason_sv` and `reason_en`; who leads instead, the one who is away, and those who
    plan where a meeting is left without a trainer get one letter each, unless it was they who did it. No letter tells
    why anybody is away, and it is kept nowhere. `accepting` is the reason to go ahead against warnings.

    Raises NoSuchTrainer, TouchedOtherwise when other meetings are touched by now, AlreadyCalledOff, NoReason, HardClash
    and SoftClashes.
    """
    if any(choice.what is What.OFF for choice in choices.values()):
        # Before the rows of slots, as whoever calls off takes them.
        hold(offers.OPENINGS_LOCK)
        hold(offers.DIGESTS_LOCK)
    instead = {number: choice.trainer_id for number, choice in choices.items()}
    left = programme.replace_or_release(trainer_id, days=days, kind=kind, choices=instead, accepting=accepting, act=act)
    led = facts.leading(choices)
    told = facts.told([one.meeting_id for one in led.values()])
    off = [told[led[number].meeting_id] for number, choice in choices.items() if choice.what is What.OFF]
    for one in sorted(off, key=lambda found: (found.starts_at, found.id)):
        _call_off(one, reason_sv=reason_sv, reason_en=reason_en, act=act)
    if told:
        _tell(trainer_id, choices, led, told, left=left, act=act)
    absence_id = session().scalar(select(func.max(Absence.id)).where(Absence.trainer_id == trainer_id))
    assert absence_id is not None
    audit("see_to_absence", f"absence:{absence_id}", act=act)
    return absence_id


def _call_off(meeting: Told, *, reason_sv: str, reason_en: str, act: Act) -> None:
    """The meeting alone while others of its slot are held, else the whole slot."""
    others = select(Meeting.id).where(
        Meeting.slot_id == meeting.slot_id, Meeting.id != meeting.id, Meeting.called_off_at.is_(None)
    )
    if session().scalar(others.limit(1)) is None:
        subscriptions.call_off(meeting.slot_id, reason_sv=reason_sv, reason_en=reason_en, act=act)
    else:
        bookings.call_off_meeting(meeting.id, reason_sv=reason_sv, reason_en=reason_en, act=act)


def _tell(
    trainer_id: int,
    choices: Mapping[int, Choice],
    led: Mapping[int, Leading],
    told: Mapping[int, Told],
    *,
    left: list[int],
    act: Act,
) -> None:
    names = facts.names({choice.trainer_id for choice in choices.values() if choice.trainer_id is not None})
    decided = {led[number].meeting_id: choice for number, choice in choices.items()}
    relieved: list[dict[str, Any]] = []
    asked: dict[int, list[dict[str, Any]]] = {}
    for number, one in told.items():
        choice = decided[number]
        relieved.append(
            telling.meeting(one, what=choice.what.value, name=names[choice.trainer_id] if choice.trainer_id else "")
        )
        if choice.trainer_id is not None:
            asked.setdefault(choice.trainer_id, []).append(telling.meeting(one))
    everything = told.values()
    telling.tell_trainers(telling.RELIEVED, {trainer_id: {"meetings": relieved}}, about=everything, act=act)
    telling.tell_trainers(
        telling.ASKED, {number: {"meetings": found} for number, found in asked.items()}, about=everything, act=act
    )
    unled = [told[number] for number in left if decided[number].what is What.OPEN]
    telling.tell_planners(unled, act=act)
