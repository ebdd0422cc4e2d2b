"""What meetings hold: taking rooms, letting everything go while a meeting is off, holding it at another time.

Whoever takes something locks it first, after the slot's row and its pools and always in the order rooms, trainers,
kits, numbers sorted: so what the rules judge stays true until the end, and nobody waits in a circle. The databases'
constraints (`store.exclusion`) stand behind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, select, update

from booking.kernel.act import Act
from booking.kernel.period import Period, WallPeriod
from booking.places.models import Place, Room
from booking.places.rules import Spot
from booking.programme import rules
from booking.programme.models import AcceptedClash, Assignment, KitReservation, Meeting, RoomReservation
from booking.programme.queries.clashes import facts_for, held_by, occasions_of_meetings, taken
from booking.programme.rules import clashes
from booking.programme.rules.clashes import Clash, ClashKind, Occasion
from booking.programme.rules.leading import AssignmentStanding
from booking.store.engine import session
from booking.trainers.models import Kit, Trainer
from booking.trainers.rules import NoSuchKit, NoSuchTrainer


def lock(*, rooms: Collection[int] = (), trainers: Collection[int] = (), kits: Collection[int] = ()) -> None:
    """Make others that want any of these wait. One query for each sort.

    Raises RoomElsewhere, NoSuchTrainer, NoSuchKit.
    """
    _lock(Room, rooms, missing=rules.RoomElsewhere)
    _lock(Trainer, trainers, missing=NoSuchTrainer)
    _lock(Kit, kits, missing=NoSuchKit)


def _lock(model: Any, ids: Collection[int], *, missing: type[Exception]) -> None:
    if not ids:
        return
    # Not the keys: rows that refer to it need not wait for us, nor we for them.
    statement = select(model.id).where(model.id.in_(ids)).order_by(model.id).with_for_update(key_share=True)
    if len(session().scalars(statement).all()) != len(set(ids)):
        raise missing


def take_room(meetings: Sequence[Meeting], room: Room) -> None:
    """Reserve the room for new meetings. Raises HardClash when somebody else is in there."""
    lock(rooms=[room.id])
    span = Period(min(one.starts_at for one in meetings), max(one.ends_at for one in meetings))
    others = taken(span, room_ids=[room.id])
    for meeting in meetings:
        period = Period(meeting.starts_at, meeting.ends_at)
        for other in others:
            if other.period.overlaps(period):
                clash = Clash(ClashKind.ROOM_TWICE, room.id, room.name, other.said)
                raise clashes.HardClash(clash, meeting.starts_local.date())
    session().add_all(
        RoomReservation(
            meeting_id=meeting.id, room_id=room.id, starts_at=meeting.starts_at, ends_at=meeting.ends_at, holds=True
        )
        for meeting in meetings
    )


def release(meetings: Iterable[Meeting], *, act: Act) -> None:
    """Let trainers, rooms and kits of meetings that are called off go; who was to lead stays known.

    Part of calling off, in its transaction. The trainers' own entries count up, so that their feeds show it. One query
    when nothing is held.
    """
    ids = [meeting.id for meeting in meetings]
    if not held_by(ids):
        return
    for model in (RoomReservation, KitReservation):
        session().execute(update(model).where(model.meeting_id.in_(ids)).values(holds=False), **_UNSEEN)
    session().execute(
        update(Assignment)
        .where(Assignment.meeting_id.in_(ids), Assignment.holds)
        .values(holds=False, sequence=Assignment.sequence + 1, changed_at=act.now),
        **_UNSEEN,
    )


def hold_again(meetings: Iterable[Meeting], *, act: Act) -> None:
    """Take back what `release` let go, for meetings that are held after all. Part of undoing a calling off.

    Raises HardClash when somebody else has it by now; whatever else speaks against it spoke before, too.
    """
    ids = [meeting.id for meeting in meetings]
    released = occasions_of_meetings(ids, and_released=True)
    _lock_all(released)
    for occasion, found in zip(released, clashes.clashes_of(released, facts_for(released)), strict=True):
        for clash in found:
            if clash.kind in clashes.TWICE:
                raise clashes.HardClash(clash, occasion.day)
    for model in (RoomReservation, KitReservation):
        session().execute(update(model).where(model.meeting_id.in_(ids)).values(holds=True), **_UNSEEN)
    session().execute(
        update(Assignment)
        .where(Assignment.meeting_id.in_(ids), Assignment.standing != AssignmentStanding.ENDED)
        .values(holds=True, sequence=Assignment.sequence + 1, changed_at=act.now),
        **_UNSEEN,
    )


# What the session has read of these rows is read anew by whoever wants it: verbs begin with an empty session.
_UNSEEN: dict[str, Any] = {"execution_options": {"synchronize_session": False}}


def prepare_move(meeting: Meeting, *, to: WallPeriod, place: Place, accepting: str, act: Act) -> int | None:
    """Refuse a new time or place against which something stands, judged with all that the meeting holds. The room that
    it had until now.

    A move to another place gives up the room. The times of what is held follow the meeting's by themselves; the
    trainers' own entries count up here. Raises HardClash, and SoftClashes unless `accepting` says why.
    """
    spot = Spot(id=place.id, name=place.name, kind=place.kind, latitude=place.latitude, longitude=place.longitude)
    (held,) = occasions_of_meetings([meeting.id])
    wished = replace(held, wall=to, period=to.instants(), spot=spot)
    if spot.id != held.spot.id and held.room_id is not None:
        wished = replace(wished, room_id=None)
        session().execute(delete(RoomReservation).where(RoomReservation.meeting_id == meeting.id), **_UNSEEN)
    _lock_all([wished])
    (found,) = clashes.clashes_of([wished], facts_for([wished], without=[meeting.id]))
    clashes.refuse([(wished.day, found)], accepting=accepting)
    keep_accepted(meeting.id, found, reason=accepting, act=act)
    if wished.trainer_ids:
        session().execute(
            update(Assignment)
            .where(Assignment.meeting_id == meeting.id, Assignment.holds)
            .values(sequence=Assignment.sequence + 1, changed_at=act.now),
            **_UNSEEN,
        )
    return held.room_id


def return_to(meeting: Meeting, *, wall: WallPeriod, place_id: int, room_id: int | None, act: Act) -> None:
    """Make sure that a meeting can go back to where it was, with all that it holds and the room that it had.

    Raises HardClash when somebody else has any of it by now; whatever else speaks against it spoke before, too.
    """
    place = session().get_one(Place, place_id)
    spot = Spot(id=place.id, name=place.name, kind=place.kind, latitude=place.latitude, longitude=place.longitude)
    (held,) = occasions_of_meetings([meeting.id])
    wished = replace(held, wall=wall, period=wall.instants(), spot=spot, room_id=room_id)
    _lock_all([wished])
    (found,) = clashes.clashes_of([wished], facts_for([wished], without=[meeting.id]))
    for clash in found:
        if clash.kind in clashes.TWICE:
            raise clashes.HardClash(clash, wished.day)
    session().execute(
        update(Assignment)
        .where(Assignment.meeting_id == meeting.id, Assignment.holds)
        .values(sequence=Assignment.sequence + 1, changed_at=act.now),
        **_UNSEEN,
    )


def take_room_again(meeting: Meeting, room_id: int | None) -> None:
    """Reserve the room that a move to another place gave up; nothing when the meeting has its room still."""
    has_one = select(RoomReservation.id).where(RoomReservation.meeting_id == meeting.id)
    if room_id is not None and session().scalar(has_one) is None:
        session().add(
            RoomReservation(
                meeting_id=meeting.id, room_id=room_id, starts_at=meeting.starts_at, ends_at=meeting.ends_at, holds=True
            )
        )
        session().flush()  # the constraint speaks here and not at the commit


def keep_accepted(meeting_id: int, found: Iterable[Clash], *, reason: str, act: Act) -> None:
    """Keep why somebody went ahead against warnings."""
    session().add_all(
        AcceptedClash(
            meeting_id=meeting_id,
            kind=clash.kind,
            about=clash.about,
            reason=reason.strip(),
            actor_ref=act.actor.ref,
            at=act.now,
        )
        for clash in found
        if not clash.is_hard
    )


def _lock_all(occasions: Sequence[Occasion]) -> None:
    lock(
        rooms={one.room_id for one in occasions if one.room_id is not None},
        trainers=frozenset().union(*(one.trainer_ids for one in occasions)),
        kits=frozenset().union(*(one.kit_ids for one in occasions)),
    )
