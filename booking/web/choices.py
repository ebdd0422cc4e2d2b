"""Fields for one of several, and for several of them; their mistakes speak the page's language."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from booking.web.texts import gettext


class ChoiceField(SelectField):
    """One of a list. `missing` says what to do without a choice; a choice that may be left out has None."""

    def __init__(self, label: Any = None, *, missing: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validate_choice=False, **kwargs)
        self.missing = missing
        self.flags.required = missing is not None

    def pre_validate(self, _form: Any) -> None:
        known = {value for value, *_ in self.iter_choices()}
        if not self.data and self.missing is None:
            return
        if not self.data or self.data not in known:
            raise StopValidation(str(self.missing or gettext("Choose one of the list.")))


class OneOfField(RadioField):
    """One of a few that all stand on the page."""

    def __init__(self, label: Any = None, *, missing: Any, **kwargs: Any) -> None:
        super().__init__(label, validate_choice=False, **kwargs)
        self.missing = missing

    def pre_validate(self, _form: Any) -> None:
        if self.data not in {value for value, *_ in self.iter_choices()}:
            raise StopValidation(str(self.missing))


class SeveralField(SelectMultipleField):
    """Any of a list, none too; what is not in it is left out."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validate_choice=False, **kwargs)

    def pre_validate(self, _form: Any) -> None:
        known = {value for value, *_ in self.iter_choices()}
        self.data = [value for value in self.data or () if value in known]
