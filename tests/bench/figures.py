"""What is measured, and how: each function gives the rows of one figure for one database.

Project and thin alternate within every round, so that whatever else the machine does meets both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Engine, create_engine, text

from tests.bench import servers, thin, visitors
from tests.bench.load import Script, clock, drive
from tests.bench.report import Figure, Mark
from tests.bench.servers import Server, cpu_seconds, memory_bytes
from tests.bench.visitors import Log, Page
from tests.bench.world import COMING, STORM_SEATS, World

CLIENTS = 16
CROWD = 500
TWICE = 50
"""So many of the crowd press the button twice."""
READS_A_SECOND = 40
READERS = 8

BOOKINGS = Mark(0.25, 0.60, more_is_better=True)
NOTHING = Mark(0, 0)
WAITING = Mark(20, 10)
READING = Mark(4, 2)
LIST = Mark(30, 12)
SLOT = Mark(25, 10)
MEMORY = Mark(2.5, 1.8)
COLD = Mark(5, 3)
GROWN_RATE = Mark(0.8, 0.9, more_is_better=True)
GROWN_LIST = Mark(1.3, 1.1)


@dataclass(frozen=True)
class Effort:
    """How long and how often. `pages`: requests of a page in a round; a hello takes five times as many."""

    rounds: int
    seconds: float
    pages: int
    bookings: int


@dataclass
class Stand:
    """Both applications on databases of one kind, running."""

    name: str
    project: Server
    thin: Server
    project_url: str
    thin_url: str
    world: World
    database_pids: Callable[[], list[int]]
    """The database's own processes; [] for SQLite, which works inside ours."""
    effort: Effort

    @property
    def list_page(self) -> Page:
        return visitors.list_page(total=COMING)

    @property
    def slot_page(self) -> Page:
        return visitors.slot_page(self.world.shown, title=self.world.shown_title)


# ---- bookings ----


def bookings(stand: Stand) -> Iterator[Figure]:
    """Bookings a second by the real form against the thin app's; on SQLite also the longest wait."""
    shares, noise, waits, rates = [], [], [], []
    before = _booked(stand.project_url), thin.count(stand.thin_url)[0]
    done = [0, 0]
    for _ in range(stand.effort.rounds):
        first, log = _thin_rate(stand)
        done[1] += len(log.refs)
        rate, log = _project_rate(stand.project, stand.world, stand.effort)
        done[0] += len(log.refs)
        waits.append(max(log.seconds) / median(log.seconds))
        second, log_again = _thin_rate(stand)
        done[1] += len(log_again.refs)
        shares.append(rate / ((first + second) / 2))
        noise.append(second / first)
        rates.append({"project": round(rate), "thin": [round(first), round(second)]})
    after = _booked(stand.project_url), thin.count(stand.thin_url)[0]
    if (after[0] - before[0], after[1] - before[1]) != tuple(done):
        raise visitors.Wrong(f"{done} bookings were confirmed, the databases hold {after} after {before}")
    raw = {"bookings_per_second": rates}
    yield Figure("bookings/s ÷ thin, 16 clients", stand.name, shares, BOOKINGS, raw)
    yield Figure("noise: thin ÷ thin", stand.name, noise)
    mark = WAITING if stand.name == "SQLite" else None
    yield Figure("worst ÷ median answer, 16 writers", stand.name, waits, mark)


def _thin_rate(stand: Stand) -> tuple[float, Log]:
    log = Log()
    return _rate(stand.thin, lambda until: [visitors.thin_family(log, until=until)], log, stand.effort), log


def _project_rate(server: Server, world: World, effort: Effort) -> tuple[float, Log]:
    log = Log()
    forms = iter(visitors.open_forms(server.port, world.endless, count=CLIENTS))
    return _rate(server, lambda until: [visitors.family(next(forms), log, until=until)], log, effort), log


def _rate(server: Server, clients: Callable[[float], list[Script]], log: Log, effort: Effort) -> float:
    """Answers a second of CLIENTS clients that never pause."""
    began = clock()
    until = began + effort.seconds
    drive(server.port, [script for _ in range(CLIENTS) for script in clients(until)])
    log.insist()
    return len(log.seconds) / (log.ended - began)


def _booked(url: str) -> int:
    return int(_ask(url, "SELECT count(*) FROM bookings")[0][0])


# ---- a storm ----


def storm(stand: Stand) -> Iterator[Figure]:
    """500 families on 20 seats at the same instant, some of them twice: none too many, none lost, none doubled."""
    slot_id = stand.world.storms.pop()
    forms = visitors.open_forms(stand.project.port, slot_id, count=CROWD)
    log = Log()
    at = clock() + 0.5
    requests = [form.filled(children=1, email=visitors.new_address(), key=form.key) for form in forms]
    drive(
        stand.project.port,
        [visitors.rushing(request, log, at=at) for request in (*requests, *requests[:TWICE])],
    )
    seated, queued, keys, letters, numbers = _ask(
        stand.project_url,
        "SELECT coalesce(sum(case when standing = 'seated' then party end), 0), "
        "coalesce(sum(case when standing = 'queued' then 1 end), 0), count(distinct form_key), "
        "(SELECT count(*) FROM letters l JOIN bookings o ON l.subject = 'booking:' || o.id WHERE o.slot_id = :slot), "
        "count(distinct queue_number) FROM bookings WHERE slot_id = :slot",
        slot=slot_id,
    )[0]
    stored = {row[0] for row in _ask(stand.project_url, "SELECT ref FROM bookings WHERE slot_id = :slot", slot=slot_id)}
    statuses = Counter(fault.split()[0] for fault in log.faults)
    faults = {
        "oversold": max(0, seated - STORM_SEATS),
        "lost": len(set(log.refs) - stored)
        + (CROWD - len(stored))
        + (CROWD - letters)
        + (CROWD - STORM_SEATS - queued),
        "doubled": seated + queued - keys + max(0, len(stored) - CROWD) + (queued - numbers),
        "5xx": sum(count for status, count in statuses.items() if status.startswith("5") or status == "0"),
        "other": sum(count for status, count in statuses.items() if status[0] in "1234"),
    }
    ordered = sorted(log.seconds)
    raw = {**faults, "seated": int(seated), "queued": int(queued), "p95_seconds": ordered[len(ordered) * 95 // 100]}
    raw["worst_seconds"] = ordered[-1]
    name = f"storm of {CROWD} on {STORM_SEATS}: oversold, lost, doubled, 5xx"
    yield Figure(name, stand.name, [sum(abs(count) for count in faults.values())], NOTHING, raw)


def reading_in_storm(stand: Stand) -> Iterator[Figure]:
    """The list page's slowest hundredth while 16 clients book without a pause, against a quiet minute; thin's too."""
    for server, name, page, mark in (
        (stand.project, "list page p99 in a storm ÷ idle", stand.list_page, READING),
        (stand.thin, "  thin: hello p99 in a storm ÷ idle", visitors.THIN_HELLO, None),
    ):
        shares, raw = [], []
        for _ in range(stand.effort.rounds):
            idle, busy = _p99(stand, server, page, storming=False), _p99(stand, server, page, storming=True)
            shares.append(busy / idle)
            raw.append({"idle_ms": round(idle * 1000, 1), "storm_ms": round(busy * 1000, 1)})
        yield Figure(name, stand.name, shares, mark, {"p99": raw})


def _p99(stand: Stand, server: Server, page: Page, *, storming: bool) -> float:
    reads, books = Log(), Log()
    seconds = stand.effort.seconds * 1.5
    forms = visitors.open_forms(server.port, stand.world.endless, count=CLIENTS) if server is stand.project else []
    readers = visitors.steady_readers(page, reads, a_second=READS_A_SECOND, seconds=seconds, count=READERS)
    until = clock() + seconds + 0.2
    writers: list[Script] = []
    if storming and forms:
        writers = [visitors.family(form, books, until=until) for form in forms]
    elif storming:
        writers = [visitors.thin_family(books, until=until) for _ in range(CLIENTS)]
    drive(server.port, [*writers, *readers])
    books.insist()
    ordered = sorted(reads.insist().seconds)
    return ordered[len(ordered) * 99 // 100]


# ---- what pages cost ----


def pages(stand: Stand) -> Iterator[Figure]:
    """Processor time of the servers, and of PostgreSQL's, for a page against the thin app's hello."""
    rows = (
        ("list page (50 of 500): CPU ÷ thin hello", stand.project, stand.list_page, LIST),
        ("slot page: CPU ÷ thin hello", stand.project, stand.slot_page, SLOT),
        ("  thin: 50 KB body, CPU ÷ hello", stand.thin, visitors.THIN_READY, None),
        ("  thin: 304, CPU ÷ hello", stand.thin, visitors.THIN_UNCHANGED, None),
    )
    found: dict[str, list[float]] = {name: [] for name, *_ in rows}
    costs: dict[str, list[float]] = {name: [] for name in ("hello", *found)}
    for _name, server, page, _ in rows:  # once for the caches
        _cost(stand, server, page, times=40)
    for _ in range(stand.effort.rounds):
        hello = _cost(stand, stand.thin, visitors.THIN_HELLO, times=5 * stand.effort.pages)
        costs["hello"].append(hello)
        for name, server, page, mark in rows:
            times = stand.effort.pages * (1 if mark else 5)
            cost = _cost(stand, server, page, times=times)
            found[name].append(cost / hello)
            costs[name].append(cost)
    for name, _, _, mark in rows:
        raw = {"milliseconds": _ms(costs[name]), "hello_milliseconds": _ms(costs["hello"])}
        yield Figure(name, stand.name, found[name], mark, raw)


def _cost(stand: Stand, server: Server, page: Page, *, times: int) -> float:
    """Processor seconds for one request, out of so many by two clients."""
    log = Log()
    pids = [*server.tree(), *stand.database_pids()]
    before = cpu_seconds(pids)
    drive(server.port, [visitors.reader(page, log, times=times // 2) for _ in range(2)])
    used = cpu_seconds(pids) - before
    return used / len(log.insist().seconds)


def _ms(seconds: list[float]) -> list[float]:
    return [round(one * 1000, 3) for one in seconds]


# ---- memory and start ----


def memory(stand: Stand) -> Iterator[Figure]:
    """Memory of both trees after they have done everything that is measured here once."""
    _project_rate(stand.project, stand.world, stand.effort)
    _thin_rate(stand)
    for page in (stand.list_page, stand.slot_page):
        _cost(stand, stand.project, page, times=40)
    mine, others = memory_bytes(stand.project.tree()), memory_bytes(stand.thin.tree())
    raw = {"project_mb": round(mine / 1e6, 1), "thin_mb": round(others / 1e6, 1)}
    yield Figure("memory of two workers ÷ thin", stand.name, [mine / others], MEMORY, raw)


def cold_start(stand: Stand, folder: Path) -> Iterator[Figure]:
    """From the start of the process to the first page: the list here, hello there."""
    shares, raw = [], []
    for _ in range(stand.effort.rounds):
        with servers.thin(stand.thin_url, folder) as other:
            pass
        with servers.project(stand.project_url, folder, first="/pass") as mine:
            pass
        shares.append(mine.cold_seconds / other.cold_seconds)
        raw.append({"project_s": round(mine.cold_seconds, 3), "thin_s": round(other.cold_seconds, 3)})
    yield Figure("cold start to the first page ÷ thin", stand.name, shares, COLD, {"seconds": raw})


# ---- a million bookings ----


def grown(stand: Stand, large: Server, large_world: World, *, bookings: int) -> Iterator[Figure]:
    """The same work with very many bookings in the database against few."""
    rates, costs = [], []
    raw: dict[str, Any] = {"bookings_per_second": [], "list_ms": []}
    _cost(stand, large, stand.list_page, times=40)
    _cost(stand, stand.project, stand.list_page, times=40)
    _project_rate(large, large_world, stand.effort)  # pages of the indexes come into memory
    for _ in range(stand.effort.rounds):
        few, _ = _project_rate(stand.project, stand.world, stand.effort)
        many, _ = _project_rate(large, large_world, stand.effort)
        small = _cost(stand, stand.project, stand.list_page, times=stand.effort.pages)
        big = _cost(stand, large, stand.list_page, times=stand.effort.pages)
        rates.append(many / few)
        costs.append(big / small)
        raw["bookings_per_second"].append([round(few), round(many)])
        raw["list_ms"].append([round(small * 1000, 3), round(big * 1000, 3)])
    yield Figure(f"bookings/s with {bookings:,} ÷ with 1,000", stand.name, rates, GROWN_RATE, raw)
    yield Figure(f"list page CPU with {bookings:,} ÷ with 1,000", stand.name, costs, GROWN_LIST)


# ---- questions of our own ----

_engines: dict[str, Engine] = {}


def _ask(url: str, question: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of a plain SQL question, from outside the application."""
    engine = _engines.setdefault(url, create_engine(url))
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(question), values)]


def close() -> None:
    """Give back the connections of the benchmark's own questions."""
    for engine in _engines.values():
        engine.dispose()
    _engines.clear()
