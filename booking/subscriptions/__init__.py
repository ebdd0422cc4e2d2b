"""Letters that people ask for: new workshops near them, and when booking opens."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages."""
    from booking.subscriptions.views import bp

    app.register_blueprint(bp)
