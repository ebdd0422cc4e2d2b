"""What the organisation itself has written on its public pages."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from booking.front.rules import TextPage
from booking.store import Base, enum_column


class PageText(Base):
    """The organisation's own text of a page, in Swedish and perhaps in English; "" in Swedish: the shipped one stands.

    `version` counts the savings (requirement A14).
    """

    __tablename__ = "page_texts"

    page: Mapped[TextPage] = mapped_column(enum_column(TextPage), primary_key=True)
    sv: Mapped[str]
    en: Mapped[str]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    changed_at: Mapped[dt.datetime]
