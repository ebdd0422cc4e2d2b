"""What staff write of an activity: pure rules."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from booking.kernel.refusal import N_, Refused
from booking.programme.rules import ActivityKind, AgesUpsideDown, Sign, check_seats

_EQUIPMENT = re.compile(r"(?P<thing>[^;]*[^;:\s])\s*:\s*(?P<number>[1-9][0-9]{0,3})")


class EquipmentUnreadable(Refused):
    message = N_('"%(line)s" cannot be read. Write one thing a line with its number, as Blue-Bot: 6.')
    field = "equipment"


class DecisionIncomplete(Refused):
    message = N_("A day of decision needs a least number of children, and the other way round.")
    field = "decide_days"


@dataclass(frozen=True, kw_only=True)
class ActivityText:
    """An activity as staff write it; fields as in `models.Activity`."""

    title_sv: str
    title_en: str
    description_sv: str
    description_en: str
    bring_sv: str
    bring_en: str
    sign: Sign
    age_min: int | None
    age_max: int | None
    duration_minutes: int
    seats: int
    adult_stays: bool
    equipment: str
    equipment_en: str
    children_per_trainer: int | None
    least_children: int | None
    decide_days: int | None
    packing_minutes: int | None
    clearing_minutes: int | None

    def check(self) -> None:
        """Raises AgesUpsideDown, NoSeats, DecisionIncomplete."""
        if self.age_min is not None and self.age_max is not None and self.age_min > self.age_max:
            raise AgesUpsideDown
        check_seats(self.seats)
        if (self.least_children is None) is not (self.decide_days is None):
            raise DecisionIncomplete


@dataclass(frozen=True)
class NewActivity:
    """A new one, with its kind, which stays."""

    kind: ActivityKind
    text: ActivityText


def equipment_of(lines: str) -> str:
    """ "Blue-Bot: 6", a thing a line, as activities keep it: "Blue-Bot:6;Pilkort:4". Raises EquipmentUnreadable."""
    kept = []
    for line in filter(None, (line.strip() for line in lines.split("\n"))):
        found = _EQUIPMENT.fullmatch(line)
        if found is None:
            raise EquipmentUnreadable(line=line[:60])
        kept.append(f"{found['thing'].strip()}:{found['number']}")
    return ";".join(kept)


def lines_of(equipment: str) -> str:
    """The other way: a thing a line."""
    return "\n".join(": ".join(part.rsplit(":", 1)) for part in equipment.split(";") if part)


def slug_of(title: str, *, taken: Collection[str]) -> str:
    """The address of a new activity: its title in a-z, with a number when another one has it. It stays for life."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "aktivitet"
    number, found = 2, slug
    while found in taken:
        number, found = number + 1, f"{slug}-{number}"
    return found


def is_retired(retired_on: dt.date | None, *, today: dt.date) -> bool:
    return retired_on is not None and retired_on <= today
