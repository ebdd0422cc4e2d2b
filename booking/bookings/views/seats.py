"""Staff set how many seats a slot has. More of them go to the queue at once, fewer throw nobody out."""

from __future__ import annotations

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, this_staff, where
from booking.accounts.rules.roles import Capability
from booking.bookings import services
from booking.bookings.forms import SeatsForm
from booking.bookings.rules import SeatsChangedMeanwhile
from booking.bookings.views.blueprint import bp
from booking.kernel.refusal import Refused
from booking.programme import queries as programme
from booking.programme.models import Slot


@bp.route("/personal/pass/<int:slot_id>/platser", methods=["GET", "POST"])
@requires(Capability.PLAN)
def seats(slot_id: int) -> ResponseReturnValue:
    """The seats of each pool, with how many are taken and how many families wait."""
    slot = _slot_or_404(slot_id)
    form = SeatsForm(slot.pools)
    if form.validate_on_submit():
        try:
            services.change_all_seats(slot_id, seats=form.seats, act=current_act())
        except SeatsChangedMeanwhile as refusal:
            form.refuse(refusal)
            slot = _slot_or_404(slot_id)
            form.see(slot.pools)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for("desk.slot", slot_id=slot_id), 303)
    rows = list(zip(slot.pools, form.pools, strict=True))
    return render_template("bookings/seats.html", slot=slot, form=form, rows=rows), form.status


def _slot_or_404(slot_id: int) -> Slot:
    return programme.staff_slot(slot_id, where(Capability.PLAN), staff_id=this_staff().id) or abort(404)
