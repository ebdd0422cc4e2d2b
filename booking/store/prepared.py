"""Statements of the busiest path: compiled once, then handed to the driver as text and values.

A booking sends a dozen statements while others wait for its lock. What SQLAlchemy does around each of them at every
execution takes five times as long as SQLite itself, so these go past it. Types, errors and the hooks that count
statements are SQLAlchemy's all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from booking.store.engine import autocommitting, connection, db, is_in_transaction, let_autocommit

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
        """Execute it in the running transaction; what it gives back, [] when it gives nothing."""
        line = connection()
        form = self._form(line.dialect, values)
        cursor = _send(line, form, form.bound(values), many=False)
        return form.read(cursor.fetchall()) if form.gives_rows else []

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
                cursor = line.cursor()
                cursor.execute(form.text, form.bound(values))
                rows: Any = cursor.fetchall()
                return form.read(rows)
        with autocommitting() as line:
            form = self._form(line.dialect, values)
            return form.read(_send(line, form, form.bound(values), many=False).fetchall())

    def number(self, values: Mapping[str, Any]) -> int:
        """Execute it; the one number that it gives back."""
        return int(self.rows(values)[0][0])

    def each(self, many: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for each of these, of which there is at least one."""
        line = connection()
        form = self._form(line.dialect, many[0])
        _send(line, form, [form.bound(values) for values in many], many=True)

    def _form(self, dialect: Dialect, values: Mapping[str, Any]) -> _Form:
        form = self._forms.get(dialect.name)
        if form is None:
            self._forms[dialect.name] = form = _formed(self._statement, dialect, list(values))
        return form


_GIVEN = object()


@dataclass(frozen=True)
class _Form:
    """A statement as one driver takes it."""

    text: str
    parameters: tuple[tuple[str, _Processor | None, Any], ...]
    """Name, what makes the driver's value of ours, and the value itself where the statement holds it; in order."""
    is_positional: bool
    errors: type[Exception]
    """What the driver raises."""
    gives_rows: bool
    readers: tuple[tuple[int, _Processor], ...]
    """Places of the columns whose values are made ours, and what does it."""

    def bound(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        found = [
            constant if constant is not _GIVEN else process(values[name]) if process else values[name]
            for name, process, constant in self.parameters
        ]
        if self.is_positional:
            return found
        return dict(zip([name for name, *_ in self.parameters], found, strict=True))

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
    ordered = compiled.positiontup or list(compiled.params)
    readers = enumerate(_reader(column.type, dialect) for column in statement.exported_columns)
    return _Form(
        text=str(compiled),
        parameters=tuple(
            (name, binders[name], _bind(constants[name], binders[name]) if name in constants else _GIVEN)
            for name in ordered
        ),
        is_positional=compiled.positional,
        errors=dialect.loaded_dbapi.Error,
        gives_rows=len(statement.exported_columns) > 0,
        readers=tuple((place, process) for place, process in readers if process is not None),
    )


def _binder(kind: TypeEngine[Any], dialect: Dialect) -> _Processor | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> _Processor | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _bind(value: Any, process: _Processor | None) -> Any:
    return process(value) if process else value


def _send(line: Connection, form: _Form, values: Any, *, many: bool) -> Any:
    """The driver's cursor after the execution. Raises SQLAlchemy's errors, as SQLAlchemy would have."""
    text = form.text
    cursor = line.connection.cursor()
    for hook in line.dispatch.before_cursor_execute:
        text, values = hook(line, cursor, text, values, None, many)
    try:
        if many:
            cursor.executemany(text, values)
        else:
            cursor.execute(text, values)
    except line.dialect.loaded_dbapi.Error as fault:
        # It also tells the pool when the line to the server is dead.
        line._handle_dbapi_exception(fault, text, values, cursor, None)
    return cursor
