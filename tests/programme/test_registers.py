"""The registers of trainers and kits: whose they are, what a page saves, and two who save at once (A14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.programme import services as programme
from booking.trainers import services as trainers
from tests.accounts.people import employ, inside
from tests.bookings.world import NOW, act_at, make_slot, rows, value
from tests.page import visit
from tests.programme.world import activity, kit, library, trainer
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def maj(app: Flask) -> FlaskClient:
    return inside(app.test_client(), employ("Maj", Post(Role.COORDINATOR)))


def test_maj_adds_a_trainer_with_hours_competences_and_an_account(app: Flask) -> None:
    home, scratch = library().id, activity().id
    tove = employ("Tove", Post(Role.TRAINER))
    page = visit(maj(app), "/personal/ledare/ny")

    page.submit(
        page.forms[-1],
        {"namn": "Tove", "hemort": str(home), "dag-1": "9-12, 13–16.30", "konto": str(tove)},
        extra={"aktivitet": str(scratch)},
    )

    assert rows("SELECT name, home_place_id, staff_id FROM trainers") == [("Tove", home, tove)]
    assert [str(one)[:5] for one in rows("SELECT starts, ends FROM working_hours ORDER BY starts")[0]] == [
        "09:00",
        "12:00",
    ]
    assert rows("SELECT weekday FROM working_hours") == [(1,), (1,)]
    assert rows("SELECT activity_id, kind FROM competences") == [(scratch, None)]


@pytest.mark.parametrize("hours", ["nio till tolv", "12-9", "25-26", "9-12, 11-13", "9"])
def test_hours_that_make_no_sense_are_refused_and_kept_as_typed(app: Flask, hours: str) -> None:
    page = visit(maj(app), "/personal/ledare/ny")

    refused = page.submit(page.forms[-1], {"namn": "Tove", "dag-3": hours}, status=422)

    assert refused.errors
    assert refused.forms[-1].fields["dag-3"] == hours
    assert rows("SELECT id FROM trainers") == []


def test_two_who_correct_a_trainer_at_once_see_both_versions(app: Flask) -> None:
    tove = trainer("Tove", home_place_id=library().id).id
    first, second = (visit(client, f"/personal/ledare/{tove}") for client in (maj(app),) * 2)
    first.submit(first.forms[-1], {"namn": "Tova", "dag-2": "9-12"})

    refused = second.submit(second.forms[-1], {"namn": "Tuva"}, status=422)

    assert value("SELECT name FROM trainers") == "Tova"
    assert "Tova" in refused.text
    assert "09.00-12.00" in refused.text
    assert refused.forms[-1].fields["namn"] == "Tuva"
    refused.submit(refused.forms[-1])
    assert value("SELECT name FROM trainers") == "Tuva"


def test_two_who_count_a_kit_at_once_see_both_versions(app: Flask) -> None:
    box = kit(at=library()).id
    first, second = (visit(client, f"/personal/utrustning/{box}") for client in (maj(app),) * 2)
    first.submit(first.forms[-1], {"antal": "5"})

    refused = second.submit(second.forms[-1], {"antal": "4"}, status=422)

    assert value("SELECT pieces FROM kits") == 5
    refused.submit(refused.forms[-1])
    assert value("SELECT pieces FROM kits") == 4


def test_a_kit_tells_where_it_is_who_brings_it_and_where_it_is_needed_next(app: Flask) -> None:
    here, there, slot = library(), library("osby", "Osby bibliotek"), make_slot()
    box, tove = kit(at=here).id, trainer("Tove").id
    meeting = int(value("SELECT id FROM meetings WHERE slot_id = :id", id=slot.id))
    programme.reserve_kits(meeting, kit_ids=[box], accepting="Går bra", act=act_at())
    page = visit(maj(app), f"/personal/utrustning/{box}")
    assert any(f"/personal/pass/{slot.id}" in link for link in page.links.values())

    listed = page.submit(page.forms[-1], {"star": str(there.id), "tar-med": str(tove), "utgar": "2027-01-01"})

    assert "Står på Osby bibliotek" in listed.text
    assert "Tove tar med den" in listed.text
    assert value("SELECT retired_on FROM kits") in ("2027-01-01", dt.date(2027, 1, 1))


def test_branch_staff_keep_what_is_at_home_with_them_and_reach_nothing_else(app: Flask) -> None:
    own, other = library(), library("osby", "Osby bibliotek")
    mine, foreign = trainer("Tove", home_place_id=own.id).id, trainer("Nils", home_place_id=other.id).id
    wandering = trainer("Ove").id
    my_kit, their_kit = kit(at=own).id, kit("Låda 2", at=other).id
    elin = inside(app.test_client(), employ("Elin", Post(Role.BRANCH, None, own.id)))

    listed = visit(elin, "/personal/ledare").text
    assert "Tove" in listed
    assert "Nils" not in listed
    assert "Låda 2" not in visit(elin, "/personal/utrustning").text
    assert (
        elin.get(f"/personal/ledare/{mine}").status_code
        == elin.get(f"/personal/utrustning/{my_kit}").status_code
        == 200
    )
    for path in (
        f"ledare/{foreign}",
        f"ledare/{wandering}",
        "ledare/999999",
        f"utrustning/{their_kit}",
        "utrustning/999999",
    ):
        assert elin.get(f"/personal/{path}").status_code == elin.post(f"/personal/{path}").status_code == 404
    page = visit(elin, f"/personal/ledare/{mine}")
    page.submit(page.forms[-1], {}, extra={"hemort": str(other.id)}, status=422)
    assert value("SELECT home_place_id FROM trainers WHERE id = :id", id=mine) == own.id


def test_an_account_of_another_trainer_is_told_at_its_field(app: Flask) -> None:
    tove = employ("Tove", Post(Role.TRAINER))
    trainers.give_account(trainer("Tove").id, staff_id=tove, act=act_at())
    page = visit(maj(app), "/personal/ledare/ny")

    refused = page.submit(page.forms[-1], {"namn": "Nils", "konto": str(tove)}, status=422)

    assert [field for field, _ in refused.errors] == ["konto"]
    assert rows("SELECT name FROM trainers") == [("Tove",)]


@pytest.mark.parametrize("path", ["/personal/ledare", "/personal/utrustning"])
def test_the_lists_ask_as_many_questions_for_forty_rows_as_for_two(app: Flask, path: str) -> None:
    home, client = library(), maj(app)
    for number in range(2):
        trainer(f"Ledare {number}", home_place_id=home.id)
        kit(f"Låda {number}", at=home)
    client.get(path)
    with counted() as few:
        client.get(path)
    for number in range(2, 40):
        trainer(f"Ledare {number}", home_place_id=home.id)
        kit(f"Låda {number}", at=home)
    with counted() as many:
        client.get(path)

    assert len(few) == len(many) <= 10
