"""Staff change many slots in one step: what, then what it changes and who is told, then one click."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, this_staff, where
from booking.accounts.rules.roles import Capability
from booking.bookings import services
from booking.bookings.forms import BulkForm
from booking.bookings.queries.bulk import preview
from booking.bookings.views.blueprint import bp
from booking.kernel import text
from booking.kernel.refusal import Refused
from booking.programme import queries as programme
from booking.programme.models import Slot
from booking.programme.rules import SlotState


@bp.route("/personal/planering/flera", methods=["GET", "POST"])
@requires(Capability.PLAN)
def change_many() -> ResponseReturnValue:
    """The slots that the address names, those of them that lie within reach and are not called off."""
    slots = _slots()
    form = BulkForm()
    if not form.validate_on_submit():
        return render_template("bookings/change_many.html", form=form, slots=slots), form.status
    if form.step.data == "andra":
        try:
            services.change_many(form.seen_of(slots), to=form.change, act=current_act())
        except Refused as refusal:
            form.refuse_wholly(refusal)
            slots = _slots()
        else:
            return redirect(url_for("programme.planning"), 303)
    rows = preview(slots, form.change, now=current_act().now)
    page = render_template(
        "bookings/change_many_preview.html", form=form, rows=rows, told=sum(one.told for one in rows)
    )
    return page, form.status


def _slots() -> list[Slot]:
    numbers = [number for raw in request.args.getlist("pass")[:400] if (number := text.whole_number(raw))]
    found = programme.staff_slots(numbers, where(Capability.PLAN), staff_id=this_staff().id)
    return [slot for slot in found if slot.state is not SlotState.CALLED_OFF]
