"""What staff may write about a place, an organisation and its calendar: facts, and the refusals of keeping them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from booking.kernel import cells
from booking.kernel.period import EndsBeforeItBegins
from booking.kernel.refusal import N_, Refused
from booking.places.rules import Hours, NameMissing, Pattern, PlaceKind, PositionIncomplete, Span

KIND_WORDS = {
    PlaceKind.MAIN: N_("Main library"),
    PlaceKind.BRANCH: N_("Branch library"),
    PlaceKind.LENDING_STATION: N_("Lending station"),
    PlaceKind.STOP: N_("Stop of the bokbuss"),
    PlaceKind.DIGITAL: N_("Digital library"),
    PlaceKind.VENUE: N_("Another venue"),
}
PHONE = cells.matching(r"\+?[0-9][0-9 ()/-]{3,28}[0-9]", like="040-628 04 01")
POSTAL_CODE = cells.matching(r"[0-9]{3} ?[0-9]{2}", like="291 31")
# What calendars show of a place: only a change of these moves `changed_at` (requirement J7).
IN_CALENDARS = frozenset({"name", "kind", "address", "postal_code", "locality", "latitude", "longitude"})


class ChangedMeanwhile(Refused):
    """Somebody saved between reading and saving (requirement A14)."""

    message = N_(
        "Somebody else has changed this since you opened the page. Nothing was saved. Compare below, correct what you "
        "wrote if you need to, and save once more."
    )


class StaysAStop(Refused):
    message = N_("A stop of the bokbuss stays a stop, and nothing else becomes one: its address would change.")
    field = "kind"


class PatternMissing(Refused):
    message = N_("Write when the bokbuss stops here: weekday, weeks and times.")
    field = "weekday"


class CodeTaken(Refused):
    message = N_("%(organisation)s has this code already. Correct that one instead.")
    field = "code"


class NoSuchRoom(Refused):
    message = N_("The room does not exist any more. Go back to the place.")


class RoomInUse(Refused):
    message = N_("Workshops are or were planned in this room, so it stays. You can give it another name.")


class NotHours(Refused):
    message = N_('"%(value)s" cannot be read as opening hours. Write 10:00–18:00, or 10:00–12:00, 13:00–18:00.')


class HoursOverlap(Refused):
    message = N_("Two of the times overlap. Write each hour once.")


class SomebodyRunsWorkshops(Refused):
    message = N_("One organisation runs the workshops. Choose that on the organisation that takes over.")
    field = "runs_workshops"


@dataclass(frozen=True, kw_only=True)
class PlaceFacts:
    """A place as staff write it. `pattern` is what makes it a stop: a stop has one and nothing else has."""

    kind: PlaceKind
    name: str
    address: str = ""
    postal_code: str = ""
    locality: str = ""
    latitude: float | None = None
    longitude: float | None = None
    phone: str = ""
    accessibility_note: str = ""
    directions: str = ""
    source: str = ""
    pattern: Pattern | None = None

    def check(self) -> None:
        """Raises NameMissing, PositionIncomplete, PatternMissing, EndsBeforeItBegins."""
        if not self.name.strip():
            raise NameMissing
        if (self.latitude is None) is not (self.longitude is None):
            raise PositionIncomplete(field="latitude" if self.latitude is None else "longitude")
        if self.kind is PlaceKind.STOP:
            if self.pattern is None:
                raise PatternMissing
            if self.pattern.departs <= self.pattern.arrives:
                raise EndsBeforeItBegins(field="departs")


_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "ß": "ss", "đ": "d", "ł": "l", "þ": "th"})


def slug_of(name: str) -> str:
    """A word for the address of a place called `name`: "Norra Åsums bibliotek" is at "norra-asums-bibliotek"; "" when
    the name has no letter or digit that an address can hold."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return "-".join(re.findall(r"[a-z0-9]+", bare))[:80].strip("-")


_SPAN = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?\s*[-–—]\s*([0-9]{1,2})(?:[:.]([0-9]{2}))?")


def read_spans(written: str) -> tuple[Span, ...]:
    """The hours of a day as people write them, earliest first: "10–18", "9.00-12.00, 13.00-19.00"; () for nothing.

    Raises NotHours, HoursOverlap.
    """
    spans = sorted(_span(part.strip()) for part in re.split(r"[,;]", written) if part.strip())
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        raise HoursOverlap
    return tuple(spans)


def _span(part: str) -> Span:
    found = _SPAN.fullmatch(part) if len(part) <= 40 else None
    if found is None:
        raise NotHours(value=part[:40])
    opens, closes = ((int(found[at]), int(found[at + 1] or 0)) for at in (1, 3))
    if not (opens < closes and closes[0] <= 23 and opens[1] <= 59 and closes[1] <= 59):
        raise NotHours(value=part[:40])
    return dt.time(*opens), dt.time(*closes)


def write_spans(spans: Sequence[Span]) -> str:
    """What `read_spans` reads."""
    return ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in spans)


def week_of(hours: Sequence[Hours]) -> dict[int, list[Span]]:
    """The hours of an ordinary week by ISO weekday."""
    week: dict[int, list[Span]] = {day: [] for day in range(1, 8)}
    for one in hours:
        if one.weekday is not None and one.opens is not None and one.closes is not None:
            week[one.weekday].append((one.opens, one.closes))
    return week
