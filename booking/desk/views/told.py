"""After something was called off or moved: who has been told, and whom to ring (requirement G11)."""

from __future__ import annotations

from collections import Counter

from flask import render_template
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires
from booking.accounts.rules.roles import Capability
from booking.bookings import services
from booking.bookings.queries.reached import MUST_RING, Reach, families_reached
from booking.desk.forms.slot_acts import PlainForm
from booking.desk.views.blueprint import bp
from booking.desk.views.found import slot_or_404
from booking.programme.queries.slot_desk import last_act


@bp.route("/personal/pass/<int:slot_id>/besked", methods=["GET", "POST"])
@requires(Capability.SEE_CONTACTS)
def told(slot_id: int) -> ResponseReturnValue:
    """How many were told, and behind a button, whose pressing is logged, whom to ring."""
    slot = slot_or_404(slot_id, Capability.SEE_CONTACTS)
    last = last_act(slot_id)
    form = PlainForm()
    is_shown = form.validate_on_submit()
    if is_shown:
        services.look_whom_to_ring(slot_id, act=current_act())
        slot, last = slot_or_404(slot_id, Capability.SEE_CONTACTS), last_act(slot_id)
    families = families_reached(slot_id, last.letters.get("written", ())) if last else []
    tally = Counter(family.reach for family in families)
    page = render_template(
        "desk/told.html",
        slot=slot,
        form=form,
        tally={reach.value: tally[reach] for reach in Reach},
        to_ring=sum(tally[reach] for reach in MUST_RING),
        families=[family for family in families if family.reach in MUST_RING] if is_shown else None,
    )
    return page, form.status
