"""Every calendar feed; read-only."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages, and give the process its memory of feeds."""
    from booking.accounts import menu
    from booking.accounts.rules.roles import Capability
    from booking.calendars import views
    from booking.kernel.refusal import N_

    views.feeds.init_app(app)
    app.register_blueprint(views.bp)
    menu.offer(
        app, menu.Entry("calendars.own_calendars", N_("Calendars"), "calendar", menu.Part.OWN, Capability.SEE_PLAN)
    )
