"""What links are for: pure rules. Those of staff stand beside: roles, passwords, codes, limits."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

# A calendar that is followed must not end while a child goes to workshops; it is renewed and revoked by hand.
FEED_LIVES = dt.timedelta(days=5 * 365)


class Purpose(StrEnum):
    """What a link opens. A link has one purpose and opens nothing else (requirement F2)."""

    MANAGE = "manage"  # one booking; subject: its number
    MINE = "mine"  # all of a contact's bookings; subject: the address's keyed hash
    JOIN = "join"  # the way into one online workshop; subject: the booking's number
    FEEDBACK = "feedback"  # what a family thought; subject: the workshop's number, and nothing of the family
    FEED = "feed"  # a calendar to follow; subject: whose, as MINE has it for a family
    CONFIRM = "confirm"  # says yes to one subscription; subject: its code
    SUBSCRIPTION = "subscription"  # all of a subscriber's subscriptions; subject: the subscriber's code
    UNSUBSCRIBE = "unsubscribe"  # ends them all, with one click; subject: the subscriber's code
    RESET = "reset"  # a new password; subject: the staff member's number
    INVITE = "invite"  # the first password; subject: the staff member's number
    SUBSTITUTE = "substitute"  # the list of one meeting, for who leads it without an account; subject: its number
    TRAINER_FEED = "trainer_feed"  # a trainer's own assignments; subject: the staff member's number
    DESK_FEED = "desk_feed"  # all slots of a place; subject: the staff member's number and the place's, "7:12"
