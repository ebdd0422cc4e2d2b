"""The one page address that carries a secret."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue

from booking.accounts import queries, services
from booking.accounts.current import current_act
from booking.accounts.guards import grant, public
from booking.accounts.rules import Purpose
from booking.accounts.views.blueprint import bp
from booking.kernel import clock

# Where a link leads, by its purpose: endpoint and the name of the value that is the link's subject.
LANDINGS: dict[Purpose, tuple[str, str | None]] = {
    Purpose.MANAGE: ("bookings.booking", "ref"),
    Purpose.MINE: ("bookings.mine", None),
    Purpose.JOIN: ("bookings.join", "ref"),
    Purpose.FEEDBACK: ("bookings.feedback", "slot_id"),
    Purpose.CONFIRM: ("subscriptions.confirm", "ref"),
    Purpose.SUBSCRIPTION: ("subscriptions.subscriptions", None),
    Purpose.UNSUBSCRIBE: ("subscriptions.end", None),
    Purpose.RESET: ("accounts.new_password", None),
    Purpose.INVITE: ("accounts.take_invitation", None),
    Purpose.SUBSTITUTE: ("bookings.substitute", "meeting_id"),
}


@bp.get("/l/<token>")
@public
def follow(token: str) -> ResponseReturnValue:
    """Grant the link to this browser and go on to an address without the secret. Changes nothing but the day of use."""
    link = queries.by_token(token, now=current_act().now)
    if link is None or link.purpose not in LANDINGS:  # a feed's secret opens no page
        abort(404)
    if link.last_used_on != clock.local_day(current_act().now):
        services.note_use(link.id, act=current_act())
    grant(link.id)
    endpoint, name = LANDINGS[link.purpose]
    values: dict[str, Any] = {name: link.subject} if name else {}
    return redirect(url_for(endpoint, **values), 303)
