"""Links by number and by token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from booking.accounts.models import Link
from booking.accounts.rules import Purpose
from booking.kernel import token as tokens
from booking.store.engine import session

__all__ = [
    "Link",
    "NamedTuple",
    "Purpose",
    "Sequence",
    "select",
    "session",
    "token as tokens",
]
