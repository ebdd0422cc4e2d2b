"""Who is away and when; and what becomes of each meeting that this touches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField

from booking.desk.forms.own import AbsenceForm
from booking.desk.services.illness import Choice, What
from booking.programme.rules.proposals import Candidate
from booking.trainers.models import Trainer
from booking.web.choices import ChoiceField, OneOfField
from booking.web.forms import BaseForm, PartForm, ShortTextArea
from booking.web.texts import L_, gettext


class WhoForm(AbsenceForm):
    """The trainer and the days."""

    trainer = ChoiceField(L_("Who is away?"), name="ledare", missing=L_("Choose who is away."))

    def __init__(self, *, trainers: Iterable[Trainer], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.trainer.choices = [("", gettext("Choose")), *((str(one.id), one.name) for one in trainers)]

    @property
    def trainer_id(self) -> int:
        return int(self.trainer.data)


@dataclass(frozen=True)
class Row:
    """A touched meeting as the form asks about it. `may_choose` is False at another library's: it is left open."""

    assignment_id: int
    candidates: Sequence[Candidate]
    may_choose: bool
    may_call_off: bool


class MeetingPart(PartForm):
    """What becomes of one meeting."""

    what = OneOfField(L_("What becomes of it?"), name="val", missing=L_("Choose what becomes of this meeting."))

    def __init__(self, row: Row, sent: MultiDict[str, str] | None) -> None:
        super().__init__(sent, prefix=f"uppdrag-{row.assignment_id}-")
        self.row = row
        people = [(_value(one), one.name) for one in row.candidates] if row.may_choose else []
        off = [(What.OFF.value, gettext("Call it off"))] if row.may_choose and row.may_call_off else []
        self.what.choices = [*people, (What.OPEN.value, gettext("Leave it open, it is held")), *off]
        if not row.may_choose:
            self.what.data = What.OPEN.value
        elif sent is None and row.candidates:
            self.what.data = _value(row.candidates[0])  # the best one is proposed

    @property
    def choice(self) -> Choice:
        kind, _, number = str(self.what.data).partition(":")
        return Choice(What(kind), int(number) if number else None)


class SeeToForm(BaseForm):
    """One choice for each meeting, and what is said to families and kept about warnings."""

    touched = HiddenField(name="berorda")
    reason_sv = ShortTextArea(
        L_("What families read about what is called off, in Swedish"),
        name="orsak",
        required=False,
        description=L_("For example: We cannot hold it that day. Write nothing about who is away or why."),
    )
    reason_en = ShortTextArea(L_("The same in English"), name="orsak_en", required=False)
    accepting = ShortTextArea(
        L_("Why it is all right in spite of the warnings"),
        name="trots",
        required=False,
        description=L_("Needed only if you choose somebody with a warning. Staff read it."),
    )

    def __init__(self, *, rows: Sequence[Row], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        shown = ",".join(str(row.assignment_id) for row in rows)
        self.is_changed = self.touched.data is not None and self.touched.data != shown
        self.touched.data = shown
        self.touched.raw_data = None
        self.parts = [MeetingPart(row, self.sent()) for row in rows]

    @property
    def choices(self) -> dict[int, Choice]:
        return {part.row.assignment_id: part.choice for part in self.parts if isinstance(part, MeetingPart)}


def _value(candidate: Candidate) -> str:
    return f"{What.INSTEAD.value}:{candidate.trainer_id}"
