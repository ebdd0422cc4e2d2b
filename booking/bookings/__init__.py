"""Booking, queue, cancellation: one engine for both doors."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages."""
    from booking.bookings.views import bp

    app.register_blueprint(bp)
