"""Days off in the calendar that staff keep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from booking.kernel import cells
from booking.places.forms.fields import CellField, ChoiceField, DayField
from booking.places.queries.register import DaysRow
from booking.places.rules import DayOffKind, DaysUpsideDown
from booking.web.editing import EditForm
from booking.web.errors import explain
from booking.web.texts import L_, N_, gettext

DAY_WORDS = {
    DayOffKind.SCHOOL_BREAK: N_("School break"),
    DayOffKind.HOLIDAY: N_("Public holiday"),
    DayOffKind.OTHER: N_("Other"),
}
ALL_PLACES = "alla"


class DaysForm(EditForm):
    """One or several days in a row."""

    days_name = CellField(
        L_("Name"),
        name="namn",
        read_cell=cells.text(80),
        limit=80,
        missing=L_("Write what the days are called."),
        description=L_("Such as Höstlov, or Inventering."),
    )
    kind = ChoiceField(L_("Kind"), name="typ", missing=L_("Choose what sort of days."), of=DayOffKind)
    first_on = DayField(L_("First day"), name="fran", missing=L_("Write the first day."))
    last_on = DayField(L_("Last day"), name="till", required=False, description=L_("Left empty, it is that one day."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.offer((kind, gettext(said)) for kind, said in DAY_WORDS.items())

    def show(self, days: DaysRow) -> None:
        """Fill in what is saved now."""
        self.process(
            None,
            version=days.version,
            days_name=days.name,
            kind=days.kind,
            first_on=days.first_on,
            last_on=days.last_on,
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """In order, too."""
        is_right = super().validate(extra_validators)
        first, last = self.first_on.data, self.last_on.data
        if isinstance(first, dt.date) and isinstance(last, dt.date) and last < first:
            self.last_on.errors = [explain(DaysUpsideDown())]
            return False
        return is_right

    @property
    def last(self) -> dt.date:
        last: dt.date = self.last_on.data or self.first_on.data
        return last


class NewDaysForm(DaysForm):
    """With the place that they are about."""

    where = ChoiceField(L_("Where"), name="var", missing=L_("Choose where."))

    def __init__(self, *, places: Sequence[tuple[int, str]], may_keep_all: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        everywhere = [(ALL_PLACES, gettext("All places"))] if may_keep_all else []
        self.where.offer([*everywhere, *places])

    @property
    def place_id(self) -> int | None:
        """None: all places."""
        return None if self.where.data == ALL_PLACES else int(str(self.where.data))
