"""What the desk asks of those who close places and write to families. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable

from booking.kernel.refusal import N_, Refused


class NotLookedAt(Refused):
    """The day, or what is planned from then on, is not what the page has shown."""

    message = N_("Look at what is planned from that day on, and then close the place.")


def looked_at(day: dt.date, meetings: Iterable[int]) -> str:
    """A word for a closing day and the meetings that were shown for it; another for another day or other meetings."""
    told = ",".join(map(str, sorted(meetings)))
    return f"{day.isoformat()}.{hashlib.blake2b(told.encode(), digest_size=12).hexdigest()}"


# Swedish and English words that tell why somebody is away. Whole words and their usual endings only.
_CAUSE = re.compile(
    r"\b(?:sjuk\w*|insjukna\w*|vabb?\w*|vård av barn|förkyl\w*|feber\w*|influensa\w*|covid\w*|corona\w*|operera\w*"
    r"|begravning\w*|sick\w*|ill|illness|fever|flu|funeral|surgery|parental leave|föräldraledig\w*)\b",
    re.IGNORECASE,
)


class TellsOfAbsence(Refused):
    message = N_(
        "Do not write why somebody is away: families read it. Write “We have nobody who can lead it that day.”"
    )


def check_reason(text: str) -> None:
    """Refuse a reason that tells the cause of anybody's absence: no letter does."""
    if _CAUSE.search(text):
        raise TellsOfAbsence
