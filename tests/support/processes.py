"""Processes that the tests start: they end with the tests, also when the tests are killed."""

from __future__ import annotations

import ctypes
import fcntl
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.support.missing import TOOLS

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with_parent(how: signal.Signals) -> Callable[[], None] | None:
    """For `preexec_fn`: the child gets this signal when the tests die. None where the kernel cannot do that (macOS)."""
    libc = _libc
    if libc is None:
        return None
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0) and None


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Other test processes that want to do the same wait until this one has."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
