"""Reading tables from people, CSV or XLSX: every row is judged before any is used, and every fault says where it is."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from booking.kernel import workbook
from booking.kernel.refusal import N_, Refused
from booking.kernel.sheet import unguarded
from booking.kernel.text import Missing

T = TypeVar("T")
Row = TypeVar("Row")

MAX_BYTES = 5_000_000
MAX_ROWS = 20_000
_DELIMITERS = ",;\t"


class Fault(NamedTuple):
    """One thing to mend: line number as an editor counts (the header is 1), the column's name or "", and what to do."""

    line: int
    column: str
    refusal: Refused

    def __str__(self) -> str:
        where = f"line {self.line}, column {self.column}" if self.column else f"line {self.line}"
        return f"{where}: {self.refusal}"


class BadTable(Refused):
    """The whole file is refused; `faults` holds everything that was found, in the order of the lines."""

    message = N_("The file has faults (%(count)s). Nothing was imported. Mend them and import it again.")

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(count=len(faults))
        self.faults = sorted(faults, key=lambda fault: fault.line)


class FileTooLarge(Refused):
    message = N_("The file is larger than %(limit)s MB. Split it.")


class TooManyRows(Refused):
    message = N_("The file has more than %(limit)s rows. Split it.")


class NotUtf8(Refused):
    message = N_('This is not UTF-8 text. Save the file as "CSV UTF-8" and try again.')


class NoHeader(Refused):
    message = N_("The file is empty. The first line names the columns: %(columns)s.")


class ColumnMissing(Refused):
    message = N_("The column is missing in the first line. Add it.")


class ColumnUnknown(Refused):
    message = N_("The column is not known. Remove it, or name it as one of %(columns)s.")


class ColumnTwice(Refused):
    message = N_("The column stands twice in the first line. Remove one.")


class WrongNumberOfCells(Refused):
    message = N_("The row has %(found)s cells and the first line %(wanted)s. Put quotes round text that holds a comma.")


class NotReadable(Refused):
    message = N_("The row cannot be read as CSV. Check its quotes.")


class Repeated(Refused):
    message = N_('"%(value)s" stands on line %(line)s already. Each may stand once.')


@dataclass(frozen=True)
class Column(Generic[T]):
    """How one column is read. `read` turns a trimmed cell into a value or raises Refused (see `kernel.cells`).

    `default` is what an empty cell means, unless the column is `required`: then an empty cell is a fault. A column that
    is not `always` in the first line may be left out, and then every row has the default.
    """

    read: Callable[[str], T]
    default: T | None = None
    required: bool = True
    always: bool = True

    def value(self, cell: str) -> T | None:
        cell = unguarded(unicodedata.normalize("NFC", cell.strip()))
        if cell:
            return self.read(cell)
        if self.required:
            raise Missing
        return self.default


def needed(read: Callable[[str], T]) -> Column[T]:
    """A column whose cells are never empty."""
    return Column(read)


def optional(read: Callable[[str], T], *, default: T | None = None, always: bool = True) -> Column[T]:
    """A column whose cells may be empty; with `always=False` the whole column may be missing."""
    return Column(read, default=default, required=False, always=always)


def read(raw: bytes, *, columns: dict[str, Column[Any]], into: Callable[..., Row], key: str | None) -> list[Row]:
    """The rows of a CSV or XLSX file as `into(line=…, **values)`, in the order of the file.

    CSV: UTF-8 with or without a byte order mark; comma, semicolon or tab between the cells, as the first line shows.
    XLSX: the first sheet (`kernel.workbook`). An apostrophe that `kernel.sheet` sets before a text is taken off. `key`
    names the column that tells rows apart (None: rows may be alike). `into` may raise a Refused whose `field` is the
    column at fault. Blank lines are skipped. Raises BadTable with all faults together: nothing is given for a file that
    is only partly right.
    """
    lines = _pages(raw) if workbook.is_workbook(raw) else _lines(_decoded(raw))
    header = _header(next(lines, None), columns)
    faults: list[Fault] = []
    found: list[Row] = []
    seen: dict[Any, int] = {}
    for count, (line, cells) in enumerate(lines):
        if count >= MAX_ROWS:
            raise BadTable([Fault(line, "", TooManyRows(limit=MAX_ROWS))])
        values, wrong = _values(line, cells, header, columns)
        if key is not None and key in values and seen.setdefault(values[key], line) != line:
            wrong.append(Fault(line, key, Repeated(value=values[key], line=seen[values[key]])))
        if not wrong:
            try:
                found.append(into(line=line, **values))
            except Refused as refusal:
                wrong.append(Fault(line, refusal.field or "", refusal))
        faults += wrong
    if faults:
        raise BadTable(faults)
    return found


def _pages(raw: bytes) -> Iterator[tuple[int, list[str]]]:
    _check_length(raw)
    try:
        yield from workbook.lines(raw, most=2 * MAX_ROWS)
    except workbook.NotAWorkbook as fault:
        raise BadTable([Fault(1, "", fault)]) from fault


def _check_length(raw: bytes) -> None:
    if len(raw) > MAX_BYTES:
        raise BadTable([Fault(1, "", FileTooLarge(limit=MAX_BYTES // 1_000_000))])


def _decoded(raw: bytes) -> str:
    _check_length(raw)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise BadTable([Fault(raw.count(b"\n", 0, fault.start) + 1, "", NotUtf8())]) from fault


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """(number of its first line, cells) of each row that is not blank."""
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as fault:
            raise BadTable([Fault(line, "", NotReadable())]) from fault
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = rows.line_num + 1


def _header(first: tuple[int, list[str]] | None, columns: dict[str, Column[Any]]) -> list[str]:
    """The names of the first line, folded; "" for the nameless empty columns that spreadsheets leave at the end."""
    known = ", ".join(columns)
    if first is None:
        raise BadTable([Fault(1, "", NoHeader(columns=known))])
    line, cells = first
    names = [cell.strip().casefold() for cell in cells]
    faults = [Fault(line, name, ColumnUnknown(columns=known)) for name in names if name and name not in columns]
    faults += [Fault(line, name, ColumnTwice()) for name in columns if names.count(name) > 1]
    faults += [Fault(line, name, ColumnMissing()) for name in columns if columns[name].always and name not in names]
    if faults:
        raise BadTable(faults)
    return names


def _values(
    line: int, cells: list[str], header: list[str], columns: dict[str, Column[Any]]
) -> tuple[dict[str, Any], list[Fault]]:
    """A row's values by column, and what is wrong with it."""
    if len(cells) != len(header):
        return {}, [Fault(line, "", WrongNumberOfCells(found=len(cells), wanted=len(header)))]
    by_name = dict(zip(header, cells, strict=True))
    values: dict[str, Any] = {}
    faults = []
    for name, column in columns.items():
        try:
            values[name] = column.value(by_name[name]) if name in by_name else column.default
        except Refused as refusal:
            faults.append(Fault(line, name, refusal))
    return values, faults


@dataclass
class Tally:
    """What an import did, counted in rows."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    _words: tuple[str, ...] = field(default=("added", "updated", "unchanged"), repr=False)

    def __str__(self) -> str:
        """ "2 updated, 12 unchanged"; "0 rows" for an empty file."""
        counts = ((getattr(self, word), word) for word in self._words)
        return ", ".join(f"{count} {word}" for count, word in counts if count) or "0 rows"

    @property
    def has_changed(self) -> bool:
        return bool(self.added or self.updated)
