"""One instant for everybody at the desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.bookings.world import NOW


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller
