"""Calendars that anybody may follow, files to download once, a family's own calendar, and the page that lists them."""

from booking.calendars.views import family, feeds, files, page
from booking.calendars.views.blueprint import bp

__all__ = ["bp", "family", "feeds", "files", "page"]
