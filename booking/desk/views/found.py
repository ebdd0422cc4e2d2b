"""What the address of a page names, within the reach of who is signed in; anything else is a 404 (requirement D3)."""

from __future__ import annotations

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.guards import this_staff, where
from booking.accounts.rules.roles import Capability, may, scope
from booking.programme import queries as programme
from booking.programme.models import Meeting, Slot


def slot_or_404(slot_id: int, capability: Capability) -> Slot:
    """Three queries."""
    return programme.staff_slot(slot_id, where(capability), staff_id=this_staff().id) or abort(404)


def meeting_or_404(slot: Slot, meeting_id: int) -> Meeting:
    return next((one for one in slot.meetings if one.id == meeting_id), None) or abort(404)


def reaches(slot_id: int, *capabilities: Capability) -> bool:
    """Whether who is signed in has one of these for the slot. One query for each that the roles bring."""
    staff = this_staff()
    return any(
        programme.reaches(slot_id, scope(staff.posts, capability), staff_id=staff.id)
        for capability in capabilities
        if may(staff.posts, capability)
    )


def back(slot_id: int) -> ResponseReturnValue:
    """To the slot's page."""
    return redirect(url_for("desk.slot", slot_id=slot_id), 303)
