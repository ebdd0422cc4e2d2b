"""What staff change of a slot that stands already: not its time and place, which is to move it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from booking.kernel.refusal import N_, Refused
from booking.programme.rules import Admission, Terms


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
