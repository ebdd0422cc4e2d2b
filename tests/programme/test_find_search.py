"""What a query string means, without a database: everything gives a search, and nothing is misread in silence."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from booking.programme.queries import Kind, Search, Span, View, read
from booking.programme.queries.search import LAST_PAGE

EVERY_NAME = ("var", "alder", "nar", "fran", "till", "typ", "sprak", "lediga", "q", "sida", "vy")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {}),
        ("var=ahus", {"where": "ahus"}),
        ("var=Norra+%C3%85sum", {"where": "Norra Åsum"}),
        ("alder=0", {"age": 0}),
        ("alder=%D9%A7", {"age": 7}),
        ("nar=helgen", {"on": Span.WEEKEND}),
        ("nar=LOVET", {"on": Span.BREAK}),
        ("fran=2026-12-01&till=2026-12-05", {"from_on": day("2026-12-01"), "to_on": day("2026-12-05")}),
        ("typ=robotar", {"kind": Kind.ROBOTS}),
        ("sprak=ar", {"language": "ar"}),
        ("lediga=1", {"free_only": True}),
        ("lediga=0", {}),
        ("q=+robot+%C3%85hus+", {"text": "robot Åhus"}),
        ("sida=3&vy=lista", {"page": 3}),
        ("sida=0", {}),
        ("vy=vecka", {"view": View.WEEK}),
        ("alder=7&alder=7", {"age": 7}),
        ("role=admin&status=draft", {}),
    ],
)
def test_a_query_is_understood(query: str, expected: dict[str, Any]) -> None:
    search, problems = read(MultiDict(parse_qsl(query)))

    assert search == Search(**expected)
    assert problems == ()


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({"alder": "-1"}, {}),
        ({"alder": "7.5"}, {}),
        ({"alder": "7e1"}, {}),
        ({"alder": "7år"}, {}),
        ({"alder": "100"}, {}),
        ({"alder": "999999999999"}, {}),
        ({"fran": "2026-02-30"}, {}),
        ({"fran": "0001-01-01"}, {}),
        ({"till": "9999-12-31"}, {}),
        ({"till": "i morgon"}, {}),
        ({"nar": "snart"}, {}),
        ({"typ": "bus; DROP TABLE slots"}, {}),
        ({"vy": "karta"}, {}),
        ({"sprak": "svenska!"}, {}),
        ({"fran": "2026-12-05", "till": "2026-12-01"}, {"from_on": day("2026-12-01"), "to_on": day("2026-12-05")}),
        ({"nar": "idag", "fran": "2026-12-01"}, {"from_on": day("2026-12-01")}),
        ({"alder": ["7", "8"]}, {"age": 7}),
        ({"q": "ab " * 40}, {"text": ("ab " * 40)[:80].strip()}),
    ],
)
def test_what_cannot_be_used_is_left_out_or_put_right_and_said(query: dict[str, Any], left: dict[str, Any]) -> None:
    search, problems = read(MultiDict(query))

    assert search == Search(**left)
    assert len(problems) == 1


@pytest.mark.parametrize("sign", ["\x00", "\ud800", "\u202e", "\r\n", "\u2028", "\ufeff"])
def test_signs_that_no_database_takes_never_get_past_the_reading(sign: str) -> None:
    search, _ = read(MultiDict(dict.fromkeys(EVERY_NAME, f"a{sign}b")))

    assert search.text == search.where == "a b"
    assert search.words == ("a", "b")


def test_a_megabyte_of_text_costs_nothing() -> None:
    search, _ = read(MultiDict(dict.fromkeys(EVERY_NAME, "x" * 1_000_000)))

    assert search == Search(text="x" * 80)


def test_words_are_folded_and_no_more_than_eight_are_asked_for() -> None:
    search, _ = read(MultiDict({"q": "ÅHUS Straße " + "a b c d e f g h"}))

    assert search.words == ("åhus", "strasse", "a", "b", "c", "d", "e", "f")


SEARCHES = st.builds(
    Search,
    where=st.sampled_from(["", "ahus", "Norra Åsum", "bokbussen", "online"]),
    age=st.none() | st.integers(0, 99),
    from_on=st.none() | st.dates(day("2026-01-01"), day("2026-06-30")),
    to_on=st.none() | st.dates(day("2026-07-01"), day("2099-12-31")),
    kind=st.none() | st.sampled_from(Kind),
    language=st.sampled_from(["", "sv", "ar", "zh-hant"]),
    free_only=st.booleans(),
    text=st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=80),
    page=st.integers(1, LAST_PAGE),
    view=st.sampled_from(View),
)


@given(SEARCHES)
def test_a_search_reads_back_from_its_own_query(search: Search) -> None:
    again, problems = read(MultiDict(parse_qsl(search.query(), keep_blank_values=True)))

    assert again == search
    assert problems == ()


def test_who_follows_a_search_follows_neither_free_seats_nor_a_span_nor_a_page() -> None:
    search = Search(where="ahus", age=7, on=Span.WEEKEND, free_only=True, page=3, view=View.DAY, text="robot")

    assert search.followed() == Search(where="ahus", age=7, text="robot")


def test_the_query_of_everything_is_empty() -> None:
    assert Search().query() == ""


def test_one_filter_less_begins_again_on_the_first_page() -> None:
    search = Search(where="ahus", age=7, page=3, view=View.WEEK)

    assert search.without("var") == Search(age=7, view=View.WEEK)
    assert search.without("alder").query() == "var=ahus&vy=vecka"


@pytest.mark.parametrize(
    ("search", "today", "first", "last"),
    [
        (Search(), "2026-11-23", None, None),
        (Search(on=Span.TODAY), "2026-11-23", "2026-11-23", "2026-11-23"),
        (Search(on=Span.WEEKEND), "2026-11-23", "2026-11-28", "2026-11-29"),
        (Search(on=Span.WEEKEND), "2026-11-29", "2026-11-28", "2026-11-29"),
        (Search(on=Span.WEEKEND), "2027-01-01", "2027-01-02", "2027-01-03"),
        (Search(on=Span.BREAK), "2026-11-23", "2026-12-19", "2027-01-12"),
        (Search(on=Span.BREAK), "2027-01-05", "2026-12-19", "2027-01-12"),
        (Search(from_on=day("2026-12-01")), "2026-11-23", "2026-12-01", None),
    ],
)
def test_the_days_are_understood_from_today(search: Search, today: str, first: str | None, last: str | None) -> None:
    days = search.days(day(today))

    assert [str(found) if found else None for found in days] == [first, last]
