"""The forms of what staff do with a slot."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from wtforms import BooleanField, HiddenField
from wtforms.validators import StopValidation

from booking.desk.forms.fields import NumberChoice
from booking.desk.rules import check_reason
from booking.kernel.period import WallPeriod
from booking.web.fields import DayField, TimeField
from booking.web.forms import BaseForm, ShortTextArea
from booking.web.texts import L_

_NUMBER = re.compile(r"[0-9]{1,9}")


class PlainForm(BaseForm):
    """A button."""


class _Reason(ShortTextArea):
    """Why something is called off: never why somebody is away."""

    limit = 300

    def read(self, raw: str) -> Any:
        line = super().read(raw)
        check_reason(line)
        return line


class CallOffForm(BaseForm):
    reason_sv = _Reason(
        L_("Reason, in Swedish"),
        name="orsak",
        missing=L_("Write a reason in Swedish: it is what families read."),
        description=L_("Families read it. Never write why somebody is away."),
    )
    reason_en = _Reason(
        L_("Reason, in English"),
        name="orsak-en",
        required=False,
        description=L_("For families who read English. Without it they read the Swedish one."),
    )

    @property
    def reasons(self) -> dict[str, str]:
        """In both languages, as the verbs want them."""
        return {"reason_sv": self.reason_sv.data or "", "reason_en": self.reason_en.data or ""}


class _Accepting(ShortTextArea):
    limit = 300


class _WithClashes(BaseForm):
    accepting = _Accepting(
        L_("Reason to go ahead all the same"),
        name="trots",
        required=False,
        description=L_("Only when something speaks against it. Staff read it, families do not."),
    )


class MoveForm(_WithClashes):
    """When and where a meeting is held. `seen` is its sequence when the page was shown (requirement A14)."""

    day = DayField(L_("Day"), name="dag")
    starts = TimeField(L_("Begins"), name="fran")
    ends = TimeField(L_("Ends"), name="till")
    place = NumberChoice(L_("Place"), name="plats", missing=L_("Choose a place."))
    seen = HiddenField(name="sedd")

    def validate_seen(self, field: HiddenField) -> None:
        if not _NUMBER.fullmatch(field.data or ""):
            raise StopValidation(str(L_("Something is missing in the form. Please send it once more.")))

    @property
    def sequence(self) -> int:
        """The meeting's when the page was shown."""
        return int(self.seen.data or 0)

    @property
    def period(self) -> WallPeriod:
        """Raises EndsBeforeItBegins."""
        day: Any = self.day.data
        starts: Any = self.starts.data
        ends: Any = self.ends.data
        return WallPeriod(dt.datetime.combine(day, starts), dt.datetime.combine(day, ends))


class CopyForm(_WithClashes):
    day = DayField(L_("Day of the first meeting"), name="dag")
    with_trainers = BooleanField(L_("Ask the same trainers"), name="ledare")


class AssignForm(_WithClashes):
    trainer = NumberChoice(L_("Trainer"), name="ledare", missing=L_("Choose a trainer."))


class ReplaceForm(_WithClashes):
    """Who leads instead; nobody is an answer, too."""

    trainer = NumberChoice(L_("Who leads instead"), name="ledare")
    reason = _Accepting(
        L_("Reason"),
        name="skal",
        required=False,
        description=L_("Only staff read it. Never write why somebody is away."),
    )


class KitForm(_WithClashes):
    kit = NumberChoice(L_("Kit"), name="utrustning", missing=L_("Choose a kit."))
