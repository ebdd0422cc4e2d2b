"""The run: databases and servers up, every figure in turn, one table, one file."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from tests.bench import feeds, figures, letters, report, servers, thin, world
from tests.bench.figures import Effort, Stand
from tests.bench.report import Figure, Verdict
from tests.support import postgres
from tests.support.missing import PROJECT, Missing

INSTANCE = PROJECT / "instance"
FULL = Effort(rounds=5, seconds=2.0, pages=300, bookings=1_000_000)
QUICK = Effort(rounds=2, seconds=1.0, pages=100, bookings=20_000)
BEHIND = 1_000
"""So many bookings lie behind in the ordinary database."""
PARTS = ("bookings", "storm", "reading", "pages", "memory", "feeds", "letters", "start", "grown")
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

Make = Callable[[str], str]
"""A new, empty database with that name; its URL."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell. 1 when a floor was missed or an answer was wrong."""
    options = _options(arguments)
    effort = QUICK if options.quick else FULL
    effort = Effort(options.rounds or effort.rounds, effort.seconds, effort.pages, options.bookings or effort.bookings)
    began = time.monotonic()
    found: list[Figure] = []
    INSTANCE.mkdir(exist_ok=True)
    # Beside the real database, on the same disk: a temporary folder may lie in memory, where nothing has to be synced.
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=INSTANCE))
    try:
        for database in options.database or DATABASES:
            with _maker(database, folder) as (make, pids):
                for figure in _measure(database, make, pids, folder, effort, options.part or PARTS):
                    found.append(figure)
                    _progress(figure, time.monotonic() - began)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    finally:
        figures.close()
        shutil.rmtree(folder, ignore_errors=True)
    print("\n" + report.table(found))
    seconds = time.monotonic() - began
    report.write(options.json, found, options=asdict(effort), seconds=seconds)
    print(f"\n{seconds:.0f} s. All figures with what they are made from: {options.json}")
    missed = [figure.name for figure in found if figure.verdict is Verdict.MISSED]
    return 1 if missed else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description="Kodplats measured against a thin app.")
    parser.add_argument("--quick", action="store_true", help="two short rounds, 20,000 bookings: a minute's look")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("BENCH_ROUNDS", "0")), metavar="N")
    parser.add_argument("--bookings", type=int, metavar="N", help="how many the grown database holds (1,000,000)")
    parser.add_argument("--database", action="append", choices=list(DATABASES), help="only this one")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; may be given several times")
    parser.add_argument("--json", type=Path, default=INSTANCE / "bench.json", metavar="FILE")
    return parser.parse_args(arguments)


@contextmanager
def _maker(database: str, folder: Path) -> Iterator[tuple[Make, Callable[[], list[int]]]]:
    """Where databases come from, and the processes that are the database's own."""
    if database == "sqlite":
        yield (lambda name: f"sqlite:///{folder / name}.db"), list
        return
    with postgres.running(durable=True) as server:
        yield (lambda _name: server.make_database()), lambda: _database_pids(server)


def _database_pids(server: postgres.Postgres) -> list[int]:
    with postgres.connect(server.url) as connection:
        row = connection.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'").fetchone()
    if row is None:
        return []
    parent = int(Path(f"/proc/{row[0]}/stat").read_text().rpartition(")")[2].split()[1])
    return servers.tree(parent)


def _measure(
    database: str,
    make: Make,
    pids: Callable[[], list[int]],
    folder: Path,
    effort: Effort,
    parts: Sequence[str],
) -> Iterator[Figure]:
    url, thin_url = make("small"), make("thin")
    small = world.build(url, folder, bookings=BEHIND)
    thin.prepare(thin_url)
    with ExitStack() as running:
        project = running.enter_context(servers.project(url, folder))
        other = running.enter_context(servers.thin(thin_url, folder))
        stand = Stand(DATABASES[database], project, other, url, thin_url, small, pids, effort)
        todo: dict[str, Callable[[], Iterator[Figure]]] = {
            "pages": lambda: figures.pages(stand),
            "bookings": lambda: figures.bookings(stand),
            "memory": lambda: figures.memory(stand),
            "storm": lambda: figures.storm(stand),
            "reading": lambda: figures.reading_in_storm(stand),
            "feeds": lambda: feeds.figures(stand, make, folder),
            "letters": lambda: letters.letters(stand, folder),
            "start": lambda: figures.cold_start(stand, folder),
            "grown": lambda: _grown(stand, make, folder),
        }
        for name, measure in todo.items():
            if name in parts:
                yield from measure()


def _grown(stand: Stand, make: Make, folder: Path) -> Iterator[Figure]:
    bookings = stand.effort.bookings
    large_url = make("large")
    print(f"  … {bookings:,} bookings are being made on {stand.name}", flush=True)
    large_world = world.build(large_url, folder, bookings=bookings)
    with servers.project(large_url, folder) as large:
        yield from figures.grown(stand, large, large_world, bookings=bookings)


def _progress(figure: Figure, seconds: float) -> None:
    name, database, value, span, *_, verdict = figure.cells()
    print(f"{seconds:5.0f} s  {database:10}  {name:50} {value:>7} {span:>14}  {verdict}", flush=True)
