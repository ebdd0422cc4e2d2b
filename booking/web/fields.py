"""Fields of staff's forms: days, times, choices, ticks, texts of several lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import wtforms.form
from wtforms import BooleanField, SelectMultipleField
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, DateInput, HiddenInput, ListWidget, TextArea, TimeInput

from booking.kernel import cells, text
from booking.web.forms import LineField, WholeNumberField
from booking.web.texts import N_, gettext

Option = tuple[str, str]
# (words or "", options): a select draws those with words as a group.
Group = tuple[str, Sequence[Option]]


class DayField(LineField):
    """A day of the years that one plans for; browsers write it as 2026-11-05, and so may a person, in any digits."""

    widget = DateInput()
    limit = 40
    missing_text = N_("Choose a day.")
    data: Any  # a date once it is valid

    def read(self, raw: str) -> dt.date | None:
        line = super().read(raw)
        return cells.day(text.ascii_digits(line)) if line else None

    def _value(self) -> str:
        day: Any = self.data
        return str(self.raw_data[0]) if self.raw_data else day.isoformat() if day else ""


class TimeField(LineField):
    """A time of the day on the libraries' clocks: 15:30."""

    widget = TimeInput()
    limit = 40
    missing_text = N_("Write a time, for example 15:30.")

    def read(self, raw: str) -> dt.time | None:
        line = super().read(raw)
        return cells.clock_time(line[:5] if line.count(":") == 2 else line) if line else None

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else f"{self.data:%H:%M}" if self.data else ""


class HiddenNumber(WholeNumberField):
    """A row's number that the page carries along."""

    widget = HiddenInput()

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, low=0, high=999_999_999, **kwargs)


class ProseField(LineField):
    """A text of several lines."""

    widget = TextArea()
    limit = 4000

    def read(self, raw: str) -> str:
        found = cells.prose(self.limit)(raw.strip()) if raw.strip() else ""
        if self.required and not found:
            raise text.Missing
        return found


class ChoiceField(LineField):
    """One of the choices in `groups`; the page draws them. `nothing` says what no choice means."""

    missing_text = N_("Choose one in the list.")

    def __init__(self, label: Any = None, *, nothing: Any = "", groups: Sequence[Group] = (), **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.nothing, self.groups = nothing, groups

    def read(self, raw: str) -> str:
        line = str(super().read(raw))
        if line and line not in {value for _, options in self.groups for value, _ in options}:
            raise text.Missing
        return line

    @property
    def number(self) -> int | None:
        """The chosen row's number; only after validation."""
        return int(self.data) if self.data else None


class TicksField(SelectMultipleField):
    """Any of the choices, each with its box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: Any = None, *, missing: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validate_choice=False, **kwargs)
        self.missing = missing
        if missing is not None:
            self.flags.required = True

    def pre_validate(self, _form: wtforms.form.BaseForm) -> None:
        known = {value for value, *_ in self.iter_choices()}
        self.data = list(dict.fromkeys(self.data or []))
        if not self.data and self.missing is not None:
            raise StopValidation(str(self.missing))
        if not known.issuperset(self.data):
            raise StopValidation(gettext("Choose among the boxes."))

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(int(value) for value in self.data or ())


class TickField(BooleanField):
    """A box of its own."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, false_values=(False, "false", "", "0"), **kwargs)
        self.flags.required = True  # it may be empty, but nobody has to be told that
