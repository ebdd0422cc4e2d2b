"""Calling off and moving, and taking that back: each page says who will be told before it is done."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, where
from booking.accounts.rules.roles import Capability
from booking.bookings import services as bookings
from booking.bookings.queries.telling import audience
from booking.bookings.rules import held_until
from booking.desk.forms.slot_acts import CallOffForm, MoveForm, PlainForm
from booking.desk.views.blueprint import bp
from booking.desk.views.found import back, meeting_or_404, slot_or_404
from booking.kernel.refusal import Refused
from booking.places import queries as places
from booking.programme import services as programme
from booking.programme.models import Meeting
from booking.programme.queries.slot_desk import last_act
from booking.programme.rules import ChangedMeanwhile
from booking.subscriptions import services as subscriptions
from booking.web.forms import BaseForm


@bp.route("/personal/pass/<int:slot_id>/installt", methods=["GET", "POST"])
@requires(Capability.PLAN)
def call_off(slot_id: int) -> ResponseReturnValue:
    """Call off all of the slot, with the reason that families read."""
    slot_or_404(slot_id, Capability.PLAN)
    form = CallOffForm()
    if _done(
        form,
        lambda: subscriptions.call_off(slot_id, **form.reasons, act=current_act()),
    ):
        return back(slot_id)
    return _page("desk/call_off.html", slot_id, form)


@bp.route("/personal/pass/<int:slot_id>/traff/<int:meeting_id>/installt", methods=["GET", "POST"])
@requires(Capability.PLAN)
def call_off_meeting(slot_id: int, meeting_id: int) -> ResponseReturnValue:
    """Call off one meeting of several; the others go on."""
    meeting_or_404(slot_or_404(slot_id, Capability.PLAN), meeting_id)
    form = CallOffForm()
    if _done(
        form,
        lambda: bookings.call_off_meeting(meeting_id, **form.reasons, act=current_act()),
    ):
        return back(slot_id)
    return _page("desk/call_off.html", slot_id, form, meeting_id=meeting_id)


@bp.route("/personal/pass/<int:slot_id>/traff/<int:meeting_id>/flytt", methods=["GET", "POST"])
@requires(Capability.PLAN)
def move(slot_id: int, meeting_id: int) -> ResponseReturnValue:
    """Hold a meeting at another time or place."""
    meeting = meeting_or_404(slot_or_404(slot_id, Capability.PLAN), meeting_id)
    form = MoveForm(
        day=meeting.starts_local.date(),
        starts=meeting.starts_local.time(),
        ends=meeting.ends_local.time(),
        place=str(meeting.place_id),
        seen=str(meeting.sequence),
    )
    form.place.groups = _places(meeting)

    def verb() -> None:
        try:
            bookings.move(
                meeting_id,
                to=form.period,
                place_id=form.place.number,
                accepting=form.accepting.data or "",
                seen=form.sequence,
                act=current_act(),
            )
        except ChangedMeanwhile:
            # Both versions are on the page now, so sending it once more means it (requirement A14).
            form.seen.data = str(meeting_or_404(slot_or_404(slot_id, Capability.PLAN), meeting_id).sequence)
            raise

    if _done(form, verb):
        return back(slot_id)
    return _page("desk/move.html", slot_id, form, meeting_id=meeting_id)


@bp.route("/personal/pass/<int:slot_id>/angra", methods=["GET", "POST"])
@requires(Capability.PLAN)
def undo(slot_id: int) -> ResponseReturnValue:
    """Take back what was done last, while nobody has been told."""
    slot_or_404(slot_id, Capability.PLAN)
    last = last_act(slot_id)
    sent = request.form.get("vad", "")
    if request.method == "GET" or last is None:
        return back(slot_id)
    form = PlainForm()
    number = int(sent) if sent.isdecimal() and len(sent) < 18 else 0
    if _done(form, lambda: subscriptions.undo(slot_id, undo_id=number, act=current_act())):
        return back(slot_id)
    return _page("desk/undo.html", slot_id, form)


@bp.route("/personal/pass/<int:slot_id>/anda", methods=["GET", "POST"])
@requires(Capability.PLAN)
def hold_after_all(slot_id: int) -> ResponseReturnValue:
    """A slot that was called off takes place after all, and the families are told so."""
    slot_or_404(slot_id, Capability.PLAN)
    form = PlainForm()
    if _done(form, lambda: bookings.hold_after_all(slot_id, act=current_act())):
        return back(slot_id)
    return _page("desk/after_all.html", slot_id, form)


@bp.route("/personal/pass/<int:slot_id>/traff/<int:meeting_id>/anda", methods=["GET", "POST"])
@requires(Capability.PLAN)
def hold_meeting_after_all(slot_id: int, meeting_id: int) -> ResponseReturnValue:
    """A meeting that was called off takes place after all."""
    meeting_or_404(slot_or_404(slot_id, Capability.PLAN), meeting_id)
    form = PlainForm()
    if _done(form, lambda: bookings.hold_meeting_after_all(meeting_id, act=current_act())):
        return back(slot_id)
    return _page("desk/after_all.html", slot_id, form, meeting_id=meeting_id)


@bp.route("/personal/pass/<int:slot_id>/publicering", methods=["GET", "POST"])
@requires(Capability.PLAN)
def publish(slot_id: int) -> ResponseReturnValue:
    """Show a draft to the public."""
    slot_or_404(slot_id, Capability.PLAN)
    form = PlainForm()
    if _done(form, lambda: programme.publish(slot_id, act=current_act())):
        return back(slot_id)
    return _page("desk/publish.html", slot_id, form)


def _done(form: BaseForm, verb: Callable[[], object]) -> bool:
    """Whether the form was sent and the verb has done it; a refusal is put where it belongs."""
    if not form.validate_on_submit():
        return False
    try:
        verb()
    except Refused as refused:
        form.refuse(refused)
        return False
    return True


def _page(template: str, slot_id: int, form: BaseForm, *, meeting_id: int | None = None) -> ResponseReturnValue:
    slot = slot_or_404(slot_id, Capability.PLAN)
    meeting = None if meeting_id is None else meeting_or_404(slot, meeting_id)
    now = current_act().now
    page = render_template(
        template,
        slot=slot,
        meeting=meeting,
        form=form,
        audience=audience(slot_id),
        is_held=held_until(now=now, starts_at=(meeting or slot).starts_at) > now,
    )
    return page, form.status


def _places(meeting: Meeting) -> list[tuple[str, list[tuple[str, str]]]]:
    """Where somebody who plans here may hold it: their own places that are open, and where it is now."""
    own = places.open_within(where(Capability.PLAN), on=meeting.starts_local.date())
    known = {place.id: place.name for place in [meeting.place, *own]}
    return [("", [(str(number), name) for number, name in known.items()])]
