"""What the composition root lends to the commands: they stand below it and beside the demo, and import neither."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click
from flask import Flask

from booking.kernel.act import Act
from booking.kernel.refusal import Refused
from booking.settings import BadSettings, Settings, load


@dataclass(frozen=True, kw_only=True)
class Program:
    """The program as the commands see it. `load_demo` fills an empty database, `reset_demo` empties it first; both say
    in one line what they did and refuse a database that is not the demo's."""

    version: str
    create_app: Callable[[Settings], Flask]
    load_demo: Callable[[Act], str]
    reset_demo: Callable[[Act], str]


class Commands(click.Group):
    """A group whose commands end with one clear line and status 1 when a setting, a rule or the database says no."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except (BadSettings, Refused) as fault:
            raise click.ClickException(str(fault)) from fault
        except Exception as fault:
            if (words := _database_fault(fault)) is None:
                raise
            raise click.ClickException(words) from fault


@contextmanager
def opened(program: Program, settings: Settings | None = None) -> Iterator[Flask]:
    """The application in its context, on a database that has every table the program knows."""
    app = program.create_app(settings or load())
    with app.app_context():
        from booking.store import db, migrating

        if not migrating.is_current(db.engine):
            raise click.ClickException("The database is not at this version's revision. Run: kodplats db upgrade")
        yield app


def _database_fault(fault: Exception) -> str | None:
    """One line about a database that cannot be used; None for any other fault. Without values, and without the URL."""
    from sqlalchemy.exc import DBAPIError

    from booking.store import BusyDatabase

    if isinstance(fault, BusyDatabase):
        return str(fault)
    if isinstance(fault, DBAPIError):
        return f"The database cannot be used: {' '.join(str(fault.orig).split())[:300]}"
    return None
