"""The whole application in its world, at one instant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from booking.app import create_app
from tests.bookings.world import NOW
from tests.house.world import World
from tests.page import Visitor
from tests.support.database import PROVIDER, close, settings_for


@pytest.fixture
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(sqlite_app: Flask, now: None) -> World:
    return World(sqlite_app)


@pytest.fixture
def provider_world(sqlite_url: str, tmp_path: Path, now: None) -> Iterator[World]:
    """Where staff may come in by single sign-on."""
    app = create_app(settings_for(sqlite_url, instance=tmp_path, **PROVIDER))
    app.testing = True
    app.test_client_class = Visitor
    with app.app_context():
        yield World(app)
    close(app)


@pytest.fixture
def demo_world(sqlite_url: str, tmp_path: Path, now: None) -> Iterator[World]:
    app = create_app(settings_for(sqlite_url, instance=tmp_path, mode="demo"))
    app.testing = True
    app.test_client_class = Visitor
    with app.app_context():
        yield World(app)
    close(app)
