"""What the organiser calls off is offered to nobody any more."""

from __future__ import annotations

from typing import Any

from booking.bookings import services as bookings
from booking.kernel.act import Act
from booking.outbox import services as outbox
from booking.store import writes
from booking.store.locks import hold
from booking.subscriptions.services import telling


@writes
def call_off(slot_id: int, *, reason_sv: str, act: Act, reason_en: str = "") -> None:
    """Call a slot off, tell every family with a part in it, and take the slot out of the digests and letters of an
    opening that still wait: a letter that names nothing else is not sent at all.

    Raises NoSuchSlot, AlreadyCalledOff, NoReason.
    """
    # Whoever writes such letters right now is done first, and whoever begins later sees that the slot is off.
    hold(telling.OPENINGS_LOCK)
    hold(telling.DIGESTS_LOCK)
    bookings.call_off(slot_id, reason_sv=reason_sv, reason_en=reason_en, act=act)
    path = telling.slot_path(slot_id)

    def without(payload: dict[str, Any]) -> dict[str, Any] | None:
        slots = [slot for slot in payload["slots"] if slot["path"] != path]
        return telling.with_slots(payload, slots) if slots else None

    outbox.rewrite((telling.OPENING, telling.DIGEST), naming=f'"{path}"', change=without, act=act)
