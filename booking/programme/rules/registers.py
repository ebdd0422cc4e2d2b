"""What the pages of a trainer and of a kit say, whole: pure data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from booking.programme.rules import ActivityKind
from booking.trainers.rules import Work


@dataclass(frozen=True, kw_only=True)
class TrainerPage:
    """All that the page of a trainer says. `left_on` is the first day without assignments, None for none."""

    name: str
    home_place_id: int | None
    hours: Sequence[Work]
    activity_ids: Collection[int]
    kinds: Collection[ActivityKind]
    staff_id: int | None
    left_on: dt.date | None


@dataclass(frozen=True, kw_only=True)
class KitPage:
    """All that the page of a kit says. `retired_on` is the first day without reservations, None for none."""

    name: str
    thing: str
    pieces: int
    home_place_id: int
    at_place_id: int
    brought_by_id: int | None
    note: str
    retired_on: dt.date | None
