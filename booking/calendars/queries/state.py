"""What tells whether a feed that was made is still what it would be now."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import bindparam, func, or_, select

from booking.calendars.models import FeedState
from booking.calendars.rules import DAYS_AHEAD, DAYS_BACK, DAYS_CALLED_OFF, window
from booking.programme.models import Meeting, Slot
from booking.programme.rules import SlotState
from booking.store import UtcDateTime
from booking.store.prepared import Prepared

_state = FeedState.__table__.c
_REVISION = Prepared(select(_state.revision))


def revision() -> int:
    """The number of the last change of anything that feeds show; 0 while nothing has ever been written.

    One small query, all that a 304 costs. A number stands for one content of the tables only (see `FeedState`).
    """
    rows = _REVISION.glance({})
    return int(rows[0][0]) if rows else 0


class Edges(NamedTuple):
    """What time does to feeds: the meetings in the window are the same at every t of `passed_at < t <= enters_at`, but
    for those that leave it, of which the feed itself knows.

    `changed_at` is the latest change that anybody made or time brought. None: there is none.
    """

    changed_at: dt.datetime | None
    passed_at: dt.datetime | None
    enters_at: dt.datetime | None


_meeting, _slot = Meeting.__table__.c, Slot.__table__.c
_SINCE, _UNTIL, _OFF_SINCE = (bindparam(name, type_=UtcDateTime()) for name in ("since", "until", "off_since"))
_EDGES = Prepared(
    select(
        select(_state.changed_at).scalar_subquery(),
        select(func.max(_meeting.starts_at)).where(_meeting.starts_at < _SINCE).scalar_subquery(),
        select(func.max(_meeting.starts_at)).where(_meeting.starts_at < _UNTIL).scalar_subquery(),
        # Only what the window still holds: what left it before was a later change when it left.
        select(func.max(_meeting.ends_at))
        .join(Slot.__table__, _slot.id == _meeting.slot_id)
        .where(
            _meeting.starts_at >= _SINCE,
            _meeting.starts_at < _OFF_SINCE,
            _meeting.ends_at < _OFF_SINCE,
            or_(_slot.state == SlotState.CALLED_OFF, _meeting.called_off_at.is_not(None)),
        )
        .scalar_subquery(),
        select(func.min(_meeting.starts_at)).where(_meeting.starts_at >= _UNTIL).scalar_subquery(),
    )
)
_AFTER_DAYS = (DAYS_BACK, -DAYS_AHEAD, DAYS_CALLED_OFF)


def edges(now: dt.datetime) -> Edges:
    """The last change of what feeds show, also of what has left them, and the next that time will bring. One query.

    A meeting that grows too old, or comes near enough, changes a feed although nobody wrote anything.
    """
    written, *past, enters = _EDGES.glance(window(now)._asdict())[0]
    passed = [at + dt.timedelta(days=days) for at, days in zip(past, _AFTER_DAYS, strict=True) if at]
    changes = [*passed, written] if written else passed
    return Edges(
        changed_at=max(changes, default=None),
        passed_at=max(passed, default=None),
        enters_at=enters - dt.timedelta(days=DAYS_AHEAD) if enters else None,
    )
