"""What families fill in. Forms help the visitor; the rules and the constraints decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, RadioField, SelectMultipleField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # the stubs are a version behind
from wtforms.validators import StopValidation

from booking.bookings.rules import Child, ContactDetails, Opinion, SeatsChange, Standing, Voice, Wishes
from booking.bookings.services import Seen
from booking.kernel import text
from booking.programme.models import SeatPool, Slot
from booking.programme.rules import SEATS_LIMIT
from booking.programme.rules.changes import BulkChange, NothingToChange
from booking.programme.rules.plans import Opening, Window
from booking.web.fields import ChoiceField, DayField, TickField, TimeField
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


class PoolForm(PartForm):
    """The seats of one pool; `was` is what the page showed."""

    was = HiddenField(name="sett")
    seats = WholeNumberField(L_("Seats"), name="platser", low=1, high=SEATS_LIMIT)


class SeatsForm(BaseForm):
    """The seats of a slot, pool by pool."""

    def __init__(self, pools: Sequence[SeatPool], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.numbers = [pool.id for pool in pools]
        self.pools = [
            PoolForm(self.sent(), prefix=f"pott-{pool.id}-", data={"was": pool.seats, "seats": pool.seats})
            for pool in pools
        ]
        self.parts = self.pools

    @property
    def seats(self) -> dict[int, SeatsChange]:
        """What was filled in, by the pool's number; only after validation."""
        found = {}
        for number, part in zip(self.numbers, self.pools, strict=True):
            to: Any = part.seats.data
            found[number] = SeatsChange(text.whole_number(str(part.was.data)) or 0, to)
        return found

    def see(self, pools: Sequence[SeatPool]) -> None:
        """The page now shows what is stored: who saves once more has seen it."""
        for pool, part in zip(pools, self.pools, strict=True):
            part.was.data = str(pool.seats)


class BulkForm(BaseForm):
    """What is to be the same in many slots; what is left empty stays as it is in each."""

    step = HiddenField(name="steg")
    # What the second page showed of each slot: number, version, seats.
    seen = SelectMultipleField(name="sedd", validate_choice=False)
    seats = WholeNumberField(L_("Seats"), name="platser", low=1, high=SEATS_LIMIT, required=False)
    bring_sv = ShortTextArea(L_("Bring, in Swedish"), name="med_sv", required=False)
    bring_en = ShortTextArea(L_("Bring, in English"), name="med_en", required=False)
    letter_note_sv = ShortTextArea(L_("Own words in the letters, in Swedish"), name="brev_sv", required=False)
    letter_note_en = ShortTextArea(L_("Own words in the letters, in English"), name="brev_en", required=False)
    opening = ChoiceField(L_("Booking opens"), name="oppnar", required=False, nothing=L_("As it is in each"))
    opens = DayField(L_("Opens on"), name="oppnar_dag", required=False)
    opens_clock = TimeField(L_("Opens at"), name="oppnar_tid", required=False)
    opens_days = WholeNumberField(L_("Days before"), name="oppnar_dagar", low=0, high=365, required=False)
    publish = TickField(L_("Publish those that are drafts"), name="publicera")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        words = {Opening.AT: gettext("At a time"), Opening.BEFORE: gettext("A number of days before each")}
        self.opening.groups = [("", [(one.value, said) for one, said in words.items()])]

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        right = super().validate(extra_validators)
        if self.opening.data == Opening.AT and not (self.opens.data and self.opens_clock.data):
            self.opens.errors = [*self.opens.errors, gettext("Choose the day and the time when booking opens.")]
            right = False
        if self.opening.data == Opening.BEFORE and self.opens_days.data is None:
            self.opens_days.errors = [*self.opens_days.errors, gettext("Write how many days before.")]
            right = False
        if right and self.change.is_nothing:
            self.refuse(NothingToChange())
            right = False
        return right

    @property
    def change(self) -> BulkChange:
        """What was filled in; only after validation."""
        seats: Any = self.seats.data
        return BulkChange(
            seats=seats,
            bring_sv=str(self.bring_sv.data or ""),
            bring_en=str(self.bring_en.data or ""),
            letter_note_sv=str(self.letter_note_sv.data or ""),
            letter_note_en=str(self.letter_note_en.data or ""),
            window=self._window,
            publish=bool(self.publish.data),
        )

    @property
    def _window(self) -> Window | None:
        day: Any = self.opens.data
        clock: Any = self.opens_clock.data
        days: Any = self.opens_days.data
        if self.opening.data == Opening.AT:
            return Window(opening=Opening.AT, at=dt.datetime.combine(day, clock))
        if self.opening.data == Opening.BEFORE:
            return Window(opening=Opening.BEFORE, days=days, clock=clock or dt.time(9))
        return None

    def seen_of(self, slots: Sequence[Slot]) -> dict[int, Seen]:
        """What the page showed of those of its slots that lie within reach."""
        found = {}
        for mark in self.seen.data or ():
            numbers = [text.whole_number(piece) or 0 for piece in str(mark).split(".")]
            if len(numbers) == 3:
                found[numbers[0]] = Seen(*numbers[1:])
        return {slot.id: found[slot.id] for slot in slots if slot.id in found}

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Name and value of all that the first page asked, for the second page to carry along."""
        return [
            (field.name, value)
            for name, field in self._fields.items()
            if name not in ("csrf_token", "step", "seen")
            for value in (field.raw_data or ())
            if isinstance(value, str)
        ]
