"""An activity, new or corrected."""

from __future__ import annotations

from typing import Any

from booking.programme.forms.changing import spoken
from booking.programme.models import Activity
from booking.programme.rules import SEATS_LIMIT, ActivityKind, Sign
from booking.programme.rules.activities import ActivityText, NewActivity, equipment_of, lines_of
from booking.web.editing import EditForm
from booking.web.fields import ChoiceField, ProseField, TickField
from booking.web.forms import LineField, ShortTextArea, WholeNumberField
from booking.web.texts import L_, N_, gettext

KIND_WORDS = {
    ActivityKind.WORKSHOP: N_("Workshop for children"),
    ActivityKind.COURSE: N_("Course for staff"),
    ActivityKind.LECTURE: N_("Lecture for staff"),
    ActivityKind.SEMINAR: N_("Seminar for staff"),
}
SIGN_WORDS = {
    Sign.ROBOT: N_("Robot"),
    Sign.BLOCKS: N_("Blocks"),
    Sign.CIRCUIT: N_("Circuit"),
    Sign.STORY: N_("Story book"),
    Sign.BUS: N_("Bus"),
    Sign.LAPTOP: N_("Laptop"),
    Sign.MICROPHONE: N_("Microphone"),
    Sign.SPARK: N_("Spark"),
}
MINUTES: dict[str, Any] = {"low": 0, "high": 240, "required": False}


class _Title(LineField):
    limit = 120
    missing_text = N_("Write a title.")


class ActivityForm(EditForm):
    """What is taught. The kind is chosen once; a corrected activity keeps it."""

    words_of = staticmethod(spoken)
    never_compared = ("typ",)

    kind = ChoiceField(L_("Kind"), name="typ", default=ActivityKind.WORKSHOP.value)
    title_sv = _Title(L_("Title in Swedish"), name="titel_sv")
    title_en = _Title(L_("Title in English"), name="titel_en", required=False)
    description_sv = ProseField(L_("Description in Swedish"), name="text_sv", required=False)
    description_en = ProseField(L_("Description in English"), name="text_en", required=False)
    bring_sv = ShortTextArea(L_("Bring, in Swedish"), name="med_sv", required=False)
    bring_en = ShortTextArea(L_("Bring, in English"), name="med_en", required=False)
    sign = ChoiceField(L_("Picture sign"), name="tecken", default=Sign.SPARK.value)
    age_min = WholeNumberField(L_("From age"), name="alder_fran", low=0, high=99, required=False)
    age_max = WholeNumberField(L_("To age"), name="alder_till", low=0, high=99, required=False)
    adult_stays = TickField(L_("An adult stays with the child"), name="vuxen")
    duration_minutes = WholeNumberField(L_("Minutes"), name="minuter", low=5, high=600)
    seats = WholeNumberField(L_("Seats"), name="platser", low=1, high=SEATS_LIMIT)
    children_per_trainer = WholeNumberField(
        L_("Children for each trainer"), name="per_ledare", low=1, high=SEATS_LIMIT, required=False
    )
    least_children = WholeNumberField(
        L_("Least number of children"), name="minst", low=1, high=SEATS_LIMIT, required=False
    )
    decide_days = WholeNumberField(L_("Decide so many days before"), name="bestam", low=0, high=60, required=False)
    equipment = ProseField(
        L_("Equipment for a full group"),
        name="utrustning",
        required=False,
        description=L_("One thing a line with its number, as Blue-Bot: 6."),
    )
    equipment_en = ProseField(
        L_("The same things in English"), name="utrustning_en", required=False, description=L_("One thing a line.")
    )
    packing_minutes = WholeNumberField(
        L_("Minutes to unpack before"), name="packa", description=L_("Empty: 15 minutes."), **MINUTES
    )
    clearing_minutes = WholeNumberField(
        L_("Minutes to clear after"), name="plocka", description=L_("Empty: 15 minutes."), **MINUTES
    )

    def __init__(self, activity: Activity | None = None, **kwargs: Any) -> None:
        super().__init__(data=values_of(activity) if activity else None, **kwargs)
        self.is_new = activity is None
        self.kind.groups = [("", [(one.value, gettext(words)) for one, words in KIND_WORDS.items()])]
        self.sign.groups = [("", [(one.value, gettext(words)) for one, words in SIGN_WORDS.items()])]
        if activity is not None:
            self.kind.required = False

    def written(self) -> ActivityText:
        """What was filled in; only after validation. Raises EquipmentUnreadable."""
        plain: dict[str, Any] = {
            name: field.data
            for name, field in self._fields.items()
            if name not in ("version", "kind", "csrf_token", "sign", "adult_stays", "equipment", "equipment_en")
        }
        english = [line.strip().replace(";", ",") for line in str(self.equipment_en.data or "").split("\n")]
        return ActivityText(
            **plain,
            sign=Sign(str(self.sign.data)),
            adult_stays=bool(self.adult_stays.data),
            equipment=equipment_of(str(self.equipment.data or "")),
            equipment_en=";".join(filter(None, english)),
        )

    def new(self) -> NewActivity:
        return NewActivity(ActivityKind(str(self.kind.data)), self.written())


def values_of(activity: Activity) -> dict[str, Any]:
    """An activity by the names of the form's fields."""
    names = [*ActivityText.__dataclass_fields__, "version"]
    return {
        **{name: getattr(activity, name) for name in names},
        "kind": activity.kind.value,
        "sign": activity.sign.value,
        "equipment": lines_of(activity.equipment),
        "equipment_en": activity.equipment_en.replace(";", "\n"),
    }
