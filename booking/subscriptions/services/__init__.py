"""The verbs behind letters that people ask for: ask, confirm, change, end; what clock and organiser make of them."""

from booking.subscriptions.services.asking import ask, change, confirm, end, end_all, forget_unconfirmed
from booking.subscriptions.services.calling_off import call_off, undo
from booking.subscriptions.services.digests import write_digests
from booking.subscriptions.services.openings import ask_for_opening, tell_of_openings
from booking.subscriptions.services.ticking import tick

__all__ = [
    "ask",
    "ask_for_opening",
    "call_off",
    "change",
    "confirm",
    "end",
    "end_all",
    "forget_unconfirmed",
    "tell_of_openings",
    "tick",
    "undo",
    "write_digests",
]
