"""The desk's pages of bookings: who is on a slot, one family's booking, and booking for somebody on the phone."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires
from booking.accounts.rules.roles import Capability
from booking.bookings import rules, services
from booking.bookings.forms.desk import StaffBookingForm
from booking.bookings.views import child_rows, desk_shown
from booking.bookings.views.blueprint import bp
from booking.bookings.views.desk_shown import StaffFamily
from booking.kernel.refusal import Refused
from booking.programme.models import Slot
from booking.web.forms import BaseForm
from booking.web.language import current_language
from booking.web.texts import N_, gettext

DONE = {
    "borttaget": N_("The child has been taken away."),
    "tillagt": N_("The child has been added."),
    "barn": N_("The child has been corrected."),
    "kontakt": N_("The contact has been changed."),
    "avbokat": N_("The booking is cancelled."),
    "skickat": N_("A new letter is on its way."),
}


@bp.get("/personal/pass/<int:slot_id>/bokningar")
@requires(Capability.SEE_BOOKINGS)
def of_slot(slot_id: int) -> ResponseReturnValue:
    """Who has seats, who waits in which order, and folded away who has cancelled."""
    slot = desk_shown.slot_or_404(slot_id, Capability.SEE_BOOKINGS)
    return render_template(
        "bookings/desk/slot.html",
        slot=slot,
        families=desk_shown.families_of(slot),
        rights=desk_shown.rights(slot),
        seats=sum(pool.seats for pool in slot.pools),
        seated=sum(pool.seated for pool in slot.pools),
    )


@bp.route("/personal/pass/<int:slot_id>/bokningar/ny", methods=["GET", "POST"])
@requires(Capability.CHANGE_BOOKINGS)
def book_for(slot_id: int) -> ResponseReturnValue:
    """Book for a family on the phone (POST). The form's two other buttons only add or take away a row."""
    slot = desk_shown.slot_or_404(slot_id, Capability.CHANGE_BOOKINGS)
    typed: Mapping[str, str] = request.form
    rows = child_rows.count(typed, limit=rules.STAFF_PARTY)
    if request.method == "GET" or "mer" in typed or "ta_bort" in typed:
        return _form_page(slot, typed, rows)
    form = StaffBookingForm(children=rows)
    refused: Refused | None = None
    used = ""
    if form.validate_on_submit():
        try:
            receipt = services.book(
                slot_id, wishes=form.wishes(current_language()), key=str(form.form_key.data), act=current_act()
            )
        except rules.KeyUsed as again:
            form.refuse(again)
            used = again.ref
        except rules.NotBookable as no:
            refused = no
            form.refuse_wholly(no)
        except Refused as no:
            form.refuse(no)
        else:
            return redirect(url_for("bookings.staff_booking", ref=receipt.ref, ny=1), 303)
    return _page(slot, form, refused=refused, used=used)


@bp.get("/personal/bokning/<ref>")
@requires(Capability.SEE_BOOKINGS)
def staff_booking(ref: str) -> ResponseReturnValue:
    """One family's booking: how it stands, which letters it got, who did what."""
    family = desk_shown.family_or_404(ref, Capability.SEE_BOOKINGS)
    return page_of(family, BaseForm(formdata=None))


def page_of(family: StaffFamily, form: BaseForm) -> ResponseReturnValue:
    """The booking's page; `form` is what a button sent, with the reason when it was refused."""
    may = desk_shown.rights(family.slot)
    letters = desk_shown.letters_about(family)
    done = request.args.get("klart", "")
    page = render_template(
        "bookings/desk/booking.html",
        family=family,
        slot=family.slot,
        rights=may,
        letters=letters,
        lost=[letter for letter in letters if letter.state == "stopped"],
        trail=desk_shown.trail_of(family.subjects) if may.audit else (),
        fresh="ny" in request.args and bool(family.live),
        done=gettext(DONE[done]) if done in DONE else None,
        form=form,
    )
    return page, form.status


def _form_page(slot: Slot, typed: Mapping[str, str], rows: int) -> ResponseReturnValue:
    """The form, empty or as typed with one row more or less: nothing is booked and nothing typed is lost."""
    focus = None
    if "mer" in typed:
        rows = min(rows + 1, rules.STAFF_PARTY)
        focus = f"barn-{rows}-namn"
    elif "ta_bort" in typed:
        typed, rows = child_rows.without(typed, rows), max(rows - 1, 1)
        focus = f"barn-{rows}-namn"
    return _page(slot, StaffBookingForm(children=rows, typed=typed or None), focus=focus)


def _page(
    slot: Slot, form: StaffBookingForm, *, focus: str | None = None, refused: Refused | None = None, used: str = ""
) -> ResponseReturnValue:
    page = render_template(
        "bookings/desk/book.html",
        slot=slot,
        form=form,
        prospect=desk_shown.prospect(slot, len(form.children), refused=refused),
        may_add=len(form.children) < rules.STAFF_PARTY,
        focus=focus,
        used=used,
    )
    return page, form.status
