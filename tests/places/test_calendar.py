"""The calendar of days off, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from booking.places import queries, services
from booking.places.rules import DayOffKind, DaysUpsideDown, NameMissing, NoSuchDayOff, NoSuchPlace
from booking.store import AuditEntry
from booking.store.engine import session
from tests.programme.world import library, maj

pytestmark = pytest.mark.usefixtures("app")

FIRST, LAST = dt.date(2026, 10, 26), dt.date(2026, 11, 1)


def found(first: dt.date, last: dt.date, *place_ids: int) -> list[str]:
    session().rollback()
    session().expire_all()
    return [days.name for days in queries.days_off(first, last, place_ids=place_ids)]


@pytest.mark.parametrize(
    ("first", "last", "is_found"),
    [
        (dt.date(2026, 10, 20), dt.date(2026, 10, 25), False),
        (dt.date(2026, 10, 20), FIRST, True),
        (LAST, dt.date(2026, 11, 9), True),
        (dt.date(2026, 11, 2), dt.date(2026, 11, 9), False),
    ],
)
def test_days_off_are_found_by_any_day_of_theirs(first: dt.date, last: dt.date, is_found: bool) -> None:
    services.add_days_off(kind=DayOffKind.SCHOOL_BREAK, first_on=FIRST, last_on=LAST, name=" Höstlov ", act=maj())

    assert found(first, last) == ["Höstlov"] * is_found


def test_days_off_of_one_place_are_no_other_place_s() -> None:
    ahus, tollarp = library(), library("tollarp", "Tollarps bibliotek")
    services.add_days_off(
        kind=DayOffKind.OTHER, first_on=FIRST, last_on=FIRST, name="Inventering", place_id=ahus.id, act=maj()
    )

    assert found(FIRST, LAST, ahus.id, tollarp.id) == ["Inventering"]
    assert found(FIRST, LAST, tollarp.id) == []


def test_days_off_can_be_changed_and_removed_and_the_trail_tells() -> None:
    days = services.add_days_off(kind=DayOffKind.OTHER, first_on=FIRST, last_on=LAST, name="Höstlov", act=maj())

    services.change_days_off(days.id, kind=DayOffKind.SCHOOL_BREAK, first_on=LAST, last_on=LAST, name="Lov", act=maj())
    assert (found(FIRST, FIRST), found(LAST, LAST)) == ([], ["Lov"])
    services.remove_days_off(days.id, act=maj())

    assert found(LAST, LAST) == []
    verbs = session().scalars(select(AuditEntry.verb).where(AuditEntry.subject == f"day_off:{days.id}"))
    assert list(verbs) == ["add_days_off", "change_days_off", "remove_days_off"]


def test_days_off_that_make_no_sense_are_refused() -> None:
    def add(name: str, first: dt.date, last: dt.date, place_id: int | None = None) -> None:
        services.add_days_off(
            kind=DayOffKind.OTHER, first_on=first, last_on=last, name=name, place_id=place_id, act=maj()
        )

    with pytest.raises(DaysUpsideDown):
        add("Lov", LAST, FIRST)
    with pytest.raises(NameMissing):
        add("  ", FIRST, LAST)
    with pytest.raises(NoSuchPlace):
        add("Lov", FIRST, LAST, 4711)
    with pytest.raises(NoSuchDayOff):
        services.remove_days_off(4711, act=maj())
    with pytest.raises(NoSuchDayOff):
        services.change_days_off(4711, kind=DayOffKind.OTHER, first_on=FIRST, last_on=LAST, name="Lov", act=maj())
    assert found(FIRST, LAST) == []
