"""Staff write what is taught: the list of activities, a new one, a correction, an end."""

from __future__ import annotations

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires
from booking.accounts.rules.roles import Capability
from booking.kernel import clock
from booking.kernel.refusal import Refused
from booking.programme import queries, services
from booking.programme.forms.activity import ActivityForm
from booking.programme.models import Activity
from booking.programme.rules.activities import is_retired
from booking.programme.rules.changes import ChangedMeanwhile
from booking.programme.views.blueprint import bp
from booking.web.forms import BaseForm


@bp.get("/personal/planering/aktiviteter")
@requires(Capability.PLAN)
def activities() -> ResponseReturnValue:
    """Every activity, those that are retired last."""
    today = clock.local_day(current_act().now)
    found = queries.activities()
    rows = [(one, is_retired(one.retired_on, today=today)) for one in found]
    return render_template("programme/activities.html", rows=sorted(rows, key=lambda row: row[1]))


@bp.route("/personal/planering/aktiviteter/ny", methods=["GET", "POST"])
@requires(Capability.PLAN)
def new_activity() -> ResponseReturnValue:
    """A new activity."""
    form = ActivityForm()
    if form.validate_on_submit():
        try:
            services.create_activity(form.new(), act=current_act())
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for("programme.activities"), 303)
    return render_template("programme/activity.html", form=form, activity=None), form.status


@bp.route("/personal/planering/aktiviteter/<int:activity_id>", methods=["GET", "POST"])
@requires(Capability.PLAN)
def change_activity(activity_id: int) -> ResponseReturnValue:
    """Correct an activity. A second save on what somebody else saved shows both."""
    activity = _activity_or_404(activity_id)
    form = ActivityForm(activity)
    if form.validate_on_submit():
        try:
            services.correct_activity(activity_id, version=form.version.data, to=form.written(), act=current_act())
        except ChangedMeanwhile as refusal:
            form.refuse(refusal)
            activity = _activity_or_404(activity_id)
            form.compare(ActivityForm(activity, formdata=None))
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for("programme.activities"), 303)
    return _page(activity, form), form.status


@bp.route("/personal/planering/aktiviteter/<int:activity_id>/avslut", methods=["GET", "POST"])
@requires(Capability.PLAN)
def retire_activity(activity_id: int) -> ResponseReturnValue:
    """Nothing new is planned of it from today on, or it is taken up again. Nothing is deleted."""
    activity = _activity_or_404(activity_id)
    form = BaseForm()
    if form.validate_on_submit():
        today = clock.local_day(current_act().now)
        is_over = is_retired(activity.retired_on, today=today)
        services.retire_activity(activity_id, on=None if is_over else today, act=current_act())
        return redirect(url_for("programme.activities"), 303)
    # Who loads this address again, or changes its language, gets the page of the button: looking does nothing.
    return _page(activity, ActivityForm(activity, formdata=None)), form.status


def _page(activity: Activity, form: ActivityForm) -> str:
    today = clock.local_day(current_act().now)
    return render_template(
        "programme/activity.html",
        form=form,
        activity=activity,
        is_over=is_retired(activity.retired_on, today=today),
    )


def _activity_or_404(activity_id: int) -> Activity:
    return queries.activity(activity_id) or abort(404)
