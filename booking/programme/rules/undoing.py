"""What staff did to a slot and may take back: pure rules."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from booking.kernel.refusal import N_, Refused


class UndoKind(StrEnum):
    """What was done."""

    CALL_OFF = "call_off"
    CALL_OFF_MEETING = "call_off_meeting"
    MOVE = "move"


class NothingToUndo(Refused):
    message = N_("There is nothing to undo here any more: something else has happened to the workshop since.")


class TooLateToUndo(Refused):
    """The letters have left, or are leaving at this moment."""

    message = N_("It is too late to undo: the letters are on their way.")


def check_in_time(until: dt.datetime | None, *, now: dt.datetime) -> None:
    """Refuse once the letters may leave. `until` None: nothing was held."""
    if until is None or now >= until:
        raise TooLateToUndo
