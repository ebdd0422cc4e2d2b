"""Planning a slot once more."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires
from booking.accounts.rules.roles import Capability
from booking.desk.forms.slot_acts import CopyForm
from booking.desk.views.blueprint import bp
from booking.desk.views.found import back, slot_or_404
from booking.kernel.refusal import Refused
from booking.programme import services


@bp.route("/personal/pass/<int:slot_id>/kopia", methods=["GET", "POST"])
@requires(Capability.PLAN)
def copy(slot_id: int) -> ResponseReturnValue:
    """The same slot on another day, as a draft; a week later is proposed."""
    slot = slot_or_404(slot_id, Capability.PLAN)
    form = CopyForm(day=slot.meetings[0].starts_local.date() + dt.timedelta(weeks=1))
    if form.validate_on_submit():
        day: Any = form.day.data
        try:
            made = services.copy_slot(
                slot_id,
                to=day,
                with_trainers=form.with_trainers.data,
                accepting=form.accepting.data or "",
                act=current_act(),
            )
        except Refused as refused:
            form.refuse(refused)
            slot = slot_or_404(slot_id, Capability.PLAN)
        else:
            return back(made.id)
    return render_template("desk/copy.html", slot=slot, meeting=None, form=form), form.status
