"""What staff change in a family's booking while they speak with it: the family's own verbs, under the staff's name.

Every change goes back to the booking's page. Looking at an address that only a button reaches leads there, too.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires
from booking.accounts.rules.roles import Capability
from booking.bookings import services
from booking.bookings.forms import AddChildForm
from booking.bookings.forms.desk import StaffChildForm, StaffContactForm
from booking.bookings.rules import Child
from booking.bookings.views import desk_shown
from booking.bookings.views.blueprint import bp
from booking.bookings.views.desk import page_of
from booking.bookings.views.desk_shown import StaffFamily
from booking.kernel.refusal import Refused
from booking.web.filters import phone_words
from booking.web.forms import BaseForm
from booking.web.language import current_language


@bp.route("/personal/bokning/<ref>/kontaktuppgifter", methods=["GET", "POST"])
@requires(Capability.SEE_BOOKINGS)
def see_contact(ref: str) -> ResponseReturnValue:
    """E-mail and phone, and the form to change them. Only by a button, since each look is noted (requirement H10).

    For whom it is who works with bookings: a trainer's way to a number in need goes by the list of the day.
    """
    family = desk_shown.family_or_404(ref, Capability.SEE_BOOKINGS)
    if not desk_shown.rights(family.slot).contacts:
        abort(403)
    if request.method == "GET":
        return _back(ref)
    form = BaseForm()
    if not did(form, lambda: services.look_at_contact(ref, act=current_act())):
        return page_of(family, form)
    return _contact_page(family, _contact_form(family))


@bp.route("/personal/bokning/<ref>/kontakt", methods=["GET", "POST"])
@requires(Capability.CHANGE_BOOKINGS)
def staff_contact(ref: str) -> ResponseReturnValue:
    """Change who answers for the booking. Who saves over somebody else's change sees both first (requirement A14)."""
    family = desk_shown.family_or_404(ref, Capability.CHANGE_BOOKINGS)
    if request.method == "GET":
        return _back(ref)
    form = StaffContactForm(adult_stays=False)

    def change() -> None:
        services.change_contact(
            ref,
            contact=form.contact(current_language()),
            adults=int(form.adults.data),
            needs=form.needs.data or "",
            seen=str(form.seen.data),
            act=current_act(),
        )

    if did(form, change):
        return _back(ref, "kontakt")
    is_stale = family.contact_version != form.seen.data
    if is_stale:
        form.seen.data, form.seen.raw_data = family.contact_version, None
    return _contact_page(family, form, is_stale=is_stale)


@bp.route("/personal/bokning/<ref>/avbokning", methods=["GET", "POST"])
@requires(Capability.CHANGE_BOOKINGS)
def staff_cancel(ref: str) -> ResponseReturnValue:
    """GET asks, POST gives the booking back."""
    family = _changeable(ref)
    if family is None:
        return _back(ref)
    form = BaseForm()
    if did(form, lambda: services.cancel(ref, act=current_act())):
        return _back(ref, "avbokat")
    return render_template("bookings/desk/cancel.html", family=family, slot=family.slot, form=form), form.status


@bp.route("/personal/bokning/<ref>/barn", methods=["GET", "POST"])
@requires(Capability.CHANGE_BOOKINGS)
def staff_add_child(ref: str) -> ResponseReturnValue:
    """One more child: seated, or queued alone."""
    family = _changeable(ref)
    if family is None:
        return _back(ref)
    form = AddChildForm()

    def add() -> None:
        child = Child(form.name.data, form.age.data)
        services.add_child(ref, child=child, key=str(form.form_key.data), act=current_act())

    if did(form, add):
        return _back(ref, "tillagt")
    prospect = desk_shown.prospect(family.slot, 1)
    page = render_template(
        "bookings/desk/add_child.html", family=family, slot=family.slot, form=form, prospect=prospect
    )
    return page, form.status


@bp.route("/personal/bokning/<ref>/barn/<int:child>", methods=["GET", "POST"])
@requires(Capability.CHANGE_BOOKINGS)
def staff_child(ref: str, child: int) -> ResponseReturnValue:
    """One child: write name and age right, or take it away."""
    family = desk_shown.family_or_404(ref, Capability.CHANGE_BOOKINGS)
    one = family.child(child) or abort(404)
    if not family.may_change:
        return _back(ref)
    form = StaffChildForm(data={"name": one.name, "age": one.age})

    def correct() -> None:
        right = Child(str(form.name.data), int(form.age.data or 0))
        services.correct_child(ref, child, child=right, act=current_act())

    if did(form, correct):
        return _back(ref, "barn")
    page = render_template("bookings/desk/child.html", family=family, slot=family.slot, child=one, form=form)
    return page, form.status


@bp.route("/personal/bokning/<ref>/barn/<int:child>/borttagning", methods=["GET", "POST"])
@requires(Capability.CHANGE_BOOKINGS)
def staff_remove_child(ref: str, child: int) -> ResponseReturnValue:
    """Take one child away; the others keep what they have. Twice is once."""
    family = _changeable(ref)
    if family is None or request.method == "GET" or family.child(child) is None:
        return _back(ref)
    form = BaseForm()
    if did(form, lambda: services.take_away(ref, child, act=current_act())):
        return _back(ref, "borttaget")
    return page_of(family, form)


@bp.route("/personal/bokning/<ref>/brev", methods=["GET", "POST"])
@requires(Capability.CHANGE_BOOKINGS)
def send_again(ref: str) -> ResponseReturnValue:
    """A new letter instead of those that did not arrive."""
    family = desk_shown.family_or_404(ref, Capability.CHANGE_BOOKINGS)
    if request.method == "GET":
        return _back(ref)
    form = BaseForm()
    if did(form, lambda: services.send_again(ref, act=current_act())):
        return _back(ref, "skickat")
    return page_of(family, form)


def _changeable(ref: str) -> StaffFamily | None:
    """The family; None when there is nothing more to change in its booking."""
    family = desk_shown.family_or_404(ref, Capability.CHANGE_BOOKINGS)
    return family if family.may_change else None


def _contact_form(family: StaffFamily) -> StaffContactForm:
    contact = family.first.contact
    return StaffContactForm(
        formdata=None,
        adult_stays=False,
        data={
            "adult_name": contact.name,
            "email": contact.email,
            "phone": phone_words(contact.phone),
            "adults": str(min(family.first.adults, 2)),
            "needs": family.first.needs,
            "seen": family.contact_version,
        },
    )


def _contact_page(family: StaffFamily, form: StaffContactForm, *, is_stale: bool = False) -> ResponseReturnValue:
    page = render_template(
        "bookings/desk/contact.html",
        family=family,
        slot=family.slot,
        form=form,
        is_stale=is_stale,
        rights=desk_shown.rights(family.slot),
    )
    return page, form.status


def did(form: BaseForm, verb: Callable[[], object]) -> bool:
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
    return redirect(url_for("bookings.staff_booking", ref=ref, klart=done), 303)
