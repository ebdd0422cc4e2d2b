"""The organisation's own texts."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import select

from booking.front.models import PageText
from booking.front.rules import Block, TextPage, blocks
from booking.store.engine import session


class OwnText(NamedTuple):
    """A text as it was written last; `version` 0: never."""

    sv: str = ""
    en: str = ""
    version: int = 0
    changed_at: dt.datetime | None = None

    @property
    def is_used(self) -> bool:
        """Whether it stands instead of the shipped one."""
        return bool(self.sv)

    def tongue(self, language: str) -> str:
        """The language that a reader of `language` gets it in."""
        return "en" if language == "en" and self.en else "sv"

    def blocks(self, language: str) -> list[Block]:
        return blocks(self.en if self.tongue(language) == "en" else self.sv)


def own_text(page: TextPage) -> OwnText:
    """The text of one page. One query."""
    return own_texts().get(page, OwnText())


def own_texts() -> dict[TextPage, OwnText]:
    """Those that were ever written. One query."""
    rows = session().execute(
        select(PageText.page, PageText.sv, PageText.en, PageText.version, PageText.changed_at).order_by(PageText.page)
    )
    return {page: OwnText(sv, en, version, changed_at) for page, sv, en, version, changed_at in rows}
