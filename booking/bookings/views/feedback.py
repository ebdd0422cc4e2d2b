"""What a family thought, by the link in the letter of thanks: a page for the adult, and one of its own for a child."""

from __future__ import annotations

from flask import abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import holds_link
from booking.accounts.rules import Purpose
from booking.bookings import queries, services
from booking.bookings.forms import ChildFeedbackForm, FeedbackForm
from booking.bookings.queries import Invitation
from booking.bookings.views import shown
from booking.bookings.views.blueprint import bp
from booking.kernel.refusal import Refused


@bp.route("/pass/<int:slot_id>/tyck-till", methods=["GET", "POST"])
@holds_link(Purpose.FEEDBACK)
def feedback(slot_id: int) -> ResponseReturnValue:
    """The adult's three questions. Who has answered them is thanked instead."""
    invitation = _invitation_or_404(slot_id)
    form = FeedbackForm()
    if _is_done(form, invitation, left=invitation.adults):
        return _thanks(slot_id)
    page = render_template(
        "bookings/feedback.html", slot=shown.slot_or_404(slot_id), form=form, children=invitation.children
    )
    return page, form.status


@bp.route("/pass/<int:slot_id>/tyck-till/barn", methods=["GET", "POST"])
@holds_link(Purpose.FEEDBACK)
def feedback_child(slot_id: int) -> ResponseReturnValue:
    """A child's faces and wish, once for each child who had a seat."""
    invitation = _invitation_or_404(slot_id)
    form = ChildFeedbackForm()
    if _is_done(form, invitation, left=invitation.children):
        return _thanks(slot_id)
    return render_template("bookings/feedback_child.html", slot=shown.slot_or_404(slot_id), form=form), form.status


@bp.get("/pass/<int:slot_id>/tyck-till/tack")
@holds_link(Purpose.FEEDBACK)
def feedback_thanks(slot_id: int) -> ResponseReturnValue:
    """Thanks, and who may still answer."""
    invitation = _invitation_or_404(slot_id)
    return render_template("bookings/feedback_thanks.html", slot=shown.slot_or_404(slot_id), invitation=invitation)


def _invitation_or_404(slot_id: int) -> Invitation:
    """What this browser's links let it say of the slot; else the same 404 as for "does not exist"."""
    found = queries.invitation([link.id for link in g.links], slot_id=slot_id)
    if found is None:
        abort(404)
    return found


def _is_done(form: FeedbackForm | ChildFeedbackForm, invitation: Invitation, *, left: int) -> bool:
    """Whether there is nothing to ask any more: all have answered, or the answer that was sent is kept. A refusal goes
    to the form."""
    if request.method == "GET":
        return not left
    if not form.validate():
        return False
    try:
        services.answer(invitation.link_id, opinion=form.opinion(), key=str(form.form_key.data), act=current_act())
    except Refused as refused:
        form.refuse(refused)
        return False
    return True


def _thanks(slot_id: int) -> ResponseReturnValue:
    return redirect(url_for("bookings.feedback_thanks", slot_id=slot_id), 303)
