"""Who wants to be told of what. Addresses stand in these rows alone, and a row goes when its reason does."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from booking.store import Base, Key


class Subscriber(Base):
    """An address with at least one subscription, confirmed or not.

    `ref` is what its links open: a code of chance, so that a link that outlives this row tells nothing. `address_key`
    is a keyed hash of the folded address. `told_on` is the day of the last digest round that it was part of, whether
    there was anything to tell or not.
    """

    __tablename__ = "subscribers"

    id: Mapped[Key]
    ref: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str]
    address_key: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str]
    told_on: Mapped[dt.date | None]


class Subscription(Base):
    """One wish to be told of new slots: at a place or in a village, for an age.

    `area` is a value of the list's filter `var`, "" for anywhere; `age` None: any. `wish_key` (keyed hash of address,
    area and age) is unique. Slots published after `told_until` are new to it. Not confirmed by then, it is deleted
    seven days after `asked_at`.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (CheckConstraint("age BETWEEN 0 AND 99", name="age"),)

    id: Mapped[Key]
    ref: Mapped[str] = mapped_column(unique=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"), index=True)
    area: Mapped[str]
    age: Mapped[int | None]
    wish_key: Mapped[str] = mapped_column(unique=True)
    asked_at: Mapped[dt.datetime] = mapped_column(index=True)
    confirmed_at: Mapped[dt.datetime | None]
    told_until: Mapped[dt.datetime]


class OpeningWish(Base):
    """An address that wants one letter when booking of a slot opens; gone when that is written or has no use.

    `wish_key` (keyed hash of slot and address) is unique; `address_key` ties an address's wishes together.
    """

    __tablename__ = "opening_wishes"

    id: Mapped[Key]
    slot_id: Mapped[int] = mapped_column(ForeignKey("slots.id"), index=True)
    email: Mapped[str]
    address_key: Mapped[str] = mapped_column(index=True)
    wish_key: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str]
    asked_at: Mapped[dt.datetime]
