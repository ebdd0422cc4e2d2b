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

from booking.store.engine import db, session, sqlite_path, writing

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
        if current.in_transaction():
            current.rollback()
        current.expire_all()
        with _turn(), writing():
            current.info[_INFO_KEY] = True
            try:
                return verb(*args, **kwargs)
            finally:
                del current.info[_INFO_KEY]

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
    handle = _lock_file(path).handle
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


class _LockFile:
    """An open lock file, closed when the thread that opened it is gone."""

    def __init__(self, path: Path) -> None:
        try:
            self.handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            self.handle = -1
            if fault.errno in (errno.EROFS, errno.EACCES):
                raise BusyDatabase(f"the folder of {path.name} cannot be written") from fault
            raise

    def __del__(self) -> None:
        if self.handle >= 0:
            os.close(self.handle)


_open_files = threading.local()


def _lock_file(path: Path) -> _LockFile:
    """This thread's own lock file: flock() locks belong to the open file, and threads must not share."""
    files: dict[tuple[int, Path], _LockFile] = _open_files.__dict__.setdefault("files", {})
    key = (os.getpid(), path)
    if key not in files:
        files[key] = _LockFile(path.with_name(path.name + ".lock"))
    return files[key]
