"""Keeping a place, on both databases."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from booking.places import services
from booking.places.models import Place, Room
from booking.places.queries import register
from booking.places.rules import (
    AddressTaken,
    Hours,
    NameMissing,
    NoSuchPlace,
    OrganisationKind,
    Pattern,
    PlaceKind,
    PositionIncomplete,
    WeekParity,
)
from booking.places.rules.keeping import (
    ChangedMeanwhile,
    CodeTaken,
    PatternMissing,
    PlaceFacts,
    RoomInUse,
    SomebodyRunsWorkshops,
    StaysAStop,
)
from booking.places.services.keeping import facts_of
from booking.programme.rules import Terms
from booking.store import AuditEntry
from booking.store.engine import session
from tests.programme.world import LATER, NOW, library, maj, planned

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
    assert verbs()[-1] == "correct_place"


def test_the_same_name_is_no_change() -> None:
    place = library()

    services.rename(place.id, name="Åhus bibliotek", act=maj(LATER))

    assert kept(place).changed_at == NOW
    assert "correct_place" not in verbs()


def test_a_place_closes_from_a_day_on_and_can_open_again() -> None:
    place = library()

    services.close(place.id, from_day=dt.date(2027, 1, 1), act=maj(LATER))
    assert (kept(place).closed_from, kept(place).changed_at) == (dt.date(2027, 1, 1), NOW)

    services.close(place.id, from_day=None, act=maj(LATER))
    assert kept(place).closed_from is None
    services.close(place.id, from_day=None, act=maj(LATER))
    assert verbs()[-2:] == ["close_place", "reopen_place"]


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
    assert kept(place).changed_at == NOW  # no calendar shows them


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


BUS = Pattern(weekday=3, week_cycle=2, parity=WeekParity.ODD, arrives=dt.time(15), departs=dt.time(15, 30))


def test_a_place_is_opened_with_an_address_made_of_its_name_and_a_stop_with_its_pattern() -> None:
    host = library().organisation_id
    facts = PlaceFacts(kind=PlaceKind.BRANCH, name="  Norra  Åsums bibliotek ", locality="Norra Åsum")

    place = services.open_place(facts, organisation_id=host, act=maj(LATER))
    stop = services.open_place(
        PlaceFacts(kind=PlaceKind.STOP, name="Yngsjö, skolan", pattern=BUS), organisation_id=host, act=maj()
    )

    opened = kept(place)
    assert (opened.slug, opened.name, opened.changed_at) == ("norra-asums-bibliotek", "Norra Åsums bibliotek", LATER)
    assert opened.search_key == "norra åsums bibliotek norra åsum"
    bus = kept(stop).stop
    assert bus is not None
    assert (kept(stop).slug, bus.weekday, bus.arrives) == ("yngsjo-skolan", 3, dt.time(15))
    with pytest.raises(AddressTaken):
        services.open_place(facts, organisation_id=host, act=maj())


@pytest.mark.parametrize(
    ("change", "is_in_calendars"),
    [
        ({"address": "Demogatan 3"}, True),
        ({"latitude": 55.9, "longitude": 14.2}, True),
        ({"kind": PlaceKind.LENDING_STATION}, True),
        ({"phone": "040-628 04 99"}, False),
        ({"accessibility_note": "Hiss finns."}, False),
        ({"source": "seen"}, False),
    ],
)
def test_a_correction_moves_the_last_change_only_where_calendars_show_it(
    change: dict[str, Any], is_in_calendars: bool
) -> None:
    place = library()

    services.correct(place.id, replace(facts_of(place), **change), version=place.version, act=maj(LATER))

    corrected = kept(place)
    assert facts_of(corrected) == replace(facts_of(place), **change)
    assert (corrected.changed_at == LATER) is is_in_calendars
    assert corrected.version == 2


def test_the_second_of_two_who_save_the_same_page_is_refused() -> None:
    """Requirement A14, for each verb of the register."""
    place = library()
    room = services.add_room(place.id, name="Verkstaden", seats=16, act=maj())
    read = place.version
    services.describe(place.id, accessibility_note="Hiss finns.", directions="", version=read, act=maj())
    services.correct_room(room.id, name="Ateljén", seats=16, version=1, act=maj())

    with pytest.raises(ChangedMeanwhile):
        services.describe(place.id, accessibility_note="Ramp.", directions="", version=read, act=maj())
    with pytest.raises(ChangedMeanwhile):
        services.correct(place.id, facts_of(place), version=read, act=maj())
    with pytest.raises(ChangedMeanwhile):
        services.set_opening_hours(place.id, hours=[], version=read, act=maj())
    with pytest.raises(ChangedMeanwhile):
        services.close(place.id, from_day=dt.date(2027, 1, 1), version=read, act=maj())
    with pytest.raises(ChangedMeanwhile):
        services.correct_room(room.id, name="Verkstaden", seats=12, version=1, act=maj())

    assert kept(place).accessibility_note == "Hiss finns."
    assert [(one.name, one.seats) for one in kept(place).rooms] == [("Ateljén", 16)]


def test_a_room_goes_unless_something_was_ever_planned_in_it() -> None:
    place = library()
    used = services.add_room(place.id, name="Verkstaden", seats=16, act=maj()).id
    unused = services.add_room(place.id, name="Källaren", seats=4, act=maj()).id
    planned(place_id=place.id, terms=Terms(room_id=used))

    services.remove_room(unused, act=maj())
    with pytest.raises(RoomInUse):
        services.remove_room(used, act=maj())

    assert list(session().scalars(select(Room.id))) == [used]
    assert verbs()[-1] == "remove_room"


def test_a_place_that_makes_no_sense_is_refused() -> None:
    place = library()
    facts = facts_of(place)

    with pytest.raises(PositionIncomplete):
        services.correct(place.id, replace(facts, latitude=None), act=maj())
    with pytest.raises(PatternMissing):
        services.correct(place.id, replace(facts, kind=PlaceKind.STOP), act=maj())
    with pytest.raises(StaysAStop):
        services.correct(place.id, replace(facts, kind=PlaceKind.STOP, pattern=BUS), act=maj())

    assert facts_of(kept(place)) == facts


def test_organisations_are_added_and_corrected_and_one_alone_runs_the_workshops() -> None:
    host = library().organisation_id
    other = services.add_organisation(code="1293", name=" Hässleholm ", kind=OrganisationKind.MUNICIPALITY, act=maj())
    with pytest.raises(CodeTaken):
        services.add_organisation(code="1293", name="Höör", kind=OrganisationKind.MUNICIPALITY, act=maj())
    told: dict[str, Any] = {"name": "Hässleholm", "kind": OrganisationKind.MUNICIPALITY}

    services.correct_organisation(other.id, **told, runs_workshops=True, version=1, act=maj())

    found = {row.id: row for row in register.organisations()}
    assert (found[other.id].runs_workshops, found[host].runs_workshops) == (True, False)
    assert found[host].version == 2
    with pytest.raises(SomebodyRunsWorkshops):
        services.correct_organisation(other.id, **told, runs_workshops=False, act=maj())
    with pytest.raises(ChangedMeanwhile):
        services.correct_organisation(other.id, **told, runs_workshops=True, version=1, act=maj())
