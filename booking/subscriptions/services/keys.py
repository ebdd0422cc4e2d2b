"""Keyed hashes that keep each wish once, without telling whose it is."""

from __future__ import annotations

from booking.kernel import token as tokens
from booking.settings import current
from booking.subscriptions.rules import Wish


def address_key(email: str) -> str:
    """What ties an address's wishes together, whatever the case of its letters. Another hash than the bookings': the
    two are never compared, so nothing should be able to."""
    return tokens.keyed_hash(current().key, "subscriber", email.casefold())


def wish_key(address: str, wish: Wish) -> str:
    """Unique among subscriptions: address key, area and age."""
    age = "" if wish.age is None else str(wish.age)
    return tokens.keyed_hash(current().key, "subscription", address, wish.area, age)


def opening_key(address: str, slot_id: int) -> str:
    """Unique among those who wait for booking to open: address key and slot."""
    return tokens.keyed_hash(current().key, "opening", address, str(slot_id))
