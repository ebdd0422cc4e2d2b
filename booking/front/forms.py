"""The organisation's own text of a page, in two languages."""

from __future__ import annotations

from typing import Any

from wtforms.widgets import TextArea

from booking.front.queries.texts import OwnText
from booking.kernel import cells, text
from booking.web.editing import EditForm
from booking.web.forms import LineField
from booking.web.texts import L_

# Both together, as a browser sends them, keep within the largest body that is let in.
LONGEST = 6_000


class _TextField(LineField):
    """Text of several lines. No personal identity number (requirement C13)."""

    widget = TextArea()
    data: Any

    def read(self, raw: str) -> Any:
        written = cells.prose(LONGEST)(raw).strip()
        if text.find_identity_number(written):
            raise text.IdentityNumber
        return written


class TextForm(EditForm):
    sv = _TextField(L_("Text in Swedish"), name="svenska", required=False, render_kw={"rows": 14, "maxlength": LONGEST})
    en = _TextField(
        L_("Text in English"),
        name="engelska",
        required=False,
        render_kw={"rows": 14, "maxlength": LONGEST, "lang": "en"},
        description=L_("Left empty, readers of English get the Swedish text."),
    )

    def show(self, own: OwnText) -> None:
        """Fill in what is saved now."""
        self.process(None, version=own.version, sv=own.sv, en=own.en)
