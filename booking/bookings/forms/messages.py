"""What staff write to a slot's families."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, RadioField
from wtforms.validators import StopValidation

from booking.bookings.queries.messages import Choice
from booking.bookings.rules.messages import LENGTH, Note, Recipients
from booking.kernel import text
from booking.web.fields import ProseField
from booking.web.forms import BaseForm, HiddenKey
from booking.web.texts import L_, N_, gettext, ngettext

_WHO = {
    Recipients.EVERYBODY: N_("Everybody, with seats and in the queue"),
    Recipients.SEATED: N_("Those with seats"),
    Recipients.QUEUED: N_("Those in the queue"),
    Recipients.PRESENT: N_("Those who were there last time"),
}


def who(recipients: Recipients) -> str:
    """In the page's language."""
    return gettext(_WHO[recipients])


class _WhoField(RadioField):
    def pre_validate(self, _form: Any) -> None:
        if self.data not in [value for value, *_ in self.iter_choices()]:
            raise StopValidation(gettext("Choose to whom you write."))


class _Words(ProseField):
    """Staff's own words: no personal identity number (requirement C13)."""

    limit = LENGTH

    def read(self, raw: str) -> str:
        words = super().read(raw)
        if text.find_identity_number(words):
            raise text.IdentityNumber
        return words


class MessageForm(BaseForm):
    """To whom and what; `step` says whether it is only looked at."""

    form_key = HiddenKey(name="nyckel")
    step = HiddenField(name="steg")
    to = _WhoField(L_("To whom"), name="till")
    words_sv = _Words(
        L_("What you want to say, in Swedish"),
        name="text",
        missing=L_("Write what you want to say, in Swedish."),
        description=L_("Plain text. Greeting, workshop, the way to the booking and the library's name are added."),
    )
    words_en = _Words(
        L_("The same in English"),
        name="text-en",
        required=False,
        description=L_("For families who read English. Without it they read the Swedish one."),
    )

    def __init__(self, choices: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.to.choices = [(choice.recipients.value, _with_number(choice)) for choice in choices]

    @property
    def note(self) -> Note:
        """Only after validation."""
        return Note(Recipients(self.to.data), str(self.words_sv.data), str(self.words_en.data or ""))

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What the second page sends again."""
        note = self.note
        return [("nyckel", str(self.form_key.data)), ("till", note.to), ("text", note.sv), ("text-en", note.en)]


def _with_number(choice: Choice) -> str:
    families = ngettext("%(num)s family", "%(num)s families", len(choice.families))
    return f"{who(choice.recipients)}: {families}"
