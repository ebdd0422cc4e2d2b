"""From when a place is closed for good."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField
from wtforms.widgets import DateInput

from booking.kernel import cells
from booking.kernel.text import Missing
from booking.web.editing import EditForm
from booking.web.forms import LineField
from booking.web.texts import L_


class _DayField(LineField):
    """A day as the browser writes it."""

    widget = DateInput()
    data: Any

    def read(self, raw: str) -> Any:
        if not raw.strip():
            raise Missing
        return cells.day(raw.strip())


class ClosingForm(EditForm):
    """The first day on which the place is closed; `seen` tells which plans the page has shown for it."""

    from_day = _DayField(
        L_("Closed from"), name="fran", missing=L_("Write the first day on which the place is closed.")
    )
    seen = HiddenField(name="sett", default="")
