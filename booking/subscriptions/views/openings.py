"""A letter when booking opens."""

from __future__ import annotations

import datetime as dt

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import public
from booking.kernel import clock
from booking.programme import queries as programme
from booking.programme.queries import SlotPage
from booking.programme.rules import PublicState
from booking.subscriptions import services
from booking.subscriptions.forms import OpeningForm
from booking.subscriptions.rules import OpensNoMore
from booking.subscriptions.views import shown
from booking.subscriptions.views.blueprint import bp
from booking.web.language import current_language

ADDRESS = "/pass/<int(max=9223372036854775807):slot_id>/oppnar"


@bp.route(ADDRESS, methods=["GET", "POST"])
@public
def opening(slot_id: int) -> ResponseReturnValue:
    """Leave an address until booking opens. Always the same answer; when it is open already, the slot's page."""
    slot = _slot_or_404(slot_id)
    if slot.state is not PublicState.SOON:
        return redirect(slot.url, 303)
    form = OpeningForm()
    if form.validate_on_submit():
        try:
            services.ask_for_opening(
                slot_id, email=str(form.email.data), language=current_language(), act=current_act()
            )
        except OpensNoMore:
            return redirect(slot.url, 303)  # it opened, or was called off, between the two looks
        return redirect(url_for("subscriptions.opening_asked", slot_id=slot_id), 303)
    return render_template("subscriptions/opening.html", form=form, slot=slot, today=_today()), form.status


@bp.get(f"{ADDRESS}/tack")
@public
def opening_asked(slot_id: int) -> ResponseReturnValue:
    """The answer to leaving an address."""
    slot = _slot_or_404(slot_id)
    if slot.state is not PublicState.SOON:
        return redirect(slot.url, 303)
    return render_template("subscriptions/opening_asked.html", slot=slot, today=_today())


def _slot_or_404(slot_id: int) -> SlotPage:
    return programme.slot_page(slot_id, now=current_act().now, reader=shown.reader()) or abort(404)


def _today() -> dt.date:
    return clock.local_day(current_act().now)
