"""Staff write to a slot's families: to whom, and until when it can be taken back. Pure rules."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from enum import StrEnum

from booking.bookings.rules import HOLD
from booking.kernel.refusal import N_, Refused

# A letter of these days would only confuse: the words are about something that is soon.
OF_USE = dt.timedelta(days=2)
LENGTH = 2000


class Recipients(StrEnum):
    """Which families of a slot staff write to. A family with children on both sides is among SEATED and QUEUED."""

    EVERYBODY = "everybody"
    SEATED = "seated"
    QUEUED = "queued"
    PRESENT = "present"  # somebody of it was at the last meeting


@dataclass(frozen=True)
class Note:
    """What staff write, in lines; a blank line parts paragraphs. English families read Swedish where `en` is ""."""

    to: Recipients
    sv: str
    en: str = ""

    def in_language(self, language: str) -> str:
        return self.en if language == "en" and self.en else self.sv

    def digest(self) -> str:
        """Tells a repeated form from a changed one."""
        said = (self.to, self.sv, self.en)
        return hashlib.sha256("\0".join(said).encode()).hexdigest()


class NobodyToWriteTo(Refused):
    message = N_("No family is among those you chose. Choose others.")
    field = "till"


class MessageSent(Refused):
    """The form was used already and now says something else (requirement A10)."""

    message = N_("You have already sent a message with this form. Nothing more was sent. Open the page anew to write.")


class NoSuchMessage(Refused):
    message = N_("The message cannot be found.")


class TooLateToTakeBack(Refused):
    message = N_("It is too late to take the message back: letters have left or are on their way.")


def paragraphs(words: str) -> list[list[str]]:
    """The text as letters carry it: paragraphs of lines, without empty ones."""
    found: list[list[str]] = [[]]
    for line in words.split("\n"):
        if line:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [lines for lines in found if lines]


def waits_until(at: dt.datetime) -> dt.datetime:
    """When the letters of a message that was written at `at` may leave. Also close to the start: two minutes never make
    a message late, and a slip of the pen can be caught."""
    return at + HOLD


def check_in_time(at: dt.datetime, *, now: dt.datetime) -> None:
    """Refuse once the letters may leave."""
    if now >= waits_until(at):
        raise TooLateToTakeBack


def of_use_until(*, slot_ends_at: dt.datetime, now: dt.datetime) -> dt.datetime:
    """When it is too late to send what was written now; what is written afterwards ("a cap was left") still arrives."""
    return max(slot_ends_at, now + OF_USE)
