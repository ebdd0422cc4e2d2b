"""What the cells of an imported table may hold. A reader takes a trimmed cell that is not empty, or raises Refused."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Collection
from enum import StrEnum
from typing import TypeVar

from booking.kernel.refusal import N_, Refused
from booking.kernel.text import TooLong, one_line, whole_number

E = TypeVar("E", bound=StrEnum)

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CLOCK = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_YES, _NO = ("true", "yes", "ja", "1"), ("false", "no", "nej", "0")


class NotASlug(Refused):
    message = N_('"%(value)s" cannot be part of an address. Use a-z, 0-9 and single hyphens, as in "norra-asum".')


class NotANumber(Refused):
    message = N_('"%(value)s" is not a number from %(lowest)s to %(highest)s. Correct it.')


class NotAClockTime(Refused):
    message = N_('"%(value)s" is not a time. Write it as 15:30.')


class NotADay(Refused):
    message = N_('"%(value)s" is not a date. Write it as 2026-11-05.')


class NotYesOrNo(Refused):
    message = N_('"%(value)s" is not true or false. Write one of them.')


class NotAChoice(Refused):
    message = N_('"%(value)s" is not known. Choose one of %(choices)s.')


class NotLike(Refused):
    message = N_('"%(value)s" is not right here. Write it as %(like)s.')


def text(limit: int) -> Callable[[str], str]:
    """One line of at most `limit` characters (see `kernel.text.one_line`)."""
    return lambda cell: one_line(cell, limit=limit)


def prose(limit: int) -> Callable[[str], str]:
    """Text of several lines, of at most `limit` characters together; a blank line parts paragraphs."""

    def read_prose(cell: str) -> str:
        if len(cell) > limit:
            raise TooLong(limit=limit)
        # Not splitlines(), for which half a dozen invisible signs end a line.
        lines = cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return "\n".join(one_line(line, limit=limit) for line in lines)

    return read_prose


def slug(cell: str) -> str:
    """A word of an address: what is known by it keeps it for life."""
    if len(cell) > 80 or not _SLUG.fullmatch(cell):
        raise NotASlug(value=_quoted(cell))
    return cell


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """A whole number, both ends included; digits of any script."""

    def read_whole(cell: str) -> int:
        number = whole_number(cell)
        if number is None or not lowest <= number <= highest:
            raise NotANumber(value=_quoted(cell), lowest=lowest, highest=highest)
        return number

    return read_whole


def decimal(lowest: float, highest: float) -> Callable[[str], float]:
    """A number with a decimal point or comma, both ends included."""

    def read_decimal(cell: str) -> float:
        try:
            number = float(cell.replace(",", ".")) if len(cell) <= 24 else math.nan
        except ValueError:
            number = math.nan
        if not lowest <= number <= highest:  # false for nan
            raise NotANumber(value=_quoted(cell), lowest=lowest, highest=highest)
        return number

    return read_decimal


def clock_time(cell: str) -> dt.time:
    """A time of the day: 15:30, 15.30 or 9:05."""
    found = _CLOCK.fullmatch(cell)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise NotAClockTime(value=_quoted(cell))
    return dt.time(int(found[1]), int(found[2]))


def day(cell: str) -> dt.date:
    """A date of the years that the clock plans for: 2026-11-05."""
    found = _DAY.fullmatch(cell)
    try:
        if found and 2000 <= int(found[1]) < 2100:
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise NotADay(value=_quoted(cell))


def moment(cell: str) -> dt.datetime:
    """A date, or a date and a time of it, as a wall time: 2026-11-05, 2026-11-05 09:00. A date alone is its first
    minute."""
    written, _, time = cell.replace("T", " ").partition(" ")
    return dt.datetime.combine(day(written), clock_time(time.strip()) if time.strip() else dt.time())


def yes_no(cell: str) -> bool:
    folded = cell.casefold()
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise NotYesOrNo(value=_quoted(cell))


def choice(kind: type[E], *, also: dict[str, E] | None = None, hidden: Collection[E] = ()) -> Callable[[str], E]:
    """One of an enum's values; `also` gives other words for them, `hidden` are read, for the row to judge, but not
    offered."""
    words = {member.value: member for member in kind} | (also or {})
    offered = [word for word, member in words.items() if member not in hidden]

    def read_choice(cell: str) -> E:
        if cell.casefold() not in words:
            raise NotAChoice(value=_quoted(cell), choices=", ".join(offered))
        return words[cell.casefold()]

    return read_choice


def matching(pattern: str, *, like: str) -> Callable[[str], str]:
    """Text that matches the whole of `pattern`, explained by the example `like`."""
    compiled = re.compile(pattern)

    def read_matching(cell: str) -> str:
        if len(cell) > 200 or not compiled.fullmatch(cell):
            raise NotLike(value=_quoted(cell), like=like)
        return cell

    return read_matching


def _quoted(cell: str) -> str:
    """A cell short and harmless enough to stand in a message on a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in cell[:40])
