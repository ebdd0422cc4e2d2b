"""How a meeting is told in a calendar: pure rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from booking.kernel.ical import Event, called_off, location
from booking.programme.rules import Admission

OPENING_MINUTES = 15
"""The length of the entry for the moment when booking opens, and how long before it the alarm sounds."""


class Entry(NamedTuple):
    """One meeting with all that a calendar shows of it, in one language. Nothing here is about a person.

    `is_off` when the meeting or its whole slot is called off, `reason` then what the organiser says. `changed_at` is
    the latest change of meeting, slot, activity and place. `kind`, `admission` and `place_kind` are the words of
    ActivityKind, Admission and PlaceKind.
    """

    uid: str
    sequence: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    slot_id: int
    is_off: bool
    reason: str
    title: str
    description: str
    bring: str
    kind: str
    admission: str
    age_min: int | None
    age_max: int | None
    adult_stays: bool
    is_online: bool
    place_name: str
    place_kind: str
    address: str
    postal_code: str
    locality: str
    latitude: float | None
    longitude: float | None
    changed_at: dt.datetime


class Opening(NamedTuple):
    """The moment when booking of a slot opens. `uid` is its first meeting's, which is random and for life."""

    uid: str
    slot_id: int
    opens_at: dt.datetime
    title: str
    is_off: bool
    changed_at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Words:
    """What an entry says around the data, in one language: translated at the edge, once a feed.

    `site` is the address that the language's pages begin with, without a slash at the end. `ages` tells a span of ages,
    `place` a place by its name and kind, `when` the day and the times from a start to an end.
    """

    site: str
    called_off: str
    opening: str
    adult_stays: str
    bring: str
    drop_in: str
    group: str
    book: str
    read: str
    kinds: Mapping[str, str]
    ages: Callable[[int | None, int | None], str]
    place: Callable[[str, str], str]
    when: Callable[[dt.datetime, dt.datetime], str]


def event_of(entry: Entry, words: Words) -> Event:
    """The meeting as a calendar event; the same entry and words always give the same."""
    ages = words.ages(entry.age_min, entry.age_max)
    url = f"{words.site}/pass/{entry.slot_id}"
    event = Event(
        uid=entry.uid,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        changed_at=entry.changed_at,
        sequence=entry.sequence,
        summary=entry.title,
        description=_description(entry, words, ages=ages, url=url),
        location=_location(entry, words),
        url=url,
        geo=_position(entry),
        categories=(words.kinds[entry.kind], ages),
    )
    return called_off(event, word=words.called_off) if entry.is_off else event


def event_of_opening(opening: Opening, words: Words) -> Event:
    """The moment when booking opens, as a short entry with an alarm.

    SEQUENCE counts minutes: a slot counts no changes of its own, and Google ignores a new time until SEQUENCE rises.
    """
    url = f"{words.site}/pass/{opening.slot_id}"
    event = Event(
        uid=f"opening-{opening.uid}",
        starts_at=opening.opens_at,
        ends_at=opening.opens_at + dt.timedelta(minutes=OPENING_MINUTES),
        changed_at=opening.changed_at,
        sequence=max(0, int(opening.changed_at.timestamp())) // 60,
        summary=f"{words.opening}: {opening.title}",
        description=f"{words.book}: {url}",
        url=url,
        transparent=True,
        alarm_minutes=OPENING_MINUTES,
    )
    return called_off(event, word=words.called_off) if opening.is_off else event


def _description(entry: Entry, words: Words, *, ages: str, url: str) -> str:
    who = f"{ages}. {words.adult_stays}." if entry.adult_stays else f"{ages}."
    may_book = entry.admission == Admission.BOOKING and not entry.is_off
    pieces = [
        entry.reason,
        who,
        entry.description,
        f"{words.bring}: {entry.bring}" if entry.bring else "",
        words.drop_in if entry.admission == Admission.DROP_IN else "",
        words.group if entry.admission == Admission.CLOSED_GROUP else "",
        f"{words.book if may_book else words.read}: {url}",
    ]
    return "\n\n".join([piece for piece in pieces if piece])


def _location(entry: Entry, words: Words) -> str:
    name = words.place(entry.place_name, entry.place_kind)
    if entry.is_online:
        return name
    return location(name, address=entry.address, postal_code=entry.postal_code, locality=entry.locality)


def _position(entry: Entry) -> tuple[float, float] | None:
    if entry.is_online or entry.latitude is None or entry.longitude is None:
        return None
    return entry.latitude, entry.longitude
