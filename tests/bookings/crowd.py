"""Many at once, in threads of this process: each piece of work as in a request of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from flask import Flask


class Outcome(NamedTuple):
    """What one piece of work gave or raised, and when it was sent and answered (monotonic seconds)."""

    result: Any
    error: Exception | None
    sent: float
    answered: float


def at_once(app: Flask, works: Sequence[Callable[[], Any]], *, threads: int = 24) -> list[Outcome]:
    """Do all `works`, so many at the same time, begun together; their outcomes in the order of `works`."""
    threads = min(threads, len(works))
    start = threading.Barrier(threads)
    begun = threading.local()

    def do(work: Callable[[], Any]) -> Outcome:
        if not hasattr(begun, "yes"):
            begun.yes = True
            start.wait(30)
        with app.app_context():
            sent = time.monotonic()
            try:
                result, error = work(), None
            except Exception as raised:  # noqa: BLE001  # the test judges every error
                result, error = None, raised
            return Outcome(result, error, sent, time.monotonic())

    with ThreadPoolExecutor(threads) as crowd:
        return list(crowd.map(do, works))


def results(outcomes: Sequence[Outcome]) -> list[Any]:
    """What they gave; the first error is raised, since none was expected."""
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return [outcome.result for outcome in outcomes]


def refusals(outcomes: Sequence[Outcome]) -> list[str]:
    """The names of what was raised, sorted."""
    return sorted(type(outcome.error).__name__ for outcome in outcomes if outcome.error is not None)
