"""The booking form."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import grant, living_links, public
from booking.bookings import rules, services
from booking.bookings.forms import BookingForm
from booking.bookings.rules import Child, Standing
from booking.bookings.services import Receipt
from booking.bookings.views import child_rows, shown
from booking.bookings.views.blueprint import bp
from booking.kernel.refusal import Refused
from booking.programme.queries import SlotPage
from booking.settings import current
from booking.web.language import current_language


@bp.route("/pass/<int:slot_id>/bokning", methods=["GET", "POST"])
@public
def book(slot_id: int) -> ResponseReturnValue:
    """The booking form (GET) and the booking (POST). The form's two other buttons only add or take away a row."""
    typed: Mapping[str, str] = request.form
    rows = child_rows.count(typed, limit=current().party_limit)
    if request.method == "GET" or "mer" in typed or "ta_bort" in typed:
        return _form_page(slot_id, typed, rows)
    form = BookingForm(children=rows, adult_stays=True)  # whether it is so the verb knows
    closed = None
    if form.validate_on_submit():
        try:
            receipt = services.book(
                slot_id, wishes=form.wishes(current_language()), key=str(form.form_key.data), act=current_act()
            )
        except rules.KeyUsed as used:
            return _already(used.ref, slot_id)
        except rules.NotBookable as refused:
            closed = refused
        except Refused as refused:
            form.refuse(refused)
        else:
            return _receipt(receipt, form)
    return _refused(shown.slot_or_404(slot_id), form, closed)


def _receipt(receipt: Receipt, form: BookingForm) -> ResponseReturnValue:
    """Go on to the booking's page, which says first if it came otherwise than the form had promised."""
    grant(receipt.link_id)
    is_less = form.was_promised_seats and receipt.standing is Standing.QUEUED
    return redirect(url_for("bookings.booking", ref=receipt.ref, ny=shown.LESS if is_less else 1), 303)


def _refused(slot: SlotPage, form: BookingForm, closed: Refused | None) -> ResponseReturnValue:
    """The form with what is wrong. A workshop that cannot be booked, `closed`, is said alone: it comes first."""
    form.suit(adult_stays=slot.adult_stays)
    closed = closed or shown.refusal(slot, len(form.children))
    if closed:
        form.refuse_wholly(closed)
    elif not form.is_stale:
        _say_the_rest(form, slot)
    return _page(slot, form, closed=closed)


def _say_the_rest(form: BookingForm, slot: SlotPage) -> None:
    """What else the slot's rules will refuse, so that a family hears of everything at once and not one by one."""
    for number, fields in enumerate(form.children, 1):
        if fields.age.errors or not isinstance(fields.age.data, int):
            continue
        try:
            rules.check_age(Child(fields.name.data or "?", fields.age.data), slot.age_min, slot.age_max, place=number)
        except Refused as refused:
            form.refuse(refused)
    if not slot.adult_stays and not form.phone.data and not form.phone.errors:
        form.refuse(rules.PhoneMissing())
    if slot.adult_stays and form.adults.data == "0" and not form.adults.errors:
        form.refuse(rules.AdultMissing())


def _form_page(slot_id: int, typed: Mapping[str, str], rows: int) -> ResponseReturnValue:
    """The form, empty or as typed with one row more or less: nothing is booked and nothing typed is lost."""
    slot = shown.slot_or_404(slot_id)
    if request.method == "GET" and slot.action == "none":
        return redirect(slot.url, 303)
    focus = None
    if "mer" in typed:
        rows = min(rows + 1, current().party_limit)
        focus = f"barn-{rows}-namn"
    elif "ta_bort" in typed:
        typed, rows = child_rows.without(typed, rows), max(rows - 1, 1)
        focus = f"barn-{rows}-namn"
    form = BookingForm(children=rows, adult_stays=slot.adult_stays, typed=typed or None)
    return _page(slot, form, focus=focus)


def _page(
    slot: SlotPage, form: BookingForm, *, focus: str | None = None, closed: Refused | None = None
) -> ResponseReturnValue:
    children = len(form.children)
    prospect = shown.prospect(slot, children, refused=closed)
    form.promise.data = "" if prospect.refused else prospect.standing.value
    page = render_template(
        "bookings/book.html",
        slot=slot,
        form=form,
        may_add=children < current().party_limit,
        prospect=prospect,
        focus=focus,
    )
    return page, form.status


def _already(ref: str, slot_id: int) -> ResponseReturnValue:
    """The form was used and now says something else: the booking stands, and the page offers to change it (A10).

    A browser that holds no link to it any more hears the same, and nothing of the booking: it may ask for the link.
    """
    g.links = living_links()
    found = shown.find(ref)
    if found is None or not found.opens_to(g.links):
        return render_template("bookings/already.html", booking=None, slot_id=slot_id), 409
    return render_template("bookings/already.html", booking=found), 409
