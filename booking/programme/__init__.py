"""What is taught and when."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages."""
    from booking.programme.views import bp

    app.register_blueprint(bp)
