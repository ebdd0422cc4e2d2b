"""The room's pages."""

from booking.desk.views import board, calling_off, copying, leading, slot, told
from booking.desk.views.blueprint import bp

__all__ = ["board", "bp", "calling_off", "copying", "leading", "slot", "told"]
