"""Other ways to the list: on paper, by the code on a family's page, by a substitute's link, by a phone's sync."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.bookings.services import cancel
from tests.accounts.doors import manage_link, opened, substitute_link
from tests.accounts.people import employ, inside
from tests.bookings.door import key, librarian, meeting_of, presences, slot_today
from tests.bookings.world import (
    DAY,
    HOUR,
    NOW,
    ROLF,
    SAMIRA,
    MadeSlot,
    act_at,
    book,
    children_of,
    rows,
    run,
    value,
    wishes,
)
from tests.page import visit
from tests.programme.leading import lead
from tests.programme.world import library

NEEDS, PHONE = "En lugn plats", "+46701740605"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def slot(app: Flask) -> MadeSlot:
    """Samira's two children have the two seats, Rolf's one waits."""
    made = slot_today(seats=2)
    book(made, wishes(SAMIRA, children=2, phone=PHONE, needs=NEEDS))
    book(made, wishes(ROLF))
    return made


def ref_of(slot: MadeSlot, standing: str) -> str:
    return str(value("SELECT ref FROM bookings WHERE slot_id = :id AND standing = :s", id=slot.id, s=standing))


def elsewhere(app: Flask) -> FlaskClient:
    return inside(app.test_client(), employ("Lo", Post(Role.BRANCH, None, library("horby", "Hörby bibliotek").id)))


# ---- paper ----


def test_the_printed_list_is_a_tagged_swedish_pdf_that_says_when_it_is_destroyed(app: Flask, slot: MadeSlot) -> None:
    answer = librarian(app, slot).get(f"/personal/narvaro/{meeting_of(slot)}/lista.pdf")

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    for mark in (b"%PDF-", b"/StructTreeRoot", b"/Lang", b"sv", b"pdfuaid"):
        assert mark in answer.data, mark


def test_what_goes_on_paper_is_names_and_ages_and_the_last_day(
    app: Flask, slot: MadeSlot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requirement H9."""
    told: list[dict[str, object]] = []

    def compiled(_source: bytes, *, sys_inputs: dict[str, str], **_: object) -> bytes:
        told.append(json.loads(sys_inputs["data"]))
        return b""

    monkeypatch.setattr("typst.compile", compiled)

    librarian(app, slot).get(f"/personal/narvaro/{meeting_of(slot)}/lista.pdf")

    assert told[0]["destroy"] == "Förstör efter fredag 2 oktober."
    assert told[0]["children"] == [{"name": "Ada", "age": "9 år"}, {"name": "Bo", "age": "9 år"}]
    for word in (NEEDS, PHONE, SAMIRA, "Samira"):
        assert word not in json.dumps(told, ensure_ascii=False)


def test_names_are_data_on_paper_whatever_signs_they_hold(app: Flask) -> None:
    """Requirement C10: markup in a title would stop the compiler, or be obeyed by it."""
    slot = slot_today()
    book(slot)
    run("UPDATE activities SET title_sv = :words", words='#read("/etc/passwd") $x$ [*]')
    run("UPDATE participants SET name = :words", words="#panic() *Ada* $")

    answer = librarian(app, slot).get(f"/personal/narvaro/{meeting_of(slot)}/lista.pdf")

    assert answer.status_code == 200


# ---- the family's code ----


def test_the_code_on_the_familys_page_leads_staff_to_the_party_and_one_tap_marks_it(app: Flask, slot: MadeSlot) -> None:
    ref = ref_of(slot, "seated")
    family = visit(opened(app.test_client(), manage_link(ref)), f"/bokning/{ref}")
    assert "Visa er kod när ni kommer" in family.text
    assert 'aria-label="QR-kod för personalen"' in family.html

    page = visit(librarian(app, slot), f"/personal/narvaro/bokning/{ref}")
    assert "Ada" in page.text
    saved = page.submit(next(form for form in page.forms if form.action.endswith(ref)))

    assert "Sparat." in saved.text
    assert presences(slot) == {child: "present" for child, _ in children_of(ref)}


def test_the_code_opens_nothing_for_others(app: Flask, slot: MadeSlot) -> None:
    ref = ref_of(slot, "seated")
    path = f"/personal/narvaro/bokning/{ref}"

    assert app.test_client().get(path).status_code == 303
    assert opened(app.test_client(), manage_link(ref)).get(path).status_code == 303
    lo = elsewhere(app)
    assert lo.get(path).status_code == lo.get("/personal/narvaro/bokning/ZZZZZZZ").status_code == 404
    assert inside(app.test_client(), employ("Astrid", Post(Role.AUDITOR))).get(path).status_code == 403
    assert inside(app.test_client(), employ("Nils", Post(Role.TRAINER))).get(path).status_code == 404


def test_a_party_that_waits_or_has_cancelled_is_told_so(app: Flask, slot: MadeSlot) -> None:
    ref = ref_of(slot, "queued")
    client = librarian(app, slot)

    assert "väntar på plats" in visit(client, f"/personal/narvaro/bokning/{ref}").text
    cancel(ref, act=act_at())
    assert "Bokningen är avbokad" in visit(client, f"/personal/narvaro/bokning/{ref}").text


# ---- a substitute's link ----


def test_a_link_is_made_shown_once_opens_one_list_and_is_revoked(app: Flask, slot: MadeSlot) -> None:
    client = librarian(app, slot)
    page = visit(client, f"/personal/pass/{slot.id}").follow("Länk för en vikarie")
    made = page.submit(next(form for form in page.forms if "traff" in form.fields))
    address = made.by_id("adress").get("value")
    assert "/l/" in address
    assert address not in visit(client, f"/personal/pass/{slot.id}/vikarie").html

    phone = app.test_client()
    list_page = visit(phone, urlsplit(address).path)
    assert urlsplit(list_page.url).path == f"/narvaro/{meeting_of(slot)}"
    for words in ("Ada", "9 år", NEEDS):
        assert words in list_page.text
    for words in (PHONE, "070-174 06 05", SAMIRA, "Visa telefon", "Väntar på plats", ROLF):
        assert words not in list_page.html
    form = next(form for form in list_page.forms if "antal-adult" in form.fields)
    child = children_of(ref_of(slot, "seated"))[0][0]
    list_page.submit(form, {f"narvaro-{child}": "present"})
    assert presences(slot) == {child: "present"}

    again = visit(client, f"/personal/pass/{slot.id}/vikarie")
    assert "Senast använd torsdag 1 oktober" in again.text
    again.submit(next(form for form in again.forms if form.action.endswith("/borttagning")))
    assert phone.get(f"/narvaro/{meeting_of(slot)}").status_code == 404
    link = value("SELECT id FROM links WHERE purpose = 'substitute'")
    found = rows("SELECT verb, actor_kind, actor_ref FROM audit_entries WHERE verb <> 'book' ORDER BY id")
    assert ("mark_attendance", "public", f"link:{link}") in found
    assert [verb for verb, _, _ in found if verb.endswith(("list", "link"))] == [
        "lend_list",
        "make_link",
        "revoke_link",
    ]


def test_a_link_opens_no_other_meetings_list_and_no_page_of_staff(app: Flask, slot: MadeSlot) -> None:
    other = slot_today()
    book(other)
    phone = opened(app.test_client(), substitute_link(meeting_of(slot)))

    assert phone.get(f"/narvaro/{meeting_of(slot)}").status_code == 200
    assert phone.get(f"/narvaro/{meeting_of(other)}").status_code == 404
    for path in (f"/personal/narvaro/{meeting_of(slot)}", f"/personal/narvaro/{meeting_of(slot)}/lista.pdf"):
        assert phone.get(path).status_code == 303


@pytest.mark.parametrize(
    ("later", "status"),
    [(-7 * DAY - HOUR, 404), (-7 * DAY, 200), (HOUR + DAY - dt.timedelta(seconds=1), 200), (HOUR + DAY, 404)],
)
def test_a_link_opens_seven_days_before_and_ends_a_day_after_the_meeting(
    app: Flask, later: dt.timedelta, status: int, clock: time_machine.Traveller
) -> None:
    slot = slot_today(starts_at=NOW + 8 * DAY)
    link = substitute_link(meeting_of(slot))
    clock.move_to(NOW + 8 * DAY + later, tick=False)
    phone = app.test_client()

    answer = phone.get(link, follow_redirects=True)

    assert answer.status_code == status


def test_who_plans_elsewhere_or_only_leads_makes_no_link_and_ends_none(app: Flask, slot: MadeSlot) -> None:
    substitute_link(meeting_of(slot))
    number = value("SELECT id FROM links WHERE purpose = 'substitute'")
    tove = employ("Tove", Post(Role.TRAINER))
    lead(slot.id, tove)
    base = f"/personal/pass/{slot.id}/vikarie"

    for client, status in ((inside(app.test_client(), tove), 403), (elsewhere(app), 404)):
        for path in (base, f"{base}/{number}/borttagning"):
            assert [client.open(path, method=method).status_code for method in ("GET", "POST")] == [status, status]
    assert value("SELECT revoked_at FROM links WHERE id = :id", id=number) is None


def test_one_link_is_ended_and_another_stays(app: Flask, slot: MadeSlot) -> None:
    """Neither another slot's link nor a family's goes by a number typed into the address."""
    other = slot_today()
    book(other)
    substitute_link(meeting_of(other))
    substitute_link(meeting_of(slot))
    client = librarian(app, slot)
    page = visit(client, f"/personal/pass/{slot.id}/vikarie")
    form = next(form for form in page.forms if form.action.endswith("/borttagning"))
    own = int(re.findall(r"/vikarie/(\d+)/", form.action)[0])

    for (number,) in rows("SELECT id FROM links WHERE id <> :own", own=own):
        form.action = f"/personal/pass/{slot.id}/vikarie/{number}/borttagning"
        page.submit(form)

    assert rows("SELECT id FROM links WHERE revoked_at IS NOT NULL") == []


# ---- a phone's sync ----


def sent(client: FlaskClient, slot: MadeSlot, marks: object) -> tuple[int, dict[str, object]]:
    path = f"/personal/narvaro/{meeting_of(slot)}/synk"
    token = json.loads(client.get(path).text)["token"]
    answer = client.post(path, data={"csrf_token": token, "marken": json.dumps(marks)})
    return answer.status_code, json.loads(answer.text)


def one(number: int, kind: str, about: object, value: object) -> dict[str, object]:
    return {"key": key(number), "at": int(NOW.timestamp() * 1000), "kind": kind, "about": about, "value": value}


def test_a_phone_sends_all_kinds_of_marks_twice_and_they_count_once(app: Flask, slot: MadeSlot) -> None:
    child = children_of(ref_of(slot, "seated"))[0][0]
    marks = [one(1, "child", child, "absent"), one(2, "heads", "adult", "3"), one(3, "walk-in", "Elsa", "6")]
    client = librarian(app, slot)

    answers = [sent(client, slot, marks) for _ in range(2)]

    assert answers == [(200, {"lost": []})] * 2
    assert presences(slot) == {child: "absent"}
    assert rows("SELECT heads FROM head_counts") == [(3,)]
    assert rows("SELECT name, age FROM walk_ins") == [("Elsa", 6)]


@pytest.mark.parametrize(
    "marks",
    [
        "x",
        {"key": 1},
        [1],
        [{}],
        [one(1, "child", "a", "present")],
        [one(1, "child", 1, "late")],
        [one(1, "heads", "adult", "501")],
        [one(1, "heads", "dogs", "1")],
        [one(1, "walk-in", "<b>", "6")],
        [one(1, "walk-in", "Elsa", "sju")],
        [one(1, "party", 1, "1")],
        [{**one(1, "heads", "adult", "1"), "key": "x"}],
        [{**one(1, "heads", "adult", "1"), "at": 10**30}],
        [{**one(1, "heads", "adult", "1"), "at": None}],
        [one(number, "heads", "adult", "1") for number in range(201)],
    ],
)
def test_what_no_phone_of_ours_sends_is_refused_and_changes_nothing(app: Flask, slot: MadeSlot, marks: object) -> None:
    assert sent(librarian(app, slot), slot, marks)[0] == 422
    assert (
        rows("SELECT * FROM attendances") == rows("SELECT * FROM walk_ins") == rows("SELECT * FROM head_counts") == []
    )


def test_marks_without_the_token_of_the_session_are_refused(app: Flask, slot: MadeSlot) -> None:
    """Requirement E4."""
    client = librarian(app, slot)
    path = f"/personal/narvaro/{meeting_of(slot)}/synk"

    for data in ({"marken": "[]"}, {"marken": "[]", "csrf_token": "x"}):
        assert client.post(path, data=data).status_code == 400
    assert app.test_client().get(path).status_code == 303


def test_what_the_worker_keeps_holds_nobody_and_asks_for_no_session(app: Flask, slot: MadeSlot) -> None:
    client = librarian(app, slot)
    for path in ("/personal/narvaro/skal", "/personal/narvaro/arbetare.js"):
        inside_, outside = client.get(path), app.test_client().get(path)
        assert inside_.data == outside.data
        assert "Cookie" not in inside_.headers.get("Vary", "")
        for word in ("Ada", "Elin", 'csrf_token" value'):
            assert word not in inside_.text


def test_sign_out_empties_what_the_device_has_kept(app: Flask, slot: MadeSlot) -> None:
    client = librarian(app, slot)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', client.get("/personal").text)[0]

    answer = client.post("/personal/logga-ut", data={"csrf_token": token})

    assert answer.headers["Clear-Site-Data"] == '"storage"'
