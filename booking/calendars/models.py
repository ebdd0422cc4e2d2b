"""The state of everything that feeds show, as one row."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, Integer
from sqlalchemy.orm import Mapped, mapped_column

from booking.store import Base
from booking.store.base import BigKey


class FeedState(Base):
    """One row, numbered 1, once anything has been written; none before.

    `revision` grows with every transaction that writes an activity, a slot, a meeting, a call-off or a place, in that
    same transaction: who sees a revision sees all that belongs to it, and two readers of one revision see the same.
    Triggers keep it (revision 0004), so no verb can forget it. It begins at random: a database that was emptied must
    not count through numbers under which something is still kept. `changed_at` is the newest `changed_at` ever written,
    `writer` the transaction that wrote last, on PostgreSQL.
    """

    __tablename__ = "feed_state"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigKey)
    changed_at: Mapped[dt.datetime | None]
    writer: Mapped[int | None] = mapped_column(BigInteger)
