"""New slots, on two pages: what, where and when; then every date with its clashes, and the click that plans all."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, where
from booking.accounts.rules.roles import Capability
from booking.kernel import clock, text
from booking.kernel.refusal import Refused
from booking.programme import queries, services
from booking.programme.forms.planning import WAYS, CopyForm, PlanForm, Step
from booking.programme.views.blueprint import bp
from booking.programme.views.planning import ways_page


@bp.route("/personal/planering/ny/<way>", methods=["GET", "POST"])
@requires(Capability.PLAN)
def plan_new(way: str) -> ResponseReturnValue:
    """One slot, a series, a club or a tour of the activity that the address names."""
    if way not in WAYS:
        abort(404)
    today = clock.local_day(current_act().now)
    number = text.whole_number(request.args.get("aktivitet", ""))
    choices = queries.choices(where(Capability.PLAN), on=today, activity_id=number)
    if choices.activity is None:
        return ways_page()
    return _walk(WAYS[way](choices=choices), page="programme/planning_new.html")


@bp.route("/personal/planering/kopia", methods=["GET", "POST"])
@requires(Capability.PLAN)
def plan_copy() -> ResponseReturnValue:
    """A week or a term once more."""
    today = clock.local_day(current_act().now)
    choices = queries.choices(where(Capability.PLAN), on=today)
    return _walk(CopyForm(choices=choices), page="programme/planning_copy.html")


def _walk(form: PlanForm | CopyForm, *, page: str) -> ResponseReturnValue:
    """The first page, or the second one; with its button all is planned, or the second page says why not."""
    if request.method == "GET" or form.step.data == Step.BACK:
        return render_template(page, form=form)
    if not form.validate() and (form.fails_on_first_page or form.is_first_look):
        return render_template(page, form=form), form.status
    if form.step.data == Step.PLAN and not form.error_list:
        try:
            planned = services.plan_all(
                form.wished,
                accepting=str(form.accepting.data or ""),
                seen=form.seen.data or [],
                key=str(form.form_key.data),
                act=current_act(),
            )
        except Refused as refusal:
            _refuse(form, refusal)
        else:
            return redirect(url_for("programme.planning", serie=planned[0].series), 303)
    try:
        lines = form.judge()
    except Refused as refusal:
        form.refuse(refusal)
        return render_template(page, form=form), form.status
    return render_template("programme/planning_preview.html", form=form, lines=lines), form.status


def _refuse(form: PlanForm | CopyForm, refusal: Refused) -> None:
    """The second page shows one of the first page's fields no more, so it can only be said of the whole."""
    if refusal.field == "accepting":
        form.refuse(refusal)
    else:
        form.refuse_wholly(refusal)
