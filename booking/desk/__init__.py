"""The staff's day: what spans several rooms, and the overview of today."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages."""
    from booking.accounts import menu
    from booking.accounts.rules.roles import Capability
    from booking.desk.views import bp, today
    from booking.kernel.refusal import N_
    from booking.programme import slot_acts

    app.register_blueprint(bp)
    menu.lend_home(app, today.today)
    menu.offer(
        app,
        menu.Entry("desk.assignments", N_("My assignments"), "robot", menu.Part.DAY, Capability.LEAD),
        menu.Entry("desk.board", N_("The weeks"), "table", menu.Part.DAY, Capability.SEE_PLAN),
        menu.Entry("desk.absence", N_("Absence"), "person", menu.Part.DAY, Capability.PLAN),
    )
    slot_acts.offer(
        app,
        slot_acts.SlotAct("desk.export_people", N_("Save the list of participants"), Capability.EXPORT_PEOPLE),
        slot_acts.SlotAct("desk.copy", N_("Copy the workshop"), Capability.PLAN),
    )
