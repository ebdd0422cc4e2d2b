"""The pages that show several rooms at once: start, libraries, stops, about."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages."""
    from booking.accounts import menu
    from booking.accounts.rules.roles import Capability
    from booking.front.views import bp
    from booking.kernel.refusal import N_

    app.register_blueprint(bp)
    menu.offer(app, menu.Entry("front.texts", N_("Texts"), "story", menu.Part.KEEP, Capability.SEE_SETTINGS))
