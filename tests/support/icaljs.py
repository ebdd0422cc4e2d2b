"""A second judge of our calendars: ical.js, which Thunderbird reads with. It shares nothing with Python's."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.node import node, package

READER = Path(__file__).with_name("icaljs.cjs")


class IcalJs:
    """One node process for many calendars. A context manager; the process ends with it."""

    def __enter__(self) -> Self:
        package("ical.js/package.json")  # installs it if need be
        self._process = subprocess.Popen(
            [str(node()), str(READER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()

    def read(self, calendar: bytes) -> dict[str, Any]:
        """The calendar's properties, component names and events, instants in seconds since 1970.

        AssertionError when ical.js cannot read it.
        """
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(calendar.decode("utf-8")) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert "fault" not in answer, answer["fault"]
        return answer
