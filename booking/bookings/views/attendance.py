"""The list of a meeting at the door: who comes, who is here, who stands outside. Each POST is one verb."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, this_staff, where
from booking.accounts.rules.roles import Capability
from booking.bookings.forms.attendance import AttendanceForm, UndoForm, WalkInForm
from booking.bookings.queries import attendance as queries
from booking.bookings.queries.attendance import AdultContact, Roll
from booking.bookings.rules.attendance import Presence
from booking.bookings.services import attendance as services
from booking.bookings.views import marking
from booking.bookings.views.blueprint import bp
from booking.bookings.views.marking import Door
from booking.kernel import clock
from booking.kernel.refusal import Refused
from booking.programme.rules import Admission
from booking.web.forms import BaseForm
from booking.web.texts import N_, gettext

# What the page says was done, by the word in its address.
DONE = {
    "sparat": N_("Saved."),
    "oanmald": N_("One more is on the list."),
    "angrat": N_("Undone. It is as it was before."),
    "inget": N_("There was nothing to undo. Somebody may have marked it anew."),
    "plats": N_("The party has its seats, and gets a letter that says so."),
}


@bp.get("/personal/pass/<int:slot_id>/narvaro")
@requires(Capability.MARK_ATTENDANCE)
def attendance_days(slot_id: int) -> ResponseReturnValue:
    """The meetings of a slot with the way to their lists; straight on where there is one. A list that is not open yet
    says when it is."""
    found = queries.days(slot_id, where(Capability.MARK_ATTENDANCE), staff_id=this_staff().id, now=current_act().now)
    if not found:
        abort(404)
    if len(found) == 1 and found[0].is_listed:
        return redirect(url_for("bookings.attendance", meeting_id=found[0].meeting_id), 303)
    return render_template("bookings/attendance_days.html", slot_id=slot_id, days=found, now=current_act().now)


@bp.route("/personal/narvaro/<int:meeting_id>", methods=["GET", "POST"])
@requires(Capability.MARK_ATTENDANCE)
def attendance(meeting_id: int) -> ResponseReturnValue:
    """The list; POST keeps what was chosen."""
    return marking.mark(roll_or_404(meeting_id), _door(), act=current_act())


@bp.route("/personal/narvaro/<int:meeting_id>/oanmald", methods=["GET", "POST"])
@requires(Capability.MARK_ATTENDANCE)
def walk_in(meeting_id: int) -> ResponseReturnValue:
    """Somebody who came without a booking, also beyond the seats: the list then says by how many."""
    return marking.add_walk_in(roll_or_404(meeting_id), _door(), act=current_act())


@bp.route("/personal/narvaro/<int:meeting_id>/angra", methods=["GET", "POST"])
@requires(Capability.MARK_ATTENDANCE)
def undo_attendance(meeting_id: int) -> ResponseReturnValue:
    """Take back what was just marked. Twice is once."""
    return marking.undo(roll_or_404(meeting_id), _door(), act=current_act())


@bp.route("/personal/narvaro/<int:meeting_id>/plats/<int:booking_id>", methods=["GET", "POST"])
@requires(Capability.MARK_ATTENDANCE)
def seat_at_the_door(meeting_id: int, booking_id: int) -> ResponseReturnValue:
    """The party that stands at the door gets its seats."""
    roll = roll_or_404(meeting_id)
    sent = BaseForm()
    if request.method == "GET":
        return back(meeting_id)
    if sent.validate():
        try:
            services.seat_at_the_door(meeting_id, booking_id, act=current_act())
        except Refused as refused:
            sent.refuse(refused)
        else:
            return back(meeting_id, "plats")
    return page(roll, AttendanceForm(roll, formdata=None, refused=sent)), sent.status


@bp.route("/personal/narvaro/<int:meeting_id>/kontakt/<int:booking_id>", methods=["GET", "POST"])
@requires(Capability.SEE_CONTACTS)
def attendance_contact(meeting_id: int, booking_id: int) -> ResponseReturnValue:
    """The list with one adult's name and phone, which the trail notes. What was chosen and not saved yet stays."""
    roll = roll_or_404(meeting_id, Capability.SEE_CONTACTS)
    form = AttendanceForm(roll)
    if request.method == "GET":
        return back(meeting_id)
    contact: AdultContact | None = None
    if form.validate():
        try:
            contact = services.look_up_contact(meeting_id, booking_id, act=current_act())
        except Refused as refused:
            form.refuse(refused)
    return page(roll, form, contact=contact, contact_of=booking_id), form.status


def roll_or_404(meeting_id: int, capability: Capability = Capability.MARK_ATTENDANCE) -> Roll:
    """The list of a meeting that the one who is signed in may see now; else the same 404 as for none (D3)."""
    head = queries.head(meeting_id, where(capability), staff_id=this_staff().id, now=current_act().now)
    if head is None:
        abort(404)
    return queries.roll(head)


def page(
    roll: Roll,
    form: AttendanceForm,
    *,
    walk_in: WalkInForm | None = None,
    contact: AdultContact | None = None,
    contact_of: int | None = None,
) -> str:
    """The list as staff see it."""
    return render_template(
        "bookings/attendance.html",
        roll=roll,
        head=roll.head,
        form=form,
        is_counted=roll.head.admission is not Admission.BOOKING,
        presences=list(Presence),
        walk_in=walk_in or WalkInForm(formdata=None),
        contact=contact,
        contact_of=contact_of,
        kept=_kept(roll),
        printed_at=current_act().now,
        **told(),
    )


def _kept(roll: Roll) -> dict[str, str]:
    """What the list's script is told. `data-keep` only on the day itself: then the device may keep names and ages."""
    head, act = roll.head, current_act()
    is_today = clock.local_day(head.starts_at) == clock.local_day(act.now) and not head.is_off
    return {
        "data-meeting": str(head.meeting_id),
        "data-owner": str(this_staff().id),
        "data-base": url_for("bookings.attendance_shell").removesuffix("skal"),
        "data-about": f"{head.title_sv}, {head.place_name}",
        **({"data-keep": "1"} if is_today else {}),
    }


def told() -> dict[str, str]:
    """What was done a moment ago, and the key by which it is undone; "" for nothing."""
    word, key = request.args.get("klart", ""), request.args.get("nyckel", "")
    undoable = UndoForm(formdata=None, data={"form_key": key})
    return {"done": gettext(DONE[word]) if word in DONE else "", "undo_key": undoable.key() or ""}


def back(meeting_id: int, done: str | None = None, *, key: str | None = None) -> ResponseReturnValue:
    """To the list, which says what was done."""
    return redirect(url_for("bookings.attendance", meeting_id=meeting_id, klart=done, nyckel=key), 303)


def _door() -> Door:
    return Door(page, back)
