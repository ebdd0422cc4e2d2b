"""From when a place is closed for good."""

from __future__ import annotations

from wtforms import HiddenField

from booking.web.editing import EditForm
from booking.web.fields import DayField
from booking.web.texts import L_


class ClosingForm(EditForm):
    """The first day on which the place is closed; `seen` tells which plans the page has shown for it."""

    from_day = DayField(L_("Closed from"), name="fran", missing=L_("Write the first day on which the place is closed."))
    seen = HiddenField(name="sett", default="")
