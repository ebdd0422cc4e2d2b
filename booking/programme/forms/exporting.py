"""Which part of the plan leaves as a spreadsheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict
from wtforms import Field

from booking.kernel.refusal import N_, Refused
from booking.programme.queries.exporting import PlaceChoice
from booking.web.errors import explain
from booking.web.fields import DayField
from booking.web.forms import LineField, PartForm
from booking.web.texts import L_


class UnknownPlace(Refused):
    message = N_("Choose one of the places.")


class PlaceField(LineField):
    """The number of one of the places that may be chosen; None for all of them."""

    choices: Iterable[PlaceChoice] = ()

    def read(self, raw: str) -> int | None:
        line = super().read(raw)
        if not line:
            return None
        known = {str(choice.id): choice.id for choice in self.choices}
        if line not in known:
            raise UnknownPlace
        return known[line]


class Wish(NamedTuple):
    """Days, both included, and one place or all."""

    first: dt.date
    last: dt.date
    place_id: int | None


class ExportForm(PartForm):
    """First and last day, and a place. It only asks, so it is sent by GET and carries no token."""

    first = DayField(L_("From"), name="fran")
    last = DayField(L_("To"), name="till")
    place = PlaceField(L_("Place"), name="var", required=False)

    def __init__(self, formdata: MultiDict[str, str] | None, *, places: Iterable[PlaceChoice], **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.place.choices = list(places)

    @property
    def error_list(self) -> list[tuple[str | None, str]]:
        """As BaseForm's, for the summary on top."""
        own: list[tuple[str | None, str]] = [(None, str(said)) for said in self.form_errors]
        return [*own, *((field.id, str(said)) for field in self for said in field.errors)]

    def refuse(self, refused: Refused) -> None:
        """Put a refusal at its field, or at the form."""
        field: Field | None = self._fields.get(refused.field or "")
        if field is None:
            self.form_errors.append(explain(refused))
        else:
            field.errors = [*field.errors, explain(refused)]

    @property
    def wish(self) -> Wish:
        """What was chosen, once it is valid."""
        days: tuple[Any, Any] = self.first.data, self.last.data
        place: Any = self.place.data
        return Wish(*days, place)
