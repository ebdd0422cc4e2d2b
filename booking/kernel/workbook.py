"""Reading XLSX files from people: the first sheet as rows of text, like CSV. Nothing is computed or fetched."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

from booking.kernel.refusal import N_, Refused

# What a zip file begins with; CSV never does.
MAGIC = b"PK\x03\x04"
# An honest sheet of our size unpacks to a tenth of this; a bomb says more, or breaks off when it turns out to lie.
MAX_UNPACKED = 60_000_000
MAX_PARTS = 500
MAX_COLUMNS = 60


class NotAWorkbook(Refused):
    message = N_("This file cannot be read as XLSX. Save it anew in your spreadsheet program, or save it as CSV.")


def is_workbook(raw: bytes) -> bool:
    """Whether the bytes say of themselves that they are XLSX."""
    return raw.startswith(MAGIC)


def lines(raw: bytes, *, most: int) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells as text) of each row that is not blank, at most `most` rows down. Raises NotAWorkbook.

    A row has as many cells as the first one, or more when something stands beyond. Dates become 2026-11-05, times
    15:30, whole numbers lose their ".0", yes and no are ja and nej. Of a formula the value counts that was saved.
    """
    width = 0
    for number, values in enumerate(_values(raw, most=most), start=1):
        cells = [_text(value) for value in values]
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if any(cell.strip() for cell in cells):
            width = width or len(cells)
            yield number, cells + [""] * (width - len(cells))


def _values(raw: bytes, *, most: int) -> Iterator[tuple[Any, ...]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    broken = (
        *(zipfile.BadZipFile, InvalidFileException, ParseError),  # what defusedxml refuses is a ValueError
        *(KeyError, ValueError, TypeError, IndexError, AttributeError, EOFError, OSError, NotImplementedError),
    )
    try:
        _check_size(raw)
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        page = book.worksheets[0]
        page.reset_dimensions()  # what a file says of its own size is not to be trusted
        yield from page.iter_rows(max_row=most, max_col=MAX_COLUMNS, values_only=True)
    except broken as fault:
        # Whatever is wrong inside, the reader can only save the file anew.
        raise NotAWorkbook from fault


def _check_size(raw: bytes) -> None:
    """Refuse what unpacks to more than any sheet of ours. `zipfile` gives no more of a part than its size says."""
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        parts = packed.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise NotAWorkbook


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    if isinstance(value, dt.timedelta):  # a time of the day in a cell of the form [h]:mm
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
