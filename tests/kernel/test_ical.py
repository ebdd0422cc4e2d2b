"""Calendar text, byte by byte: requirements J1, J3, J4, J7, J8, J12 and J13 as far as text goes."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.kernel.ical import Calendar, Event, Status, calendar_bytes, called_off, event_bytes
from tests.support.calendar_text import HOSTILE_TEXTS, UTC, an_event, assert_clean_bytes, unfolded

ALL = Calendar(
    name="Alla pass", description="Kodning på biblioteken", url="https://kodplats.example/pass", refresh="PT1H"
)
RICH = {
    "description": "Vi leker med robotar.",
    "location": "Åhus bibliotek",
    "url": "https://kodplats.example/pass/17",
    "geo": (55.924, 14.296),
    "categories": ("Workshop", "6–9 år"),
    "created_at": dt.datetime(2026, 8, 1, 6, 0, tzinfo=UTC),
    "alarm_minutes": 15,
}
RICH_NAMES = [
    *("BEGIN", "UID", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "DTSTART", "DTEND", "GEO", "STATUS", "TRANSP"),
    *("SUMMARY", "LOCATION", "DESCRIPTION", "CATEGORIES", "URL"),
    *("BEGIN", "ACTION", "DESCRIPTION", "TRIGGER", "END"),
    "END",
]


def names(lines: list[str]) -> list[str]:
    return [line.replace(";", ":").split(":")[0] for line in lines]


def lines_of(event: Event) -> list[str]:
    return unfolded(event_bytes(event))


def test_an_ordinary_meeting_is_written_like_this() -> None:
    event = an_event(**RICH, sequence=2)

    written = event_bytes(event)

    assert written.decode().splitlines() == [
        "BEGIN:VEVENT",
        "UID:5f0c2f6ad3d14e0f9c2b8a7e61d4b3aa",
        "DTSTAMP:20260901T080000Z",
        "LAST-MODIFIED:20260901T080000Z",
        "CREATED:20260801T060000Z",
        "SEQUENCE:2",
        "DTSTART;TZID=Europe/Stockholm:20261105T163000",
        "DTEND;TZID=Europe/Stockholm:20261105T171500",
        "GEO:55.924000;14.296000",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "SUMMARY:Robotlek med Blue-Bot",
        "LOCATION:Åhus bibliotek",
        "DESCRIPTION:Vi leker med robotar.",
        "CATEGORIES:Workshop,6–9 år",
        "URL:https://kodplats.example/pass/17",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:Robotlek med Blue-Bot",
        "TRIGGER:-PT15M",
        "END:VALARM",
        "END:VEVENT",
    ]


def test_an_empty_feed_has_its_head_and_its_zone() -> None:
    written = calendar_bytes(ALL, [])

    assert_clean_bytes(written)
    assert unfolded(written)[:12] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Kodplats//Kodplats//SV",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:Alla pass",
        "X-WR-CALNAME:Alla pass",
        "DESCRIPTION:Kodning på biblioteken",
        "X-WR-CALDESC:Kodning på biblioteken",
        "URL:https://kodplats.example/pass",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    assert unfolded(written)[12] == "BEGIN:VTIMEZONE"
    assert unfolded(written)[-2:] == ["END:VTIMEZONE", "END:VCALENDAR"]


def test_a_file_to_download_once_asks_for_no_refresh() -> None:
    once = Calendar(name="Pass", refresh=None, method=None)

    written = calendar_bytes(once, [event_bytes(an_event())]).decode()

    assert "REFRESH" not in written
    assert "TTL" not in written
    assert "METHOD" not in written


def test_pieces_stand_in_the_order_given() -> None:
    pieces = [event_bytes(an_event(uid=uid)) for uid in ("b", "a", "c")]

    written = calendar_bytes(ALL, iter(pieces))

    assert b"".join(pieces) in written


@pytest.mark.parametrize("field", ["uid", "summary", "description", "location", "categories"])
@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_a_hostile_text_adds_no_line_and_takes_none(field: str, text: str) -> None:
    event = an_event(**(RICH | {field: (text, "x") if field == "categories" else text}))

    written = event_bytes(event)

    assert_clean_bytes(written + b"END:VCALENDAR\r\n")
    assert names(unfolded(written)) == RICH_NAMES


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_a_hostile_address_adds_no_line_and_is_an_address(text: str) -> None:
    event = an_event(**(RICH | {"url": "https://kodplats.example/pass?q=" + text}))

    written = event_bytes(event)

    assert_clean_bytes(written + b"END:VCALENDAR\r\n")
    assert names(unfolded(written)) == RICH_NAMES
    address = next(line for line in unfolded(written) if line.startswith("URL:"))
    assert address.isascii()
    assert " " not in address
    assert "\\" not in address


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_a_hostile_name_of_a_calendar_adds_no_line(text: str) -> None:
    calendar = Calendar(name=text, description=text + "!", url="https://kodplats.example/?q=" + text)

    written = calendar_bytes(calendar, [])

    assert_clean_bytes(written)
    assert names(unfolded(written)) == names(unfolded(calendar_bytes(ALL, [])))


@settings(deadline=None)
@given(summary=st.text(), description=st.text(max_size=400), location=st.text(), word=st.text(min_size=1))
def test_no_text_whatever_breaks_a_line(summary: str, description: str, location: str, word: str) -> None:
    event = an_event(
        **(RICH | {"summary": summary, "description": description + "x", "location": location + "x"}), sequence=3
    )

    written = event_bytes(called_off(event, word=word))

    assert_clean_bytes(written + b"END:VCALENDAR\r\n")
    assert names(unfolded(written)) == [*RICH_NAMES[:-6], "END"]


@settings(deadline=None)
@given(tail=st.text(alphabet=st.characters(min_codepoint=0, max_codepoint=0x10FFFF)))
def test_no_address_whatever_breaks_a_line(tail: str) -> None:
    written = event_bytes(an_event(url="https://kodplats.example/" + tail))

    assert_clean_bytes(written + b"END:VCALENDAR\r\n")
    assert names(unfolded(written))[-2:] == ["URL", "END"]


@settings(deadline=None)
@given(text=st.text(alphabet="aåλ漢💩e\u0301\u200d\u0e33🏽", min_size=30, max_size=300))
def test_a_fold_keeps_accents_and_joined_emojis_with_their_letter(text: str) -> None:
    long_runs = any(run in text for run in ("\u0301" * 12, "\u200d" * 6, "🏽" * 6))

    written = event_bytes(an_event(summary=text))

    pieces = written.decode().split("\r\n ")
    if not long_runs:
        assert not any(piece[:1] in ("\u0301", "\u200d", "🏽") for piece in pieces[1:]), pieces


def test_a_cluster_longer_than_half_a_line_is_cut_between_characters() -> None:
    written = event_bytes(an_event(summary="z" + "\u0301" * 500))

    assert_clean_bytes(written + b"END:VCALENDAR\r\n")
    assert "SUMMARY:z" + "\u0301" * 500 in unfolded(written)


def test_empty_texts_leave_their_lines_out() -> None:
    written = names(lines_of(an_event()))

    assert not {"LOCATION", "DESCRIPTION", "URL", "GEO", "CATEGORIES", "CREATED"} & set(written)
    assert "VALARM" not in event_bytes(an_event()).decode()


def test_the_same_event_gives_the_same_bytes() -> None:
    assert event_bytes(an_event(**RICH)) == event_bytes(an_event(**RICH))


def test_parts_of_a_second_are_left_out() -> None:
    exact, whole = dt.datetime(2026, 9, 1, 8, 0, 59, 999_999, tzinfo=UTC), dt.datetime(2026, 9, 1, 8, 0, 59, tzinfo=UTC)

    assert event_bytes(an_event(changed_at=exact)) == event_bytes(an_event(changed_at=whole))


def test_instants_of_other_zones_are_the_same_instants() -> None:
    tokyo = dt.timezone(dt.timedelta(hours=9))
    event = an_event()

    moved = dataclasses.replace(
        event,
        starts_at=event.starts_at.astimezone(tokyo),
        ends_at=event.ends_at.astimezone(tokyo),
        changed_at=event.changed_at.astimezone(tokyo),
    )

    assert event_bytes(moved) == event_bytes(event)


def test_what_is_called_off_says_so_and_blocks_no_time() -> None:
    event = an_event(summary="Robotlek", alarm_minutes=15)

    lines = lines_of(called_off(event, word="INSTÄLLT"))

    assert "SUMMARY:INSTÄLLT: Robotlek" in lines
    assert f"STATUS:{Status.CANCELLED}" in lines
    assert "TRANSP:TRANSPARENT" in lines
    assert "BEGIN:VALARM" not in lines


FAULTS_OF_OURS = (
    {"ends_at": dt.datetime(2026, 11, 5, 15, 30, tzinfo=UTC)},
    {"ends_at": dt.datetime(2026, 11, 5, 15, 29, tzinfo=UTC)},
    {"starts_at": dt.datetime(2026, 11, 5, 15, 30), "ends_at": dt.datetime(2026, 11, 5, 16, 15)},  # noqa: DTZ001 - meant
    {"changed_at": dt.datetime(2026, 9, 1, 8, 0)},  # noqa: DTZ001 - meant
    {"sequence": -1},
    {"alarm_minutes": -1},
    {"geo": (90.1, 0.0)},
    {"geo": (0.0, -180.1)},
    {"geo": (float("nan"), 14.0)},
    {"geo": (56.0, float("inf"))},
    {"url": "javascript:alert(1)"},
    {"url": "/pass/17"},
    {"url": "\r\nhttps://kodplats.example/"},
)


@pytest.mark.parametrize("changes", FAULTS_OF_OURS)
def test_a_fault_of_ours_is_refused_and_not_written(changes: dict[str, object]) -> None:
    event = an_event(**changes)

    with pytest.raises(ValueError, match=r".+"):
        event_bytes(event)


@pytest.mark.parametrize("refresh", ["", "1H", "PT", "P", "PT1H\r\nX:y", "PT1H;X=1", "P1W2D", "PT١H"])
def test_a_refresh_that_is_no_duration_is_refused(refresh: str) -> None:
    if not refresh:
        assert b"REFRESH" not in calendar_bytes(Calendar(name="x", refresh=""), [])
        return

    with pytest.raises(ValueError, match="no duration"):
        calendar_bytes(Calendar(name="x", refresh=refresh), [])


@pytest.mark.parametrize("refresh", ["PT1H", "PT15M", "P1D", "P1W", "P1DT12H", "PT1H30M"])
def test_a_refresh_that_is_a_duration_is_written_twice(refresh: str) -> None:
    lines = unfolded(calendar_bytes(Calendar(name="x", refresh=refresh), []))

    assert f"REFRESH-INTERVAL;VALUE=DURATION:{refresh}" in lines
    assert f"X-PUBLISHED-TTL:{refresh}" in lines
