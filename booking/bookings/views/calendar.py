"""The address of a family's own calendar: shown, renewed, turned off (requirement F4)."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from booking import settings
from booking.accounts import queries as links
from booking.accounts import services as accounts
from booking.accounts.current import current_act
from booking.accounts.guards import holds_link
from booking.accounts.rules import FEED_LIVES, Purpose
from booking.bookings.views.blueprint import bp
from booking.web.forms import BaseForm
from booking.web.language import current_language


class OwnFeed(NamedTuple):
    """A family's calendar as its owner sees it."""

    url: str
    webcal_url: str
    last_used_on: dt.date | None


@bp.route("/mina/kalender", methods=["GET", "POST"])
@holds_link(Purpose.MINE)
def calendar() -> ResponseReturnValue:
    """The secret address and when it was last used, or the offer to get one. POST: a first address, or a new one in
    whose place the old one ends at once."""
    form = BaseForm()
    if not form.validate_on_submit():
        return _page(form)
    act = current_act()
    accounts.renew(Purpose.FEED, _address_key(), ends_at=act.now + FEED_LIVES, act=act)
    return redirect(url_for("bookings.calendar"), 303)


@bp.post("/mina/kalender/avstangning")
@holds_link(Purpose.MINE)
def end_calendar() -> ResponseReturnValue:
    """No address any more. Twice is once."""
    form = BaseForm()
    if not form.validate_on_submit():
        return _page(form)
    accounts.revoke(Purpose.FEED, _address_key(), act=current_act())
    return redirect(url_for("bookings.calendar"), 303)


def _page(form: BaseForm) -> ResponseReturnValue:
    shown = render_template("bookings/calendar.html", feed=_own_feed(), form=form)
    return shown, form.status


def _own_feed() -> OwnFeed | None:
    found = links.own(Purpose.FEED, _address_key(), now=current_act().now)
    if found is None:
        return None
    site = settings.current().site(current_language())
    url = f"{site}/familj/{accounts.token_of(Purpose.FEED, found.nonce)}.ics"
    return OwnFeed(url, "webcal:" + url.partition(":")[2], found.last_used_on)


def _address_key() -> str:
    """The address that this page is about: the one whose link the browser opened last."""
    newest: str = max(g.links, key=lambda link: link.id).subject
    return newest
