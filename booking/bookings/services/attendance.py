"""Who came, as it was marked at the door: by a form, by a phone that was without network, by two people at once.

Every verb may come twice or late: the rule of whose mark counts stands in `rules.attendance`. The trail says who marked
which booking or meeting, and never what.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select

from booking.bookings import queries as bookings
from booking.bookings.models import Attendance, Booking, HeadCount, Participant, WalkIn
from booking.bookings.queries import attendance as queries
from booking.bookings.rules import Standing
from booking.bookings.rules.attendance import Heads, Mark, NoSuchMeeting, NotHeld, NotWaiting, Stamp, Turnout
from booking.bookings.rules.attendance import WalkIn as Came
from booking.bookings.services.queue import promote_locked
from booking.kernel.act import Act
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.locks import hold


class Noted(NamedTuple):
    """What became of what was marked: how many changed the list, and the keys of marks that are not kept: about
    children who have no seat at this meeting (any more), or under a key that another child came by."""

    changed: int
    lost: tuple[str, ...]


@writes
def note(meeting_id: int, turnout: Turnout, *, act: Act) -> Noted:
    """Keep what was marked of one meeting; what an earlier or a later mark says already stays as it is.

    At most five questions, whatever their number, and a statement for each change. Raises NoSuchMeeting, NotHeld.
    """
    hold(f"attendance:{meeting_id}")  # two phones at once must not both find no row
    _check(meeting_id)
    changed, unknown = _note_marks(meeting_id, turnout.marks, act=act)
    came, used = _note_walk_ins(meeting_id, turnout.walk_ins, act=act)
    counted = _note_heads(meeting_id, turnout.heads, act=act)
    if came + counted:
        audit("count_attendance", f"meeting:{meeting_id}", act=act)
    return Noted(changed + came + counted, (*unknown, *used))


@writes
def undo_mark(meeting_id: int, key: str, *, act: Act) -> bool:
    """Make what was marked under `key`, or a key that begins so, as it was before; whether anything was. What has been
    marked anew since, stays.

    Twice is once: what is undone carries the key no more. Raises NoSuchMeeting.
    """
    hold(f"attendance:{meeting_id}")
    if queries.held(meeting_id) is None:
        raise NoSuchMeeting
    back = Stamp(act.now, act.new_code(16).hex())
    touched: set[str] = set()
    marked = select(Attendance, Participant.booking_id).join(Participant, Participant.id == Attendance.participant_id)
    for row, booking_id in session().execute(
        marked.where(Attendance.meeting_id == meeting_id, Attendance.mark_key.startswith(key, autoescape=True))
    ):
        row.presence, row.before = row.before, row.presence
        row.marked_at, row.mark_key = back.at, back.key
        touched.add(f"booking:{booking_id}")
    for count in session().scalars(
        select(HeadCount).where(HeadCount.meeting_id == meeting_id, HeadCount.mark_key.startswith(key, autoescape=True))
    ):
        count.heads, count.before = count.before, count.heads
        count.marked_at, count.mark_key = back.at, back.key
        touched.add(f"meeting:{meeting_id}")
    for came in session().scalars(
        select(WalkIn).where(
            WalkIn.meeting_id == meeting_id,
            WalkIn.mark_key.startswith(key, autoescape=True),
            WalkIn.taken_back_at.is_(None),
        )
    ):
        came.taken_back_at = act.now
        touched.add(f"meeting:{meeting_id}")
    for subject in sorted(touched):
        audit("undo_attendance", subject, act=act)
    return bool(touched)


@writes
def seat_at_the_door(meeting_id: int, booking_id: int, *, act: Act) -> None:
    """Give the waiting party that stands at the door its seats, whoever waits before it and also beyond the seats:
    the one at the door sees the room. By the one function that promotes, letter included. Again is nothing.

    Raises NoSuchMeeting, NotHeld; NotWaiting for a party that has cancelled or is of another slot.
    """
    facts = bookings.lock_pool(_pool_of(meeting_id, booking_id))
    _check(meeting_id)
    if promote_locked(facts, act=act, by_hand=True, only=booking_id):
        return
    standing = session().scalar(select(Booking.standing).where(Booking.id == booking_id))
    if standing is not Standing.SEATED:
        raise NotWaiting


@writes
def look_up_contact(meeting_id: int, booking_id: int, *, act: Act) -> queries.AdultContact:
    """The adult to reach about a booking of this meeting; the trail notes who looked (requirement H10).

    Raises NotWaiting when the booking is not of this meeting's slot.
    """
    found = queries.contact(meeting_id, booking_id)
    if found is None:
        raise NotWaiting
    audit("see_contact", f"booking:{booking_id}", act=act)
    return found


def _check(meeting_id: int) -> None:
    held = queries.held(meeting_id)
    if held is None:
        raise NoSuchMeeting
    if not held:
        raise NotHeld


def _pool_of(meeting_id: int, booking_id: int) -> int:
    pool_id = queries.pool_at(meeting_id, booking_id)
    if pool_id is None:
        raise NotWaiting
    return pool_id


def _note_marks(meeting_id: int, marks: Iterable[Mark], *, act: Act) -> tuple[int, tuple[str, ...]]:
    wanted = list(marks)
    if not wanted:
        return 0, ()
    numbers = {mark.participant_id for mark in wanted}
    seated = queries.seated(meeting_id, numbers)
    rows = {row.participant_id: row for row in queries.attendances(meeting_id, numbers)}
    touched: list[int] = []
    unknown: list[str] = []
    for mark in wanted:
        stamp = mark.stamp.held_back(now=act.now)
        if mark.participant_id not in seated:
            unknown.append(stamp.key)
            continue
        row = rows.get(mark.participant_id)
        if row is None:
            row = Attendance(
                meeting_id=meeting_id,
                participant_id=mark.participant_id,
                presence=mark.presence,
                before=None,
                marked_at=stamp.at,
                mark_key=stamp.key,
            )
            session().add(row)
            rows[mark.participant_id] = row
        elif stamp.is_after(Stamp(row.marked_at, row.mark_key)):
            row.before, row.presence = row.presence, mark.presence
            row.marked_at, row.mark_key = stamp.at, stamp.key
        else:
            continue
        touched.append(seated[mark.participant_id])
    for booking_id in sorted(set(touched)):
        audit("mark_attendance", f"booking:{booking_id}", act=act)
    return len(touched), tuple(unknown)


def _note_heads(meeting_id: int, counted: Iterable[Heads], *, act: Act) -> int:
    wanted = list(counted)
    if not wanted:
        return 0
    rows = {row.age_group: row for row in queries.head_counts(meeting_id)}
    changed = 0
    for one in wanted:
        stamp, row = one.stamp.held_back(now=act.now), rows.get(one.group)
        if row is None:
            row = HeadCount(
                meeting_id=meeting_id,
                age_group=one.group,
                heads=one.heads,
                before=None,
                marked_at=stamp.at,
                mark_key=stamp.key,
            )
            session().add(row)
            rows[one.group] = row
        elif stamp.is_after(Stamp(row.marked_at, row.mark_key)):
            row.before, row.heads = row.heads, one.heads
            row.marked_at, row.mark_key = stamp.at, stamp.key
        else:
            continue
        changed += 1
    return changed


def _note_walk_ins(meeting_id: int, came: Iterable[Came], *, act: Act) -> tuple[int, tuple[str, ...]]:
    """How many are new, and the keys that belong to another child already. A child under a known key is there, also
    when it was taken back meanwhile."""
    wanted = {one.stamp.key: one for one in came}
    if not wanted:
        return 0, ()
    known = {row.mark_key: (row.name, row.age) for row in queries.walk_ins(meeting_id, wanted)}
    new = [one for key, one in wanted.items() if key not in known]
    for one in new:
        at = one.stamp.held_back(now=act.now).at
        session().add(WalkIn(meeting_id=meeting_id, name=one.name, age=one.age, marked_at=at, mark_key=one.stamp.key))
    return len(new), tuple(key for key in known if known[key] != (wanted[key].name, wanted[key].age))
