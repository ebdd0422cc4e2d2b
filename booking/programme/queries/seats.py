"""How many children slots can take with the trainers, rooms and kits that they have; which await a decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, select

from booking.places.models import Room
from booking.programme.models import Activity, Assignment, KitReservation, Meeting, SeatPool, Slot
from booking.programme.rules import SlotState
from booking.programme.rules.leading import needs_of
from booking.programme.rules.seats import Open, children_served, least_open, seats_open
from booking.store.engine import session
from booking.trainers.models import Kit


def open_seats(slot_ids: Collection[int]) -> dict[int, Open]:
    """How many seats can be open in each slot, and by what that is limited; meetings that are off do not count.

    A club's is that of its scarcest meeting; a slot all of whose meetings are off has what staff decided. Four queries.
    """
    seats = select(func.sum(SeatPool.seats)).where(SeatPool.slot_id == Slot.id).scalar_subquery()
    slots = session().execute(
        select(Slot.id, Activity.seats, Activity.equipment, Activity.children_per_trainer, seats.label("open"))
        .join(Activity, Activity.id == Slot.activity_id)
        .where(Slot.id.in_(slot_ids))
        .order_by(Slot.id)
    )
    meetings: dict[int, list[_Had]] = {}
    for number, slot_id, room, trainers in session().execute(_meetings(slot_ids)):
        meetings.setdefault(slot_id, []).append(_Had(number, room, trainers))
    has: dict[int, dict[str, int]] = {}
    for meeting_id, thing, pieces in session().execute(_pieces(slot_ids)):
        has.setdefault(meeting_id, {})[thing] = pieces
    registered = set(session().scalars(select(Kit.thing_key).distinct()))
    return {
        row.id: least_open(
            [
                seats_open(
                    seats=row.open,
                    room=had.room,
                    kits=children_served(
                        needs_of(row.equipment),
                        has=has.get(had.meeting_id, {}),
                        registered=registered,
                        group=row.seats,
                    ),
                    trainers=had.trainers,
                    per_trainer=row.children_per_trainer,
                )
                for had in meetings.get(row.id, ())
            ]
            or [seats_open(seats=row.open, room=None, kits=None, trainers=0, per_trainer=None)]
        )
        for row in slots
    }


def undecided(*, by: dt.date, now: dt.datetime) -> list[Slot]:
    """Published slots that have not begun, whose day of decision is `by` or before, with fewer booked than they need.

    The soonest first. One query.
    """
    found = select(Slot).where(is_undecided(by=by, now=now))
    return list(session().scalars(found.order_by(Slot.starts_at, Slot.id)))


def is_undecided(*, by: dt.date, now: dt.datetime) -> ColumnElement[bool]:
    """The condition on `slots` of `undecided`."""
    seated = select(func.sum(SeatPool.seated)).where(SeatPool.slot_id == Slot.id).scalar_subquery()
    return and_(
        Slot.state == SlotState.PUBLISHED, Slot.starts_at > now, Slot.decide_on <= by, seated < Slot.least_children
    )


class _Had(NamedTuple):
    """What a meeting has; `room` is how many it takes, None: no room of its own."""

    meeting_id: int
    room: int | None
    trainers: int


def _meetings(slot_ids: Collection[int]) -> Select[int, int, int | None, int]:
    trainers = select(func.count()).where(Assignment.meeting_id == Meeting.id, Assignment.holds).scalar_subquery()
    return (
        select(Meeting.id, Meeting.slot_id, Room.seats, trainers)
        .join(Slot, Slot.id == Meeting.slot_id)
        .outerjoin(Room, (Room.id == Slot.room_id) & (Room.place_id == Meeting.place_id))
        .where(Meeting.slot_id.in_(slot_ids), Meeting.called_off_at.is_(None))
    )


def _pieces(slot_ids: Collection[int]) -> Select[int, str, int]:
    return (
        select(KitReservation.meeting_id, Kit.thing_key, func.sum(Kit.pieces))
        .join(Kit, Kit.id == KitReservation.kit_id)
        .join(Meeting, Meeting.id == KitReservation.meeting_id)
        .where(Meeting.slot_id.in_(slot_ids), KitReservation.holds)
        .group_by(KitReservation.meeting_id, Kit.thing_key)
    )
