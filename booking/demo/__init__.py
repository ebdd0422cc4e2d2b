"""The demo: its content, loaded through the same verbs and importers, and its letter pages."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages."""
    from booking.demo.views import bp

    app.register_blueprint(bp)
