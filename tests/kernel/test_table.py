"""Reading CSV files: every fault at once, with its place and what to do."""

from __future__ import annotations

import csv
import datetime as dt
import io
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.kernel import cells, table
from booking.kernel.refusal import N_, Refused
from booking.kernel.table import BadTable, Column, Tally, needed, optional


class Kind(StrEnum):
    MAIN = "main"
    BRANCH = "branch"


class TooFew(Refused):
    message = N_("A main library has at least 10 seats. Write more.")


@dataclass(frozen=True, kw_only=True)
class Shelf:
    line: int
    slug: str
    kind: Kind
    seats: int
    note: str | None

    def __post_init__(self) -> None:
        if self.kind is Kind.MAIN and self.seats < 10:
            raise TooFew(field="seats")


COLUMNS: dict[str, Column[object]] = {
    "slug": needed(cells.slug),
    "kind": needed(cells.choice(Kind)),
    "seats": needed(cells.whole(1, 100)),
    "note": optional(cells.prose(40), always=False),
}
NO_ADDRESS = 'cannot be part of an address. Use a-z, 0-9 and single hyphens, as in "norra-asum".'
HEADER = "slug,kind,seats,note\n"


def read(text: str | bytes) -> list[Shelf]:
    raw = text if isinstance(text, bytes) else text.encode()
    return table.read(raw, columns=COLUMNS, into=Shelf, key="slug")


def faults(text: str | bytes) -> list[str]:
    """The faults that reading gives, as a person reads them."""
    with pytest.raises(BadTable) as refusal:
        read(text)
    assert refusal.value.values == {"count": len(refusal.value.faults)}
    return [str(fault) for fault in refusal.value.faults]


ADA = Shelf(line=2, slug="ahus", kind=Kind.BRANCH, seats=12, note="Hiss, ramp")


@pytest.mark.parametrize(
    "text",
    [
        HEADER + 'ahus,branch,12,"Hiss, ramp"\n',
        "\ufeff" + HEADER + 'ahus,branch,12,"Hiss, ramp"',
        "slug;kind;seats;note\r\nahus;branch;12;Hiss, ramp\r\n",
        "slug\tkind\tseats\tnote\nahus\tbranch\t12\tHiss, ramp\n",
        'Slug , KIND,Seats,Note\n  ahus , BRANCH , ١٢ ,"Hiss, ramp"\n',
        'note,seats,kind,slug\n"Hiss, ramp",12,branch,ahus\n',
        'slug,kind,seats,note,,\nahus,branch,12,"Hiss, ramp",,\n',
        HEADER + 'ahus,branch,12,"Hiss, ramp"\n\n,,,\n',
    ],
    ids=[
        "plain",
        "byte order mark",
        "semicolons",
        "tabs",
        "spaces and case",
        "other order",
        "empty columns",
        "blank lines",
    ],
)
def test_files_come_in_many_shapes_and_say_the_same(text: str) -> None:
    assert read(text) == [ADA]


def test_a_column_that_may_be_missing_gives_its_default() -> None:
    assert read("slug,kind,seats\nahus,branch,12\n")[0].note is None


def test_every_fault_is_told_at_once_and_in_the_order_of_the_lines() -> None:
    text = HEADER + (
        "Åhus,branch,12,\n"
        "tollarp,filial,101,\n"
        '"linje\nbrott",branch,0,\n'
        "everod,branch,,\n"
        "farlov,main,9,\n"
        "vilan,branch,1\n"
        "ok,branch,1,\n"
        "ok,branch,2,\n"
    )

    assert faults(text) == [
        f'line 2, column slug: "Åhus" {NO_ADDRESS}',
        'line 3, column kind: "filial" is not known. Choose one of main, branch.',
        'line 3, column seats: "101" is not a number from 1 to 100. Correct it.',
        f'line 4, column slug: "linje?brott" {NO_ADDRESS}',
        'line 4, column seats: "0" is not a number from 1 to 100. Correct it.',
        "line 6, column seats: Fill in this field.",
        "line 7, column seats: A main library has at least 10 seats. Write more.",
        "line 8: The row has 3 cells and the first line 4. Put quotes round text that holds a comma.",
        'line 10, column slug: "ok" stands on line 9 already. Each may stand once.',
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: The file is empty. The first line names the columns: slug, kind, seats, note."),
        ("\n\n", "line 1: The file is empty. The first line names the columns: slug, kind, seats, note."),
        ("slug,kind\n", "line 1, column seats: The column is missing in the first line. Add it."),
        (
            "slug,kind,seats,adress\n",
            "line 1, column adress: The column is not known. Remove it, or name it as one of slug, kind, seats, note.",
        ),
        ("slug,kind,seats,slug\n", "line 1, column slug: The column stands twice in the first line. Remove one."),
        (HEADER + 'ahus,branch,12,"no end\n', "line 2: The row cannot be read as CSV. Check its quotes."),
        (
            HEADER.encode() + "ahus,branch,12,hörsal\n".encode("latin-1"),
            'line 2: This is not UTF-8 text. Save the file as "CSV UTF-8" and try again.',
        ),
        (
            HEADER.encode("utf-16"),
            'line 1: This is not UTF-8 text. Save the file as "CSV UTF-8" and try again.',
        ),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(text: str | bytes, told: str) -> None:
    assert faults(text) == [told]


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    assert faults(b"x" * (table.MAX_BYTES + 1)) == ["line 1: The file is larger than 5 MB. Split it."]
    assert faults(HEADER + "a,branch,1,\n" * (table.MAX_ROWS + 1)) == [
        f"line {table.MAX_ROWS + 2}: The file has more than 20000 rows. Split it."
    ]


@pytest.mark.parametrize("sign", ["\0", "\x07", "\u202e", "\u2066", "\u2028"])
def test_signs_that_nobody_can_see_are_refused(sign: str) -> None:
    assert faults(HEADER + f"ahus,branch,12,a{sign}b\n") == [
        "line 2, column note: The text holds characters that cannot be used. Write it again on your keyboard."
    ]


def test_a_fault_shows_no_sign_that_could_steer_a_terminal() -> None:
    (told,) = faults(HEADER + "\x1b[31mred,branch,12,\n")

    assert "\x1b" not in told
    assert '"?[31mred"' in told


@given(st.binary(max_size=400))
def test_whatever_stands_in_a_file_it_is_read_or_refused(raw: bytes) -> None:
    with suppress(BadTable):
        assert all(isinstance(shelf, Shelf) for shelf in read(HEADER.encode() + raw))


@given(st.text(max_size=40))
def test_whatever_stands_in_a_cell_it_is_read_or_refused(text: str) -> None:
    written = io.StringIO()
    csv.writer(written).writerow(["ahus", "branch", "12", text])

    with suppress(BadTable):
        (shelf,) = read((HEADER + written.getvalue()).encode())
        assert all(sign == "\n" or unicodedata.category(sign) != "Cc" for sign in shelf.note or "")


@pytest.mark.parametrize(
    ("text", "time"), [("15:30", (15, 30)), ("9.05", (9, 5)), ("00:00", (0, 0)), ("23:59", (23, 59))]
)
def test_clock_times(text: str, time: tuple[int, int]) -> None:
    assert cells.clock_time(text) == dt.time(*time)


@pytest.mark.parametrize("text", ["24:00", "12:60", "1530", "15", "15:3", "kl 15:30", "-1:00", "15:30:00"])
def test_what_is_no_clock_time(text: str) -> None:
    with pytest.raises(cells.NotAClockTime):
        cells.clock_time(text)


@pytest.mark.parametrize("text", ["2026-02-30", "0001-01-01", "9999-12-31", "5/11 2026", "2026-1-5", "26-01-05"])
def test_what_is_no_date_that_can_be_planned(text: str) -> None:
    with pytest.raises(cells.NotADay):
        cells.day(text)


def test_a_date() -> None:
    assert cells.day("2028-02-29") == dt.date(2028, 2, 29)


@pytest.mark.parametrize(("text", "number"), [("56.031", 56.031), ("56,031", 56.031), ("-90", -90.0), ("90", 90.0)])
def test_numbers_with_point_or_comma(text: str, number: float) -> None:
    assert cells.decimal(-90, 90)(text) == number


@pytest.mark.parametrize("text", ["90.001", "-91", "nan", "inf", "1e", "1 000", "fem", "9" * 500])
def test_what_is_no_number_in_the_range(text: str) -> None:
    with pytest.raises(cells.NotANumber):
        cells.decimal(-90, 90)(text)


@pytest.mark.parametrize("text", ["0", "101", "-1", "7.5", "7e1", "9" * 500, "x", "²"])
def test_what_is_no_whole_number_in_the_range(text: str) -> None:
    with pytest.raises(cells.NotANumber):
        cells.whole(1, 100)(text)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("JA", True), ("1", True), ("False", False), ("nej", False)]
)
def test_yes_and_no(text: str, value: bool) -> None:
    assert cells.yes_no(text) is value


def test_neither_yes_nor_no() -> None:
    with pytest.raises(cells.NotYesOrNo):
        cells.yes_no("kanske")


@pytest.mark.parametrize("text", ["Åhus", "a_b", "a--b", "-a", "a-", "a b", "a/../b", "x" * 81])
def test_what_cannot_be_part_of_an_address(text: str) -> None:
    with pytest.raises(cells.NotASlug):
        cells.slug(text)


def test_paragraphs_stay_and_spaces_do_not() -> None:
    assert cells.prose(40)("Ett  stycke.\r\n\r\nEtt  till.") == "Ett stycke.\n\nEtt till."


@pytest.mark.parametrize(
    ("tally", "words"),
    [
        (Tally(unchanged=14), "14 unchanged"),
        (Tally(updated=2, unchanged=12), "2 updated, 12 unchanged"),
        (Tally(added=70), "70 added"),
        (Tally(), "0 rows"),
    ],
)
def test_a_tally_says_what_was_done(tally: Tally, words: str) -> None:
    assert str(tally) == words
    assert tally.has_changed is bool(tally.added or tally.updated)
