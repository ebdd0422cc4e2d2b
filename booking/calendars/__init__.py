"""Every calendar feed; read-only."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages, and give the process its memory of feeds."""
    from booking.calendars import views

    views.feeds.init_app(app)
    app.register_blueprint(views.bp)
