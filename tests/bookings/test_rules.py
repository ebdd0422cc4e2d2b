"""Who may book and who is next: every limit from both sides, without a database."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.bookings import rules
from booking.bookings.rules import (
    Cause,
    Child,
    ContactDetails,
    EntryChange,
    SlotFacts,
    Standing,
    Waiting,
    Wishes,
    plan_promotion,
)
from booking.kernel.act import ActorKind
from booking.kernel.refusal import Refused
from booking.programme.rules import Admission, SlotState

NOW = dt.datetime(2026, 10, 1, 8, 0, tzinfo=dt.UTC)
SECOND, HOUR, DAY = dt.timedelta(seconds=1), dt.timedelta(hours=1), dt.timedelta(days=1)
OPENS, STARTS = NOW - DAY, NOW + 10 * DAY
ENDS = STARTS + HOUR
ORDINARY = SlotFacts(
    slot_id=1,
    pool_id=1,
    state=SlotState.PUBLISHED,
    admission=Admission.BOOKING,
    starts_at=STARTS,
    ends_at=ENDS,
    opens_at=OPENS,
    closes_at=STARTS - HOUR,
    age_min=8,
    age_max=12,
    adult_stays=True,
    seats=8,
    seated=0,
    queued=0,
    last_queue_number=0,
    queue_limit=None,
)


def facts(**changes: Any) -> SlotFacts:
    return ORDINARY._replace(**changes)


def refused_by(rule: Any, *args: Any, **kwargs: Any) -> type[Exception] | None:
    try:
        rule(*args, **kwargs)
    except Refused as refused:
        return type(refused)
    return None


# ---- may this slot be booked now ----

CLUB = {"starts_at": NOW - 7 * DAY, "ends_at": NOW + 28 * DAY, "closes_at": NOW + 7 * DAY}


@pytest.mark.parametrize(
    ("changes", "now", "expected"),
    [
        ({}, NOW, None),
        ({"state": SlotState.DRAFT}, NOW, rules.NotPublished),
        ({"state": SlotState.CALLED_OFF}, NOW, rules.CalledOff),
        ({"admission": Admission.DROP_IN}, NOW, rules.NoBookingNeeded),
        ({"admission": Admission.CLOSED_GROUP}, NOW, rules.ClosedGroup),
        ({}, OPENS - SECOND, rules.NotOpenYet),
        ({}, OPENS, None),
        ({}, STARTS - HOUR - SECOND, None),
        ({}, STARTS - HOUR, rules.Closed),
        ({}, STARTS - SECOND, rules.Closed),
        ({}, STARTS, rules.Started),
        ({}, ENDS, rules.Started),
        # A club stays open after its first meeting when it says so, and has started once it is closed.
        (CLUB, NOW, None),
        (CLUB, NOW + 7 * DAY - SECOND, None),
        (CLUB, NOW + 7 * DAY, rules.Started),
        ({**CLUB, "closes_at": NOW + 40 * DAY}, NOW + 28 * DAY, rules.Started),
    ],
)
def test_a_slot_is_booked_between_opening_and_closing(
    changes: dict[str, Any], now: dt.datetime, expected: type[Exception] | None
) -> None:
    assert refused_by(rules.check_slot, facts(**changes), now=now) is expected


def test_refusals_of_a_slot_come_in_one_fixed_order() -> None:
    """Each step mends what was refused last; the next refusal of the order shows (design §4)."""
    wrong = facts(state=SlotState.DRAFT, admission=Admission.DROP_IN, opens_at=ENDS + HOUR, closes_at=STARTS)
    late = ENDS + DAY
    steps: list[dict[str, Any]] = [
        {},
        {"state": SlotState.CALLED_OFF},
        {"state": SlotState.PUBLISHED},
        {"admission": Admission.BOOKING, "opens_at": late + HOUR},
        {"opens_at": OPENS, "starts_at": late + HOUR, "ends_at": late + 2 * HOUR},
        {"starts_at": STARTS, "ends_at": ENDS},
    ]

    met = []
    for step in steps:
        wrong = wrong._replace(**step)
        met.append(refused_by(rules.check_slot, wrong, now=late))

    assert met == [
        rules.NotPublished,
        rules.CalledOff,
        rules.NoBookingNeeded,
        rules.NotOpenYet,
        rules.Closed,
        rules.Started,
    ]


def test_a_slot_that_is_not_open_yet_says_when_it_opens() -> None:
    with pytest.raises(rules.NotOpenYet) as refused:
        rules.check_slot(facts(opens_at=NOW + HOUR), now=NOW)

    assert refused.value.values == {"opens_at": NOW + HOUR}


# ---- children ----


@pytest.mark.parametrize(
    ("ages", "age", "is_refused"),
    [
        ((8, 12), 7, True),
        ((8, 12), 8, False),
        ((8, 12), 12, False),
        ((8, 12), 13, True),
        ((None, 6), 0, False),
        ((None, 6), 7, True),
        ((9, None), 8, True),
        ((9, None), 120, False),
        ((None, None), 0, False),
        ((0, 0), 1, True),
    ],
)
def test_an_age_is_within_the_range_both_ends_included(
    ages: tuple[int | None, int | None], age: int, is_refused: bool
) -> None:
    fact = facts(age_min=ages[0], age_max=ages[1])

    assert (refused_by(rules.check_children, fact, [Child("Ada", age)]) is rules.WrongAge) is is_refused


def test_a_wrong_age_names_the_child_and_its_field_before_anything_about_doubles() -> None:
    party = [Child("Ada", 9), Child("Ada", 9), Child("Bo", 7)]

    with pytest.raises(rules.WrongAge) as refused:
        rules.check_children(facts(), party)

    assert refused.value.field == "barn-3-alder"
    assert refused.value.values == {"name": "Bo", "age": 7, "range": "8–12"}


@pytest.mark.parametrize("again", ["Ada", "ADA", " ada ", "Ａｄａ"])
def test_the_same_child_stands_once_however_it_is_written(again: str) -> None:
    with pytest.raises(rules.ChildTwice) as refused:
        rules.check_children(facts(), [Child("Ada", 9), Child(again, 9)])

    assert refused.value.field == "barn-2-namn"


def test_two_of_a_name_and_different_ages_are_two_children() -> None:
    rules.check_children(facts(), [Child("Ada", 9), Child("Ada", 11)])


def test_a_child_of_the_booking_is_not_added_again() -> None:
    seen = frozenset({rules.child_mark(Child("Ada", 9))})

    assert refused_by(rules.check_children, facts(), [Child("ada", 9)], seen=seen) is rules.ChildAlreadyBooked
    assert refused_by(rules.check_children, facts(), [Child("ada", 10)], seen=seen) is None


@pytest.mark.parametrize(
    ("adult_stays", "adults", "by", "is_refused"),
    [
        (True, 0, ActorKind.PUBLIC, True),
        (True, 0, ActorKind.FAMILY, True),
        (True, 1, ActorKind.PUBLIC, False),
        (True, 0, ActorKind.STAFF, False),
        (False, 0, ActorKind.PUBLIC, False),
    ],
)
def test_a_family_brings_an_adult_where_one_stays_and_staff_decide_for_themselves(
    adult_stays: bool, adults: int, by: ActorKind, is_refused: bool
) -> None:
    refusal = refused_by(rules.check_adults, facts(adult_stays=adult_stays), adults, by=by)

    assert (refusal is rules.AdultMissing) is is_refused


@pytest.mark.parametrize(("size", "is_refused"), [(1, False), (6, False), (7, True)])
def test_a_party_keeps_to_the_limit(size: int, is_refused: bool) -> None:
    assert (refused_by(rules.check_party, size, limit=6) is rules.PartyTooLarge) is is_refused


# ---- seats and queue ----


@pytest.mark.parametrize(
    ("changes", "party", "expected"),
    [
        ({"seated": 6}, 2, Standing.SEATED),
        ({"seated": 6}, 3, Standing.QUEUED),
        ({"seated": 8}, 1, Standing.QUEUED),
        ({"seated": 11}, 1, Standing.QUEUED),  # the seats were lowered
        ({"seated": 0, "queued": 1}, 1, Standing.QUEUED),  # somebody waits: no passer-by is seated first
    ],
)
def test_a_newcomer_is_seated_when_the_party_fits_and_nobody_waits(
    changes: dict[str, int], party: int, expected: Standing
) -> None:
    assert rules.standing_for_newcomer(facts(**changes), party=party) is expected


@pytest.mark.parametrize(
    ("changes", "party", "expected"),
    [
        ({"seated": 8}, 1, None),
        ({"seated": 8, "queued": 1000}, 1, None),
        ({"seated": 8, "queue_limit": 0}, 1, rules.NoQueue),
        ({"seated": 7, "queue_limit": 0}, 1, None),
        ({"seated": 7, "queue_limit": 0}, 2, rules.NoQueue),
        ({"seated": 8, "queue_limit": 3, "queued": 2}, 1, None),
        ({"seated": 8, "queue_limit": 3, "queued": 3}, 1, rules.QueueFull),
        ({"seated": 8, "queue_limit": 3, "queued": 4}, 1, rules.QueueFull),
    ],
)
def test_a_queue_takes_parties_up_to_its_limit(
    changes: dict[str, int], party: int, expected: type[Exception] | None
) -> None:
    assert refused_by(rules.check_queue, facts(**changes), party=party) is expected


@pytest.mark.parametrize(
    ("adult_stays", "phone", "is_refused"),
    [(True, "", False), (False, "", True), (False, "+46701234567", False)],
)
def test_a_phone_number_is_needed_where_no_adult_stays(adult_stays: bool, phone: str, is_refused: bool) -> None:
    contact = ContactDetails("Samira", "samira@example.org", phone)

    assert (refused_by(rules.check_phone, facts(adult_stays=adult_stays), contact) is rules.PhoneMissing) is is_refused


@pytest.mark.parametrize(
    ("left", "waits", "by_itself"),
    [
        (rules.WAITING_ENDS + SECOND, True, True),
        (rules.WAITING_ENDS, False, True),
        (rules.PROMOTION_ENDS + SECOND, False, True),
        (rules.PROMOTION_ENDS, False, False),
        (-HOUR, False, False),
    ],
)
def test_seats_wait_until_48_hours_and_move_by_themselves_until_24(
    left: dt.timedelta, waits: bool, by_itself: bool
) -> None:
    assert rules.seats_wait(now=STARTS - left, starts_at=STARTS) is waits
    assert rules.promotes_by_itself(now=STARTS - left, starts_at=STARTS) is by_itself


# ---- who is next ----


def seated_of(queue: list[Waiting], *, free: int, seats: int = 8, seats_wait: bool = True) -> list[int]:
    plan = plan_promotion(queue, free=free, seats=seats, seats_wait=seats_wait)
    return [entry.booking_id for entry in plan.seated]


@pytest.mark.parametrize(
    ("queue", "free", "expected"),
    [
        ([], 3, []),
        ([(1, 1, 0), (2, 1, 0)], 0, []),
        ([(1, 1, 0), (2, 1, 0)], 1, [1]),
        ([(1, 2, 0), (2, 1, 0), (3, 1, 0)], 3, [1, 2]),
        # Larger than what is free: passed over, and keeps its number.
        ([(1, 3, 0), (2, 1, 0)], 1, [2]),
        ([(1, 3, 2), (2, 1, 0)], 1, [2]),
        # Passed over three times: the seat waits for it, but it waits only for those who come after it.
        ([(1, 3, 3), (2, 1, 0)], 1, []),
        ([(1, 1, 0), (2, 3, 3), (3, 1, 0)], 2, [1]),
        ([(1, 3, 3), (2, 1, 0)], 3, [1]),
        ([(1, 3, 3), (2, 1, 0)], 4, [1, 2]),
        # The third passing of one run is the last.
        ([(1, 5, 1), (2, 1, 0), (3, 1, 0), (4, 1, 0)], 4, [2, 3]),
        # Whatever has no participants is skipped (A7).
        ([(1, 0, 0), (2, 1, 0)], 1, [2]),
        # No seat waits for a party that can never be seated.
        ([(1, 9, 7), (2, 1, 0)], 1, [2]),
    ],
)
def test_the_oldest_party_that_fits_is_seated_first(
    queue: list[tuple[int, int, int]], free: int, expected: list[int]
) -> None:
    assert seated_of([Waiting(*entry) for entry in queue], free=free) == expected


def test_nobody_waits_for_a_large_party_in_the_last_48_hours() -> None:
    queue = [Waiting(1, 3, 3), Waiting(2, 1, 0)]

    assert seated_of(queue, free=1, seats_wait=False) == [2]


def test_a_passing_is_counted_once_for_each_party_seated_past_it() -> None:
    queue = [Waiting(1, 4, 0), Waiting(2, 1, 0), Waiting(3, 4, 0), Waiting(4, 1, 0)]

    plan = plan_promotion(queue, free=3, seats=8, seats_wait=True)

    assert [entry.booking_id for entry in plan.seated] == [2, 4]
    assert plan.passed == {1: 2, 3: 1}


queues = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5)), max_size=25).map(
    lambda entries: [Waiting(number, *entry) for number, entry in enumerate(entries, 1)]
)


@given(queue=queues, free=st.integers(-2, 20), seats=st.integers(0, 20), seats_wait=st.booleans())
def test_whatever_the_queue_a_plan_never_oversells_and_keeps_the_order(
    queue: list[Waiting], free: int, seats: int, seats_wait: bool
) -> None:
    plan = plan_promotion(queue, free=free, seats=seats, seats_wait=seats_wait)
    seated = {entry.booking_id for entry in plan.seated}
    left = free - sum(entry.party for entry in plan.seated)

    # Parties are seated whole, each once, oldest first, and never on more seats than there are.
    assert left >= min(free, 0)
    assert [entry for entry in queue if entry.booking_id in seated] == plan.seated
    assert all(entry.party > 0 for entry in plan.seated)
    # A passing is one younger party that was seated while this one did not fit.
    for entry in queue:
        younger = sum(other.booking_id > entry.booking_id for other in plan.seated)
        expected = 0 if entry.booking_id in seated or entry.party <= 0 else younger
        assert plan.passed.get(entry.booking_id, 0) == expected
    # A seat stays free while somebody fits only for an older party that has been passed over often enough.
    for entry in queue:
        if 0 < entry.party <= left and entry.booking_id not in seated:
            assert seats_wait
            assert any(
                older.booking_id < entry.booking_id
                and older.booking_id not in seated
                and older.party <= seats
                and older.passed_over + plan.passed.get(older.booking_id, 0) >= rules.PATIENCE
                for older in queue
            )


@given(queue=queues, free=st.integers(0, 20))
def test_nobody_is_passed_over_more_than_three_times_while_seats_wait(queue: list[Waiting], free: int) -> None:
    fresh = [entry._replace(passed_over=min(entry.passed_over, rules.PATIENCE)) for entry in queue]

    plan = plan_promotion(fresh, free=free, seats=20, seats_wait=True)

    for entry in fresh:
        assert entry.passed_over + plan.passed.get(entry.booking_id, 0) <= rules.PATIENCE


# ---- letters, forms ----


S, Q, C = Standing.SEATED, Standing.QUEUED, Standing.CANCELLED
WRITTEN, ENDED, UNTOUCHED = EntryChange.WRITTEN, EntryChange.ENDED, EntryChange.UNTOUCHED


@pytest.mark.parametrize(
    ("cause", "was", "now", "name", "entry"),
    [
        (Cause.STANDING, None, S, "seated", WRITTEN),
        (Cause.STANDING, None, Q, "queued", UNTOUCHED),
        (Cause.STANDING, Q, S, "promoted", WRITTEN),
        (Cause.STANDING, S, C, "cancelled", ENDED),
        (Cause.STANDING, Q, C, "cancelled", UNTOUCHED),
        (Cause.CHILD_ADDED, S, S, "child_added", UNTOUCHED),
        (Cause.CHILD_ADDED, Q, S, "child_added", WRITTEN),
        (Cause.CHILD_CANCELLED, S, S, "child_cancelled", UNTOUCHED),
        (Cause.CHILD_CANCELLED, S, Q, "child_cancelled", ENDED),
        (Cause.HANDED_OVER, S, None, "address_changed", ENDED),
        (Cause.MOVED, S, S, "moved", WRITTEN),
        (Cause.MOVED, Q, Q, "moved", UNTOUCHED),
        (Cause.MEETING_OFF, S, S, "meeting_off", WRITTEN),
        (Cause.CALLED_OFF, S, None, "called_off", ENDED),
        (Cause.CALLED_OFF, Q, None, "called_off", UNTOUCHED),
        (Cause.BACK_ON, None, S, "back_on", WRITTEN),
        (Cause.BACK_ON, None, Q, "back_on", UNTOUCHED),
    ],
)
def test_what_was_done_decides_the_letter_and_what_it_does_to_the_calendar(
    cause: Cause, was: Standing | None, now: Standing | None, name: str, entry: EntryChange
) -> None:
    letter = rules.letter(cause, was, now)

    assert (letter.name, letter.entry, letter.kind) == (name, entry, f"bookings/{name}")


@pytest.mark.parametrize(
    ("cause", "was", "now"),
    [
        (Cause.STANDING, S, Q),  # nobody is sent back to the queue
        (Cause.STANDING, C, S),
        (Cause.STANDING, S, S),
        (Cause.CHILD_CANCELLED, Q, S),
        (Cause.MOVED, Q, S),
        (Cause.CALLED_OFF, C, None),  # who has cancelled is not told
        (Cause.CALLED_OFF, S, S),
    ],
)
def test_a_change_that_must_not_happen_has_no_letter(cause: Cause, was: Standing, now: Standing | None) -> None:
    with pytest.raises(KeyError):
        rules.letter(cause, was, now)


def test_a_queued_family_has_no_entry_in_its_calendar_so_none_is_written_or_ended() -> None:
    standings = (None, S, Q, C)
    touching = [
        (cause, was, now)
        for cause in Cause
        for was in standings
        for now in standings
        if (cause, was, now) in rules._LETTERS and rules.letter(cause, was, now).entry is not UNTOUCHED
    ]

    assert touching
    assert all(S in (was, now) for _, was, now in touching)


@pytest.mark.parametrize(
    ("starts_in", "held"),
    [
        (dt.timedelta(hours=6), dt.timedelta()),
        (dt.timedelta(hours=6, seconds=1), dt.timedelta(minutes=2)),
        (dt.timedelta(hours=-1), dt.timedelta()),
    ],
)
def test_news_are_held_two_minutes_unless_it_begins_within_six_hours(
    starts_in: dt.timedelta, held: dt.timedelta
) -> None:
    assert rules.held_until(now=STARTS - starts_in, starts_at=STARTS) == STARTS - starts_in + held


def test_an_entry_has_an_identity_of_its_own_that_never_changes() -> None:
    assert rules.entry_uid("booking", "meeting") == rules.entry_uid("booking", "meeting")
    assert len({rules.entry_uid(one, other) for one in "ab" for other in "ab"}) == 4
    assert re.fullmatch("[0-9a-f]{32}", rules.entry_uid("booking", "meeting"))


def test_an_entry_counts_up_with_its_meeting_and_with_its_booking() -> None:
    assert rules.entry_sequence(0, 0) == 0
    assert rules.entry_sequence(0, 1) == rules.entry_sequence(1, 0) == 1


WISHES = Wishes((Child("Ada", 9),), ContactDetails("Samira", "Samira@example.org", "+46701234567"), 1, "lugn plats")


@pytest.mark.parametrize(
    "changed",
    [
        Wishes((Child("Adda", 9),), WISHES.contact, 1, "lugn plats"),
        Wishes((Child("ada", 9),), WISHES.contact, 1, "lugn plats"),
        Wishes((Child("Ada", 10),), WISHES.contact, 1, "lugn plats"),
        Wishes((Child("Ada", 9), Child("Bo", 9)), WISHES.contact, 1, "lugn plats"),
        Wishes(WISHES.children, ContactDetails("Sam", "Samira@example.org", "+46701234567"), 1, "lugn plats"),
        Wishes(WISHES.children, ContactDetails("Samira", "samira@example.org", "+46701234567"), 1, "lugn plats"),
        Wishes(WISHES.children, ContactDetails("Samira", "Samira@example.org", ""), 1, "lugn plats"),
        Wishes(WISHES.children, WISHES.contact, 2, "lugn plats"),
        Wishes(WISHES.children, WISHES.contact, 1, ""),
    ],
)
def test_no_change_of_a_form_goes_unnoticed(changed: Wishes) -> None:
    assert changed.digest() != WISHES.digest()


def test_the_same_form_in_another_language_is_the_same_form() -> None:
    contact = ContactDetails("Samira", "Samira@example.org", "+46701234567", language="en")

    assert Wishes(WISHES.children, contact, 1, "lugn plats").digest() == WISHES.digest()


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [(8, 10, "8–10"), (8, 8, "8"), (8, None, "8+"), (None, 6, "0–6"), (None, None, "0+"), (0, 0, "0")],
)
def test_ages_are_written_as_people_write_them(low: int | None, high: int | None, shown: str) -> None:
    assert rules.age_range(low, high) == shown


@pytest.mark.parametrize(
    ("now", "shows"),
    [
        (STARTS - dt.timedelta(minutes=15) - SECOND, False),
        (STARTS - dt.timedelta(minutes=15), True),
        (ENDS - SECOND, True),
        (ENDS, False),
    ],
)
def test_the_join_link_shows_from_a_quarter_before_the_start(now: dt.datetime, shows: bool) -> None:
    assert rules.may_join(now=now, starts_at=STARTS, ends_at=ENDS) is shows
