"""A field for a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from wtforms.widgets import DateInput

from booking.kernel import clock, text
from booking.kernel.clock import NoSuchDay
from booking.kernel.refusal import N_, Refused
from booking.web.forms import LineField


class NotADay(Refused):
    message = N_("Write the date as year, month and day, for example 2026-11-25.")


class DayField(LineField):
    """A date of the calendar (requirement C7). `data` is a date, or None when it may be left empty."""

    widget = DateInput()
    limit = 40
    missing_text = N_("Choose a day.")
    data: Any  # a date once it is valid

    def __init__(self, label: Any = None, *, render_kw: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(label, render_kw={"autocomplete": "off", **(render_kw or {})}, **kwargs)

    def read(self, raw: str) -> dt.date | None:
        line = text.ascii_digits(text.one_line(raw, limit=self.limit))
        if not line:
            if self.required:
                raise text.Missing
            return None
        try:
            day = dt.date.fromisoformat(line)
        except ValueError as fault:
            raise NotADay from fault
        if not clock.FIRST_DAY <= day < clock.LAST_DAY:
            raise NoSuchDay(year=day.year)
        return day
