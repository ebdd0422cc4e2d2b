"""A list that is lent: the link for a substitute, made and revoked by who plans; and the list behind it."""

from __future__ import annotations

from dataclasses import replace

from flask import abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts import queries as links
from booking.accounts.current import current_act
from booking.accounts.guards import holds_link, requires, this_staff, where
from booking.accounts.rules import Purpose
from booking.accounts.rules.roles import Capability
from booking.accounts.services import address_of
from booking.bookings.forms.attendance import AttendanceForm, LendForm, WalkInForm
from booking.bookings.queries import attendance as queries
from booking.bookings.queries.attendance import MeetingDay, Roll
from booking.bookings.rules.attendance import Presence, is_open
from booking.bookings.services import substitutes as lending
from booking.bookings.views import marking
from booking.bookings.views.attendance import told
from booking.bookings.views.blueprint import bp
from booking.bookings.views.marking import Door
from booking.kernel.act import Act, Actor, ActorKind
from booking.kernel.refusal import Refused
from booking.programme.rules import Admission
from booking.web.forms import BaseForm
from booking.web.language import current_language


@bp.route("/personal/pass/<int:slot_id>/vikarie", methods=["GET", "POST"])
@requires(Capability.PLAN)
def substitutes(slot_id: int) -> ResponseReturnValue:
    """The living links to the lists of a slot; POST makes one, whose address is shown on this page and never again."""
    days, form, address = _days_or_404(slot_id), LendForm(), ""
    meetings = {str(day.meeting_id): day for day in days}
    if form.validate_on_submit():
        if form.meeting.data not in meetings:
            abort(404)
        try:
            link = lending.lend(meetings[form.meeting.data].meeting_id, act=current_act())
        except Refused as refused:
            form.refuse(refused)
        else:
            address = address_of(link.purpose, link.nonce, language=current_language())
    lent = links.lent(Purpose.SUBSTITUTE, list(meetings), now=current_act().now)
    return render_template(
        "bookings/substitutes.html",
        slot_id=slot_id,
        days=[day for day in days if not day.is_off and day.closes_at > current_act().now],
        meetings=meetings,
        lent=lent,
        address=address,
        form=form,
    ), form.status


@bp.route("/personal/pass/<int:slot_id>/vikarie/<int:number>/borttagning", methods=["GET", "POST"])
@requires(Capability.PLAN)
def revoke_substitute(slot_id: int, number: int) -> ResponseReturnValue:
    """End one link at once. Twice is once."""
    days, form = _days_or_404(slot_id), BaseForm()
    if request.method == "POST":
        if not form.validate():
            abort(400)
        lending.take_back(number, meeting_ids=[day.meeting_id for day in days], act=current_act())
    return redirect(url_for("bookings.substitutes", slot_id=slot_id), 303)


@bp.route("/narvaro/<int:meeting_id>", methods=["GET", "POST"])
@holds_link(Purpose.SUBSTITUTE)
def substitute(meeting_id: int) -> ResponseReturnValue:
    """The list behind the link: names, ages, needs and marks, and no contacts."""
    roll, act = _lent_or_404(meeting_id)
    return marking.mark(roll, _door(), act=act)


@bp.route("/narvaro/<int:meeting_id>/oanmald", methods=["GET", "POST"])
@holds_link(Purpose.SUBSTITUTE)
def substitute_walk_in(meeting_id: int) -> ResponseReturnValue:
    """Somebody who came without a booking."""
    roll, act = _lent_or_404(meeting_id)
    return marking.add_walk_in(roll, _door(), act=act)


@bp.route("/narvaro/<int:meeting_id>/angra", methods=["GET", "POST"])
@holds_link(Purpose.SUBSTITUTE)
def substitute_undo(meeting_id: int) -> ResponseReturnValue:
    """Take back what was just marked."""
    roll, act = _lent_or_404(meeting_id)
    return marking.undo(roll, _door(), act=act)


def _days_or_404(slot_id: int) -> list[MeetingDay]:
    days = queries.days(slot_id, where(Capability.PLAN), staff_id=this_staff().id, now=current_act().now)
    if not days:
        abort(404)
    return days


def _lent_or_404(meeting_id: int) -> tuple[Roll, Act]:
    """The list that one of this browser's links opens, in the span in which a trainer sees an own one; and the act,
    which the trail knows by the link's number."""
    held = next((link for link in g.links if link.subject == str(meeting_id)), None)
    head = queries.head_by_link(meeting_id) if held else None
    act = current_act()
    if held is None or head is None or not is_open(starts_at=head.starts_at, ends_at=head.ends_at, now=act.now):
        abort(404)
    return queries.roll(head), replace(act, actor=Actor(ActorKind.PUBLIC, f"link:{held.id}"))


def _page(roll: Roll, form: AttendanceForm, *, walk_in: WalkInForm | None = None) -> str:
    return render_template(
        "bookings/attendance_by_link.html",
        roll=roll,
        head=roll.head,
        form=form,
        is_counted=roll.head.admission is not Admission.BOOKING,
        presences=list(Presence),
        walk_in=walk_in or WalkInForm(formdata=None),
        contact=None,
        contact_of=None,
        printed_at=current_act().now,
        **told(),
    )


def _back(meeting_id: int, done: str | None = None, *, key: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("bookings.substitute", meeting_id=meeting_id, klart=done, nyckel=key), 303)


def _door() -> Door:
    return Door(_page, _back)
