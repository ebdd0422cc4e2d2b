"""Nobody and nothing is in two places at once (requirement A12), by the rule and by both databases' constraints."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from booking.kernel.period import WallPeriod
from booking.places import services as places
from booking.places.models import Place
from booking.programme import services
from booking.programme.models import Assignment, KitReservation, Meeting, RoomReservation, Slot
from booking.programme.rules import Terms, clashes
from booking.programme.rules.clashes import HardClash
from booking.programme.services import holding
from booking.store import db, writes
from booking.store.engine import session
from tests.bookings.crowd import Outcome, at_once, refusals
from tests.programme.world import LATER, activity, at, kit, library, maj, planned, trainer

HUNDREDS = 200


def afresh() -> None:
    session().rollback()
    session().expire_all()


def meetings_of(*slots: Slot) -> list[int]:
    return [slot.meetings[0].id for slot in slots]


def many(times: WallPeriod, number: int) -> list[int]:
    """So many meetings at the same time, each at a slot of its own."""
    what, where = activity().id, library().id
    made = [services.plan(what, place_id=where, meetings=[times], act=maj()) for _ in range(number)]
    return meetings_of(*made)


def held(model: Any) -> int:
    afresh()
    return len(session().scalars(select(model).where(model.holds)).all())


def winners(outcomes: list[Outcome]) -> int:
    return sum(outcome.error is None for outcome in outcomes)


# ---- of many at once exactly one wins ----


@pytest.mark.races
def test_of_two_hundred_parallel_assignments_of_one_trainer_exactly_one_wins(app: Flask) -> None:
    meetings, tove = many(at("2026-11-05 16:30"), HUNDREDS), trainer()

    outcomes = at_once(app, [partial(services.assign, one, trainer_id=tove.id, act=maj()) for one in meetings])

    assert (winners(outcomes), refusals(outcomes)) == (1, ["HardClash"] * (HUNDREDS - 1))
    assert held(Assignment) == 1


@pytest.mark.races
def test_of_two_hundred_parallel_plans_for_one_room_exactly_one_wins(app: Flask) -> None:
    place = library()
    room, what = places.add_room(place.id, name="Verkstaden", seats=20, act=maj()), activity().id
    plan = partial(
        services.plan,
        what,
        place_id=place.id,
        meetings=[at("2026-11-05 16:30")],
        terms=Terms(room_id=room.id),
        act=maj(),
    )

    outcomes = at_once(app, [plan] * HUNDREDS)

    assert (winners(outcomes), refusals(outcomes)) == (1, ["HardClash"] * (HUNDREDS - 1))
    assert held(RoomReservation) == 1


@pytest.mark.races
def test_of_fifty_parallel_reservations_of_one_kit_exactly_one_wins(app: Flask) -> None:
    meetings, box = many(at("2026-11-05 16:30"), 50), kit(at=library())

    outcomes = at_once(app, [partial(services.reserve_kits, one, kit_ids=[box.id], act=maj()) for one in meetings])

    assert (winners(outcomes), refusals(outcomes)) == (1, ["HardClash"] * 49)
    assert held(KitReservation) == 1


@pytest.fixture
def without_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verbs without their locks and their judgement: what the database says alone."""
    monkeypatch.setattr(holding, "lock", lambda **_: None)
    monkeypatch.setattr(clashes, "refuse", lambda *_, **__: None)


@pytest.mark.races
def test_the_database_alone_lets_exactly_one_win_too(app: Flask, without_rules: None) -> None:
    meetings, tove = many(at("2026-11-05 16:30"), 60), trainer()

    outcomes = at_once(app, [partial(services.assign, one, trainer_id=tove.id, act=maj()) for one in meetings])

    assert winners(outcomes) == 1
    assert set(refusals(outcomes)) <= {"IntegrityError", "OperationalError"}
    assert held(Assignment) == 1


@pytest.fixture
def without_constraint(app: Flask) -> None:
    """The databases' last word taken back: what the lock and the rule say alone."""
    if db.engine.dialect.name == "sqlite":
        _run("DROP TRIGGER ex_assignments_trainer_id_insert")
    else:
        _run("ALTER TABLE assignments DROP CONSTRAINT ex_assignments_trainer_id")


@pytest.mark.races
def test_the_rule_alone_lets_exactly_one_win_too(app: Flask, without_constraint: None) -> None:
    meetings, tove = many(at("2026-11-05 16:30"), 60), trainer()

    outcomes = at_once(app, [partial(services.assign, one, trainer_id=tove.id, act=maj()) for one in meetings])

    assert (winners(outcomes), refusals(outcomes)) == (1, ["HardClash"] * 59)


@pytest.mark.races
def test_without_both_a_trainer_is_in_many_places(app: Flask, without_rules: None, without_constraint: None) -> None:
    """These tests can fail."""
    meetings, tove = many(at("2026-11-05 16:30"), 10), trainer()

    outcomes = at_once(app, [partial(services.assign, one, trainer_id=tove.id, act=maj()) for one in meetings])

    assert winners(outcomes) == held(Assignment) == 10


@pytest.mark.races
def test_assigning_moving_and_calling_off_at_once_never_ends_in_two_places(app: Flask) -> None:
    tove, what, where = trainer(), activity().id, library().id
    days = [f"2026-11-{day:02} 16:30" for day in range(2, 14)]
    slots = [services.plan(what, place_id=where, meetings=[at(day)], act=maj()) for day in days]
    meetings = meetings_of(*slots)
    works: list[Callable[[], Any]] = []
    for place, meeting in enumerate(meetings):
        works.append(partial(services.assign, meeting, trainer_id=tove.id, act=maj()))
        works.append(partial(services.move_meeting, meeting, to=at("2026-11-16 16:30"), act=maj(LATER)))
        works.append(partial(services.move_meeting, meeting, to=at(days[place - 1]), act=maj(LATER)))
    works.append(partial(services.call_off, slots[0].id, reason_sv="Snö", act=maj(LATER)))

    outcomes = at_once(app, works * 3)

    # Two meetings may stand at the same time, but the trainer leads one of them.
    assert set(refusals(outcomes)) <= {"HardClash", "LeadsAlready", "AlreadyCalledOff"}
    afresh()
    spans = sorted(
        (row.starts_at, row.ends_at) for row in session().scalars(select(Assignment).where(Assignment.holds))
    )
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans))
    assert_times_follow()


# ---- limits: back to back, midnight, the night when the clocks change ----


LIMITS = [
    ("back to back", "2026-11-05 16:30", "2026-11-05 17:30", 60, False),
    ("by a minute", "2026-11-05 16:30", "2026-11-05 17:29", 60, True),
    ("inside", "2026-11-05 16:30", "2026-11-05 16:45", 30, True),
    ("across midnight", "2026-11-05 23:30", "2026-11-06 00:29", 60, True),
    ("from midnight on", "2026-11-05 23:00", "2026-11-06 00:00", 60, False),
    # On 25 October 02:00-03:00 comes twice: a meeting from 01:30 to 03:30 lasts three hours.
    ("over the hour that comes twice", "2026-10-25 01:30", "2026-10-25 03:00", 120, True),
    ("after the hour that comes twice", "2026-10-25 01:30", "2026-10-25 03:30", 120, False),
    # On 28 March 02:00-03:00 does not exist: 01:30 to 03:30 lasts one hour.
    ("over the hour that is skipped", "2027-03-28 01:30", "2027-03-28 03:00", 120, True),
    ("after the hour that is skipped", "2027-03-28 01:30", "2027-03-28 03:30", 120, False),
]


@pytest.mark.parametrize(
    ("first", "second", "minutes", "refused"), [row[1:] for row in LIMITS], ids=[r[0] for r in LIMITS]
)
def test_a_trainer_leads_the_second_meeting_or_not(
    app: Flask, first: str, second: str, minutes: int, refused: bool
) -> None:
    tove = trainer()
    one, other = meetings_of(planned(at(first, minutes=minutes)), planned(at(second)))
    services.assign(one, trainer_id=tove.id, act=maj(), accepting="Det går.")

    if refused:
        with pytest.raises(HardClash):
            services.assign(other, trainer_id=tove.id, act=maj(), accepting="Det går.")
    else:
        services.assign(other, trainer_id=tove.id, act=maj(), accepting="Det går.")
    assert held(Assignment) == (1 if refused else 2)


@pytest.mark.parametrize(
    ("first", "second", "minutes", "refused"), [row[1:] for row in LIMITS], ids=[r[0] for r in LIMITS]
)
def test_the_database_draws_the_same_limits(
    app: Flask, without_rules: None, first: str, second: str, minutes: int, refused: bool
) -> None:
    tove = trainer()
    one, other = meetings_of(planned(at(first, minutes=minutes)), planned(at(second)))
    services.assign(one, trainer_id=tove.id, act=maj())

    if refused:
        with pytest.raises(IntegrityError, match="ex_assignments_trainer_id"):
            services.assign(other, trainer_id=tove.id, act=maj())
    else:
        services.assign(other, trainer_id=tove.id, act=maj())
    assert held(Assignment) == (1 if refused else 2)


# ---- moving and calling off ----


def two_with_everything() -> tuple[Place, list[int], dict[str, int]]:
    """Two meetings an hour apart that share trainer, room and kit."""
    place = library()
    room = places.add_room(place.id, name="Verkstaden", seats=20, act=maj())
    tove, box = trainer(), kit(at=place)
    terms = Terms(room_id=room.id)
    slots = [planned(at(text), terms=terms) for text in ("2026-11-05 14:00", "2026-11-05 16:00")]
    for meeting in meetings_of(*slots):
        services.assign(meeting, trainer_id=tove.id, act=maj())
        services.reserve_kits(meeting, kit_ids=[box.id], act=maj())
    return place, meetings_of(*slots), {"trainer": tove.id, "room": room.id, "kit": box.id}


@pytest.mark.parametrize(
    ("to", "refused"), [("2026-11-05 15:00", False), ("2026-11-05 15:01", True), ("2026-11-05 17:00", False)]
)
def test_a_meeting_moves_with_all_it_holds_or_stays(app: Flask, to: str, refused: bool) -> None:
    _, (first, _), _ = two_with_everything()

    if refused:
        with pytest.raises(HardClash):
            services.move_meeting(first, to=at(to), act=maj(LATER))
    else:
        services.move_meeting(first, to=at(to), act=maj(LATER))

    afresh()
    expected = at("2026-11-05 14:00" if refused else to).instants()
    models: list[Any] = [Assignment, RoomReservation, KitReservation]
    for model in models:
        row = session().scalars(select(model).where(model.meeting_id == first)).one()
        assert (row.starts_at, row.ends_at, row.holds) == (expected.starts, expected.ends, True)
    (assignment,) = session().scalars(select(Assignment).where(Assignment.meeting_id == first))
    assert (assignment.sequence, assignment.changed_at == LATER) == ((0, False) if refused else (1, True))


@pytest.mark.parametrize("table", ["assignments", "room_reservations", "kit_reservations"])
def test_no_hand_at_all_moves_a_meeting_into_another(app: Flask, table: str) -> None:
    """Past every verb: the times are the meeting's, and the constraint is asked again."""
    _, (first, second), _ = two_with_everything()
    for other in {"assignments", "room_reservations", "kit_reservations"} - {table}:
        _run(f"DELETE FROM {other}")

    with pytest.raises(IntegrityError, match=f"ex_{table}"):
        _run(
            "UPDATE meetings SET starts_at = (SELECT starts_at FROM meetings WHERE id = :second),"
            " ends_at = (SELECT ends_at FROM meetings WHERE id = :second) WHERE id = :first",
            first=first,
            second=second,
        )
    assert_times_follow()


def test_times_that_are_not_the_meeting_s_are_refused(app: Flask) -> None:
    _, (first, _), _ = two_with_everything()

    with pytest.raises(IntegrityError):
        _run(
            "UPDATE assignments SET ends_at = :later WHERE meeting_id = :first",
            later="2026-11-05 19:00:00",
            first=first,
        )


def test_a_move_to_another_place_takes_trainer_and_kit_along_and_gives_up_the_room(app: Flask) -> None:
    _, (first, _), held_ids = two_with_everything()
    tollarp = library("tollarp", "Tollarps bibliotek")

    services.move_meeting(first, to=at("2026-11-06 10:00"), place_id=tollarp.id, act=maj(LATER))

    afresh()
    slot = session().get_one(Meeting, first).slot
    assert (slot.place_id, slot.room_id) == (tollarp.id, None)
    assert list(session().scalars(select(RoomReservation).where(RoomReservation.meeting_id == first))) == []
    assert [
        row.kit_id for row in session().scalars(select(KitReservation).where(KitReservation.meeting_id == first))
    ] == [held_ids["kit"]]


def test_calling_off_frees_trainer_room_and_kit_and_keeps_who_was_to_lead(app: Flask) -> None:
    place, (first, _), ids = two_with_everything()
    slot_id = session().get_one(Meeting, first).slot_id

    services.call_off(slot_id, reason_sv="Snö", act=maj(LATER))

    instead = planned(at("2026-11-05 14:30"), place_id=place.id, terms=Terms(room_id=ids["room"]))
    (meeting,) = meetings_of(instead)
    services.assign(meeting, trainer_id=ids["trainer"], act=maj(LATER))
    services.reserve_kits(meeting, kit_ids=[ids["kit"]], act=maj(LATER))
    afresh()
    was = session().scalars(select(Assignment).where(Assignment.meeting_id == first)).one()
    assert (was.trainer_id, was.holds, was.sequence, was.changed_at) == (ids["trainer"], False, 1, LATER)
    assert was.end is None


def test_calling_off_one_meeting_of_several_frees_what_that_one_holds(app: Flask) -> None:
    tove = trainer()
    club = planned(at("2026-11-05 16:30"), at("2026-11-12 16:30"))
    off, other = (meeting.id for meeting in club.meetings)
    for meeting in (off, other):
        services.assign(meeting, trainer_id=tove.id, act=maj())

    services.call_off_meeting(off, reason_sv="Snö", act=maj(LATER))

    services.assign(meetings_of(planned(at("2026-11-05 17:00")))[0], trainer_id=tove.id, act=maj(LATER))
    with pytest.raises(HardClash):
        services.assign(meetings_of(planned(at("2026-11-12 17:00")))[0], trainer_id=tove.id, act=maj(LATER))


def test_a_meeting_that_is_held_after_all_holds_again_unless_somebody_took_it(app: Flask) -> None:
    _, (first, _), ids = two_with_everything()
    slot = session().get_one(Meeting, first).slot
    services.call_off(slot.id, reason_sv="Snö", act=maj(LATER))

    hold_again(first)
    assert (held(Assignment), held(RoomReservation), held(KitReservation)) == (2, 2, 2)

    release(first)
    services.assign(meetings_of(planned(at("2026-11-05 14:30")))[0], trainer_id=ids["trainer"], act=maj())
    with pytest.raises(HardClash):
        hold_again(first)
    assert (held(Assignment), held(RoomReservation), held(KitReservation)) == (2, 1, 1)


@writes
def hold_again(meeting_id: int) -> None:
    holding.hold_again([session().get_one(Meeting, meeting_id)], act=maj(LATER))


@writes
def release(meeting_id: int) -> None:
    holding.release([session().get_one(Meeting, meeting_id)], act=maj(LATER))


def assert_times_follow() -> None:
    """What a meeting holds has the meeting's times."""
    with db.engine.connect() as connection:
        for table in ("assignments", "room_reservations", "kit_reservations"):
            strangers = connection.execute(
                text(
                    f"SELECT count(*) FROM {table} t JOIN meetings m ON m.id = t.meeting_id"
                    " WHERE t.starts_at <> m.starts_at OR t.ends_at <> m.ends_at"
                )
            )
            assert strangers.scalar_one() == 0


def _run(statement: str, **values: Any) -> None:
    """Change rows past every verb and every session."""
    afresh()
    with db.engine.begin() as connection:
        connection.execute(text(statement), values)
