"""Lists of people as files: by whom, after what, and what stands in them (requirements C11, D3, D4, H7, H10)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import NOWHERE, Post, Role, Scope
from booking.app import create_app
from booking.bookings import services as bookings
from booking.bookings.rules import Child, ContactDetails, Wishes
from booking.bookings.services.people import hand_out
from booking.programme.rules import NoSuchSlot
from tests.accounts.people import employ, inside
from tests.bookings.world import NOW, MadeSlot, act_at, book, make_slot, rows, value
from tests.builders import make_place
from tests.page import Page, Visitor, visit
from tests.support.database import close, settings_for

EVERYWHERE = Scope(everywhere=True)
SAID = {"provad": "y", "typ": "csv"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def slot(app: Flask) -> MadeSlot:
    return _with_families()


def _with_families() -> MadeSlot:
    slot = make_slot(seats=2)
    contact = ContactDetails("=Samira", "samira@example.org", "+46701234567")
    book(slot, Wishes(children=(Child("Östen", 9), Child("Ada", 8)), contact=contact, adults=1, needs="-Rullstol"))
    book(slot, Wishes(children=(Child("Bo", 10),), contact=ContactDetails("Rolf", "rolf@example.org", ""), adults=1))
    return slot


def place_of(slot: MadeSlot) -> int:
    return int(value("SELECT place_id FROM slots WHERE id = :id", id=slot.id))


def verbs() -> list[tuple[str, str]]:
    return [
        (verb, subject)
        for verb, subject in rows("SELECT verb, subject FROM audit_entries ORDER BY id")
        if verb.startswith("export")
    ]


def read(answer: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.decode("utf-8-sig"), newline=""), delimiter=";"))


class TestVerb:
    def test_those_with_a_seat_come_first_by_name_and_contacts_only_when_asked_for(
        self, app: Flask, slot: MadeSlot
    ) -> None:
        bare = hand_out(slot.id, scope=EVERYWHERE, with_contacts=False, act=act_at())
        whole = hand_out(slot.id, scope=EVERYWHERE, with_contacts=True, act=act_at())

        assert [(one.name, one.age, one.queue_number) for one in bare] == [
            ("Ada", 8, None),
            ("Östen", 9, None),
            ("Bo", 10, 1),
        ]
        assert {(one.contact, one.email, one.phone) for one in bare} == {("", "", "")}
        assert (whole[0].contact, whole[0].email, whole[0].phone) == ("=Samira", "samira@example.org", "+46701234567")
        assert verbs() == [
            ("export_people", f"slot:{slot.id}"),
            ("export_people_and_contacts", f"slot:{slot.id}"),
        ]
        trail = str(rows("SELECT * FROM audit_entries"))
        assert not [word for word in ("Ada", "Samira", "samira@") if word in trail]

    def test_who_cancelled_or_was_taken_away_is_not_in_it(self, app: Flask, slot: MadeSlot) -> None:
        found = rows("SELECT ref FROM bookings ORDER BY id")
        ada = value("SELECT id FROM participants WHERE name = 'Ada'")
        bookings.take_away(found[0][0], ada, act=act_at())
        bookings.cancel(found[1][0], act=act_at())

        told = hand_out(slot.id, scope=EVERYWHERE, with_contacts=False, act=act_at())

        assert [one.name for one in told] == ["Östen"]

    def test_a_foreign_slot_is_as_if_there_were_none_and_leaves_no_trace(self, app: Flask, slot: MadeSlot) -> None:
        other = Scope(places=frozenset({place_of(slot) + 1}))
        for scope, number in ((other, slot.id), (NOWHERE, slot.id), (EVERYWHERE, 999)):
            with pytest.raises(NoSuchSlot):
                hand_out(number, scope=scope, with_contacts=True, act=act_at())
        assert verbs() == []


class TestPage:
    @pytest.fixture
    def slot(self, sqlite_app: Flask) -> MadeSlot:
        return _with_families()

    @pytest.fixture
    def maj(self, sqlite_app: Flask, slot: MadeSlot) -> FlaskClient:
        return inside(sqlite_app.test_client(), employ("Maj", Post(Role.BRANCH, place_id=place_of(slot))))

    def page(self, client: FlaskClient, slot: MadeSlot) -> Page:
        return visit(client, f"/personal/pass/{slot.id}/export")

    def test_nothing_leaves_without_the_review(self, maj: FlaskClient, slot: MadeSlot) -> None:
        page = self.page(maj, slot)
        assert "Först en sekretessprövning" in page.text
        assert "Ada" not in page.html

        page = page.submit(page.forms[-1], {"typ": "csv"}, status=422)

        assert [named for named, _ in page.errors] == ["provad"]
        assert verbs() == []

    def test_the_list_opens_as_text_and_says_when_to_destroy_it(self, maj: FlaskClient, slot: MadeSlot) -> None:
        form = self.page(maj, slot).forms[-1]

        answer = maj.post(form.action, data={**form.fields, **SAID, "kontakt": "y"})

        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"].startswith(
            f'attachment; filename="deltagare-{slot.id}-2026-10-11.'
        )
        told = read(answer.data)
        assert [one["Förnamn eller smeknamn"] for one in told] == ["Ada", "Östen", "Bo"]
        assert (told[0]["Vuxen"], told[0]["Behov"]) == ("'=Samira", "'-Rullstol")
        assert told[0]["Telefon"] == "070-123 45 67"
        assert {one["Förstör efter"] for one in told} == {"2026-11-10"}
        assert verbs() == [("export_people_and_contacts", f"slot:{slot.id}")]

    def test_xlsx_has_the_same_and_the_day_on_every_printed_page(self, maj: FlaskClient, slot: MadeSlot) -> None:
        form = self.page(maj, slot).forms[-1]

        answer = maj.post(form.action, data={**form.fields, **SAID, "typ": "xlsx"})

        page = openpyxl.load_workbook(io.BytesIO(answer.data)).active
        assert page is not None
        assert [row[0].value for row in page.iter_rows(min_row=2)] == ["Ada", "Östen", "Bo"]
        assert "Vuxen" not in [cell.value for cell in page[1]]
        assert "Förstör efter" in str(page.oddFooter.left.text if page.oddFooter else "")
        assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)

    @pytest.mark.parametrize("kind", ["", "pdf", "CSV"])
    def test_another_kind_of_file_is_none(self, maj: FlaskClient, slot: MadeSlot, kind: str) -> None:
        form = self.page(maj, slot).forms[-1]

        assert maj.post(form.action, data={**form.fields, **SAID, "typ": kind}).status_code == 422
        assert verbs() == []

    def test_another_branch_gets_the_answer_of_a_slot_that_does_not_exist(
        self, sqlite_app: Flask, maj: FlaskClient, slot: MadeSlot
    ) -> None:
        karin = employ("Karin", Post(Role.BRANCH, place_id=make_place("degeberga", "Degeberga").id))
        client = inside(sqlite_app.test_client(), karin)

        answers = [client.get(f"/personal/pass/{number}/export") for number in (slot.id, 999_999)]
        posted = client.post(f"/personal/pass/{slot.id}/export", data=SAID)

        assert [answer.status_code for answer in (*answers, posted)] == [404, 404, 404]
        assert "Ada" not in answers[0].text + posted.text

    def test_a_trainer_may_not(self, sqlite_app: Flask, slot: MadeSlot) -> None:
        client = inside(sqlite_app.test_client(), employ("Tove", Post(Role.TRAINER)))

        assert client.get(f"/personal/pass/{slot.id}/export").status_code == 403

    def test_the_organisations_own_words_stand_there(self, sqlite_url: str, tmp_path: Path) -> None:
        settings = settings_for(sqlite_url, instance=tmp_path, secrecy_text="Ring <juristen>.\n\nTvå gånger.")
        app = create_app(settings)
        app.testing = True
        app.test_client_class = Visitor
        with app.app_context():
            made = _with_families()
            client = inside(app.test_client(), employ("Maj", Post(Role.COORDINATOR)))

            page = self.page(client, made)

            assert "Ring <juristen>. Två gånger." in page.text
            assert "allmän handling" not in page.text
        close(app)
