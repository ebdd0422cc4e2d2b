"""The pages of those who want letters: ask, confirm, change, end; and wait for booking to open."""

from booking.subscriptions.views.asking import asked, confirm, new
from booking.subscriptions.views.blueprint import bp
from booking.subscriptions.views.keeping import change, end, ended, one_click, remove, subscriptions
from booking.subscriptions.views.openings import opening, opening_asked

__all__ = [
    "asked",
    "bp",
    "change",
    "confirm",
    "end",
    "ended",
    "new",
    "one_click",
    "opening",
    "opening_asked",
    "remove",
    "subscriptions",
]
