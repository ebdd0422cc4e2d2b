"""The staff's day: what spans several rooms, and the overview of today."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages."""
    from booking.accounts import menu
    from booking.accounts.rules.roles import Capability
    from booking.desk.views import bp, today
    from booking.kernel.refusal import N_

    app.register_blueprint(bp)
    menu.lend_home(app, today.today)
    menu.offer(
        app,
        menu.Entry("desk.board", N_("The weeks"), "calendar", Capability.SEE_PLAN),
        menu.Entry("desk.assignments", N_("My assignments"), "robot", Capability.LEAD),
        menu.Entry("desk.absence", N_("Absence"), "clock", Capability.PLAN),
    )
