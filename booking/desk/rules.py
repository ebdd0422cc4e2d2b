"""What the desk asks of those who write to families: pure rules."""

from __future__ import annotations

import re

from booking.kernel.refusal import N_, Refused

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
