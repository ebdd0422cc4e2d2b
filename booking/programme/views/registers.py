"""The registers of trainers and kits, for those who plan."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, where
from booking.accounts.rules.roles import Capability
from booking.kernel import clock
from booking.kernel.refusal import Refused
from booking.programme.forms.registers import KitForm, TrainerForm
from booking.programme.queries import registers as queries
from booking.programme.services import keeping
from booking.programme.views.blueprint import bp
from booking.trainers import queries as trainers_of
from booking.trainers.rules import SavedMeanwhile
from booking.web.forms import BaseForm

Differing = list[tuple[str, str, str]]


@bp.get("/personal/ledare")
@requires(Capability.PLAN)
def trainers() -> ResponseReturnValue:
    """Everybody who leads and is at home in one's places; who has left stands last."""
    found, today = trainers_of.trainers_within(where(Capability.PLAN)), clock.local_day(current_act().now)
    has_left = [one for one in found if one.left_on and one.left_on <= today]
    rows = [one for one in found if one not in has_left] + has_left
    return render_template("programme/trainers.html", trainers=rows, today=today)


@bp.route("/personal/ledare/ny", methods=["GET", "POST"])
@requires(Capability.PLAN)
def new_trainer() -> ResponseReturnValue:
    """Somebody new who leads."""
    form = _trainer_form()
    if form.validate_on_submit():
        try:
            keeping.add_whole_trainer(form.page, act=current_act())
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("programme.trainers"), 303)
    return render_template("programme/trainer.html", form=form, number=None, differing=[]), form.status


@bp.route("/personal/ledare/<int:trainer_id>", methods=["GET", "POST"])
@requires(Capability.PLAN)
def trainer(trainer_id: int) -> ResponseReturnValue:
    """One trainer: what is kept, and how to correct it. Two who save at once see both versions (A14)."""
    kept = queries.kept_trainer(trainer_id, where(Capability.PLAN)) or abort(404)
    form, differing = _trainer_form(kept), Differing()
    if form.validate_on_submit():
        try:
            keeping.save_trainer(trainer_id, form.page, version=_version(form), act=current_act())
        except SavedMeanwhile as refused:
            form.refuse(refused)
            kept = queries.kept_trainer(trainer_id, where(Capability.PLAN)) or abort(404)
            differing = _differing(_trainer_form(kept, is_shown=True), form)
            _renew(form, kept.version)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("programme.trainers"), 303)
    page = render_template("programme/trainer.html", form=form, number=trainer_id, differing=differing)
    return page, form.status


@bp.get("/personal/utrustning")
@requires(Capability.PLAN)
def kits() -> ResponseReturnValue:
    """The kits at home in one's places: what and how many, where they are and who brings them."""
    today = clock.local_day(current_act().now)
    return render_template("programme/kits.html", kits=queries.kits_within(where(Capability.PLAN)), today=today)


@bp.route("/personal/utrustning/ny", methods=["GET", "POST"])
@requires(Capability.PLAN)
def new_kit() -> ResponseReturnValue:
    """A new kit."""
    form = _kit_form()
    if form.validate_on_submit():
        try:
            keeping.add_whole_kit(form.page, act=current_act())
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("programme.kits"), 303)
    return render_template("programme/kit.html", form=form, number=None, needed=[], differing=[]), form.status


@bp.route("/personal/utrustning/<int:kit_id>", methods=["GET", "POST"])
@requires(Capability.PLAN)
def kit(kit_id: int) -> ResponseReturnValue:
    """One kit: where it is needed next, and what is kept. Two who save at once see both versions (A14)."""
    kept = queries.kept_kit(kit_id, where(Capability.PLAN)) or abort(404)
    form, differing = _kit_form(kept), Differing()
    if form.validate_on_submit():
        try:
            keeping.save_kit(kit_id, form.page, version=_version(form), act=current_act())
        except SavedMeanwhile as refused:
            form.refuse(refused)
            kept = queries.kept_kit(kit_id, where(Capability.PLAN)) or abort(404)
            differing = _differing(_kit_form(kept, is_shown=True), form)
            _renew(form, kept.version)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("programme.kits"), 303)
    needed = queries.needed_at(kit_id, now=current_act().now)
    page = render_template("programme/kit.html", form=form, number=kit_id, needed=needed, differing=differing)
    return page, form.status


def _trainer_form(kept: queries.KeptTrainer | None = None, *, is_shown: bool = False) -> TrainerForm:
    return TrainerForm(
        homes=queries.homes(where(Capability.PLAN)),
        activities=queries.activities(),
        accounts=queries.accounts(),
        data=TrainerForm.values(kept.page, version=kept.version) if kept else None,
        **_only_shown(is_shown),
    )


def _kit_form(kept: queries.KeptKit | None = None, *, is_shown: bool = False) -> KitForm:
    return KitForm(
        homes=queries.homes(where(Capability.PLAN)),
        places=queries.stands(),
        people=queries.people(on=clock.local_day(current_act().now)),
        data=KitForm.values(kept.page, version=kept.version) if kept else None,
        **_only_shown(is_shown),
    )


def _only_shown(is_shown: bool) -> dict[str, Any]:
    return {"formdata": None} if is_shown else {}


def _version(form: TrainerForm | KitForm) -> int:
    """The version that the page was opened with; one that nothing has when it is not a number."""
    told = str(form.version.data or "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0


def _renew(form: TrainerForm | KitForm, version: int) -> None:
    """Saving once more is meant: both versions have been seen."""
    form.version.data, form.version.raw_data = str(version), None


def _differing(saved: BaseForm, yours: BaseForm) -> Differing:
    """Label, what is saved now and what was just written, of each field in which they differ."""
    pairs = ((saved[key], yours[key]) for key in saved.data if key not in ("version", "csrf_token"))
    told = ((str(one.label.text), _words(one), _words(other)) for one, other in pairs)
    return [(label, theirs, ours) for label, theirs, ours in told if theirs != ours]


def _words(field: Any) -> str:
    """A field's content as one reads it."""
    choices = getattr(field, "choices", None)
    if choices is None:
        return "" if field.data is None else str(field.data)
    chosen = {str(value) for value in (field.data if isinstance(field.data, list) else [field.data or ""])}
    return ", ".join(str(words) for value, words in choices if value in chosen)
