"""What stands in each feed, and since when. Read-only; nothing is loaded that is not shown."""

from booking.calendars.queries.all import Calendar, all_calendars
from booking.calendars.queries.entries import (
    Followed,
    activity,
    area,
    library,
    of_activity,
    of_place,
    of_search,
    of_slot,
    opening,
    stop,
)
from booking.calendars.queries.own import of_booking, of_family
from booking.calendars.queries.staff import FollowedPlace, of_desk, of_trainer, places_seen
from booking.calendars.queries.state import Edges, edges, revision

__all__ = [
    "Calendar",
    "Edges",
    "Followed",
    "FollowedPlace",
    "activity",
    "all_calendars",
    "area",
    "edges",
    "library",
    "of_activity",
    "of_booking",
    "of_desk",
    "of_family",
    "of_place",
    "of_search",
    "of_slot",
    "of_trainer",
    "opening",
    "places_seen",
    "revision",
    "stop",
]
