"""Slots out of a spreadsheet: how much of it, and what is wrong with a row. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from booking.kernel.period import WallPeriod
from booking.kernel.refusal import N_, Refused

# How long what was shown may be said yes to.
PREVIEW_LIVES = dt.timedelta(hours=1)
# A term at a dozen libraries. A spreadsheet program's own ballast makes most of an XLSX of that size.
MOST_SLOTS_ROWS = 500
MOST_BYTES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class SlotRow:
    """One meeting as the spreadsheet tells it. `club` ties the meetings of one slot; "" means a slot of its own."""

    line: int
    activity: str
    place: str
    day: dt.date
    begins: dt.time
    ends: dt.time | None
    club: str
    room: str
    trainers: tuple[str, ...]
    kits: tuple[str, ...]
    seats: int | None
    age_min: int | None
    age_max: int | None
    opens: dt.datetime | None
    is_published: bool

    def wall(self, *, usual_minutes: int) -> WallPeriod:
        """When it is held. Without an end as long as the activity usually is. Raises EndsBeforeItBegins."""
        if self.ends is None:
            return WallPeriod.on(self.day, self.begins, minutes=usual_minutes)
        return WallPeriod(dt.datetime.combine(self.day, self.begins), dt.datetime.combine(self.day, self.ends))


class NoFile(Refused):
    message = N_("Choose a file.")
    field = "file"


class FileTooLarge(Refused):
    message = N_("The file is larger than %(limit)s kB. Split it.")
    field = "file"


class NoRows(Refused):
    message = N_("The file has no rows below the first line. Add a row for each meeting.")
    field = "file"


class TooManyMeetings(Refused):
    message = N_("The file has more than %(limit)s rows. Split it.")
    field = "file"


class Expired(Refused):
    """What was sent back is not what we showed this reader within the hour."""

    message = N_("The preview is more than an hour old, or not yours. Choose the file once more.")


class AlreadyPlanned(Refused):
    """The same preview was said yes to before: the button was pressed twice."""

    message = N_("These workshops are planned already, by the first press of the button. Look at the plan.")


class UnknownActivity(Refused):
    message = N_('There is no activity "%(value)s". Write its title as it stands on the page, or its short name.')
    field = "aktivitet"


class UnknownPlace(Refused):
    """The same words for a place that does not exist and for one where the reader does not plan (requirement D3)."""

    message = N_('There is no place "%(value)s" where you plan. Write its name as it stands on the page.')
    field = "ställe"


class UnknownRoom(Refused):
    message = N_('The place has no room "%(value)s". Write its name, or leave the cell empty.')
    field = "lokal"


class UnknownTrainer(Refused):
    message = N_('There is no trainer "%(value)s". Write the whole name; several with a comma between.')
    field = "ledare"


class UnknownKit(Refused):
    message = N_('There is no kit "%(value)s". Write its name; several with a comma between.')
    field = "utrustning"


class NameOfSeveral(Refused):
    message = N_('"%(value)s" is the name of several. Write the short name of the one you mean, or plan it by hand.')


class OtherThanFirst(Refused):
    message = N_("Rows of the same club must say the same here as its first row, line %(line)s.")
