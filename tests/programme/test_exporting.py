"""The plan as a spreadsheet: what stands in it, and whose it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import openpyxl
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import NOWHERE, Capability, Post, Role, Scope, scope
from booking.programme import services
from booking.programme.queries import exporting
from booking.programme.rules import Terms
from booking.programme.rules.sheets import LastBeforeFirst, TooLong
from booking.trainers import services as trainers
from tests.accounts.people import employ, inside
from tests.page import visit
from tests.programme.world import NOW, activity, at, library, maj, planned, trainer, wall
from tests.support.queries import counted

EVERYWHERE = Scope(everywhere=True)
AUTUMN = (wall("2026-11-01").date(), wall("2026-11-30").date())
QUERY = "?fran=2026-11-01&till=2026-11-30"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def read(client: FlaskClient, query: str = QUERY) -> list[dict[str, str]]:
    answer = client.get(f"/personal/export/pass.csv{query}")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_each_meeting_is_a_row_with_its_number_in_the_club_and_who_leads_it(app: Flask) -> None:
    slot = planned(at("2026-10-29 16:30"), at("2026-11-05 16:30"), at("2026-11-12 16:30"))
    tove = trainer()
    services.assign(slot.meetings[1].id, trainer_id=tove.id, act=maj(), accepting="Vi vet")

    told = exporting.planned(*AUTUMN, scope=EVERYWHERE, counts=EVERYWHERE, staff_id=0)

    assert [(one.number, one.of, one.trainers, one.starts) for one in told] == [
        (2, 3, ("Tove",), wall("2026-11-05 16:30")),
        (3, 3, (), wall("2026-11-12 16:30")),
    ]
    assert (told[0].seats, told[0].seated, told[0].queued) == (12, 0, 0)


def test_another_librarys_slots_are_not_in_the_file(app: Flask) -> None:
    ahus = planned(at("2026-11-05 16:30"))
    degeberga = library("degeberga", "Degeberga bibliotek")
    planned(at("2026-11-06 16:30"), place_id=degeberga.id)
    only = scope([Post(Role.BRANCH, place_id=ahus.place_id)], Capability.SEE_PLAN)

    told = exporting.planned(*AUTUMN, scope=only, counts=EVERYWHERE, staff_id=0)

    assert [one.owner for one in told] == ["Åhus bibliotek"]
    assert exporting.planned(*AUTUMN, scope=only, counts=only, staff_id=0, place_id=degeberga.id) == []
    assert [one.name for one in exporting.places_with_slots(only, staff_id=0)] == ["Åhus bibliotek"]
    assert exporting.planned(*AUTUMN, scope=NOWHERE, counts=NOWHERE, staff_id=0) == []


def test_a_trainer_has_the_slots_that_they_lead_a_part_of_and_no_others(app: Flask) -> None:
    tove = employ("Tove", Post(Role.TRAINER))
    ahus = library()
    club = planned(at("2026-11-05 16:30"), at("2026-11-12 16:30"), place_id=ahus.id)
    degeberga = library("degeberga", "Degeberga bibliotek")
    planned(at("2026-11-06 16:30"), place_id=degeberga.id)
    leader = trainer()
    trainers.give_account(leader.id, staff_id=tove, act=maj())
    services.assign(club.meetings[0].id, trainer_id=leader.id, act=maj(), accepting="Vi vet")
    led = scope([Post(Role.TRAINER)], Capability.SEE_PLAN)

    told = exporting.planned(*AUTUMN, scope=led, counts=NOWHERE, staff_id=tove)

    assert [(one.slot_id, one.number, one.trainers) for one in told] == [(club.id, 1, ("Tove",)), (club.id, 2, ())]
    assert [one.name for one in exporting.places_with_slots(led, staff_id=tove)] == ["Åhus bibliotek"]
    assert exporting.planned(*AUTUMN, scope=led, counts=NOWHERE, staff_id=tove + 1) == []


def test_who_may_see_no_bookings_is_told_no_numbers_of_them(app: Flask) -> None:
    planned(at("2026-11-05 16:30"))
    client = app.test_client()
    inside(client, employ("Regina", Post(Role.REGIONAL)))

    [row] = read(client)

    assert (row["Platser"], row["Bokade"], row["I kön"]) == ("12", "", "")
    inside(client, employ("Maj", Post(Role.COORDINATOR)))
    assert read(client)[0]["Bokade"] == "0"


def test_the_number_of_queries_is_the_same_for_one_meeting_and_for_many(app: Flask) -> None:
    planned(at("2026-11-05 16:30"))
    with counted() as few:
        exporting.planned(*AUTUMN, scope=EVERYWHERE, counts=EVERYWHERE, staff_id=0)
    for day in range(6, 26):
        planned(at(f"2026-11-{day:02} 16:30"))

    with counted() as many:
        told = exporting.planned(*AUTUMN, scope=EVERYWHERE, counts=EVERYWHERE, staff_id=0)

    assert len(told) == 21
    assert len(few) == len(many) == 6


def test_the_days_are_stockholms_and_both_are_included(app: Flask) -> None:
    for when in ("2026-10-31 23:30", "2026-11-01 00:30", "2026-11-30 22:30", "2026-12-01 00:30"):
        planned(at(when))

    told = exporting.planned(*AUTUMN, scope=EVERYWHERE, counts=NOWHERE, staff_id=0)

    assert [f"{one.starts:%m-%d}" for one in told] == ["11-01", "11-30"]


def test_days_that_make_no_sense_are_refused(app: Flask) -> None:
    first, last = AUTUMN
    with pytest.raises(LastBeforeFirst):
        exporting.planned(last, first, scope=EVERYWHERE, counts=NOWHERE, staff_id=0)
    with pytest.raises(TooLong):
        exporting.planned(first, last.replace(year=2029), scope=EVERYWHERE, counts=NOWHERE, staff_id=0)


class TestPage:
    @pytest.fixture
    def client(self, sqlite_app: Flask) -> FlaskClient:
        return inside(sqlite_app.test_client(), employ("Maj", Post(Role.COORDINATOR)))

    def test_the_form_proposes_the_coming_ten_weeks(self, client: FlaskClient) -> None:
        planned(at("2026-11-05 16:30"))

        page = visit(client, "/personal/export")

        assert page.by_id("fran").get("value") == "2026-10-01"
        assert page.by_id("till").get("value") == "2026-12-10"
        assert "Åhus bibliotek" in page.text

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("?fran=2026-11-30&till=2026-11-01", "till"),
            ("?fran=i+morgon&till=2026-11-01", "fran"),
            ("?fran=2026-02-30&till=2026-11-01", "fran"),
            ("?fran=2026-11-01&till=2031-11-01", "till"),
            ("?fran=&till=2026-11-01", "fran"),
            ("?fran=2026-11-01&till=2026-11-30&var=999", "var"),
            ("?fran=2026-11-01&till=2026-11-30&var=x", "var"),
        ],
    )
    def test_what_makes_no_sense_is_said_at_its_field_and_kept(
        self, client: FlaskClient, query: str, field: str
    ) -> None:
        page = visit(client, f"/personal/export/pass.xlsx{query}", status=422)

        assert [named for named, _ in page.errors] == [field]

    def test_a_title_that_is_a_formula_is_text_in_both_kinds(self, client: FlaskClient) -> None:
        slot = planned(at("2026-11-05 16:30"))
        activity("forsta-spelet-scratch", title_sv="=1+1")

        assert read(client)[0]["Aktivitet"] == "'=1+1"
        answer = client.get(f"/personal/export/pass.xlsx{QUERY}")
        page = openpyxl.load_workbook(io.BytesIO(answer.data)).active
        assert page is not None
        cells = {str(page.cell(1, at).value): page.cell(2, at) for at in range(1, page.max_column + 1)}
        assert (cells["Aktivitet"].value, cells["Aktivitet"].data_type) == ("=1+1", "s")
        assert cells["Passnummer"].value == slot.id
        assert cells["Dag"].number_format == "yyyy-mm-dd"

    def test_the_file_is_kept_by_nobody_and_named_by_its_days(self, client: FlaskClient) -> None:
        answer = client.get(f"/personal/export/pass.xlsx{QUERY}")

        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="pass-2026-11-01-2026-11-30.xlsx"'
        assert client.get(f"/personal/export/pass.pdf{QUERY}").status_code == 404

    def test_a_called_off_slot_says_so(self, client: FlaskClient) -> None:
        slot = planned(at("2026-11-05 16:30"), terms=Terms(trainer_names="Vikarien"))
        services.call_off(slot.id, reason_sv="Vattenläcka", act=maj())

        [row] = read(client)

        assert (row["Läge"], row["Ledare"]) == ("Inställt", "Vikarien")
