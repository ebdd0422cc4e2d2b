"""The three ways in which a feed is written: a calendar, Atom, JSON. Pure; the same entries always give the same bytes.

A feed is a head, a piece for each entry, and an end, so that the pieces can be kept until their entries change.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from booking.calendars.rules.entries import Entry, Words, event_of
from booking.kernel import clock
from booking.kernel.ical import Calendar, calendar_bytes, event_bytes


@dataclass(frozen=True, kw_only=True)
class Head:
    """What a feed says of itself. `note` tells when it does not hold everything. `url` is the page of the same list,
    `feed_url` the feed's own address; `changed_at` the latest change of what it shows, None when it shows nothing."""

    name: str
    note: str
    url: str
    feed_url: str
    organisation: str
    language: str
    changed_at: dt.datetime | None


@dataclass(frozen=True)
class Writing:
    """One way: what its addresses end with, its media type, and what writes a piece and the whole."""

    ending: str
    media_type: str
    piece: Callable[[Entry, Words], bytes]
    whole: Callable[[Head, Sequence[bytes]], bytes]


# ---- a calendar ----


def _event(entry: Entry, words: Words) -> bytes:
    return event_bytes(event_of(entry, words))


def _calendar(head: Head, pieces: Sequence[bytes]) -> bytes:
    named = f"{head.name} – {head.organisation}"
    return calendar_bytes(Calendar(name=named, description=head.note, url=head.url), pieces)


ICS = Writing("ics", "text/calendar; charset=utf-8", _event, _calendar)


# ---- Atom (RFC 4287) ----

_EMPTY_SINCE = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _atom_entry(entry: Entry, words: Words) -> bytes:
    """A meeting as an entry. Its id is made of the meeting's own random code, so it stays whatever changes."""
    event = event_of(entry, words)
    pieces = (words.when(entry.starts_at, entry.ends_at), event.location, event.description)
    told = "\n\n".join([piece for piece in pieces if piece])
    return (
        f"<entry><id>{_urn(entry.uid)}</id><title>{_xml(event.summary)}</title>"
        f"<updated>{_instant(entry.changed_at)}</updated>"
        f'<link rel="alternate" type="text/html" href={_attribute(event.url)}/>'
        + "".join([f"<category term={_attribute(category)}/>" for category in event.categories])
        + f'<content type="text">{_xml(told)}</content></entry>\n'
    ).encode()


def _urn(uid: str) -> str:
    """The stored code, 32 hex digits, as an address that is nobody's (RFC 9562, 4)."""
    return f"urn:uuid:{uid[:8]}-{uid[8:12]}-{uid[12:16]}-{uid[16:20]}-{uid[20:]}"


def _atom(head: Head, pieces: Sequence[bytes]) -> bytes:
    note = f"<subtitle>{_xml(head.note)}</subtitle>" if head.note else ""
    begin = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{head.language}">'
        f"<id>{_xml(head.feed_url)}</id><title>{_xml(head.name)}</title>{note}"
        f"<updated>{_instant(head.changed_at or _EMPTY_SINCE)}</updated>"
        f"<author><name>{_xml(head.organisation)}</name></author>"
        f'<link rel="self" type="application/atom+xml" href={_attribute(head.feed_url)}/>'
        f'<link rel="alternate" type="text/html" href={_attribute(head.url)}/>\n'
    )
    return b"".join((begin.encode(), *pieces, b"</feed>\n"))


def _xml(text: str) -> str:
    return escape(_NO_XML.sub("", text))


def _attribute(text: str) -> str:
    return quoteattr(_NO_XML.sub("", text))


# What XML 1.0 cannot hold, not even as a reference.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


ATOM = Writing("atom", "application/atom+xml; charset=utf-8", _atom_entry, _atom)


# ---- JSON ----


def _json_meeting(entry: Entry, words: Words) -> bytes:
    """A meeting as an object; the README tells what its fields mean."""
    starts, ends = clock.to_local(entry.starts_at), clock.to_local(entry.ends_at)
    is_somewhere = not entry.is_online and entry.latitude is not None
    told = {
        "uid": entry.uid,
        "sequence": entry.sequence,
        "changed_at": _instant(entry.changed_at),
        "status": "called_off" if entry.is_off else "confirmed",
        "reason": entry.reason,
        "starts_at": starts.isoformat(),
        "ends_at": ends.isoformat(),
        "slot": entry.slot_id,
        "url": f"{words.site}/pass/{entry.slot_id}",
        "title": entry.title,
        "description": entry.description,
        "bring": entry.bring,
        "kind": str(entry.kind),
        "admission": str(entry.admission),
        "age_min": entry.age_min,
        "age_max": entry.age_max,
        "adult_stays": bool(entry.adult_stays),
        "online": bool(entry.is_online),
        "place": {
            "name": entry.place_name,
            "kind": str(entry.place_kind),
            "address": entry.address,
            "postal_code": entry.postal_code,
            "locality": entry.locality,
            "latitude": entry.latitude if is_somewhere else None,
            "longitude": entry.longitude if is_somewhere else None,
        },
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _json(head: Head, pieces: Sequence[bytes]) -> bytes:
    told = {
        "name": head.name,
        "note": head.note,
        "url": head.url,
        "feed_url": head.feed_url,
        "organisation": head.organisation,
        "language": head.language,
        "changed_at": _instant(head.changed_at) if head.changed_at else None,
    }
    begin = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return b'%s,"meetings":[%s]}\n' % (begin[:-1], b",\n".join(pieces))


JSON = Writing("json", "application/json", _json_meeting, _json)


def _instant(instant: dt.datetime) -> str:
    """RFC 3339, whole seconds: 2026-11-23T09:00:00Z."""
    return instant.astimezone(dt.UTC).isoformat()[:19] + "Z"
