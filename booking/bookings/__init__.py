"""Booking, queue, cancellation: one engine for both doors."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's pages."""
    from booking.accounts.rules.roles import Capability
    from booking.bookings.views import bp
    from booking.kernel.refusal import N_
    from booking.programme import slot_acts
    from booking.programme.slot_acts import SlotAct

    app.register_blueprint(bp)
    slot_acts.offer(
        app,
        SlotAct("bookings.attendance_days", N_("List and attendance"), Capability.MARK_ATTENDANCE),
        SlotAct("bookings.seats", N_("Change the number of seats"), Capability.PLAN),
        SlotAct("bookings.of_slot", N_("Bookings"), Capability.SEE_BOOKINGS),
        SlotAct("bookings.book_for", N_("Book for a family"), Capability.CHANGE_BOOKINGS),
        SlotAct("bookings.substitutes", N_("Link for a substitute"), Capability.PLAN),
    )
