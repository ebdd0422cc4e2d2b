"""Who came: marks, whose mark counts, who is counted without a name, and when a list may be seen. Pure rules.

The last mark by its own time counts: what was tapped at 15.31 on a phone without network wins over what was tapped at
15.30 elsewhere, whichever arrives first. A clock that runs ahead gets the time of arrival; of two marks made in the
same instant the one with the greater key counts, so that every order of arrival ends alike.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from booking.kernel.refusal import N_, Refused

# A trainer sees the children of an own meeting in this span and no longer (requirements, table of D).
OPENS_BEFORE = dt.timedelta(days=7)
CLOSES_AFTER = dt.timedelta(days=1)
# More heads in one age group, or more marks at once, can only be a slip.
MOST_HEADS = 500
MOST_MARKS = 200


class Presence(StrEnum):
    """How it went for one child at one meeting. No mark at all says nothing, which is not "absent"."""

    PRESENT = "present"
    ABSENT = "absent"
    EXCUSED = "excused"  # somebody said beforehand that the child would not come


class AgeGroup(StrEnum):
    """How people are counted who are not asked their names; those of the yearly statistics, and adults."""

    TO_3 = "0-3"
    TO_6 = "4-6"
    TO_9 = "7-9"
    TO_12 = "10-12"
    TO_15 = "13-15"
    TO_18 = "16-18"
    ADULT = "adult"


CHILDREN = tuple(group for group in AgeGroup if group is not AgeGroup.ADULT)


@dataclass(frozen=True)
class Stamp:
    """When something was marked, by whichever clock, and the key that its device gave it."""

    at: dt.datetime
    key: str

    def held_back(self, *, now: dt.datetime) -> Stamp:
        """The same mark from a clock that does not run ahead."""
        return Stamp(min(self.at, now), self.key)

    def is_after(self, other: Stamp) -> bool:
        """Whether this mark counts rather than the other. One that comes again is the same mark."""
        return self.key != other.key and (self.at, self.key) > (other.at, other.key)


@dataclass(frozen=True)
class Mark:
    """One child's presence as somebody tapped it; None takes the mark away again."""

    participant_id: int
    presence: Presence | None
    stamp: Stamp


@dataclass(frozen=True)
class Heads:
    """How many of a group were counted; None takes the count away again."""

    group: AgeGroup
    heads: int | None
    stamp: Stamp


@dataclass(frozen=True)
class WalkIn:
    """A child who came without a booking: a first name or alias, or "" for none; an age, or None."""

    name: str
    age: int | None
    stamp: Stamp


@dataclass(frozen=True)
class Turnout:
    """What was marked of one meeting since somebody looked at its list."""

    marks: tuple[Mark, ...] = ()
    heads: tuple[Heads, ...] = ()
    walk_ins: tuple[WalkIn, ...] = ()


class NotHeld(Refused):
    message = N_("This meeting has been called off, so nobody is marked.")


class NoSuchMeeting(Refused):
    message = N_("The meeting is not there any more.")


class KeyUsed(Refused):
    """The form was used already and now says something else (requirement A10)."""

    message = N_("You have already sent this form, so nothing was added. If one more child came, send it once more.")


class Over(Refused):
    message = N_("The meeting is over, so its list is lent to nobody any more.")


class NotWaiting(Refused):
    message = N_("The party does not wait any more. See the list.")


def opens_at(starts_at: dt.datetime) -> dt.datetime:
    """From when on a trainer sees the list of an own meeting."""
    return starts_at - OPENS_BEFORE


def closes_at(ends_at: dt.datetime) -> dt.datetime:
    """Until when. Links to the list end then, and so do the lists on paper and on phones."""
    return ends_at + CLOSES_AFTER


def is_open(*, starts_at: dt.datetime, ends_at: dt.datetime, now: dt.datetime) -> bool:
    """Whether a trainer may see the list now; both ends included."""
    return opens_at(starts_at) <= now <= closes_at(ends_at)


def seats_over(*, here: int, seats: int) -> int:
    """By how many those who came exceed the seats; 0 when they do not."""
    return max(0, here - seats)
