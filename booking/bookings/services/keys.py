"""Keyed hashes that tie a family's rows together and keep each booking and child once, without telling who."""

from __future__ import annotations

from booking.bookings import rules
from booking.bookings.rules import Child, Wishes
from booking.bookings.rules.messages import Note
from booking.kernel import token as tokens
from booking.settings import current


def address_key(email: str) -> str:
    """What ties an address's bookings together, whatever the case of its letters; "" without an address."""
    return tokens.keyed_hash(current().key, "address", email.casefold()) if email else ""


def contact_key(slot_id: int, address: str) -> str | None:
    """Unique among live bookings: one per address key and slot. None without an address: staff's are exempt."""
    return tokens.keyed_hash(current().key, "contact", str(slot_id), address) if address else None


def child_key(slot_id: int, address: str, child: Child) -> str | None:
    """Unique among the children who come: slot, address key, folded name and age (requirement A11)."""
    if not address:
        return None
    return tokens.keyed_hash(current().key, "child", str(slot_id), address, rules.child_mark(child))


def form_digest(slot_id: int, wishes: Wishes) -> str:
    """Tells the same form sent twice from a changed one; keyed, so that a database dump says nothing of the names."""
    return tokens.keyed_hash(current().key, "form", str(slot_id), wishes.digest())


def message_digest(slot_id: int, note: Note) -> str:
    """The same for what staff write to families."""
    return tokens.keyed_hash(current().key, "message", str(slot_id), note.digest())
