"""What a visitor looks for, as one frozen value: read from a query string and written back to the same one.

Whatever stands in the address gives a page. What cannot be used is left out, or put right, and said (requirements C3,
C7, C8); unknown parameters count for nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from booking.kernel import clock, holidays
from booking.kernel.refusal import N_
from booking.kernel.sorting import search_key
from booking.kernel.text import whole_number
from booking.programme.rules import Sign

C = TypeVar("C", bound=StrEnum)

TEXT_LENGTH = 80
WORDS = 8
VALUE_LENGTH = 80
OLDEST = 99
LAST_PAGE = 100_000


class Span(StrEnum):
    """A span of days by its name; what it means depends on today."""

    TODAY = "idag"
    WEEKEND = "helgen"
    BREAK = "lovet"


class View(StrEnum):
    """How the answer is laid out."""

    LIST = "lista"
    WEEK = "vecka"
    DAY = "dag"


class Kind(StrEnum):
    """What sort of workshop, in the address's words: what is done there, or how one gets in."""

    ROBOTS = "robotar"
    BLOCKS = "block"
    ELECTRONICS = "elektronik"
    STORIES = "sagor"
    COMPUTER = "dator"
    SOUND = "ljud"
    TRY = "prova"
    DROP_IN = "drop-in"
    CLUB = "klubb"


SIGNS = {
    Kind.ROBOTS: Sign.ROBOT,
    Kind.BLOCKS: Sign.BLOCKS,
    Kind.ELECTRONICS: Sign.CIRCUIT,
    Kind.STORIES: Sign.STORY,
    Kind.COMPUTER: Sign.LAPTOP,
    Kind.SOUND: Sign.MICROPHONE,
    Kind.TRY: Sign.SPARK,
}

# How å, ä and ö are written where the keyboard has none; each is one letter still.
BARE = {"å": "a", "ä": "a", "ö": "o"}

UNKNOWN_CHOICE = N_("We do not know the choice “%(value)s”, so it is left out.")

# Values of `var` that are neither a place nor a village.
BUS, ONLINE = "bokbussen", "online"


class Problem(NamedTuple):
    """Something in the address that was left out or put right: an English msgid and its values."""

    message: str
    values: dict[str, Any]


class Days(NamedTuple):
    """From `first` to `last`, both included; None: no limit on that side."""

    first: dt.date | None
    last: dt.date | None


@dataclass(frozen=True, kw_only=True)
class Search:
    """Every filter of the list, its page and its layout. "" and None mean: no such filter.

    `where` is the slug of a library or stop, a village as it is spelt, BUS or ONLINE; whether it exists is for the
    queries to say. `on` and the dates exclude each other. `text` is folded like the search
    keys.
    """

    where: str = ""
    age: int | None = None
    on: Span | None = None
    from_on: dt.date | None = None
    to_on: dt.date | None = None
    kind: Kind | None = None
    language: str = ""
    free_only: bool = False
    text: str = ""
    page: int = 1
    view: View = View.LIST

    @property
    def words(self) -> tuple[str, ...]:
        """The words that must all be found, folded."""
        return tuple(search_key(self.text).split()[:WORDS])

    def bare(self) -> Search:
        """The same search with its words as a keyboard without å, ä and ö writes them."""
        return replace(self, text=bare(" ".join(self.words)))

    def days(self, today: dt.date) -> Days:
        """The days looked at, in Stockholm; the names of spans are understood from `today`."""
        if self.on is Span.TODAY:
            return Days(today, today)
        if self.on is Span.WEEKEND:
            return Days(*holidays.weekend(today))
        if self.on is Span.BREAK:
            found = holidays.school_break(today)
            return Days(found.first, found.last)
        return Days(self.from_on, self.to_on)

    def filters(self) -> dict[str, str]:
        """The filters in use as parameters, in the order of the page; {} when everything is shown."""
        given = {
            "var": self.where,
            "alder": "" if self.age is None else str(self.age),
            "nar": self.on or "",
            "fran": self.from_on.isoformat() if self.from_on else "",
            "till": self.to_on.isoformat() if self.to_on else "",
            "typ": self.kind or "",
            "sprak": self.language,
            "lediga": "1" if self.free_only else "",
            "q": self.text,
        }
        return {name: str(value) for name, value in given.items() if value}

    def query(self) -> str:
        """The query string that reads back as this search, without what is usual: "" or "var=ahus&alder=7"."""
        pairs = self.filters()
        if self.view is not View.LIST:
            pairs["vy"] = self.view.value
        if self.page > 1:
            pairs["sida"] = str(self.page)
        return urlencode(pairs)

    def without(self, *names: str) -> Search:
        """The same search with these filters, called as in the address, taken away; from its first page."""
        usual: dict[str, Any] = {_FIELDS[name]: getattr(_USUAL, _FIELDS[name]) for name in names}
        return replace(self, page=1, **usual)

    def on_page(self, number: int) -> Search:
        return replace(self, page=number)

    def followed(self) -> Search:
        """The same search as a calendar follows it: without page and layout, and without what changes by itself.

        Free seats and spans named from today are left out: an entry must not vanish from a family's calendar because
        the slot filled up or the week turned.
        """
        return replace(self, on=None, free_only=False, page=1, view=View.LIST)

    def shown_as(self, view: View) -> Search:
        """The same search in another layout, from its first page."""
        return replace(self, view=view, page=1)

    def from_day(self, day: dt.date) -> Search:
        """The same search beginning on `day`: a week or a day of the calendar instead of a span."""
        return replace(self, on=None, from_on=day, to_on=None, page=1)


_FIELDS = {
    "var": "where",
    "alder": "age",
    "nar": "on",
    "fran": "from_on",
    "till": "to_on",
    "typ": "kind",
    "sprak": "language",
    "lediga": "free_only",
    "q": "text",
}
_USUAL = Search()
_TO_BARE = str.maketrans(BARE)


def bare(folded: str) -> str:
    """A folded text as a keyboard without å, ä and ö writes it; each letter stays in its place."""
    return folded.translate(_TO_BARE)


class Reading(NamedTuple):
    """A search as it was understood, and what was not."""

    search: Search
    problems: tuple[Problem, ...]


def read(args: MultiDict[str, str]) -> Reading:
    """Understand a query string. Never refuses: what cannot be used becomes a problem to show. No database."""
    reader = _Reader(args)
    if any(len(set(args.getlist(name))) > 1 for name in _FIELDS):
        reader.note(N_("A choice stood more than once in the address, so we took the first."))
    first, last = reader.date("fran"), reader.date("till")
    if first and last and last < first:
        first, last = last, first
        reader.note(N_("The last day came before the first, so we swapped them."))
    span = reader.choice("nar", Span)
    if span and (first or last):
        span = None
        reader.note(N_("You chose both days and dates, so we went by the dates."))
    search = Search(
        where=reader.line("var"),
        age=reader.age("alder"),
        on=span,
        from_on=first,
        to_on=last,
        kind=reader.choice("typ", Kind),
        language=reader.language("sprak"),
        free_only=reader.line("lediga").lower() not in ("", "0", "nej", "false"),
        text=reader.text("q"),
        page=reader.page("sida"),
        view=reader.choice("vy", View) or View.LIST,
    )
    return Reading(search, tuple(reader.problems))


class _Reader:
    """Reads one parameter after the other and collects what is wrong with them."""

    def __init__(self, args: MultiDict[str, str]) -> None:
        self._args = args
        self.problems: list[Problem] = []

    def note(self, message: str, **values: Any) -> None:
        self.problems.append(Problem(message, values))

    def line(self, name: str) -> str:
        """A value as one printable line; "" when it is missing, and for signs that no database takes (C3)."""
        raw = self._args.get(name, "")[: VALUE_LENGTH + 1]
        if len(raw) > VALUE_LENGTH:
            self.note(N_("A choice in the address was too long, so it is left out."))
            return ""
        return " ".join("".join(sign if sign.isprintable() else " " for sign in raw).split())

    def text(self, name: str) -> str:
        """Free text, cut at TEXT_LENGTH signs."""
        raw = self._args.get(name, "")
        text = " ".join("".join(sign if sign.isprintable() else " " for sign in raw[: 4 * TEXT_LENGTH]).split())
        if len(text) > TEXT_LENGTH:
            self.note(N_("We searched for the first %(limit)s characters only."), limit=TEXT_LENGTH)
        return text[:TEXT_LENGTH].strip()

    def age(self, name: str) -> int | None:
        raw = self.line(name)
        number = whole_number(raw)
        if raw and (number is None or number > OLDEST):
            self.note(N_("We could not use the age “%(value)s”. Write whole years, such as 8."), value=raw)
            return None
        return number

    def date(self, name: str) -> dt.date | None:
        raw = self.line(name)
        if not raw:
            return None
        try:
            day = dt.date.fromisoformat(raw)
        except ValueError:
            day = None
        if day is None or not clock.FIRST_DAY <= day < clock.LAST_DAY:
            self.note(N_("We could not use the date “%(value)s”. Write it as 2026-11-25."), value=raw)
            return None
        return day

    def choice(self, name: str, kind: type[C]) -> C | None:
        raw = self.line(name)
        try:
            return kind(raw.lower()) if raw else None
        except ValueError:
            self.note(UNKNOWN_CHOICE, value=raw)
            return None

    def language(self, name: str) -> str:
        """A language's code, "sv" or "ar"; whether it is spoken anywhere is for the queries to say."""
        raw = self.line(name).lower()
        if raw and not (2 <= len(raw) <= 8 and raw.isascii() and raw.replace("-", "").isalpha()):
            self.note(UNKNOWN_CHOICE, value=raw)
            return ""
        return raw

    def page(self, name: str) -> int:
        """The page asked for; the first for what is no number. Too far is put right where the rows are counted."""
        return min(max(whole_number(self.line(name)) or 1, 1), LAST_PAGE)
