"""Looks at families' contact data, which the audit trail keeps (requirement H10)."""

from __future__ import annotations

from booking.kernel.act import Act
from booking.store import audit, writes


@writes
def look_whom_to_ring(slot_id: int, *, act: Act) -> None:
    """Staff look at the telephone numbers of the slot's families that were not reached."""
    audit("look_whom_to_ring", f"slot:{slot_id}", act=act)
