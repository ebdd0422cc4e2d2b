"""The plan as a spreadsheet: what it calls things, and how much of it leaves at once. Pure."""

from __future__ import annotations

import datetime as dt

from booking.kernel.refusal import N_, Refused
from booking.programme.rules import Admission, SlotState

# Two years and the day: whoever wants more takes it in parts.
LONGEST = dt.timedelta(days=2 * 366)
MOST_ROWS = 20_000

STATE_WORDS = {
    SlotState.DRAFT: N_("Draft"),
    SlotState.PUBLISHED: N_("Published"),
    SlotState.CALLED_OFF: N_("Called off"),
}
ADMISSION_WORDS = {
    Admission.BOOKING: N_("Booking"),
    Admission.DROP_IN: N_("Drop-in"),
    Admission.CLOSED_GROUP: N_("Closed group"),
}


class LastBeforeFirst(Refused):
    message = N_("The last day must not be before the first. Change one of them.")
    field = "last"


class TooLong(Refused):
    message = N_("Choose at most two years at a time.")
    field = "last"


class TooMany(Refused):
    message = N_("There are more than %(limit)s meetings in those days. Choose fewer days, or one place.")
    field = "last"


def check_days(first: dt.date, last: dt.date) -> None:
    """Refuse days upside down, and more of them than anybody reads."""
    if last < first:
        raise LastBeforeFirst
    if last - first > LONGEST:
        raise TooLong
