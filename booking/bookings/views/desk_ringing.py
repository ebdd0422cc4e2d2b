"""Ringing families: what came of a call, and seats that are given by hand."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires
from booking.accounts.rules.roles import Capability
from booking.bookings import services
from booking.bookings.rules import CallOutcome
from booking.bookings.views import desk_shown
from booking.bookings.views.blueprint import bp
from booking.bookings.views.desk import page_of
from booking.bookings.views.desk_changes import did
from booking.web.forms import BaseForm

OUTCOMES = {"nadd": CallOutcome.REACHED, "inget-svar": CallOutcome.NO_ANSWER, "senare": CallOutcome.LATER}


@bp.route("/personal/bokning/<ref>/samtal", methods=["GET", "POST"])
@requires(Capability.CHANGE_BOOKINGS)
def note_call(ref: str) -> ResponseReturnValue:
    """The family was rung: reached, no answer, later. Back to the day, where the next one stands."""
    family = desk_shown.family_or_404(ref, Capability.CHANGE_BOOKINGS)
    if request.method == "GET":
        return redirect(url_for("bookings.staff_booking", ref=ref), 303)
    form = BaseForm()
    outcome = OUTCOMES.get(request.form.get("svar", ""))
    if outcome and did(form, lambda: services.note_call(ref, outcome=outcome, act=current_act())):
        return redirect(url_for("accounts.start"), 303)
    form.validate()
    return page_of(family, form)


@bp.route("/personal/pass/<int:slot_id>/uppflyttning/<int:number>", methods=["GET", "POST"])
@requires(Capability.CHANGE_BOOKINGS)
def promote(slot_id: int, number: int) -> ResponseReturnValue:
    """Give a pool's free seats to whoever has waited longest: in the last day it is not done by itself."""
    slot = desk_shown.slot_or_404(slot_id, Capability.CHANGE_BOOKINGS)
    if number not in {pool.id for pool in slot.pools}:
        abort(404)
    form = BaseForm()
    if did(form, lambda: services.promote(number, act=current_act())):
        return redirect(url_for("accounts.start"), 303)
    back = redirect(url_for("bookings.of_slot", slot_id=slot_id), 303)
    return back if request.method == "GET" else ("", 400)
