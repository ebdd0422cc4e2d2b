"""Fields for days, times and choices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from wtforms import StringField
from wtforms.validators import StopValidation
from wtforms.widgets import DateInput, TimeInput

from booking.kernel.refusal import Refused
from booking.web.forms import LineField
from booking.web.texts import N_, gettext

Choices = Sequence[tuple[str, Sequence[tuple[str, str]]]]


class BadDay(Refused):
    message = N_("Write the day as year, month and day, for example 2026-11-25.")


class BadTime(Refused):
    message = N_("Write the time as hours and minutes, for example 15:30.")


class DayField(LineField):
    """A day. `data` is a date."""

    widget = DateInput()
    limit = 20
    missing_text = N_("Choose a day.")

    def read(self, raw: str) -> dt.date:
        try:
            return dt.date.fromisoformat(super().read(raw))
        except ValueError as fault:
            raise BadDay from fault


class TimeField(LineField):
    """A time of the day, on the library's clock. `data` is a time."""

    widget = TimeInput()
    limit = 20
    missing_text = N_("Write a time.")

    def read(self, raw: str) -> dt.time:
        try:
            found = dt.time.fromisoformat(super().read(raw).replace(".", ":"))
        except ValueError as fault:
            raise BadTime from fault
        return found.replace(second=0, microsecond=0, tzinfo=None)

    def _value(self) -> str:
        kept: Any = self.data
        return f"{kept:%H:%M}" if isinstance(kept, dt.time) and not self.raw_data else super()._value()


class NumberChoice(StringField):
    """One of numbered things, in groups of (words, choices): `data` is the number, or None for nothing chosen."""

    def __init__(self, label: Any = None, *, missing: Any = None, **kwargs: Any) -> None:
        """`missing`: what to say when nothing is chosen; None: that is allowed."""
        super().__init__(label, **kwargs)
        self.missing = missing
        self.groups: Choices = ()
        if missing is not None:
            self.flags.required = True

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = valuelist[0] if valuelist else ""

    def pre_validate(self, _form: Any) -> None:
        known = {value for _, choices in self.groups for value, _ in choices}
        chosen = str(self.data or "")
        if chosen and chosen not in known:
            raise StopValidation(gettext("That choice does not exist any more. Choose another one."))
        if not chosen and self.missing is not None:
            raise StopValidation(str(self.missing))

    @property
    def number(self) -> int | None:
        """What was chosen, once it is valid."""
        return int(self.data) if self.data else None
