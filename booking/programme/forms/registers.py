"""The pages of a trainer and of a kit as forms."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import HiddenField

from booking.kernel import text
from booking.kernel.refusal import N_, Refused
from booking.programme.rules import ActivityKind
from booking.programme.rules.registers import KitPage, TrainerPage
from booking.trainers.rules import PIECES_LIMIT, Work
from booking.web.choices import ChoiceField, SeveralField
from booking.web.fields import DayField
from booking.web.forms import BaseForm, LineField, NameField, ShortTextArea, ShortTextField, WholeNumberField
from booking.web.texts import L_, gettext

Choices = Sequence[tuple[str, str]]
KINDS = {
    ActivityKind.WORKSHOP: N_("Every workshop"),
    ActivityKind.COURSE: N_("Every course"),
    ActivityKind.LECTURE: N_("Every lecture"),
    ActivityKind.SEMINAR: N_("Every seminar"),
}


class BadHours(Refused):
    message = N_("Write times as 9-12, 13-16.30, or nothing for a free day.")


class HoursField(LineField):
    """Working hours of a weekday (1 is Monday, ISO): "9-12, 13-16.30". `work` holds the spans once it is valid."""

    limit = 80

    def __init__(self, label: Any = None, *, weekday: int, **kwargs: Any) -> None:
        super().__init__(label, required=False, **kwargs)
        self.weekday = weekday
        self.work: list[Work] = []

    def read(self, raw: str) -> str:
        line = text.ascii_digits(text.one_line(raw, limit=self.limit))
        self.work = [self._span(piece) for piece in line.split(",") if piece.strip()]
        return hours_words(self.work, self.weekday)

    def _span(self, piece: str) -> Work:
        found = _SPAN.fullmatch(piece.strip())
        if not found:
            raise BadHours
        hours = [int(found[name] or 0) for name in ("h1", "m1", "h2", "m2")]
        try:
            return Work(self.weekday, dt.time(hours[0], hours[1]), dt.time(hours[2], hours[3]))
        except ValueError as fault:
            raise BadHours from fault


_SPAN = re.compile(r"(?P<h1>\d{1,2})(?:[.:](?P<m1>\d{2}))?\s*[-–]\s*(?P<h2>\d{1,2})(?:[.:](?P<m2>\d{2}))?", re.ASCII)


def hours_words(hours: Iterable[Work], weekday: int) -> str:
    """The spans of a weekday as the field shows them and reads them again."""
    return ", ".join(f"{one.starts:%H.%M}-{one.ends:%H.%M}" for one in hours if one.weekday == weekday)


class TrainerForm(BaseForm):
    version = HiddenField(name="version")
    trainer_name = NameField(L_("Name"), name="namn", render_kw={"autocomplete": "off"})
    home = ChoiceField(L_("Home place"), name="hemort", description=L_("Travel is counted from here."))
    day_1 = HoursField(L_("Monday"), weekday=1, name="dag-1", description=L_("For example 9-12, 13-16.30"))
    day_2 = HoursField(L_("Tuesday"), weekday=2, name="dag-2")
    day_3 = HoursField(L_("Wednesday"), weekday=3, name="dag-3")
    day_4 = HoursField(L_("Thursday"), weekday=4, name="dag-4")
    day_5 = HoursField(L_("Friday"), weekday=5, name="dag-5")
    day_6 = HoursField(L_("Saturday"), weekday=6, name="dag-6")
    day_7 = HoursField(L_("Sunday"), weekday=7, name="dag-7")
    kinds = SeveralField(L_("Can lead"), name="slag")
    activities = SeveralField(L_("Or these"), name="aktivitet")
    staff = ChoiceField(
        L_("Account"),
        name="konto",
        description=L_("The account reaches the meetings that the trainer leads. It needs the role Trainer."),
    )
    left_on = DayField(
        L_("Leads nothing from this day on"), name="slutar", required=False, description=L_("Empty: leads for now.")
    )

    def __init__(self, *, homes: Choices, activities: Choices, accounts: Choices, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.home.choices = [("", gettext("Nowhere in particular")), *homes]
        self.kinds.choices = [(kind.value, gettext(words)) for kind, words in KINDS.items()]
        self.activities.choices = list(activities)
        self.staff.choices = [("", gettext("None")), *accounts]

    @property
    def days(self) -> list[HoursField]:
        return [field for field in self if isinstance(field, HoursField)]

    @property
    def page(self) -> TrainerPage:
        return TrainerPage(
            name=str(self.trainer_name.data),
            home_place_id=_number(self.home.data),
            hours=[span for day in self.days for span in day.work],
            activity_ids=[int(number) for number in self.activities.data or ()],
            kinds=[ActivityKind(kind) for kind in self.kinds.data or ()],
            staff_id=_number(self.staff.data),
            left_on=self.left_on.data or None,
        )

    @staticmethod
    def values(page: TrainerPage, *, version: int) -> dict[str, Any]:
        """What stands in the form's fields for this page."""
        return {
            "version": str(version),
            "trainer_name": page.name,
            "home": str(page.home_place_id or ""),
            **{f"day_{number}": hours_words(page.hours, number) for number in range(1, 8)},
            "kinds": [kind.value for kind in page.kinds],
            "activities": [str(number) for number in page.activity_ids],
            "staff": str(page.staff_id or ""),
            "left_on": page.left_on,
        }


class KitForm(BaseForm):
    version = HiddenField(name="version")
    kit_name = ShortTextField(L_("Name"), name="namn", missing=L_("Write the name."), render_kw={"autocomplete": "off"})
    thing = ShortTextField(
        L_("What is in it"),
        name="sak",
        missing=L_("Write what is in the kit, as it stands among the activity's equipment."),
        description=L_("As it stands among the activity’s equipment, for example Blue-Bot."),
    )
    pieces = WholeNumberField(
        L_("Whole pieces"), name="antal", low=1, high=PIECES_LIMIT, missing=L_("Count the pieces that are whole.")
    )
    home = ChoiceField(L_("Home place"), name="hemort", missing=L_("Choose where it is at home."))
    at = ChoiceField(L_("Stands now at"), name="star", missing=L_("Choose where it stands."))
    brought_by = ChoiceField(L_("Who brings it next"), name="tar-med")
    note = ShortTextArea(
        L_("Note"), name="anteckning", required=False, description=L_("What is missing or broken, for example.")
    )
    retired_on = DayField(
        L_("Out of use from this day on"), name="utgar", required=False, description=L_("Empty: in use.")
    )

    def __init__(self, *, homes: Choices, places: Choices, people: Choices, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.home.choices = [("", gettext("Choose")), *homes]
        self.at.choices = [("", gettext("Choose")), *places]
        self.brought_by.choices = [("", gettext("Nobody in particular")), *people]

    @property
    def page(self) -> KitPage:
        return KitPage(
            name=str(self.kit_name.data),
            thing=str(self.thing.data),
            pieces=int(self.pieces.data or 0),
            home_place_id=int(self.home.data),
            at_place_id=int(self.at.data),
            brought_by_id=_number(self.brought_by.data),
            note=str(self.note.data),
            retired_on=self.retired_on.data or None,
        )

    @staticmethod
    def values(page: KitPage, *, version: int) -> dict[str, Any]:
        """What stands in the form's fields for this page."""
        return {
            "version": str(version),
            "kit_name": page.name,
            "thing": page.thing,
            "pieces": page.pieces,
            "home": str(page.home_place_id),
            "at": str(page.at_place_id),
            "brought_by": str(page.brought_by_id or ""),
            "note": page.note,
            "retired_on": page.retired_on,
        }


def _number(chosen: Any) -> int | None:
    return int(chosen) if chosen else None
