"""What is taught and when."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages."""
    from booking.accounts import menu
    from booking.accounts.rules.roles import Capability
    from booking.kernel.refusal import N_
    from booking.programme import slot_acts
    from booking.programme.views import bp

    app.register_blueprint(bp)
    menu.offer(
        app,
        menu.Entry("programme.planning", N_("Planning"), "calendar", menu.Part.PLAN, Capability.PLAN),
        menu.Entry("programme.trainers", N_("Trainers"), "people", menu.Part.KEEP, Capability.PLAN),
        menu.Entry("programme.kits", N_("Kits"), "blocks", menu.Part.KEEP, Capability.PLAN),
        menu.Entry("programme.import_slots", N_("Import"), "laptop", menu.Part.PLAN, Capability.PLAN),
        menu.Entry("programme.export", N_("Export"), "laptop", menu.Part.PLAN, Capability.SEE_PLAN),
    )
    slot_acts.offer(app, slot_acts.SlotAct("programme.change_slot", N_("Change the workshop"), Capability.PLAN))
