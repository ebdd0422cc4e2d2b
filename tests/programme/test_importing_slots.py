"""Slots out of a spreadsheet: shown first, then all or none, and every bad row named."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from booking.accounts.rules.roles import Post, Role, Scope
from booking.kernel.sheet import Cell, Sheet, as_csv, as_xlsx
from booking.kernel.table import BadTable
from booking.places.models import Room
from booking.programme import services as programme
from booking.programme.models import Slot
from booking.programme.queries import importing
from booking.programme.rules import SlotState
from booking.programme.rules.clashes import HardClash, SoftClashes
from booking.programme.rules.importing import MOST_SLOTS_ROWS, AlreadyPlanned
from booking.programme.services import importing_slots as services
from booking.store import writes
from booking.store.engine import session
from tests.accounts.people import employ, inside
from tests.bookings.world import rows, value
from tests.page import Page, visit
from tests.programme.world import NOW, activity, kit, library, maj, planned, trainer, wall
from tests.support.queries import counted

EVERYWHERE = Scope(everywhere=True)
PATH = "/personal/planering/import"
HEADER = ";".join(services.COLUMNS)
SCRATCH = "Ditt första spel i Scratch;Åhus bibliotek"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def csv_of(*lines: str) -> bytes:
    """A file with all columns; lines may be shorter."""
    width = HEADER.count(";")
    return "\n".join([HEADER, *(line + ";" * (width - line.count(";")) for line in lines)]).encode()


def wished(*lines: str, scope: Scope = EVERYWHERE) -> list[importing.WishedSlot]:
    return importing.wished(services.read_slots(csv_of(*lines)), scope=scope, now=NOW)


def faults(*lines: str, scope: Scope = EVERYWHERE) -> list[str]:
    with pytest.raises(BadTable) as caught:
        wished(*lines, scope=scope)
    return [str(fault) for fault in caught.value.faults]


def taken_in(*lines: str, key: str = "one", accepting: str = "") -> list[int]:
    plans = [slot.plan for slot in wished(*lines)]
    return [slot.id for slot in services.import_slots(plans, key=key, accepting=accepting, act=maj())]


@pytest.fixture
def world(app: Flask) -> None:
    library()
    activity()


class TestRows:
    def test_names_and_short_names_are_understood_in_any_case(self, world: None) -> None:
        tove, box = trainer("Tove Ek"), kit("Låda 1", at=library())

        found = wished(
            f"{SCRATCH};2026-11-05;15:30;17:00;;;tove ek;LÅDA 1;6;7;9;2026-10-20 09:00;ja",
            "forsta-spelet-scratch;AHUS;2026-11-06;9.30",
        )

        first, second = (slot.plan for slot in found)
        assert (first.trainer_ids, first.kit_ids) == ((tove.id,), (box.id,))
        assert (first.terms.seats, first.terms.age_min, first.terms.age_max) == (6, 7, 9)
        assert (first.terms.state, second.terms.state) == (SlotState.PUBLISHED, SlotState.DRAFT)
        assert first.opens == wall("2026-10-20 09:00")
        assert second.meetings[0].ends == wall("2026-11-06 11:00")  # as long as it usually is

    def test_rows_of_a_club_make_one_slot_of_several_meetings(self, world: None) -> None:
        found = wished(
            f"{SCRATCH};2026-11-05;15:30;;Torsdag",
            f"{SCRATCH};2026-11-06;15:30",
            f"{SCRATCH};2026-11-12;15:30;;torsdag",
        )

        assert [(slot.line, len(slot.plan.meetings)) for slot in found] == [(2, 2), (3, 1)]

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("Okänd;Åhus bibliotek;2026-11-05;15:30", "column aktivitet: There is no activity"),
            ("forsta-spelet-scratch;Okänt;2026-11-05;15:30", "column ställe: There is no place"),
            (f"{SCRATCH};2026-02-30;15:30", "column datum"),
            (f"{SCRATCH};2026-11-05;25:00", "column börjar"),
            (f"{SCRATCH};2026-11-05;15:30;15:00", "column slutar: The end must be later"),
            (f"{SCRATCH};2026-11-05;15:30;;;Okänd sal", "column lokal"),
            (f"{SCRATCH};2026-11-05;15:30;;;;Okänd", "column ledare"),
            (f"{SCRATCH};2026-11-05;15:30;;;;;Okänd", "column utrustning"),
            (f"{SCRATCH};2026-11-05;15:30;;;;;;0", "column platser"),
            (f"{SCRATCH};2026-11-05;15:30;;;;;;;9;8", "column från ålder"),
            (f"{SCRATCH};2026-11-05;15:30;;;;;;;11", "column från ålder"),  # the activity's highest is 10
            (f"{SCRATCH};2026-11-05;15:30;;;;;;;;;2026-11-06", "column bokning öppnar"),
            (f"{SCRATCH};2026-11-05;15:30;;;;;;;;;i går", "column bokning öppnar"),
            (f"{SCRATCH};2026-11-05;15:30;;;;;;;;;;kanske", "column publicera"),
            (f"{SCRATCH};2026-09-30;15:30", "Booking must open before it closes"),
            (f"{SCRATCH};2027-03-28;02:30", "does not exist"),
        ],
    )
    def test_a_bad_row_is_named_with_its_column(self, world: None, line: str, told: str) -> None:
        [fault] = faults(f"{SCRATCH};2026-11-04;15:30", line)

        assert fault.startswith("line 3")
        assert told in fault

    def test_every_fault_of_the_file_is_told_at_once(self, world: None) -> None:
        found = faults(f"{SCRATCH};2026-11-05;15:30;;;;Ingen;Inget", "x;y;2026-11-05;15:30")

        assert [fault.partition(":")[0] for fault in found] == [
            "line 2, column ledare",
            "line 2, column utrustning",
            "line 3, column aktivitet",
            "line 3, column ställe",
        ]

    def test_a_name_that_several_have_is_refused(self, world: None) -> None:
        trainer("Tove")
        trainer("Tove")

        assert "is the name of several" in faults(f"{SCRATCH};2026-11-05;15:30;;;;Tove")[0]

    def test_a_club_whose_rows_say_different_things_is_refused(self, world: None) -> None:
        found = faults(f"{SCRATCH};2026-11-05;15:30;;A;;;;6", f"{SCRATCH};2026-11-12;15:30;;A;;;;7")

        assert found == [
            "line 3, column platser: Rows of the same club must say the same here as its first row, line 2."
        ]

    def test_a_place_of_another_library_reads_as_if_there_were_none(self, world: None) -> None:
        """Requirement D3."""
        degeberga = library("degeberga", "Degeberga bibliotek")
        only = Scope(places=frozenset({degeberga.id}))

        foreign = faults(f"{SCRATCH};2026-11-05;15:30", scope=only)
        unknown = faults("forsta-spelet-scratch;Åhus bibliotek ;2026-11-05;15:30", scope=Scope())

        assert foreign == unknown
        assert foreign[0].startswith('line 2, column ställe: There is no place "Åhus bibliotek" where you plan.')

    def test_an_empty_and_an_endless_file_are_refused(self, world: None) -> None:
        assert "no rows" in faults()[0]
        many = [f"{SCRATCH};2026-11-05;15:30"] * (MOST_SLOTS_ROWS + 1)
        assert f"line {MOST_SLOTS_ROWS + 2}" in faults(*many)[0]

    def test_xlsx_says_the_same_as_csv(self, world: None) -> None:
        row: list[Cell] = ["forsta-spelet-scratch", "ahus", dt.date(2026, 11, 5), dt.time(15, 30)]
        sheet = Sheet(name="Pass", columns=("aktivitet", "ställe", "datum", "börjar"), rows=[row])

        made = [services.read_slots(raw) for raw in (as_csv(sheet), as_xlsx(sheet, made_at=NOW))]

        assert made[0] == made[1]

    def test_the_number_of_queries_is_the_same_for_one_row_and_for_many(self, world: None) -> None:
        trainer("Tove")
        with counted() as few:
            importing.previewed(wished(f"{SCRATCH};2026-11-05;15:30;;;;Tove"))
        lines = [f"{SCRATCH};2026-11-{day:02};{hour}:00;;;;Tove" for day in range(2, 29) for hour in (9, 11, 13)]

        with counted() as many:
            shown = importing.previewed(wished(*lines))

        assert len(shown) == 81
        assert len(few) == len(many) <= 16


class TestVerb:
    def test_all_are_planned_with_what_they_take(self, world: None) -> None:
        trainer("Tove")
        room = make_room()

        numbers = taken_in(
            f"{SCRATCH};2026-11-05;15:30;;;{room};Tove;;6", f"{SCRATCH};2026-11-12;15:30;;;{room};Tove", accepting="Ja"
        )

        assert value("SELECT count(*) FROM slots") == len(numbers) == 2
        assert value("SELECT count(*) FROM assignments WHERE holds") == 2
        assert value("SELECT count(*) FROM room_reservations WHERE holds") == 2
        assert value("SELECT count(*) FROM audit_entries WHERE verb = 'import_slots'") == 1

    def test_a_hard_clash_between_rows_plans_nothing(self, world: None) -> None:
        trainer("Tove")

        with pytest.raises(HardClash):
            taken_in(f"{SCRATCH};2026-11-05;15:30;;;;Tove", f"{SCRATCH};2026-11-05;16:00;;;;Tove", accepting="Ja")

        assert value("SELECT count(*) FROM slots") == 0
        assert value("SELECT count(*) FROM audit_entries WHERE verb = 'import_slots'") == 0

    def test_a_warning_wants_a_reason(self, world: None) -> None:
        with pytest.raises(SoftClashes):
            taken_in(f"{SCRATCH};2026-12-25;15:30")

        taken_in(f"{SCRATCH};2026-12-25;15:30", accepting="Julfest")

        assert rows("SELECT reason FROM accepted_clashes") == [("Julfest",)]

    def test_the_same_preview_twice_is_one_import(self, world: None) -> None:
        taken_in(f"{SCRATCH};2026-11-05;15:30")

        with pytest.raises(AlreadyPlanned):
            taken_in(f"{SCRATCH};2026-11-05;15:30")
        taken_in(f"{SCRATCH};2026-11-05;15:30", key="another")

        assert value("SELECT count(*) FROM slots") == 2


@writes
def make_room() -> str:
    session().add(Room(place_id=library().id, name="Programlokalen", seats=20))
    return "Programlokalen"


def starts() -> list[dt.datetime]:
    return list(session().scalars(select(Slot.starts_at).order_by(Slot.id)))


class TestPage:
    @pytest.fixture
    def client(self, sqlite_app: Flask) -> FlaskClient:
        library()
        activity()
        return inside(sqlite_app.test_client(), employ("Maj", Post(Role.COORDINATOR)))

    def upload(self, client: FlaskClient, raw: bytes, *, status: int = 200, name: str = "plan.csv") -> Page:
        page = visit(client, PATH)
        files: Any = {"fil": (io.BytesIO(raw), name)}
        return page.submit(page.forms[-1], {}, extra=files, status=status)

    def test_what_would_be_planned_is_shown_and_nothing_is_until_the_yes(self, client: FlaskClient) -> None:
        page = self.upload(client, csv_of(f"{SCRATCH};2026-11-05;15:30", f"{SCRATCH};2026-11-12;15:30"))

        assert "2 pass. Inget är planerat än." in page.text
        assert "torsdag 5 november" in page.text
        assert value("SELECT count(*) FROM slots") == 0

        page = page.submit(page.forms[-1])

        assert "2 pass planerades." in page.text
        assert [row[0] for row in rows("SELECT state FROM slots")] == ["draft", "draft"]
        assert [one.hour for one in starts()] == [14, 14]  # UTC

    def test_bad_rows_are_named_and_nothing_is_planned(self, client: FlaskClient) -> None:
        page = self.upload(client, csv_of(f"{SCRATCH};2026-11-05;15:30", "x;y;2026-11-05;halv fyra"), status=422)

        assert "Rad 3, kolumn börjar" in page.text
        assert page.errors
        assert value("SELECT count(*) FROM slots") == 0

    def test_hard_clashes_leave_no_button_and_soft_ones_ask_why(self, client: FlaskClient) -> None:
        trainer("Tove")
        page = self.upload(client, csv_of(*[f"{SCRATCH};2026-11-05;15:30;;;;Tove"] * 2))
        assert "Går inte" in page.text
        assert "Planera alla" not in page.text

        page = self.upload(client, csv_of(f"{SCRATCH};2026-12-25;15:30"))
        page = page.submit(page.forms[-1], status=422)
        assert page.errors[0][0] == "skal"
        page = page.submit(page.forms[-1], {"skal": "Julfest"})

        assert "1 pass planerades." in page.text

    def test_a_clash_that_came_between_preview_and_yes_plans_nothing(self, client: FlaskClient) -> None:
        tove = trainer("Tove")
        page = self.upload(client, csv_of(f"{SCRATCH};2026-11-05;15:30;;;;Tove", f"{SCRATCH};2026-11-06;15:30"))
        programme.assign(planned().meetings[0].id, trainer_id=tove.id, act=maj())  # 5 November at 16.30

        page = page.submit(page.forms[-1], status=422)

        assert "samtidigt" in page.text
        assert value("SELECT count(*) FROM slots") == 1

    def test_what_comes_back_changed_or_late_or_to_somebody_else_is_refused(
        self, sqlite_app: Flask, client: FlaskClient, clock: time_machine.Traveller
    ) -> None:
        page = self.upload(client, csv_of(f"{SCRATCH};2026-11-05;15:30"))
        form = page.forms[-1]
        sealed = form.fields["underlag"]
        karin = inside(sqlite_app.test_client(), employ("Karin", Post(Role.COORDINATOR)))
        own = self.upload(karin, csv_of(f"{SCRATCH};2026-11-06;15:30")).forms[-1]

        for forged in (sealed[:-2] + "AA", "", "x" * 200, sealed.replace(".", "")):
            assert client.post(form.action, data={**form.fields, "underlag": forged}).status_code == 422
        assert karin.post(own.action, data={**own.fields, "underlag": sealed}).status_code == 422
        for _ in range(3):  # somebody who sits there goes on looking
            clock.shift(dt.timedelta(minutes=21))
            visit(client, PATH)
        assert client.post(form.action, data=form.fields).status_code == 422
        assert value("SELECT count(*) FROM slots") == 0

    def test_the_same_yes_twice_plans_once_and_says_so(self, client: FlaskClient) -> None:
        page = self.upload(client, csv_of(f"{SCRATCH};2026-11-05;15:30"))
        form = page.forms[-1]

        assert client.post(form.action, data=form.fields).status_code == 303
        again = client.post(form.action, data=form.fields)

        assert again.status_code == 422
        assert "redan planerade" in again.text
        assert value("SELECT count(*) FROM slots") == 1

    def test_another_branchs_place_is_unknown(self, sqlite_app: Flask, client: FlaskClient) -> None:
        place = library("degeberga", "Degeberga bibliotek")
        karin = inside(sqlite_app.test_client(), employ("Karin", Post(Role.BRANCH, place_id=place.id)))

        page = self.upload(karin, csv_of(f"{SCRATCH};2026-11-05;15:30"), status=422)

        assert "Det finns inget ställe ”Åhus bibliotek” där du planerar" in page.text

    def test_files_may_be_larger_than_forms_up_to_their_own_limit(self, client: FlaskClient) -> None:
        """Requirement C4."""
        lines = [f"{SCRATCH};2026-11-05;15:30" + " " * 1500 for _ in range(100)]
        assert self.upload(client, csv_of(*lines)).status == 200
        assert "större än 1000 kB" in self.upload(client, b"x" * 1_000_001, status=422).text
        page = visit(client, PATH)
        files: Any = {**page.forms[-1].fields, "fil": (io.BytesIO(b"x" * 1_200_000), "plan.csv")}
        assert client.post(PATH, data=files).status_code == 413
        assert client.post("/personal/konto/losenord", data={"losenord": "x" * 70_000}).status_code == 413

    def test_no_file_and_no_table_are_said_at_the_field(self, client: FlaskClient) -> None:
        assert self.upload(client, b"", status=422).errors == [("fil", "Välj en fil.")]
        assert self.upload(client, b"\xff\xfe\x00", status=422).errors
        assert "XLSX" in self.upload(client, b"PK\x03\x04nonsense", status=422).text

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_the_empty_file_has_the_columns_that_are_read(self, client: FlaskClient, kind: str) -> None:
        raw = client.get(f"{PATH}/mall.{kind}").data

        page = self.upload(client, raw, status=422, name=f"mall.{kind}")

        assert "Det finns ingen aktivitet ”Titel på aktiviteten”" in page.text
        assert "kolumn ställe" in page.text
        assert "kolumn datum" not in page.text
