"""Calendar text read back by two readers of different families, `icalendar` and ical.js: requirements J2 and J5."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import icalendar
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.kernel.clock import ZONE
from booking.kernel.ical import Calendar, Event, Status, calendar_bytes, event_bytes
from tests.support.calendar_text import HOSTILE_ADDRESSES, HOSTILE_TEXTS, UTC, an_event, assert_clean_bytes, carried
from tests.support.icaljs import IcalJs

FEED = Calendar(name="Alla pass", url="https://kodplats.example/pass")
CHANGES_OF_CLOCK = [dt.datetime(*day, 1, tzinfo=dt.UTC) for day in ((2026, 10, 25), (2027, 3, 28), (2027, 10, 31))]


@pytest.fixture(scope="module")
def icaljs() -> Iterator[IcalJs]:
    with IcalJs() as judge:
        yield judge


def feed_of(events: Iterable[Event]) -> bytes:
    written = calendar_bytes(FEED, [event_bytes(event) for event in events])
    assert_clean_bytes(written)
    return written


def plan(event: Event) -> dict[str, Any]:
    """What any reader shall say of an event."""
    return {
        "uid": carried(event.uid),
        "summary": carried(event.summary),
        "description": carried(event.description) or None,
        "location": carried(event.location) or None,
        "geo": [round(degrees, 6) for degrees in event.geo] if event.geo else None,
        "status": event.status.value,
        "transp": "TRANSPARENT" if event.transparent else "OPAQUE",
        "sequence": event.sequence,
        "categories": [carried(category) for category in event.categories],
        "starts_at": int(event.starts_at.timestamp()),
        "ends_at": int(event.ends_at.timestamp()),
        "changed_at": int(event.changed_at.timestamp()),
        "dtstamp": int(event.changed_at.timestamp()),
    }


def read_by_icalendar(written: bytes) -> list[dict[str, Any]]:
    return [_plain(component) for component in icalendar.Calendar.from_ical(written).walk("VEVENT")]


def _plain(event: Any) -> dict[str, Any]:
    assert not event.errors, event.errors
    assert event["DTSTART"].dt.tzinfo is not None, "a floating time"
    text = {name: str(event[name.upper()]) for name in ("uid", "summary", "status", "transp")}
    maybe = {name: str(event.get(name.upper(), "")) or None for name in ("description", "location")}
    categories = [str(category) for category in event["CATEGORIES"].cats] if "CATEGORIES" in event else []
    instants = {"starts_at": "DTSTART", "ends_at": "DTEND", "changed_at": "LAST-MODIFIED", "dtstamp": "DTSTAMP"}
    return (
        text
        | maybe
        | {"geo": [event["GEO"].latitude, event["GEO"].longitude] if "GEO" in event else None}
        | {"sequence": int(event["SEQUENCE"]), "categories": categories}
        | {ours: int(event[theirs].dt.timestamp()) for ours, theirs in instants.items()}
    )


def read_by_icaljs(written: bytes, icaljs: IcalJs) -> list[dict[str, Any]]:
    events = icaljs.read(written)["events"]
    assert not any(event["floating"] for event in events)
    absent = {"description": None, "location": None}  # an empty line and no line say the same
    return [{name: event[name] or absent.get(name, event[name]) for name in plan(an_event())} for event in events]


def assert_both_read_the_plan(events: list[Event], icaljs: IcalJs) -> None:
    written = feed_of(events)
    expected = [plan(event) for event in events]

    assert read_by_icaljs(written, icaljs) == expected
    assert read_by_icalendar(written) == expected


def test_every_hostile_text_is_read_back_as_it_was_meant(icaljs: IcalJs) -> None:
    events = [
        an_event(uid=f"u{number}", summary=text, description=text, location=text, categories=(text.rstrip("\\"), "x"))
        for number, text in enumerate(HOSTILE_TEXTS)
    ]

    assert_both_read_the_plan(events, icaljs)


def test_every_hostile_address_is_read_back_as_one_address(icaljs: IcalJs) -> None:
    written = feed_of(an_event(uid=f"u{number}", url=url) for number, url in enumerate(HOSTILE_ADDRESSES))

    theirs = [event["url"] for event in icaljs.read(written)["events"]]
    pythons = [str(event["URL"]) for event in icalendar.Calendar.from_ical(written).walk("VEVENT")]

    assert theirs == pythons
    assert len(theirs) == len(HOSTILE_ADDRESSES)
    assert all(url.startswith("https://kodplats.example/pass?q=") for url in theirs)


def test_a_feed_says_its_name_and_how_often_to_ask(icaljs: IcalJs) -> None:
    name = "Åhus bibliotek; pass, 6–9 år"
    still_escaped = name.replace(";", "\\;").replace(
        ",", "\\,"
    )  # both readers leave a name that they do not know as it is

    written = calendar_bytes(Calendar(name=name, description="Två\nrader", url="https://kodplats.example/"), [])

    assert icaljs.read(written) == {
        "properties": {
            "version": "2.0",
            "prodid": "-//Kodplats//Kodplats//SV",
            "calscale": "GREGORIAN",
            "method": "PUBLISH",
            "name": still_escaped,
            "x-wr-calname": still_escaped,
            "description": "Två\nrader",
            "x-wr-caldesc": "Två\\nrader",
            "url": "https://kodplats.example/",
            "refresh-interval": "PT1H",
            "x-published-ttl": "PT1H",
        },
        "components": ["vtimezone"],
        "events": [],
    }
    read = icalendar.Calendar.from_ical(written)
    assert not read.errors
    assert str(read["NAME"]) == still_escaped
    assert [component.name for component in read.subcomponents] == ["VTIMEZONE"]


@pytest.mark.parametrize("change", CHANGES_OF_CLOCK, ids=lambda change: f"{change:%Y-%m-%d}")
def test_every_quarter_of_the_days_around_a_change_of_clock_is_the_same_instant_to_all(
    change: dt.datetime, icaljs: IcalJs
) -> None:
    first = change - dt.timedelta(days=1)
    starts = [first + dt.timedelta(minutes=15 * number) for number in range(2 * 96)]
    events = [
        an_event(uid=f"u{number}", starts_at=start, ends_at=start + dt.timedelta(minutes=45))
        for number, start in enumerate(starts)
    ]

    assert_both_read_the_plan(events, icaljs)


@pytest.mark.parametrize("change", CHANGES_OF_CLOCK, ids=lambda change: f"{change:%Y-%m-%d}")
def test_a_weekly_club_keeps_its_wall_time_over_a_change_of_clock(change: dt.datetime, icaljs: IcalJs) -> None:
    days = [change.date() + dt.timedelta(days=number) for number in range(-21, 22)]
    walls = [dt.datetime.combine(day, dt.time(16, 30), tzinfo=ZONE) for day in days]
    events = [
        an_event(uid=f"u{number}", starts_at=wall.astimezone(UTC), ends_at=wall.astimezone(UTC) + dt.timedelta(hours=1))
        for number, wall in enumerate(walls)
    ]

    written = feed_of(events)

    assert written.count(b"T163000\r\nDTEND") == len(days)
    assert_both_read_the_plan(events, icaljs)


def test_a_meeting_in_the_hour_that_comes_twice_is_written_in_utc() -> None:
    first, second = dt.datetime(2026, 10, 25, 0, 30, tzinfo=UTC), dt.datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    written = [
        event_bytes(an_event(starts_at=start, ends_at=start + dt.timedelta(minutes=15))) for start in (first, second)
    ]

    assert b"DTSTART:20261025T003000Z\r\nDTEND:20261025T004500Z\r\n" in written[0]
    assert b"DTSTART:20261025T013000Z\r\nDTEND:20261025T014500Z\r\n" in written[1]


@pytest.mark.parametrize(
    ("start", "minutes", "in_utc"),
    [
        ((2026, 10, 24, 23, 59), 1, True),  # ends at 02:00 local, which comes twice
        ((2026, 10, 24, 23, 58), 1, False),
        ((2026, 10, 25, 1, 59), 1, True),
        ((2026, 10, 25, 2, 0), 1, False),
        ((2026, 10, 24, 12, 0), 24 * 60, False),
        ((2027, 3, 28, 0, 59), 2, False),  # over the gap: 01:59 to 03:01
        ((2026, 10, 26, 1, 30), 15, False),  # 02:30 of another night
    ],
)
def test_only_the_hour_that_comes_twice_is_written_in_utc(
    start: tuple[int, int, int, int, int], minutes: int, in_utc: bool
) -> None:
    starts_at = dt.datetime(*start, tzinfo=UTC)

    written = event_bytes(an_event(starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=minutes)))

    assert (b"DTSTART:" in written) == in_utc
    assert (b"DTEND:" in written) == in_utc


def test_the_zone_database_still_changes_the_clock_by_the_rules_that_our_zone_states() -> None:
    hours = [dt.datetime(2025, 1, 1, tzinfo=UTC) + dt.timedelta(hours=number) for number in range(24 * 365 * 12)]
    locals_ = [hour.astimezone(ZONE) for hour in hours]
    changes = [(before, after) for before, after in pairwise(locals_) if before.utcoffset() != after.utcoffset()]

    found = set()
    for before, after in changes:
        wall = before.replace(tzinfo=None) + dt.timedelta(hours=1)  # the wall time at which the clock is turned
        assert wall.isoweekday() == 7
        assert (wall + dt.timedelta(days=7)).month != wall.month, "not the last Sunday"
        found.add((wall.month, wall.hour, before.strftime("%z %Z"), after.strftime("%z %Z")))

    assert found == {(3, 2, "+0100 CET", "+0200 CEST"), (10, 3, "+0200 CEST", "+0100 CET")}
    assert feed_of([]).decode().split("BEGIN:VTIMEZONE")[1].split() == [
        "TZID:Europe/Stockholm",
        "BEGIN:DAYLIGHT",
        "DTSTART:19700329T020000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "TZNAME:CEST",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:19701025T030000",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "TZNAME:CET",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "END:STANDARD",
        "END:VTIMEZONE",
        "END:VCALENDAR",
    ]


def _instant(seconds: int) -> dt.datetime:
    return dt.datetime(2020, 1, 1, tzinfo=UTC) + dt.timedelta(seconds=seconds)


instants = st.integers(0, 17 * 366 * 86_400).map(_instant)


def _is_a_category(text: str) -> bool:
    # ical.js takes the comma after an escaped backslash for a part of the text; no category of ours ends like that.
    return bool(carried(text)) and not carried(text).endswith("\\")


texts = st.text(alphabet=st.one_of(st.characters(), st.sampled_from('\\;,\n\r\t\u2028nN:"å💩\u200d')), max_size=120)
events = st.builds(
    lambda starts_at, minutes, **rest: an_event(
        starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=minutes), **rest
    ),
    starts_at=instants,
    minutes=st.integers(1, 3000),
    changed_at=instants,
    summary=texts,
    description=texts,
    location=texts,
    categories=st.lists(texts.filter(_is_a_category), max_size=3).map(tuple),
    status=st.sampled_from(Status),
    transparent=st.booleans(),
    sequence=st.integers(0, 2**31 - 1),
    geo=st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
)


@given(events=st.lists(events, max_size=6))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_written_both_readers_say_the_same(events: list[Event], icaljs: IcalJs) -> None:
    assert_both_read_the_plan(events, icaljs)
