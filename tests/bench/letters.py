"""Letters claimed, rendered, composed and noted as sent: a thousand by four workers, each exactly once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select, text

from booking.app import create_app
from booking.kernel.act import system_act
from booking.outbox.models import Letter
from booking.outbox.rules import LetterState
from booking.store import writes
from booking.store.engine import session
from tests.bench import visitors
from tests.bench.figures import Stand
from tests.bench.report import Figure, Mark
from tests.outbox.letters import put_many
from tests.support.database import close, settings_for
from tests.support.missing import PROJECT
from tests.support.processes import end_with_parent

LETTERS = 1_000
WORKERS = 4
LETTERS_A_SECOND = Mark(100, 300, more_is_better=True)


def letters(stand: Stand, folder: Path) -> Iterator[Figure]:
    """A thousand letters to a thousand readers wait; four workers begin at the same instant, warm and at rest."""
    rates: list[float] = []
    costs: list[float] = []
    shares: list[list[int]] = []
    app = create_app(settings_for(stand.project_url, instance=folder))
    with app.app_context(), ExitStack() as running:
        _leave_none_waiting()
        workers = [running.enter_context(_worker(stand.project_url, folder)) for _ in range(WORKERS)]
        _round(workers, count=LETTERS // 5)  # templates, catalogues and statements are made once
        for _ in range(stand.effort.rounds):
            done = _round(workers, count=LETTERS)
            rates.append(LETTERS / done.seconds)
            costs.append(round(done.cpu_seconds / LETTERS * 1000, 2))
            shares.append(done.share)
    close(app)
    raw = {"worker_cpu_ms_a_letter": costs, "letters_of_each_worker": shares}
    name = f"letters/s, {WORKERS} workers, {LETTERS:,} letters once each"
    yield Figure(name, stand.name, rates, LETTERS_A_SECOND, raw)


class Round(NamedTuple):
    """Seconds from the start to the end of the last worker, the processor's of all of them, and how many letters each
    has sent."""

    seconds: float
    cpu_seconds: float
    share: list[int]


def _round(workers: list[subprocess.Popen[str]], *, count: int) -> Round:
    """Put so many letters and let the workers send them. Raises Wrong unless each went once and is noted."""
    put_many(count, act=system_act("bench"))
    began = time.monotonic()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    told = [json.loads(_line_of(worker)) for worker in workers]
    counts = Counter(message_id for one in told for message_id in one["message_ids"])
    session().rollback()
    stored = set(session().scalars(select(Letter.message_id).where(Letter.state == LetterState.SENT)))
    if len(counts) != count or set(counts.values()) != {1} or not counts.keys() <= stored:
        raise visitors.Wrong(f"of {count} letters {len(counts)} went, {sum(counts.values())} times in all")
    return Round(
        max(one["ended"] for one in told) - began,
        sum(one["cpu_seconds"] for one in told),
        [len(one["message_ids"]) for one in told],
    )


@writes
def _leave_none_waiting() -> None:
    """The letters of the bookings that were measured before."""
    session().execute(text("UPDATE letters SET state = 'sent' WHERE state = 'waiting'"))


@contextmanager
def _worker(url: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.letter_worker", url, str(folder)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509  # one call into libc
    )
    try:
        assert _line_of(process) == "ready\n"
        yield process
    finally:
        process.communicate()


def _line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise visitors.Wrong("a mail worker ended by itself")
    return line
