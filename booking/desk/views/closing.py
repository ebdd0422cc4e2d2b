"""Closing a place for good, and opening it again."""

from __future__ import annotations

import datetime as dt

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, where
from booking.accounts.rules.roles import Capability
from booking.desk import services
from booking.desk.forms.closing import ClosingForm
from booking.desk.queries import closing as queries
from booking.desk.rules import NotLookedAt, looked_at
from booking.desk.views.blueprint import bp
from booking.kernel.refusal import Refused
from booking.places.models import Place
from booking.places.queries import register
from booking.places.rules.keeping import ChangedMeanwhile
from booking.web.forms import BaseForm


@bp.route("/personal/platser/<int:number>/stangning", methods=["GET", "POST"])
@requires(Capability.KEEP_SETTINGS)
def close_place(number: int) -> ResponseReturnValue:
    """Choose the day, see what is planned from then on, close."""
    place = _place_or_404(number)
    form = ClosingForm()
    if request.method == "GET":
        form.process(None, version=place.version, from_day=place.closed_from)
        return _page(place, form)
    if not form.validate_on_submit():
        return _page(place, form)
    day: dt.date = form.from_day.data
    try:
        services.close_place(
            number, from_day=day, seen=form.seen.data or "", version=form.version.data, act=current_act()
        )
    except NotLookedAt as refused:
        if (form.seen.data or "").startswith(day.isoformat()):
            form.refuse(refused)  # it was shown for this day, and is not so any more
    except ChangedMeanwhile as refused:
        form.refuse(refused)
        saved, now = ClosingForm(formdata=None), _place_or_404(number)
        saved.process(None, version=now.version, from_day=now.closed_from)
        form.compare(saved)
    except Refused as refused:
        form.refuse(refused)
    else:
        return _back(number)
    return _page(_place_or_404(number), form, day=day)


@bp.route("/personal/platser/<int:number>/oppning", methods=["GET", "POST"])
@requires(Capability.KEEP_SETTINGS)
def reopen_place(number: int) -> ResponseReturnValue:
    """Open a place again. Who only looks at the address gets the page of the button."""
    place, asked = _place_or_404(number), BaseForm()
    if request.method == "GET":
        return redirect(url_for("desk.close_place", number=number), 303)
    if asked.validate_on_submit():
        try:
            services.reopen_place(number, act=current_act())
        except Refused as refused:
            asked.refuse(refused)
        else:
            return _back(number)
    form = ClosingForm(formdata=None, version=place.version, from_day=place.closed_from)
    form.form_errors = [said for _, said in asked.error_list]
    return _page(place, form)[0], asked.status


def _page(place: Place, form: ClosingForm, *, day: dt.date | None = None) -> tuple[str, int]:
    """The page; with a `day`, what is planned from then on stands there, and the button closes."""
    planned = queries.touched(place.id, from_day=day) if day else []
    if day:
        form.seen.data = looked_at(day, (one.meeting_id for one in planned))
    page = render_template("desk/close_place.html", place=place, form=form, day=day, planned=planned)
    return page, form.status


def _place_or_404(number: int) -> Place:
    return register.place(number, scope=where(Capability.KEEP_SETTINGS)) or abort(404)


def _back(number: int) -> ResponseReturnValue:
    return redirect(url_for("places.place", number=number), 303)
