"""Fields that read what the importers' cells read: one rule for a table and for a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wtforms import SelectField
from wtforms.validators import StopValidation
from wtforms.widgets import DateInput, TextArea, TimeInput

from booking.kernel import cells, text
from booking.web.forms import LineField, WholeNumberField

Read = Callable[[str], Any]


class CellField(LineField):
    """One cell: `read_cell` makes its value or raises Refused; `empty` is what nothing means where it may be left."""

    data: Any

    def __init__(
        self,
        label: Any = None,
        *,
        read_cell: Read,
        empty: Any = "",
        limit: int = 200,
        render_kw: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, render_kw={"maxlength": limit, **(render_kw or {})}, **kwargs)
        self.read_cell, self.empty, self.length = read_cell, empty, limit

    def read(self, raw: str) -> Any:
        if len(raw) > 4 * self.length:
            raise text.TooLong(limit=self.length)
        if not raw.strip():
            if self.required:
                raise text.Missing
            return self.empty
        return self.read_cell(raw.strip())


class ProseField(CellField):
    """Text of several lines. No personal identity number (requirement C13)."""

    widget = TextArea()

    def __init__(self, label: Any = None, *, limit: int = 1000, **kwargs: Any) -> None:
        super().__init__(
            label, read_cell=cells.prose(limit), limit=limit, required=False, render_kw={"rows": 4}, **kwargs
        )

    def read(self, raw: str) -> Any:
        written = super().read(raw)
        if text.find_identity_number(written):
            raise text.IdentityNumber
        return written


class DayField(CellField):
    """A day; None for nothing where it may be left."""

    widget = DateInput()

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, read_cell=cells.day, empty=None, limit=10, **kwargs)


class ClockField(CellField):
    """A time of the day in wall time."""

    widget = TimeInput()

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, read_cell=cells.clock_time, empty=None, limit=8, **kwargs)

    def _value(self) -> str:
        return f"{self.data:%H:%M}" if isinstance(self.data, dt.time) and not self.raw_data else super()._value()


class ChoiceField(SelectField):
    """One of several; `data` is what `of` makes of the chosen value. Its mistakes speak the page's language."""

    def __init__(self, label: Any = None, *, missing: Any, of: Callable[[str], Any] = str, **kwargs: Any) -> None:
        super().__init__(label, validate_choice=False, choices=kwargs.pop("choices", []), **kwargs)
        self.missing, self.of = missing, of
        self.flags.required = True

    def offer(self, choices: Iterable[tuple[Any, str]]) -> None:
        """What can be chosen, as value and words."""
        self.choices = [(str(value), said) for value, said in choices]

    def pre_validate(self, _form: Any) -> None:
        if self.data is None or str(self.data) not in {value for value, *_ in self.iter_choices()}:
            raise StopValidation(str(self.missing))

    @property
    def value(self) -> Any:
        """What was chosen, once it is valid."""
        return self.of(str(self.data))


class NumberField(WholeNumberField):
    """A whole number; None for nothing where it may be left."""

    data: Any
