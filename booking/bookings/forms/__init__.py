"""What families fill in. Forms help the visitor; the rules and the constraints decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, RadioField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # the stubs are a version behind
from wtforms.validators import StopValidation

from booking.bookings.rules import Child, ContactDetails, Opinion, Standing, Voice, Wishes
from booking.web.forms import (
    BaseForm,
    EmailField,
    HiddenKey,
    NameField,
    PartForm,
    PhoneField,
    ShortTextArea,
    WholeNumberField,
)
from booking.web.texts import L_, gettext

AGES = {"low": 0, "high": 99}
ALIAS = {"autocomplete": "off"}
ADULTS = [SelectChoice("0", L_("None")), SelectChoice("1", L_("One")), SelectChoice("2", L_("Two"))]


def _alias_field() -> Any:
    return NameField(
        L_("First name or nickname"), name="namn", missing=L_("Write a first name or a nickname."), render_kw=ALIAS
    )


def _age_field() -> Any:
    return WholeNumberField(
        L_("Age"),
        name="alder",
        missing=L_("Write how old the child is, in whole years."),
        render_kw={"autocomplete": "off", "size": 3},
        **AGES,
    )


class ChildForm(PartForm):
    """One child as a part of the booking form; its prefix says which, "barn-1-"."""

    name = _alias_field()
    age = _age_field()


class AdultsField(RadioField):
    """How many adults come along. "0" is understood also where it is not offered: the rule then says what to do."""

    def pre_validate(self, _form: Any) -> None:
        if self.data not in [choice.value for choice in ADULTS]:
            raise StopValidation(gettext("Choose how many adults come along."))


class ContactForm(BaseForm):
    """The adult behind a booking. Where one stays, "None" is not offered; where none does, a phone number is required.
    The rules say so too."""

    adult_name = NameField(
        L_("Your name"), name="namn", missing=L_("Write your name."), render_kw={"autocomplete": "name"}
    )
    email = EmailField(
        L_("E-mail"),
        name="epost",
        description=L_("We send the confirmation and the link for changes here."),
        missing=L_("Write your e-mail address, so that we can send the confirmation."),
    )
    phone = PhoneField(
        L_("Mobile number"),
        name="telefon",
        description=L_("We call only if something changes on the day."),
        missing=L_("Write a phone number so that we can reach you if the time changes."),
    )
    adults = AdultsField(
        L_("How many adults come along?"),
        name="vuxna",
        description=L_("Adults take no seat."),
        choices=ADULTS,
        default="1",
    )
    needs = ShortTextArea(
        L_("Do you need anything special?"),
        name="behov",
        required=False,
        description=L_("Write what the child needs, not why. For example: a quiet spot, a sign language interpreter."),
        render_kw={"autocomplete": "off", "rows": 2},
    )

    def __init__(self, *, adult_stays: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.suit(adult_stays=adult_stays)

    def suit(self, *, adult_stays: bool) -> None:
        """Ask what the workshop asks for: an adult, or a phone number."""
        self.phone.required = not adult_stays
        self.phone.flags.required = None if adult_stays else True
        self.adults.choices = ADULTS[1:] if adult_stays else ADULTS

    def contact(self, language: str) -> ContactDetails:
        """The adult as typed; only after validation."""
        return ContactDetails(self.adult_name.data or "", self.email.data or "", self.phone.data or "", language)


class BookingForm(ContactForm):
    """The booking form with `children` rows: names barn-1-namn, barn-1-alder, as the page's labels count them.

    `typed` replaces what was sent: the same form with a row more or less.
    """

    form_key = HiddenKey(name="nyckel")
    promise = HiddenField(name="utsikt")  # the standing that the page promised

    def __init__(
        self, *, children: int, adult_stays: bool, typed: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        self._typed = MultiDict(typed) if typed is not None else BaseForm.sent()
        super().__init__(adult_stays=adult_stays, **kwargs)
        self.children = [ChildForm(self._typed, prefix=f"barn-{number}-") for number in range(1, children + 1)]

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether the adult's fields and every child's are right: all are judged, so that all errors show at once."""
        mine = super().validate(extra_validators)
        return all([mine, *[child.validate() for child in self.children]])

    def shown(self) -> Iterable[Field]:
        for child in self.children:
            yield from child
        yield from self

    @property
    def was_promised_seats(self) -> bool:
        return bool(self.promise.data == Standing.SEATED)

    def wishes(self, language: str) -> Wishes:
        """What the family asks for; only after validation."""
        return Wishes(
            children=tuple(Child(child.name.data, child.age.data) for child in self.children),
            contact=self.contact(language),
            adults=int(self.adults.data or 0),
            needs=self.needs.data or "",
        )


class AddChildForm(BaseForm):
    """One more child."""

    name = _alias_field()
    age = _age_field()
    form_key = HiddenKey(name="nyckel")


class RenameForm(BaseForm):
    """A child's name, written right. `refused`: the other form of the page, whose errors the page shows instead."""

    name = _alias_field()

    def __init__(self, *, refused: BaseForm | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if refused is not None:
            self.name.process(None, data=kwargs["data"]["name"])
            self.form_errors += [text for _, text in refused.error_list]


class ScaleField(RadioField):
    """One step of a scale, 5 the best. `data` stays the text of the button, by which it is found again; see `step`."""

    def __init__(self, label: Any, *, steps: Mapping[int, Any], missing: Any, **kwargs: Any) -> None:
        """`steps`: the number and the words of each, in the order of the page."""
        super().__init__(label, choices=[SelectChoice(str(step), words) for step, words in steps.items()], **kwargs)
        self.steps, self.missing = steps, missing
        self.flags.required = True

    def pre_validate(self, _form: Any) -> None:
        if self.data not in map(str, self.steps):
            raise StopValidation(str(self.missing))

    @property
    def step(self) -> int:
        """The number that was chosen; only after validation."""
        return int(self.data)


class FeedbackForm(BaseForm):
    """An adult's three questions."""

    liked = ScaleField(
        L_("How was the workshop?"),
        name="betyg",
        steps={5: L_("Very good"), 4: L_("Good"), 3: L_("All right"), 2: L_("Not so good"), 1: L_("Bad")},
        missing=L_("Choose how the workshop was."),
    )
    easy = ScaleField(
        L_("How easy was it to book and to find your way?"),
        name="smidigt",
        steps={5: L_("Very easy"), 4: L_("Easy"), 3: L_("Neither easy nor hard"), 2: L_("Hard"), 1: L_("Very hard")},
        missing=L_("Choose how easy it was."),
    )
    words = ShortTextArea(
        L_("What can we do better?"),
        name="ord",
        required=False,
        description=L_("Write no names."),
        render_kw={"autocomplete": "off", "rows": 3},
    )
    form_key = HiddenKey(name="nyckel")

    def opinion(self) -> Opinion:
        """What was answered; only after validation."""
        return Opinion(Voice.ADULT, self.liked.step, self.easy.step, self.words.data or "")


class ChildFeedbackForm(BaseForm):
    """A child's face, and one wish."""

    liked = ScaleField(
        L_("How was it?"),
        name="betyg",
        steps={5: L_("Fun"), 3: L_("So-so"), 1: L_("Boring")},
        missing=L_("Press a face."),
    )
    words = ShortTextArea(
        L_("What do you wish to do next time?"),
        name="ord",
        required=False,
        description=L_("Do not write your name."),
        render_kw={"autocomplete": "off", "rows": 2},
    )
    form_key = HiddenKey(name="nyckel")

    def opinion(self) -> Opinion:
        """What was answered; only after validation."""
        return Opinion(Voice.CHILD, self.liked.step, words=self.words.data or "")


class LinksForm(BaseForm):
    """Where to send the links again."""

    email = EmailField(
        L_("E-mail"),
        name="epost",
        description=L_("The address that you booked with."),
        missing=L_("Write the e-mail address that you booked with."),
    )
