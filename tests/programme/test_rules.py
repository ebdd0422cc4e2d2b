"""The programme's pure rules: tables on each side of every limit."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from booking.kernel.period import Period
from booking.programme import rules
from booking.programme.rules import Admission, PoolPlan, PublicState, Sign, SlotState, Step, Terms
from tests.programme.world import at, utc

OPENS, CLOSES = utc("2026-10-15 08:00"), utc("2026-11-05 14:00")
STARTS, ENDS = utc("2026-11-05 15:30"), utc("2026-11-05 16:30")
MINUTE = dt.timedelta(minutes=1)


def state(**more: Any) -> PublicState:
    """What the public sees of a published slot with twelve seats, while booking is open."""
    slot: dict[str, Any] = {
        "state": SlotState.PUBLISHED,
        "admission": Admission.BOOKING,
        "starts_at": STARTS,
        "ends_at": ENDS,
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "seats": 12,
        "seated": 0,
        "queued": 0,
        "queue_limit": None,
        "now": utc("2026-10-20 12:00"),
    }
    return rules.public_state(**{**slot, **more})


@pytest.mark.parametrize(
    ("now", "seen"),
    [
        (OPENS - MINUTE, PublicState.SOON),
        (OPENS, PublicState.OPEN),
        (CLOSES - MINUTE, PublicState.OPEN),
        (CLOSES, PublicState.CLOSED),
        (STARTS - MINUTE, PublicState.CLOSED),
        (STARTS, PublicState.STARTED),
        (ENDS, PublicState.STARTED),
    ],
)
def test_the_window_and_the_start_decide_what_is_seen(now: dt.datetime, seen: PublicState) -> None:
    assert state(now=now) is seen


@pytest.mark.parametrize(
    ("seats", "seated", "seen"),
    [
        (12, 8, PublicState.OPEN),
        (12, 9, PublicState.FEW),
        (12, 11, PublicState.FEW),
        (12, 12, PublicState.QUEUE),
        (12, 13, PublicState.QUEUE),  # staff lowered the seats
        (40, 31, PublicState.OPEN),
        (40, 32, PublicState.FEW),  # a fifth
        (3, 0, PublicState.FEW),
        (0, 0, PublicState.QUEUE),
    ],
)
def test_few_are_three_seats_or_a_fifth(seats: int, seated: int, seen: PublicState) -> None:
    assert state(seats=seats, seated=seated) is seen


@pytest.mark.parametrize(
    ("seated", "queued", "queue_limit", "seen"),
    [
        (12, 3, None, PublicState.QUEUE),
        (12, 3, 4, PublicState.QUEUE),
        (12, 4, 4, PublicState.FULL),
        (12, 0, 0, PublicState.FULL),
        (10, 0, 0, PublicState.FEW),
        (10, 1, None, PublicState.QUEUE),  # the free seats wait for a larger party
        (10, 4, 4, PublicState.FULL),
    ],
)
def test_no_seat_is_offered_past_those_who_wait(
    seated: int, queued: int, queue_limit: int | None, seen: PublicState
) -> None:
    assert state(seated=seated, queued=queued, queue_limit=queue_limit) is seen


@pytest.mark.parametrize(
    ("admission", "now", "seen"),
    [
        (Admission.DROP_IN, OPENS - MINUTE, PublicState.FREE),
        (Admission.DROP_IN, STARTS, PublicState.FREE),
        (Admission.DROP_IN, ENDS, PublicState.STARTED),
        (Admission.CLOSED_GROUP, OPENS, PublicState.GROUP),
        (Admission.CLOSED_GROUP, ENDS, PublicState.STARTED),
    ],
)
def test_drop_in_and_groups_have_no_window(admission: Admission, now: dt.datetime, seen: PublicState) -> None:
    assert state(admission=admission, now=now) is seen


def test_a_club_stays_open_after_its_first_meeting_for_as_long_as_booking_does() -> None:
    last = STARTS + dt.timedelta(days=35)
    club = {"ends_at": last + dt.timedelta(hours=1), "closes_at": STARTS + dt.timedelta(days=7)}

    assert state(now=STARTS, **club) is PublicState.OPEN
    assert state(now=STARTS + dt.timedelta(days=7), **club) is PublicState.STARTED


@pytest.mark.parametrize("now", [OPENS - MINUTE, OPENS, CLOSES, STARTS, ENDS])
def test_called_off_is_seen_before_everything_else(now: dt.datetime) -> None:
    assert state(state=SlotState.CALLED_OFF, now=now, seated=12, queued=3) is PublicState.OFF


@pytest.mark.parametrize(
    ("seen", "step"),
    [
        (PublicState.OPEN, Step.BOOK),
        (PublicState.FEW, Step.BOOK),
        (PublicState.QUEUE, Step.QUEUE),
        (PublicState.FULL, Step.OTHERS),
        (PublicState.OFF, Step.OTHERS),
        (PublicState.SOON, Step.READ),
        (PublicState.CLOSED, Step.OTHERS),
        (PublicState.FREE, Step.READ),
        (PublicState.STARTED, Step.OTHERS),
        (PublicState.GROUP, Step.READ),
    ],
)
def test_every_state_has_one_next_step(seen: PublicState, step: Step) -> None:
    assert rules.next_step(seen) is step


def test_meetings_come_in_order_of_time_whatever_order_they_were_typed_in() -> None:
    spans = rules.spans_in_order([at("2026-11-12 16:30"), at("2026-11-05 16:30")])

    assert [wall.starts.day for wall, _ in spans] == [5, 12]
    assert spans[0][1] == Period(utc("2026-11-05 15:30"), utc("2026-11-05 16:30"))


def test_a_slot_needs_a_meeting() -> None:
    with pytest.raises(rules.NoMeetings):
        rules.spans_in_order([])


@pytest.mark.parametrize(("minutes", "refused"), [(24 * 60, False), (24 * 60 + 1, True)])
def test_a_meeting_lasts_a_day_at_most(minutes: int, refused: bool) -> None:
    meeting = at("2026-11-05 16:30", minutes=minutes)

    if refused:
        with pytest.raises(rules.MeetingTooLong):
            rules.spans_in_order([meeting])
    else:
        assert rules.spans_in_order([meeting])


def test_meetings_may_follow_each_other_at_once_but_not_overlap() -> None:
    assert rules.spans_in_order([at("2026-11-05 15:30"), at("2026-11-05 16:30")])
    with pytest.raises(rules.MeetingsOverlap) as refusal:
        rules.spans_in_order([at("2026-11-05 15:31"), at("2026-11-05 16:30")])
    assert refusal.value.values == {"day": dt.date(2026, 11, 5)}


def test_booking_is_open_from_now_until_the_first_meeting_begins() -> None:
    now = utc("2026-10-01 08:00")

    assert rules.booking_window([Period(STARTS, ENDS)], opens_at=None, closes_at=None, now=now) == Period(now, STARTS)


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "refusal"),
    [
        (OPENS, STARTS, None),
        (OPENS, STARTS + MINUTE, rules.ClosesTooLate),
        (STARTS - MINUTE, STARTS, None),
        (STARTS, STARTS, rules.WindowIsEmpty),
        (STARTS, STARTS - MINUTE, rules.WindowIsEmpty),
    ],
)
def test_a_deadline_lies_after_the_opening_and_not_after_the_start(
    opens_at: dt.datetime, closes_at: dt.datetime, refusal: type[Exception] | None
) -> None:
    spans = [Period(STARTS, ENDS)]

    if refusal is None:
        assert rules.booking_window(spans, opens_at=opens_at, closes_at=closes_at, now=OPENS).ends == closes_at
    else:
        with pytest.raises(refusal):
            rules.booking_window(spans, opens_at=opens_at, closes_at=closes_at, now=OPENS)


def test_a_club_may_take_bookings_until_its_last_meeting_begins() -> None:
    week = dt.timedelta(days=7)
    spans = [Period(STARTS, ENDS), Period(STARTS + week, ENDS + week)]

    assert rules.booking_window(spans, opens_at=OPENS, closes_at=STARTS + week, now=OPENS).ends == STARTS + week
    with pytest.raises(rules.ClosesTooLate):
        rules.booking_window(spans, opens_at=OPENS, closes_at=STARTS + week + MINUTE, now=OPENS)


@pytest.mark.parametrize(("seats", "refused"), [(0, True), (1, False), (1000, False), (1001, True), (-1, True)])
def test_seats_that_can_only_be_a_slip_of_the_finger_are_refused(seats: int, refused: bool) -> None:
    if refused:
        with pytest.raises(rules.NoSeats):
            Terms(seats=seats).pools_for(12)
    else:
        assert Terms(seats=seats).pools_for(12) == (PoolPlan(seats=seats),)


@pytest.mark.parametrize("queue_limit", [-1, 1001])
def test_a_queue_limit_counts_parties(queue_limit: int) -> None:
    with pytest.raises(rules.BadQueueLimit):
        Terms(queue_limit=queue_limit).pools_for(12)


def test_the_pools_that_are_named_win_over_the_one_pool() -> None:
    pools = (PoolPlan(name="På plats", seats=8), PoolPlan(name="Online", seats=20, queue_limit=0))

    assert Terms(seats=3, pools=pools).pools_for(12) == pools
    assert Terms().pools_for(12) == (PoolPlan(seats=12),)


@pytest.mark.parametrize(
    "join_url", ["http://mote.example.org/x", "javascript:alert(1)", "mote.example.org", "https://mote.example.org/\n"]
)
def test_a_join_address_is_https_and_nothing_else(join_url: str) -> None:
    with pytest.raises(rules.BadJoinAddress):
        Terms(join_url=join_url).check()


def test_ages_stand_the_right_way_up() -> None:
    Terms(age_min=8, age_max=8).check()
    with pytest.raises(rules.AgesUpsideDown):
        Terms(age_min=9, age_max=8).check()


@pytest.mark.parametrize(
    ("slug", "sign"),
    [
        ("robotlek-blue-bot", Sign.ROBOT),
        ("rorliga-sagor-scratchjr", Sign.STORY),
        ("forsta-spelet-scratch", Sign.BLOCKS),
        ("microbit-pa-bussen", Sign.CIRCUIT),
        ("kodklubben", Sign.LAPTOP),
        ("nagot-annat", Sign.SPARK),
    ],
)
def test_the_words_of_a_slug_choose_the_sign(slug: str, sign: Sign) -> None:
    assert rules.sign_for(slug) is sign


def test_a_weekly_series_leaves_out_the_days_it_is_told_to() -> None:
    periods = rules.weekly(at("2026-12-17 16:30"), times=4, except_on=[dt.date(2026, 12, 24), dt.date(2026, 12, 31)])

    assert [period.starts.date().isoformat() for period in periods] == ["2026-12-17", "2027-01-07"]
