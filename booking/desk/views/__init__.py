"""The room's pages."""

from booking.desk.views import slot, today
from booking.desk.views.blueprint import bp

__all__ = ["bp", "slot", "today"]
