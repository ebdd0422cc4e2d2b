"""The room's pages."""

from booking.desk.views import board, calling_off, closing, copying, leading, people, slot, today, told
from booking.desk.views.blueprint import bp

__all__ = [
    "board",
    "bp",
    "calling_off",
    "closing",
    "copying",
    "leading",
    "people",
    "slot",
    "today",
    "told",
]
