"""When a letter is tried again, when it is given up, and what may stand in a mail's head. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from enum import StrEnum

# A worker holds what it claimed for this long. Whatever a killed one held is free again afterwards.
LEASE = dt.timedelta(minutes=5)
# No letter of a batch is begun later than this: the rest of the lease covers the slowest server on the last one.
BATCH_TIME = dt.timedelta(minutes=2)
BATCH = 40

# With a rate, a worker takes no turn that lies farther ahead: others share the pace, and no lease is slept through.
PACE_AHEAD = dt.timedelta(seconds=10)

FIRST_DELAY = dt.timedelta(minutes=1)
LONGEST_DELAY = dt.timedelta(minutes=30)
GIVE_UP_AFTER = dt.timedelta(hours=72)

ANSWER_LENGTH = 300


class LetterState(StrEnum):
    """Where a letter stands. WAITING may be sent; STOPPED is never tried again and shown to staff. WITHDRAWN is no
    fault: what it would have told is no longer so."""

    WAITING = "waiting"
    SENT = "sent"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    """What to do with a letter that could not be sent: try it later, or never again."""

    LATER = "later"
    NEVER = "never"


def delay(attempts: int) -> dt.timedelta:
    """How long a letter waits after its `attempts`-th try: 1, 2, 4, 8, 16, then every 30 minutes."""
    doublings = min(max(attempts, 1) - 1, 10)
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


def is_given_up(*, created_at: dt.datetime, now: dt.datetime) -> bool:
    """Whether a letter that failed again has been tried for long enough (requirement G3: 72 h)."""
    return now - created_at >= GIVE_UP_AFTER


def pause_at(rate: int) -> dt.timedelta:
    """The time between two letters at `rate` letters a minute."""
    return dt.timedelta(minutes=1) / rate


def turns(*, rate: int, next_at: dt.datetime, limit: int, now: dt.datetime) -> list[dt.datetime]:
    """When the next letters may go at `rate` a minute: at most `limit` instants, none beyond PACE_AHEAD; [] for later.

    `next_at` is the first free turn as it was noted. One that lies farther ahead than could have been noted comes from
    a clock that was set back, and is forgotten.
    """
    pause = pause_at(rate)
    first = next_at if now <= next_at <= now + PACE_AHEAD + pause else now
    found = (first + place * pause for place in range(limit))
    return [turn for turn in found if turn <= now + PACE_AHEAD]


def verdict(code: int) -> Verdict:
    """What an SMTP answer to one letter means (RFC 5321, 4.2.1): 4xx later, 5xx never; anything else is a slip."""
    return Verdict.NEVER if 500 <= code <= 599 else Verdict.LATER


def as_one_line(text: str) -> str:
    """The same words on one line, without control characters and the signs that turn text round."""
    return " ".join("".join(sign for sign in text if sign.isspace() or not _is_unsafe(sign)).split())


def fits_header(text: str) -> bool:
    """Whether text may stand in a mail's head: one line that says something, and nothing that reads as an encoded word.

    Python 3.11 writes `=?UTF-8?Q?=0A?=` in a subject as a real line break, and with it a header of the writer's choice.
    """
    return bool(text.strip()) and "=?" not in text and "?=" not in text and not any(map(_is_unsafe, text))


def is_mailbox(address: str) -> bool:
    """Whether this is one plain ASCII mailbox, which can neither add a second recipient nor end its header.

    A name that reads as an encoded word is no plain one: see `fits_header`.
    """
    return len(address) <= 254 and "=?" not in address and _MAILBOX.fullmatch(address) is not None


_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)


def is_plain_url(text: str) -> bool:
    """Whether this is one web address that a header can hold on one line as it is."""
    return len(text) <= 900 and _PLAIN_URL.fullmatch(text) is not None


_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9\[\]._:~/?#@!$&'*+=%-]+", re.ASCII)

# Control characters, lone surrogates, line and paragraph separators. Format characters stay, emojis are joined by them.
_UNSAFE_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
_TURNS_TEXT = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _is_unsafe(sign: str) -> bool:
    return sign in _TURNS_TEXT or unicodedata.category(sign) in _UNSAFE_CATEGORIES
