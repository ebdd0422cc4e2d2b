"""Secret link addresses; beside them the tables of staff."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from booking.accounts.models.staff import Identity, RecoveryCode, SignInTry, Staff, StaffRole, StaffSession
from booking.accounts.rules import Purpose
from booking.store import Base, Key, enum_column

__all__ = ["Identity", "Link", "RecoveryCode", "SignInTry", "Staff", "StaffRole", "StaffSession"]


class Link(Base):
    """One secret address. The token itself is never stored: see `kernel.token`."""

    __tablename__ = "links"
    __table_args__ = (Index(None, "purpose", "subject"),)

    id: Mapped[Key]
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose))
    subject: Mapped[str]
    nonce: Mapped[bytes]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    last_used_on: Mapped[dt.date | None]
