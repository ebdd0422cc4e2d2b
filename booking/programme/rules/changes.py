"""What staff change of a slot that stands already: not its time and place, which is to move it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from booking.kernel.period import WallPeriod
from booking.kernel.refusal import N_, Refused
from booking.programme.rules import Admission, Terms
from booking.programme.rules.plans import Window


class ChangedMeanwhile(Refused):
    """Somebody else saved while this page was open (requirement A14)."""

    message = N_(
        "Somebody else has changed it since you opened the page. Look at what is stored now beside what you wrote, "
        "and save again if yours should stand."
    )


class FamiliesHaveBooked(Refused):
    """Getting in otherwise, or online instead of at the library, is another workshop to those who booked."""

    message = N_("Families have booked this workshop, so it cannot be changed. Plan a new one, or move it.")
    field = "admission"


@dataclass(frozen=True, kw_only=True)
class SlotChange:
    """How the slot is to be, wholly: None and "" mean none, and nothing of it comes from the activity any more.

    `opens` and `closes` are wall times. `publish`: show a draft from now on; False leaves it as it is.
    """

    admission: Admission
    age_min: int | None
    age_max: int | None
    adult_stays: bool
    language: str
    bring_sv: str
    bring_en: str
    letter_note_sv: str
    letter_note_en: str
    least_children: int | None
    decide_on: dt.date | None
    room_id: int | None
    is_online: bool
    join_url: str
    opens: dt.datetime
    closes: dt.datetime
    publish: bool = False

    def check(self) -> None:
        """Refuse what `Terms` refuses."""
        Terms(
            age_min=self.age_min,
            age_max=self.age_max,
            least_children=self.least_children,
            join_url=self.join_url,
            letter_note_sv=self.letter_note_sv,
            letter_note_en=self.letter_note_en,
        ).check()


@dataclass(frozen=True, kw_only=True)
class BulkChange:
    """What is to be the same in many slots. None, "" and False leave it as it is in each."""

    seats: int | None = None
    bring_sv: str = ""
    bring_en: str = ""
    letter_note_sv: str = ""
    letter_note_en: str = ""
    window: Window | None = None
    publish: bool = False

    @property
    def is_nothing(self) -> bool:
        return self == BulkChange()

    def applied(self, to: SlotChange, *, first: WallPeriod) -> SlotChange:
        """A slot as it is to be, `to` being how it is; `first` is its first meeting."""
        texts = ("bring_sv", "bring_en", "letter_note_sv", "letter_note_en")
        changed: dict[str, Any] = {name: said for name in texts if (said := getattr(self, name))}
        if self.window and (opens := self.window.opens(first)):
            changed["opens"] = opens
        return replace(to, **changed, publish=self.publish)


class NothingToChange(Refused):
    message = N_("Write at least one thing that is to be changed.")


class TooManySlots(Refused):
    message = N_("Change at most %(limit)s workshops at a time.")


# As many as one page can show and one transaction should hold.
BULK_LIMIT = 200
