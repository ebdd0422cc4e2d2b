"""What staff fill in for a family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import Field, HiddenField, RadioField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # the stubs are a version behind
from wtforms.validators import StopValidation

from booking.bookings.forms import ADULTS, AGES, ALIAS, BookingForm, ContactForm
from booking.bookings.rules import ContactDetails
from booking.web.forms import BaseForm, EmailField, NameField, PhoneField, WholeNumberField
from booking.web.texts import L_, gettext

LANGUAGES = [SelectChoice("sv", L_("Swedish")), SelectChoice("en", L_("English"))]
# On the desk's own screen nothing of a family is to be remembered.
FORGET = {"autocomplete": "off"}


def _name_field() -> Any:
    return NameField(
        L_("The adult’s name or code name"),
        name="namn",
        missing=L_("Write a name. A code name will do."),
        render_kw=FORGET,
    )


def _email_field() -> Any:
    return EmailField(
        L_("E-mail"),
        name="epost",
        required=False,
        description=L_("Leave it empty if there is none: then we ring when something changes."),
        render_kw=FORGET,
    )


def _phone_field() -> Any:
    return PhoneField(L_("Phone"), name="telefon", required=False, render_kw=FORGET)


def _ask_nothing(form: ContactForm) -> None:
    """Whatever the workshop asks of a family: staff know who comes, and how to reach them."""
    form.phone.required = False
    form.phone.flags.required = None
    form.adults.choices = ADULTS


class LanguageField(RadioField):
    """The language of a family's letters."""

    def pre_validate(self, _form: Any) -> None:
        if self.data not in [choice.value for choice in LANGUAGES]:
            raise StopValidation(gettext("Choose the language of the letters."))


class StaffContactForm(ContactForm):
    """The adult behind a booking as staff write it: neither address nor number is demanded (requirement H6).

    `seen` is the version of the contact that the page showed.
    """

    adult_name = _name_field()
    email = _email_field()
    phone = _phone_field()
    seen = HiddenField(name="sedd")

    def suit(self, *, adult_stays: bool) -> None:
        super().suit(adult_stays=adult_stays)
        _ask_nothing(self)


class StaffBookingForm(BookingForm):
    """A family's booking as staff write it while they speak with it on the phone."""

    adult_name = _name_field()
    email = _email_field()
    phone = _phone_field()
    language = LanguageField(L_("Language of the letters"), name="sprak", choices=LANGUAGES, default="sv")

    def __init__(self, *, children: int, typed: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(children=children, adult_stays=False, typed=typed, **kwargs)

    def suit(self, *, adult_stays: bool) -> None:
        super().suit(adult_stays=adult_stays)
        _ask_nothing(self)

    def contact(self, language: str) -> ContactDetails:
        return super().contact(self.language.data or language)

    def shown(self) -> Iterable[Field]:
        for child in self.children:
            yield from child
        yield from (self.adult_name, self.phone, self.email, self.adults, self.needs, self.language)
        yield from (self.form_key, self.promise)


class StaffChildForm(BaseForm):
    """A child's name and age, written right."""

    name = NameField(
        L_("First name or nickname"), name="namn", missing=L_("Write a first name or a nickname."), render_kw=ALIAS
    )
    age = WholeNumberField(
        L_("Age"),
        name="alder",
        missing=L_("Write how old the child is, in whole years."),
        render_kw={**FORGET, "size": 3},
        **AGES,
    )
