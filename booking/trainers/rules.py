"""When a trainer works, what a kit must be: pure rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from booking.kernel.refusal import N_, Refused


class AbsenceKind(StrEnum):
    """Whether the absence was known long before or came suddenly. Never why: nobody here needs the cause."""

    PLANNED = "planned"
    SUDDEN = "sudden"


class NoSuchTrainer(Refused):
    message = N_("The trainer does not exist any more. Choose another one.")
    field = "trainer"


class NoSuchAccount(Refused):
    message = N_("That account does not exist. Choose another one.")
    field = "staff"


class AccountTaken(Refused):
    message = N_("That account belongs to another trainer. Choose another one.")
    field = "staff"


class TrainerHasLeft(Refused):
    message = N_("%(trainer)s leads nothing from %(day)s on. Choose another trainer.")
    field = "trainer"


class SavedMeanwhile(Refused):
    """Somebody else saved the same page after this one was opened (requirement A14)."""

    message = N_("Somebody else has saved this meanwhile. Both versions stand below: put yours right and save again.")


class NoSuchAbsence(Refused):
    message = N_("The absence does not exist any more.")


class AbsenceUpsideDown(Refused):
    message = N_("The last day of the absence must not be before the first. Change one of them.")
    field = "last_on"


class WorkEndsTooEarly(Refused):
    message = N_("Working hours must end later than they begin. Change one of the times.")


class WorkOverlaps(Refused):
    message = N_("Two spans of working hours on the same weekday overlap. Join them or change one.")


class NoSuchKit(Refused):
    message = N_("The kit does not exist any more. Choose another one.")
    field = "kit"


class NoPieces(Refused):
    message = N_("A kit has between 1 and %(limit)s pieces.")
    field = "pieces"


class ThingMissing(Refused):
    message = N_("Write what is in the kit, as it stands among the activity's equipment.")
    field = "thing"


PIECES_LIMIT = 9999


@dataclass(frozen=True, order=True)
class Work:
    """Working hours on a weekday (1 is Monday, ISO) of every week, wall times. Raises WorkEndsTooEarly."""

    weekday: int
    starts: dt.time
    ends: dt.time

    def __post_init__(self) -> None:
        if self.ends <= self.starts:
            raise WorkEndsTooEarly


@dataclass(frozen=True, order=True)
class Away:
    """Days of absence, both included. Raises AbsenceUpsideDown."""

    first_on: dt.date
    last_on: dt.date

    def __post_init__(self) -> None:
        if self.last_on < self.first_on:
            raise AbsenceUpsideDown


def check_hours(hours: Sequence[Work]) -> None:
    """Refuse spans of one weekday that overlap; what only touches is fine."""
    ordered = sorted(hours)
    for earlier, later in pairwise(ordered):
        if earlier.weekday == later.weekday and later.starts < earlier.ends:
            raise WorkOverlaps


def works(starts: dt.datetime, ends: dt.datetime, hours: Sequence[Work]) -> bool:
    """Whether a wall-time period lies within one span of the weekly hours. No hours: they are not kept, so yes."""
    if not hours:
        return True
    if ends.date() != starts.date():
        return False
    return any(
        span.weekday == starts.isoweekday() and span.starts <= starts.time() and ends.time() <= span.ends
        for span in _joined(hours)
    )


def _joined(hours: Sequence[Work]) -> list[Work]:
    """The same hours with what touches made one span."""
    joined: list[Work] = []
    for span in sorted(hours):
        if joined and joined[-1].weekday == span.weekday and span.starts <= joined[-1].ends:
            joined[-1] = Work(span.weekday, joined[-1].starts, max(joined[-1].ends, span.ends))
        else:
            joined.append(span)
    return joined


def is_away(starts: dt.datetime, ends: dt.datetime, absences: Sequence[Away]) -> bool:
    """Whether a wall-time period touches a day of absence. What ends at midnight does not touch the next day."""
    last = (ends - dt.timedelta(microseconds=1)).date()
    return any(away.first_on <= last and starts.date() <= away.last_on for away in absences)


def thing_key(thing: str) -> str:
    """How a thing's name is compared: an activity may write "Blue-Bot" and a kit "blue-bot"."""
    return " ".join(thing.split()).casefold()


def check_pieces(pieces: int) -> None:
    """Refuse a number of pieces that can only be a slip of the finger."""
    if not 1 <= pieces <= PIECES_LIMIT:
        raise NoPieces(limit=PIECES_LIMIT)
