"""Power cuts: whatever a family was told is on disk, whole, after `kill -9` of everything under load (B1, B2).

Twenty kills in the suite; KODPLATS_KILLS=200 makes it so many. PostgreSQL waits for the disk here, as in production.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

import pytest

from booking.app import create_app
from booking.bookings import queries
from booking.store import db
from tests.bookings.visitors import Visitor, hidden_fields
from tests.bookings.world import DAY, MadeSlot, make_slot, rows, standings
from tests.support import postgres
from tests.support.database import close, migrate, settings_for
from tests.support.missing import PROJECT
from tests.support.processes import end_with_parent
from tests.support.server import RunningServer, environment_for, serve

pytestmark = pytest.mark.durable

KILLS = int(os.environ.get("KODPLATS_KILLS", "20"))
CRASHES_OF_POSTGRES = max(3, KILLS // 10)
CLIENTS = 6
_families = itertools.count(1)


@dataclass
class Told:
    """What families were told before the lights went out, and every other answer that came."""

    booked: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    others: Counter[int] = field(default_factory=Counter)


# ---- the web server and the mail worker are killed ----


def test_whatever_was_told_survives_kills_on_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    _kill_again_and_again(sqlite_url, tmp_path)


def test_whatever_was_told_survives_kills_on_postgresql(tmp_path: Path) -> None:
    with postgres.running(durable=True) as server:
        url = server.make_database()
        migrate(url, instance=tmp_path)
        with postgres.connect(url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        _kill_again_and_again(url, tmp_path)


def _kill_again_and_again(url: str, folder: Path) -> None:
    kills, told = max(1, KILLS // 2), Told()
    with _database(url, folder):
        slot = _slot_from_today()
        for _ in range(kills):
            db.engine.dispose()  # the killed ones were the last to hold the files, as in a power cut
            with (
                serve(database_url=url, workers=2, threads=4) as server,
                _mail_worker(url, folder) as worker,
                _under_load(server.port, slot, told),
            ):
                time.sleep(random.uniform(0.0, 0.4))
                worker.kill()
                server.kill()
            _judge(slot, told)
        print(f"\n{db.engine.dialect.name}: {kills} kills, {_summary(told)}, none lost")
    assert len(told.booked) > kills
    assert told.others == Counter()


# ---- PostgreSQL itself is killed ----


def test_whatever_was_told_survives_crashes_of_postgresql(tmp_path: Path) -> None:
    """SIGKILL of every process of the database; the web server lives on and recovers by itself."""
    told = Told()
    with _killable_postgres() as database:
        with database.running() as url:
            migrate(url, instance=tmp_path)
            with _database(url, tmp_path):
                slot = _slot_from_today()
        with serve(database_url=url, workers=2, threads=4) as server:
            for _ in range(CRASHES_OF_POSTGRES):
                with database.running(), _under_load(server.port, slot, told):
                    time.sleep(random.uniform(0.0, 0.4))
                    database.kill()
                    time.sleep(0.1)  # the families hear of it
            with database.running(), _database(url, tmp_path):
                _judge(slot, told)
                _book_again(server, slot)
                _judge(slot, told)
        print(f"\npostgresql: {CRASHES_OF_POSTGRES} crashes, {_summary(told)}, none lost, others {dict(told.others)}")
    assert len(told.booked) > CRASHES_OF_POSTGRES
    assert set(told.others) <= {503}, "without its database a server says so, and says nothing else"


class KillablePostgres:
    """A durable PostgreSQL of our own, on one folder, that can be killed and started again."""

    def __init__(self, home: Path, programs: Path, uid: int | None) -> None:
        self.home, self.programs, self.uid = home, programs, uid

    @contextmanager
    def running(self) -> Iterator[str]:
        """Started, and stopped at the end if it still runs; the URL of its database."""
        with postgres._postgres(self.programs, self.home, self.uid, durable=True) as server:
            yield server.url.render_as_string(hide_password=False)

    def kill(self) -> None:
        """SIGKILL to the server and to each of its processes, which stand in sessions of their own: no farewell."""
        pid = int((self.home / "data" / "postmaster.pid").read_text().splitlines()[0])
        known = Path(f"/proc/{pid}/task/{pid}/children")
        children = known.read_text().split() if known.exists() else []  # elsewhere they see that their parent is gone
        for one in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)


@contextmanager
def _killable_postgres() -> Iterator[KillablePostgres]:
    home = Path(tempfile.mkdtemp(prefix="kodplats-pg-"))
    uid, programs = postgres._other_user(), postgres.binaries()
    try:
        if uid is not None:
            programs = postgres._readable(programs, home)
            os.chown(home, uid, -1)
        home.chmod(0o711)
        postgres._initdb(programs, home, uid)
        yield KillablePostgres(home, programs, uid)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _book_again(server: RunningServer, slot: MadeSlot) -> None:
    """The web server gets over its dead connections without a restart."""

    def books() -> bool:
        visitor = Visitor(server.port)
        if visitor.get(f"/pass/{slot.id}/bokning").status != 200:
            return False
        fields = visitor.fill_in(slot.id, email=f"efter{next(_families)}@example.org")
        return visitor.book(slot.id, fields).status == 303

    _wait_until(books)


# ---- load and judgement ----


@contextmanager
def _database(url: str, folder: Path) -> Iterator[None]:
    """The test's own eyes on the database."""
    app = create_app(settings_for(url, instance=folder))
    with app.app_context():
        yield
    close(app)


def _slot_from_today() -> MadeSlot:
    """Few seats for many families: seats, queue and promotions are all under way when the lights go out."""
    now = dt.datetime.now(dt.UTC)
    return make_slot(seats=30, starts_at=now + 10 * DAY, opens_at=now - DAY)


@contextmanager
def _mail_worker(url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", "import sys; from booking.app import main; sys.exit(main())", "worker"]
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=environment_for(database_url=url, instance=folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=end_with_parent(signal.SIGKILL),  # noqa: PLW1509  # one call into libc
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def _under_load(port: int, slot: MadeSlot, told: Told) -> Iterator[None]:
    """Families book, and every second gives its booking back, until nobody answers any more or the block ends.

    The block begins when they are under way.
    """
    over, before = threading.Event(), len(told.booked)
    crowd = [threading.Thread(target=_family_life, args=(port, slot, told, over)) for _ in range(CLIENTS)]
    for one in crowd:
        one.start()
    try:
        _wait_until(lambda: len(told.booked) >= before + CLIENTS)
        yield
    finally:
        over.set()
        for one in crowd:
            one.join(90)


def _wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end, "nobody could book"
        time.sleep(0.005)


def _family_life(port: int, slot: MadeSlot, told: Told, over: threading.Event) -> None:
    while not over.is_set():
        try:
            _book_and_perhaps_cancel(Visitor(port), slot, told, over)
        except (OSError, HTTPException):
            return  # the server is gone


def _book_and_perhaps_cancel(visitor: Visitor, slot: MadeSlot, told: Told, over: threading.Event) -> None:
    form = visitor.get(f"/pass/{slot.id}/bokning")
    if form.status != 200:
        told.others[form.status] += 1
        return
    for turn in itertools.count():
        family = next(_families)
        fields = {
            **hidden_fields(form.body),
            "nyckel": secrets.token_hex(16),
            "barn-1-namn": "Ada",
            "barn-1-alder": "9",
            "namn": "Samira",
            "epost": f"familj{family}@example.org",
            "vuxna": "1",
        }
        answer = visitor.book(slot.id, fields)
        if over.is_set() and not answer.ref:
            return
        if not answer.ref:
            told.others[answer.status] += 1
            return
        told.booked.add(answer.ref)
        if turn % 2:
            path = f"/bokning/{answer.ref}/avbokning"
            gone = visitor.post(path, {"csrf_token": fields["csrf_token"]})
            if gone.status != 303:
                told.others[gone.status] += 1
                return
            told.cancelled.add(answer.ref)
        if over.is_set():
            return


def _judge(slot: MadeSlot, told: Told) -> None:
    """Nothing that was told is lost, and every row has the rows that belong to it, neither more nor fewer."""
    if db.engine.dialect.name == "sqlite":
        assert rows("PRAGMA integrity_check") == [("ok",)]
        assert rows("PRAGMA foreign_key_check") == []
    standing = dict(rows("SELECT ref, standing FROM bookings"))
    assert told.booked - standing.keys() == set()
    assert {ref for ref in told.cancelled if standing[ref] != "cancelled"} == set()
    made = _subjects("SELECT 'booking:' || id FROM bookings")
    assert made == _subjects("SELECT subject FROM audit_entries WHERE verb = 'book'")
    assert made == _subjects("SELECT subject FROM letters WHERE kind IN ('bookings/seated', 'bookings/queued')")
    ended = _subjects("SELECT 'booking:' || id FROM bookings WHERE standing = 'cancelled'")
    assert ended == _subjects("SELECT 'booking:' || booking_id FROM cancellations")
    assert ended == _subjects("SELECT subject FROM audit_entries WHERE verb = 'cancel'")
    assert ended == _subjects("SELECT subject FROM letters WHERE kind = 'bookings/cancelled'")
    promoted = _subjects("SELECT subject FROM audit_entries WHERE verb = 'promote'")
    assert promoted == _subjects("SELECT subject FROM letters WHERE kind = 'bookings/promoted'")
    assert _subjects("SELECT ref FROM bookings") == _subjects("SELECT subject FROM links WHERE purpose = 'manage'")
    assert made == _subjects("SELECT 'booking:' || booking_id FROM participants")
    assert _subjects("SELECT contact_id FROM bookings") == _subjects("SELECT id FROM contacts")
    assert queries.counter_faults() == []
    db.session.rollback()
    assert standings(slot).get("seated", 0) <= 30


def _subjects(question: str) -> list[str]:
    return sorted(str(row[0]) for row in rows(question))


def _summary(told: Told) -> str:
    return f"{len(told.booked)} bookings and {len(told.cancelled)} cancellations told"
