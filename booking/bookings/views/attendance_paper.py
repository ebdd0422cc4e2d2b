"""The list on paper, and a party that shows its code: other ways to the same marks."""

from __future__ import annotations

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, this_staff, where
from booking.accounts.rules.roles import Capability
from booking.bookings.forms.attendance import ArrivalForm
from booking.bookings.queries import attendance as queries
from booking.bookings.services import attendance as services
from booking.bookings.views.attendance import back, roll_or_404
from booking.bookings.views.blueprint import bp
from booking.kernel import clock
from booking.kernel.refusal import Refused
from booking.web import filters
from booking.web.language import current_language
from booking.web.paper import pdf
from booking.web.texts import gettext


@bp.get("/personal/narvaro/<int:meeting_id>/lista.pdf")
@requires(Capability.MARK_ATTENDANCE)
def attendance_paper(meeting_id: int) -> Response:
    """First names and ages of those who have seats, with boxes to tick; nothing else of anybody (requirement H9)."""
    roll, language = roll_or_404(meeting_id), current_language()
    head = roll.head
    day, span = filters.day_date(language, head.starts_at), filters.clock_span(language, head.starts_at, head.ends_at)
    told = {
        "language": language,
        "title": gettext("Attendance"),
        "about": f"{head.title_sv}, {head.place_name}, {day} {span}",
        "printed": gettext("Printed on %(day)s.", day=filters.day_date(language, current_act().now)),
        "destroy": gettext("Destroy after %(day)s.", day=filters.day_date(language, clock.local_day(head.closes_at))),
        "heads": [gettext("Name"), gettext("Age"), gettext("Here"), gettext("Not here")],
        "children": [{"name": child.name, "age": gettext("%(age)s years", age=child.age)} for child in roll.children],
        "nobody": gettext("Nobody has a seat."),
    }
    return pdf("bookings/attendance.typ", told, filename="lista.pdf")


@bp.route("/personal/narvaro/bokning/<ref>", methods=["GET", "POST"])
@requires(Capability.MARK_ATTENDANCE)
def arrival(ref: str) -> ResponseReturnValue:
    """What the code on a family's page leads staff to: the party, and one button that says it is here."""
    staff, act = this_staff(), current_act()
    head = queries.head_of_booking(ref, where(Capability.MARK_ATTENDANCE), staff_id=staff.id, now=act.now)
    if head is None:
        abort(404)
    roll = queries.roll(head)
    party = [child for child in roll.children if child.ref == ref]
    form = ArrivalForm(party)
    if form.validate_on_submit():
        try:
            services.note(head.meeting_id, form.turnout(now=act.now), act=act)
        except Refused as refused:
            form.refuse(refused)
        else:
            return back(head.meeting_id, "sparat", key=str(form.form_key.data))
    waiting = [child for group in roll.waiting for child in group if child.ref == ref]
    return render_template("bookings/arrival.html", head=head, party=party, waiting=waiting, form=form), form.status
