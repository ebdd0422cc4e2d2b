"""Planning slots, publishing, moving and calling them off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from booking.kernel import clock
from booking.kernel.act import Act
from booking.kernel.period import Period, WallPeriod
from booking.places.models import Place, Room
from booking.places.rules import NoSuchPlace, check_open_on
from booking.programme import rules
from booking.programme.models import Activity, CallOff, Meeting, MeetingCallOff, SeatPool, Slot, Undo
from booking.programme.rules import Held, MeetingChange, SlotState, Terms
from booking.programme.rules.undoing import UndoKind
from booking.programme.services import holding, undoing
from booking.store import audit, writes
from booking.store.engine import session

_UID_BYTES = 16
_SERIES_BYTES = 8
_USUAL = Terms()


@writes
def plan(
    activity_id: int,
    *,
    place_id: int,
    meetings: Sequence[WallPeriod],
    act: Act,
    terms: Terms = _USUAL,
    opens: dt.datetime | None = None,
    closes: dt.datetime | None = None,
    series: str = "",
) -> Slot:
    """Make one slot with its pools and meetings; several meetings make a club or a course of several days.

    All times are wall times (naive, Stockholm): one that the clocks jump over is refused, one that occurs twice means
    the first (requirement T2). `opens` None: from now on; `closes` None: when the first meeting begins. `series` ties
    slots that belong together. Only what is hard is judged here: whether the place has closed and the room is free;
    `plan_all` asks about the rest. Raises NoSuchActivity, NoSuchPlace, PlaceClosed, RoomElsewhere, HardClash and the
    refusals of `rules.spans_in_order`, `rules.booking_window` and `rules.Terms`.
    """
    activity = session().get(Activity, activity_id)
    if activity is None:
        raise rules.NoSuchActivity
    place = _place(place_id)
    terms.check()
    spans = rules.spans_in_order(meetings)
    window = rules.booking_window(
        [period for _, period in spans],
        opens_at=clock.to_utc(opens) if opens else None,
        closes_at=clock.to_utc(closes) if closes else None,
        now=act.now,
    )
    for wall, _ in spans:
        check_open_on(wall.starts.date(), place=place.name, closed_from=place.closed_from)
    room = _room(terms.room_id, place_id=place.id)
    slot = Slot(
        activity_id=activity.id,
        place_id=place.id,
        room_id=terms.room_id,
        state=terms.state,
        admission=terms.admission,
        starts_at=spans[0][1].starts,
        ends_at=spans[-1][1].ends,
        opens_at=window.starts,
        closes_at=window.ends,
        age_min=activity.age_min if terms.age_min is None else terms.age_min,
        age_max=activity.age_max if terms.age_max is None else terms.age_max,
        adult_stays=activity.adult_stays if terms.adult_stays is None else terms.adult_stays,
        language=terms.language,
        bring_sv=terms.bring_sv,
        bring_en=terms.bring_en,
        letter_note_sv=terms.letter_note_sv.strip(),
        letter_note_en=terms.letter_note_en.strip(),
        trainer_names=terms.trainer_names,
        is_online=terms.is_online,
        join_url=terms.join_url,
        series=series,
        least_children=activity.least_children if terms.least_children is None else terms.least_children,
        decide_on=_decide_on(activity, spans[0][0].starts.date()),
        published_at=act.now if terms.state is SlotState.PUBLISHED else None,
        changed_at=act.now,
        pools=[
            SeatPool(name=pool.name, seats=pool.seats, queue_limit=pool.queue_limit)
            for pool in terms.pools_for(activity.seats)
        ],
        meetings=[_meeting(wall, period, place_id=place.id, act=act) for wall, period in spans],
    )
    if slot.age_min is not None and slot.age_max is not None and slot.age_min > slot.age_max:
        raise rules.AgesUpsideDown  # half of the range came from the activity
    session().add(slot)
    session().flush()  # the audit row names the slot by its number, a reservation its meetings
    if room is not None:
        holding.take_room(slot.meetings, room)
    audit("plan", f"slot:{slot.id}", act=act)
    return slot


@writes
def plan_weekly(
    activity_id: int,
    *,
    place_id: int,
    first: WallPeriod,
    times: int,
    act: Act,
    terms: Terms = _USUAL,
    except_on: Collection[dt.date] = (),
    opens: dt.datetime | None = None,
) -> list[Slot]:
    """One slot a week at the same wall time, `times` weeks from `first` on without the days of `except_on`.

    The wall time stays when the clocks change (requirement T1). All slots open for booking together and each closes
    when it begins. They share a series code. One that is refused refuses all. Raises what `plan` raises.
    """
    periods = rules.weekly(first, times=times, except_on=except_on)
    if not periods:
        raise rules.NoMeetings
    series = new_series(act=act)
    return [
        plan(activity_id, place_id=place_id, meetings=[period], terms=terms, opens=opens, series=series, act=act)
        for period in periods
    ]


def new_series(*, act: Act) -> str:
    """A code for slots that are planned together."""
    return act.new_code(_SERIES_BYTES).hex()


@writes
def publish(slot_id: int, *, act: Act) -> None:
    """Show a draft to the public; a published slot stays as it is. Raises NoSuchSlot, AlreadyCalledOff."""
    slot = _locked(slot_id)
    if slot.state is SlotState.CALLED_OFF:
        raise rules.AlreadyCalledOff
    if slot.state is SlotState.DRAFT:
        slot.state = SlotState.PUBLISHED
        slot.published_at = act.now
        slot.changed_at = act.now
        session().flush()  # the state before the audit row that tells of it
        audit("publish", f"slot:{slot_id}", act=act)


@writes
def call_off(slot_id: int, *, reason_sv: str, act: Act, reason_en: str = "") -> None:
    """The organiser calls the slot off, with the reason that families read. Inner: bookings wraps it to tell them.

    Its meetings keep their calendar identity and count up, so that feeds show them as called off; trainers, rooms and
    kits are free again. Raises NoSuchSlot, AlreadyCalledOff, NoReason.
    """
    slot = _locked(slot_id)
    if slot.state is SlotState.CALLED_OFF:
        raise rules.AlreadyCalledOff
    if not reason_sv.strip():
        raise rules.NoReason
    undoing.keep(UndoKind.CALL_OFF, slot, was={"state": slot.state.value}, act=act)
    slot.state = SlotState.CALLED_OFF
    slot.changed_at = act.now
    coming = [meeting for meeting in slot.meetings if meeting.ends_at > act.now]  # what was held of a club stays
    for meeting in coming:
        _count_up(meeting, act=act)
    holding.release(coming, act=act)
    session().add(CallOff(slot_id=slot_id, **_told(reason_sv, reason_en, act=act)))
    session().flush()  # the state before the audit row that tells of it
    audit("call_off", f"slot:{slot_id}", act=act)


@writes
def call_off_meeting(meeting_id: int, *, reason_sv: str, act: Act, reason_en: str = "") -> MeetingChange:
    """The organiser calls off one meeting of several, and the others go on. Inner: bookings wraps it to tell families.

    The slot keeps its span, and the meeting its calendar identity, which counts up; its trainer, room and kits are free
    again. What is told as `now` is the time and place at which it would have been. Raises NoSuchMeeting,
    AlreadyCalledOff, NoReason, and LastMeeting when no other one is left: then the slot is called off.
    """
    slot, meeting = _locked_meeting(meeting_id)
    if not any(other is not meeting and other.called_off_at is None for other in slot.meetings):
        raise rules.LastMeeting
    if not reason_sv.strip():
        raise rules.NoReason
    undoing.keep(UndoKind.CALL_OFF_MEETING, slot, was={}, act=act, meeting_id=meeting_id)
    meeting.called_off_at = act.now
    _count_up(meeting, act=act)
    holding.release([meeting], act=act)
    session().add(MeetingCallOff(meeting_id=meeting_id, **_told(reason_sv, reason_en, act=act)))
    session().flush()  # the state before the audit row that tells of it
    audit("call_off_meeting", f"meeting:{meeting_id}", act=act)
    return MeetingChange(slot.id, meeting_id, was=_held(meeting), now=_held(meeting))


@writes
def move_meeting(
    meeting_id: int,
    *,
    to: WallPeriod,
    act: Act,
    place_id: int | None = None,
    accepting: str = "",
    seen: int | None = None,
) -> MeetingChange:
    """Hold a meeting at another time, or at another place too. Inner: bookings wraps it to tell the families.

    The meeting keeps its calendar identity and counts up, once, and only when something really changes; the slot's
    `changed_at` stays, or a club's other meetings would look new in the feeds. When the slot's first meeting moves, the
    end of booking moves with it by as much. Trainers, kits and, within the place, the room move along, or it does not
    move: `accepting` is the reason to do it against warnings. `seen` is the meeting's `sequence` when whoever moves it
    looked at it, None: nobody did (requirement A14). Raises NoSuchMeeting, AlreadyCalledOff, ChangedMeanwhile,
    NoSuchPlace, PlaceClosed, HardClash, SoftClashes and the refusals of `plan` for the new times.
    """
    slot, meeting = _locked_meeting(meeting_id)
    was = _held(meeting)
    if seen is not None and seen != meeting.sequence:
        raise rules.ChangedMeanwhile(at=meeting.starts_at, place=meeting.place.name)
    place = _place(meeting.place_id if place_id is None else place_id)
    check_open_on(to.starts.date(), place=place.name, closed_from=place.closed_from)
    if (meeting.starts_local, meeting.ends_local, meeting.place_id) == (to.starts, to.ends, place.id):
        return MeetingChange(slot.id, meeting_id, was=was, now=was)
    others = [WallPeriod(other.starts_local, other.ends_local) for other in slot.meetings if other is not meeting]
    spans = [period for _, period in rules.spans_in_order([*others, to])]
    before: dict[str, Any] = {"was": undoing.where_and_when(meeting), "slot": undoing.slot_facts(slot)}
    _set_span(slot, spans, act=act)
    before["room_id"] = holding.prepare_move(meeting, to=to, place=place, accepting=accepting, act=act)
    period = to.instants()
    meeting.starts_local, meeting.ends_local = to.starts, to.ends
    meeting.starts_at, meeting.ends_at = period.starts, period.ends
    if meeting.place_id != place.id and len(slot.meetings) == 1:
        slot.place_id, slot.room_id = place.id, None
    meeting.place_id = place.id
    _count_up(meeting, act=act)
    before["now"] = undoing.where_and_when(meeting)
    undoing.keep(UndoKind.MOVE, slot, was=before, act=act, meeting_id=meeting_id)
    session().flush()  # the times before the audit row that tells of them
    audit("move_meeting", f"meeting:{meeting_id}", act=act)
    return MeetingChange(slot.id, meeting_id, was=was, now=_held(meeting))


@writes
def put_back(slot_id: int, *, undo_id: int, act: Act) -> tuple[Undo, MeetingChange | None]:
    """Undo what staff did last to a slot, while its letters are held. Inner: bookings wraps it to take them back.

    Gives what became of the meeting; None when it was all of the slot. Raises NoSuchSlot, NothingToUndo, TooLateToUndo,
    and HardClash when somebody else has the trainer, the room or a kit by now.
    """
    slot = _locked(slot_id)
    was = {meeting.id: _held(meeting) for meeting in slot.meetings}
    undo = undoing.put_back(slot, undo_id, act=act)
    number = undo.meeting_id
    audit(f"undo_{undo.kind.value}", f"meeting:{number}" if number else f"slot:{slot_id}", act=act)
    if number is None:
        return undo, None
    meeting = next(one for one in slot.meetings if one.id == number)
    return undo, MeetingChange(slot_id, number, was=was[number], now=_held(meeting))


@writes
def hold_after_all(slot_id: int, *, act: Act) -> None:
    """A slot that was called off takes place after all. Inner: bookings wraps it to tell the families.

    Its coming meetings hold again whom and what they held. Raises NoSuchSlot, NotCalledOff, Over, HardClash.
    """
    slot = _locked(slot_id)
    if slot.state is not SlotState.CALLED_OFF:
        raise rules.NotCalledOff
    if not any(one.starts_at > act.now and one.called_off_at is None for one in slot.meetings):
        raise rules.Over
    undoing.end_call_off(slot, state=undoing.state_before(slot_id), act=act)
    undoing.forget(UndoKind.CALL_OFF, slot_id, act=act)
    session().flush()  # the state before the audit row that tells of it
    audit("hold_after_all", f"slot:{slot_id}", act=act)


@writes
def hold_meeting_after_all(meeting_id: int, *, act: Act) -> MeetingChange:
    """A meeting that was called off takes place after all. Inner: bookings wraps it to tell the families.

    Raises NoSuchMeeting, AlreadyCalledOff (all of the slot is), NotCalledOff, Over, HardClash.
    """
    slot_id = session().scalar(select(Meeting.slot_id).where(Meeting.id == meeting_id))
    if slot_id is None:
        raise rules.NoSuchMeeting
    slot = _locked(slot_id)
    meeting = next(one for one in slot.meetings if one.id == meeting_id)
    if slot.state is SlotState.CALLED_OFF:
        raise rules.AlreadyCalledOff
    if meeting.called_off_at is None:
        raise rules.NotCalledOff
    if meeting.starts_at <= act.now:
        raise rules.Over
    undoing.end_meeting_off(meeting, act=act)
    undoing.forget(UndoKind.CALL_OFF_MEETING, slot_id, act=act, meeting_id=meeting_id)
    audit("hold_meeting_after_all", f"meeting:{meeting_id}", act=act)
    return MeetingChange(slot_id, meeting_id, was=_held(meeting), now=_held(meeting))


def _decide_on(activity: Activity, first_day: dt.date) -> dt.date | None:
    return None if activity.decide_days is None else first_day - dt.timedelta(days=activity.decide_days)


def _place(place_id: int) -> Place:
    place = session().get(Place, place_id)
    if place is None:
        raise NoSuchPlace
    return place


def _room(room_id: int | None, *, place_id: int) -> Room | None:
    room = session().get(Room, room_id) if room_id is not None else None
    if room_id is not None and (room is None or room.place_id != place_id):
        raise rules.RoomElsewhere
    return room


def _meeting(wall: WallPeriod, period: Period, *, place_id: int, act: Act) -> Meeting:
    return Meeting(
        place_id=place_id,
        starts_local=wall.starts,
        ends_local=wall.ends,
        starts_at=period.starts,
        ends_at=period.ends,
        uid=act.new_code(_UID_BYTES).hex(),
        changed_at=act.now,
    )


def _locked(slot_id: int) -> Slot:
    """The slot and its pools, locked in the order that booking locks them: nobody gets a seat while it changes.

    Read anew, meetings too: what an outer verb read before the lock may be stale. Three queries.
    """
    session().flush()  # what an outer verb has set must not be lost by reading anew
    statement = select(Slot).where(Slot.id == slot_id).options(selectinload(Slot.meetings)).with_for_update()
    slot = session().scalars(statement, execution_options={"populate_existing": True}).one_or_none()
    if slot is None:
        raise rules.NoSuchSlot
    pools = select(SeatPool.id).where(SeatPool.slot_id == slot_id).order_by(SeatPool.id).with_for_update()
    session().execute(pools).all()
    return slot


def _locked_meeting(meeting_id: int) -> tuple[Slot, Meeting]:
    """A meeting that is still to be held, with its slot locked. Raises NoSuchMeeting, AlreadyCalledOff."""
    slot_id = session().scalar(select(Meeting.slot_id).where(Meeting.id == meeting_id))
    if slot_id is None:
        raise rules.NoSuchMeeting
    slot = _locked(slot_id)
    meeting = next(meeting for meeting in slot.meetings if meeting.id == meeting_id)
    if slot.state is SlotState.CALLED_OFF or meeting.called_off_at is not None:
        raise rules.AlreadyCalledOff
    return slot, meeting


def _held(meeting: Meeting) -> Held:
    return Held(meeting.starts_at, meeting.ends_at, meeting.place_id)


def _told(reason_sv: str, reason_en: str, *, act: Act) -> dict[str, Any]:
    """Who called off, when and why, as both records keep it."""
    return {
        "at": act.now,
        "actor_ref": act.actor.ref,
        "reason_sv": reason_sv.strip(),
        "reason_en": reason_en.strip(),
    }


def _set_span(slot: Slot, spans: Sequence[Period], *, act: Act) -> None:
    # In UTC: a booking end that was 24 h before the start stays so, also over a change of clocks.
    closes_at = slot.closes_at + (spans[0].starts - slot.starts_at)
    window = rules.booking_window(
        spans, opens_at=slot.opens_at, closes_at=min(closes_at, spans[-1].starts), now=act.now
    )
    if slot.decide_on is not None:
        slot.decide_on += clock.local_day(spans[0].starts) - clock.local_day(slot.starts_at)
    slot.starts_at, slot.ends_at = spans[0].starts, spans[-1].ends
    slot.closes_at = window.ends
    slot.version += 1  # a page of change that is open shows the old end of booking


def _count_up(meeting: Meeting, *, act: Act) -> None:
    meeting.sequence += 1
    meeting.changed_at = act.now
