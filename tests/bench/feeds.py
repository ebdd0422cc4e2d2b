"""What feeds cost: made anew, out of what is kept, and asked for again when nothing has changed.

A feed of 1,000 meetings is fetched from the running product; what making one anew costs is measured within this
process, on the same application and database, for there nothing else takes the processor's time. The rule of one
megabyte (requirement J1) cuts what a server sends of 10,000 meetings, so that row writes all the pieces without it.
"""

from __future__ import annotations

import datetime as dt
import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import insert, select, text

from booking.app import create_app
from booking.calendars import queries
from booking.calendars.rules import ICS, window
from booking.calendars.views.feeds import Memory, written_pieces
from booking.calendars.views.speaking import words
from booking.places.models import Place
from booking.programme.models import Activity, Meeting, SeatPool, Slot
from booking.programme.queries import Search
from booking.programme.rules import ActivityKind
from booking.store import db
from tests.bench import by_hand, servers, visitors, world
from tests.bench.by_hand import Said
from tests.bench.figures import CLIENTS, Stand
from tests.bench.load import Script, ask, clock, drive
from tests.bench.report import Figure, Mark
from tests.bench.servers import Server, cpu_seconds
from tests.bench.thin import REVISION_ETAG, ready_of
from tests.bench.visitors import Log, Page
from tests.support.database import close, settings_for

MEETINGS, MANY = 1_000, 10_000
ANEW = Mark(4, 2.5)
KEPT = Mark(0.5, 0.8, more_is_better=True)
UNCHANGED = Mark(0.5, 0.8, more_is_better=True)
GROWTH = Mark(12, 11)
POLLERS, POLLED = 2_000, Mark(0.02, 0.01)
"""Requirement J16: so many programs that ask once an hour, and the share of one core that they may cost."""


def figures(stand: Stand, make: Callable[[str], str], folder: Path) -> Iterator[Figure]:
    """All rows about feeds, on databases of their own."""
    few_url, many_url = make("feeds"), make("many-feeds")
    build(few_url, folder, meetings=MEETINGS)
    build(many_url, folder, meetings=MANY)
    with bench(few_url, folder, stand.database_pids) as few, bench(many_url, folder, stand.database_pids) as many:
        yield from _made_anew(stand, few)
        yield from _growth(stand, few, many)
    with servers.project(few_url, folder) as project:
        yield from _from_kept(stand, project)
        yield from _unchanged(stand, project)


# ---- within this process ----


@dataclass
class Bench:
    """The application on a database of feeds, in this process."""

    app: Flask
    url: str
    pids: Callable[[], list[int]]

    @property
    def memory(self) -> Memory:
        memory: Memory = self.app.extensions["kodplats.feeds"]
        return memory

    def cost(self, act: Callable[[], Any], *, times: int) -> float:
        """Processor seconds for doing it once: ours, and those of the database's own processes."""
        pids = self.pids()
        before, others = process_time(), cpu_seconds(pids)
        for _ in range(times):
            act()
        return (process_time() - before + cpu_seconds(pids) - others) / times


@contextmanager
def bench(url: str, folder: Path, pids: Callable[[], list[int]]) -> Iterator[Bench]:
    app = create_app(settings_for(url, instance=folder))
    gc.collect()
    gc.freeze()  # as the servers do, so that what is loaded does not count in what is measured
    yield Bench(app, url, pids)
    close(app)


def _made_anew(stand: Stand, few: Bench) -> Iterator[Figure]:
    """A whole request with nothing kept, against a query and a loop that write the same text."""
    client = few.app.test_client()

    def anew() -> bytes:
        few.memory.feeds.clear()
        few.memory.pieces.clear()
        body: bytes = client.get("/pass.ics").data
        return body

    loop = _hand_loop(few)
    if _events(anew()) != loop() or loop().count(b"BEGIN:VEVENT") != MEETINGS:
        raise visitors.Wrong("the loop by hand does not write what the product writes")
    shares, noise, raw = [], [], []
    times = max(10, stand.effort.pages // 10)
    for _ in range(stand.effort.rounds):
        first, mine, second = few.cost(loop, times=times), few.cost(anew, times=times), few.cost(loop, times=times)
        shares.append(mine / ((first + second) / 2))
        noise.append(second / first)
        raw.append({"project_ms": round(mine * 1000, 2), "by_hand_ms": round(first * 1000, 2)})
    name = f"feed of {MEETINGS:,} made anew ÷ by hand, CPU"
    yield Figure(name, stand.name, shares, ANEW, {"cpu": raw})
    yield Figure("  noise: by hand ÷ by hand", stand.name, noise)


def _hand_loop(few: Bench) -> Callable[[], bytes]:
    with few.app.test_request_context():
        told = words()
        places = {name: told.place(name, kind) for name, kind in db.session.execute(select(Place.name, Place.kind))}
    said = Said(
        site=told.site,
        stays=told.adult_stays,
        book=told.book,
        kind=told.kinds[ActivityKind.WORKSHOP],
        years=told.ages(8, 12).partition(" ")[2],
        places=places,
    )
    span = window(dt.datetime.now(dt.UTC))
    driver: Any
    if few.url.startswith("sqlite"):
        driver = sqlite3.connect(few.url.removeprefix("sqlite:///"))
        question = by_hand.QUESTION.format(since="?", until="?")
        values: Any = tuple(str(instant.replace(tzinfo=None)) for instant in (span.since, span.until))

        def instant(stored: Any) -> dt.datetime:
            return dt.datetime.fromisoformat(stored + "+00:00")
    else:
        question, values = by_hand.QUESTION.format(since="%s", until="%s"), (span.since, span.until)
        driver = psycopg.connect(few.url.replace("postgresql+psycopg://", "postgresql://", 1), autocommit=True)

        def instant(stored: Any) -> dt.datetime:
            found: dt.datetime = stored.astimezone(dt.UTC)
            return found

    def loop() -> bytes:
        rows = driver.cursor().execute(question, values).fetchall()
        return b"".join(by_hand.pieces(rows, said, instant))

    return loop


def _growth(stand: Stand, few: Bench, many: Bench) -> Iterator[Figure]:
    """Reading and writing every entry of a feed, without the rule of one megabyte."""
    shares, raw = [], []
    for _ in range(stand.effort.rounds):
        small = few.cost(_all_pieces(few, MEETINGS), times=50)
        large = many.cost(_all_pieces(many, MANY), times=5)
        shares.append(large / small)
        raw.append({"few_ms": round(small * 1000, 2), "many_ms": round(large * 1000, 2)})
    yield Figure(f"feed CPU at {MANY:,} meetings ÷ at {MEETINGS:,}", stand.name, shares, GROWTH, {"cpu": raw})


def _all_pieces(of: Bench, count: int) -> Callable[[], None]:
    span = window(dt.datetime.now(dt.UTC))

    def write() -> None:
        of.memory.pieces.clear()
        with of.app.test_request_context():
            entries = queries.of_search(Search(), None, language="sv", span=span, limit=2 * MANY)
            if len(written_pieces(entries, ICS, of.memory.pieces)) != count:
                raise visitors.Wrong(f"{len(entries)} entries instead of {count}")

    write()
    return write


def _events(calendar: bytes) -> bytes:
    return calendar[calendar.index(b"BEGIN:VEVENT") :].removesuffix(b"END:VCALENDAR\r\n")


# ---- from the running servers ----


def _from_kept(stand: Stand, project: Server) -> Iterator[Figure]:
    whole = _fetched(project)
    ready = ready_of(len(whole))
    mine = Page(visitors.get("/pass.ics"), lambda answer: answer.status == 200 and answer.body == whole)
    others = Page(visitors.get(f"/ready/{len(whole)}"), lambda answer: answer.status == 200 and answer.body == ready)
    name = f"feed of {MEETINGS:,} from kept pieces ÷ ready body, req/s"
    yield from _rates(stand, project, mine, others, name, KEPT, bytes_in_body=len(whole))


def _unchanged(stand: Stand, project: Server) -> Iterator[Figure]:
    tag = _tag(project)
    mine = Page(
        visitors.get("/pass.ics", f"If-None-Match: {tag}\r\n"),
        lambda answer: answer.status == 304 and not answer.body and answer.header("ETag") == tag,
    )
    others = Page(
        visitors.get("/revision", f"If-None-Match: {REVISION_ETAG}\r\n"),
        lambda answer: answer.status == 304 and not answer.body,
    )
    yield from _rates(stand, project, mine, others, "304 ÷ thin's 304 with one query, req/s", UNCHANGED)
    log = Log()
    times = 10 * stand.effort.pages
    pids = [*project.tree(), *stand.database_pids()]
    before = cpu_seconds(pids)
    drive(project.port, [visitors.reader(mine, log, times=times // 2) for _ in range(2)])
    cost = (cpu_seconds(pids) - before) / len(log.insist().seconds)
    share = POLLERS * cost / 3600
    raw = {"milliseconds": round(cost * 1000, 3)}
    yield Figure(f"{POLLERS:,} pollers an hour, share of one core", stand.name, [share], POLLED, raw)


def _rates(
    stand: Stand, project: Server, mine: Page, others: Page, name: str, mark: Mark, **more: Any
) -> Iterator[Figure]:
    """Answers a second of the product against the thin app's, which goes before and after."""
    shares, noise, raw = [], [], []
    _rate(project, mine, stand.effort.seconds / 4)  # once for the caches
    _rate(stand.thin, others, stand.effort.seconds / 4)
    for _ in range(stand.effort.rounds):
        first = _rate(stand.thin, others, stand.effort.seconds / 2)
        rate = _rate(project, mine, stand.effort.seconds / 2)
        second = _rate(stand.thin, others, stand.effort.seconds / 2)
        shares.append(rate / ((first + second) / 2))
        noise.append(second / first)
        raw.append({"project": round(rate), "thin": [round(first), round(second)]})
    yield Figure(name, stand.name, shares, mark, {"per_second": raw, **more})
    yield Figure("  noise: thin ÷ thin", stand.name, noise)


def _rate(server: Server, page: Page, seconds: float) -> float:
    log = Log()
    began = clock()
    until = began + seconds
    drive(server.port, [_asking(page, log, until) for _ in range(CLIENTS // 2)])
    return len(log.insist().seconds) / (log.ended - began)


def _asking(page: Page, log: Log, until: float) -> Script:
    while clock() < until:
        log.note((yield from ask(page.request)), page.check)


def _fetched(server: Server) -> bytes:
    bodies: list[bytes] = []

    def once() -> Script:
        answer = yield from ask(visitors.get("/pass.ics"))
        bodies.append(answer.body)

    drive(server.port, [once()])
    if bodies[0].count(b"BEGIN:VEVENT") != MEETINGS or not bodies[0].endswith(b"END:VCALENDAR\r\n"):
        raise visitors.Wrong(f"the feed is not that of {MEETINGS} meetings: {bodies[0][:300]!r}")
    return bodies[0]


def _tag(server: Server) -> str:
    tags: list[str] = []

    def once() -> Script:
        answer = yield from ask(visitors.get("/pass.ics"))
        tags.append(answer.header("ETag"))

    drive(server.port, [once()])
    return tags[0]


# ---- the world ----


def build(url: str, folder: Path, *, meetings: int) -> None:
    """The real places and workshops, and so many coming meetings within the window of the feeds."""
    with world.imported(url, folder) as (connection, now):
        place_ids = list(connection.scalars(select(Place.id).order_by(Place.id)))
        activity_ids = list(connection.scalars(select(Activity.id).where(Activity.kind == ActivityKind.WORKSHOP)))
        first = now.replace(hour=9, minute=0, second=0, microsecond=0) + dt.timedelta(days=2)
        slots, pools, rows = [], [], []
        for number in range(1, meetings + 1):
            starts_at = first + dt.timedelta(days=number * 380 // meetings, hours=number % 8)
            place_id = place_ids[number % len(place_ids)]
            slots.append(
                world.slot_row(number, activity_ids[number % len(activity_ids)], place_id, starts_at, changed_at=now)
            )
            pools.append({"slot_id": number, "seats": 12, "seated": 0, "queued": 0})
            rows.append(world.meeting_row(number, place_id, starts_at, now=now))
        tables: list[tuple[Any, list[dict[str, Any]]]] = [(Slot, slots), (SeatPool, pools), (Meeting, rows)]
        for table, filled in tables:
            connection.execute(insert(table.__table__), filled)
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))
