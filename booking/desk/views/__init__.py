"""The room's pages."""

from booking.desk.views import people
from booking.desk.views.blueprint import bp

__all__ = ["bp", "people"]
