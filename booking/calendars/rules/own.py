"""How a family's own calendar tells of a booking: pure rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from booking.bookings.rules import Standing, entry_sequence, entry_uid
from booking.calendars.rules.entries import Entry, Words, event_of
from booking.kernel.ical import Event, Status, called_off

ALARM_MINUTES = 120
"""How long before a meeting a family's own calendar rings: time to leave the house."""


class OwnEntry(NamedTuple):
    """One meeting of one booking: those that were added to it later tell the same story, and stand here as well.

    `booking_uid` and `booking_sequence` are those of the family's first booking, `changed_at` is this one's.
    """

    entry: Entry
    booking_uid: str
    booking_sequence: int
    standing: Standing
    changed_at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class OwnWords:
    """What a family's own calendar says beside a meeting, in one language."""

    cancelled: str
    queued: str
    queued_note: str


def joined(found: Iterable[OwnEntry]) -> list[OwnEntry]:
    """One entry for each meeting that a family has a part in, in the order given.

    A family comes as soon as one child has a seat, waits while any child does, and has cancelled when none is left.
    """
    families: dict[tuple[str, str], OwnEntry] = {}
    for part in found:
        key = (part.booking_uid, part.entry.uid)
        first = families.setdefault(key, part)
        if first is not part:
            standing = min(first.standing, part.standing, key=_RANKS.index)
            changed_at = max(first.changed_at, part.changed_at)
            families[key] = first._replace(standing=standing, changed_at=changed_at)
    return list(families.values())


_RANKS = (Standing.SEATED, Standing.QUEUED, Standing.CANCELLED)


def own_event(found: OwnEntry, words: Words, own: OwnWords) -> Event:
    """The meeting as this family's own event: nothing in it tells who comes, nor where the booking can be changed.

    A seat is CONFIRMED and rings; a place in the queue is TENTATIVE, keeps nobody busy and says so in words; what the
    family or the organiser has cancelled is CANCELLED, each in its own word.
    """
    is_over = found.standing is Standing.CANCELLED
    entry = found.entry._replace(is_off=False, reason="") if is_over else found.entry
    # Whoever has booked reads more; only the public feed says "and book".
    event = event_of(entry, replace(words, book=words.read))
    event = replace(
        event,
        uid=entry_uid(found.booking_uid, event.uid),
        sequence=entry_sequence(found.booking_sequence, event.sequence),
        changed_at=max(event.changed_at, found.changed_at),
    )
    if is_over:
        return called_off(event, word=own.cancelled)
    if found.standing is Standing.QUEUED and not entry.is_off:
        return replace(
            event,
            summary=f"{own.queued}: {event.summary}",
            description=f"{own.queued_note}\n\n{event.description}",
            status=Status.TENTATIVE,
            transparent=True,
        )
    return event if entry.is_off else replace(event, alarm_minutes=ALARM_MINUTES)
