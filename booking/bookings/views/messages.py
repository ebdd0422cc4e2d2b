"""Staff write to a slot's families: the words, then the letter and how many get it, then one click."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires
from booking.accounts.rules.roles import Capability
from booking.bookings import services
from booking.bookings.forms.messages import MessageForm, who
from booking.bookings.queries.messages import choices as choices_of
from booking.bookings.queries.messages import chosen, messages_of
from booking.bookings.rules import messages as rules
from booking.bookings.services.messages import sample
from booking.bookings.views import desk_shown
from booking.bookings.views.blueprint import bp
from booking.kernel.refusal import Refused
from booking.outbox import rendering
from booking.programme.models import Slot
from booking.web.forms import BaseForm

_SEND = "skicka"


@bp.route("/personal/pass/<int:slot_id>/meddelande", methods=["GET", "POST"])
@requires(Capability.CHANGE_BOOKINGS)
def messages(slot_id: int) -> ResponseReturnValue:
    """Write (GET), look at the letter (POST), send it (POST with that button)."""
    slot = desk_shown.slot_or_404(slot_id, Capability.CHANGE_BOOKINGS)
    now = current_act().now
    form = MessageForm(choices_of(slot_id, now=now))
    if form.validate_on_submit():
        try:
            if form.step.data == _SEND:
                number = services.write_to(slot_id, note=form.note, key=str(form.form_key.data), act=current_act())
                return redirect(url_for("bookings.messages", slot_id=slot_id, skickat=number), 303)
            if "tillbaka" not in request.form:
                return _preview(slot, form)
        except Refused as refused:
            form.refuse(refused)
    return _page(slot, form)


@bp.route("/personal/pass/<int:slot_id>/meddelande/<int:number>/tillbaka", methods=["GET", "POST"])
@requires(Capability.CHANGE_BOOKINGS)
def take_back_message(slot_id: int, number: int) -> ResponseReturnValue:
    """Take a message back while its letters wait."""
    slot = desk_shown.slot_or_404(slot_id, Capability.CHANGE_BOOKINGS)
    form = BaseForm()
    if form.validate_on_submit():
        try:
            services.take_back_message(slot_id, number, act=current_act())
        except rules.NoSuchMessage:
            abort(404)
        except Refused as refused:
            form.refuse(refused)
    if form.error_list:
        return _page(slot, MessageForm(choices_of(slot_id, now=current_act().now), formdata=None), back=form)
    return redirect(url_for("bookings.messages", slot_id=slot_id), 303)


def _preview(slot: Slot, form: MessageForm) -> ResponseReturnValue:
    """The letter as text in each language that somebody gets it in. Raises NobodyToWriteTo."""
    act = current_act()
    choice = chosen(slot.id, form.note.to, now=act.now)
    if not choice.families:
        raise rules.NobodyToWriteTo
    letters = [
        (letter.language, rendering.render(letter.kind, payload=letter.payload, language=letter.language))
        for letter in sample(slot.id, choice.families, form.note, act=act)
    ]
    return render_template(
        "bookings/message_preview.html", slot=slot, form=form, choice=choice, letters=letters, who=who
    )


def _page(slot: Slot, form: MessageForm, *, back: BaseForm | None = None) -> ResponseReturnValue:
    page = render_template(
        "bookings/messages.html",
        slot=slot,
        form=form,
        refused=back,
        written=messages_of(slot.id),
        sent=request.args.get("skickat", ""),
        now=current_act().now,
        waits_until=rules.waits_until,
        who=who,
    )
    return page, max(form.status, back.status if back else 200)
