"""How feeds are asked for again: requirement J9."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from werkzeug.http import http_date

from booking.places import services as places
from booking.programme import services as programme
from booking.programme.rules import SlotState
from tests.calendars import world
from tests.calendars.conftest import Fetch
from tests.calendars.world import EARLIER, LATER, NOW, act, wall


def test_a_feed_is_a_calendar_that_anybody_may_keep_but_asks_for_again(fetch: Fetch) -> None:
    world.slot(world.activity(), world.place())

    response = fetch("/pass.ics", Accept_Encoding="gzip, br")

    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'inline; filename="pass.ics"'
    assert response.headers["Cache-Control"] == "public, no-cache, no-transform"
    assert response.headers["Last-Modified"] == http_date(EARLIER)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["ETag"].startswith('"')
    assert int(response.headers["Content-Length"]) == len(response.data)
    assert not {"Set-Cookie", "Vary", "Content-Encoding"} & set(response.headers.keys())


def test_head_says_the_same_without_the_calendar(fetch: Fetch) -> None:
    world.slot(world.activity(), world.place())

    whole, head = fetch("/pass.ics"), fetch("/pass.ics", method="HEAD")

    assert head.status_code == 200
    assert head.data == b""
    for name in ("Content-Type", "Content-Length", "ETag", "Last-Modified", "Cache-Control", "Content-Disposition"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize("path", ["/pass.ics", "/bibliotek/ahus.ics", "/pass/{id}.ics", "/pass/{id}/oppnar.ics"])
def test_other_methods_are_refused(sqlite_fetch: Fetch, path: str) -> None:
    slot = world.slot(world.activity(), world.place())

    answers = [sqlite_fetch(path.format(id=slot.id), method=method) for method in ("POST", "PUT", "PATCH", "DELETE")]

    assert [answer.status_code for answer in answers] == [405] * 4


@pytest.mark.parametrize("path", ["/pass.ics", "/bibliotek/ahus.ics", "/pass/{id}.ics", "/pass/{id}/oppnar.ics"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_has_these_bytes_gets_304(fetch: Fetch, path: str, method: str) -> None:
    path = path.format(id=world.slot(world.activity(), world.place()).id)
    first = fetch(path)
    etag, since = first.headers["ETag"], first.headers["Last-Modified"]
    old, new = http_date(EARLIER - dt.timedelta(days=1)), http_date(NOW)

    def answer(**headers: str) -> int:
        response = fetch(path, method=method, **headers)
        assert (response.data == b"") == (response.status_code == 304 or method == "HEAD")
        assert response.headers["ETag"] == etag
        return response.status_code

    assert answer(If_None_Match=etag) == 304
    assert answer(If_None_Match=f'"x", W/{etag}') == 304
    assert answer(If_None_Match="*") == 304
    assert answer(If_None_Match='"x"') == 200
    assert answer(If_Modified_Since=since) == 304
    assert answer(If_Modified_Since=new) == 304
    assert answer(If_Modified_Since=old) == 200
    assert answer(If_Modified_Since="yesterday") == 200
    assert answer(If_None_Match=etag, If_Modified_Since=old) == 304, "the tag decides when both are sent"
    assert answer(If_None_Match='"x"', If_Modified_Since=new) == 200


def _unpublish(slot: Any) -> None:
    world.change(slot, state=SlotState.DRAFT, changed_at=LATER)


def _rename(slot: Any) -> None:
    places.rename(slot.place_id, name="Åhus nya bibliotek", act=act(LATER))


def _call_off(slot: Any) -> None:
    programme.call_off(slot.id, reason_sv="Vattenläcka.", act=act(LATER))


def _one_more(slot: Any) -> None:
    world.slot(world.activity(), slot.place, wall(4), at=LATER)


def _move_away(slot: Any) -> None:
    there = world.place("hammar", name="Hammars bibliotek")
    world.change(world.meetings(slot)[0], place_id=there.id, changed_at=LATER)


@pytest.mark.parametrize("what_happens", [_unpublish, _rename, _call_off, _one_more, _move_away])
def test_after_a_change_or_a_removal_neither_tag_nor_date_is_good_any_more(fetch: Fetch, what_happens: Any) -> None:
    slot = world.slot(world.activity(), world.place())
    first = fetch("/bibliotek/ahus.ics")

    what_happens(slot)

    by_tag = fetch("/bibliotek/ahus.ics", If_None_Match=first.headers["ETag"])
    by_date = fetch("/bibliotek/ahus.ics", If_Modified_Since=first.headers["Last-Modified"])
    assert (by_tag.status_code, by_date.status_code) == (200, 200)
    assert by_tag.data != first.data
    assert by_tag.headers["Last-Modified"] == http_date(LATER)


@pytest.mark.parametrize("days", [-90, 400])
def test_what_comes_into_the_window_or_leaves_it_is_a_change_of_that_moment(
    fetch: Fetch, clock: Any, days: int
) -> None:
    world.slot(world.activity(), world.place(), wall(3))
    edge = world.slot(world.activity(), world.place("hammar"), wall(days, 12 if days > 0 else 13, 0))
    moment = edge.starts_at - dt.timedelta(days=days)
    first = fetch("/pass.ics")

    clock.move_to(moment + dt.timedelta(hours=1))

    again = fetch("/pass.ics", If_Modified_Since=first.headers["Last-Modified"])
    assert again.status_code == 200
    assert again.data != first.data
    assert again.headers["Last-Modified"] == http_date(moment)


def test_what_was_called_off_leaves_as_a_change_of_that_moment(fetch: Fetch, clock: Any) -> None:
    slot = world.slot(world.activity(), world.place(), wall(1))
    programme.call_off(slot.id, reason_sv="Vattenläcka.", act=act(LATER))
    first = fetch("/pass.ics")
    leaves = slot.ends_at + dt.timedelta(days=30)

    clock.move_to(leaves + dt.timedelta(minutes=10))

    again = fetch("/pass.ics", If_Modified_Since=first.headers["Last-Modified"])
    assert again.status_code == 200
    assert b"VEVENT" not in again.data
    assert again.headers["Last-Modified"] == http_date(leaves)


def test_two_changes_in_one_second_are_told_apart(fetch: Fetch, clock: Any) -> None:
    slot = world.slot(world.activity(), world.place())
    places.rename(slot.place_id, name="Första namnet", act=act(NOW))
    first = fetch("/pass.ics")
    places.rename(slot.place_id, name="Andra namnet", act=act(NOW + dt.timedelta(milliseconds=400)))
    clock.move_to(NOW + dt.timedelta(minutes=10))

    by_tag = fetch("/pass.ics", If_None_Match=first.headers["ETag"])
    by_date = fetch("/pass.ics", If_Modified_Since=first.headers["Last-Modified"])

    assert (by_tag.status_code, by_date.status_code) == (200, 200)


@pytest.mark.parametrize("query", ["lediga=1", "nar=helgen", "nar=idag", "sida=3&vy=vecka"])
def test_what_changes_by_itself_is_no_filter_of_a_feed(fetch: Fetch, query: str) -> None:
    world.slot(world.activity(), world.place())

    filtered, all_of_it = fetch(f"/pass.ics?{query}"), fetch("/pass.ics")

    assert filtered.headers["ETag"] == all_of_it.headers["ETag"]
    assert filtered.headers["Last-Modified"] == all_of_it.headers["Last-Modified"]


def test_an_error_is_not_kept_by_anybody(fetch: Fetch) -> None:
    response = fetch("/pass.ics?var=finns-inte")

    assert response.status_code == 404
    assert response.headers["Cache-Control"] == "no-store"
    assert "Last-Modified" not in response.headers
