"""Which meetings stand in a feed, by their time, and which of them when there are too many: pure rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from booking.calendars.rules.entries import Entry
from booking.kernel import clock

DAYS_BACK, DAYS_AHEAD = 90, 400
DAYS_CALLED_OFF = 30
"""Requirement J13 and J8: how long what is past, what is to come and what was called off stand in a feed."""

MOST_BYTES = 1_000_000
"""Requirement J1: Google takes no larger feed, and says nothing when it refuses one."""
HEAD_BYTES = 4_000
"""Room for what stands around the entries."""
MOST_ENTRIES = 2_500
"""More than this never fit: an entry takes 400 bytes and more."""


class Window(NamedTuple):
    """A meeting stands in a feed when it begins in `since <= t < until`; one that is off, while it ends at or after
    `off_since`."""

    since: dt.datetime
    until: dt.datetime
    off_since: dt.datetime


def window(now: dt.datetime) -> Window:
    """What feeds show at `now`. Days of 24 hours: nobody notices the hour of a clock change 90 days ago."""
    return Window(
        since=now - dt.timedelta(days=DAYS_BACK),
        until=now + dt.timedelta(days=DAYS_AHEAD),
        off_since=now - dt.timedelta(days=DAYS_CALLED_OFF),
    )


def from_today(span: Window, *, now: dt.datetime) -> Window:
    """The same window without what was held before today."""
    return span._replace(since=clock.day_start(clock.local_day(now)))


def leaves_at(entry: Entry) -> dt.datetime:
    """The last instant at which a meeting still stands in a feed."""
    leaves = entry.starts_at + dt.timedelta(days=DAYS_BACK)
    return min(leaves, entry.ends_at + dt.timedelta(days=DAYS_CALLED_OFF)) if entry.is_off else leaves


def fits(pieces: Sequence[bytes]) -> bool:
    """Whether a feed may hold all of these."""
    return len(pieces) <= MOST_ENTRIES and sum(map(len, pieces)) <= MOST_BYTES - HEAD_BYTES


def whole_days(entries: Sequence[Entry], pieces: Sequence[bytes]) -> int:
    """How many of a feed's entries, earliest first, to show when they do not all fit: those of the first days that do.

    Days are shown whole, so that a new meeting next month moves the end of the feed and nothing within it. A single day
    that does not fit is cut.
    """
    room = MOST_BYTES - HEAD_BYTES
    count = sum(1 for size in accumulate(map(len, pieces)) if size <= room)
    last = clock.local_day(entries[count].starts_at) if count < len(entries) else None
    first_of_last = next((at for at in range(count) if clock.local_day(entries[at].starts_at) == last), count)
    return first_of_last or count
