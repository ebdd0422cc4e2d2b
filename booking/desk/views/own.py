"""A trainer's own pages: assignments, the sheet of a meeting, questions to swap, absences."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, this_staff
from booking.accounts.rules.roles import Capability
from booking.desk.forms.own import GiveUpForm, SwapForm
from booking.desk.queries.run_sheet import run_sheet
from booking.desk.queries.swaps import who_could_lead
from booking.desk.services import leading
from booking.desk.views.blueprint import bp
from booking.kernel import clock
from booking.kernel.refusal import Refused
from booking.programme import services as programme
from booking.programme.queries import assignments as queries
from booking.programme.queries.assignments import Led, Offer
from booking.programme.services import swapping
from booking.trainers import queries as trainers
from booking.trainers.models import Trainer
from booking.web.errors import say
from booking.web.forms import BaseForm


@bp.get("/personal/uppdrag")
@requires(Capability.LEAD)
def assignments() -> ResponseReturnValue:
    """What the one who is signed in leads, who asks to swap, and when they are away. Eight queries at most."""
    return _list(BaseForm(formdata=None))


@bp.get("/personal/uppdrag/<int:assignment_id>")
@requires(Capability.LEAD)
def assignment(assignment_id: int) -> ResponseReturnValue:
    """The sheet of one meeting: where, when, with what, with whom, for how many."""
    return _sheet(_led_or_404(assignment_id), BaseForm(formdata=None))


@bp.route("/personal/uppdrag/<int:assignment_id>/ja", methods=["GET", "POST"])
@requires(Capability.LEAD)
def accept(assignment_id: int) -> ResponseReturnValue:
    """Yes, I lead it."""
    led = _led_or_404(assignment_id)
    form = BaseForm()
    if request.method == "GET":
        return _to_sheet(assignment_id)
    if not _did(form, lambda: programme.accept(assignment_id, act=current_act())):
        return _sheet(led, form)
    return redirect(url_for("desk.assignments"), 303)


@bp.route("/personal/uppdrag/<int:assignment_id>/lamna", methods=["GET", "POST"])
@requires(Capability.LEAD)
def give_up(assignment_id: int) -> ResponseReturnValue:
    """I cannot lead it, and why."""
    led = _led_or_404(assignment_id)
    form = GiveUpForm()
    if _did(form, lambda: leading.give_up(assignment_id, reason=str(form.reason.data), act=current_act())):
        return redirect(url_for("desk.assignments"), 303)
    return render_template("desk/give_up.html", led=led, form=form), form.status


@bp.route("/personal/uppdrag/<int:assignment_id>/byte", methods=["GET", "POST"])
@requires(Capability.LEAD)
def offer_swap(assignment_id: int) -> ResponseReturnValue:
    """Ask somebody else to lead it."""
    led = _led_or_404(assignment_id)
    candidates = [] if led.is_over else who_could_lead(led.meeting_id)
    form = SwapForm(candidates=candidates)
    if _did(
        form,
        lambda: leading.offer_swap(
            assignment_id, trainer_id=form.trainer_id, reason=str(form.reason.data), act=current_act()
        ),
    ):
        return redirect(url_for("desk.assignments"), 303)
    told = [(one, [say(clash.said) for clash in one.warnings]) for one in candidates]
    return render_template("desk/swap.html", led=led, form=form, candidates=told), form.status


_ANSWERS = {"ja": leading.take_swap, "nej": leading.decline_swap, "tillbaka": swapping.withdraw_swap}


@bp.route("/personal/byten/<int:offer_id>", methods=["GET", "POST"])
@requires(Capability.LEAD)
def answer_offer(offer_id: int) -> ResponseReturnValue:
    """Say yes or no to who asks to swap, or take one's own question back."""
    offer = queries.offer(offer_id, staff_id=this_staff().id) or abort(404)
    if request.method == "GET":
        return redirect(url_for("desk.assignments"), 303)
    form = BaseForm()
    answer = request.form.get("svar", "")
    if form.validate_on_submit() and not _may_answer(offer, answer):
        abort(400)
    if _did(form, lambda: _ANSWERS[answer](offer_id, act=current_act())):
        return redirect(url_for("desk.assignments"), 303)
    return _list(form)


def _may_answer(offer: Offer, answer: str) -> bool:
    """Whoever was asked says yes or no, whoever asked takes it back."""
    trainer = _trainer()
    asked = trainer is not None and offer.to_trainer_id == trainer.id
    return answer in (("ja", "nej") if asked else ("tillbaka",))


def _did(form: BaseForm, verb: Callable[[], object]) -> bool:
    """Whether the form was right and the verb done; a refusal stands in the form."""
    if not form.validate_on_submit():
        return False
    try:
        verb()
    except Refused as refused:
        form.refuse(refused)
        return False
    return True


def _list(form: BaseForm) -> ResponseReturnValue:
    trainer, now = _trainer(), current_act().now
    page = render_template(
        "desk/assignments.html",
        trainer=trainer,
        form=form,
        led=queries.coming(trainer.id, now=now) if trainer else [],
        asked=queries.offers_to(trainer.id, now=now) if trainer else [],
        sent=queries.offers_from(trainer.id, now=now) if trainer else [],
        absences=trainers.absences_of(trainer.id, since=clock.local_day(now)) if trainer else [],
    )
    return page, form.status


def _sheet(led: Led, form: BaseForm) -> ResponseReturnValue:
    sheet = run_sheet(led.meeting_id, trainer_id=led.trainer_id)
    return render_template("desk/run_sheet.html", led=led, sheet=sheet, form=form), form.status


def _trainer() -> Trainer | None:
    return trainers.of_staff(this_staff().id)


def _led_or_404(assignment_id: int) -> Led:
    return queries.led_by(assignment_id, staff_id=this_staff().id) or abort(404)


def _to_sheet(assignment_id: int) -> ResponseReturnValue:
    return redirect(url_for("desk.assignment", assignment_id=assignment_id), 303)
