"""Feeds that anybody may follow. Public: no session, no cookie.

A feed that was made is kept in the process's memory until its tables or the time say that it may be another one; every
request asks the database for the one number that tells (`queries.revision`), so processes need not know of each other.
What it was made of, a piece for each meeting, is kept by everything that it says: such a piece cannot be old.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from urllib.parse import parse_qsl, urlencode

from flask import Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from booking import settings
from booking.accounts.current import current_act
from booking.accounts.guards import public
from booking.calendars import queries
from booking.calendars.queries import Followed
from booking.calendars.rules import (
    ATOM,
    ICS,
    JSON,
    MOST_ENTRIES,
    Entry,
    Head,
    Window,
    Words,
    Writing,
    fits,
    from_today,
    leaves_at,
    whole_days,
    window,
)
from booking.calendars.views.blueprint import Body, answer, bp, tagged, whole_or_nothing
from booking.calendars.views.speaking import name_of, site, words
from booking.kernel import clock
from booking.kernel.kept import Kept
from booking.programme.queries import Search, place_url, read
from booking.web import filters
from booking.web.language import current_language
from booking.web.texts import gettext

FEED_BYTES = 8_000_000
PIECES = 4_096
"""How much one process keeps, at most twice over: feeds by their bytes, pieces of a kilobyte or two by their number."""

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Memory:
    """What this process keeps. Keys hold the writing's ending and the language; a piece's holds the whole entry."""

    feeds: Kept[tuple[Hashable, ...], Made] = field(default_factory=lambda: Kept(FEED_BYTES))
    pieces: Kept[tuple[str, str, Entry], bytes] = field(default_factory=lambda: Kept(PIECES))


@dataclass(frozen=True)
class Made:
    """A feed as it was made, and how long it is what it would be if it were made anew."""

    body: Body
    revision: int
    since: dt.datetime | None
    until: dt.datetime | None

    def holds(self, revision: int, now: dt.datetime) -> bool:
        """Whether nothing was written, and no meeting came or went by itself, between its making and `now`."""
        if revision != self.revision or (self.since and now <= self.since):
            return False
        return self.until is None or now <= self.until


@dataclass(frozen=True)
class Source:
    """Where a feed comes from: its name, the page of the same list, its own address, and what reads its entries."""

    name: str
    url: str
    feed_url: str
    read: Callable[..., list[Entry]]


def init_app(app: Flask) -> None:
    """Give the process its memory of feeds."""
    app.extensions["kodplats.feeds"] = Memory()


@bp.get("/pass.ics")
@public
@whole_or_nothing
def slots() -> ResponseReturnValue:
    """The list of workshops as a calendar, with the same filters in the query.

    Page and layout do not count, nor do `lediga` and `nar`: a slot that fills up, or a week that turns, would take an
    entry from the calendar of a family that is coming, and what was called off would vanish instead of saying so.
    """
    return _list(ICS)


@bp.get("/pass.atom")
@public
@whole_or_nothing
def slots_as_atom() -> ResponseReturnValue:
    """The same list for feed readers."""
    return _list(ATOM)


@bp.get("/pass.json")
@public
@whole_or_nothing
def slots_as_json() -> ResponseReturnValue:
    """The same list for programs."""
    return _list(JSON)


@bp.get("/bibliotek/<slug>.ics")
@public
@whole_or_nothing
def library(slug: str) -> ResponseReturnValue:
    """What happens at a library, all of it."""
    return _feed(ICS, ("library", slug), lambda: of_place(queries.library(slug)), filename=slug)


@bp.get("/bokbussen/<slug>.ics")
@public
@whole_or_nothing
def stop(slug: str) -> ResponseReturnValue:
    """What happens at a stop of the bokbuss, all of it."""
    return _feed(ICS, ("stop", slug), lambda: of_place(queries.stop(slug)), filename=slug)


@bp.get("/aktivitet/<slug>.ics")
@public
@whole_or_nothing
def activity(slug: str) -> ResponseReturnValue:
    """Where and when one workshop is held."""
    return _feed(ICS, ("activity", slug), lambda: of_activity(slug), filename=slug)


def _list(writing: Writing) -> Response:
    search = _search(request.query_string)
    return _feed(writing, ("list", search), lambda: of_search(search, writing), filename="pass")


@lru_cache(1024)
def _search(query: bytes) -> Search:
    """A query string as a search to follow. Whoever polls sends the same one each time."""
    return read(MultiDict(parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True))).search.followed()


def of_search(search: Search, writing: Writing) -> Source:
    area = queries.area(search) if search.where else None
    if search.where and area is None:
        abort(404)
    query = f"?{search.query()}" if search.query() else ""
    return Source(
        name=name_of(search, area),
        url=f"{site()}/pass{query}",
        feed_url=f"{site()}/pass.{writing.ending}{query}",
        read=partial(queries.of_search, search, area),
    )


def of_place(place: Followed | None) -> Source:
    if place is None or place.kind is None:
        abort(404)
    name = filters.place_words(current_language(), place.name, place.kind)
    url = place_url(place.kind, place.slug, site())
    return Source(name=name, url=url, feed_url=f"{url}.ics", read=partial(queries.of_place, place.id))


def of_activity(slug: str) -> Source:
    found = queries.activity(slug, language=current_language()) or abort(404)
    return Source(
        name=found.name,
        url=f"{site()}/pass?{urlencode({'q': found.name})}",
        feed_url=f"{site()}/aktivitet/{found.slug}.ics",
        read=partial(queries.of_activity, found.id),
    )


# ---- making and keeping ----


def _feed(writing: Writing, subject: tuple[Hashable, ...], source: Callable[[], Source], *, filename: str) -> Response:
    """The kept feed where it still holds, which one small query tells; else a new one, in four queries at most."""
    memory: Memory = current_app.extensions["kodplats.feeds"]
    now = current_act().now
    key = (writing.ending, current_language(), *subject)
    # First the number, then what is shown: what changes in between is then newer than we say, never older.
    revision = queries.revision()
    made = memory.feeds.get(key)
    if made is None or not made.holds(revision, now):
        made = make(source(), writing, revision=revision, now=now, pieces=memory.pieces)
        memory.feeds.put(key, made, size=len(made.body.content))
    return answer(made.body, media_type=writing.media_type, filename=f"{filename}.{writing.ending}")


def make(
    source: Source, writing: Writing, *, revision: int, now: dt.datetime, pieces: Kept[tuple[str, str, Entry], bytes]
) -> Made:
    """A feed as it is at `now`. Two queries; a third where there is more than a feed can hold."""
    edges = queries.edges(now)
    read = partial(source.read, language=current_language(), limit=MOST_ENTRIES + 1)
    span = window(now)
    entries = read(span=span)
    written = written_pieces(entries, writing, pieces)
    until = [edges.enters_at] if edges.enters_at else []
    until += [leaves_at(entry) for entry in entries]
    note = ""
    if not fits(written):
        entries, written = _what_fits(entries, from_today(span, now=now), read, writing, pieces)
        # The last instant of today: what is shown begins with today's.
        until.append(clock.day_start(clock.local_day(now) + _DAY) - dt.timedelta.resolution)
        last = filters.day_date(current_language(), clock.local_day(entries[-1].starts_at))
        note = gettext("There is more than a calendar can hold, so this one ends on %(day)s.", day=last)
    body = writing.whole(_head(source, note, entries), written)
    return Made(tagged(body, changed_at=edges.changed_at), revision, edges.passed_at, min(until, default=None))


def _what_fits(
    entries: list[Entry],
    span: Window,
    read: Callable[..., list[Entry]],
    writing: Writing,
    pieces: Kept[tuple[str, str, Entry], bytes],
) -> tuple[list[Entry], list[bytes]]:
    """What is left of too many entries: none that was held before today, then the first days of the rest.

    Whoever plans needs what is near; nothing else is shortened, and the feed says where it ends.
    """
    if len(entries) > MOST_ENTRIES:
        entries = read(span=span)
    entries = [entry for entry in entries if entry.starts_at >= span.since]
    written = written_pieces(entries, writing, pieces)
    count = len(entries) if fits(written) else whole_days(entries, written)
    return entries[:count], written[:count]


def written_pieces(
    entries: Sequence[Entry], writing: Writing, pieces: Kept[tuple[str, str, Entry], bytes]
) -> list[bytes]:
    """A piece for each entry, kept or new."""
    said: Words = words()
    language, ending, write = current_language(), writing.ending, writing.piece
    found = []
    for entry in entries:
        key = (ending, language, entry)
        piece = pieces.get(key)
        if piece is None:
            piece = write(entry, said)
            pieces.put(key, piece)
        found.append(piece)
    return found


def _head(source: Source, note: str, entries: Sequence[Entry]) -> Head:
    return Head(
        name=source.name,
        note=note,
        url=source.url,
        feed_url=source.feed_url,
        organisation=settings.current().organisation_name,
        language=current_language(),
        changed_at=max((entry.changed_at for entry in entries), default=None),
    )
