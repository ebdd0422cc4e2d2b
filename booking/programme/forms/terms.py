"""How a slot is run, as a planner fills it in: the same fields for new slots and for one that is changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from booking.programme.models import Activity
from booking.programme.queries import language_name
from booking.programme.queries.choices import Choices
from booking.programme.rules import NOTE_LENGTH, SEATS_LIMIT, Admission
from booking.web.fields import ChoiceField, Group, TickField, TicksField
from booking.web.forms import LineField, ShortTextArea, WholeNumberField
from booking.web.language import current_language
from booking.web.texts import L_, N_, gettext

ADMISSION_WORDS = {
    Admission.BOOKING: N_("By booking"),
    Admission.DROP_IN: N_("Drop-in, no booking"),
    Admission.CLOSED_GROUP: N_("A group that is known, for example a school class"),
}
# What is most spoken in the libraries; a slot keeps any other code that it has.
LANGUAGES = ("sv", "en", "ar", "uk", "so", "fa", "pl", "es", "fi", "de")
OLDEST = 99


class _Note(ShortTextArea):
    limit = NOTE_LENGTH


class _Address(LineField):
    limit = 500


class TermsFields:
    """The fields, to be mixed into a form. Names on the page are Swedish, as everywhere."""

    admission = ChoiceField(L_("How does one get in?"), name="intrade", default=Admission.BOOKING.value)
    age_min = WholeNumberField(L_("From age"), name="alder_fran", low=0, high=OLDEST, required=False)
    age_max = WholeNumberField(L_("To age"), name="alder_till", low=0, high=OLDEST, required=False)
    adult_stays = TickField(L_("An adult stays with the child"), name="vuxen")
    languages = TicksField(L_("Languages spoken"), name="sprak", missing=L_("Choose at least one language."))
    bring_sv = ShortTextArea(L_("Bring, in Swedish"), name="med_sv", required=False)
    bring_en = ShortTextArea(L_("Bring, in English"), name="med_en", required=False)
    letter_note_sv = _Note(
        L_("Own words in the letters, in Swedish"),
        name="brev_sv",
        required=False,
        description=L_("Stands in the letters to families who have a seat."),
    )
    letter_note_en = _Note(L_("Own words in the letters, in English"), name="brev_en", required=False)
    least_children = WholeNumberField(
        L_("Least number of children"), name="minst", low=1, high=SEATS_LIMIT, required=False
    )
    room = ChoiceField(L_("Room"), name="lokal", required=False, nothing=L_("No room of its own"))
    is_online = TickField(L_("It is held online"), name="natet")
    join_url = _Address(
        L_("Address of the online meeting"),
        name="lank",
        required=False,
        description=L_("Families get a link of ours that leads there from 15 minutes before the start."),
    )


def offer_terms(form: Any, *, choices: Choices, place_id: int | None = None, spoken: Sequence[str] = ()) -> None:
    """Put the choices into a form's terms. With `place_id` only the rooms of that place."""
    form.admission.groups = [("", [(one.value, gettext(words)) for one, words in ADMISSION_WORDS.items()])]
    codes = dict.fromkeys([*LANGUAGES, *spoken])
    form.languages.choices = [(code, language_name(code, current_language())) for code in codes]
    form.room.groups = rooms_of(choices, place_id=place_id)


def rooms_of(choices: Choices, *, place_id: int | None) -> list[Group]:
    return [
        (
            place.name,
            [(str(room.id), gettext("%(room)s (%(seats)s)", room=room.name, seats=room.seats)) for room in rooms],
        )
        for place in choices.places
        if (rooms := choices.rooms.get(place.id)) and place_id in (None, place.id)
    ]


def usual(activity: Activity) -> dict[str, Any]:
    """What an activity says of its slots, by the names of the fields."""
    return {
        "seats": activity.seats,
        "minutes": activity.duration_minutes,
        "age_min": activity.age_min,
        "age_max": activity.age_max,
        "adult_stays": activity.adult_stays,
        "least_children": activity.least_children,
        "languages": ["sv"],
    }


def said_of(form: Any) -> dict[str, Any]:
    """The terms that were filled in, by the names of `rules.Terms`; only after validation."""
    return {
        "admission": Admission(form.admission.data),
        "age_min": form.age_min.data,
        "age_max": form.age_max.data,
        "adult_stays": bool(form.adult_stays.data),
        "language": ",".join(form.languages.data or ["sv"]),
        "bring_sv": form.bring_sv.data,
        "bring_en": form.bring_en.data,
        "letter_note_sv": form.letter_note_sv.data,
        "letter_note_en": form.letter_note_en.data,
        "least_children": form.least_children.data,
        "room_id": form.room.number,
        "is_online": bool(form.is_online.data),
        "join_url": form.join_url.data,
    }
