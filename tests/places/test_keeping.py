"""Keeping a place, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from booking.places import services
from booking.places.models import Place
from booking.places.rules import Hours, NameMissing, NoSuchPlace
from booking.store import AuditEntry
from booking.store.engine import session
from tests.programme.world import LATER, NOW, library, maj

pytestmark = pytest.mark.usefixtures("app")


def kept(place: Place) -> Place:
    session().rollback()
    session().expire_all()
    return session().get_one(Place, place.id)


def verbs() -> list[str]:
    return list(session().scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))


def test_a_new_name_moves_the_last_change_and_is_found_and_sorted_anew() -> None:
    place = library()

    services.rename(place.id, name="  Östra   biblioteket ", act=maj(LATER))

    renamed = kept(place)
    assert (renamed.name, renamed.slug, renamed.changed_at) == ("Östra biblioteket", "ahus", LATER)
    assert renamed.search_key == "östra biblioteket åhus"
    assert verbs()[-1] == "rename_place"


def test_the_same_name_is_no_change() -> None:
    place = library()

    services.rename(place.id, name="Åhus bibliotek", act=maj(LATER))

    assert kept(place).changed_at == NOW
    assert "rename_place" not in verbs()


def test_a_place_closes_from_a_day_on_and_can_open_again() -> None:
    place = library()

    services.close(place.id, from_day=dt.date(2027, 1, 1), act=maj(LATER))
    assert (kept(place).closed_from, kept(place).changed_at) == (dt.date(2027, 1, 1), LATER)

    services.close(place.id, from_day=None, act=maj(LATER))
    assert kept(place).closed_from is None
    services.close(place.id, from_day=None, act=maj(LATER))
    assert verbs().count("close_place") == 2


def test_opening_hours_are_replaced_whole() -> None:
    place = library()
    usual = Hours(weekday=1, opens=dt.time(13), closes=dt.time(18))
    exception = Hours(on_day=dt.date(2026, 12, 24), note="Julafton")
    services.set_opening_hours(place.id, hours=[usual, exception], act=maj())

    services.set_opening_hours(
        place.id, hours=[Hours(weekday=2, opens=dt.time(10), closes=dt.time(12))], act=maj(LATER)
    )

    hours = kept(place).opening_hours
    assert [(span.weekday, span.on_day, span.opens, span.closes) for span in hours] == [
        (2, None, dt.time(10), dt.time(12))
    ]
    assert kept(place).changed_at == LATER


def test_a_room_has_a_name_and_a_number_of_seats() -> None:
    place = library()

    services.add_room(place.id, name=" Barnavdelningen ", seats=20, act=maj(LATER))

    assert [(room.name, room.seats) for room in kept(place).rooms] == [("Barnavdelningen", 20)]


def test_what_makes_no_sense_is_refused() -> None:
    place = library()

    with pytest.raises(NameMissing):
        services.rename(place.id, name="  ", act=maj())
    with pytest.raises(NameMissing):
        services.add_room(place.id, name="", seats=1, act=maj())
    with pytest.raises(NoSuchPlace):
        services.close(4711, from_day=None, act=maj())
