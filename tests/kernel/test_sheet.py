"""Tables for spreadsheets, read back by programs that others wrote (requirement C11)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from booking.kernel.sheet import Cell, Sheet, SheetKind, as_csv, as_xlsx, file_name, guarded, written

MADE = dt.datetime(2026, 11, 5, 14, 0, tzinfo=dt.UTC)
DANGEROUS = [
    "=1+1",
    "+46 70 123 45 67",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\0=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    " =1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u00a0@x",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example","x")',
]
HARMLESS = ["Ada", "5-7 år", "a=b", "'s-Gravenhage", "", "Måndag; tisdag", 'Hon sa "hej"', "rad 1\nrad 2", "§", "−3"]


def sheet(*rows: list[Cell], columns: tuple[str, ...] = ("Ett", "Två")) -> Sheet:
    return Sheet(name="Lista", columns=columns, rows=rows)


def read_csv(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";", strict=True))


def read_xlsx(raw: bytes) -> Worksheet:
    page = openpyxl.load_workbook(io.BytesIO(raw)).active
    assert isinstance(page, Worksheet)
    return page


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_would_be_computed_opens_as_text_in_csv(text: str) -> None:
    [_, [first, second]] = read_csv(as_csv(sheet([text, "efter"])))

    assert first.startswith("'")
    assert first.removeprefix("'") == text.replace("\0", "").replace("\r", "\n")
    assert second == "efter"


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_written_as_it_is(text: str) -> None:
    assert read_csv(as_csv(sheet([text, "efter"])))[1] == [text, "efter"]
    assert guarded(text) == text


@pytest.mark.parametrize("text", [text for text in [*DANGEROUS, *HARMLESS, "070123", "_x000D_", "1e5"] if text])
def test_every_text_is_a_text_cell_in_xlsx(text: str) -> None:
    raw = as_xlsx(sheet([text, "efter"]), made_at=MADE)
    cell = read_xlsx(raw)["A2"]

    assert (cell.data_type, cell.hyperlink) == ("s", None)
    assert cell.value == text.replace("\0", "").replace("\r", "\n")
    assert all(b"<f>" not in part and b"<hyperlink" not in part for part in parts(raw).values())


def parts(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_csv_is_what_swedish_excel_opens() -> None:
    raw = as_csv(sheet(["åäö", 7.5], [-3, None]))

    assert raw == "\ufeffEtt;Två\r\nåäö;7,5\r\n-3;\r\n".encode()


def test_headings_are_guarded_too() -> None:
    assert read_csv(as_csv(sheet(columns=("=1+1", "Två"))))[0] == ["'=1+1", "Två"]
    assert read_xlsx(as_xlsx(sheet(columns=("=1+1", "Två")), made_at=MADE))["A1"].data_type == "s"


def test_dates_and_numbers_keep_their_kind_in_xlsx_and_instants_are_stockholms() -> None:
    instant = dt.datetime(2026, 10, 24, 22, 30, tzinfo=dt.UTC)  # 00:30 summer time
    row: list[Cell] = [dt.date(2026, 11, 5), instant, dt.time(15, 30), 7, 7.25]
    made = sheet(row, columns=("dag", "när", "klockan", "antal", "timmar"))

    page = read_xlsx(as_xlsx(made, made_at=MADE))
    assert page["A2"].value == dt.datetime.fromisoformat("2026-11-05")
    assert page["A2"].number_format == "yyyy-mm-dd"
    assert page["B2"].value == dt.datetime.fromisoformat("2026-10-25T00:30")
    assert page["C2"].value == dt.time(15, 30)
    assert [page[at].data_type for at in ("D2", "E2")] == ["n", "n"]
    assert read_csv(as_csv(made))[1] == ["2026-11-05", "2026-10-25 00:30", "15:30", "7", "7,25"]


def test_a_row_of_another_width_is_no_file() -> None:
    for kind in SheetKind:
        with pytest.raises(ValueError, match="1 cells under 2 headings"):
            written(sheet(["ensam"]), kind, made_at=MADE)


def test_yes_and_no_are_the_callers_words() -> None:
    for kind in SheetKind:
        with pytest.raises(TypeError):
            written(sheet([True, "efter"]), kind, made_at=MADE)


@pytest.mark.parametrize("name", ["[Lista]: a/b\\c*?", "'", "", "x" * 60, "rad\nrad"])
def test_a_sheet_may_be_called_anything(name: str) -> None:
    made = Sheet(name=name, columns=("Ett",), rows=(), footer="Förstörs efter & =1+1")

    page = read_xlsx(as_xlsx(made, made_at=MADE))

    assert 1 <= len(page.title) <= 31
    assert page.oddFooter is not None
    assert page.oddFooter.left.text == "Förstörs efter && =1+1"


def test_a_text_longer_than_a_cell_is_cut_and_not_lost() -> None:
    assert len(str(read_xlsx(as_xlsx(sheet(["x" * 40_000, ""]), made_at=MADE))["A2"].value)) == 32_766


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("Hässleholm", dt.date(2026, 11, 5)), "hassleholm-2026-11-05"),
        (("../../etc/passwd",), "etc-passwd"),
        (('a"; filename="b.exe\r\nX: y',), "a-filename-b-exe-x-y"),
        (("مرحبا",), "lista"),
        (("x" * 200,), "x" * 80),
    ],
)
def test_a_files_name_is_plain(words: tuple[object, ...], name: str) -> None:
    """Requirement C12."""
    assert file_name(*words) == name


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_any_text_comes_back_in_its_place_and_none_is_a_formula(rows: list[list[str]]) -> None:
    made = sheet(*[list[Cell](row) for row in rows])

    told = read_csv(as_csv(made))
    page = read_xlsx(as_xlsx(made, made_at=MADE))

    assert [len(row) for row in told] == [2] * (len(rows) + 1)
    assert not any(cell[:1] in tuple("=+-@\t\r＝＋－＠") and cell for row in told for cell in row)
    assert page.max_row == len(rows) + 1 or not any(map(any, rows))
    assert not any(cell.data_type == "f" for row in page.iter_rows() for cell in row)
