"""The room's pages: the public lists and the page of a slot; for staff, planning."""

from booking.programme.views import activities, changing, planning, planning_new, public
from booking.programme.views.blueprint import bp

__all__ = ["activities", "bp", "changing", "planning", "planning_new", "public"]
