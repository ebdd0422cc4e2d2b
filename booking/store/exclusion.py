"""Nothing is in two places at once: the databases' last word on rows that take something for a while.

A table of such rows has `starts_at`, `ends_at` and `holds`; among the rows of one thing that hold, no two overlap.
Half-open: what ends at 16.00 does not meet what begins then.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import DDL, Constraint, ExecutableDDLElement, Table, event, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from booking.store.base import Base

_WHEN_WRITTEN = {"insert": "INSERT", "update": "UPDATE OF {column}, starts_at, ends_at, holds"}

_TRIGGER = """\
CREATE TRIGGER {name} AFTER {when} ON {table} WHEN NEW.holds BEGIN
SELECT RAISE(ABORT, '{constraint}') WHERE EXISTS (SELECT 1 FROM {table} AS other
WHERE other.{column} = NEW.{column} AND other.holds AND other.id <> NEW.id
AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at);
END"""


def never_twice(table: str, column: str) -> Constraint:
    """PostgreSQL's part, an exclusion constraint. A number stands in it as a range of one: that needs no extension,
    which many a role may not make. SQLite gets `triggers`."""
    constraint = ExcludeConstraint(
        (text(f"int8range({column}, {column}, '[]')"), "&&"),
        (text("tstzrange(starts_at, ends_at)"), "&&"),
        where=text("holds"),
        using="gist",
        name=_name(table, column),
    )
    return constraint.ddl_if(dialect="postgresql")


def triggers(table: str, column: str) -> list[str]:
    """SQLite's part; its writers are alone, so what a trigger sees is all there is. A migration that makes the table
    anew (batch mode) loses them and must make them again."""
    return [
        _TRIGGER.format(
            name=f"{_name(table, column)}_{word}",
            when=when.format(column=column),
            table=table,
            column=column,
            constraint=_name(table, column),
        )
        for word, when in _WHEN_WRITTEN.items()
    ]


def watch(model: type[Base], column: str) -> None:
    """Make the triggers whenever the models make the table."""
    table = cast(Table, model.__table__)
    for statement in triggers(table.name, column):
        made: ExecutableDDLElement = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy forgot its "-> None"
        event.listen(table, "after_create", made.execute_if(dialect="sqlite"))


def _name(table: str, column: str) -> str:
    return f"ex_{table}_{column}"
