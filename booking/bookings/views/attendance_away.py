"""The list without network: a worker that keeps one page without names, and the way by which marks come home.

What the worker keeps is a shell: names, ages and marks stand in the device's own database, put there by the list's
script for the meetings of the day, and are gone after a day and at sign-out (its header clears them, and the worker).
"""

from __future__ import annotations

from flask import Response, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from booking.accounts.current import current_act
from booking.accounts.guards import public, requires, this_staff
from booking.accounts.rules.roles import Capability
from booking.bookings.forms.attendance import SyncForm
from booking.bookings.rules.attendance import Presence
from booking.bookings.services import attendance as services
from booking.bookings.views.attendance import roll_or_404
from booking.bookings.views.blueprint import bp
from booking.kernel.refusal import Refused
from booking.web.errors import explain


@bp.get("/personal/narvaro/arbetare.js")
@public
def attendance_worker() -> Response:
    """The service worker. Its address lies where it works, so no header has to widen that."""
    return current_app.send_static_file("js/attendance-worker.js")


@bp.get("/personal/narvaro/skal")
@public
def attendance_shell() -> ResponseReturnValue:
    """The list without anybody on it, the same for all: what a phone shows when there is no network."""
    return render_template("bookings/attendance_shell.html", presences=list(Presence))


@bp.get("/personal/narvaro/<int:meeting_id>/synk")
@requires(Capability.MARK_ATTENDANCE)
def attendance_ready(meeting_id: int) -> ResponseReturnValue:
    """Whether marks may come, from whom, and the token that they need."""
    roll_or_404(meeting_id)
    return jsonify(owner=this_staff().id, token=generate_csrf())


@bp.post("/personal/narvaro/<int:meeting_id>/synk")
@requires(Capability.MARK_ATTENDANCE)
def sync_attendance(meeting_id: int) -> ResponseReturnValue:
    """Keep what a phone has kept. The same marks may come twice; those that are not kept are named, never silent."""
    roll_or_404(meeting_id)
    form = SyncForm()
    if not form.validate():
        return jsonify(refused=[text for _, text in form.error_list]), form.status
    turnout = form.turnout()
    if turnout is None:
        return jsonify(refused=[]), 422
    try:
        noted = services.note(meeting_id, turnout, act=current_act())
    except Refused as refused:
        return jsonify(refused=[explain(refused)]), 422
    return jsonify(lost=list(noted.lost))
