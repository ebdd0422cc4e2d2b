"""The room's pages: the public lists, the page of a slot, the registers of trainers and kits."""

from booking.programme.views import public, registers
from booking.programme.views.blueprint import bp

__all__ = ["bp", "public", "registers"]
