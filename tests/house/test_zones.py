"""The server's own zone and locale do not matter (requirement T4).

The two processes of `make test` stand in Los Angeles and in Auckland (tests/conftest.py). Here what depends on the
clock passes in UTC, too, where servers stand and mistakes hide.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.missing import PROJECT

# What reads or writes days and times most.
CLOCKWORK = (
    "tests/kernel",
    "tests/calendars",
    "tests/subscriptions",
    "tests/bookings/test_clockwork.py",
    "tests/bookings/test_organising.py",
    "tests/programme/test_find_list.py",
    "tests/programme/test_find_search.py",
    "tests/programme/test_find_slot.py",
    "tests/programme/test_planning.py",
    "tests/programme/test_series.py",
)
LEFT_OUT = "not storm and not durable and not browser and not races"


@pytest.mark.zones
def test_days_and_times_are_the_same_where_servers_stand() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "LC_", "LANG"))}

    answer = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            *CLOCKWORK,
            "-q",
            "-m",
            LEFT_OUT,
            "-k",
            "not postgresql",
            "-p",
            "no:cacheprovider",
        ],
        env={**environment, "TZ": "UTC", "LC_ALL": "C"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert answer.returncode == 0, answer.stdout[-4000:] + answer.stderr[-2000:]
