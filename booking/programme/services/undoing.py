"""Keeping how it was before staff called off or moved something, and putting it back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import delete, func, select, update

from booking.kernel.act import Act
from booking.kernel.period import WallPeriod
from booking.programme.models import AcceptedClash, CallOff, Meeting, MeetingCallOff, Slot, Undo
from booking.programme.rules import SlotState
from booking.programme.rules.undoing import NothingToUndo, UndoKind, check_in_time
from booking.programme.services import holding
from booking.store import writes
from booking.store.engine import session


def keep(kind: UndoKind, slot: Slot, *, was: dict[str, Any], act: Act, meeting_id: int | None = None) -> None:
    """Part of the verb that does it, in its transaction: what `put_back` will need."""
    session().add(
        Undo(
            slot_id=slot.id,
            meeting_id=meeting_id,
            kind=kind,
            at=act.now,
            actor_ref=act.actor.ref,
            was=was,
            letters={},
            offers=[],
        )
    )


@writes
def note_letters(slot_id: int, *, until: dt.datetime | None, written: list[str], taken_back: list[Any]) -> None:
    """Note the letters of the act that was kept last, and until when they are held. Inner: part of the verbs of
    bookings that call off and move. One statement."""
    _note(slot_id, until=until, letters={"written": written, "taken_back": taken_back})


@writes
def note_offers(slot_id: int, *, offers: list[Any]) -> None:
    """Note which letters offer the slot no more since the act that was kept last. Inner: part of the verb of
    subscriptions that calls off. One statement, none without such letters."""
    if offers:
        _note(slot_id, offers=offers)


def _note(slot_id: int, **values: Any) -> None:
    last = select(func.max(Undo.id)).where(Undo.slot_id == slot_id).scalar_subquery()
    session().execute(update(Undo).where(Undo.id == last).values(**values).execution_options(synchronize_session=False))


def put_back(slot: Slot, undo_id: int, *, act: Act) -> Undo:
    """Make it as it was; the slot is locked. Only what was done last can be put back.

    Calendar identities stay and their SEQUENCE goes on rising: a calendar may have fetched what was in between.
    Raises NothingToUndo, TooLateToUndo, and HardClash when somebody else has taken trainer, room or kit meanwhile.
    """
    undo = _newest(slot.id)
    if undo is None or undo.id != undo_id:
        raise NothingToUndo
    check_in_time(undo.until, now=act.now)
    _PUT_BACK[undo.kind](slot, undo, act)
    undo.undone_at = act.now
    session().flush()  # all of it before the audit row that tells of it
    return undo


def _on_again(meetings: list[Meeting], *, act: Act) -> None:
    """These meetings are held after all, with whom and what they had. Raises HardClash."""
    for meeting in meetings:
        _count_up(meeting, act=act)
    session().flush()  # the statements below do not see what the session alone knows
    holding.hold_again(meetings, act=act)


def state_before(slot_id: int) -> SlotState:
    """What a slot was before it was called off; one that was called off before this was kept had been published."""
    found = select(Undo).where(Undo.slot_id == slot_id, Undo.kind == UndoKind.CALL_OFF, Undo.undone_at.is_(None))
    undo = session().scalars(found.order_by(Undo.id.desc()).limit(1)).one_or_none()
    return SlotState(undo.was["state"]) if undo else SlotState.PUBLISHED


def forget(kind: UndoKind, slot_id: int, *, act: Act, meeting_id: int | None = None) -> None:
    """A later act has made it so that there is nothing to undo in these."""
    session().execute(
        update(Undo)
        .where(Undo.kind == kind, Undo.slot_id == slot_id, Undo.meeting_id.is_not_distinct_from(meeting_id))
        .where(Undo.undone_at.is_(None))
        .values(undone_at=act.now)
        .execution_options(synchronize_session=False)
    )


def end_call_off(slot: Slot, *, state: SlotState, act: Act) -> None:
    """The slot is on again as it was before it was called off. What should have been held meanwhile was not, and is
    off for itself from then on. Raises HardClash."""
    call_off = session().get_one(CallOff, slot.id)
    touched = [one for one in slot.meetings if one.ends_at > call_off.at and one.called_off_at is None]
    missed = [one for one in touched if one.starts_at <= act.now]
    for meeting in missed:
        meeting.called_off_at = call_off.at
        session().add(
            MeetingCallOff(
                meeting_id=meeting.id,
                at=call_off.at,
                actor_ref=call_off.actor_ref,
                reason_sv=call_off.reason_sv,
                reason_en=call_off.reason_en,
            )
        )
    session().delete(call_off)
    slot.state, slot.changed_at = state, act.now
    _on_again([one for one in touched if one not in missed], act=act)


def end_meeting_off(meeting: Meeting, *, act: Act) -> None:
    """A meeting is on again. Raises HardClash."""
    session().delete(session().get_one(MeetingCallOff, meeting.id))
    meeting.called_off_at = None
    _on_again([meeting], act=act)


def _slot_back(slot: Slot, undo: Undo, act: Act) -> None:
    if slot.state is not SlotState.CALLED_OFF:
        raise NothingToUndo
    end_call_off(slot, state=SlotState(undo.was["state"]), act=act)


def _meeting_back(slot: Slot, undo: Undo, act: Act) -> None:
    meeting = _meeting(slot, undo)
    if slot.state is SlotState.CALLED_OFF or meeting.called_off_at is None:
        raise NothingToUndo
    end_meeting_off(meeting, act=act)


def _move_back(slot: Slot, undo: Undo, act: Act) -> None:
    meeting, was, now = _meeting(slot, undo), undo.was["was"], undo.was["now"]
    if slot.state is SlotState.CALLED_OFF or meeting.called_off_at is not None or where_and_when(meeting) != now:
        raise NothingToUndo
    wall = WallPeriod(dt.datetime.fromisoformat(was["starts"]), dt.datetime.fromisoformat(was["ends"]))
    holding.return_to(meeting, wall=wall, place_id=was["place_id"], room_id=undo.was["room_id"], act=act)
    period = wall.instants()
    meeting.starts_local, meeting.ends_local = wall.starts, wall.ends
    meeting.starts_at, meeting.ends_at = period.starts, period.ends
    meeting.place_id = was["place_id"]
    before = undo.was["slot"]
    slot.place_id, slot.room_id = before["place_id"], before["room_id"]
    slot.closes_at = dt.datetime.fromisoformat(before["closes_at"])
    slot.decide_on = dt.date.fromisoformat(before["decide_on"]) if before["decide_on"] else None
    slot.starts_at = min(one.starts_at for one in slot.meetings)
    slot.ends_at = max(one.ends_at for one in slot.meetings)
    _count_up(meeting, act=act)
    session().flush()  # the times move what the meeting holds
    holding.take_room_again(meeting, undo.was["room_id"])
    # What somebody went ahead against in moving it speaks against nothing any more.
    accepted = AcceptedClash.meeting_id == meeting.id, AcceptedClash.at == undo.at
    session().execute(delete(AcceptedClash).where(*accepted))


_PUT_BACK = {
    UndoKind.CALL_OFF: _slot_back,
    UndoKind.CALL_OFF_MEETING: _meeting_back,
    UndoKind.MOVE: _move_back,
}


def slot_facts(slot: Slot) -> dict[str, Any]:
    """What moving a meeting changes of its slot, as `Undo.was` keeps it."""
    return {
        "place_id": slot.place_id,
        "room_id": slot.room_id,
        "closes_at": slot.closes_at.isoformat(),
        "decide_on": slot.decide_on and slot.decide_on.isoformat(),
    }


def where_and_when(meeting: Meeting) -> dict[str, Any]:
    """When and where a meeting is held, as `Undo.was` keeps it."""
    return {
        "starts": meeting.starts_local.isoformat(),
        "ends": meeting.ends_local.isoformat(),
        "place_id": meeting.place_id,
    }


def _newest(slot_id: int) -> Undo | None:
    found = select(Undo).where(Undo.slot_id == slot_id, Undo.undone_at.is_(None))
    return session().scalars(found.order_by(Undo.id.desc()).limit(1)).one_or_none()


def _meeting(slot: Slot, undo: Undo) -> Meeting:
    return next(one for one in slot.meetings if one.id == undo.meeting_id)


def _count_up(meeting: Meeting, *, act: Act) -> None:
    meeting.sequence += 1
    meeting.changed_at = act.now
