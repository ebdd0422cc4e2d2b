"""Calendars that anybody may follow, files to download once, a family's own calendar, staff's own calendars, and the
pages that list them."""

from booking.calendars.views import family, feeds, files, page, staff
from booking.calendars.views.blueprint import bp

__all__ = ["bp", "family", "feeds", "files", "page", "staff"]
