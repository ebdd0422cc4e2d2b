"""Dates for a tour of one workshop to many places."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from booking.places.rules import NoSuchPlace
from booking.programme.queries.clashes import days_off, places_facts
from booking.programme.rules.proposals import TOUR_DAYS, TourDate, tour_dates


def tour(
    place_ids: Sequence[int], *, first: dt.date, minutes: int, at: dt.time, not_on: Collection[dt.date] = ()
) -> list[TourDate]:
    """A date for each place, as `proposals.tour_dates` finds them from opening hours and bus stops. Two queries.

    Raises NoSuchPlace.
    """
    places = places_facts(place_ids)
    if places.keys() != set(place_ids):
        raise NoSuchPlace
    off = days_off(first, first + dt.timedelta(days=TOUR_DAYS), place_ids=place_ids)
    chosen = [places[place_id] for place_id in place_ids]
    return tour_dates(chosen, first=first, minutes=minutes, at=at, days_off=off, not_on=not_on)
