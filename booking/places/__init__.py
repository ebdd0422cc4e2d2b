"""Where things happen: libraries, stops, venues."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages: the house register, which staff keep."""
    from booking.accounts import menu
    from booking.accounts.rules.roles import Capability
    from booking.kernel.refusal import N_
    from booking.places.views import bp

    app.register_blueprint(bp)
    menu.offer(
        app,
        menu.Entry("places.places", N_("Places"), "house", menu.Part.KEEP, Capability.SEE_PLACES),
        menu.Entry("places.days_off", N_("Days off"), "clock", menu.Part.KEEP, Capability.SEE_PLACES),
        menu.Entry("places.organisations", N_("Organisations"), "people", menu.Part.KEEP, Capability.SEE_SETTINGS),
    )
