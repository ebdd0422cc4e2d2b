"""What links are for: pure rules. Those of staff stand beside: roles, passwords, codes, limits."""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    """What a link opens. A link has one purpose and opens nothing else (requirement F2)."""

    MANAGE = "manage"  # one booking; subject: its number
    MINE = "mine"  # all of a contact's bookings; subject: the address's keyed hash
    RESET = "reset"  # a new password; subject: the staff member's number
    INVITE = "invite"  # the first password; subject: the staff member's number
