"""Who acts: secret links, guards, the current act."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages."""
    from booking.accounts.views import bp

    app.register_blueprint(bp)
