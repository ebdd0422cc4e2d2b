"""What people type: cleaned, judged and folded. Pure functions; what cannot be used is refused by name.

Each function looks at the length before anything else, so that a megabyte costs nothing (requirement C4).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from booking.kernel.refusal import N_, Refused

NAME_LENGTH = 80
EMAIL_LENGTH = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets

ZWNJ, ZWJ = "\u200c", "\u200d"
# Invisible and harmless: word processors and keyboards leave them behind. Dropped, never stored.
DROPPED = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
NAME_SIGNS = frozenset(" '’-.")
# The hyphens that phones and word processors set for themselves.
NAME_SPELLING = str.maketrans({"\u2010": "-", "\u2011": "-", "\u00a0": " ", "\u202f": " "})


class Missing(Refused):
    """Nothing was written where something is needed."""

    message = N_("Fill in this field.")


class TooLong(Refused):
    """More signs than the field takes."""

    message = N_("Write at most %(limit)s characters.")


class UnusableSigns(Refused):
    """Control, direction or line-separator characters in a line (requirement C2)."""

    message = N_("The text holds characters that cannot be used. Write it again on your keyboard.")


class UnusableName(Refused):
    """A sign that no name holds (requirement C1)."""

    message = N_("The name holds characters that cannot be used. Use letters, spaces, hyphens and apostrophes.")


class AddressInName(Refused):
    """A web or mail address where a name belongs: names reach people who did not write them (requirement G6)."""

    message = N_("Write only the name here, no web or mail address.")


class IdentityNumber(Refused):
    """A Swedish personal identity or coordination number (requirement C13)."""

    message = N_("Do not write a personal identity number. We do not need it and will not store it.")


def one_line(raw: str, *, limit: int) -> str:
    """`raw` as one clean line: NFC, trimmed, single spaces; "" when nothing is left.

    Raises TooLong and UnusableSigns. Letters, signs and emoji of every script are let through.
    """
    # NFC shortens and seldom lengthens; four times the limit holds every honest way to write a text that fits.
    if len(raw) > 4 * limit:
        raise TooLong(limit=limit)
    if not raw.isascii():
        raw = unicodedata.normalize("NFC", raw).translate(DROPPED)
    if not raw.isprintable() and any(_is_unusable(sign) for sign in raw):
        raise UnusableSigns
    line = " ".join(raw.split())
    if len(line) > limit:
        raise TooLong(limit=limit)
    return line


def name(raw: str) -> str:
    """A person's name or alias (requirement C1): letters and marks of any script, space, apostrophe, hyphen, full stop.

    Raises Missing, TooLong, UnusableSigns, IdentityNumber, AddressInName, UnusableName.
    """
    line = one_line(raw.translate(NAME_SPELLING) if len(raw) <= 4 * NAME_LENGTH else raw, limit=NAME_LENGTH)
    # A lone joiner is as invisible as a lone space.
    if not line.strip(ZWNJ + ZWJ + " "):
        raise Missing
    if find_identity_number(line):
        raise IdentityNumber
    if _ADDRESS.search(line):
        raise AddressInName
    if not (line.isalpha() or (_all_name_signs(line) and any(sign.isalpha() for sign in line))):
        raise UnusableName
    return line


def ascii_digits(text: str) -> str:
    """`text` with the decimal digits of every script written 0-9: "٧" becomes "7", "²" stays what it is."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def whole_number(raw: str) -> int | None:
    """The number that `raw` is, digits of any script, spaces around; None for everything else, "-1" and "7.5" too."""
    if len(raw) > 40:
        return None
    digits = ascii_digits(raw.strip())
    return int(digits) if 0 < len(digits) <= 9 and digits.isascii() and digits.isdigit() else None


def fold_name(written: str) -> str:
    """A name for comparing: the same for "ADA-Maria" and "Ada‑maria"; å stays apart from a. For keys, never shown."""
    folded = unicodedata.normalize("NFKC", written.replace("’", "'").translate(NAME_SPELLING)).casefold()
    return " ".join(folded.replace(ZWJ, "").replace(ZWNJ, "").split())


def find_identity_number(text: str) -> str | None:
    """The first Swedish identity or coordination number in `text`, as written; None when there is none.

    10 or 12 digits of any script with "-", "+", a space or nothing before the last four, a date that exists (the day
    + 60 in coordination numbers) and a right check digit. SFS 1991:481, section 18, and 2022:1697.
    """
    digits = ascii_digits(text)
    for found in _IDENTITY.finditer(digits):
        century, year, month, day, serial = found.groups()
        if _exists(century, year, int(month), int(day)) and _luhn(year + month + day + serial):
            return text[found.start() : found.end()]
    return None


# A full stop with two letters or more right after it makes an address ("evil.se"); initials have one ("J.R. Berg").
_ADDRESS = re.compile(r"[@/\\:]|\bwww\b|\.[^\W\d_]{2}", re.IGNORECASE)
_IDENTITY = re.compile(r"(?<!\d)(\d\d)?(\d\d)(\d\d)(\d\d)(?: ?[-+\u2010-\u2015\u2212] ?| )?(\d{4})(?!\d)", re.ASCII)


def _is_unusable(sign: str) -> bool:
    """Whether a sign has no business in a line: controls, separators, direction marks, surrogates, private use."""
    kind = unicodedata.category(sign)
    if kind == "Cf":
        return sign not in (ZWJ, ZWNJ)
    # Unassigned (Cn) may be next year's emoji; what can never be assigned is refused.
    return kind in ("Cc", "Zl", "Zp", "Cs", "Co") or (kind == "Cn" and _is_noncharacter(ord(sign)))


def _is_noncharacter(point: int) -> bool:
    return point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF


def _all_name_signs(line: str) -> bool:
    return all(sign in NAME_SIGNS or _is_letter_or_mark(sign) or _joins(line, at) for at, sign in enumerate(line))


def _is_letter_or_mark(sign: str) -> bool:
    return sign.isalpha() or unicodedata.category(sign).startswith("M")


def _joins(line: str, at: int) -> bool:
    """Whether the sign at `at` is a joiner with a letter or mark on both sides, as Persian and Indic scripts need."""
    return (
        line[at] in (ZWJ, ZWNJ)
        and 0 < at < len(line) - 1
        and _is_letter_or_mark(line[at - 1])
        and _is_letter_or_mark(line[at + 1])
    )


def _exists(century: str | None, year: str, month: int, day: int) -> bool:
    return any(_is_date(whole, month, day - 60 if day > 60 else day) for whole in _years(century, year))


def _years(century: str | None, year: str) -> Iterator[int]:
    if century is None:
        yield from (1900 + int(year), 2000 + int(year))
    elif century in ("18", "19", "20"):
        yield int(century + year)


@lru_cache(256)
def _is_date(year: int, month: int, day: int) -> bool:
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True


def _luhn(digits: str) -> bool:
    """Whether the last digit checks the others: every second one doubled, from the first (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(digits))
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0
