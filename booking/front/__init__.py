"""The pages that show several rooms at once: start, libraries, stops, about."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages."""
    from booking.front.views import bp

    app.register_blueprint(bp)
