"""Calendars that anybody may subscribe to, and files to download once. Public: no session, no cookie."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial, wraps
from typing import ParamSpec, TypeVar

from flask import Blueprint, Response, abort, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from booking import settings
from booking.accounts.current import current_act
from booking.accounts.guards import holds_link, opens, public
from booking.accounts.rules import Purpose
from booking.bookings import queries as bookings
from booking.bookings.rules import entry_sequence, entry_uid
from booking.calendars import queries
from booking.calendars.rules import Words, event_of, event_of_opening
from booking.kernel import clock
from booking.kernel.ical import Calendar, Event, calendar_bytes, event_bytes
from booking.places.models import Place
from booking.programme.queries import BUS, ONLINE, Area, Search, place_url, read
from booking.programme.rules import ActivityKind
from booking.web import filters
from booking.web.errors import DATABASE_AWAY, RETRY_SECONDS, log_without_values
from booking.web.language import PREFIXES, current_language
from booking.web.texts import gettext

P = ParamSpec("P")
R = TypeVar("R")

bp = Blueprint("calendars", __name__)

# Asked again each time, so that a change shows at the next request. Outlook cannot subscribe to what a proxy zips.
CACHE = "public, no-cache, no-transform"
# A date alone tells changes apart by the second, and a verb may take a moment from its "now" to its commit.
SETTLED = dt.timedelta(seconds=2)
MAX_ID = 2**63 - 1
# How long before a meeting a family's own file rings: time to leave the house.
ALARM_MINUTES = 120


def whole_or_nothing(view: Callable[P, R]) -> Callable[P, R]:
    """Whatever goes wrong is 503, so that programs keep what they have: a short or empty answer would wipe a phone."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return view(*args, **kwargs)
        except (HTTPException, *DATABASE_AWAY):
            raise
        except Exception as fault:
            log_without_values(fault)
            raise ServiceUnavailable(retry_after=RETRY_SECONDS) from fault

    return guarded


@bp.get("/pass.ics")
@public
@whole_or_nothing
def slots() -> ResponseReturnValue:
    """The list of workshops as a calendar, with the same filters in the query.

    Page and layout do not count, nor do `lediga` and `nar`: a slot that fills up, or a week that turns, would take an
    entry from the calendar of a family that is coming, and what was called off would vanish instead of saying so.
    """
    now, language = current_act().now, current_language()
    search = read(request.args).search.followed()
    area = queries.area(search, today=clock.local_day(now)) if search.where else None
    if search.where and area is None:
        abort(404)
    feed = queries.of_search(search, area, language=language, now=now)
    query = search.query()
    url = f"{_site()}/pass{'?' if query else ''}{query}"
    return _feed(feed, name=_name_of(search, area), url=url, filename="pass.ics")


@bp.get("/bibliotek/<slug>.ics")
@public
@whole_or_nothing
def library(slug: str) -> ResponseReturnValue:
    """What happens at a library, all of it."""
    return _place(queries.library(slug) or abort(404))


@bp.get("/bokbussen/<slug>.ics")
@public
@whole_or_nothing
def stop(slug: str) -> ResponseReturnValue:
    """What happens at a stop of the bokbuss, all of it."""
    return _place(queries.stop(slug) or abort(404))


@bp.get(f"/pass/<int(max={MAX_ID}):number>.ics")
@public
@whole_or_nothing
def slot(number: int) -> ResponseReturnValue:
    """One slot with all its meetings, to download once."""
    feed = queries.of_slot(number, language=current_language(), now=current_act().now) or abort(404)
    words = _words()
    once = Calendar(name=feed.entries[0].title, url=f"{words.site}/pass/{number}", refresh=None)
    events = (event_of(entry, words) for entry in feed.entries)
    return _answer(once, events, changed_at=feed.changed_at, filename=f"pass-{number}.ics")


@bp.get(f"/pass/<int(max={MAX_ID}):number>/oppnar.ics")
@public
@whole_or_nothing
def opening(number: int) -> ResponseReturnValue:
    """The moment when booking of a slot opens, with an alarm, to download once."""
    found = queries.opening(number, language=current_language()) or abort(404)
    words = _words()
    once = Calendar(name=f"{words.opening}: {found.title}", url=f"{words.site}/pass/{number}", refresh=None)
    event = event_of_opening(found, words)
    return _answer(once, [event], changed_at=found.changed_at, filename=f"pass-{number}-oppnar.ics")


@bp.get("/bokning/<ref>.ics")
@holds_link(Purpose.MANAGE, Purpose.MINE)
@whole_or_nothing
def booking(ref: str) -> ResponseReturnValue:
    """A family's booking as a calendar file: entries of its own, an alarm, and nothing that tells who they are."""
    found = bookings.for_calendar(ref) or abort(404)
    if not found.is_live or not opens(g.links, ref=ref, address_key=found.address_key):
        abort(404)
    feed = queries.of_slot(found.slot_id, language=current_language(), now=current_act().now) or abort(404)
    words = _words()
    once = Calendar(name=feed.entries[0].title, url=f"{words.site}/pass/{found.slot_id}", refresh=None)
    events = [
        replace(
            event,
            uid=entry_uid(found.uid, event.uid),
            sequence=entry_sequence(found.sequence, event.sequence),
            alarm_minutes=ALARM_MINUTES,
        )
        for event in (event_of(entry, words) for entry in feed.entries)
    ]
    return _answer(once, events, changed_at=feed.changed_at, filename=f"bokning-{ref}.ics")


def _place(place: Place) -> Response:
    feed = queries.of_place(place.id, language=current_language(), now=current_act().now)
    name = filters.place_words(current_language(), place.name, place.kind)
    url = place_url(place.kind, place.slug, _site())
    return _feed(feed, name=name, url=url, filename=f"{place.slug}.ics")


def _feed(feed: queries.Feed, *, name: str, url: str, filename: str) -> Response:
    words = _words()
    named = f"{name} – {settings.current().organisation_name}"
    events = (event_of(entry, words) for entry in feed.entries)
    return _answer(Calendar(name=named, url=url), events, changed_at=feed.changed_at, filename=filename)


def _answer(calendar: Calendar, events: Iterable[Event], *, changed_at: dt.datetime | None, filename: str) -> Response:
    """The calendar, or 304 for who has these very bytes (requirement J9). Nothing is sent before all of it is made."""
    body = calendar_bytes(calendar, [event_bytes(event) for event in events])
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{filename}"'
    response.headers["Cache-Control"] = CACHE
    response.set_etag(hashlib.blake2b(body, digest_size=16).hexdigest())
    if changed_at:
        response.last_modified = min(changed_at, current_act().now - SETTLED)
    response.make_conditional(request)
    return response


def _site() -> str:
    """What this language's addresses begin with. From the settings, never from the request's Host (requirement G7)."""
    return settings.current().base_url.rstrip("/") + PREFIXES.get(current_language(), "")


def _words() -> Words:
    language = current_language()
    return Words(
        site=_site(),
        called_off=gettext("CALLED OFF"),
        opening=gettext("Booking opens"),
        adult_stays=gettext("An adult stays with the child"),
        bring=gettext("Bring"),
        drop_in=gettext("Drop in: come when it suits you, no booking is needed."),
        group=gettext("For a booked group"),
        book=gettext("Read more and book"),
        read=gettext("Read more"),
        kinds={
            ActivityKind.WORKSHOP: gettext("Workshop"),
            ActivityKind.COURSE: gettext("Course"),
            ActivityKind.LECTURE: gettext("Lecture"),
            ActivityKind.SEMINAR: gettext("Seminar"),
        },
        ages=partial(filters.age_span, language),
        place=partial(filters.place_words, language),
    )


def _name_of(search: Search, area: Area | None) -> str:
    """What a calendar program lists the feed as: the filters that a reader knows by sight, else "All workshops"."""
    age = filters.age_span(current_language(), search.age, search.age) if search.age is not None else ""
    pieces = [piece for piece in (_area_words(area), age, search.text) if piece]
    return " · ".join(pieces) or (gettext("Workshops") if search.filters() else gettext("All workshops"))


def _area_words(area: Area | None) -> str:
    if area is None:
        return ""
    return {BUS: gettext("The bokbuss"), ONLINE: gettext("Online")}.get(area.choice.value, area.choice.name)
