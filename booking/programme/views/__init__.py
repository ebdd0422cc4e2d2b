"""The room's pages: the public lists, planning, the registers of trainers and kits, spreadsheets."""

from booking.programme.views import (
    activities,
    changing,
    exporting,
    hours,
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
    "hours",
    "importing",
    "planning",
    "planning_new",
    "public",
    "registers",
]
