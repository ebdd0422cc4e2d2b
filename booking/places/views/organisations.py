"""Organisations: the municipalities and the region."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, where
from booking.accounts.rules.roles import Capability
from booking.places import services
from booking.places.forms import NewOrganisationForm, OrganisationForm
from booking.places.forms.organisations import ORGANISATION_WORDS
from booking.places.queries import register
from booking.places.queries.register import OrganisationRow
from booking.places.views.blueprint import bp
from booking.places.views.saving import done
from booking.web.texts import gettext


@bp.get("/personal/platser/organisationer")
@requires(Capability.SEE_SETTINGS)
def organisations() -> ResponseReturnValue:
    """All of them, the one that runs the workshops first."""
    rows = [(row, gettext(ORGANISATION_WORDS[row.kind])) for row in register.organisations()]
    return render_template(
        "places/organisations.html", rows=rows, may_keep=not where(Capability.KEEP_SETTINGS).is_empty
    )


@bp.route("/personal/platser/organisationer/ny", methods=["GET", "POST"])
@requires(Capability.KEEP_SETTINGS)
def new_organisation() -> ResponseReturnValue:
    """One more."""
    form = NewOrganisationForm()
    if done(
        form,
        lambda: services.add_organisation(
            code=form.code.data, name=form.organisation_name.data, kind=form.kind.value, act=current_act()
        ),
    ):
        return _to_list()
    return render_template("places/new_organisation.html", form=form), form.status


@bp.route("/personal/platser/organisationer/<int:number>", methods=["GET", "POST"])
@requires(Capability.KEEP_SETTINGS)
def organisation(number: int) -> ResponseReturnValue:
    """Correct one."""
    found = _or_404(number)
    form = OrganisationForm()

    def saved() -> OrganisationForm:
        fresh = OrganisationForm(formdata=None)
        fresh.show(_or_404(number))
        return fresh

    if done(
        form,
        lambda: services.correct_organisation(
            number,
            name=form.organisation_name.data,
            kind=form.kind.value,
            runs_workshops=form.runs_workshops.data,
            version=form.version.data,
            act=current_act(),
        ),
        saved=saved,
    ):
        return _to_list()
    if request.method == "GET":
        form.show(found)
    return render_template("places/organisation.html", organisation=found, form=form), form.status


def _or_404(number: int) -> OrganisationRow:
    return register.organisation(number) or abort(404)


def _to_list() -> ResponseReturnValue:
    return redirect(url_for("places.organisations"), 303)
