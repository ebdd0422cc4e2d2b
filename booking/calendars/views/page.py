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
from booking.kernel.sorting import sort_key
from booking.places.rules import PlaceKind
from booking.programme.queries import BUS, read
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


class Part(NamedTuple):
    """Calendars that stand under one word: a village's stops; "" for a group without such."""

    village: str
    calendars: list[Listed]


class Group(NamedTuple):
    """Calendars of one sort."""

    id: str
    name: str
    parts: list[Part]
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
    """Libraries, stops by village, activities; and first, unless somebody looks for one, what holds several."""
    stops = sorted((each for each in found if each.kind is PlaceKind.STOP), key=lambda each: sort_key(each.locality))
    libraries = [each for each in found if each.kind and each.kind is not PlaceKind.STOP]
    activities = [each for each in found if each.kind is None]
    villages = [Part(name, _listed(these)) for name, these in groupby(stops, key=lambda each: each.locality)]
    groups = [
        Group("bibliotek", gettext("Libraries"), _whole(libraries), is_open=True),
        Group("hallplatser", gettext("Stops of the bokbuss"), villages, is_open=is_search),
        Group("aktiviteter", gettext("Workshops by title"), _whole(activities), is_open=is_search),
    ]
    if not is_search:
        several = [
            Listed(gettext("All workshops"), _here(), sum(each.coming for each in found if each.kind)),
            Listed(gettext("The bokbuss, all stops"), _here(var=BUS), sum(each.coming for each in stops)),
        ]
        groups.insert(0, Group("flera", gettext("Several places together"), [Part("", several)], is_open=True))
    return [group for group in groups if group.parts]


def _whole(found: list[Calendar]) -> list[Part]:
    return [Part("", _listed(found))] if found else []


def _listed(found: Iterable[Calendar]) -> list[Listed]:
    return [Listed(each.name, _here(**_choice(each)), each.coming) for each in found]


def _choice(calendar: Calendar) -> dict[str, str]:
    return {"plats" if calendar.kind else "aktivitet": calendar.slug}


def _here(**chosen: str) -> str:
    query = urlencode(chosen)
    return f"{request.script_root}/kalendrar{'?' if query else ''}{query}"
