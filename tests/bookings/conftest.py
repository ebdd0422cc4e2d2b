"""Whatever a test of booking did: afterwards the counters say what the rows say (requirement A13)."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest
from flask import Flask

from booking.bookings import queries
from booking.store import db
from tests.bookings.phones import new_phone
from tests.page import Visitor


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


@pytest.fixture(autouse=True, scope="session")
def room_for_many() -> None:
    """Five hundred browsers at once need more open files than many a shell allows by itself."""
    wanted = 4096
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


@pytest.fixture
def samira(app: Flask) -> Visitor:
    """Samira's phone, on both databases."""
    return new_phone(app)


@pytest.fixture
def rolf(app: Flask) -> Visitor:
    """A stranger's browser."""
    return new_phone(app)
