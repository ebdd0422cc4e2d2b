"""The staff's day: what spans several rooms, and the overview of today."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages."""
    from booking.accounts import menu
    from booking.desk.views import bp, today

    app.register_blueprint(bp)
    menu.lend_home(app, today.today)
