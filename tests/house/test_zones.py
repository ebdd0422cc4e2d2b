"""The server's own zone and locale do not matter (requirement T4): what depends on the clock passes in each of them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.missing import PROJECT

# What reads or writes days and times. `make test T=tests` with TZ set by hand runs all of it in one zone.
CLOCKWORK = (
    "tests/kernel",
    "tests/programme",
    "tests/calendars",
    "tests/front",
    "tests/outbox",
    "tests/bookings",
    "tests/subscriptions",
)
LEFT_OUT = "not storm and not durable and not browser and not races"


@pytest.mark.zones
@pytest.mark.parametrize(
    "surroundings",
    [{"TZ": "UTC", "LC_ALL": "C"}, {"TZ": "America/Los_Angeles"}, {"TZ": "Pacific/Auckland", "LC_ALL": "C"}],
    ids=lambda found: "-".join(found.values()).replace("/", "_"),
)
def test_days_and_times_are_the_same_wherever_the_server_stands(surroundings: dict[str, str]) -> None:
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
        env={**environment, **surroundings},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert answer.returncode == 0, answer.stdout[-4000:] + answer.stderr[-2000:]
