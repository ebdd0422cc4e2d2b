"""What stands in the calendars of trainers and of libraries' desks."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from booking.accounts.queries import staff as accounts
from booking.accounts.rules.roles import Capability, Scope, may, scope
from booking.bookings.models import Booking
from booking.bookings.rules import Standing
from booking.calendars.queries.entries import entries_and_drafts, within
from booking.calendars.rules import DeskEntry, Entry, LedEntry, window
from booking.calendars.rules.staff import KitLine
from booking.calendars.rules.windows import MOST_ENTRIES
from booking.kernel import clock
from booking.places import queries as places
from booking.places.models import Place
from booking.places.rules import PlaceKind, Spot
from booking.programme.models import Assignment, KitReservation, Meeting, SeatPool, Slot
from booking.programme.queries.clashes import occasions_of_meetings, trainers
from booking.programme.rules import SlotState
from booking.programme.rules.clashes import Occasion
from booking.programme.rules.errands import Errand, errand
from booking.programme.rules.leading import AssignmentStanding
from booking.store.engine import session
from booking.trainers import queries as trainers_of
from booking.trainers.models import Kit, Trainer

_meeting, _slot, _assignment = Meeting.__table__.c, Slot.__table__.c, Assignment.__table__.c
_ENTRY = len(Entry._fields)


def of_trainer(staff_id: int, *, language: str, now: dt.datetime) -> list[LedEntry] | None:
    """What the trainer with this account leads, earliest first; what was taken off or called off stays for a while.

    None when the account is closed, no trainer's any more, or without the role (requirements D5, F7). Twelve queries
    at most, however many meetings.
    """
    member, trainer = accounts.member(staff_id), trainers_of.of_staff(staff_id)
    if member is None or member.closed_at is not None or trainer is None:
        return None
    if not may([post for _, post in member.posts], Capability.LEAD):
        return None
    values = {**window(now)._asdict(), "limit": MOST_ENTRIES, "trainer": trainer.id}
    rows = session().execute(_of_trainer(language), values).all()
    meeting_ids = [row[_ENTRY] for row in rows]
    errands = _errands(trainer, meeting_ids)
    kits = _kits(meeting_ids)
    slots = _slots({row[4] for row in rows})
    found = []
    for row in rows:
        entry, (meeting_id, number, uid, sequence, standing, is_draft, changed_at) = (
            Entry._make(row[:_ENTRY]),
            row[_ENTRY:],
        )
        counted, kit_lines, way = slots[entry.slot_id], kits.get(meeting_id, _NO_KITS), errands[meeting_id]
        changes = [entry.changed_at, changed_at, trainer.changed_at, counted.changed_at, kit_lines.changed_at]
        found.append(
            LedEntry(
                entry=entry,
                assignment_id=number,
                uid=uid,
                sequence=sequence,
                is_asked=standing is AssignmentStanding.ASKED,
                is_over=standing is AssignmentStanding.ENDED,
                is_draft=is_draft,
                errand=way,
                kits=kit_lines.lines,
                children=counted.children,
                changed_at=max(change for change in changes if change is not None),
            )
        )
    return _of_their_days(found)


def _of_their_days(found: list[LedEntry]) -> list[LedEntry]:
    """The way to a meeting goes from the one before: whatever changes one changes the others of that day."""
    newest: dict[dt.date, dt.datetime] = {}
    for one in found:
        day = clock.local_day(one.entry.starts_at)
        newest[day] = max(one.changed_at, newest.get(day, one.changed_at))
    return [one._replace(changed_at=newest[clock.local_day(one.entry.starts_at)]) for one in found]


@lru_cache(4)
def _of_trainer(language: str) -> Select[Any]:
    chosen = (
        entries_and_drafts(language)
        .join(Assignment.__table__, _assignment.meeting_id == _meeting.id)
        .where(
            _assignment.trainer_id == bindparam("trainer"),
            or_(
                _assignment.standing != AssignmentStanding.ENDED,
                _meeting.ends_at >= bindparam("off_since", type_=_meeting.ends_at.type),
            ),
        )
        .add_columns(
            _meeting.id,
            _assignment.id,
            _assignment.uid,
            _assignment.sequence,
            _assignment.standing,
            _slot.state == SlotState.DRAFT,
            _assignment.changed_at,
        )
    )
    return within(chosen)


def _errands(trainer: Trainer, meeting_ids: Sequence[int]) -> dict[int, Errand]:
    """The way to each of these meetings: from the one before it that day that the trainer leads, else from home."""
    if not meeting_ids:
        return {}
    occasions = occasions_of_meetings(meeting_ids)
    day = occasions[0].day
    home: Spot | None = trainers([trainer.id], day, day)[trainer.id].home
    found: dict[int, Errand] = {}
    before: Occasion | None = None
    for occasion in occasions:
        assert occasion.meeting_id is not None
        same_day = before if before is not None and before.day == occasion.day else None
        found[occasion.meeting_id] = errand(occasion, before=same_day, home=home)
        if trainer.id in occasion.trainer_ids:  # one that was taken off, or is called off, leads nowhere
            before = occasion
    return found


class _Kits(NamedTuple):
    lines: tuple[KitLine, ...]
    changed_at: dt.datetime | None


_NO_KITS = _Kits((), None)


def _kits(meeting_ids: Collection[int]) -> dict[int, _Kits]:
    """The kits that these meetings hold, by meeting. One query."""
    bringer = aliased(Trainer)
    asked = (
        select(
            KitReservation.meeting_id,
            Kit.name,
            Place.name,
            Kit.at_place_id == Meeting.place_id,
            func.coalesce(bringer.name, ""),
            Kit.changed_at,
        )
        .join(Kit, Kit.id == KitReservation.kit_id)
        .join(Meeting, Meeting.id == KitReservation.meeting_id)
        .join(Place, Place.id == Kit.at_place_id)
        .outerjoin(bringer, bringer.id == Kit.brought_by_id)
        .where(KitReservation.meeting_id.in_(meeting_ids), KitReservation.holds)
        .order_by(Kit.thing_key, Kit.name, Kit.id)
    )
    found: dict[int, _Kits] = {}
    for meeting_id, name, at_name, is_here, brought_by, changed_at in session().execute(asked):
        known = found.get(meeting_id, _NO_KITS)
        line = KitLine(name, at_name, bool(is_here), brought_by)
        found[meeting_id] = _Kits((*known.lines, line), max(changed_at, known.changed_at or changed_at))
    return found


class _Counted(NamedTuple):
    children: int
    changed_at: dt.datetime | None


def _slots(slot_ids: Collection[int]) -> dict[int, _Counted]:
    """How many children have a seat in these slots, and when that changed last. One query."""
    asked = (
        select(
            Booking.slot_id,
            func.coalesce(func.sum(Booking.party).filter(Booking.standing == Standing.SEATED), 0),
            func.max(Booking.changed_at),
        )
        .where(Booking.slot_id.in_(slot_ids))
        .group_by(Booking.slot_id)
    )
    found = {number: _Counted(int(children), at) for number, children, at in session().execute(asked)}
    return defaultdict(lambda: _Counted(0, None), found)


class FollowedPlace(NamedTuple):
    """A place whose desk's calendar may be followed."""

    id: int
    slug: str
    name: str
    kind: PlaceKind


def places_seen(where: Scope) -> list[FollowedPlace]:
    """The places in the scope, stops last, each sort in Swedish order of names. One query."""
    asked = select(Place.id, Place.slug, Place.name, Place.kind).where(places.within(where))
    rows = session().execute(asked.order_by(Place.kind == PlaceKind.STOP, Place.sort_key, Place.id))
    return [FollowedPlace._make(row) for row in rows]


def of_desk(staff_id: int, place_id: int, *, language: str, now: dt.datetime) -> tuple[str, list[DeskEntry]] | None:
    """A place's name and all meetings held there or of its slots, drafts too, earliest first.

    None when the account is closed or may not see the place's plan any more (requirements D5, F7). Six queries.
    """
    member = accounts.member(staff_id)
    if member is None or member.closed_at is not None:
        return None
    seen = scope([post for _, post in member.posts], Capability.SEE_PLAN)
    name = session().scalar(select(Place.name).where(Place.id == place_id, places.within(seen)))
    if name is None:
        return None
    values = {**window(now)._asdict(), "limit": MOST_ENTRIES, "place": place_id}
    rows = session().execute(_of_desk(language), values).all()
    slots = _slots({row[4] for row in rows})
    pools = _pools({row[4] for row in rows})
    led = _led([row[_ENTRY] for row in rows])
    found = []
    for row in rows:
        entry, (meeting_id, is_draft) = Entry._make(row[:_ENTRY]), row[_ENTRY:]
        names, led_at = led.get(meeting_id, ((), None))
        changes = [entry.changed_at, slots[entry.slot_id].changed_at, led_at]
        seats, seated, queued = pools.get(entry.slot_id, (0, 0, 0))
        changed_at = max(change for change in changes if change is not None)
        found.append(DeskEntry(entry, is_draft, seats, seated, queued, names, changed_at))
    return name, found


@lru_cache(4)
def _of_desk(language: str) -> Select[Any]:
    here = or_(_meeting.place_id == bindparam("place"), _slot.place_id == bindparam("place"))
    chosen = entries_and_drafts(language).where(here)
    return within(chosen.add_columns(_meeting.id, _slot.state == SlotState.DRAFT))


def _pools(slot_ids: Collection[int]) -> dict[int, tuple[int, int, int]]:
    """Seats, children seated and parties queued of these slots. One query."""
    asked = (
        select(SeatPool.slot_id, func.sum(SeatPool.seats), func.sum(SeatPool.seated), func.sum(SeatPool.queued))
        .where(SeatPool.slot_id.in_(slot_ids))
        .group_by(SeatPool.slot_id)
    )
    return {
        number: (int(seats), int(seated), int(queued)) for number, seats, seated, queued in session().execute(asked)
    }


def _led(meeting_ids: Collection[int]) -> dict[int, tuple[tuple[str, ...], dt.datetime]]:
    """Who leads these meetings, and when that changed last. One query."""
    asked = (
        select(Assignment.meeting_id, Trainer.name, Assignment.holds, Assignment.changed_at)
        .join(Trainer, Trainer.id == Assignment.trainer_id)
        .where(Assignment.meeting_id.in_(meeting_ids))
        .order_by(Trainer.sort_key, Trainer.id)
    )
    found: dict[int, tuple[tuple[str, ...], dt.datetime]] = {}
    for meeting_id, name, holds, changed_at in session().execute(asked):
        names, newest = found.get(meeting_id, ((), changed_at))
        found[meeting_id] = ((*names, name) if holds else names, max(newest, changed_at))
    return found
