"""Organisations, places and stops out of tables, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from booking.demo.loading import FOLDER
from booking.kernel.table import BadTable
from booking.places import queries, services
from booking.places.models import Organisation, Place, Stop
from booking.places.rules import (
    LIBRARY_KINDS,
    NobodyRunsWorkshops,
    NoSuchOrganisation,
    OrganisationKind,
    PlaceKind,
    WeekParity,
)
from booking.places.services.importing import OrganisationRow
from booking.store import AuditEntry
from booking.store.engine import session
from tests.programme.world import LATER, NOW, maj

PLACES = "slug,kind,name,address,postal_code,locality,latitude,longitude,phone,accessibility_note,closed_from,source"
AHUS = "ahus,branch,Åhus bibliotek,Demogatan 2,296 31,Åhus,55.924,14.296,040-628 04 02,Entré i markplan.,,demo"
STOPS = "slug,name,locality,latitude,longitude,weekday,week_cycle,week_parity,arrives,departs,source"
HAMNEN = 'ahus-hamnen,"Åhus, hamnen",Åhus,55.924,14.296,1,2,odd,14:55,15:35,demo'


def table(header: str, *rows: str) -> bytes:
    return "\n".join([header, *rows]).encode()


def shipped(name: str) -> bytes:
    return (FOLDER / f"{name}.csv").read_bytes()


def kept(slug: str) -> Place:
    session().rollback()
    session().expire_all()
    place = queries.by_slug(slug)
    assert place
    return place


@pytest.fixture
def kristianstad(app: object) -> None:
    services.import_organisations(
        [OrganisationRow(line=2, code="1290", name="Kristianstad")], runs_workshops="1290", act=maj()
    )


@pytest.mark.usefixtures("app")
def test_the_shipped_tables_are_read_whole_and_a_second_time_nothing_changes() -> None:
    municipalities = services.read_organisations(shipped("municipalities"))
    places = services.read_places(shipped("places"))
    stops = services.read_stops(shipped("stops"))

    first = [
        str(services.import_organisations(municipalities, runs_workshops="1290", act=maj())),
        str(services.import_places(places, act=maj())),
        str(services.import_stops(stops, act=maj())),
    ]
    second = [
        str(services.import_organisations(municipalities, runs_workshops="1290", act=maj(LATER))),
        str(services.import_places(places, act=maj(LATER))),
        str(services.import_stops(stops, act=maj(LATER))),
    ]

    assert first == ["33 added", "14 added", "70 added"]
    assert second == ["33 unchanged", "14 unchanged", "70 unchanged"]
    assert session().scalar(select(func.max(Place.changed_at))) == NOW
    assert session().scalar(select(func.count(AuditEntry.id))) == 3


@pytest.mark.usefixtures("app")
def test_there_is_one_region_and_one_who_runs_the_workshops() -> None:
    services.import_organisations(
        services.read_organisations(shipped("municipalities")), runs_workshops="1290", act=maj()
    )

    region = queries.organisation("12")
    host = queries.host()
    assert region
    assert (region.name, region.kind, region.runs_workshops) == ("Region Skåne", OrganisationKind.REGION, False)
    assert host
    assert host.name == "Kristianstad"
    assert session().scalar(select(func.count(Organisation.id)).where(Organisation.runs_workshops)) == 1


@pytest.mark.usefixtures("app")
def test_another_host_can_be_named_and_an_unknown_one_cannot() -> None:
    rows = [
        OrganisationRow(line=2, code="1281", name="Lund"),
        OrganisationRow(line=3, code="1290", name="Kristianstad"),
    ]
    services.import_organisations(rows, runs_workshops="1290", act=maj())

    assert str(services.import_organisations(rows, runs_workshops="1281", act=maj())) == "2 updated"
    assert queries.organisation("1281") == queries.host()
    assert str(services.import_organisations(rows, act=maj())) == "2 unchanged"
    with pytest.raises(NoSuchOrganisation):
        services.import_organisations(rows, runs_workshops="1780", act=maj())


@pytest.mark.usefixtures("app")
def test_places_wait_for_the_organisation_that_they_belong_to() -> None:
    rows = services.read_places(table(PLACES, AHUS))

    with pytest.raises(NobodyRunsWorkshops):
        services.import_places(rows, act=maj())
    with pytest.raises(NoSuchOrganisation):
        services.import_places(rows, organisation="1281", act=maj())

    assert queries.by_slug("ahus") is None


@pytest.mark.usefixtures("kristianstad")
def test_a_library_is_kept_as_its_row_says() -> None:
    snoka = "snoka,digital,SNOKA – det digitala biblioteket,,,,,,,,2027-01-01,"

    services.import_places(services.read_places(table(PLACES, AHUS, snoka)), act=maj())

    ahus, digital = kept("ahus"), kept("snoka")
    assert (ahus.kind, ahus.name, ahus.address, ahus.postal_code) == (
        PlaceKind.BRANCH,
        "Åhus bibliotek",
        "Demogatan 2",
        "296 31",
    )
    assert (ahus.latitude, ahus.longitude, ahus.phone) == (55.924, 14.296, "040-628 04 02")
    assert (ahus.search_key, ahus.closed_from, ahus.directions) == ("åhus bibliotek åhus", None, "")
    assert (digital.latitude, digital.longitude, digital.closed_from) == (None, None, dt.date(2027, 1, 1))


@pytest.mark.usefixtures("kristianstad")
def test_a_stop_is_a_place_with_the_pattern_of_its_visits() -> None:
    services.import_stops(services.read_stops(table(STOPS, HAMNEN)), act=maj())

    hamnen = kept("ahus-hamnen")
    assert (hamnen.kind, hamnen.locality) == (PlaceKind.STOP, "Åhus")
    assert hamnen.stop
    assert (hamnen.stop.weekday, hamnen.stop.week_cycle, hamnen.stop.week_parity) == (1, 2, WeekParity.ODD)
    assert (hamnen.stop.arrives, hamnen.stop.departs) == (dt.time(14, 55), dt.time(15, 35))


@pytest.mark.usefixtures("kristianstad")
def test_a_stop_may_say_how_to_find_the_bus_how_to_get_in_and_whom_to_ring() -> None:
    header = STOPS.replace(",source", ",phone,accessibility_note,directions,source")
    row = HAMNEN.replace("15:35,", "15:35,040-628 04 20,Ramp och lågt insteg.,Bussen står på torget.,")

    services.import_stops(services.read_stops(table(header, row)), act=maj())

    hamnen = kept("ahus-hamnen")
    assert (hamnen.phone, hamnen.accessibility_note) == ("040-628 04 20", "Ramp och lågt insteg.")
    assert hamnen.directions == "Bussen står på torget."


@pytest.mark.usefixtures("kristianstad")
def test_only_what_calendars_show_moves_the_last_change() -> None:
    tollarp = AHUS.replace("ahus,", "tollarp,", 1).replace("Åhus bibliotek", "Tollarps bibliotek")
    services.import_places(services.read_places(table(PLACES, AHUS, tollarp)), act=maj())
    services.import_stops(services.read_stops(table(STOPS, HAMNEN)), act=maj())

    changed = table(PLACES, AHUS.replace("Demogatan 2", "Demogatan 3"), tollarp.replace(",demo", ",verified"))
    assert str(services.import_places(services.read_places(changed), act=maj(LATER))) == "2 updated"
    later_bus = table(STOPS, HAMNEN.replace("15:35", "15:45"))
    assert str(services.import_stops(services.read_stops(later_bus), act=maj(LATER))) == "1 updated"

    assert (kept("ahus").address, kept("ahus").changed_at) == ("Demogatan 3", LATER)
    assert (kept("tollarp").source, kept("tollarp").changed_at) == ("verified", NOW)
    # Calendars show visits that are planned, not the pattern of the bus.
    assert (kept("ahus-hamnen").changed_at, kept("ahus-hamnen").version) == (NOW, 2)


@pytest.mark.usefixtures("kristianstad")
def test_a_place_that_is_not_in_the_table_stays() -> None:
    services.import_places(services.read_places(table(PLACES, AHUS)), act=maj())

    services.import_places(services.read_places(table(PLACES, AHUS.replace("ahus,", "tollarp,", 1))), act=maj())

    assert kept("ahus").name == "Åhus bibliotek"


@pytest.mark.usefixtures("kristianstad")
def test_a_slug_is_either_a_stop_s_or_a_library_s() -> None:
    services.import_places(services.read_places(table(PLACES, AHUS)), act=maj())

    taken = table(STOPS, HAMNEN, HAMNEN.replace("ahus-hamnen", "ahus"))
    with pytest.raises(BadTable) as refusal:
        services.import_stops(services.read_stops(taken), act=maj())

    assert [str(fault) for fault in refusal.value.faults] == [
        "line 3, column slug: The address is taken by Åhus bibliotek. Choose another slug."
    ]
    assert session().scalar(select(func.count(Stop.place_id))) == 0


def test_every_bad_place_is_told_with_line_column_and_what_to_do() -> None:
    raw = table(
        PLACES,
        AHUS.replace("branch", "filial"),
        AHUS.replace("ahus,branch", "b,stop"),
        AHUS.replace("ahus,", "c,", 1).replace("14.296", ""),
        AHUS.replace("ahus,", "d,", 1).replace("55.924", "155.9"),
        AHUS.replace("ahus,", "e,", 1).replace(",,demo", ",2021-02-30,demo"),
        AHUS.replace("ahus,", "f,", 1).replace("040-628 04 02", "ring oss"),
        AHUS.replace("ahus,", "g,", 1).replace("296 31", "29631 Åhus"),
    )

    with pytest.raises(BadTable) as refusal:
        services.read_places(raw)

    assert [str(fault) for fault in refusal.value.faults] == [
        ('line 2, column kind: "filial" is not known. Choose one of main, branch, lending_station, digital, venue.'),
        "line 3, column kind: Stops of the bokbuss have a table of their own. Import this row with them.",
        "line 4, column longitude: A position needs both latitude and longitude. Fill in the other one, or empty both.",
        'line 5, column latitude: "155.9" is not a number from -90 to 90. Correct it.',
        'line 6, column closed_from: "2021-02-30" is not a date. Write it as 2026-11-05.',
        'line 7, column phone: "ring oss" is not right here. Write it as 040-628 04 01.',
        'line 8, column postal_code: "29631 Åhus" is not right here. Write it as 291 31.',
    ]


def test_every_bad_stop_is_told_with_line_column_and_what_to_do() -> None:
    raw = table(
        STOPS,
        HAMNEN.replace("15:35", "14:55"),
        HAMNEN.replace("ahus-hamnen", "b").replace(",1,2,odd", ",8,2,udda"),
        HAMNEN.replace("ahus-hamnen", "c").replace("14:55", "25:00"),
    )

    with pytest.raises(BadTable) as refusal:
        services.read_stops(raw)

    assert [str(fault) for fault in refusal.value.faults] == [
        "line 2, column departs: The end must be later than the beginning. Change one of the times.",
        'line 3, column weekday: "8" is not a number from 1 to 7. Correct it.',
        'line 3, column week_parity: "udda" is not known. Choose one of odd, even, any.',
        'line 4, column arrives: "25:00" is not a time. Write it as 15:30.',
    ]


@pytest.mark.usefixtures("app")
def test_libraries_stand_in_swedish_order_on_every_database() -> None:
    services.import_organisations(
        services.read_organisations(shipped("municipalities")), runs_workshops="1290", act=maj()
    )
    services.import_places(services.read_places(shipped("places")), act=maj())

    names = [place.name for place in queries.of_kinds(LIBRARY_KINDS)]

    assert names[:2] == ["Arkelstorps bibliotek", "Degeberga bibliotek"]
    assert names[3:6] == ["Fjälkinge bibliotek", "Färlövs bibliotek", "Gamlegårdens bibliotek"]
    assert names[-4:] == ["Tollarps bibliotek", "Åhus bibliotek", "Önnestads bibliotek", "Österängs bibliotek"]
