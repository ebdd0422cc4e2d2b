"""The desk's own refusals."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable

from booking.kernel.refusal import N_, Refused


class NotLookedAt(Refused):
    """The day, or what is planned from then on, is not what the page has shown."""

    message = N_("Look at what is planned from that day on, and then close the place.")


def looked_at(day: dt.date, meetings: Iterable[int]) -> str:
    """A word for a closing day and the meetings that were shown for it; another for another day or other meetings."""
    told = ",".join(map(str, sorted(meetings)))
    return f"{day.isoformat()}.{hashlib.blake2b(told.encode(), digest_size=12).hexdigest()}"
