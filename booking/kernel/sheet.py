"""Writing tables for spreadsheets, as CSV and as XLSX: what people wrote opens as text, never as a formula (C11).

The one place where rows leave the house as a file. CSV is what Swedish Excel opens by a double click: UTF-8 with a byte
order mark, semicolons, CRLF, a decimal comma. XLSX keeps the kinds of the cells, so dates sort and leading zeros stay.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from booking.kernel import clock

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

# None is an empty cell. Times of day and whole instants are wall times of Stockholm; an aware one is turned into one.
Cell: TypeAlias = str | int | float | dt.date | dt.time | None

BOM = "\ufeff"
# Excel's own limits (its specifications).
CELL_LENGTH = 32_767
NAME_LENGTH = 31
# A spreadsheet takes a cell that begins so for something to compute or to run; full-width signs are folded first.
_BEGINNINGS = frozenset("=+-@\t\r\0")
# XML 1.0, 2.2: a file that holds one of these opens nowhere. Surrogates cannot be encoded at all.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_UNNAMEABLE = re.compile(r"[\[\]:*?/\\]")
_WIDEST = 60
_DAY, _INSTANT, _CLOCK = "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "hh:mm"


class SheetKind(StrEnum):
    """In which dress a table leaves; the value is the ending of the file's name."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def mimetype(self) -> str:
        return _MIMETYPES[self]


_MIMETYPES = {
    SheetKind.CSV: "text/csv; charset=utf-8",
    SheetKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table: what it is called, the headings in the reader's language, and as many cells in each row.

    `footer` stands on every printed page of an XLSX, such as the day after which the list is to be destroyed.
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    footer: str = ""


def written(sheet: Sheet, kind: SheetKind, *, made_at: dt.datetime) -> bytes:
    """The whole file."""
    return as_csv(sheet) if kind is SheetKind.CSV else as_xlsx(sheet, made_at=made_at)


def as_csv(sheet: Sheet) -> bytes:
    """CSV for Swedish Excel. Text that a spreadsheet would compute has an apostrophe before it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows([_told(cell) for cell in row] for row in _checked(sheet))
    return (BOM + out.getvalue()).encode()


def as_xlsx(sheet: Sheet, *, made_at: dt.datetime) -> bytes:
    """XLSX with one sheet: text, numbers, dates; never a formula, never a link. `made_at` is noted in the file."""
    import xlsxwriter  # for few, and seldom

    out = io.BytesIO()
    # In memory: a list of people must leave no copy in the temporary files of the machine.
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": _text(sheet.name), "created": made_at.replace(tzinfo=None, microsecond=0)})
        page = book.add_worksheet(_sheet_name(sheet.name))
        formats = {kind: book.add_format({"num_format": kind}) for kind in (_DAY, _INSTANT, _CLOCK)}
        heading, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        for line, row in enumerate(_checked(sheet)):
            for place, cell in enumerate(row):
                _write(page, line, place, cell, formats, heading if line == 0 else wrapped)
        _dress(page, sheet)
    return out.getvalue()


def guarded(text: str) -> str:
    """`text` so that no spreadsheet computes it: with an apostrophe before it when it begins like a formula.

    The apostrophe is seen; it is the price of CSV, which cannot say that a cell is text. What stands first counts
    after invisible signs and spaces, which some programs take away, and full-width signs count as their plain ones.
    """
    begins = next((sign for sign in text if sign in _BEGINNINGS or not _is_invisible(sign)), "")
    return f"'{text}" if begins and unicodedata.normalize("NFKC", begins)[0] in _BEGINNINGS else text


def file_name(*parts: object) -> str:
    """A name for a file out of words, without ending: letters, digits and hyphens alone, so no path and no header can
    be made of it (requirement C12)."""
    plain = unicodedata.normalize("NFKD", "-".join(str(part) for part in parts)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")[:80].strip("-") or "lista"


def _checked(sheet: Sheet) -> Iterator[Sequence[Cell]]:
    """The headings and the rows. A row of another width is a mistake of ours: no file is better than a wrong one."""
    yield sheet.columns
    for row in sheet.rows:
        if len(row) != len(sheet.columns):
            raise ValueError(f"{len(row)} cells under {len(sheet.columns)} headings")
        yield row


def _told(cell: Cell) -> str:
    """A cell as CSV has it."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        # A tab or a line break within is kept, quoted; what stands for nothing anywhere is not.
        return guarded(_text(cell))
    if isinstance(cell, bool):
        raise TypeError("yes and no are words of the page's language: give them as text")
    if isinstance(cell, dt.datetime):
        return f"{_wall(cell):%Y-%m-%d %H:%M}"
    if isinstance(cell, dt.time):
        return f"{cell:%H:%M}"
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell).replace(".", ",") if isinstance(cell, float) else str(cell)


def _write(page: Worksheet, line: int, place: int, cell: Cell, formats: dict[str, object], dress: object) -> None:
    """One cell by the writer of its kind. Never `write`, which guesses formulas and links from what a text says."""
    if cell is None:
        return
    if isinstance(cell, str):
        page.write_string(line, place, _text(cell), dress)
    elif isinstance(cell, bool):
        raise TypeError("yes and no are words of the page's language: give them as text")
    elif isinstance(cell, dt.datetime):
        page.write_datetime(line, place, _wall(cell), formats[_INSTANT])
    elif isinstance(cell, dt.time):
        page.write_datetime(line, place, cell, formats[_CLOCK])
    elif isinstance(cell, dt.date):
        page.write_datetime(line, place, cell, formats[_DAY])
    else:
        page.write_number(line, place, cell)


def _dress(page: Worksheet, sheet: Sheet) -> None:
    """Headings that stay in sight and on every printed page, filters, columns as wide as what they hold."""
    last = len(sheet.columns) - 1
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, len(sheet.rows), last)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    # A single & begins a code in a footer.
    page.set_footer("&L" + _text(sheet.footer).replace("&", "&&")[:200] + "&R&P (&N)")
    for place, heading in enumerate(sheet.columns):
        cells = [heading, *(_told(row[place]) for row in sheet.rows)]
        widest = max(len(line) for cell in cells for line in (cell.split("\n") or [""]))
        page.set_column(place, place, min(widest + 3, _WIDEST))


def _text(text: str) -> str:
    """What can stand in a cell of either kind of file."""
    return _UNWRITABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")[: CELL_LENGTH - 1]


def _sheet_name(name: str) -> str:
    """A sheet's name as Excel takes it: short, without some signs, no apostrophe at its ends."""
    return _UNNAMEABLE.sub(" ", _text(name)).replace("\n", " ").strip(" '")[:NAME_LENGTH].strip(" '") or "Lista"


def _wall(instant: dt.datetime) -> dt.datetime:
    """A moment as Stockholm's clocks show it; what has no zone is that already."""
    return instant if instant.tzinfo is None else clock.to_local(instant).replace(tzinfo=None)


def _is_invisible(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) in ("Cc", "Cf", "Mn")
