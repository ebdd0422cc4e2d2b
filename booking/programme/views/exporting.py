"""The plan as CSV or XLSX, within what one may see of it."""

from __future__ import annotations

import datetime as dt

from flask import render_template, request
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires, this_staff, where
from booking.accounts.rules.roles import Capability
from booking.kernel import clock
from booking.kernel.refusal import Refused
from booking.kernel.sheet import Cell, Sheet, SheetKind
from booking.programme.forms.exporting import ExportForm
from booking.programme.queries import exporting as queries
from booking.programme.queries.exporting import PlannedMeeting
from booking.programme.rules.sheets import ADMISSION_WORDS, STATE_WORDS
from booking.programme.views.blueprint import bp
from booking.web.sheets import sent
from booking.web.texts import gettext

_AHEAD = dt.timedelta(days=70)  # ten weeks: what is mostly planned


@bp.get("/personal/export")
@requires(Capability.SEE_PLAN)
def export() -> ResponseReturnValue:
    """Choose days and a place."""
    today = clock.local_day(current_act().now)
    return _page(_form(data={"first": today, "last": today + _AHEAD}))


@bp.get("/personal/export/pass.<sheet:kind>")
@requires(Capability.SEE_PLAN)
def export_slots(kind: SheetKind) -> ResponseReturnValue:
    """The file; or the form again, when what was chosen makes no sense."""
    form = _form()
    if not form.validate():
        return _page(form)
    wish = form.wish
    try:
        meetings = queries.planned(
            wish.first,
            wish.last,
            scope=where(Capability.SEE_PLAN),
            counts=where(Capability.SEE_BOOKINGS),
            staff_id=this_staff().id,
            place_id=wish.place_id,
        )
    except Refused as refused:
        form.refuse(refused)
        return _page(form)
    return sent(_sheet(meetings), kind, name=f"pass-{wish.first}-{wish.last}", made_at=current_act().now)


def _form(data: dict[str, dt.date] | None = None) -> ExportForm:
    places = queries.places_with_slots(where(Capability.SEE_PLAN), staff_id=this_staff().id)
    return ExportForm(None if data else request.args, places=places, data=data)


def _page(form: ExportForm) -> ResponseReturnValue:
    stops = [(str(one.id), one.name) for one in form.place.choices if one.is_stop]
    others = [(str(one.id), one.name) for one in form.place.choices if not one.is_stop]
    groups = [group for group in ((gettext("Libraries"), others), (gettext("Stops"), stops)) if group[1]]
    return render_template("programme/export.html", form=form, groups=groups), 422 if form.error_list else 200


def _sheet(meetings: list[PlannedMeeting]) -> Sheet:
    columns = [
        gettext("Workshop number"),
        gettext("Activity"),
        gettext("Held at"),
        gettext("Belongs to"),
        gettext("Day"),
        gettext("Begins"),
        gettext("Ends"),
        gettext("Meeting"),
        gettext("of"),
        gettext("State"),
        gettext("Admission"),
        gettext("From age"),
        gettext("To age"),
        gettext("Seats"),
        gettext("Booked"),
        gettext("In the queue"),
        gettext("Rooms"),
        gettext("Trainers"),
        gettext("Equipment"),
        gettext("Booking opens"),
        gettext("Series"),
    ]
    return Sheet(name=gettext("Workshops"), columns=columns, rows=[_row(meeting) for meeting in meetings])


def _row(one: PlannedMeeting) -> list[Cell]:
    state = gettext(STATE_WORDS[one.state]) if not one.is_off else gettext("Called off")
    return [
        one.slot_id,
        one.title,
        one.place,
        one.owner,
        one.starts.date(),
        one.starts.time(),
        one.ends.time(),
        one.number,
        one.of,
        state,
        gettext(ADMISSION_WORDS[one.admission]),
        one.age_min,
        one.age_max,
        one.seats,
        one.seated,
        one.queued,
        ", ".join(one.rooms),
        ", ".join(one.trainers),
        ", ".join(one.kits),
        one.opens_at,
        one.series,
    ]
