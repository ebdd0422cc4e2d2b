"""Calendar text: RFC 5545 with the properties of RFC 7986, for everything that phones subscribe to or download.

A feed is a header, the kept bytes of each event in the order given, and an end; so one changed meeting costs one event.
The same event always gives the same bytes: no clock, no chance, no setting is read here.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from booking.kernel.clock import UTC, ZONE_NAME, to_local

PRODUCT = "-//Kodplats//Kodplats//SV"
LINE_OCTETS = 75  # RFC 5545, 3.1: without the line break

# Written by hand, with rules: generated zones list dates (RDATE), which Outlook ignores and of which ical.js reads the
# first only. The European rules of 1996; a test compares them with the zone database for the years that we plan for.
ZONE_LINES = (
    "BEGIN:VTIMEZONE",
    f"TZID:{ZONE_NAME}",
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
)


class Status(StrEnum):
    """RFC 5545, 3.8.1.11. What is called off stays in a feed as CANCELLED: an event that vanishes tells nobody why."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One meeting or visit as a calendar shows it. Instants are aware; whole seconds are written.

    `uid` is the stored, random one: it is the same in every feed for life. `sequence` counts changes of time, place and
    status. `changed_at` is the last change that shows, of the meeting or of anything whose words stand here (a renamed
    library); it becomes DTSTAMP and LAST-MODIFIED, and some programs drop an update whose LAST-MODIFIED has not grown.
    `location`, `description` and `url` are left out when empty, `geo` is (latitude, longitude) in degrees.
    `alarm_minutes` before the start, only for the personal feeds (requirement J12); None for no alarm.
    `organiser` (name and mailbox) and `attendee` (the mailbox of somebody who has said yes) are for what is mailed to
    one person, never for a feed (J11).
    """

    uid: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    changed_at: dt.datetime
    summary: str
    sequence: int = 0
    description: str = ""
    location: str = ""
    url: str = ""
    geo: tuple[float, float] | None = None
    categories: tuple[str, ...] = ()
    status: Status = Status.CONFIRMED
    transparent: bool = False
    created_at: dt.datetime | None = None
    alarm_minutes: int | None = None
    organiser: tuple[str, str] | None = None
    attendee: str = ""


Method = Literal["PUBLISH", "REQUEST", "CANCEL"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What stands above the events.

    `refresh` is how often a program should ask, as an RFC 5545 duration; None for a file that is downloaded once.
    `url` is the page that shows the same. `name` is "" for what is no calendar of its own but goes into the reader's.
    """

    name: str
    description: str = ""
    url: str = ""
    refresh: str | None = "PT1H"
    method: Method | None = "PUBLISH"


def location(name: str, *, address: str, postal_code: str, locality: str) -> str:
    """A place on one line, as maps find it; what is not known, and the net, leaves no trace."""
    return ", ".join([piece for piece in (name, address, f"{postal_code} {locality}".strip()) if piece])


def called_off(event: Event, *, word: str) -> Event:
    """The same event as called off: "INSTÄLLT: …", no longer busy, no alarm. `word` comes translated, without colon.

    The caller raises `sequence` and `changed_at` when it stores the calling off (requirement J8).
    """
    return replace(
        event, summary=f"{word}: {event.summary}", status=Status.CANCELLED, transparent=True, alarm_minutes=None
    )


def calendar_bytes(calendar: Calendar, pieces: Iterable[bytes]) -> bytes:
    """A whole calendar: its head, the time zone, the `event_bytes` in the order given. Valid without any event."""
    return b"".join((_head(calendar), *pieces, b"END:VCALENDAR\r\n"))


def event_bytes(event: Event) -> bytes:
    """One VEVENT with its line breaks: the piece to keep until the event changes.

    Any text may come in. Line breaks of every kind become \\n, other control characters and lone surrogates cannot be
    carried and are taken out; an address is percent-encoded where needed. ValueError for what is no text but a fault
    of ours: an end before the start, a naive time, a position off the globe, an address that is not http(s).
    """
    _refuse_nonsense(event)
    changed = _utc(event.changed_at)
    lines = [
        f"BEGIN:VEVENT\r\nUID:{_escaped(event.uid)}\r\nDTSTAMP:{changed}\r\nLAST-MODIFIED:{changed}",
        f"SEQUENCE:{event.sequence:d}\r\n{_times(event.starts_at, event.ends_at)}",
        f"STATUS:{event.status.value}\r\nTRANSP:{'TRANSPARENT' if event.transparent else 'OPAQUE'}",
        "SUMMARY:" + _escaped(event.summary),
    ]
    if event.geo:
        lines.insert(2, f"GEO:{event.geo[0]:.6f};{event.geo[1]:.6f}")
    if event.created_at:
        lines.insert(1, "CREATED:" + _utc(event.created_at))
    if event.location:
        lines.append("LOCATION:" + _escaped(event.location))
    if event.description:
        lines.append("DESCRIPTION:" + _escaped(event.description))
    if event.categories:
        lines.append("CATEGORIES:" + ",".join([_escaped(category) for category in event.categories]))
    if event.url:
        lines.append("URL:" + _address(event.url))
    if event.organiser:
        lines.append(f"ORGANIZER;CN={_quoted(event.organiser[0])}:{mailto(event.organiser[1])}")
    if event.attendee:
        lines.append(_COMES + mailto(event.attendee))
    if event.alarm_minutes is not None:
        lines.append(_alarm(event.alarm_minutes, event.summary))
    lines.append("END:VEVENT\r\n")
    return _folded("\r\n".join(lines))


@lru_cache(maxsize=256)
def _head(calendar: Calendar) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN"]
    if calendar.method:
        lines.append(f"METHOD:{calendar.method}")
    # Each thing twice: the standard's word (RFC 7986), and the older one that Apple, Google and Outlook read.
    if calendar.name:
        name = _escaped(calendar.name)
        lines += [f"NAME:{name}", f"X-WR-CALNAME:{name}"]
    if calendar.description:
        description = _escaped(calendar.description)
        lines += [f"DESCRIPTION:{description}", f"X-WR-CALDESC:{description}"]
    if calendar.url:
        lines.append(f"URL:{_address(calendar.url)}")
    if calendar.refresh:
        if not _DURATION.fullmatch(calendar.refresh):
            raise ValueError(f"{calendar.refresh!r} is no duration")
        lines += [f"REFRESH-INTERVAL;VALUE=DURATION:{calendar.refresh}", f"X-PUBLISHED-TTL:{calendar.refresh}"]
    return _folded("\r\n".join((*lines, *ZONE_LINES)) + "\r\n")


_DURATION = re.compile(r"P(?=.)(\d+W|(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?)", re.ASCII)


def _refuse_nonsense(event: Event) -> None:
    if event.starts_at >= event.ends_at:
        raise ValueError(f"{event.uid}: the end is not after the start")
    if event.sequence < 0:
        raise ValueError(f"{event.uid}: SEQUENCE counts from 0")
    if event.alarm_minutes is not None and event.alarm_minutes < 0:
        raise ValueError(f"{event.uid}: the alarm is after the start")
    if event.geo and not (-90 <= event.geo[0] <= 90 and -180 <= event.geo[1] <= 180):
        raise ValueError(f"{event.uid}: no such position")


def _alarm(minutes: int, summary: str) -> str:
    said = f"DESCRIPTION:{_escaped(summary)}\r\nTRIGGER:-PT{minutes:d}M"
    return f"BEGIN:VALARM\r\nACTION:DISPLAY\r\n{said}\r\nEND:VALARM"


# -- times -------------------------------------------------------------------------------------------------------------


def _times(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    """The lines DTSTART and DTEND as Stockholm wall times; as UTC when either falls in the hour that comes twice.

    A wall time with TZID means the first of the two (RFC 5545, 3.3.5), so the second could not be said at all, and
    programs differ on the first. UTC names the right instant everywhere; programs show it in the reader's own zone.
    """
    start, end = to_local(starts_at), to_local(ends_at)
    if _comes_twice(start) or _comes_twice(end):
        return f"DTSTART:{_utc(starts_at)}\r\nDTEND:{_utc(ends_at)}"
    return f"DTSTART;TZID={ZONE_NAME}:{_digits(start)}\r\nDTEND;TZID={ZONE_NAME}:{_digits(end)}"


def _comes_twice(local: dt.datetime) -> bool:
    # The hour first: it is always the one that begins at two o'clock, and asking for offsets costs more than the rest.
    return local.hour == 2 and local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _utc(instant: dt.datetime) -> str:
    if instant.tzinfo is None:
        raise ValueError("an instant has a zone")
    return _digits(instant.astimezone(UTC)) + "Z"


def _digits(time: dt.datetime) -> str:
    """20261025T163000. Four times as quick as strftime, which also leaves the zeros of early years out."""
    date = (time.year, time.month, time.day, time.hour, time.minute, time.second)
    return "%04d%02d%02dT%02d%02d%02d" % date  # noqa: UP031  # an f-string takes twice as long


# -- text --------------------------------------------------------------------------------------------------------------


def _escaped(text: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11), escaped once and safe on one line."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    # True for nearly every text, and one quick call in C; control characters, surrogates and odd spaces make it False.
    if escaped.isprintable():
        return escaped
    return _CANNOT_BE_CARRIED.sub("", _LINE_BREAK.sub(r"\\n", escaped.replace("\r\\n", "\\n")).replace("\t", " "))


_LINE_BREAK = re.compile("[\r\v\f\x85\u2028\u2029]")
_CANNOT_BE_CARRIED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def _address(url: str) -> str:
    """An address as RFC 3986 lets it be written; whatever else stands in it is percent-encoded, so it is one line."""
    if not url.startswith(("https://", "http://")):
        raise ValueError("an address begins with https:// or http://")
    return _NOT_IN_ADDRESS.sub(_percent_encoded, url)


_NOT_IN_ADDRESS = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


# RFC 5545, 3.2: somebody who has said yes already and is not asked.
_COMES = "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE:"


def mailto(mailbox: str) -> str:
    """A calendar user's address (RFC 6068, 2). Mail programs look for their own address in it as it is written, so
    only what no address may hold at all is encoded."""
    if not _MAILBOX.fullmatch(mailbox):
        raise ValueError("a mailbox is one plain address")
    return "mailto:" + _NOT_IN_MAILTO.sub(_percent_encoded, mailbox)


_MAILBOX = re.compile(r"[!-~]+@[A-Za-z0-9.-]+", re.ASCII)
_NOT_IN_MAILTO = re.compile(r"[^A-Za-z0-9\-._~@!$'*+=/]+")


def _quoted(text: str) -> str:
    """A parameter's value in quotation marks, which it cannot hold itself (RFC 5545, 3.2)."""
    return '"' + _CANNOT_BE_CARRIED.sub("", _LINE_BREAK.sub(" ", text)).replace('"', "'") + '"'


def _percent_encoded(found: re.Match[str]) -> str:
    return "".join(f"%{octet:02X}" for octet in found[0].encode("utf-8", "replace"))


# -- lines -------------------------------------------------------------------------------------------------------------


def _folded(lines: str) -> bytes:
    """Content lines, each with its break, folded to at most 75 octets between characters (RFC 5545, 3.1)."""
    written = lines.encode().split(b"\r\n")
    return b"\r\n".join([line if len(line) <= LINE_OCTETS else _fold(line) for line in written])


def _fold(line: bytes) -> bytes:
    length, start, end = len(line), 0, LINE_OCTETS
    pieces = []
    while end < length:
        while line[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        # Below 0xCC begin the letters up to U+02FF, of which none hangs on the one before: å ä ö take this way out.
        if line[end] >= 0xCC:
            end = _before_cluster(line, start, end)
        pieces.append(line[start:end])
        start, end = end, end + LINE_OCTETS - 1  # the space that begins the next line counts
    pieces.append(line[start:])
    return b"\r\n ".join(pieces)


def _before_cluster(line: bytes, start: int, end: int) -> int:
    """An earlier end where the next character hangs on the one before: an accent, a skin tone, a joined emoji.

    Unfolding puts any cut right; this is for tools that read line by line. A cluster of half a line is cut anyway.
    """
    before = line[start:end].decode()
    after = line[end : end + 4].decode(errors="ignore")[0]
    cut = len(before)
    while cut > len(before) // 2 and (_hangs_on(after) or before[cut - 1] == _JOINER):
        cut -= 1
        after = before[cut]
    return start + len(before[:cut].encode()) if cut > len(before) // 2 else end


_JOINER = "\u200d"


def _hangs_on(character: str) -> bool:
    return (
        character == _JOINER or unicodedata.category(character)[0] == "M" or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
