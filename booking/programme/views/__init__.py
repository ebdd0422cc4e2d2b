"""The room's pages: the public lists and the page of a slot; for staff, planning."""

from booking.programme.views import planning, planning_new, public
from booking.programme.views.blueprint import bp

__all__ = ["bp", "planning", "planning_new", "public"]
