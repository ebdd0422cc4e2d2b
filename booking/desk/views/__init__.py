"""The room's pages."""

from booking.desk.views import closing, people, slot
from booking.desk.views.blueprint import bp

__all__ = [
    "bp",
    "closing",
    "people",
    "slot",
]
