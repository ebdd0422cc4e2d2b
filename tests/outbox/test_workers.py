"""Worker processes of their own: several at once, killed in the middle, told to stop, on a slow mail server.

A few kills in the suite; KODPLATS_KILLS=100 makes it so many. The mail server takes a hundred letters a second here;
KODPLATS_MAIL_SECOND=10 is what requirement G11 says.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from flask import Flask

from booking.outbox import rules
from booking.outbox.rules import LetterState
from booking.settings import current
from booking.store import db
from tests.outbox.letters import NOON, act, put_many, rows
from tests.support.missing import PROJECT
from tests.support.processes import end_with_parent
from tests.support.server import environment_for
from tests.support.smtp import MailServer, mail_server

KILLS = int(os.environ.get("KODPLATS_KILLS", "6"))
A_SECOND = int(os.environ.get("KODPLATS_MAIL_SECOND", "100"))
WORKERS = 4
MINUTE = dt.timedelta(minutes=1)
# After so long whatever a killed worker held is free again.
NEXT_ROUND = rules.LEASE + MINUTE

# Forks its workers after everything is loaded and before anything is opened, so that a round costs one start.
# Each works at an instant that the test gives; with `dies_after` it kills itself between acceptance and note.
CREW = """
import datetime as dt, os, signal, sys
from pathlib import Path
from booking.app import create_app
from booking.outbox.services import deliver_due
from booking.outbox.transports import Smtp
from booking.settings import current
from tests.outbox.letters import act
from tests.support.database import settings_for

url, folder, port, workers, now, dies_after = sys.argv[1:]

class Dying(Smtp):
    left = int(dies_after)
    def send(self, envelope):
        super().send(envelope)
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)

def work():
    app = create_app(settings_for(url, instance=Path(folder), mail_transport="smtp", smtp_port=int(port)))
    with app.app_context():
        tally = deliver_due(Dying(current()), act=act(dt.datetime.fromisoformat(now)))
    os._exit(0 if tally.is_reachable else 3)

crew = []
for _ in range(int(workers)):
    pid = os.fork()
    if not pid:
        work()
    crew.append(pid)
print(*crew, flush=True)
print(*[os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in crew], flush=True)
"""


class Crew:
    """Workers that began together, each a process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._line = self._read_line()
        self.pids = list(map(int, self._line.split()))

    def kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):  # it had just finished
            os.kill(pid, signal.SIGKILL)

    def ends(self) -> list[int]:
        """How each ended: 0, or minus the signal."""
        return list(map(int, self._read_line().split()))

    def _read_line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            assert self._process.stderr is not None
            pytest.fail(self._process.stderr.read())
        return line


@contextmanager
def crew(url: str, server: MailServer, *, workers: int, now: dt.datetime, dies_after: int = 0) -> Iterator[Crew]:
    arguments = [url, str(current().instance_path), str(server.port), str(workers), now.isoformat(), str(dies_after)]
    process = subprocess.Popen(
        [sys.executable, "-c", CREW, *arguments],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent(signal.SIGKILL),  # noqa: PLW1509  # one call into libc
    )
    try:
        yield Crew(process)
    finally:
        process.wait(120)
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


def accepted(server: MailServer) -> Counter[str]:
    """How often each Message-ID was accepted."""
    return Counter(str(letter["Message-ID"]) for letter in server.letters)


def states() -> Counter[LetterState]:
    return Counter(letter.state for letter in rows())


def wait_until(what: Callable[[], bool], *, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.005)


@pytest.mark.durable
def test_given_four_workers_a_thousand_letters_and_kills_then_each_goes_once_and_one_a_kill_at_most_twice(
    app: Flask, database_url: str
) -> None:
    """Requirement G2."""
    put_many(1000, act=act())
    kills, deadly_rounds, round_number = 0, 0, 0
    with mail_server() as server:
        while left := states()[LetterState.WAITING]:
            now = NOON + round_number * NEXT_ROUND
            with crew(database_url, server, workers=WORKERS, now=now) as working:
                if kills < KILLS:
                    goal = len(server.kept) + random.randint(1, max(1, min(left // 3, 3000 // KILLS)))
                    wait_until(lambda goal=goal: len(server.kept) >= goal)  # type: ignore[misc]
                    for pid in random.sample(working.pids, k=min(WORKERS, KILLS - kills)):
                        working.kill(pid)
                ends = working.ends()
            assert set(ends) <= {0, -signal.SIGKILL}
            fallen = ends.count(-signal.SIGKILL)
            kills, deadly_rounds = kills + fallen, deadly_rounds + (fallen > 0)
            round_number += 1
            assert round_number < KILLS + 20
        counts = accepted(server)

    print(f"\n{db.engine.dialect.name}: {kills} kills, {sum(counts.values()) - 1000} of 1000 letters twice")
    assert kills > 0
    assert len(counts) == 1000
    # Each round is a kill at most for one letter: the same letter may be the one in hand again.
    assert max(counts.values()) <= 1 + deadly_rounds
    assert sum(counts.values()) - 1000 <= kills
    assert states() == {LetterState.SENT: 1000}


@pytest.mark.durable
def test_given_workers_that_die_between_acceptance_and_note_then_none_is_missing_and_each_kill_doubles_one(
    app: Flask, database_url: str
) -> None:
    """Requirement B7: the kill falls where it hurts most, each time."""
    put_many(3 * KILLS, act=act())
    with mail_server() as server:
        for number in range(KILLS):
            with crew(database_url, server, workers=1, now=NOON + number * NEXT_ROUND, dies_after=3) as working:
                assert working.ends() == [-signal.SIGKILL]
        with crew(database_url, server, workers=1, now=NOON + KILLS * NEXT_ROUND) as working:
            assert working.ends() == [0]
        counts = accepted(server)

    print(f"\n{db.engine.dialect.name}: {KILLS} kills after acceptance, {sum(counts.values()) - len(counts)} twice")
    assert len(counts) == 3 * KILLS
    assert sum(counts.values()) - len(counts) == KILLS  # which may be the same letter again, when there are many
    assert states() == {LetterState.SENT: 3 * KILLS}


def test_given_three_hundred_families_and_a_slow_mail_server_then_everybody_is_reached_in_time(
    app: Flask, database_url: str
) -> None:
    """Requirement G11, its sending side: five minutes, of which two are left for undoing, at ten letters a second."""
    put_many(300, act=act())
    with mail_server() as server:
        server.seconds_a_letter = 1 / A_SECOND
        began = time.monotonic()
        with crew(database_url, server, workers=2, now=NOON) as working:
            assert working.ends() == [0, 0]
        seconds = time.monotonic() - began
        counts = accepted(server)

        print(f"\n{db.engine.dialect.name}: 300 of 300 in {seconds:.1f} s at {A_SECOND} letters a second")
        assert Counter(counts.values()) == {1: 300}
        assert server.connections == 2
    assert seconds < 180 * 10 / A_SECOND + 20  # and the time that two processes take to start


@contextmanager
def kodplats_worker(url: str, folder: Path, *, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The real command."""
    environment = environment_for(database_url=url, instance=folder)
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; from booking.app import main; sys.exit(main())", "worker"],
        cwd=PROJECT,
        env={**environment, "BOOKING_MAIL_TRANSPORT": "smtp", "BOOKING_SMTP_PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=end_with_parent(signal.SIGKILL),  # noqa: PLW1509  # one call into libc
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_finishes_the_letter_in_hand_and_lets_go_of_the_rest(
    app: Flask, database_url: str, how: signal.Signals
) -> None:
    put_many(30, act=act(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
    with mail_server() as server:
        server.seconds_a_letter = 0.2
        with kodplats_worker(database_url, current().instance_path, port=server.port) as process:
            wait_until(lambda: len(server.kept) >= 3)
            process.send_signal(how)
            output, _ = process.communicate(timeout=20)

        assert process.returncode == 0, output.decode()
        assert b"Traceback" not in output
        sent = len(server.kept)
        assert sent < 10
        assert set(accepted(server).values()) == {1}
    assert states() == {LetterState.SENT: sent, LetterState.WAITING: 30 - sent}
    assert {letter.held_by for letter in rows()} == {None}
