"""`kodplats import …`: a file in, a count out; or every fault, and nothing imported."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from booking.cli.program import Program, opened
from booking.kernel.act import system_act
from booking.kernel.table import MAX_BYTES, BadTable, Tally

Row = TypeVar("Row")

# Where the children's workshops are run unless the command says otherwise: SCB's code of Kristianstad.
HOST = "1290"
BAR_AFTER_SECONDS = 1.0
FAULTS_SHOWN = 100

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
_organisation = click.option(
    "--organisation", metavar="CODE", help="Whose they are, by municipality code. Default: who runs the workshops."
)


@click.group("import")
def import_() -> None:
    """Read a CSV or XLSX file: all of it or nothing. A second time updates what has changed.

    CSV: UTF-8; comma or semicolon between the cells. XLSX: the first sheet. The first line names the columns.
    """


@import_.command()
@_file
@click.option("--runs-workshops", default=HOST, show_default=True, metavar="CODE", help="Who runs the workshops.")
@click.pass_obj
def municipalities(program: Program, file: Path, runs_workshops: str) -> None:
    """Municipalities, and the region that they belong to."""
    from booking.places import services

    with opened(program):
        _import(file, services.read_organisations, services.import_organisations, runs_workshops=runs_workshops)


@import_.command()
@_file
@_organisation
@click.pass_obj
def places(program: Program, file: Path, organisation: str | None) -> None:
    """Libraries and other places that are no stops of the bokbuss."""
    from booking.places import services

    with opened(program):
        _import(file, services.read_places, services.import_places, organisation=organisation)


@import_.command()
@_file
@_organisation
@click.pass_obj
def stops(program: Program, file: Path, organisation: str | None) -> None:
    """Stops of the bokbuss, with weekday, weeks and times."""
    from booking.places import services

    with opened(program):
        _import(file, services.read_stops, services.import_stops, organisation=organisation)


@import_.command()
@_file
@click.pass_obj
def workshops(program: Program, file: Path) -> None:
    """Kinds of workshops for children."""
    from booking.programme import services

    with opened(program):
        _import(file, services.read_workshops, services.import_activities)


@import_.command()
@_file
@click.pass_obj
def courses(program: Program, file: Path) -> None:
    """Courses, lectures and seminars for staff."""
    from booking.programme import services

    with opened(program):
        _import(file, services.read_courses, services.import_activities)


def _import(file: Path, read: Callable[[bytes], list[Row]], verb: Callable[..., Tally], **options: Any) -> None:
    """Read, judge, write, tell. Every fault is shown with its line before the command ends with status 1."""
    with file.open("rb") as opened_file:
        raw = opened_file.read(MAX_BYTES + 1)  # one more than the reader takes, so that it can say so
    try:
        rows = read(raw)
        tally = verb(with_bar(rows, label=file.name), act=system_act("import"), **options)
    except BadTable as refusal:
        for fault in refusal.faults[:FAULTS_SHOWN]:
            click.echo(f"{file.name}: {fault}", err=True)
        if (more := len(refusal.faults) - FAULTS_SHOWN) > 0:
            click.echo(f"{file.name}: and {more} more faults", err=True)
        raise
    click.echo(f"{file.name}: {tally}")


def with_bar(rows: Sequence[Row], *, label: str, stopwatch: Callable[[], float] = time.monotonic) -> Iterator[Row]:
    """`rows`, with a progress bar that appears when that takes over a second. `stopwatch` gives seconds."""
    began = stopwatch()
    for count, row in enumerate(rows):
        if stopwatch() - began > BAR_AFTER_SECONDS:
            with click.progressbar(rows[count:], label=label, file=sys.stderr) as bar:
                yield from bar
            return
        yield row
