"""What people type, judged on each side of every limit (requirements C1, C2, C6, C13, G6)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.kernel import text
from booking.kernel.refusal import Refused

NAMES = [
    "A",
    "Ada",
    "Åsa-Maria",
    "d’Artagnan",
    "O'Neil",
    "J. R. Berg",
    "J.R. Berg",
    "Đặng Thị Ánh",
    "Þórunn",
    "İpek",
    "Ægir",
    "Ёлка",
    "Ελένη",
    "محمد",
    "علی\u200cرضا",  # ZWNJ between letters, Persian
    "शक्\u200dति",  # ZWJ after a virama, Hindi
    "أَحْمَد",  # with vowel marks
    "李小龙",
    "さくら",
    "김민준",
    "ไม้เอก",
    "ប៊ុន",
    "ኤልሳ",
    "Nguyễn",
    "x" * 80,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_script_is_taken(name: str) -> None:
    assert text.name(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Ada  ", "Ada"),
        ("Ada   Bo", "Ada Bo"),
        ("A\u030asa", "Åsa"),  # a ring of its own becomes part of the letter
        ("Ada\u00a0Bo", "Ada Bo"),
        ("Anna\u2011Lisa", "Anna-Lisa"),
        ("Ada\u200b", "Ada"),
        ("\ufeffAda", "Ada"),
    ],
)
def test_what_keyboards_leave_behind_is_tidied(written: str, kept: str) -> None:
    assert text.name(written) == kept


@pytest.mark.parametrize(
    ("written", "refusal"),
    [
        ("", text.Missing),
        ("   ", text.Missing),
        ("\u00a0\u3000", text.Missing),
        ("\u200b", text.Missing),
        ("\u200d", text.Missing),
        ("x" * 81, text.TooLong),
        ("x" * 1_000_000, text.TooLong),
        ("A\0da", text.UnusableSigns),
        ("A\rda", text.UnusableSigns),
        ("A\nda", text.UnusableSigns),
        ("Ada\n", text.UnusableSigns),
        ("A\tda", text.UnusableSigns),
        ("A\x7fda", text.UnusableSigns),
        ("A\u0085da", text.UnusableSigns),
        ("A\u2028da", text.UnusableSigns),
        ("A\u2029da", text.UnusableSigns),
        ("A\u202eda", text.UnusableSigns),
        ("A\u2066da", text.UnusableSigns),
        ("A\u200fda", text.UnusableSigns),
        ("A\ud800da", text.UnusableSigns),
        ("A\ue000da", text.UnusableSigns),
        ("A\ufffeda", text.UnusableSigns),
        ("A\U000e0041da", text.UnusableSigns),  # invisible tag letters
        ("Ada1", text.UnusableName),
        ("<b>Ada</b>", text.AddressInName),
        ("Ada <b>", text.UnusableName),
        ("=Ada", text.UnusableName),
        ("Ada_Bo", text.UnusableName),
        ("Ada😀", text.UnusableName),
        ("...", text.UnusableName),
        ("-", text.UnusableName),
        ("\u0301", text.UnusableName),
        ("Ada\u200d Bo", text.UnusableName),  # a joiner that joins nothing
        ("ada@example.org", text.AddressInName),
        ("https://evil.example", text.AddressInName),
        ("evil.se", text.AddressInName),
        ("WWW Evil", text.AddressInName),
        ("Köp på evil.example nu", text.AddressInName),
        ("850709-9805", text.IdentityNumber),
    ],
)
def test_what_is_no_name_is_refused_by_name(written: str, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        text.name(written)


@pytest.mark.parametrize(
    "written", ["en lugn plats 😀", "teckentolk, tack!", "nötallergi: se www.example.org", "a\u200db"]
)
def test_a_line_takes_every_honest_sign(written: str) -> None:
    assert text.one_line(written, limit=200) == written


@given(st.text(max_size=100))
def test_a_line_never_holds_a_control_a_separator_or_a_direction_mark(written: str) -> None:
    try:
        line = text.one_line(written, limit=80)
    except Refused:
        return

    assert not re.search(
        "[\0-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff]", line
    )
    assert line == unicodedata.normalize("NFC", line).strip()
    assert len(line) <= 80


class Unread(str):
    """A text that must not be looked into, only measured."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("it was read")

    isascii = isprintable = split = strip = translate = __iter__  # type: ignore[assignment]


@pytest.mark.parametrize("judge", [text.name, text.whole_number, lambda written: text.one_line(written, limit=200)])
def test_a_megabyte_is_refused_without_being_read(judge: Callable[[str], object]) -> None:
    with suppress(text.TooLong):
        assert judge(Unread("\u0301" * 1_000_000)) is None


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("007", 7),
        ("٧", 7),  # Arabic
        ("۷", 7),  # Persian
        ("७", 7),  # Devanagari
        ("７", 7),  # full width
        ("1٢", 12),
        ("0", 0),
        ("", None),
        (" ", None),
        ("-1", None),
        ("+7", None),
        ("7.5", None),
        ("7,5", None),
        ("7e1", None),
        ("0x7", None),
        ("1_0", None),
        ("7 8", None),
        ("²", None),
        ("七", None),
        ("7år", None),
        ("999999999999", None),
        ("9" * 1_000_000, None),
        ("NaN", None),
        ("∞", None),
    ],
)
def test_a_whole_number_is_digits_of_any_script_and_nothing_else(written: str, number: int | None) -> None:
    assert text.whole_number(written) == number


# The Tax Agency's own test numbers, and their coordination numbers.
@pytest.mark.parametrize(
    "number",
    [
        "850709-9805",
        "8507099805",
        "850709+9805",
        "850709 9805",
        "850709 - 9805",
        "850709–9805",
        "198507099805",
        "19850709-9805",
        "19850709 9805",
        "850769-9802",  # day + 60
        "198507699802",
        "８５０７０９-９８０５",
        "٨٥٠٧٠٩٩٨٠٥",
    ],
)
@pytest.mark.parametrize("around", ["{}", "Ada, {}.", "p.nr:{}", "({})", "född {} i maj"])
def test_an_identity_number_is_found_however_it_is_written(number: str, around: str) -> None:
    assert text.find_identity_number(around.format(number)) == number


@pytest.mark.parametrize(
    "harmless",
    [
        "",
        "Ada är 9 år",
        "850709-9806",  # wrong check digit
        "851309-9801",  # no month 13
        "850732-9803",  # no day 32
        "850230-9805",  # 30 February
        "850792-9803",  # no day 92
        "218507099805",  # no such century
        "1850709-98055",
        "18507099805",  # eleven digits
        "0040-628 04 01",
        "2026-11-25",
        "15.30-17.00",
        "070-123 45 67",
    ],
)
def test_other_numbers_are_let_through(harmless: str) -> None:
    assert text.find_identity_number(harmless) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "ADA"),
        ("Ada Bo", " ada  bo "),
        ("Åsa", "A\u030asa"),
        ("Anna-Lisa", "anna\u2011lisa"),
        ("O'Neil", "O’neil"),
        ("Straße", "STRASSE"),
        ("علی\u200cرضا", "علیرضا"),
    ],
)
def test_the_same_name_written_differently_is_one_name(one: str, other: str) -> None:
    assert text.fold_name(one) == text.fold_name(other)


@pytest.mark.parametrize(("one", "other"), [("Åsa", "Asa"), ("Ada", "Adam"), ("Bo Ada", "Ada Bo")])
def test_different_names_stay_different(one: str, other: str) -> None:
    assert text.fold_name(one) != text.fold_name(other)
