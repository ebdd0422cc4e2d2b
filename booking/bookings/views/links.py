"""All bookings of an address, and its links again."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import holds_link, public
from booking.accounts.rules import Purpose
from booking.bookings import services
from booking.bookings.forms import LinksForm
from booking.bookings.views import shown
from booking.bookings.views.blueprint import bp
from booking.web.language import current_language


@bp.get("/mina")
@holds_link(Purpose.MINE)
def mine() -> ResponseReturnValue:
    """All coming bookings of the address that the link was mailed to."""
    return render_template("bookings/mine.html", bookings=shown.coming([link.subject for link in g.links]))


@bp.route("/mina/lankar", methods=["GET", "POST"])
@public
def links_again() -> ResponseReturnValue:
    """Mail an address its links again. Always the same answer, whether there are bookings or not."""
    form = LinksForm()
    if form.validate_on_submit():
        services.send_links_again(str(form.email.data), language=current_language(), act=current_act())
        return redirect(url_for("bookings.links_sent"), 303)
    return render_template("bookings/links_again.html", form=form), form.status


@bp.get("/mina/lankar/skickade")
@public
def links_sent() -> ResponseReturnValue:
    """The answer to asking for one's links."""
    return render_template("bookings/links_sent.html")
