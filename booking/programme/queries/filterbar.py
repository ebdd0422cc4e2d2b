"""The filter bar of the list: its choices, and the filters in use, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from flask_babel import force_locale

from booking.kernel import holidays
from booking.kernel.holidays import BreakName
from booking.kernel.refusal import N_
from booking.kernel.sorting import sort_key
from booking.programme.queries.finding import language_name
from booking.programme.queries.places import Area, Atlas, Choice, Choices
from booking.programme.queries.search import BUS, ONLINE, Kind, Problem, Search, Span, View
from booking.web import filters as words
from booking.web.texts import gettext

Label = tuple[str, str]

AGES = range(4, 14)
DAYS = frozenset({"nar", "fran", "till"})

KINDS = {
    Kind.ROBOTS: N_("Robots"),
    Kind.BLOCKS: N_("Games and blocks"),
    Kind.ELECTRONICS: N_("Electronics"),
    Kind.STORIES: N_("Stories"),
    Kind.COMPUTER: N_("At the computer"),
    Kind.SOUND: N_("Sound"),
    Kind.TRY: N_("Try it out"),
    Kind.DROP_IN: N_("Drop-in, no booking"),
    Kind.CLUB: N_("Clubs that meet several times"),
}
BREAKS = {
    BreakName.WINTER: N_("Winter break"),
    BreakName.EASTER: N_("Easter break"),
    BreakName.SUMMER: N_("Summer holidays"),
    BreakName.AUTUMN: N_("Autumn break"),
    BreakName.CHRISTMAS: N_("Christmas break"),
}


class Chip(NamedTuple):
    """A filter in use, in words, and the address without it."""

    label: str
    url_without: str


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The choices as (value, words), what is chosen ("" for nothing), and what could not be understood."""

    place_groups: list[tuple[str, list[Label]]]
    ages: list[Label]
    spans: list[Label]
    kinds: list[Label]
    languages: list[Label]
    var: str
    alder: str
    nar: str
    fran: str
    till: str
    typ: str
    sprak: str
    q: str
    lediga: bool
    active: list[Chip]
    clear_url: str
    problems: list[str]


def filter_bar(
    search: Search,
    *,
    area: Area | None,
    known: Choices,
    problems: Sequence[Problem],
    today: dt.date,
    language: str,
    url: Callable[[Search], str],
) -> Filters:
    """The bar above a search's answer; `url` gives the address of a search."""
    chosen, labels = search.filters(), labels_of(search, area=area, today=today, language=language)
    # In a week or a day the days are chosen by turning the page.
    shown = [name for name in chosen if search.view is View.LIST or name not in DAYS]
    return Filters(
        place_groups=place_groups(known.atlas, language),
        ages=age_choices(search.age, language),
        spans=[(span, _span_name(span, today, language)) for span in Span],
        kinds=_kinds(language),
        languages=_with(_languages(known.languages, language), chosen.get("sprak"), labels.get("sprak")),
        var=area.choice.value if area else "",
        alder=chosen.get("alder", ""),
        nar=chosen.get("nar", ""),
        fran=chosen.get("fran", ""),
        till=chosen.get("till", ""),
        typ=chosen.get("typ", ""),
        sprak=chosen.get("sprak", ""),
        q=search.text,
        lediga=search.free_only,
        active=[Chip(labels[name], url(search.without(name))) for name in shown],
        clear_url=url(Search(view=search.view)),
        problems=[gettext(problem.message, **problem.values) for problem in problems],
    )


def labels_of(search: Search, *, area: Area | None, today: dt.date, language: str) -> dict[str, str]:
    """The filters in use in words, by their names in the address."""
    labels: dict[str, str] = {}
    if area:
        labels["var"] = place_label(area.choice, language)
    if search.age is not None:
        labels["alder"] = words.age_span(language, search.age, search.age)
    if search.on:
        labels["nar"] = _span_with_dates(search, search.on, today, language)
    if search.from_on:
        labels["fran"] = gettext("From %(day)s", day=words.long_date(language, search.from_on))
    if search.to_on:
        labels["till"] = gettext("Until %(day)s", day=words.long_date(language, search.to_on))
    if search.kind:
        labels["typ"] = gettext(KINDS[search.kind])
    if search.language:
        labels["sprak"] = words.upper_first(language_name(search.language, language))
    if search.free_only:
        labels["lediga"] = gettext("Only with free seats")
    if search.text:
        labels["q"] = search.text
    return labels


def _span_with_dates(search: Search, span: Span, today: dt.date, language: str) -> str:
    """The dates stand beside the name, so that nobody has to guess when the break is."""
    first, last = search.days(today)
    name = _span_name(span, today, language)
    return f"{name}, {words.span_of_days(language, first, last)}" if first and last and first < last else name


@lru_cache(64)
def _span_name(span: Span, today: dt.date, language: str) -> str:
    """What a span is called; the break by the name of the one that is going on or comes next."""
    with force_locale(language):
        if span is Span.TODAY:
            return gettext("Today")
        if span is Span.WEEKEND:
            return gettext("This weekend")
        return gettext(BREAKS[holidays.school_break(today).name])


@lru_cache(8)
def place_groups(known: Atlas, language: str) -> list[tuple[str, list[Label]]]:
    """The places by sort ("libraries", "online", "villages"), as a form offers them. Kept with the atlas, which
    itself is kept until a place changes."""
    bus, online = Choice(BUS, "", "bus"), Choice(ONLINE, "", "online")
    groups = (("libraries", known.libraries), ("online", [online]), ("villages", [bus, *known.villages]))
    return [(key, [(choice.value, place_label(choice, language)) for choice in choices]) for key, choices in groups]


def place_label(choice: Choice, language: str) -> str:
    """What a choice of place is called."""
    if choice.name:
        return choice.name
    with force_locale(language):
        return {"bus": gettext("The bokbuss, all stops"), "online": gettext("Online")}[choice.word]


def age_choices(chosen: int | None, language: str) -> list[Label]:
    """The ages that a form offers, and the chosen one if it is none of them."""
    if chosen is None:
        return _ages(language)
    return _with(_ages(language), str(chosen), words.age_span(language, chosen, chosen))


@lru_cache(8)
def _ages(language: str) -> list[Label]:
    return [(str(age), words.age_span(language, age, age)) for age in AGES]


@lru_cache(8)
def _kinds(language: str) -> list[Label]:
    with force_locale(language):
        return [(kind.value, gettext(word)) for kind, word in KINDS.items()]


@lru_cache(64)
def _languages(codes: tuple[str, ...], language: str) -> list[Label]:
    named = [(code, words.upper_first(language_name(code, language))) for code in codes]
    return sorted(named, key=lambda label: sort_key(label[1]))


def _with(choices: list[Label], value: str | None, label: str | None) -> list[Label]:
    """The choices, and the chosen one if it is none of them: what is filtered by must stand in the bar."""
    if not value or not label or any(value == known for known, _ in choices):
        return choices
    return [*choices, (value, label)]
