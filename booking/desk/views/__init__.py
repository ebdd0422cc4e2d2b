"""The room's pages."""

from booking.desk.views import absences, own, slot
from booking.desk.views.blueprint import bp

__all__ = ["absences", "bp", "own", "slot"]
