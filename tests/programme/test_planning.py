"""Planning, publishing, moving and calling off, on both databases."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.kernel.clock import NoSuchDay, NoSuchTime, to_local
from booking.kernel.period import EndsBeforeItBegins
from booking.places import services as places
from booking.places.rules import NoSuchPlace, PlaceClosed
from booking.programme import rules, services
from booking.programme.models import Activity, CallOff, Meeting, MeetingCallOff, Slot
from booking.programme.rules import Admission, PoolPlan, SlotState, Terms
from booking.store import AuditEntry
from booking.store.engine import session
from tests.programme.world import LATER, NOW, activity, at, library, maj, planned, utc, wall

pytestmark = pytest.mark.usefixtures("app")


def kept(slot: Slot) -> Slot:
    """The slot as the database has it."""
    session().rollback()
    session().expire_all()
    return session().get_one(Slot, slot.id)


def test_a_planned_slot_is_a_draft_with_one_pool_and_what_the_activity_says() -> None:
    slot = kept(planned())

    assert (slot.state, slot.admission) == (SlotState.DRAFT, Admission.BOOKING)
    assert (slot.age_min, slot.age_max, slot.adult_stays) == (8, 10, False)
    assert [(pool.seats, pool.seated, pool.queued, pool.queue_limit) for pool in slot.pools] == [(12, 0, 0, None)]
    assert (slot.starts_at, slot.ends_at) == (utc("2026-11-05 15:30"), utc("2026-11-05 16:30"))
    assert (slot.opens_at, slot.closes_at) == (NOW, slot.starts_at)
    assert [entry.verb for entry in session().scalars(select(AuditEntry).order_by(AuditEntry.id))][-1] == "plan"


def test_what_the_terms_say_wins_over_the_activity() -> None:
    terms = Terms(
        state=SlotState.PUBLISHED,
        age_min=9,
        age_max=9,
        adult_stays=True,
        language="sv,ar",
        pools=(PoolPlan(name="På plats", seats=8), PoolPlan(name="Online", seats=20, queue_limit=0)),
        bring_sv="Vattenflaska",
    )

    slot = kept(planned(terms=terms, opens=wall("2026-10-15 09:00"), closes=wall("2026-11-04 18:00")))

    assert (slot.age_min, slot.age_max, slot.adult_stays, slot.language) == (9, 9, True, "sv,ar")
    assert [(pool.name, pool.seats, pool.queue_limit) for pool in slot.pools] == [
        ("På plats", 8, None),
        ("Online", 20, 0),
    ]
    assert (slot.opens_at, slot.closes_at) == (utc("2026-10-15 07:00"), utc("2026-11-04 17:00"))
    assert slot.state is SlotState.PUBLISHED


def test_a_club_is_one_slot_with_a_meeting_for_each_week() -> None:
    meetings = rules.weekly(at("2026-10-13 16:30"), times=6)

    club = kept(planned(*meetings))

    assert [meeting.starts_local for meeting in club.meetings] == [period.starts for period in meetings]
    assert (club.starts_at, club.ends_at) == (utc("2026-10-13 14:30"), utc("2026-11-17 16:30"))
    assert len({meeting.uid for meeting in club.meetings}) == 6


@pytest.mark.parametrize(
    ("first", "times", "days_of_169_hours"),
    [("2026-10-15 16:30", 5, ["2026-10-22"]), ("2027-03-18 16:30", 4, [])],
)
def test_a_weekly_series_keeps_its_wall_time_when_the_clocks_change(
    first: str, times: int, days_of_169_hours: list[str]
) -> None:
    slots = services.plan_weekly(
        activity().id, place_id=library().id, first=at(first), times=times, opens=wall("2026-10-01 09:00"), act=maj()
    )

    starts = [kept(slot).starts_at for slot in slots]
    assert {f"{to_local(instant):%a %H:%M}" for instant in starts} == {"Thu 16:30"}
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    long = [to_local(start).date().isoformat() for start, gap in zip(starts, gaps, strict=False) if gap > WEEK]
    assert long == days_of_169_hours
    assert all(gap in (WEEK, WEEK + HOUR, WEEK - HOUR) for gap in gaps)
    assert len({slot.series for slot in slots}) == 1


WEEK, HOUR = dt.timedelta(days=7), dt.timedelta(hours=1)


def test_a_series_of_which_one_is_refused_is_refused_whole() -> None:
    place = library(closed_from=dt.date(2026, 11, 19))

    with pytest.raises(PlaceClosed):
        services.plan_weekly(activity().id, place_id=place.id, first=at("2026-11-05 16:30"), times=3, act=maj())

    assert session().scalar(select(func.count(Slot.id))) == 0


def test_a_series_without_a_day_left_is_refused() -> None:
    with pytest.raises(rules.NoMeetings):
        services.plan_weekly(
            activity().id,
            place_id=library().id,
            first=at("2026-12-24 16:30"),
            times=1,
            except_on=[dt.date(2026, 12, 24)],
            act=maj(),
        )


def test_a_time_that_the_clocks_jump_over_is_refused() -> None:
    with pytest.raises(NoSuchTime):
        planned(at("2027-03-28 02:30"))
    with pytest.raises(NoSuchTime):
        planned(opens=wall("2026-03-29 02:30"))


def test_a_time_that_occurs_twice_means_the_first() -> None:
    slot = planned(at("2026-10-25 02:30", minutes=20))

    assert kept(slot).starts_at == utc("2026-10-25 00:30")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_dates_that_make_no_sense_are_refused(day: str) -> None:
    with pytest.raises(NoSuchDay):
        planned(at(f"{day} 12:00"))


def test_an_end_before_the_start_and_a_deadline_after_it_are_refused() -> None:
    with pytest.raises(EndsBeforeItBegins):
        planned(at("2026-11-05 16:30", minutes=-1))
    with pytest.raises(rules.ClosesTooLate):
        planned(closes=wall("2026-11-05 16:31"))
    with pytest.raises(rules.WindowIsEmpty):
        planned(opens=wall("2026-11-05 16:30"))


@pytest.mark.parametrize(("day", "refused"), [("2026-11-04", False), ("2026-11-05", True), ("2026-11-06", True)])
def test_a_place_takes_no_slots_from_the_day_it_closes(day: str, refused: bool) -> None:
    place = library(closed_from=dt.date(2026, 11, 5))

    if refused:
        with pytest.raises(PlaceClosed, match="is closed from 2026-11-05"):
            planned(at(f"{day} 16:30"), place_id=place.id)
    else:
        assert planned(at(f"{day} 16:30"), place_id=place.id).id


def test_a_room_belongs_to_the_place() -> None:
    ahus, tollarp = library(), library("tollarp", "Tollarps bibliotek")
    room = places.add_room(tollarp.id, name="Barnavdelningen", seats=20, act=maj())

    assert planned(place_id=tollarp.id, terms=Terms(room_id=room.id)).room_id == room.id
    with pytest.raises(rules.RoomElsewhere):
        planned(place_id=ahus.id, terms=Terms(room_id=room.id))
    with pytest.raises(rules.RoomElsewhere):
        planned(place_id=ahus.id, terms=Terms(room_id=4711))


def test_ages_are_judged_together_with_the_activity_s() -> None:
    with pytest.raises(rules.AgesUpsideDown):
        planned(terms=Terms(age_min=11))


def test_what_is_not_there_cannot_be_planned() -> None:
    with pytest.raises(rules.NoSuchActivity):
        services.plan(4711, place_id=library().id, meetings=[at("2026-11-05 16:30")], act=maj())
    with pytest.raises(NoSuchPlace):
        planned(place_id=4711)


def test_publishing_shows_a_draft_and_leaves_a_published_slot_alone() -> None:
    slot = planned()

    services.publish(slot.id, act=maj(LATER))
    services.publish(slot.id, act=maj(LATER + HOUR))

    assert (kept(slot).state, kept(slot).changed_at) == (SlotState.PUBLISHED, LATER)


def test_calling_off_keeps_the_slot_with_its_reason_and_counts_its_meetings_up() -> None:
    slot = planned(at("2026-11-05 16:30"), at("2026-11-12 16:30"), terms=Terms(state=SlotState.PUBLISHED))
    uids = [meeting.uid for meeting in slot.meetings]

    services.call_off(slot.id, reason_sv=" Ledaren är sjuk. ", act=maj(LATER))

    called_off = kept(slot)
    assert (called_off.state, called_off.changed_at) == (SlotState.CALLED_OFF, LATER)
    assert [(m.uid, m.sequence, m.changed_at) for m in called_off.meetings] == [(uid, 1, LATER) for uid in uids]
    told = session().get_one(CallOff, slot.id)
    assert (told.at, told.actor_ref, told.reason_sv, told.reason_en) == (LATER, "maj", "Ledaren är sjuk.", "")


def test_calling_off_needs_a_reason_and_happens_once() -> None:
    slot = planned()
    with pytest.raises(rules.NoReason):
        services.call_off(slot.id, reason_sv="  ", act=maj())
    services.call_off(slot.id, reason_sv="Snö", act=maj())

    with pytest.raises(rules.AlreadyCalledOff):
        services.call_off(slot.id, reason_sv="Snö", act=maj())
    with pytest.raises(rules.AlreadyCalledOff):
        services.publish(slot.id, act=maj())
    with pytest.raises(rules.AlreadyCalledOff):
        services.move_meeting(slot.meetings[0].id, to=at("2026-11-06 16:30"), act=maj())


def test_moving_a_meeting_keeps_its_identity_and_counts_it_up() -> None:
    slot = planned(closes=wall("2026-11-04 16:30"))
    (meeting,) = slot.meetings
    tollarp = library("tollarp", "Tollarps bibliotek")

    services.move_meeting(meeting.id, to=at("2026-11-06 15:00", minutes=90), place_id=tollarp.id, act=maj(LATER))

    moved, (now_at,) = kept(slot), kept(slot).meetings
    assert (now_at.uid, now_at.sequence, now_at.changed_at) == (meeting.uid, 1, LATER)
    assert (now_at.starts_at, now_at.ends_at) == (utc("2026-11-06 14:00"), utc("2026-11-06 15:30"))
    assert (moved.starts_at, moved.ends_at) == (now_at.starts_at, now_at.ends_at)
    assert moved.closes_at == utc("2026-11-05 14:00")  # still a day before the start
    assert (now_at.place_id, moved.place_id) == (tollarp.id, tollarp.id)


def test_moving_to_where_it_is_changes_nothing() -> None:
    slot = planned()

    services.move_meeting(slot.meetings[0].id, to=at("2026-11-05 16:30"), act=maj(LATER))

    assert (kept(slot).meetings[0].sequence, kept(slot).changed_at) == (0, NOW)


def test_moving_one_meeting_of_a_club_moves_the_club_s_span_but_not_the_others() -> None:
    club = planned(*rules.weekly(at("2026-11-03 16:30"), times=3), closes=wall("2026-11-10 16:30"))

    services.move_meeting(club.meetings[2].id, to=at("2026-11-18 16:30"), act=maj(LATER))

    moved = kept(club)
    assert [(meeting.sequence, meeting.changed_at) for meeting in moved.meetings] == [(0, NOW), (0, NOW), (1, LATER)]
    assert moved.changed_at == NOW  # or the other meetings would look new in the feeds
    assert (moved.starts_at, moved.ends_at) == (utc("2026-11-03 15:30"), utc("2026-11-18 16:30"))
    assert moved.closes_at == utc("2026-11-10 15:30")


def test_a_move_may_change_which_meeting_is_the_first() -> None:
    club = planned(*rules.weekly(at("2026-11-03 16:30"), times=3))

    services.move_meeting(club.meetings[0].id, to=at("2026-11-11 16:30"), act=maj(LATER))

    moved = kept(club)
    assert [meeting.starts_local.day for meeting in moved.meetings] == [10, 11, 17]
    assert moved.starts_at == moved.closes_at == utc("2026-11-10 15:30")


def test_a_move_that_makes_no_sense_is_refused_and_changes_nothing() -> None:
    place = library(closed_from=dt.date(2026, 12, 1))
    club = planned(*rules.weekly(at("2026-11-03 16:30"), times=2), place_id=place.id)
    first, second = club.meetings

    for to, refusal in (
        (at("2026-11-03 17:00"), rules.MeetingsOverlap),
        (at("2026-12-01 16:30"), PlaceClosed),
        (at("2027-03-28 02:30"), PlaceClosed),
        (at("2026-09-30 16:30"), rules.WindowIsEmpty),
    ):
        with pytest.raises(refusal):
            services.move_meeting(second.id, to=to, act=maj(LATER))
    with pytest.raises(rules.NoSuchMeeting):
        services.move_meeting(4711, to=at("2026-11-05 16:30"), act=maj())

    assert [meeting.sequence for meeting in kept(club).meetings] == [0, 0]
    assert kept(club).meetings[0].starts_at == first.starts_at


def test_what_is_not_there_can_neither_be_published_nor_called_off() -> None:
    with pytest.raises(rules.NoSuchSlot):
        services.publish(4711, act=maj())
    with pytest.raises(rules.NoSuchSlot):
        services.call_off(4711, reason_sv="Snö", act=maj())


def test_a_refused_plan_leaves_nothing_behind(app: Flask) -> None:
    with pytest.raises(rules.NoSeats):
        planned(terms=Terms(seats=0))

    assert session().scalar(select(func.count(Slot.id))) == 0
    assert session().scalar(select(func.count(Meeting.id))) == 0
    assert session().scalar(select(func.count(Activity.id))) == 1


def test_one_meeting_of_several_is_called_off_and_counts_up_alone() -> None:
    club = planned(at("2026-11-05 16:30"), at("2026-11-12 16:30"))
    first, second = club.meetings

    change = services.call_off_meeting(first.id, reason_sv=" Vattenläcka. ", act=maj(LATER))

    slot = kept(club)
    assert [meeting.called_off_at for meeting in slot.meetings] == [LATER, None]
    assert [(meeting.sequence, meeting.changed_at) for meeting in slot.meetings] == [(1, LATER), (0, NOW)]
    assert (slot.state, slot.starts_at) == (SlotState.DRAFT, utc("2026-11-05 15:30"))
    record = session().get_one(MeetingCallOff, first.id)
    assert (record.at, record.actor_ref, record.reason_sv) == (LATER, "maj", "Vattenläcka.")
    assert change.was == change.now == rules.Held(first.starts_at, first.ends_at, first.place_id)
    with pytest.raises(rules.LastMeeting):
        services.call_off_meeting(second.id, reason_sv="Vattenläcka.", act=maj(LATER))


def test_what_is_called_off_by_itself_is_neither_moved_nor_called_off_again() -> None:
    club = planned(at("2026-11-05 16:30"), at("2026-11-12 16:30"), at("2026-11-19 16:30"))
    first = club.meetings[0].id
    services.call_off_meeting(first, reason_sv="Vattenläcka.", act=maj(LATER))

    with pytest.raises(rules.AlreadyCalledOff):
        services.call_off_meeting(first, reason_sv="Vattenläcka.", act=maj(LATER))
    with pytest.raises(rules.AlreadyCalledOff):
        services.move_meeting(first, to=at("2026-11-06 16:30"), act=maj(LATER))
    with pytest.raises(rules.NoSuchMeeting):
        services.call_off_meeting(first + 100, reason_sv="Vattenläcka.", act=maj(LATER))
    with pytest.raises(rules.NoReason):
        services.call_off_meeting(club.meetings[1].id, reason_sv=" ", act=maj(LATER))
