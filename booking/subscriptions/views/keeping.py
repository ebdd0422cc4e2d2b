"""A subscriber's own pages: see, change and end what one follows."""

from __future__ import annotations

from flask import abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts import queries as links
from booking.accounts.current import current_act
from booking.accounts.guards import holds_link, public
from booking.accounts.rules import Purpose
from booking.kernel.refusal import Refused
from booking.subscriptions import queries, services
from booking.subscriptions.forms import WishForm
from booking.subscriptions.queries import WishRow
from booking.subscriptions.rules import NoSuchWish
from booking.subscriptions.views import shown
from booking.subscriptions.views.blueprint import bp
from booking.web.forms import BaseForm
from booking.web.language import current_language


@bp.get("/bevakningar")
@holds_link(Purpose.SUBSCRIPTION)
def subscriptions() -> ResponseReturnValue:
    """All that the holder of the link follows."""
    rows = queries.wishes_of(_owners())
    return render_template(
        "subscriptions/subscriptions.html",
        wishes=shown.wishes(rows, shown.atlas()),
        form=BaseForm(formdata=None),
        is_new="ny" in request.args,
    )


@bp.route("/bevakningar/<ref>/andring", methods=["GET", "POST"])
@holds_link(Purpose.SUBSCRIPTION)
def change(ref: str) -> ResponseReturnValue:
    """Follow another place or age instead."""
    row, known = _own_or_404(ref), shown.atlas()
    form = WishForm(atlas=known, data={"area": row.area, "age": row.age})
    if form.validate_on_submit():
        try:
            services.change(ref, owners=_owners(), wish=form.wish, language=current_language(), act=current_act())
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for("subscriptions.subscriptions"), 303)
    [told] = shown.wishes([row], known)
    return shown.with_choices("subscriptions/change.html", form, known, wish=told)


@bp.post("/bevakningar/<ref>/borttagning")
@holds_link(Purpose.SUBSCRIPTION)
def remove(ref: str) -> ResponseReturnValue:
    """Follow this no longer."""
    _own_or_404(ref)
    form = BaseForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        services.end(ref, owners=_owners(), act=current_act())
    except NoSuchWish:
        abort(404)
    return redirect(url_for("subscriptions.subscriptions"), 303)


@bp.route("/bevakningar/avslut", methods=["GET", "POST"])
@holds_link(Purpose.SUBSCRIPTION, Purpose.UNSUBSCRIBE)
def end() -> ResponseReturnValue:
    """No more letters: one button."""
    form = BaseForm()
    if form.validate_on_submit():
        services.end_all(_owners(), act=current_act())
        return redirect(url_for("subscriptions.ended"), 303)
    return render_template("subscriptions/end.html", form=form), form.status


@bp.get("/bevakningar/avslutat")
@public
def ended() -> ResponseReturnValue:
    return render_template("subscriptions/ended.html")


@bp.post("/l/<token>")
@public
def one_click(token: str) -> ResponseReturnValue:
    """What a mail program sends when its reader presses "unsubscribe" (RFC 8058): no cookie, no page before, no token
    of a form; the address's own secret says who. GET of the same address leads to the page with the button."""
    link = links.by_token(token, now=current_act().now)
    if link is None or link.purpose is not Purpose.UNSUBSCRIBE:
        abort(404)
    if request.form.get("List-Unsubscribe") != "One-Click":
        abort(400)
    services.end_all([link.subject], act=current_act())
    return render_template("subscriptions/ended.html")


def _owners() -> list[str]:
    """The codes of the subscribers whose links this browser holds."""
    return [link.subject for link in g.links]


def _own_or_404(ref: str) -> WishRow:
    return next((row for row in queries.wishes_of(_owners()) if row.ref == ref), None) or abort(404)
