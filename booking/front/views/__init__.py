"""The room's pages: the public's, and the staff's where their texts are written."""

from booking.front.views import public, texts
from booking.front.views.blueprint import bp

__all__ = ["bp", "public", "texts"]
