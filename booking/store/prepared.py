"""Statements of the busiest path: compiled once, then handed to the driver as text and values.

A booking sends a dozen statements while others wait for its lock. What SQLAlchemy does around each of them at every
execution takes five times as long as SQLite itself, so these go past it. Types, errors and the hooks that count
statements are SQLAlchemy's all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from booking.store.engine import autocommitting, connection, db, is_in_transaction, let_autocommit, session

Row = tuple[Any, ...]
_Processor = Callable[[Any], Any]


class Prepared:
    """A select, or an insert or update of whose columns every execution gives the same. No lists among its parameters.

    Values are given by the names of the parameters or columns; a constant in the statement needs none.
    """

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    def rows(self, values: Mapping[str, Any]) -> list[Row]:
        """Execute it in the running transaction; what it gives back."""
        current = session()
        line = connection(current)
        if waiting := current.info.get(_PARTS):
            _send_parts(line, waiting)
        form = self._form(line.dialect, values)
        return form.read(_send(line, form.text, form.bound(values)).fetchall())

    def glance(self, values: Mapping[str, Any]) -> list[Row]:
        """The rows of a select that needs no transaction, since what one statement sees belongs together anyhow.

        Outside a transaction, and while nobody listens to statements, the pool's line is spoken to directly: what
        SQLAlchemy makes ready for one costs more than a small question. What goes wrong there is asked again the usual
        way, which knows how to tell it.
        """
        if not (is_in_transaction() or db.engine.dispatch.before_cursor_execute):
            form = self._form(db.engine.dialect, values)
            with suppress(form.errors), closing(db.engine.raw_connection()) as line:
                let_autocommit(line.driver_connection)
                cursor = _cursor(db.engine.dialect, line)
                cursor.execute(form.text, form.bound(values))
                rows: Any = cursor.fetchall()
                return form.read(rows)
        with autocommitting() as line:
            form = self._form(line.dialect, values)
            return form.read(_send(line, form.text, form.bound(values)).fetchall())

    def number(self, values: Mapping[str, Any]) -> int:
        """Execute it; the one number that it gives back."""
        return int(self.rows(values)[0][0])

    def write(self, values: Mapping[str, Any]) -> None:
        """Execute an insert or update that gives nothing back; within `together`, with the others."""
        current = session()
        line = connection(current)
        form = self._form(line.dialect, values)
        parts = current.info.get(_PARTS)
        if parts is None:
            _send(line, form.text, form.bound(values))
        else:
            parts.append((form, values))

    def each(self, many: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for each of these, of which there is at least one."""
        line = connection()
        form = self._form(line.dialect, many[0])
        _send(line, form.text, [form.bound(values) for values in many], many=True)

    def _form(self, dialect: Dialect, values: Mapping[str, Any]) -> _Form:
        form = self._forms.get(dialect.name)
        if form is None:
            self._forms[dialect.name] = form = _formed(self._statement, dialect, list(values))
        return form


@contextmanager
def together() -> Iterator[None]:
    """What `Prepared.write` is given within goes in one trip to the server, at the end or before the next question.

    A trip costs as much as its statement, and others wait for our locks meanwhile. So on PostgreSQL the writes become
    parts of one statement, executed in no order, whose references are checked at its end: no two of them may touch the
    same row, and what reads by other ways than `Prepared` stays outside. SQLite has no trips and takes them one by one.
    """
    current = session()
    line = connection(current)
    if _PARTS in current.info or line.dialect.name != "postgresql":
        yield
        return
    parts: list[tuple[_Form, Mapping[str, Any]]] = []
    current.info[_PARTS] = parts
    try:
        yield
        _send_parts(line, parts)
    finally:
        del current.info[_PARTS]


_PARTS = "kodplats_parts"


def _send_parts(line: Connection, parts: list[tuple[_Form, Mapping[str, Any]]]) -> None:
    if parts:
        text = _joined(tuple(form.text for form, _ in parts))
        values = [value for form, given in parts for value in form.bound(given)]
        parts.clear()
        _send(line, text, values)


@lru_cache(64)
def _joined(texts: tuple[str, ...]) -> str:
    """Statements as parts of one, their parameters counted on."""
    parts, before = [], 0
    for place, text in enumerate(texts):
        numbers = [int(number) for number in _PLACE.findall(text)]
        counted = _PLACE.sub(lambda found, more=before: f"${int(found[1]) + more}", text)  # type: ignore[misc]
        parts.append(f"part_{place} AS ({counted})")
        before += max(numbers, default=0)
    return f"WITH {', '.join(parts)} SELECT 1"


_PLACE = re.compile(r"\$(\d+)")
_NAMED = re.compile(r"%\((\w+)\)s")

_GIVEN = object()


@dataclass(frozen=True)
class _Form:
    """A statement as one driver takes it."""

    text: str
    parameters: tuple[tuple[str, _Processor | None, Any], ...]
    """Name, what makes the driver's value of ours, and the value itself where the statement holds it; in order."""
    errors: type[Exception]
    """What the driver raises."""
    readers: tuple[tuple[int, _Processor], ...]
    """Places of the columns whose values are made ours, and what does it."""

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        """The values as the driver takes them."""
        return [
            constant if constant is not _GIVEN else process(values[name]) if process else values[name]
            for name, process, constant in self.parameters
        ]

    def read(self, found: list[Row]) -> list[Row]:
        """Rows of the driver's values as rows of ours."""
        if not self.readers:
            return found
        rows = []
        for row in found:
            values = list(row)
            for place, process in self.readers:
                values[place] = process(values[place])
            rows.append(tuple(values))
        return rows


def _formed(statement: Any, dialect: Dialect, names: Sequence[str]) -> _Form:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)
    assert not compiled.insert_prefetch, "every execution gives a value for each column that has a default here"
    binders = {name: _binder(compiled.binds[name].type, dialect) for name in compiled.params}
    constants = {name: value for name, value in compiled.params.items() if name not in names}
    text, ordered = _counted(str(compiled)) if compiled.positiontup is None else (str(compiled), compiled.positiontup)
    readers = enumerate(_reader(column.type, dialect) for column in statement.exported_columns)
    return _Form(
        text=text,
        parameters=tuple(
            (name, binders[name], _bind(constants[name], binders[name]) if name in constants else _GIVEN)
            for name in ordered
        ),
        errors=dialect.loaded_dbapi.Error,
        readers=tuple((place, process) for place, process in readers if process is not None),
    )


def _counted(text: str) -> tuple[str, list[str]]:
    """A statement with named parameters as PostgreSQL itself takes it, "$1", and their names in that order: the driver
    would look for the names at every execution of a long statement."""
    names: list[str] = list(dict.fromkeys(_NAMED.findall(text)))
    return _NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", text).replace("%%", "%"), names


def _binder(kind: TypeEngine[Any], dialect: Dialect) -> _Processor | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> _Processor | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _bind(value: Any, process: _Processor | None) -> Any:
    return process(value) if process else value


def _send(line: Connection, text: str, values: Any, *, many: bool = False) -> Any:
    """The driver's cursor after the execution. Raises SQLAlchemy's errors, as SQLAlchemy would have."""
    cursor = None
    try:
        cursor = _cursor(line.dialect, line.connection)
        for hook in line.dispatch.before_cursor_execute:
            text, values = hook(line, cursor, text, values, None, many)
        if many:
            cursor.executemany(text, values)
        else:
            cursor.execute(text, values)
    except line.dialect.loaded_dbapi.Error as fault:
        # It also tells the pool when the line to the server is dead.
        line._handle_dbapi_exception(fault, text, values, cursor, None)
    return cursor


def _cursor(dialect: Dialect, line: PoolProxiedConnection) -> Any:
    if dialect.name == "postgresql":
        return dialect.loaded_dbapi.RawCursor(line.driver_connection)
    return line.cursor()
