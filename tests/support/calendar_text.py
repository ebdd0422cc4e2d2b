"""What the calendar tests share: texts that break careless writers, and what of them a calendar can carry."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

from booking.kernel.ical import Event

UTC = dt.UTC

HOSTILE_TEXTS = (
    "Robotlek",
    "Åäö, Élise; x\\y: \"citat\" 'apostrof'",
    "rad 1\nrad 2\r\nrad 3\rrad 4",
    "x\r\nBEGIN:VEVENT\r\nUID:inbrott\r\nEND:VEVENT\r\n",
    "x\nEND:VEVENT\nEND:VCALENDAR\n",
    "x\r\n ATTENDEE:mailto:a@example.org",
    "x\rDESCRIPTION:y",
    "x\u2028URL:https://e.example\u2029y\x85z\x0bv\x0cf",
    "\\n är inte en ny rad, \\\\n inte heller, \\N inte, \\; inte \\, inte \\",
    "C:\\new\\narr\\,",
    ";" * 80 + "," * 80 + "\\" * 80,
    "\x00noll\x07klocka\x1bflykt\x7fdel\x9fc1\x1c\x1d\x1e",
    "tabb\toch\t\ttabbar",
    "\n" * 50,
    " " * 200 + "x",
    "x" * 74,
    "x" * 75,
    "x" * 5000,
    "å" * 400,
    "ab" + "💩" * 100,
    "a" + "👩\u200d👩\u200d👧\u200d👦" * 20,
    "👍🏽" * 40,
    "e\u0301" * 200,
    "z" + "\u0301" * 200,
    "مكتبة البلدية: نلعب مع الروبوتات " * 8,
    "\u202eomvänd\u202c \u2066isolerad\u2069",
    "\ufeffinledning \ufffe \uffff",
    "lös halva \ud83d och \udca9",
    "=?UTF-8?Q?=0ABcc:x@example.org?=",
    "{{7*7}} ${7*7} %s %(x)s <script>alert(1)</script> &amp;",
    "=HYPERLINK(1)",
    "2026-10-25T02:30",
    "🇸🇪" * 30,
)

HOSTILE_ADDRESSES = tuple("https://kodplats.example/pass?q=" + text for text in HOSTILE_TEXTS)

_BREAKS = "\r\n\x0b\x0c\x85\u2028\u2029"


def carried(text: str) -> str:
    """What a reader shall get for `text`: every break is \\n, a tab is a space, no other control, no half sign."""
    text = text.replace("\r\n", "\n")
    kept = ("\n" if sign in _BREAKS else " " if sign == "\t" else sign for sign in text)
    return "".join(sign for sign in kept if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs"))


def an_event(**changes: Any) -> Event:
    """An ordinary meeting: the first Thursday of November 2026, 16:30-17:15 at Åhus."""
    values: dict[str, Any] = {
        "uid": "5f0c2f6ad3d14e0f9c2b8a7e61d4b3aa",
        "starts_at": dt.datetime(2026, 11, 5, 15, 30, tzinfo=UTC),
        "ends_at": dt.datetime(2026, 11, 5, 16, 15, tzinfo=UTC),
        "changed_at": dt.datetime(2026, 9, 1, 8, 0, tzinfo=UTC),
        "summary": "Robotlek med Blue-Bot",
    }
    return Event(**(values | changes))


def unfolded(calendar: bytes) -> list[str]:
    """The content lines, by the book: RFC 5545, 3.1."""
    return calendar.replace(b"\r\n ", b"").decode("utf-8").removesuffix("\r\n").split("\r\n")


def assert_clean_bytes(calendar: bytes) -> None:
    """Requirement J1 for the whole file."""
    assert not calendar.startswith(b"\xef\xbb\xbf"), "a byte order mark"
    assert calendar.endswith(b"END:VCALENDAR\r\n")
    physical = calendar.removesuffix(b"\r\n").split(b"\r\n")
    for line in physical:
        assert 0 < len(line) <= 75, f"{len(line)} octets: {line!r}"
        text = line.decode("utf-8")  # raises when a fold is inside a character
        assert not any(unicodedata.category(sign) == "Cc" or sign in "\u2028\u2029" for sign in text), repr(line)
