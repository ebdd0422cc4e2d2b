"""The machinery that every test may ask for: databases, the application, a browser. The cast is in `builders.py`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.page import Visitor
from tests.support import chromium, postgres, routing
from tests.support.database import SqliteFiles, close, migrate, settings_for

DATABASES = ("sqlite", "postgresql")

# Each process of `make test` stands far from home, on another side of the date line: no test may need the server's own
# zone or locale (requirement T4). With TZ set by hand, all of it runs there.
FAR_AWAY = ({"TZ": "America/Los_Angeles"}, {"TZ": "Pacific/Auckland", "LC_ALL": "C"})
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
if WORKER and "TZ" not in os.environ:
    os.environ.update(FAR_AWAY[int(WORKER.removeprefix("gw")) % len(FAR_AWAY)])
    time.tzset()

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("kodplats", deadline=None, print_blob=True)
hypothesis.settings.load_profile("kodplats")
routing.compile_once()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who asks for a browser is marked so: `make test T="-m 'not browser'"` is the quick round."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    # The longest first, so that one process does not finish them while the other has nothing left.
    items.sort(key=lambda item: item.get_closest_marker("zones") is None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Postgres]:
    """A real PostgreSQL; with xdist each worker has its own. It does not wait for the disk."""
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture
def sqlite_url(sqlite_files: SqliteFiles, tmp_path: Path) -> str:
    """A migrated, empty database in a file of its own."""
    return sqlite_files.copy(to=tmp_path / "booking.db")


@pytest.fixture
def postgresql_url(postgres_server: postgres.Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated, empty database on a real PostgreSQL."""
    url = postgres_server.copy_of(
        "migrated", lambda url: migrate(url, instance=tmp_path_factory.mktemp("migrate", numbered=True))
    )
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database: the test runs on SQLite and again on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database of its own, with its context pushed, so that verbs and queries can be called."""
    yield from _application(database_url, tmp_path)


@pytest.fixture
def sqlite_app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """As `app`, on SQLite alone: for what no database can change, such as headers and texts."""
    yield from _application(sqlite_url, tmp_path)


@pytest.fixture
def postgresql_app(postgresql_url: str, tmp_path: Path) -> Iterator[Flask]:
    """As `app`, on PostgreSQL alone: for what only several writers at once can show."""
    yield from _application(postgresql_url, tmp_path)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium under Playwright, started once."""
    with chromium.launch() as running:
        yield running


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh phone-sized page of 360 by 740 px in a Swedish browser; cookies and all are gone after the test."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, locale="sv-SE", timezone_id="Europe/Stockholm"
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def _application(url: str, folder: Path) -> Iterator[Flask]:
    from booking.app import create_app

    application = create_app(settings_for(url, instance=folder))
    application.testing = True
    application.test_client_class = Visitor
    with application.app_context():
        yield application
    close(application)
