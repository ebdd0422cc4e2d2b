"""Staff change a slot."""

from __future__ import annotations

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, this_staff, where
from booking.accounts.rules.roles import Capability
from booking.kernel import clock
from booking.kernel.refusal import Refused
from booking.programme import queries, services
from booking.programme.forms.changing import ChangeForm
from booking.programme.models import Slot
from booking.programme.rules.changes import ChangedMeanwhile
from booking.programme.views.blueprint import bp


@bp.route("/personal/pass/<int:slot_id>/andring", methods=["GET", "POST"])
@requires(Capability.PLAN)
def change_slot(slot_id: int) -> ResponseReturnValue:
    """Every field but time, place, seats and who leads. A second save on what somebody else saved shows both."""
    slot = _slot_or_404(slot_id)
    choices = queries.choices(where(Capability.PLAN), on=clock.local_day(current_act().now))
    form = ChangeForm(slot, choices=choices)
    if form.validate_on_submit():
        try:
            services.change(slot_id, version=form.version.data, to=form.change, act=current_act())
        except ChangedMeanwhile as refusal:
            form.refuse(refusal)
            slot = _slot_or_404(slot_id)
            form.compare(ChangeForm(slot, choices=choices, formdata=None))
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for("desk.slot", slot_id=slot_id), 303)
    page = render_template("programme/planning_change.html", form=form, slot=slot)
    return page, form.status


def _slot_or_404(slot_id: int) -> Slot:
    return queries.staff_slot(slot_id, where(Capability.PLAN), staff_id=this_staff().id) or abort(404)
