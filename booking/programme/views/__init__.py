"""The room's pages: the public lists, the page of a slot, the plan to and from spreadsheets."""

from booking.programme.views import (
    activities,
    changing,
    exporting,
    importing,
    planning,
    planning_new,
    public,
    registers,
)
from booking.programme.views.blueprint import bp

__all__ = [
    "activities",
    "bp",
    "changing",
    "exporting",
    "importing",
    "planning",
    "planning_new",
    "public",
    "registers",
]
