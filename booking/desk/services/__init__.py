"""Verbs that span several rooms."""

from booking.desk.services.closing import close_place, reopen_place

__all__ = [
    "close_place",
    "reopen_place",
]
