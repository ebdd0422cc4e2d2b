"""What changing many slots in one step would change, and whom it would tell, before it is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from booking.bookings import rules
from booking.bookings.queries.engine import waiting
from booking.programme import queries as programme
from booking.programme.models import Slot
from booking.programme.rules import SlotState
from booking.programme.rules.changes import BulkChange


class FieldChange(NamedTuple):
    """One thing of a slot that becomes another; `name` is that of `SlotChange`, or "seats" or "state"."""

    name: str
    was: Any
    now: Any


class Previewed(NamedTuple):
    """A slot, what changes in it, and how many families get a seat and a letter. `version` and `seats` are what the
    reader sees of it now."""

    slot: Slot
    changes: list[FieldChange]
    told: int
    seats: int

    @property
    def mark(self) -> str:
        return f"{self.slot.id}.{self.slot.version}.{self.seats}"


def preview(slots: Sequence[Slot], wanted: BulkChange, *, now: dt.datetime) -> list[Previewed]:
    """Each slot with what would change. One query for each slot with a queue that gets more seats, else none."""
    return [_one(slot, wanted, now=now) for slot in slots]


def _one(slot: Slot, wanted: BulkChange, *, now: dt.datetime) -> Previewed:
    was = programme.as_change(slot)
    to = wanted.applied(was, first=programme.first_of(slot))
    changes = [
        FieldChange(one.name, getattr(was, one.name), getattr(to, one.name))
        for one in fields(was)
        if one.name != "publish" and getattr(was, one.name) != getattr(to, one.name)
    ]
    seats = sum(pool.seats for pool in slot.pools)
    if wanted.seats is not None and wanted.seats != seats:
        changes.append(FieldChange("seats", seats, wanted.seats))
    if wanted.publish and slot.state is SlotState.DRAFT:
        changes.append(FieldChange("state", SlotState.DRAFT, SlotState.PUBLISHED))
    return Previewed(slot, changes, _told(slot, wanted.seats, now=now), seats)


def _told(slot: Slot, seats: int | None, *, now: dt.datetime) -> int:
    """As `services.queue.promote_locked` decides it."""
    pool = slot.pools[0]
    if seats is None or len(slot.pools) > 1 or not pool.queued or seats <= pool.seated:
        return 0
    if slot.state is not SlotState.PUBLISHED or not rules.promotes_by_itself(now=now, starts_at=slot.starts_at):
        return 0
    plan = rules.plan_promotion(
        waiting(pool.id),
        free=seats - pool.seated,
        seats=seats,
        seats_wait=rules.seats_wait(now=now, starts_at=slot.starts_at),
    )
    return len(plan.seated)
