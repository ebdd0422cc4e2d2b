"""`@writes`: the only begin and the only commit of whatever changes the database."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from booking.store.engine import WRITING, db, session, sqlite_path

P = ParamSpec("P")
R = TypeVar("R")

_INFO_KEY = "kodplats_writes"


class BusyDatabase(Exception):
    """The database could not be written in time. Nothing was changed; the reader may try again."""


def writes(verb: Callable[P, R]) -> Callable[P, R]:
    """Run a verb in one writing transaction: all of it or nothing, letters and audit rows included.

    The outermost verb begins and commits, verbs called by it join, any exception rolls everything back. On SQLite
    writers queue on a locked file and begin IMMEDIATE; on PostgreSQL the verb locks what it makes scarcer. What the
    session had read before is forgotten first, so that the verb sees the newest committed state.
    """

    @wraps(verb)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        current = session()
        if current.info.get(_INFO_KEY):
            return verb(*args, **kwargs)
        current.rollback()
        current.expire_all()
        with _turn():
            current.connection(execution_options={WRITING: True})
            current.info[_INFO_KEY] = True
            try:
                result = verb(*args, **kwargs)
                current.commit()
            except BaseException:
                current.rollback()
                raise
            finally:
                current.info.pop(_INFO_KEY, None)
        return result

    inside.__dict__["writes"] = True
    return inside


def in_writing() -> bool:
    """Whether a writing verb is running in this session."""
    return bool(session().info.get(_INFO_KEY))


@contextmanager
def _turn() -> Iterator[None]:
    """On SQLite, wait in line for the one write lock: its busy timeout is no queue and starves the unlucky."""
    path = sqlite_path(db.engine)
    if path is None:
        yield
        return
    handle = _lock_file(path)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


_open_files = threading.local()


def _lock_file(path: Path) -> int:
    """This thread's own handle of the lock file: flock() locks belong to the open file, and threads must not share."""
    handles: dict[tuple[int, Path], int] = _open_files.__dict__.setdefault("handles", {})
    key = (os.getpid(), path)
    if key not in handles:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            handles[key] = os.open(path.with_name(path.name + ".lock"), flags, 0o600)
        except OSError as fault:
            if fault.errno in (errno.EROFS, errno.EACCES):
                raise BusyDatabase(f"the folder of {path.name} cannot be written") from fault
            raise
    return handles[key]
