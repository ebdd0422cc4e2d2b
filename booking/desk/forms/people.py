"""Before a list of people leaves the house (requirement H7)."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, RadioField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # the stubs are a version behind
from wtforms.validators import StopValidation

from booking.kernel.sheet import SheetKind
from booking.web.forms import BaseForm
from booking.web.texts import L_, gettext

KINDS = [SelectChoice(SheetKind.XLSX.value, "XLSX"), SelectChoice(SheetKind.CSV.value, "CSV")]


class _Kind(RadioField):
    def pre_validate(self, _form: Any) -> None:
        if self.data not in list(SheetKind):
            raise StopValidation(gettext("Choose what kind of file you want."))


class _Confirmation(BooleanField):
    """A tick without which nothing goes on."""

    def pre_validate(self, _form: Any) -> None:
        if not self.data:
            raise StopValidation(gettext("Tick that you have made the secrecy review."))


class PeopleForm(BaseForm):
    """The secrecy review, said to be done; what the list holds; which kind of file."""

    contacts = BooleanField(L_("Also the adults' names, e-mail addresses and phone numbers"), name="kontakt")
    kind = _Kind(L_("Kind of file"), name="typ", choices=KINDS, default=SheetKind.XLSX.value, validate_choice=False)
    reviewed = _Confirmation(L_("I have made the secrecy review, and this list may leave"), name="provad")
