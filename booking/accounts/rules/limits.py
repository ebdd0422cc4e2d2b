"""How long a sign-in lives, and how often it may be tried (requirements D7, D8, E2). Pure."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from enum import StrEnum

from booking.kernel.refusal import N_, Refused

IDLE = dt.timedelta(minutes=60)
LONGEST = dt.timedelta(hours=12)
# Between the right password and the code.
HALF_WAY = dt.timedelta(minutes=10)
# The last use is noted so often, and no finer.
SEEN_EVERY = dt.timedelta(minutes=1)
RESET_LIVES = dt.timedelta(minutes=60)
INVITATION_LIVES = dt.timedelta(days=7)
ATTEMPTS_KEPT = dt.timedelta(days=1)
SESSIONS_KEPT = dt.timedelta(days=30)
WINDOW = dt.timedelta(hours=1)


class Step(StrEnum):
    """What is tried."""

    PASSWORD = "password"  # noqa: S105  # the word, not one
    CODE = "code"


@dataclass(frozen=True)
class Limit:
    """So many wrong tries within an hour are free; after those one is judged each `gap`, right or wrong."""

    free: int
    gap: dt.timedelta

    def wait(self, wrong: int, last_at: dt.datetime | None, *, now: dt.datetime) -> dt.timedelta:
        """How long until the next try is judged; zero: now."""
        if wrong < self.free or last_at is None:
            return dt.timedelta(0)
        return max(last_at + self.gap - now, dt.timedelta(0))


# Ten an hour after five: a million guesses take eleven years. A library's staff share an address, and so may visitors.
PER_ACCOUNT = Limit(5, dt.timedelta(minutes=6))
PER_NETWORK = Limit(50, dt.timedelta(minutes=1))


class TooManyTries(Refused):
    """The try was not judged at all."""

    message = N_(
        "There have been many wrong tries. Wait %(minutes)s min and try again, or choose a new password by e-mail: "
        "that works at once."
    )


class WrongSignIn(Refused):
    """The same words for an unknown address, a wrong password and an account that is closed (requirement D9)."""

    message = N_("The address or the password is not right. Try again, or choose a new password.")


def network_of(address: str | None) -> str:
    """Whom an address counts for: itself, or the /64 of an IPv6 household."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
