"""The calendar of days off: nothing is planned on them without a reason."""

from __future__ import annotations

import datetime as dt

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, where
from booking.accounts.rules.roles import Capability
from booking.kernel import clock
from booking.places import services
from booking.places.forms import DaysForm, NewDaysForm
from booking.places.forms.calendar import DAY_WORDS
from booking.places.queries import register
from booking.places.queries.register import DaysRow
from booking.places.views.blueprint import bp
from booking.places.views.saving import done
from booking.web.forms import BaseForm
from booking.web.texts import gettext

# How far back the days that have passed are shown on request.
_BACK = dt.timedelta(days=400)


@bp.get("/personal/platser/lediga-dagar")
@requires(Capability.SEE_PLACES)
def days_off() -> ResponseReturnValue:
    """What the calendar has from today on, or, with `?tidigare=1`, from a good year back."""
    today, shows_past = clock.local_day(current_act().now), request.args.get("tidigare") == "1"
    keeps = where(Capability.KEEP_PLACES)
    rows = register.calendar(where(Capability.SEE_PLACES), since=today - _BACK if shows_past else today)
    mine, keeps_all = {number for number, _ in register.names(keeps)}, register.keeps_all(keeps)
    return render_template(
        "places/days_off.html",
        rows=[
            (row, gettext(DAY_WORDS[row.kind]), row.place_id in mine or (row.place_id is None and keeps_all))
            for row in rows
        ],
        shows_past=shows_past,
        may_keep=not keeps.is_empty,
    )


@bp.route("/personal/platser/lediga-dagar/nya", methods=["GET", "POST"])
@requires(Capability.KEEP_PLACES)
def new_days() -> ResponseReturnValue:
    """A day, or several in a row."""
    keeps = where(Capability.KEEP_PLACES)
    form = NewDaysForm(places=register.names(keeps), may_keep_all=register.keeps_all(keeps))
    if done(
        form,
        lambda: services.add_days_off(
            kind=form.kind.value,
            first_on=form.first_on.data,
            last_on=form.last,
            name=form.days_name.data,
            place_id=form.place_id,
            act=current_act(),
        ),
    ):
        return _to_calendar()
    return render_template("places/new_days.html", form=form), form.status


@bp.route("/personal/platser/lediga-dagar/<int:number>", methods=["GET", "POST"])
@requires(Capability.KEEP_PLACES)
def days(number: int) -> ResponseReturnValue:
    """Correct days, or take them away."""
    found = _days_or_404(number)
    form = DaysForm()

    def saved() -> DaysForm:
        fresh = DaysForm(formdata=None)
        fresh.show(_days_or_404(number))
        return fresh

    if done(
        form,
        lambda: services.change_days_off(
            number,
            kind=form.kind.value,
            first_on=form.first_on.data,
            last_on=form.last,
            name=form.days_name.data,
            version=form.version.data,
            act=current_act(),
        ),
        saved=saved,
    ):
        return _to_calendar()
    if request.method == "GET":
        form.show(found)
    return render_template("places/days.html", days=found, form=form), form.status


@bp.route("/personal/platser/lediga-dagar/<int:number>/borttagning", methods=["GET", "POST"])
@requires(Capability.KEEP_PLACES)
def remove_days(number: int) -> ResponseReturnValue:
    """Take days away. Who only looks at the address gets the page of the days."""
    found = _days_or_404(number)
    asked = BaseForm()
    if request.method == "GET":
        return redirect(url_for("places.days", number=number), 303)
    if done(asked, lambda: services.remove_days_off(number, act=current_act())):
        return _to_calendar()
    form = DaysForm(formdata=None)
    form.show(found)
    form.form_errors = [said for _, said in asked.error_list]
    return render_template("places/days.html", days=found, form=form), asked.status


def _days_or_404(number: int) -> DaysRow:
    return register.days(number, scope=where(Capability.KEEP_PLACES)) or abort(404)


def _to_calendar() -> ResponseReturnValue:
    return redirect(url_for("places.days_off"), 303)
