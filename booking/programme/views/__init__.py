"""The room's pages: the public lists and the page of a slot."""

from booking.programme.views import public
from booking.programme.views.blueprint import bp

__all__ = ["bp", "public"]
