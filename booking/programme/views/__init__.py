"""The room's pages: the public lists, the page of a slot, the registers of trainers and kits."""

from booking.programme.views import hours, public, registers
from booking.programme.views.blueprint import bp

__all__ = ["bp", "hours", "public", "registers"]
