"""What links are for: pure rules."""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    """What a link opens. A link has one purpose and opens nothing else (requirement F2)."""

    MANAGE = "manage"  # one booking; subject: its number
    MINE = "mine"  # all of a contact's bookings; subject: the address's keyed hash
    JOIN = "join"  # the way into one online workshop; subject: the booking's number
    FEEDBACK = "feedback"  # what a family thought; subject: the workshop's number, and nothing of the family
