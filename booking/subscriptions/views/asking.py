"""Asking to be told of new workshops, and saying yes to it."""

from __future__ import annotations

from flask import abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import grant, holds_link, public
from booking.accounts.rules import Purpose
from booking.kernel.refusal import Refused
from booking.programme import queries as programme
from booking.subscriptions import queries, services
from booking.subscriptions.forms import AskForm
from booking.subscriptions.views import shown
from booking.subscriptions.views.blueprint import bp
from booking.web.forms import BaseForm
from booking.web.language import current_language


@bp.route("/bevakningar/ny", methods=["GET", "POST"])
@public
def new() -> ResponseReturnValue:
    """Choose a place and an age; the list's filters may stand in the address. Always the same answer (D9)."""
    known, search = shown.atlas(), programme.read(request.args).search
    area = known.area(search.where)
    form = AskForm(atlas=known, data={"area": area.choice.value if area else "", "age": search.age})
    if form.validate_on_submit():
        services.ask(str(form.email.data), wish=form.wish, language=current_language(), act=current_act())
        return redirect(url_for("subscriptions.asked"), 303)
    return shown.with_choices("subscriptions/new.html", form, known)


@bp.get("/bevakningar/ny/skickat")
@public
def asked() -> ResponseReturnValue:
    """The answer to asking."""
    return render_template("subscriptions/asked.html")


@bp.route("/bevakningar/<ref>/bekraftelse", methods=["GET", "POST"])
@holds_link(Purpose.CONFIRM)
def confirm(ref: str) -> ResponseReturnValue:
    """Say yes to what was asked for. Looking at the page is no yes: mail programs look at every link (F3)."""
    wish = queries.wish_of(ref) if ref in [link.subject for link in g.links] else None
    if wish is None:
        abort(404)
    form = BaseForm()
    if form.validate_on_submit():
        try:
            link_id = services.confirm(ref, language=current_language(), act=current_act())
        except Refused as refusal:
            form.refuse(refusal)
        else:
            grant(link_id)
            return redirect(url_for("subscriptions.subscriptions", ny=1), 303)
    [told] = shown.wishes([wish], shown.atlas())
    return render_template("subscriptions/confirm.html", form=form, wish=told), form.status
