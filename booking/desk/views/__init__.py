"""The room's pages."""

from booking.desk.views import absences, board, calling_off, closing, copying, leading, own, people, slot, today, told
from booking.desk.views.blueprint import bp

__all__ = [
    "absences",
    "board",
    "bp",
    "calling_off",
    "closing",
    "copying",
    "leading",
    "own",
    "people",
    "slot",
    "today",
    "told",
]
