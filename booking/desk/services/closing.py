"""Closing a place for good, with eyes open."""

from __future__ import annotations

import datetime as dt

from booking.desk.queries import closing as queries
from booking.desk.rules import NotLookedAt, looked_at
from booking.kernel.act import Act
from booking.places import services as places
from booking.store import writes


@writes
def close_place(place_id: int, *, from_day: dt.date, seen: str, act: Act, version: int | None = None) -> None:
    """Close a place from a day on. What is planned there stays planned: staff move it or call it off, and families are
    told by that. So `seen` says which meetings the page has shown (`rules.looked_at`), and one that came since refuses.

    Raises NoSuchPlace, ChangedMeanwhile, NotLookedAt.
    """
    places.close(place_id, from_day=from_day, version=version, act=act)  # first, since it locks the place
    if seen != looked_at(from_day, (one.meeting_id for one in queries.touched(place_id, from_day=from_day))):
        raise NotLookedAt


@writes
def reopen_place(place_id: int, *, act: Act, version: int | None = None) -> None:
    """Take a closing back. Raises NoSuchPlace, ChangedMeanwhile."""
    places.close(place_id, from_day=None, version=version, act=act)
