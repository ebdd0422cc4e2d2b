"""What subscribers fill in. Past `validate` a form gives a wish."""

from __future__ import annotations

from typing import Any

from booking.kernel.refusal import N_, Refused
from booking.programme.queries import Atlas
from booking.subscriptions.rules import Wish
from booking.web.forms import BaseForm, EmailField, LineField, WholeNumberField
from booking.web.texts import L_

OLDEST = 99


class NoSuchArea(Refused):
    message = N_("Choose a place or a village in the list.")


class AreaField(LineField):
    """A value of the list's filter `var`, "" for anywhere; the page draws the choices."""

    limit = 80
    atlas: Atlas

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.required = False  # yet no field that one may leave out: "all places" is a choice

    def read(self, raw: str) -> str:
        """The value as the list writes it. Raises NoSuchArea."""
        line = str(super().read(raw))
        area = self.atlas.area(line) if line else None
        if line and area is None:
            raise NoSuchArea
        return area.choice.value if area else ""


class WishForm(BaseForm):
    """Where, and for which age. `atlas` holds the places that there are."""

    area = AreaField(L_("Where?"), name="var")
    age = WholeNumberField(L_("For which age?"), name="alder", low=0, high=OLDEST)

    def __init__(self, *, atlas: Atlas, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.area.atlas = atlas
        self.age.required = False

    @property
    def wish(self) -> Wish:
        """What was chosen; only after validation."""
        age: Any = self.age.data  # a number since `validate`
        return Wish(self.area.data or "", age)


class AskForm(WishForm):
    """A new subscription: a wish and an address."""

    email = EmailField(
        L_("E-mail"),
        name="epost",
        description=L_("We first send a letter in which you say yes."),
        missing=L_("Write the e-mail address that we shall write to."),
    )


class OpeningForm(BaseForm):
    """Where to write when booking opens."""

    email = EmailField(
        L_("E-mail"),
        name="epost",
        description=L_("We write once, when booking opens, and then no more."),
        missing=L_("Write the e-mail address that we shall write to."),
    )
