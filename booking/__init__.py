"""Kodplats: booking of children's programming workshops and staff courses at libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

__version__ = "0.1.0"


def create_app() -> Flask:
    """The application with settings from the environment and the instance folder; what `flask --app booking` finds."""
    from booking.app import create_app  # here, so that `import booking` for the version stays cheap

    return create_app()
