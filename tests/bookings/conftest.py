"""Whatever a test of booking did: afterwards the counters say what the rows say (requirement A13)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from booking.bookings import queries
from booking.store import db


@pytest.fixture(autouse=True)
def counters_equal_rows(request: pytest.FixtureRequest) -> Iterator[None]:
    """The invariant of every test here that has a database (requirement A13)."""
    # Without locks the counters lie, which is what that test wants to see.
    is_judged = "app" in request.fixturenames and "without_locks" not in request.fixturenames
    app = request.getfixturevalue("app") if is_judged else None
    yield
    if app is not None:
        db.session.rollback()
        assert queries.counter_faults() == []
