"""The room's pages."""

from booking.places.views import calendar, organisations, places, rooms
from booking.places.views.blueprint import bp

__all__ = ["bp", "calendar", "organisations", "places", "rooms"]
