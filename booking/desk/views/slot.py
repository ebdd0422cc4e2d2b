"""The staff's page of one slot, from which everything about it is reached."""

from __future__ import annotations

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from booking.accounts.guards import requires, this_staff, where
from booking.accounts.rules.roles import Capability
from booking.desk.views.blueprint import bp
from booking.programme import queries as programme
from booking.programme import slot_acts


@bp.get("/personal/pass/<int:slot_id>")
@requires(Capability.SEE_PLAN)
def slot(slot_id: int) -> ResponseReturnValue:
    """The slot with its meetings, and what may be done with it. One of another library is as one that is not."""
    found = programme.staff_slot(slot_id, where(Capability.SEE_PLAN), staff_id=this_staff().id)
    if found is None:
        abort(404)
    return render_template("desk/slot.html", slot=found, acts=slot_acts.links(slot_id))
