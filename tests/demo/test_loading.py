"""Loading the demo and emptying it, on both databases."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import func, select

from booking.bookings.models import Booking, Contact
from booking.bookings.queries import counter_faults
from booking.bookings.rules import Standing
from booking.demo import loading
from booking.kernel.act import Act, Actor, ActorKind
from booking.outbox.models import Letter
from booking.places.models import OpeningHours, Place, Room
from booking.places.rules import PlaceKind
from booking.programme.models import Activity, CallOff, SeatPool, Slot
from booking.programme.rules import PublicState, public_state
from booking.store.engine import session
from booking.subscriptions.models import OpeningWish
from tests.programme.world import library, planned

pytestmark = pytest.mark.usefixtures("app")

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)


def act(now: dt.datetime = NOW) -> Act:
    return Act(Actor(ActorKind.SYSTEM, "demo"), now)


def states() -> Counter[PublicState]:
    """What the public sees, counted."""
    session().rollback()
    session().expire_all()
    return Counter(
        public_state(
            state=slot.state,
            admission=slot.admission,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            opens_at=slot.opens_at,
            closes_at=slot.closes_at,
            seats=slot.pools[0].seats,
            seated=slot.pools[0].seated,
            queued=slot.pools[0].queued,
            queue_limit=slot.pools[0].queue_limit,
            now=NOW,
        )
        for slot in session().scalars(select(Slot))
    )


def count(column: object) -> int:
    return session().scalar(select(func.count(column))) or 0  # type: ignore[arg-type]  # any mapped column


def test_the_demo_shows_every_state_that_a_visitor_can_meet() -> None:
    loading.load(act=act())

    seen = states()
    assert set(seen) >= {
        PublicState.OPEN,
        PublicState.FEW,
        PublicState.QUEUE,
        PublicState.FULL,
        PublicState.OFF,
        PublicState.SOON,
        PublicState.FREE,
        PublicState.GROUP,
    }
    assert seen[PublicState.OFF] == 1
    assert (seen[PublicState.QUEUE], seen[PublicState.FULL]) == (2, 1)
    assert 100 < seen.total() < 140


def test_everything_else_is_there_too_and_the_counters_are_right() -> None:
    words = loading.load(act=act())

    assert words == f"The demo is loaded: {count(Slot.id)} slots, {count(Booking.id)} bookings."
    assert (count(Place.id), count(Activity.id)) == (84, 24)
    assert count(Room.id) > 10
    assert count(OpeningHours.id) > 60
    assert 30 < count(Booking.id) < 100
    told = session().scalar(select(func.count()).where(Letter.kind.startswith("bookings/")))
    assert told == count(Booking.id)
    assert counter_faults() == []
    standings = set(session().scalars(select(Booking.standing)))
    assert standings == {Standing.SEATED, Standing.QUEUED}
    assert all(email.endswith("@example.org") for email in session().scalars(select(Contact.email)))


def test_loading_again_keeps_what_was_entered() -> None:
    loading.load(act=act())
    before = count(Slot.id), count(Booking.id)

    assert "loaded already" in loading.load(act=act(NOW + dt.timedelta(days=30)))

    assert (count(Slot.id), count(Booking.id)) == before


def test_a_reset_makes_it_new_for_another_day() -> None:
    loading.load(act=act())

    loading.reset(act=act(NOW + dt.timedelta(days=30)))

    first = session().scalar(select(func.min(Slot.starts_at)))
    assert first
    assert first > NOW + dt.timedelta(days=30)
    assert counter_faults() == []


def test_a_database_in_use_is_neither_filled_nor_emptied(app: Flask) -> None:
    slot = planned()

    with pytest.raises(loading.NotTheDemo):
        loading.load(act=act())
    with pytest.raises(loading.NotTheDemo):
        loading.reset(act=act())

    assert count(Slot.id) == 1
    assert session().get(Slot, slot.id)


def test_a_database_with_libraries_but_no_slots_is_in_use_too() -> None:
    library()

    for verb in (loading.load, loading.reset):
        with pytest.raises(loading.NotTheDemo):
            verb(act=act())

    assert count(Place.id) == 1


def test_only_the_slot_that_shows_a_full_queue_has_a_limit() -> None:
    loading.load(act=act())

    limits = Counter(session().scalars(select(SeatPool.queue_limit)))
    assert limits == {None: count(Slot.id) - 1, 2: 1}


def test_the_reason_of_the_call_off_says_nothing_about_a_person() -> None:
    loading.load(act=act())

    [off] = session().scalars(select(CallOff))
    assert off.reason_sv.startswith("Lokalen går inte att använda")
    assert not any(word in off.reason_sv.casefold() for word in ("sjuk", "ledare", "personal", "frånvar"))


def test_every_stop_says_where_the_bus_stands_how_to_get_in_and_whom_to_ring() -> None:
    loading.load(act=act())

    stops = session().scalars(select(Place).where(Place.kind == PlaceKind.STOP)).all()
    assert len(stops) == 70
    assert all(stop.directions.startswith("Bussen står ") and stop.phone for stop in stops)
    assert all(stop.accessibility_note.startswith("Bussen har ramp och lågt insteg.") for stop in stops)
    libraries = session().scalars(select(Place).where(Place.kind.not_in([PlaceKind.STOP, PlaceKind.DIGITAL])))
    assert all(library.directions for library in libraries)


def test_everything_that_the_workshops_need_has_an_english_name() -> None:
    loading.load(act=act())

    for activity in session().scalars(select(Activity).where(Activity.equipment != "")):
        assert activity.equipment.count(";") == activity.equipment_en.count(";"), activity.slug


def test_a_load_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("the power went out")

    monkeypatch.setattr(loading, "_book_all", fail)
    with pytest.raises(RuntimeError):
        loading.load(act=act())

    session().rollback()
    assert (count(Place.id), count(Slot.id)) == (0, 0)


def test_the_demo_shows_digests_a_question_and_families_who_wait() -> None:
    loading.load(act=act())

    kinds = Counter(session().scalars(select(Letter.kind).where(Letter.kind.startswith("subscriptions/"))))
    assert kinds == {"subscriptions/confirm": 4, "subscriptions/digest": 3}
    for letter in session().scalars(select(Letter).where(Letter.kind == "subscriptions/digest")):
        assert letter.payload["slots"]
    assert count(OpeningWish.id) == 2
