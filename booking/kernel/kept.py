"""What is made once and kept in memory while there is room for it. Only for values that their key wholly determines."""

from __future__ import annotations

from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Values by key, at most `room` twice over; what was not asked for lately goes first. Safe between threads.

    Two generations: when the young one is full it becomes the old one, and what is asked for again moves back. So a
    look-up is one or two of a plain dictionary, without a lock.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._used = 0
        self._young: dict[K, tuple[V, int]] = {}
        self._old: dict[K, tuple[V, int]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def get(self, key: K) -> V | None:
        """The value kept for `key`; None when there is none, or no more."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is None:
                return None
            self.put(key, found[0], size=found[1])
        return found[0]

    def put(self, key: K, value: V, *, size: int = 1) -> None:
        """Keep a value that takes so much of the room; one that takes more than all of it is not kept."""
        if size > self._room:
            return
        with self._lock:
            if self._used + size > self._room:
                self._old, self._young, self._used = self._young, {}, 0
            before = self._young.get(key)
            self._used += size - (before[1] if before else 0)
            self._young[key] = value, size

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._young, self._old, self._used = {}, {}, 0
