"""A slot that stands already, changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from booking.kernel import clock
from booking.programme.forms.terms import TermsFields, offer_terms, said_of
from booking.programme.models import Slot
from booking.programme.queries.choices import Choices
from booking.programme.rules import SlotState
from booking.programme.rules.changes import SlotChange
from booking.web.editing import EditForm
from booking.web.fields import ChoiceField, DayField, TickField, TicksField, TimeField
from booking.web.texts import L_, gettext


def spoken(field: Any) -> str:
    """What a field holds, as a reader of the page sees it."""
    if isinstance(field, TickField):
        return gettext("Yes") if field.data else gettext("No")
    if isinstance(field, TicksField):
        options: Any = field.choices or ()
        words: dict[str, str] = dict(options)
        return ", ".join(str(words.get(value, value)) for value in field.data or ())
    if isinstance(field, ChoiceField):
        found = {value: words for _, options in field.groups for value, words in options}
        return found.get(str(field.data), str(field.nothing))
    return str(field._value()).strip()


class ChangeForm(TermsFields, EditForm):
    """Everything of a slot but its time, place, seats and who leads."""

    opens = DayField(L_("Booking opens on"), name="oppnar_dag")
    opens_clock = TimeField(L_("Opens at"), name="oppnar_tid")
    closes = DayField(L_("Booking closes on"), name="stanger_dag")
    closes_clock = TimeField(L_("Closes at"), name="stanger_tid")
    decide_on = DayField(
        L_("Decide by"),
        name="bestam",
        required=False,
        description=L_("With fewer children than the least number, it stands among what must be decided."),
    )
    publish = TickField(L_("Publish it now"), name="publicera")

    has_room = True
    never_compared = ("publicera",)
    words_of = staticmethod(spoken)

    def __init__(self, slot: Slot, *, choices: Choices, **kwargs: Any) -> None:
        super().__init__(data=values_of(slot), **kwargs)
        self.is_draft = slot.state is SlotState.DRAFT
        offer_terms(self, choices=choices, place_id=slot.place_id, spoken=slot.language.split(","))

    @property
    def change(self) -> SlotChange:
        """What was filled in; only after validation."""
        decide_on: Any = self.decide_on.data
        return SlotChange(
            **said_of(self),
            decide_on=decide_on,
            opens=_moment(self.opens, self.opens_clock),
            closes=_moment(self.closes, self.closes_clock),
            publish=self.is_draft and bool(self.publish.data),
        )


def values_of(slot: Slot) -> dict[str, Any]:
    """A slot by the names of the form's fields."""
    opens, closes = clock.to_local(slot.opens_at), clock.to_local(slot.closes_at)
    return {
        "version": slot.version,
        "admission": slot.admission.value,
        "age_min": slot.age_min,
        "age_max": slot.age_max,
        "adult_stays": slot.adult_stays,
        "languages": slot.language.split(","),
        "bring_sv": slot.bring_sv,
        "bring_en": slot.bring_en,
        "letter_note_sv": slot.letter_note_sv,
        "letter_note_en": slot.letter_note_en,
        "least_children": slot.least_children,
        "decide_on": slot.decide_on,
        "room": slot.room_id,
        "is_online": slot.is_online,
        "join_url": slot.join_url,
        "opens": opens.date(),
        "opens_clock": opens.time(),
        "closes": closes.date(),
        "closes_clock": closes.time(),
    }


def _moment(day: DayField, time: TimeField) -> dt.datetime:
    on: Any = day.data
    at: Any = time.data
    return dt.datetime.combine(on, at)
