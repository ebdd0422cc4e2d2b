"""Changing a slot that stands already. Its seats are changed where the queue is, in bookings; its times by moving."""

from __future__ import annotations

from sqlalchemy import delete

from booking.kernel import clock
from booking.kernel.act import Act
from booking.kernel.period import Period
from booking.programme import rules
from booking.programme.models import RoomReservation, Slot
from booking.programme.rules import SlotState
from booking.programme.rules.changes import ChangedMeanwhile, FamiliesHaveBooked, SlotChange
from booking.programme.services import holding
from booking.programme.services.planning import _locked, _room, publish
from booking.store import audit, writes
from booking.store.engine import session

# Taken over as they are. What the public sees of a slot makes its pages and feeds new.
_PUBLIC = ("admission", "age_min", "age_max", "adult_stays", "language", "bring_sv", "bring_en", "is_online")
_INNER = ("letter_note_sv", "letter_note_en", "join_url", "least_children", "decide_on")


@writes
def change(slot_id: int, *, version: int, to: SlotChange, act: Act) -> None:
    """Set everything but time, place, seats and who leads. `version` is the one that the page showed; saving what is
    so already changes nothing, whoever saved meanwhile.

    Raises NoSuchSlot, AlreadyCalledOff, ChangedMeanwhile, FamiliesHaveBooked, RoomElsewhere, HardClash when somebody
    else is in the room, and the refusals of `rules.booking_window` and `rules.Terms`.
    """
    slot = _locked(slot_id)
    if slot.state is SlotState.CALLED_OFF:
        raise rules.AlreadyCalledOff
    to.check()
    if (slot.admission, slot.is_online) != (to.admission, to.is_online) and _is_booked(slot):
        raise FamiliesHaveBooked(field="admission" if slot.admission is not to.admission else "is_online")
    changed = _take_over(slot, to, act=act)
    if changed and slot.version != version:
        raise ChangedMeanwhile
    if to.publish:
        publish(slot_id, act=act)
    if not changed:
        return
    slot.version += 1
    if changed.intersection([*_PUBLIC, "room_id"]):
        slot.changed_at = act.now
    session().flush()  # the change before the audit row that tells of it
    audit("change", f"slot:{slot_id}", act=act)


def _take_over(slot: Slot, to: SlotChange, *, act: Act) -> set[str]:
    """Set what differs; the names of it. What is refused afterwards is rolled back."""
    changed = {name for name in (*_PUBLIC, *_INNER) if getattr(slot, name) != getattr(to, name)}
    for name in changed:
        setattr(slot, name, getattr(to, name))
    if _window(slot, to, act=act):
        changed.add("window")
    if slot.room_id != to.room_id:
        _change_room(slot, to.room_id)
        changed.add("room_id")
    return changed


def _window(slot: Slot, to: SlotChange, *, act: Act) -> bool:
    # To the minute, as the page shows it: a slot that opened "now" has seconds that nobody can write.
    opens, closes = clock.to_utc(to.opens), clock.to_utc(to.closes)
    opens = slot.opens_at if slot.opens_at.replace(second=0, microsecond=0) == opens else opens
    closes = slot.closes_at if slot.closes_at.replace(second=0, microsecond=0) == closes else closes
    if (opens, closes) == (slot.opens_at, slot.closes_at):
        return False
    spans = [Period(meeting.starts_at, meeting.ends_at) for meeting in slot.meetings]
    window = rules.booking_window(spans, opens_at=opens, closes_at=closes, now=act.now)
    slot.opens_at, slot.closes_at = window.starts, window.ends
    return True


def _change_room(slot: Slot, room_id: int | None) -> None:
    """The meetings at the slot's own place go over to the new room."""
    room = _room(room_id, place_id=slot.place_id)
    here = [one for one in slot.meetings if one.place_id == slot.place_id and one.called_off_at is None]
    session().execute(
        delete(RoomReservation).where(RoomReservation.meeting_id.in_([one.id for one in slot.meetings])),
        execution_options={"synchronize_session": False},
    )
    slot.room_id = room_id
    if room is not None and here:
        holding.take_room(here, room)


def _is_booked(slot: Slot) -> bool:
    return any(pool.seated or pool.queued for pool in slot.pools)
