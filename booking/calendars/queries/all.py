"""Every public calendar that there is to follow."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import NamedTuple

from sqlalchemy import func, select

from booking.calendars.queries.entries import in_language, is_off
from booking.kernel import clock
from booking.kernel.sorting import search_key, sort_key
from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.programme.models import Activity, Meeting, Slot
from booking.programme.queries import statement
from booking.store.engine import autocommitting

_meeting, _slot, _activity, _place = (model.__table__.c for model in (Meeting, Slot, Activity, Place))


class Calendar(NamedTuple):
    """A calendar of one place or activity. `kind` None: an activity. `coming` counts meetings that will be held."""

    slug: str
    name: str
    kind: PlaceKind | None
    locality: str
    coming: int

    def is_called(self, looked_for: str) -> bool:
        """Whether each of the words stands in its name or its village."""
        key = search_key(self.name, self.locality)
        return all(word in key for word in search_key(looked_for).split())


def all_calendars(*, language: str, now: dt.datetime) -> list[Calendar]:
    """Open places in Swedish order, then the activities of which something is coming, by title. Three queries."""
    asked = select(_slot.activity_id, _meeting.place_id, func.count()).select_from(
        Meeting.__table__.join(Slot.__table__, _slot.id == _meeting.slot_id).join(
            Activity.__table__, _activity.id == _slot.activity_id
        )
    )
    asked = asked.where(*statement.is_public(), ~is_off(), _slot.ends_at > now, _meeting.ends_at > now)
    at_place: Counter[int] = Counter()
    of_activity: Counter[int] = Counter()
    today = clock.local_day(now)
    open_places = select(_place.id, _place.slug, _place.name, _place.kind, _place.locality, _place.closed_from)
    activities = select(_activity.id, _activity.slug, in_language(language, "title"))
    with autocommitting() as line:
        for activity_id, place_id, count in line.execute(asked.group_by(_slot.activity_id, _meeting.place_id)):
            of_activity[activity_id] += count
            at_place[place_id] += count
        places = line.execute(open_places.order_by(_place.sort_key, _place.id)).all()
        workshops = line.execute(activities.where(*statement.is_public()[-1:])).all()
    return [
        *(
            Calendar(slug, name, kind, locality, at_place[number])
            for number, slug, name, kind, locality, closed_from in places
            if closed_from is None or closed_from > today
        ),
        *sorted(
            (
                Calendar(slug, title, None, "", of_activity[number])
                for number, slug, title in workshops
                if of_activity[number]
            ),
            key=lambda calendar: sort_key(calendar.name),
        ),
    ]
