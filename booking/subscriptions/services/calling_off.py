"""What the organiser calls off is offered to nobody any more, unless it is undone."""

from __future__ import annotations

from functools import partial
from typing import Any

from booking.bookings import services as bookings
from booking.kernel.act import Act
from booking.outbox import services as outbox
from booking.programme import services as programme
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
    rows: list[tuple[int, dict[str, Any]]] = []

    def without(payload: dict[str, Any]) -> dict[str, Any] | None:
        place = next(place for place, slot in enumerate(payload["slots"]) if slot["path"] == path)
        rows.append((place, payload["slots"][place]))
        slots = [slot for slot in payload["slots"] if slot["path"] != path]
        return telling.with_slots(payload, slots) if slots else None

    letters = outbox.rewrite((telling.OPENING, telling.DIGEST), naming=f'"{path}"', change=without, act=act)
    programme.note_offers(
        slot_id, offers=[[number, place, row] for number, (place, row) in zip(letters, rows, strict=True)]
    )


@writes
def undo(slot_id: int, *, undo_id: int, act: Act) -> None:
    """Undo what staff did last to a slot, while the families' letters are held: all is as it was, and the letters that
    offered the slot to others do so again, unless they have left without it.

    Raises NoSuchSlot, NothingToUndo, TooLateToUndo, and HardClash when somebody else has the trainer, the room or a kit
    by now.
    """
    hold(telling.OPENINGS_LOCK)
    hold(telling.DIGESTS_LOCK)
    undone = bookings.undo(slot_id, undo_id=undo_id, act=act)
    outbox.rewrite_back({number: partial(_with, place, row) for number, place, row in undone.offers}, act=act)


def _with(place: int, row: dict[str, Any], payload: dict[str, Any], *, is_waiting: bool) -> dict[str, Any]:
    slots: list[dict[str, Any]] = payload["slots"]
    if any(slot["path"] == row["path"] for slot in slots):
        return payload  # it named nothing else and was taken back as it was
    # Of a letter that was taken back all rows are off by now.
    return telling.with_slots(payload, [*slots[:place], row, *slots[place:]] if is_waiting else [row])
