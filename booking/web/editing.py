"""Forms that change what is there, when two people change the same thing (requirement A14).

Such a form carries the version that its page was made of. When the verb finds another one, it refuses; the page comes
back with what was typed, beside what is saved by now, and carries the new version: to save again is then meant.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import wtforms
from wtforms import HiddenField, SelectField

from booking.web.forms import CSRF_FIELD, BaseForm
from booking.web.texts import gettext


class VersionField(HiddenField):
    """The version that the page was made of; one that is missing or malformed was never saved: 0."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        sent = str(valuelist[0]) if valuelist else ""
        self.data = int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= 9 else 0

    def _value(self) -> str:
        return str(self.data or 0)


class Difference(NamedTuple):
    """A field whose saved and typed words are not the same."""

    label: str
    saved: str
    typed: str


def words(field: Any) -> str:
    """What a field holds, as its page shows it."""
    if isinstance(field, SelectField):
        chosen = {str(value): str(said) for value, said, *_ in field.iter_choices()}
        return chosen.get(str(field.data), "")
    if isinstance(field, wtforms.BooleanField):
        return gettext("Yes") if field.data else gettext("No")
    return " ".join(str(field._value()).split())


class EditForm(BaseForm):
    """A form that changes one thing. `differences` is what the page shows after somebody else's saving."""

    version = VersionField(name="version")
    differences: tuple[Difference, ...] = ()
    was_changed = False
    words_of = staticmethod(words)
    never_compared: tuple[str, ...] = ()
    """Names of what is no part of the thing itself."""

    def compare(self, saved: EditForm) -> None:
        """Take the version of `saved`, which is made of what is there now, and tell what differs from what was typed;
        both are forms of one kind."""
        self.was_changed = True
        self.version.data = saved.version.data
        theirs = {field.name: field for field in saved.shown()}
        self.differences = tuple(
            Difference(str(field.label.text), *both)
            for field in self.shown()
            if field.name in theirs and not isinstance(field, HiddenField)
            if field.name not in (CSRF_FIELD, *self.never_compared)
            if (both := (self.words_of(theirs[field.name]), self.words_of(field)))[0] != both[1]
        )
