from __future__ import annotations

import pytest
from flask import Flask

from tests.web.small import Small


@pytest.fixture
def small(sqlite_app: Flask) -> Small:
    """A page with a form, in the real application."""
    return Small(sqlite_app)
