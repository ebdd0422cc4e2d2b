"""The room's pages."""

from booking.desk.views import closing, slot
from booking.desk.views.blueprint import bp

__all__ = [
    "bp",
    "closing",
    "slot",
]
