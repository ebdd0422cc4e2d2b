"""Letters that the clock writes: the reminder, the way into an online meeting, thanks with a question."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask

from booking.bookings import rules, services
from booking.bookings.rules import Child, Standing
from booking.bookings.services import clockwork
from booking.kernel import clock
from booking.kernel.period import WallPeriod
from booking.outbox import services as outbox
from booking.programme import services as programme
from booking.programme.rules import Terms
from booking.settings import current
from booking.store.engine import session
from tests.bookings.crowd import at_once, results
from tests.bookings.world import (
    DAY,
    HOUR,
    KARIN,
    NOW,
    ROLF,
    SAMIRA,
    MadeSlot,
    act_at,
    book,
    fill,
    letters_to,
    new_key,
    rows,
    run,
    value,
    wishes,
)
from tests.bookings.world import make_slot as slot_of_the_world
from tests.support.queries import counted

MINUTE = dt.timedelta(minutes=1)
# Sunday 11 October 2026 at 10.00; reminders go on Friday at 17.00, the link of a meeting online on Saturday at 17.00.
STARTS = NOW + 10 * DAY
REMINDED = dt.datetime(2026, 10, 9, 15, 0, tzinfo=dt.UTC)
LET_IN = dt.datetime(2026, 10, 10, 15, 0, tzinfo=dt.UTC)
ENDED = STARTS + HOUR
JOIN_URL = "https://mote.example.org/robotar"


def make_slot(*, online: bool = False, **others: Any) -> MadeSlot:
    """A slot of ten days from NOW on whose meetings were planned at NOW."""
    made = slot_of_the_world(**others)
    run("UPDATE meetings SET changed_at = :now", now=_stored(NOW))
    if online:
        run("UPDATE slots SET is_online = true, join_url = :url WHERE id = :id", url=JOIN_URL, id=made.id)
    return made


def _stored(instant: dt.datetime) -> Any:
    """An instant as a plain statement hands it to both databases."""
    return instant if session().get_bind().dialect.name == "postgresql" else instant.strftime("%Y-%m-%d %H:%M:%S.%f")


def at(now: dt.datetime) -> Any:
    session().rollback()
    return act_at(now)


def remind(now: dt.datetime) -> int:
    return services.remind(at(now))


def let_in(now: dt.datetime) -> int:
    return services.let_in(at(now))


def thank(now: dt.datetime) -> int:
    return services.thank(at(now))


def told(kind: str) -> list[str]:
    """Who got a letter of this kind, in order."""
    found = rows("SELECT recipient FROM letters WHERE kind = :kind ORDER BY id", kind=f"bookings/{kind}")
    return [recipient for (recipient,) in found]


def letter(kind: str, *, to: str = SAMIRA) -> dict[str, Any]:
    """What the newest letter of this kind to somebody says."""
    (payload,) = rows(
        "SELECT payload FROM letters WHERE kind = :kind AND recipient = :to ORDER BY id DESC LIMIT 1",
        kind=f"bookings/{kind}",
        to=to,
    )[0]
    facts: dict[str, Any] = json.loads(payload) if isinstance(payload, str) else payload
    return facts


def first_meeting(slot: MadeSlot) -> int:
    return int(value("SELECT id FROM meetings WHERE slot_id = :slot ORDER BY starts_at LIMIT 1", slot=slot.id))


def wall(text: str) -> WallPeriod:
    """An hour from this wall time on."""
    starts = dt.datetime.fromisoformat(text)
    return WallPeriod(starts, starts + HOUR)


def move(slot: MadeSlot, *, to: str, now: dt.datetime) -> None:
    """Staff hold the slot's first meeting at another wall time."""
    session().rollback()
    programme.move_meeting(first_meeting(slot), to=wall(to), act=act_at(now))


# ---- the reminder ----


def test_given_a_worker_that_was_away_then_a_reminder_waits_for_the_morning(app: Flask) -> None:
    book(make_slot(), wishes(SAMIRA))

    assert remind(REMINDED + 9 * HOUR) == 0
    assert remind(REMINDED + 15 * HOUR) == 1


def test_a_reminder_goes_two_days_before_at_five_once_however_often_the_clock_is_asked(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA, children=2))

    assert remind(REMINDED - MINUTE) == 0
    assert remind(REMINDED) == 1
    assert remind(REMINDED) == 0
    assert remind(REMINDED + DAY) == 0

    assert told("reminder") == [SAMIRA]
    facts = letter("reminder")
    assert (facts["children"], facts["adults"], facts["standing"], facts["others"]) == (2, 1, "seated", False)
    assert facts["link"]["purpose"] == "manage"
    (meeting,) = facts["meetings"]
    assert (meeting["starts_at"], meeting["ends_at"]) == (STARTS.isoformat(), ENDED.isoformat())
    assert rows("SELECT subject, not_after FROM letters WHERE kind = 'bookings/reminder'") == [
        ("booking:1", rows("SELECT starts_at FROM meetings")[0][0])
    ]


def test_a_worker_that_was_away_reminds_late_and_never_after_the_start(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))

    assert remind(STARTS - MINUTE) == 1

    other = make_slot()
    book(other, wishes(ROLF))
    assert remind(STARTS) == 0


def test_only_who_has_a_seat_and_an_address_is_reminded(app: Flask) -> None:
    slot = make_slot(seats=3)
    book(slot, wishes(SAMIRA))
    cancelled = book(slot, wishes(ROLF))
    book(slot, wishes(""))
    book(slot, wishes(KARIN))
    services.cancel(cancelled.ref, act=act_at())
    book(slot, wishes("waits@example.org"))
    run("UPDATE bookings SET changed_at = :now", now=_stored(NOW))

    remind(REMINDED)

    assert told("reminder") == [SAMIRA, KARIN]


@pytest.mark.parametrize(("late", "reminded"), [(-MINUTE, [SAMIRA, ROLF]), (MINUTE, [SAMIRA])])
def test_who_books_after_the_reminder_was_due_is_not_reminded(
    app: Flask, late: dt.timedelta, reminded: list[str]
) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    book(slot, wishes(ROLF), now=REMINDED + late)

    remind(REMINDED + 2 * MINUTE)

    assert told("reminder") == reminded


def test_who_is_promoted_after_the_reminder_was_due_is_not_reminded(app: Flask) -> None:
    slot = make_slot(seats=1, starts_at=STARTS)
    first = book(slot, wishes(SAMIRA))
    book(slot, wishes(ROLF))
    remind(REMINDED)

    services.cancel(first.ref, act=act_at(REMINDED + HOUR))
    remind(REMINDED + 2 * HOUR)

    assert letters_to(ROLF) == ["queued", "promoted"]
    assert told("reminder") == [SAMIRA]


def test_a_meeting_that_was_moved_is_reminded_of_for_its_new_day(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    remind(REMINDED)

    move(slot, to="2026-10-18T13:00", now=REMINDED + HOUR)

    assert remind(REMINDED + 2 * HOUR) == 0
    assert remind(REMINDED + 7 * DAY - MINUTE) == 0
    assert remind(REMINDED + 7 * DAY) == 1
    assert remind(REMINDED + 7 * DAY + MINUTE) == 0
    assert letter("reminder")["meetings"][0]["starts_at"] == "2026-10-18T11:00:00+00:00"


def test_who_was_told_of_the_move_on_the_last_day_gets_no_reminder_on_top(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))

    move(slot, to="2026-10-11T13:00", now=REMINDED + HOUR)

    assert remind(REMINDED + 2 * HOUR) == 0


def test_a_club_is_reminded_of_its_first_meeting_alone(app: Flask) -> None:
    slot = make_slot(meetings=6)
    book(slot, wishes(SAMIRA))

    for day in range(60):
        remind(REMINDED + day * DAY)

    assert told("reminder") == [SAMIRA]
    assert len(letter("reminder")["meetings"]) == 6


def test_given_a_club_whose_first_meeting_is_off_then_the_next_one_is_its_first(app: Flask) -> None:
    slot = make_slot(meetings=3)
    book(slot, wishes(SAMIRA))
    run("UPDATE meetings SET called_off_at = :now WHERE id = :id", now=_stored(NOW), id=first_meeting(slot))

    assert remind(REMINDED) == 0
    assert remind(REMINDED + 7 * DAY) == 1


def test_what_is_called_off_is_not_reminded_of(app: Flask) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    programme.call_off(slot.id, reason_sv="Ledaren är sjuk.", act=act_at())

    assert remind(REMINDED) == 0


def test_a_family_with_a_child_that_was_added_later_gets_one_letter_for_all(app: Flask) -> None:
    slot = make_slot(seats=3)
    family = book(slot, wishes(SAMIRA, children=2))
    stranger = book(slot, wishes(ROLF))
    services.add_child(family.ref, child=Child("Kim", 9), key=new_key(), act=act_at())
    remind(REMINDED)
    assert (letter("reminder")["children"], letter("reminder")["others"]) == (2, True)

    services.cancel(stranger.ref, act=act_at(REMINDED + HOUR))

    assert standing_of_parts() == {Standing.SEATED.value: 2, Standing.CANCELLED.value: 1}
    assert remind(REMINDED + 2 * HOUR) == 0
    thank(ENDED + HOUR)
    assert (letter("thanks")["children"], letter("thanks")["others"]) == (3, False)
    assert told("thanks") == [SAMIRA]


def standing_of_parts() -> Counter[str]:
    return Counter(word for (word,) in rows("SELECT standing FROM bookings"))


@pytest.mark.parametrize(
    ("now", "days", "hour", "expected"),
    [
        # Day of the meetings, and how late the reminder is by now.
        ("2026-12-29T15:59+00:00", 2, 17, ["2026-12-29", "2026-12-30"]),
        ("2026-12-29T16:00+00:00", 2, 17, ["2026-12-29", "2026-12-30", "2026-12-31"]),
        ("2026-12-31T22:30+00:00", 2, 17, ["2026-12-31", "2027-01-01", "2027-01-02"]),
        ("2026-12-31T23:30+00:00", 2, 17, ["2027-01-01", "2027-01-02"]),
        # The nights when the clocks change: 17.00 is 15:00 UTC in summer and 16:00 in winter.
        ("2026-10-24T15:00+00:00", 2, 17, ["2026-10-24", "2026-10-25", "2026-10-26"]),
        ("2026-10-25T15:59+00:00", 2, 17, ["2026-10-25", "2026-10-26"]),
        ("2026-10-25T16:00+00:00", 2, 17, ["2026-10-25", "2026-10-26", "2026-10-27"]),
        ("2027-03-28T15:00+00:00", 2, 17, ["2027-03-28", "2027-03-29", "2027-03-30"]),
        ("2027-03-28T00:59+00:00", 1, 2, ["2027-03-28"]),
        ("2027-03-28T01:00+00:00", 1, 2, ["2027-03-28", "2027-03-29"]),
        ("2026-10-24T21:30+00:00", 1, 23, ["2026-10-24", "2026-10-25"]),
    ],
)
def test_the_days_to_be_told_of_are_stockholms(now: str, days: int, hour: int, expected: list[str]) -> None:
    found = rules.notices(days=days, hour=hour, now=dt.datetime.fromisoformat(now))

    assert [clock.local_day(notice.starts).isoformat() for notice in found] == expected
    assert all(before.ends == after.starts for before, after in pairwise(found))


def test_a_meeting_just_after_midnight_is_reminded_of_by_its_own_day(app: Flask) -> None:
    slot = make_slot(starts_at=dt.datetime(2026, 10, 31, 23, 30, tzinfo=dt.UTC))  # 00.30 on 1 November
    book(slot, wishes(SAMIRA))

    assert remind(dt.datetime(2026, 10, 29, 16, 0, tzinfo=dt.UTC)) == 0
    assert remind(dt.datetime(2026, 10, 30, 15, 59, tzinfo=dt.UTC)) == 0
    assert remind(dt.datetime(2026, 10, 30, 16, 0, tzinfo=dt.UTC)) == 1


@pytest.mark.parametrize(("days", "hour", "due"), [(1, 9, LET_IN - 8 * HOUR), (14, 0, None), (0, 17, None)])
def test_the_settings_say_when_reminders_go(
    app: Flask, days: int, hour: int, due: dt.datetime | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "kodplats", replace(current(), reminder_days=days, reminder_hour=hour))
    slot = make_slot()
    book(slot, wishes(SAMIRA))

    if due is None:
        assert remind(REMINDED) == 0
    else:
        assert remind(due - MINUTE) == 0
        assert remind(due) == 1


# ---- the way into an online meeting ----


def test_the_way_in_goes_the_evening_before_with_a_link_of_its_own(app: Flask) -> None:
    slot = make_slot(online=True)
    receipt = book(slot, wishes(SAMIRA))

    assert let_in(LET_IN - MINUTE) == 0
    assert let_in(LET_IN) == 1
    assert let_in(LET_IN + MINUTE) == 0

    assert told("join") == [SAMIRA]
    assert letter("join")["link"]["purpose"] == "join"
    assert JOIN_URL not in json.dumps(letter("join"))
    assert rows("SELECT subject FROM links WHERE purpose = 'join'") == [(receipt.ref,)]
    assert value("SELECT ends_at FROM links WHERE purpose = 'join'") == value("SELECT ends_at FROM meetings")


def test_who_books_an_online_workshop_late_gets_the_way_in_at_once(app: Flask) -> None:
    slot = make_slot(online=True)
    let_in(LET_IN)
    book(slot, wishes(SAMIRA), now=LET_IN + HOUR)

    assert let_in(LET_IN + HOUR + MINUTE) == 1


def test_before_every_meeting_of_an_online_club_the_way_in_goes_again(app: Flask) -> None:
    slot = make_slot(online=True, meetings=3)
    book(slot, wishes(SAMIRA))

    written = [let_in(LET_IN + day * DAY) for day in range(20)]

    assert [day for day, count in enumerate(written) if count] == [0, 7, 14]
    assert [len(letter("join")["meetings"]), value("SELECT count(*) FROM links WHERE purpose = 'join'")] == [1, 3]


@pytest.mark.parametrize("why", ["no address yet", "in the library", "queued", "called off"])
def test_the_way_in_goes_to_nobody_else(app: Flask, why: str) -> None:
    slot = make_slot(online=why != "in the library", seats=1)
    if why == "queued":
        book(slot, wishes(ROLF))
    book(slot, wishes(SAMIRA))
    if why == "no address yet":
        run("UPDATE slots SET join_url = ''")
    if why == "called off":
        programme.call_off(slot.id, reason_sv="Ledaren är sjuk.", act=act_at())

    let_in(LET_IN)

    assert SAMIRA not in told("join")


# ---- thanks ----


@pytest.mark.parametrize(
    ("after", "count"),
    [(14 * MINUTE, 0), (15 * MINUTE, 1), (7 * DAY - MINUTE, 1), (7 * DAY, 0)],
)
def test_thanks_go_a_quarter_of_an_hour_after_the_end_and_within_a_week(
    app: Flask, after: dt.timedelta, count: int
) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA, children=2))

    assert thank(ENDED + after) == count
    assert thank(ENDED + after) == 0

    assert told("thanks") == [SAMIRA] * count


def test_nobody_is_thanked_at_night(app: Flask) -> None:
    slot = make_slot(starts_at=STARTS + 9 * HOUR)  # until 20.00
    book(slot, wishes(SAMIRA))
    ended = ENDED + 9 * HOUR

    written = [(hours, thank(ended + 15 * MINUTE + hours * HOUR)) for hours in range(13)]

    assert [hours for hours, count in written if count] == [12]  # at 08.15 the day after


def test_a_club_is_thanked_after_its_last_meeting(app: Flask) -> None:
    slot = make_slot(meetings=3)
    book(slot, wishes(SAMIRA))

    written = [thank(ENDED + 3 * HOUR + day * DAY) for day in range(30)]

    assert [day for day, count in enumerate(written) if count] == [14]


def test_only_who_had_a_seat_is_thanked(app: Flask) -> None:
    slot = make_slot(seats=1)
    book(slot, wishes(SAMIRA))
    book(slot, wishes(ROLF))
    off = make_slot()
    book(off, wishes(KARIN))
    programme.call_off(off.id, reason_sv="Ledaren är sjuk.", act=act_at())

    thank(ENDED + HOUR)

    assert told("thanks") == [SAMIRA]


def test_an_invitation_knows_the_workshop_and_not_the_booking(app: Flask) -> None:
    slot = make_slot()
    receipt = book(slot, wishes(SAMIRA, children=2))

    thank(ENDED + HOUR)

    assert rows("SELECT slot_id, adults, children FROM feedback_invitations") == [(slot.id, 1, 2)]
    assert rows("SELECT subject FROM links WHERE purpose = 'feedback'") == [(str(slot.id),)]
    assert receipt.ref not in json.dumps([str(row) for row in rows("SELECT * FROM links WHERE purpose = 'feedback'")])


# ---- all three ----


def _everything_due(parties: int) -> list[MadeSlot]:
    """An online slot that is reminded of and let into at STARTS - 1 hour, and one that has just ended then."""
    slots = [make_slot(online=True, seats=200), make_slot(starts_at=STARTS - 5 * HOUR, seats=200)]
    for slot in slots:
        fill(slot, parties=parties)
    return slots


CLOCKS = {"reminder": remind, "join": let_in, "thanks": thank}
DUE = STARTS - HOUR


@pytest.mark.parametrize("kind", CLOCKS)
def test_given_four_workers_at_once_then_each_family_gets_one_letter_and_each_letter_its_link(
    app: Flask, kind: str
) -> None:
    _everything_due(12)
    verb = {"reminder": services.remind, "join": services.let_in, "thanks": services.thank}[kind]

    written = results(at_once(app, [partial(verb, act_at(DUE))] * 4))

    assert sum(written) == 12
    assert Counter(Counter(told(kind)).values()) == {1: 12}
    if kind != "reminder":
        purpose = {"join": "join", "thanks": "feedback"}[kind]
        assert value("SELECT count(*) FROM links WHERE purpose = :purpose", purpose=purpose) == 12


@pytest.mark.parametrize("kind", CLOCKS)
def test_the_number_of_statements_does_not_grow_with_the_families(app: Flask, kind: str) -> None:
    with counted() as idle:
        assert CLOCKS[kind](DUE) == 0
    _everything_due(2)
    with counted() as few:
        assert CLOCKS[kind](DUE) == 2
    _everything_due(25)
    with counted() as many:
        assert CLOCKS[kind](DUE) == 25

    assert len(idle) == 1
    assert len(many) == len(few) <= 10


def test_many_families_are_written_to_in_batches_and_none_is_left_out(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clockwork, "BATCH", 5)
    _everything_due(12)

    for kind, verb in CLOCKS.items():
        assert verb(DUE) == 12, kind

    assert {kind: len(set(told(kind))) for kind in CLOCKS} == {"reminder": 12, "join": 12, "thanks": 12}


def test_a_letter_that_cannot_be_written_takes_its_link_back_with_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    _everything_due(3)
    monkeypatch.setattr(outbox, "enqueue_once", fail)

    for verb in (let_in, thank):
        with pytest.raises(ZeroDivisionError):
            verb(DUE)

    assert value("SELECT count(*) FROM links WHERE purpose IN ('join', 'feedback')") == 0
    assert value("SELECT count(*) FROM feedback_invitations") == 0


# ---- staff's own words ----


def test_staffs_words_about_a_workshop_stand_in_the_letters_to_who_has_a_seat(app: Flask) -> None:
    made = make_slot()
    activity, place = rows("SELECT activity_id, place_id FROM slots WHERE id = :id", id=made.id)[0]
    words = {"sv": "Ingång från gården. {{ 7*7 }}", "en": "Come in from the yard."}
    session().rollback()
    slot = programme.plan(
        activity,
        place_id=place,
        meetings=[wall("2026-10-11T10:00")],
        terms=Terms(letter_note_sv=f" {words['sv']}\n", letter_note_en=words["en"]),
        act=act_at(),
    )
    slot_id, pool_id = slot.id, slot.pools[0].id
    programme.publish(slot_id, act=act_at())
    book(MadeSlot(slot_id, pool_id), wishes(SAMIRA))
    remind(REMINDED)

    assert letter("seated")["note"] == words
    assert letter("reminder")["note"] == words
