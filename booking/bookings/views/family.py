"""A family's own pages of one booking. Every GET only shows; a POST calls one verb and goes back to the booking."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import grant, holds_link
from booking.accounts.rules import Purpose
from booking.bookings import services
from booking.bookings.forms import AddChildForm, ContactForm, RenameForm
from booking.bookings.rules import Child, Standing
from booking.bookings.views import shown
from booking.bookings.views.blueprint import bp
from booking.bookings.views.shown import ShownBooking, ShownChild
from booking.kernel.refusal import Refused
from booking.web.filters import phone_words
from booking.web.forms import BaseForm
from booking.web.language import current_language

OWN = (Purpose.MANAGE, Purpose.MINE)


@bp.get("/bokning/<ref>")
@holds_link(*OWN)
def booking(ref: str) -> ResponseReturnValue:
    """Receipt, standing, what can be changed."""
    found = shown.booking_or_404(ref)
    return render_template(
        "bookings/booking.html",
        booking=found,
        fresh="ny" in request.args and found.is_live,
        is_less=request.args.get("ny") == shown.LESS and found.standing is Standing.QUEUED,
        done=shown.done_sentence(request.args.get("klart", ""), found),
        others=shown.others(found),
        has_all=shown.has_all(found),
    )


@bp.get("/bokning/<ref>/traff")
@holds_link(Purpose.JOIN)
def join(ref: str) -> ResponseReturnValue:
    """Into the online meeting, from 15 minutes before it; until then, when that is. The meeting's own address stands in
    no letter: it may change, and who cancels comes in no more."""
    found = shown.joined_or_404(ref)
    if found.join_url:
        return redirect(found.join_url, 303)
    return render_template("bookings/join.html", booking=found)


@bp.route("/bokning/<ref>/avbokning", methods=["GET", "POST"])
@holds_link(*OWN)
def cancel(ref: str) -> ResponseReturnValue:
    """GET asks, POST gives the booking back. What is over, called off or cancelled already has nothing to give."""
    found = shown.booking_or_404(ref)
    if not found.may_change:
        return _back(ref)
    form = BaseForm()
    if _did(form, lambda: services.cancel(ref, act=current_act())):
        return _back(ref)
    return render_template("bookings/cancel.html", booking=found, form=form), form.status


@bp.route("/bokning/<ref>/barn", methods=["GET", "POST"])
@holds_link(*OWN)
def add_child(ref: str) -> ResponseReturnValue:
    """One more child: seated, or queued alone. A workshop that takes nobody more says so instead of a form's button."""
    found = shown.booking_or_404(ref)
    if not found.may_change:
        return _back(ref)
    form = AddChildForm()

    def add() -> None:
        child = Child(form.name.data, form.age.data)
        services.add_child(ref, child=child, key=str(form.form_key.data), act=current_act())

    if _did(form, add):
        return _back(ref, shown.ADDED)
    closed = found.why_complete or shown.refusal(found.slot, 1)
    if closed and form.error_list:
        form.refuse_wholly(closed)
    prospect = shown.prospect(found.slot, 1, refused=closed)
    return render_template("bookings/add_child.html", booking=found, form=form, prospect=prospect), form.status


@bp.route("/bokning/<ref>/barn/<int:child>", methods=["GET", "POST"])
@holds_link(*OWN)
def child(ref: str, child: int) -> ResponseReturnValue:
    """One child: write the name right, or go on to take the child away."""
    found = shown.booking_or_404(ref)
    one = found.child(child)
    if one is None:
        abort(404)
    if not found.may_change:
        return _back(ref)
    form = RenameForm(data={"name": one.name})

    def rename() -> None:
        services.correct_child(ref, child, child=Child(form.name.data, one.age), act=current_act())

    if _did(form, rename):
        return _back(ref, "namn")
    return _child_page(found, one, form)


@bp.post("/bokning/<ref>/barn/<int:child>/borttagning")
@holds_link(*OWN)
def remove_child(ref: str, child: int) -> ResponseReturnValue:
    """Take one child away; the others keep their seats or their place in the queue. Twice is once."""
    found = shown.booking_or_404(ref)
    one = found.child(child)
    if one is None:
        return _back(ref, "borttaget")
    if not found.may_change:
        return _back(ref)
    form = BaseForm()
    if _did(form, lambda: services.take_away(ref, child, act=current_act())):
        return _back(ref, "borttaget" if one.standing is Standing.SEATED else "ur-kon")
    return _child_page(found, one, form)


def _child_page(found: ShownBooking, one: ShownChild, sent: BaseForm) -> ResponseReturnValue:
    form = sent if isinstance(sent, RenameForm) else RenameForm(data={"name": one.name}, refused=sent)
    page = render_template(
        "bookings/child.html",
        booking=found,
        child=one,
        form=form,
        remove_form=BaseForm(),
        may_remove=len(found.children) > 1,
    )
    return page, sent.status


@bp.route("/bokning/<ref>/kontakt", methods=["GET", "POST"])
@holds_link(*OWN)
def contact(ref: str) -> ResponseReturnValue:
    """Change who answers for the booking."""
    found = shown.booking_or_404(ref)
    if not found.may_change:
        return _back(ref)
    least = 1 if found.slot.adult_stays else 0
    form = ContactForm(
        adult_stays=found.slot.adult_stays,
        data={
            "adult_name": found.contact.name,
            "email": found.contact.email,
            "phone": phone_words(found.contact.phone),
            "adults": str(max(least, min(found.adults, 2))),
            "needs": found.needs,
        },
    )

    def change() -> None:
        link = services.change_contact(
            ref,
            contact=form.contact(current_language()),
            adults=int(form.adults.data),
            needs=form.needs.data or "",
            act=current_act(),
        )
        if link is not None:  # the old ones have ended: who made the change keeps the page
            grant(link)

    if _did(form, change):
        is_same = str(form.email.data).casefold() == found.contact.email.casefold()
        return _back(ref, "kontakt" if is_same else "adress")
    return render_template("bookings/contact.html", booking=found, form=form), form.status


def _did(form: BaseForm, verb: Callable[[], object]) -> bool:
    """Whether the form was sent, right, and its verb did it; a refusal goes to the form."""
    if not form.validate_on_submit():
        return False
    try:
        verb()
    except Refused as refused:
        form.refuse(refused)
        return False
    return True


def _back(ref: str, done: str | None = None) -> ResponseReturnValue:
    """To the booking's page, which says what was done, or how things are where nothing could be."""
    return redirect(url_for("bookings.booking", ref=ref, klart=done), 303)
