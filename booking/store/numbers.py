"""Numbers of rows that are not written yet."""

from __future__ import annotations

import builtins
from typing import cast

from sqlalchemy import BigInteger, ColumnElement, Table
from sqlalchemy.ext.compiler import compiles

from booking.store.base import Base


class NextNumber(ColumnElement[int]):
    """The number that the next row of a table gets, for a verb that names its rows before it writes them.

    PostgreSQL's sequence gives each number once. On SQLite it is the largest one and one more, which nobody else takes
    while the verb holds the write lock; ask once for each row.
    """

    inherit_cache = False

    def __init__(self, model: builtins.type[Base]) -> None:
        self.type = BigInteger()
        self.table = cast(Table, model.__table__).name


@compiles(NextNumber, "sqlite")
def _on_sqlite(element: NextNumber, _compiler: object, **_options: object) -> str:
    return f"(SELECT coalesce(max(id), 0) + 1 FROM {element.table})"  # noqa: S608  # the name of a table of ours


@compiles(NextNumber, "postgresql")
def _on_postgresql(element: NextNumber, _compiler: object, **_options: object) -> str:
    return f"nextval('{element.table}_id_seq')"
