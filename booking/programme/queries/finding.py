"""The slots that a search finds, as rows for lists: plain tuples, never entities.

A slot with several meetings stands once, at its first meeting that has not ended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from babel import Locale
from babel.lists import format_list
from sqlalchemy import ColumnElement, Select, select

from booking.places.rules import PlaceKind
from booking.programme.queries import statement
from booking.programme.queries.places import Area
from booking.programme.queries.search import BARE, Search, bare
from booking.programme.queries.statement import Shape
from booking.programme.rules import PublicState, Step, next_step, public_state
from booking.store.engine import session

PAGE = 50


class Reader(NamedTuple):
    """For whom rows are made: the language, and what stands before every address of the site in it ("/en" or "")."""

    language: str
    root: str


class SlotRow(NamedTuple):
    """A slot as a list shows it. Times UTC, of the first meeting that has not ended; `queued` counts parties.

    `language_note` is None where only Swedish is spoken, `opens_at` once booking has opened.
    """

    id: int
    url: str
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    age_min: int | None
    age_max: int | None
    place_name: str
    place_kind: PlaceKind
    is_online: bool
    language_note: str | None
    meeting_count: int
    sign: str
    state: PublicState
    free: int
    queued: int
    opens_at: dt.datetime | None
    step_url: str
    step_label_key: Step


class Found(NamedTuple):
    """Rows in order, and how many there are on all pages together."""

    rows: list[SlotRow]
    total: int
    page: int = 1


def find(search: Search, *, area: Area | None, now: dt.datetime, reader: Reader, limit: int | None = PAGE) -> Found:
    """Slots that `search` finds and that have not ended, soonest first, then by number: the page of the search.

    `area` is what the search's `where` stands for. `limit` None: all of them, for a week or a day. One query; three
    when the page lies after the last one, which then is given instead.
    """
    shaped = statement.rows(statement.shape_of(search, area), reader.language, is_cut=limit is not None)
    values = statement.values_of(search, area, now=now)
    if limit is None:
        return _found(shaped, values, reader)
    found = _found(shaped, {**values, **_cut(search.page, limit)}, reader)
    if found.rows or search.page == 1:
        return found._replace(page=search.page)
    total = count(search, area=area, now=now)
    if not total:
        return found
    last = -(-total // limit)
    return _found(shaped, {**values, **_cut(last, limit)}, reader)._replace(page=last)


def count(search: Search, *, area: Area | None, now: dt.datetime) -> int:
    """How many slots `search` finds. One query."""
    counting = statement.number(statement.shape_of(search, area))
    return session().execute(counting, statement.values_of(search, area, now=now)).scalar_one()


def count_without(
    search: Search, choices: Sequence[Sequence[str]], *, area: Area | None, now: dt.datetime
) -> list[int]:
    """How many slots there would be without the filters, called as in the address, of each choice. One query."""
    if not choices:
        return []
    numbers = []
    for at, names in enumerate(choices):
        less = search.without(*names)
        shape = statement.shape_of(less, area if less.where else None)
        numbers.append(statement.number(shape).scalar_subquery().label(f"choice{at}"))
    return list(session().execute(select(*numbers), statement.values_of(search, area, now=now)).one())


def spelling(search: Search, *, area: Area | None, now: dt.datetime) -> str:
    """The words of `search` as the soonest slot spells them that has them when å, ä and ö count as a and o.

    "" when there is no such slot. At most one query.
    """
    plain = search.bare()
    if not set(plain.text) & set(BARE.values()):
        return ""
    shape = statement.shape_of(plain, area)._replace(is_bare=True)
    found = session().execute(statement.keys(shape), statement.values_of(plain, area, now=now)).first()
    if not found:
        return ""
    of_activity, of_place = found
    return " ".join(_spelled(word, of_activity, of_place) for word in plain.words)


def _spelled(word: str, *keys: str) -> str:
    """A bare word as the first of the texts that has it spells it."""
    places = ((key, bare(key).find(word)) for key in keys)
    return next((key[at : at + len(word)] for key, at in places if at >= 0), word)


def siblings(slot_id: int, activity_id: int, *, now: dt.datetime, reader: Reader, limit: int) -> list[SlotRow]:
    """Other slots of the same activity that are coming and go ahead, soonest first. One query."""
    shaped = statement.rows(Shape(siblings=True), reader.language, is_cut=True)
    values = {"now": now, "activity": activity_id, "other_than": slot_id, **_cut(1, limit)}
    return _found(shaped, values, reader).rows


def slot_rows(numbers: Collection[int], *, now: dt.datetime, reader: Reader) -> list[SlotRow]:
    """The slots with these numbers that are no drafts, whatever their time and kind, soonest first. One query."""
    shaped = statement.rows(Shape(numbers=True), reader.language, is_cut=False)
    return _found(shaped, {"now": now, "numbers": list(numbers)}, reader).rows if numbers else []


def next_of_each(place_ids: Sequence[int], *, now: dt.datetime, reader: Reader) -> dict[int, SlotRow]:
    """The soonest coming slot that goes ahead at each place that has one, by the place's number. One query."""
    shaped = statement.rows(Shape(area="places", one_per_place=True), reader.language, is_cut=False)
    raws = _one_per_slot(session().execute(shaped, {"now": now, "places": place_ids}).all())
    return {raw[_PLACE_ID]: _row(raw, now, reader) for raw in raws}


def conditions(search: Search, area: Area | None) -> list[ColumnElement[bool]]:
    """What a search asks of slots, activities and places, which the statement joins.

    For lists of meetings, such as the feeds: the search's days, `free_only` and page are left to them, and `is_public`.
    """
    values = statement.asked_values(search, area)
    return [asked.params(values) for asked in statement.asked(statement.shape_of(search, area))]


@lru_cache(256)
def language_note(codes: str, language: str) -> str | None:
    """The languages spoken, named in `language`: "svenska och arabiska" for "sv,ar"; None where it is Swedish alone."""
    spoken = [code.strip() for code in codes.split(",") if code.strip()]
    if spoken in ([], ["sv"]):
        return None
    return format_list([language_name(code, language) for code in spoken], locale=Locale.parse(language))


@lru_cache(256)
def language_name(code: str, language: str) -> str:
    """What a language is called in another: "arabiska" for "ar" in Swedish; the code itself where nobody knows it."""
    return str(Locale.parse(language).languages.get(code, code))


def is_language(code: str) -> bool:
    """Whether a code, or what stands before its first hyphen, is a language's: "fi" and "zh-hant", not "xx"."""
    return code.partition("-")[0] in Locale("en").languages


_PLACE_ID = 16


def _cut(page: int, limit: int) -> dict[str, int]:
    return {"limit": limit, "offset": (page - 1) * limit}


def _found(shaped: Select[Any], values: dict[str, Any], reader: Reader) -> Found:
    raws = _one_per_slot(session().execute(shaped, values).all())
    return Found([_row(raw, values["now"], reader) for raw in raws], raws[0][1] if raws else 0)


def _one_per_slot(raws: Iterable[Any]) -> list[Any]:
    """The pools of a slot as one: seats, seated and queued added up, the queue unlimited if one of them is."""
    merged: list[Any] = []
    last = None
    for raw in raws:
        number = raw[0]
        if number == last:
            merged[-1] = _add_pools(merged[-1], raw)
        else:
            merged.append(raw)
        last = number
    return merged


def _add_pools(one: Any, other: Any) -> Any:
    *rest, seats, seated, queued, limit = one
    both = None if limit is None or other[-1] is None else limit + other[-1]
    return (*rest, seats + other[-4], seated + other[-3], queued + other[-2], both)


def _row(raw: Any, now: dt.datetime, reader: Reader) -> SlotRow:
    (
        number, _, shown_at, shown_until, starts_at, ends_at, opens_at, closes_at, stored, admission, age_min, age_max,
        languages, is_online, title, sign, _, place_name, place_kind, meetings, seats, seated, queued, queue_limit,
    ) = raw  # fmt: skip
    state = public_state(
        state=stored,
        admission=admission,
        starts_at=starts_at,
        ends_at=ends_at,
        opens_at=opens_at,
        closes_at=closes_at,
        seats=seats,
        seated=seated,
        queued=queued,
        queue_limit=queue_limit,
        now=now,
    )
    step = next_step(state)
    url = f"{reader.root}/pass/{number}"
    return SlotRow(
        number,
        url,
        title,
        shown_at,
        shown_until,
        age_min,
        age_max,
        place_name,
        place_kind,
        is_online,
        language_note(languages, reader.language),
        meetings,
        sign,
        state,
        max(seats - seated, 0),
        queued,
        opens_at if opens_at > now else None,
        f"{url}/bokning" if step in (Step.BOOK, Step.QUEUE) else url,
        step,
    )
