"""Every calendar feed; read-only."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages."""
    from booking.calendars.views import bp

    app.register_blueprint(bp)
