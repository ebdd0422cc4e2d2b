"""What stands in a family's own calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import FromClause, Select, bindparam, func, or_
from sqlalchemy.orm import aliased

from booking.bookings.models import Booking, Cancellation, Contact
from booking.bookings.rules import Standing
from booking.calendars.queries.entries import entries, within
from booking.calendars.rules import DAYS_CALLED_OFF, MOST_ENTRIES, Entry, OwnEntry, joined, window
from booking.programme.models import Meeting, Slot
from booking.store import UtcDateTime
from booking.store.engine import autocommitting

_booking, _contact, _cancellation = Booking.__table__.c, Contact.__table__.c, Cancellation.__table__.c
_meeting = Meeting.__table__.c
_OWN_COLUMNS = len(OwnEntry._fields) - 1


def of_family(address_key: str, *, language: str, now: dt.datetime) -> list[OwnEntry]:
    """The meetings of all bookings of an address, one for each meeting and family, earliest first. One query.

    What the family has cancelled stays for DAYS_CALLED_OFF days after that: an entry that vanishes tells nobody why.
    """
    values = {
        **window(now)._asdict(),
        "limit": MOST_ENTRIES,
        "address": address_key,
        "cancelled_since": now - dt.timedelta(days=DAYS_CALLED_OFF),
    }
    return _read(_of_family(language), values)


def of_booking(uid: str, *, language: str) -> list[OwnEntry]:
    """The meetings of one booking with its parts, whatever their time, earliest first. One query."""
    return _read(_of_booking(language), {"booking": uid})


def _read(chosen: Select[Any], values: Mapping[str, Any]) -> list[OwnEntry]:
    with autocommitting() as line:
        rows = line.execute(chosen, values).all()
    return joined(OwnEntry(Entry._make(row[:-_OWN_COLUMNS]), *row[-_OWN_COLUMNS:]) for row in rows)


@lru_cache(4)
def _of_family(language: str) -> Select[Any]:
    booked, _ = _booked(language)
    booked = booked.join(Contact.__table__, _contact.id == _booking.contact_id)
    booked = booked.outerjoin(Cancellation.__table__, _cancellation.booking_id == _booking.id)
    lives = or_(
        _booking.standing != Standing.CANCELLED,
        _cancellation.at >= bindparam("cancelled_since", type_=UtcDateTime()),
    )
    return within(booked.where(_contact.address_key == bindparam("address"), lives))


@lru_cache(4)
def _of_booking(language: str) -> Select[Any]:
    booked, first = _booked(language)
    return booked.where(first.c.uid == bindparam("booking")).order_by(_meeting.starts_at, _meeting.id)


def _booked(language: str) -> tuple[Select[Any], FromClause]:
    """The columns of an OwnEntry, and the table of the bookings that they are told under."""
    booked = entries(language).join(Booking.__table__, _booking.slot_id == Slot.__table__.c.id)
    # Children that were added later are bookings of their own, parts of the family's first.
    first = aliased(Booking.__table__)
    booked = booked.join(first, first.c.id == func.coalesce(_booking.part_of_id, _booking.id))
    return booked.add_columns(first.c.uid, first.c.sequence, _booking.standing, _booking.changed_at), first
