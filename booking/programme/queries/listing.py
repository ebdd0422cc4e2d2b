"""The list as a page: what was found, by weeks or days, the filters with their words, and where one can go from there.

The start page and the list show the same; so it is put together here and not in a view.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, groupby
from typing import NamedTuple

from booking.kernel import clock
from booking.kernel.refusal import N_
from booking.programme.queries import finding
from booking.programme.queries.filterbar import DAYS, Filters, filter_bar, labels_of
from booking.programme.queries.finding import PAGE, Found, Reader, SlotRow
from booking.programme.queries.places import Area, Choices, choices
from booking.programme.queries.search import UNKNOWN_CHOICE, Problem, Reading, Search, View
from booking.web.texts import gettext

# Feeds reach as far ahead, and robots need an end to the calendar's pages.
AHEAD = dt.timedelta(days=400)
# When nothing is found: up to so many filters each pair is tried, and so many ways out are shown.
PAIRED, WAYS = 5, 4


class Week(NamedTuple):
    """The slots of an ISO week, from its Monday."""

    monday: dt.date
    rows: list[SlotRow]


class Day(NamedTuple):
    """The slots of a day."""

    date: dt.date
    rows: list[SlotRow]


class Page(NamedTuple):
    """One page of the list. The addresses are None on the first and the last page."""

    weeks: list[Week]
    total: int
    shown_from: int
    shown_to: int
    previous_url: str | None
    next_url: str | None


class ViewLink(NamedTuple):
    """A layout and its address."""

    name: str
    url: str


@dataclass(frozen=True)
class Way:
    """Which filters to loosen, in words, the address without them, and how many slots there would be."""

    words: str
    loosened: tuple[str, ...]
    url: str
    count: int


class Empty(NamedTuple):
    """Nothing was found; [] when loosening one or two filters, or all but one, does not help."""

    loosen: list[Way]


class Jump(NamedTuple):
    """The next day that has what is looked for, and the address of its week or day; without a date, today's."""

    date: dt.date | None
    url: str


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What the list shows, in the templates' words: `page` in the list's own layout, `days` in a week or a day.

    `respelled` is what the visitor wrote when that finds nothing and the same in Swedish letters is shown instead.
    """

    view: str
    views: list[ViewLink]
    filters: Filters
    page: Page | None
    days: Sequence[Day]
    previous_url: str | None
    next_url: str | None
    empty: Empty | None
    jump: Jump | None
    respelled: str
    list_url: str
    feed_url: str
    webcal_url: str
    today: dt.date


def listing(reading: Reading, *, site: str, now: dt.datetime, reader: Reader) -> Listing:
    """The page of a search. `site` is what public addresses begin with in the reader's language; feeds need it.

    Two queries; at most three more when nothing is found, two more when the page asked for lies after the last one.
    """
    known = choices(now=now)
    search, problems = reading
    area = known.atlas.area(search.where)
    if search.where and area is None:
        problems = (*problems, Problem(N_("We know no place called “%(value)s”."), {"value": search.where}))
        search = replace(search, where="")
    if search.language and search.language not in known.languages and not finding.is_language(search.language):
        problems = (*problems, Problem(UNKNOWN_CHOICE, {"value": search.language}))
        search = replace(search, language="")
    world = _World(search, area, known, problems, site, now, clock.local_day(now), reader)
    return world.by_weeks() if search.view is View.LIST else world.by_days()


@dataclass(frozen=True)
class _World:
    """A search and what it is read in."""

    search: Search
    area: Area | None
    known: Choices
    problems: Sequence[Problem]
    site: str
    now: dt.datetime
    today: dt.date
    reader: Reader
    respelled: str = ""

    def by_weeks(self) -> Listing:
        """The list: one page of it, from Monday to Sunday."""
        found = finding.find(self.search, area=self.area, now=self.now, reader=self.reader)
        if not found.rows and (again := self._respelled(self.search)):
            return again.by_weeks()
        empty = None if found.rows else self._empty(self.search, list(self.search.filters()))
        return self._listing(page=self._page(found), empty=empty)

    def by_days(self) -> Listing:
        """The week or the day in which the search's days begin, today's if it names none. What is over is not shown."""
        first = self._first_day()
        length = 7 if self.search.view is View.WEEK else 1
        last = first + dt.timedelta(days=length - 1)
        wanted = replace(self.search, on=None, from_on=first, to_on=last)
        found = finding.find(wanted, area=self.area, now=self.now, reader=self.reader, limit=None)
        if not found.rows and (again := self._respelled(wanted)):
            return again.by_days()
        rows = {day: list(group) for day, group in groupby(found.rows, key=_day_of)}
        days = [first + dt.timedelta(days=later) for later in range(length)]
        names = [name for name in self.search.filters() if name not in DAYS]
        before, after = first - dt.timedelta(days=length), last + dt.timedelta(days=1)
        empty = self._empty(wanted, names) if names and not found.rows else None
        return self._listing(
            days=[Day(day, rows.get(day, [])) for day in days],
            previous_url=self._url(self.search.from_day(before)) if first > self.today else None,
            next_url=self._url(self.search.from_day(after)) if last < self.today + AHEAD else None,
            empty=empty if empty and empty.loosen else None,
            jump=None if found.rows else self._jump(after, is_ahead=first > self.today),
        )

    def _respelled(self, search: Search) -> _World | None:
        """The same world looking for the words as they are spelled here: a phone may lack å, ä and ö. None when that
        finds nothing either. What is found exactly is never mixed with what is not."""
        if self.respelled or not (spelled := finding.spelling(search, area=self.area, now=self.now)):
            return None
        return replace(self, search=replace(self.search, text=spelled, page=1), respelled=self.search.text)

    def _jump(self, after: dt.date, *, is_ahead: bool) -> Jump | None:
        """Where the first slot on or after a day is; when there is none, today, if what is open lies ahead of it."""
        later = replace(self.search, on=None, from_on=after, to_on=None, page=1)
        found = finding.find(later, area=self.area, now=self.now, reader=self.reader, limit=1)
        days = [_day_of(row) for row in found.rows]
        if days:
            return Jump(days[0], self._url(self.search.from_day(days[0])))
        return Jump(None, self._url(self.search.from_day(self.today))) if is_ahead else None

    def _first_day(self) -> dt.date:
        first = self.search.days(self.today).first or self.today
        if self.search.on:
            first = max(first, self.today)  # a break that is going on is looked at from today
        return clock.monday_of(first) if self.search.view is View.WEEK else first

    def _page(self, found: Found) -> Page:
        before = (found.page - 1) * PAGE
        last = -(-found.total // PAGE)
        return Page(
            weeks=[Week(monday, list(group)) for monday, group in groupby(found.rows, key=_monday_of)],
            total=found.total,
            shown_from=before + 1,
            shown_to=before + len(found.rows),
            previous_url=self._url(self.search.on_page(found.page - 1)) if found.page > 1 else None,
            next_url=self._url(self.search.on_page(found.page + 1)) if found.page < last else None,
        )

    def _empty(self, search: Search, names: Sequence[str]) -> Empty:
        """Which of the filters called `names` to loosen: one; else two of them, else all but one."""
        if ways := self._ways(search, names, [(name,) for name in names]):
            return Empty(ways)
        pairs = list(combinations(names, 2)) if len(names) <= PAIRED else []
        rests = [tuple(other for other in names if other != name) for name in names] if len(names) > 3 else []
        ways = self._ways(search, names, [*pairs, *rests])
        fewest = [way for way in ways if len(way.loosened) == 2]
        return Empty((fewest or ways)[:WAYS])

    def _ways(self, search: Search, names: Sequence[str], choices: Sequence[tuple[str, ...]]) -> list[Way]:
        """The choices of filters without which something is found, what gives most first."""
        labels = labels_of(self.search, area=self.area, today=self.today, language=self.reader.language)
        counted = finding.count_without(search, choices, area=self.area, now=self.now)
        ways = [
            Way(_words_of(choice, names, labels), choice, self._url(self.search.without(*choice)), count)
            for choice, count in zip(choices, counted, strict=True)
            if count
        ]
        return sorted(ways, key=lambda way: -way.count)

    def _listing(
        self,
        *,
        empty: Empty | None,
        page: Page | None = None,
        days: Sequence[Day] = (),
        previous_url: str | None = None,
        next_url: str | None = None,
        jump: Jump | None = None,
    ) -> Listing:
        followed = self.search.followed()
        if self.search.view is not View.LIST:
            followed = replace(followed, from_on=None, to_on=None)  # the page that is open is no filter
        query = followed.query()
        feed_url = f"{self.site}/pass.ics{'?' if query else ''}{query}"
        return Listing(
            view=self.search.view,
            views=[ViewLink(view, self._url(self.search.shown_as(view))) for view in View],
            filters=self._filters(),
            page=page,
            days=days,
            previous_url=previous_url,
            next_url=next_url,
            empty=empty,
            jump=jump,
            respelled=self.respelled,
            list_url=self._url(self.search.shown_as(View.LIST)),
            feed_url=feed_url,
            webcal_url="webcal:" + feed_url.partition(":")[2],
            today=self.today,
        )

    def _filters(self) -> Filters:
        return filter_bar(
            self.search,
            area=self.area,
            known=self.known,
            problems=self.problems,
            today=self.today,
            language=self.reader.language,
            url=self._url,
        )

    def _url(self, search: Search) -> str:
        query = search.query()
        return f"{self.reader.root}/pass{'?' if query else ''}{query}"


def _words_of(choice: Sequence[str], names: Sequence[str], labels: Mapping[str, str]) -> str:
    """What taking away these filters of those in use is called."""
    if len(choice) > 2:
        return gettext("Only “%(filter)s”", filter=next(labels[name] for name in names if name not in choice))
    if len(choice) == 2:
        return gettext("Without “%(filter)s” and “%(other)s”", filter=labels[choice[0]], other=labels[choice[1]])
    return gettext("Without “%(filter)s”", filter=labels[choice[0]])


def _day_of(row: SlotRow) -> dt.date:
    return clock.local_day(row.starts_at)


def _monday_of(row: SlotRow) -> dt.date:
    return clock.monday_of(_day_of(row))
