"""The page that lists every public calendar and tells how to follow one (requirement J14)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlencode

from flask import render_template, request
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import public
from booking.calendars import queries
from booking.calendars.queries import Calendar
from booking.calendars.rules import ICS
from booking.calendars.views import feeds
from booking.calendars.views.blueprint import bp
from booking.calendars.views.feeds import Source
from booking.calendars.views.speaking import site
from booking.places.rules import PlaceKind
from booking.programme.queries import read
from booking.web.filters import place_words
from booking.web.language import current_language
from booking.web.texts import gettext

LOOKED_FOR_LENGTH = 80


class Chosen(NamedTuple):
    """The calendar that the page is about. `page_url` leads here with it chosen."""

    name: str
    feed_url: str
    webcal_url: str
    page_url: str


class Listed(NamedTuple):
    """A calendar in the list; `url` chooses it."""

    name: str
    url: str
    coming: int


class Group(NamedTuple):
    """Calendars of one sort, or of one village."""

    id: str
    name: str
    calendars: list[Listed]
    is_open: bool


@bp.get("/kalendrar")
@public
def page() -> ResponseReturnValue:
    """How to follow the calendar chosen in the address, and all the others.

    `plats` and `aktivitet` choose the calendar of one; any filter of the list chooses that list's; none: everything.
    `sok` looks for calendars by name or village.
    """
    source, query = _chosen()
    looked_for = " ".join(request.args.get("sok", "")[:LOOKED_FOR_LENGTH].split())
    chosen = Chosen(
        name=source.name,
        feed_url=source.feed_url,
        webcal_url="webcal:" + source.feed_url.partition(":")[2],
        page_url=f"{site()}/kalendrar{'?' if query else ''}{query}",
    )
    everything = queries.all_calendars(language=current_language(), now=current_act().now)
    groups = _groups([each for each in everything if each.is_called(looked_for)], is_search=bool(looked_for))
    return render_template(
        "calendars/page.html", chosen=chosen, is_usual=not query, groups=groups, looked_for=looked_for
    )


def _chosen() -> tuple[Source, str]:
    """Where the chosen calendar comes from, and the query that chooses it."""
    slug = request.args.get("plats", "")
    if slug:
        return feeds.of_place(queries.library(slug) or queries.stop(slug)), urlencode({"plats": slug})
    slug = request.args.get("aktivitet", "")
    if slug:
        return feeds.of_activity(slug), urlencode({"aktivitet": slug})
    search = read(request.args).search.followed()
    return feeds.of_search(search, ICS), search.query()


def _groups(found: list[Calendar], *, is_search: bool) -> list[Group]:
    """Libraries, activities and the villages of the stops; first, unless somebody looks for one, what holds several."""
    stops = [each for each in found if each.kind is PlaceKind.STOP]
    libraries = [each for each in found if each.kind and each.kind is not PlaceKind.STOP]
    activities = [each for each in found if each.kind is None]
    by_village = sorted(stops, key=lambda each: [stop.locality for stop in stops].index(each.locality))
    groups = [
        Group("bibliotek", gettext("Libraries"), [_listed(each) for each in libraries], is_open=True),
        Group("aktiviteter", gettext("Workshops by title"), [_listed(each) for each in activities], is_open=is_search),
        *(
            Group(f"by-{at}", name, [_listed(each) for each in of_village], is_open=is_search)
            for at, (name, of_village) in enumerate(groupby(by_village, key=lambda each: each.locality), 1)
        ),
    ]
    if not is_search:
        coming = sum(each.coming for each in found if each.kind)
        on_the_bus = sum(each.coming for each in stops)
        several = [
            Listed(gettext("All workshops"), "/kalendrar", coming),
            Listed(gettext("The bokbuss, all stops"), "/kalendrar?var=bokbussen", on_the_bus),
        ]
        groups.insert(0, Group("flera", gettext("Several places together"), _rooted(several), is_open=True))
    return [group for group in groups if group.calendars]


def _listed(calendar: Calendar) -> Listed:
    if calendar.kind is None:
        return Listed(calendar.name, _here(aktivitet=calendar.slug), calendar.coming)
    name = place_words(current_language(), calendar.name, calendar.kind)
    return Listed(name, _here(plats=calendar.slug), calendar.coming)


def _rooted(listed: Iterable[Listed]) -> list[Listed]:
    return [each._replace(url=request.script_root + each.url) for each in listed]


def _here(**chosen: str) -> str:
    return f"{request.script_root}/kalendrar?{urlencode(chosen)}"
