"""What is noted at the door, whichever door it is: the staff's list or the one behind a substitute's link."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import request
from flask.typing import ResponseReturnValue

from booking.bookings.forms.attendance import AttendanceForm, UndoForm, WalkInForm
from booking.bookings.queries.attendance import Roll
from booking.bookings.services import attendance as services
from booking.kernel.act import Act
from booking.kernel.refusal import Refused


class Door(NamedTuple):
    """How a list is drawn with a form, and how one gets back to it: by meeting, word of what was done, and key."""

    page: Callable[..., str]
    back: Callable[..., ResponseReturnValue]


def mark(roll: Roll, door: Door, *, act: Act) -> ResponseReturnValue:
    """The list; POST keeps what was chosen."""
    form = AttendanceForm(roll)
    if form.validate_on_submit():
        try:
            services.note(roll.head.meeting_id, form.turnout(now=act.now), act=act)
        except Refused as refused:
            form.refuse(refused)
        else:
            return door.back(roll.head.meeting_id, "sparat", key=str(form.form_key.data))
    return door.page(roll, form), form.status


def add_walk_in(roll: Roll, door: Door, *, act: Act) -> ResponseReturnValue:
    """Somebody who came without a booking."""
    form = WalkInForm()
    if request.method == "GET":
        return door.back(roll.head.meeting_id)
    if form.validate():
        try:
            noted = services.note(roll.head.meeting_id, form.turnout(now=act.now), act=act)
        except Refused as refused:
            form.refuse(refused)
        else:
            if not noted.lost:
                return door.back(roll.head.meeting_id, "oanmald", key=str(form.form_key.data))
            form.begin_anew(act.new_code(16).hex())
    return door.page(roll, AttendanceForm(roll, formdata=None), walk_in=form), form.status


def undo(roll: Roll, door: Door, *, act: Act) -> ResponseReturnValue:
    """Take back what was just marked. Twice is once."""
    form = UndoForm()
    if request.method == "GET":
        return door.back(roll.head.meeting_id)
    key = form.key()
    if not form.validate() or key is None:
        return door.page(roll, AttendanceForm(roll, formdata=None, refused=form)), max(400, form.status)
    was_undone = services.undo_mark(roll.head.meeting_id, key, act=act)
    return door.back(roll.head.meeting_id, "angrat" if was_undone else "inget")
