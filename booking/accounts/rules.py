"""What links are for: pure rules."""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    """What a link opens. A link has one purpose and opens nothing else (requirement F2)."""

    MANAGE = "manage"  # one booking; subject: its number
    MINE = "mine"  # all of a contact's bookings; subject: the address's keyed hash
    CONFIRM = "confirm"  # says yes to one subscription; subject: its code
    SUBSCRIPTION = "subscription"  # all of a subscriber's subscriptions; subject: the subscriber's code
    UNSUBSCRIBE = "unsubscribe"  # ends them all, with one click; subject: the subscriber's code
