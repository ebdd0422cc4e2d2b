"""Who is away: in steps, one confirmation, everybody told once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, this_staff, where
from booking.accounts.rules.roles import Capability
from booking.desk.forms.illness import Row, SeeToForm, WhoForm
from booking.desk.forms.own import AbsenceForm
from booking.desk.queries import absences as queries
from booking.desk.services.illness import Choice, What, see_to_absence
from booking.desk.views.blueprint import bp
from booking.kernel import clock
from booking.kernel.refusal import Refused
from booking.programme import queries as programme
from booking.programme.queries import Touched
from booking.programme.rules.leading import TouchedOtherwise
from booking.trainers import queries as trainers
from booking.trainers import services
from booking.trainers.models import Trainer
from booking.trainers.rules import AbsenceKind, Away
from booking.web.errors import say
from booking.web.forms import BaseForm

Asked = tuple[Away, AbsenceKind]


@bp.route("/personal/franvaro", methods=["GET", "POST"])
@requires(Capability.PLAN)
def absence() -> ResponseReturnValue:
    """The first step: who and which days. Beside it who is away, and will be."""
    scope, today = where(Capability.PLAN), clock.local_day(current_act().now)
    form = WhoForm(trainers=trainers.trainers_within(scope, on=today))
    if form.validate_on_submit():
        try:
            return redirect(url_for("desk.see_to", trainer_id=form.trainer_id, **_query(form)), 303)
        except Refused as refused:
            form.refuse(refused)
    away = trainers.absences_within(scope, since=today)
    return render_template("desk/absence.html", form=form, away=away), form.status


@bp.route("/personal/franvaro/<int:trainer_id>", methods=["GET", "POST"])
@requires(Capability.PLAN)
def see_to(trainer_id: int) -> ResponseReturnValue:
    """The second step: every meeting that is touched, with the best substitutes, and one confirmation.

    Whatever has changed since the page was shown is shown again, and nothing is done by half.
    """
    trainer = trainers.trainer_within(trainer_id, where(Capability.PLAN)) or abort(404)
    asked = _asked()
    if asked is None:
        return redirect(url_for("desk.absence"), 303)
    days, kind = asked
    touched = programme.touched(trainer_id, days)
    form = SeeToForm(rows=_rows(touched))
    if request.method == "POST" and form.is_changed:
        form.refuse_wholly(TouchedOtherwise())
    elif form.validate_on_submit():
        try:
            absence_id = see_to_absence(
                trainer_id,
                days=days,
                kind=kind,
                choices=form.choices,
                reason_sv=str(form.reason_sv.data),
                reason_en=str(form.reason_en.data),
                accepting=str(form.accepting.data),
                act=current_act(),
            )
        except Refused as refused:
            touched = programme.touched(trainer_id, days)
            form = SeeToForm(rows=_rows(touched))
            form.refuse(refused)
        else:
            return redirect(url_for("desk.absence_done", absence_id=absence_id), 303)
    return _see_to_page(trainer, asked, touched, form)


@bp.get("/personal/franvaro/klart/<int:absence_id>")
@requires(Capability.PLAN)
def absence_done(absence_id: int) -> ResponseReturnValue:
    """What was done, and whom no letter could reach."""
    return _done_page(absence_id, BaseForm(formdata=None))


@bp.route("/personal/franvaro/klart/<int:absence_id>/borttagning", methods=["GET", "POST"])
@requires(Capability.PLAN)
def withdraw_absence(absence_id: int) -> ResponseReturnValue:
    """The trainer is there after all; what others lead by now stays theirs."""
    trainers.absence_within(absence_id, where(Capability.PLAN)) or abort(404)
    form = BaseForm()
    if request.method == "GET":
        return redirect(url_for("desk.absence_done", absence_id=absence_id), 303)
    if form.validate_on_submit():
        services.withdraw_absence(absence_id, act=current_act())
        return redirect(url_for("desk.absence"), 303)
    return _done_page(absence_id, form)


@bp.route("/personal/uppdrag/franvaro", methods=["GET", "POST"])
@requires(Capability.LEAD)
def own_absence() -> ResponseReturnValue:
    """A trainer's own report, the first step: which days."""
    _own_trainer()
    form = AbsenceForm()
    if form.validate_on_submit():
        try:
            return redirect(url_for("desk.confirm_own_absence", **_query(form)), 303)
        except Refused as refused:
            form.refuse(refused)
    return render_template("desk/own_absence.html", form=form), form.status


@bp.route("/personal/uppdrag/franvaro/dagar", methods=["GET", "POST"])
@requires(Capability.LEAD)
def confirm_own_absence() -> ResponseReturnValue:
    """A trainer's own report, the second step: what it touches. Those who plan are told of what is left open."""
    trainer, asked = _own_trainer(), _asked()
    if asked is None:
        return redirect(url_for("desk.own_absence"), 303)
    days, kind = asked
    touched = programme.touched(trainer.id, days, most=0)
    form = SeeToForm(rows=[Row(one.assignment_id, (), may_choose=False, may_call_off=False) for one in touched])
    if request.method == "POST" and form.is_changed:
        form.refuse_wholly(TouchedOtherwise())
    elif form.validate_on_submit():
        try:
            choices = {one.assignment_id: Choice(What.OPEN) for one in touched}
            see_to_absence(trainer.id, days=days, kind=kind, choices=choices, act=current_act())
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("desk.assignments"), 303)
    page = render_template(
        "desk/own_absence_days.html",
        form=form,
        days=days,
        touched=[one.occasion for one in touched],
        here=url_for("desk.confirm_own_absence", **_values(days, kind)),
    )
    return page, form.status


@bp.route("/personal/uppdrag/franvaro/<int:absence_id>/borttagning", methods=["GET", "POST"])
@requires(Capability.LEAD)
def withdraw_own_absence(absence_id: int) -> ResponseReturnValue:
    """I am there after all; what others lead by now stays theirs."""
    trainer, today = _own_trainer(), clock.local_day(current_act().now)
    if absence_id not in {one.id for one in trainers.absences_of(trainer.id, since=today)}:
        abort(404)
    form = BaseForm()
    if request.method == "POST":
        if not form.validate_on_submit():
            abort(400)
        services.withdraw_absence(absence_id, act=current_act())
    return redirect(url_for("desk.assignments"), 303)


def _own_trainer() -> Trainer:
    return trainers.of_staff(this_staff().id) or abort(404)


def _query(form: AbsenceForm) -> dict[str, Any]:
    """Raises AbsenceUpsideDown."""
    return _values(form.days, form.how)


def _values(days: Away, kind: AbsenceKind) -> dict[str, Any]:
    return {"fran": days.first_on.isoformat(), "till": days.last_on.isoformat(), "slag": kind.value}


def _asked() -> Asked | None:
    """The days that the address names; None when it names none that make sense."""
    try:
        first, last = (dt.date.fromisoformat(request.args.get(name, "")) for name in ("fran", "till"))
        kind = AbsenceKind(request.args.get("slag", ""))
    except ValueError:
        return None
    is_sane = clock.FIRST_DAY <= first <= last < clock.LAST_DAY
    return (Away(first, last), kind) if is_sane else None


def _rows(touched: list[Touched]) -> list[Row]:
    numbers = [one.occasion.meeting_id for one in touched if one.occasion.meeting_id is not None]
    here = queries.reached(numbers, where(Capability.PLAN), staff_id=this_staff().id)
    return [
        Row(
            one.assignment_id,
            one.candidates,
            may_choose=one.occasion.meeting_id in here,
            may_call_off=one.occasion.meeting_id in here and here[one.occasion.meeting_id].may_call_off,
        )
        for one in touched
    ]


def _see_to_page(trainer: Trainer, asked: Asked, touched: list[Touched], form: SeeToForm) -> ResponseReturnValue:
    days, kind = asked
    rows: list[dict[str, Any]] = [
        {"part": part, "occasion": one.occasion, "people": [_told(candidate) for candidate in one.candidates]}
        for part, one in zip(form.parts, touched, strict=True)
    ]
    page = render_template(
        "desk/see_to.html",
        trainer=trainer,
        days=days,
        rows=rows,
        form=form,
        here=url_for("desk.see_to", trainer_id=trainer.id, **_values(days, kind)),
    )
    return page, form.status


def _told(candidate: Any) -> dict[str, Any]:
    return {"one": candidate, "warnings": [say(clash.said) for clash in candidate.warnings]}


def _done_page(absence_id: int, form: BaseForm) -> ResponseReturnValue:
    found = trainers.absence_within(absence_id, where(Capability.PLAN)) or abort(404)
    page = render_template(
        "desk/absence_done.html",
        absence=found.absence,
        trainer=found.trainer,
        meetings=queries.seen_to(found.absence),
        form=form,
    )
    return page, form.status
