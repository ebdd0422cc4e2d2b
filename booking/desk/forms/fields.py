"""A field for one of numbered things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import StringField
from wtforms.validators import StopValidation

from booking.web.texts import gettext

Choices = Sequence[tuple[str, Sequence[tuple[str, str]]]]


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
