"""The comparator of a feed that is made anew: one query by the bare driver and one loop that formats the text by hand.

It writes the same bytes as the product for the benchmark's world (which the benchmark checks) and knows nothing else:
no filter, no call-off, no second language, texts whose commas, semicolons and line breaks are escaped, no check.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")
QUESTION = """
SELECT m.uid, m.sequence, m.starts_at, m.ends_at, m.slot_id, a.title_sv, a.description_sv, s.age_min, s.age_max,
  p.name, p.address, p.postal_code, p.locality, p.latitude, p.longitude,
  m.changed_at, s.changed_at, a.changed_at, p.changed_at
FROM meetings m JOIN slots s ON s.id = m.slot_id JOIN activities a ON a.id = s.activity_id
JOIN places p ON p.id = m.place_id
WHERE s.state = 'published' AND a.kind = 'workshop' AND m.starts_at >= {since} AND m.starts_at < {until}
ORDER BY m.starts_at, m.id
"""


@dataclass(frozen=True)
class Said:
    """What stands around the data. `places`: what a place is called in a calendar, by its name."""

    site: str
    stays: str
    book: str
    kind: str
    years: str
    places: Mapping[str, str]


def pieces(rows: Iterable[Any], said: Said, instant: Callable[[Any], dt.datetime]) -> list[bytes]:
    """The VEVENT of each row of QUESTION. `instant` reads the driver's time."""
    found = []
    for row in rows:
        uid, sequence, starts_at, ends_at, slot_id, title, description, youngest, oldest = row[:9]
        name, address, code, locality, latitude, longitude = row[9:15]
        changed = _digits(instant(max(row[15:]))) + "Z"
        url = f"{said.site}/pass/{slot_id}"
        ages = f"{youngest}–{oldest} {said.years}"
        told = f"{ages}. {said.stays}.\n\n{description}\n\n{said.book}: {url}"
        town = f"{code} {locality}".strip()
        where = ", ".join([part for part in (said.places[name], address, town) if part])
        lines = [
            "BEGIN:VEVENT",
            f"UID:{uid}",
            f"DTSTAMP:{changed}",
            f"LAST-MODIFIED:{changed}",
            f"SEQUENCE:{sequence}",
            f"DTSTART;TZID=Europe/Stockholm:{_digits(instant(starts_at).astimezone(STOCKHOLM))}",
            f"DTEND;TZID=Europe/Stockholm:{_digits(instant(ends_at).astimezone(STOCKHOLM))}",
        ]
        if latitude is not None:
            lines.append(f"GEO:{latitude:.6f};{longitude:.6f}")
        lines += [
            "STATUS:CONFIRMED",
            "TRANSP:OPAQUE",
            f"SUMMARY:{_escaped(title)}",
            f"LOCATION:{_escaped(where)}",
            f"DESCRIPTION:{_escaped(told)}",
            f"CATEGORIES:{said.kind},{ages}",
            f"URL:{url}",
            "END:VEVENT",
        ]
        found.append(b"".join([_line(line) for line in lines]))
    return found


def _digits(time: dt.datetime) -> str:
    # Three times as quick as strftime: this loop is meant to be a careful one.
    return time.isoformat()[:19].replace("-", "").replace(":", "")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _line(text: str) -> bytes:
    line = text.encode()
    if len(line) <= 75:
        return line + b"\r\n"
    start, end, parts = 0, 75, []
    while end < len(line):
        while line[end] & 0xC0 == 0x80:
            end -= 1
        parts.append(line[start:end])
        start, end = end, end + 74
    parts.append(line[start:])
    return b"\r\n ".join(parts) + b"\r\n"
