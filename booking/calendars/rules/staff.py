"""How calendars of trainers and of libraries' desks tell of a meeting: pure rules. Nobody who comes is named (J11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from booking.calendars.rules.entries import Entry, Words, event_of
from booking.kernel.ical import Event, Status, called_off
from booking.programme.rules.errands import Errand

# Before it is time to leave, or to prepare where there is no road.
ALARM_MINUTES = 10


class KitLine(NamedTuple):
    """A kit of a meeting: where it stands now and who brings it; "" for nobody in particular."""

    name: str
    at_name: str
    is_here: bool
    brought_by: str


class LedEntry(NamedTuple):
    """A meeting that a trainer leads, or led no more (`is_over`). `uid` and `sequence` are the assignment's own.

    `is_asked`: the trainer has not answered. `children` have a seat. `changed_at` counts everything that shows.
    """

    entry: Entry
    assignment_id: int
    uid: str
    sequence: int
    is_asked: bool
    is_over: bool
    is_draft: bool
    errand: Errand
    kits: Sequence[KitLine]
    children: int
    changed_at: dt.datetime


class DeskEntry(NamedTuple):
    """A meeting as a library's desk sees it: counts of seats and of children, parties in the queue, who leads."""

    entry: Entry
    is_draft: bool
    seats: int
    seated: int
    queued: int
    trainers: Sequence[str]
    changed_at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class StaffWords:
    """What these calendars say, in one language. The functions fill in times, numbers and names."""

    site: str
    over: str
    asked: str
    draft: str
    leave: Callable[[str, dt.datetime, int], str]
    prepare: Callable[[dt.datetime], str]
    clear: Callable[[dt.datetime], str]
    children: Callable[[int], str]
    taken: Callable[[int, int, int], str]
    kit: Callable[[KitLine], str]
    equipment: str
    led_by: Callable[[Sequence[str]], str]
    nobody: str
    read: str


def led_event(found: LedEntry, words: Words, staff: StaffWords) -> Event:
    """The meeting as the trainer's own event. Asked for is TENTATIVE; taken off or called off is CANCELLED (F7)."""
    entry = found.entry._replace(is_off=False, reason="") if found.is_over else found.entry
    url = f"{staff.site}/personal/uppdrag/{found.assignment_id}"
    event = replace(
        event_of(entry, words),
        uid=found.uid,
        sequence=found.sequence,
        changed_at=found.changed_at,
        url=url,
        description="\n".join([*_errand_lines(found, staff), "", f"{staff.read}: {url}"]),
    )
    if found.is_over:
        return called_off(event, word=staff.over)
    if entry.is_off:
        return event
    if found.is_draft:
        event = replace(event, summary=f"{staff.draft}: {event.summary}")
    if found.is_asked:
        return replace(event, summary=f"{staff.asked}: {event.summary}", status=Status.TENTATIVE)
    ahead = (event.starts_at - found.errand.leaves_at) // dt.timedelta(minutes=1)
    return replace(event, alarm_minutes=ahead + ALARM_MINUTES)


def _errand_lines(found: LedEntry, staff: StaffWords) -> list[str]:
    errand = found.errand
    lines = []
    if errand.origin is not None and errand.travel_minutes:
        lines.append(staff.leave(errand.origin.name, errand.leaves_at, errand.travel_minutes))
    if errand.packs_at != found.entry.starts_at:
        lines.append(staff.prepare(errand.packs_at))
    lines += [staff.clear(errand.cleared_at), staff.children(found.children)]
    if found.kits:
        lines += [f"{staff.equipment}:", *(f"- {staff.kit(kit)}" for kit in found.kits)]
    return lines


def desk_event(found: DeskEntry, words: Words, staff: StaffWords) -> Event:
    """The meeting as the library's desk sees it. A draft is marked and TENTATIVE.

    The identity is made of the meeting's and is not the public one: whoever follows both keeps two entries apart.
    """
    entry = found.entry
    url = f"{staff.site}/personal/pass/{entry.slot_id}"
    lines = [
        staff.taken(found.seated, found.seats, found.queued),
        staff.led_by(found.trainers) if found.trainers else staff.nobody,
        "",
        f"{staff.read}: {url}",
    ]
    event = event_of(entry, words)
    event = replace(event, uid=f"desk-{entry.uid}", changed_at=found.changed_at, url=url, description="\n".join(lines))
    if found.is_draft and not entry.is_off:
        return replace(event, summary=f"{staff.draft}: {event.summary}", status=Status.TENTATIVE)
    return event
