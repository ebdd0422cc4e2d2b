"""What is taught and when."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages."""
    from booking.accounts import menu
    from booking.accounts.rules.roles import Capability
    from booking.kernel.refusal import N_
    from booking.programme.views import bp

    app.register_blueprint(bp)
    menu.offer(
        app,
        menu.Entry("programme.export", N_("Export"), "table", Capability.SEE_PLAN),
        menu.Entry("programme.import_slots", N_("Import"), "table", Capability.PLAN),
    )
