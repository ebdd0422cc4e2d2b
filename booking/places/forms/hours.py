"""A place's opening hours: a line for each weekday, and the days that are not as usual."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from booking.kernel import cells
from booking.places.forms.fields import CellField, DayField
from booking.places.rules import Hours, Span
from booking.places.rules.keeping import read_spans, week_of, write_spans
from booking.web import filters
from booking.web.editing import Difference, EditForm, words
from booking.web.forms import PartForm
from booking.web.language import current_language
from booking.web.texts import L_, gettext

# Empty rows for days that are not there yet; saving gives as many again.
SPARE = 3
MOST = 120
_ROW = re.compile(r"undantag-([0-9]{1,3})-dag")


class ExceptionForm(PartForm):
    """One day that is not as usual."""

    on_day = DayField(L_("Day"), name="dag", required=False)
    times = CellField(
        L_("Open"), name="tider", read_cell=read_spans, empty=(), limit=80, required=False, render_kw={"size": 14}
    )
    note = CellField(L_("Why"), name="anm", read_cell=cells.text(80), limit=80, required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """Without a day the rest says nothing."""
        is_right = super().validate(extra_validators)
        if is_right and self.on_day.data is None and (self.times.data or self.note.data):
            self.on_day.errors = [gettext("Write which day this is about.")]
            return False
        return is_right

    @property
    def hours(self) -> Iterator[Hours]:
        if self.on_day.data is None:
            return
        for opens, closes in self.times.data or [(None, None)]:
            yield Hours(on_day=self.on_day.data, opens=opens, closes=closes, note=self.note.data)


class _DayHoursField(CellField):
    """A weekday's hours in one line; nothing: closed."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, read_cell=read_spans, empty=(), limit=80, required=False, **kwargs)

    def _value(self) -> str:
        return write_spans(self.data) if isinstance(self.data, tuple) and not self.raw_data else super()._value()


class HoursForm(EditForm):
    """The whole of it, saved at once."""

    day_1 = _DayHoursField(name="mandag")
    day_2 = _DayHoursField(name="tisdag")
    day_3 = _DayHoursField(name="onsdag")
    day_4 = _DayHoursField(name="torsdag")
    day_5 = _DayHoursField(name="fredag")
    day_6 = _DayHoursField(name="lordag")
    day_7 = _DayHoursField(name="sondag")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, field in enumerate(self.days):
            field.label.text = filters.upper_first(filters.weekday_name(current_language(), day))
        self.exceptions = self._sent_rows()
        self.parts = self.exceptions

    @property
    def days(self) -> list[Any]:
        return [self[f"day_{day}"] for day in range(1, 8)]

    def _sent_rows(self) -> list[ExceptionForm]:
        sent = self.sent()
        numbers = sorted({int(found[1]) for key in sent or () if (found := _ROW.fullmatch(key))})[:MOST]
        return [ExceptionForm(sent, prefix=f"undantag-{number}-") for number in numbers]

    def show(self, hours: Sequence[Hours], *, version: int, today: dt.date) -> None:
        """Fill in what is saved now; days that have passed are not shown, and stay."""
        week = week_of(hours)
        spans: dict[str, Any] = {f"day_{day}": tuple(found) for day, found in week.items()}
        self.process(None, version=version, **spans)
        for day, field in enumerate(self.days):
            field.label.text = filters.upper_first(filters.weekday_name(current_language(), day))
        rows = [*coming_exceptions(hours, today=today), *[(None, "", "")] * SPARE]
        self.exceptions = [
            ExceptionForm(None, prefix=f"undantag-{number}-", on_day=day, times=times, note=note)
            for number, (day, times, note) in enumerate(rows, start=1)
        ]
        self.parts = self.exceptions

    def hours(self, saved: Sequence[Hours], *, today: dt.date) -> list[Hours]:
        """What to save: the form's, with the notes of the week's hours that stay, and the days that have passed."""
        notes = {(one.weekday, one.opens, one.closes): one.note for one in saved if one.weekday is not None}
        week = [
            Hours(weekday=day, opens=opens, closes=closes, note=notes.get((day, opens, closes), ""))
            for day, field in enumerate(self.days, start=1)
            for opens, closes in field.data
        ]
        passed = [one for one in saved if one.on_day is not None and one.on_day < today]
        return [*week, *passed, *(one for row in self.exceptions for one in row.hours)]

    def validate(self, extra_validators: Any = None) -> bool:
        """A day stands in one row."""
        is_right = super().validate(extra_validators)
        seen: set[dt.date] = set()
        for row in self.exceptions:
            day = row.on_day.data
            if isinstance(day, dt.date) and day in seen:
                row.on_day.errors = [gettext("This day stands here twice. Write all its hours in one row.")]
                is_right = False
            elif isinstance(day, dt.date):
                seen.add(day)
        return is_right

    def compare(self, saved: EditForm) -> None:
        super().compare(saved)
        assert isinstance(saved, HoursForm)
        week = [one for one in self.differences if one.label in {str(field.label.text) for field in self.days}]
        both = (saved.told_exceptions, self.told_exceptions)
        if both[0] != both[1]:
            week.append(Difference(gettext("Days that are not as usual"), *both))
        self.differences = tuple(week)

    @property
    def told_exceptions(self) -> str:
        """The rows with a day, in one line."""
        told = sorted([words(field) for field in (row.on_day, row.times, row.note)] for row in self.exceptions)
        closed = gettext("Closed")
        return "; ".join(f"{day} {times or closed} {note}".strip() for day, times, note in told if day)


def coming_exceptions(hours: Sequence[Hours], *, today: dt.date) -> list[tuple[dt.date | None, str, str]]:
    """The days from `today` on that are not as usual: day, hours ("": closed) and why."""
    known = (one for one in hours if one.on_day is not None)
    days = sorted(known, key=lambda one: (one.on_day or today, one.opens or dt.time()))
    rows: list[tuple[dt.date | None, str, str]] = []
    for day, group in groupby(days, key=lambda one: one.on_day):
        found = list(group)
        spans: list[Span] = [(one.opens, one.closes) for one in found if one.opens and one.closes]
        if day is not None and day >= today:
            rows.append((day, write_spans(spans), next((one.note for one in found if one.note), "")))
    return rows
