"""What a trainer writes about the own assignments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from booking.programme.rules.proposals import Candidate
from booking.trainers.rules import AbsenceKind, Away
from booking.web.choices import OneOfField
from booking.web.fields import DayField
from booking.web.forms import BaseForm, ShortTextArea
from booking.web.texts import L_, N_, gettext

KINDS = {AbsenceKind.SUDDEN: N_("It came suddenly"), AbsenceKind.PLANNED: N_("It was known before")}


class GiveUpForm(BaseForm):
    reason = ShortTextArea(
        L_("Why?"),
        name="varfor",
        description=L_("Only staff read it. Write nothing about anybody’s health."),
        missing=L_("Write a reason. Only staff read it."),
    )


class SwapForm(BaseForm):
    """Who else could lead, and what to say to them."""

    trainer = OneOfField(L_("Who could lead instead?"), name="ledare", missing=L_("Choose somebody."))
    reason = ShortTextArea(
        L_("What do you want to say?"),
        name="varfor",
        description=L_("The one whom you ask reads it, and staff."),
        missing=L_("Write a few words."),
    )

    def __init__(self, *, candidates: Iterable[Candidate], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.trainer.choices = [(str(one.trainer_id), one.name) for one in candidates]

    @property
    def trainer_id(self) -> int:
        return int(self.trainer.data)


class AbsenceForm(BaseForm):
    """Which days, both included. Why is asked nowhere."""

    first_on = DayField(L_("First day"), name="fran", missing=L_("Choose the first day."))
    last_on = DayField(L_("Last day"), name="till", missing=L_("Choose the last day."))
    kind = OneOfField(L_("How did it come?"), name="slag", missing=L_("Choose how it came."), default="sudden")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.choices = [(kind.value, gettext(words)) for kind, words in KINDS.items()]

    @property
    def days(self) -> Away:
        """Raises AbsenceUpsideDown."""
        assert self.first_on.data
        assert self.last_on.data
        return Away(self.first_on.data, self.last_on.data)

    @property
    def how(self) -> AbsenceKind:
        return AbsenceKind(self.kind.data)
