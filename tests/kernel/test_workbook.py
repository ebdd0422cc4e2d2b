"""Reading XLSX files from people: honest ones, broken ones, and bombs."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

import openpyxl
import pytest

from booking.kernel import cells, table, workbook
from booking.kernel.sheet import Sheet, as_csv, as_xlsx
from booking.kernel.table import BadTable, Column, needed, optional

COLUMNS: dict[str, Column[Any]] = {
    "namn": needed(cells.text(40)),
    "dag": needed(cells.day),
    "tid": needed(cells.clock_time),
    "antal": optional(cells.whole(0, 99)),
    "ja": optional(cells.yes_no, default=False, always=False),
}
HEADER = ("Namn", "Dag", "Tid", "Antal")


def made(*rows: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(raw: bytes) -> list[dict[str, Any]]:
    return table.read(raw, columns=COLUMNS, into=lambda **values: values, key=None)


def faults(raw: bytes) -> list[str]:
    with pytest.raises(BadTable) as caught:
        read(raw)
    return [str(fault) for fault in caught.value.faults]


def test_typed_cells_read_as_people_would_write_them() -> None:
    when = dt.datetime.fromisoformat("2026-11-05")
    raw = made((*HEADER, "ja"), ("Ada", when, dt.time(15, 30), 12.0, True), (), ("Bo", "2026-11-06", "9.05", None))

    assert read(raw) == [
        {"line": 2, "namn": "Ada", "dag": dt.date(2026, 11, 5), "tid": dt.time(15, 30), "antal": 12, "ja": True},
        {"line": 4, "namn": "Bo", "dag": dt.date(2026, 11, 6), "tid": dt.time(9, 5), "antal": None, "ja": False},
    ]


def test_what_the_house_writes_it_reads_again_in_both_kinds() -> None:
    sheet = Sheet(
        name="Pass",
        columns=HEADER,
        rows=[
            ["=1+1", dt.date(2026, 11, 5), dt.time(9, 5), 3],
            ["'s-Gravenhage", dt.date(2026, 11, 6), dt.time(23), None],
        ],
    )

    told = [read(raw) for raw in (as_csv(sheet), as_xlsx(sheet, made_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC)))]

    assert [row["namn"] for row in told[0]] == ["=1+1", "'s-Gravenhage"]
    assert told[0] == told[1]


def test_a_fault_names_row_and_column_as_in_csv() -> None:
    raw = made(HEADER, ("Ada", "i morgon", dt.time(15, 30), 3), ("Bo", "2026-11-06", "halv fyra", 100))

    assert [fault.partition(":")[0] for fault in faults(raw)] == [
        "line 2, column dag",
        "line 3, column tid",
        "line 3, column antal",
    ]


def test_a_cell_beyond_the_headings_is_a_fault_and_an_empty_one_is_not() -> None:
    assert read(made(HEADER, ("Ada", "2026-11-05", "15:30", 3, None, "")))[0]["antal"] == 3
    assert "cells" in faults(made(HEADER, ("Ada", "2026-11-05", "15:30", 3, None, "mer")))[0]


def test_a_formula_counts_by_the_value_that_was_saved_and_is_never_computed() -> None:
    raw = made(HEADER, ("=1+1", "2026-11-05", "15:30", 3))

    assert "column namn" in faults(raw)[0]  # openpyxl saves no value


@pytest.mark.parametrize("raw", [b"PK\x03\x04", b"PK\x03\x04" + b"\0" * 400, b"PK\x03\x04 not a zip at all"])
def test_what_only_begins_like_a_workbook_is_refused(raw: bytes) -> None:
    assert "cannot be read as XLSX" in faults(raw)[0]


def repacked(raw: bytes, **parts: bytes) -> bytes:
    """The same file with other contents in some of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            name = part.filename.rpartition("/")[2].partition(".")[0]
            new.writestr(part.filename, parts.get(name, old.read(part)))
    return out.getvalue()


def test_a_workbook_that_lost_a_part_is_refused() -> None:
    raw = made(HEADER)

    for part in ("workbook", "sheet1", "styles"):
        assert "cannot be read as XLSX" in faults(repacked(raw, **{part: b"<broken"}))[0], part


def test_entities_that_grow_are_refused() -> None:
    laughs = b"".join(b'<!ENTITY a%d "%s">' % (at, b"&a%d;" % (at - 1) * 10) for at in range(1, 9))
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY a0 "ha">' + laughs + b"]>"
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        b'<c r="A1" t="inlineStr"><is><t>&a8;</t></is></c></row></sheetData></worksheet>'
    )

    assert "cannot be read as XLSX" in faults(repacked(made(HEADER), sheet1=bomb))[0]


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    raw = repacked(made(HEADER), theme1=b"\0" * (workbook.MAX_UNPACKED + 1))

    assert len(raw) < 100_000
    assert "cannot be read as XLSX" in faults(raw)[0]


def test_rows_far_down_are_not_walked_to() -> None:
    far = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>Namn</t></is></c></row>'
        b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>'
    )

    assert len(list(workbook.lines(repacked(made(HEADER), sheet1=far), most=100))) == 1
