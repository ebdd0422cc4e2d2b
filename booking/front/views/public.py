"""The start, the libraries' and stops' pages, and what the site says about itself. Public: no session, no cookie."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from booking import settings
from booking.accounts.current import current_act
from booking.accounts.guards import public
from booking.front import queries
from booking.front.queries.texts import OwnText, own_text
from booking.front.rules import TextPage
from booking.front.views.blueprint import bp
from booking.kernel import clock
from booking.places.rules import LIBRARY_KINDS, PlaceKind
from booking.programme import queries as programme
from booking.programme.queries import Reader, Search, View
from booking.web.language import current_language

# When a person last went through the pages with the law in hand, and when the statement's words were changed.
ASSESSED_ON = dt.date(2026, 11, 23)
UPDATED_ON = dt.date(2026, 11, 23)


@bp.get("/")
@public
def start() -> ResponseReturnValue:
    """What is on, soonest first, under the hero; its links lead on to the list."""
    search, problems = programme.read(request.args)
    reading = programme.Reading(search.shown_as(View.LIST).on_page(search.page), problems)
    found = programme.listing(reading, site=_site(), now=current_act().now, reader=_reader())
    return render_template("front/start.html", **vars(found))


@bp.get("/bibliotek")
@public
def libraries() -> ResponseReturnValue:
    """The libraries that are open, each with its next slot."""
    now = current_act().now
    found = queries.libraries(today=clock.local_day(now), now=now, reader=_reader())
    return render_template("front/libraries.html", libraries=found, today=clock.local_day(now))


@bp.get("/bibliotek/<slug>")
@public
def library(slug: str) -> ResponseReturnValue:
    """One library, the lending station, the digital library or another venue, closed ones too."""
    return _place(slug, *LIBRARY_KINDS, PlaceKind.VENUE)


@bp.get("/bokbussen")
@public
def stops() -> ResponseReturnValue:
    """Every village where the bus stops."""
    now = current_act().now
    villages = queries.villages(now=now, reader=_reader())
    count = sum(len(village.stops) for village in villages)
    return render_template("front/stops.html", villages=villages, stop_count=count)


@bp.get("/bokbussen/<slug>")
@public
def stop(slug: str) -> ResponseReturnValue:
    """One stop: when the bus comes, and what happens on board."""
    return _place(slug, PlaceKind.STOP)


@bp.get("/om")
@public
def about() -> ResponseReturnValue:
    return _page("front/about.html", TextPage.ABOUT)


@bp.get("/tillganglighet")
@public
def accessibility() -> ResponseReturnValue:
    """The accessibility statement that the law asks for (requirement I6)."""
    own = own_text(TextPage.ACCESSIBILITY)
    written_on = clock.local_day(own.changed_at) if own.changed_at else UPDATED_ON
    return _page(
        "front/accessibility.html",
        TextPage.ACCESSIBILITY,
        own,
        assessed_on=ASSESSED_ON,
        updated_on=max(UPDATED_ON, written_on),
    )


@bp.get("/personuppgifter")
@public
def privacy() -> ResponseReturnValue:
    return _page("front/privacy.html", TextPage.PRIVACY)


def _page(template: str, page: TextPage, own: OwnText | None = None, **facts: Any) -> str:
    """A page with the organisation's own text, where it has written one, else with the shipped one. One query."""
    own = own_text(page) if own is None else own
    language = current_language()
    return render_template(
        template,
        own=own.blocks(language) if own.is_used else [],
        own_language=own.tongue(language),
        **facts,
    )


def _place(slug: str, *kinds: PlaceKind) -> ResponseReturnValue:
    now = current_act().now
    place = queries.place_page(slug, kinds, site=_site(), now=now, reader=_reader())
    if place is None:
        abort(404)
    return render_template(
        "front/place.html",
        place=place,
        opening_hours=[] if place.is_closed_on(clock.local_day(now)) else place.opening_hours,
        slots=place.slots,
        stop=place.stop,
        more_url=f"{request.script_root}/pass?{Search(where=place.slug).query()}",
        today=clock.local_day(now),
    )


def _reader() -> Reader:
    return Reader(current_language(), request.script_root)


def _site() -> str:
    """What public addresses begin with in this language. From the settings, never from the request's Host."""
    return settings.current().site(current_language())
