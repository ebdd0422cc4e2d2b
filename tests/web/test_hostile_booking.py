"""The real pages against whatever can be typed, on both databases (requirements C1-C9, C13, E4, F6, I2)."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts.doors import manage_link, opened
from tests.bookings.world import NOW, MadeSlot, act_at, database_dump, letters, make_slot, rows, value
from tests.page import Page, visit

GOOD = {
    "barn-1-namn": "Ada",
    "barn-1-alder": "9",
    "namn": "Samira",
    "epost": "samira@example.org",
    "telefon": "070-123 45 67",
    "behov": "",
}
# Texts that some program somewhere takes for something else. None of them is refused where any text may stand.
TRICKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "{{7*191}}",
    "{% raw %}",
    "${7*191}",
    "%(name)s %s %d %",
    "[x](javascript:alert(1))",
    "'; DROP TABLE bookings; --",
    "=HYPERLINK(1)",
    "＝1+1",
    "\\N{NULL} \\u0000",
    "=?UTF-8?Q?=0A?=Bcc: x",
    "(a+)+$" * 20,
    "../../etc/passwd",
    "🤖🧑\u200d🚀",
    "ﷺ" * 50,
    "Z̷͔̮a̸l̶g̷o̴",
    "سلام",
]


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def slot(app: Flask) -> MadeSlot:
    return make_slot(adult_stays=False)


def form_of(client: FlaskClient, slot: MadeSlot, prefix: str = "") -> Page:
    return visit(client, f"{prefix}/pass/{slot.id}/bokning")


@pytest.mark.parametrize(
    ("field", "bad", "status"),
    [
        ("barn-1-namn", "", 422),
        ("barn-1-namn", "\u200b", 422),
        ("barn-1-namn", "x" * 81, 422),
        ("barn-1-namn", "A\rda", 422),
        ("barn-1-namn", "A\u2028da", 422),
        ("barn-1-namn", "evil.example", 422),
        ("barn-1-namn", "850709-9805", 422),
        ("barn-1-namn", "x" * 1_000_000, 413),
        ("barn-1-alder", "", 422),
        ("barn-1-alder", "-1", 422),
        ("barn-1-alder", "7.5", 422),
        ("barn-1-alder", "7år", 422),
        ("barn-1-alder", "999999999999", 422),
        ("barn-1-alder", "13", 422),  # a whole number, but the slot is for 8 to 12
        ("namn", "A\u202eda", 422),
        ("namn", "<b>Samira</b>", 422),
        ("epost", "a@example.org,b@example.org", 422),
        ("epost", "x" * 10_000, 422),
        ("telefon", "", 422),
        ("telefon", "0701", 422),
        ("behov", "hon har 19850709-9805", 422),
        ("behov", "x" * 201, 422),
        ("vuxna", "-1", 422),
        ("vuxna", "99", 422),
    ],
)
def test_what_cannot_be_used_books_nothing_names_its_field_and_keeps_the_rest(
    client: FlaskClient, slot: MadeSlot, field: str, bad: str, status: int
) -> None:
    before = database_dump()

    page = form_of(client, slot).submit(GOOD, extra={field: bad}, status=status)

    assert database_dump() == before
    if status == 422:
        assert len(page.forms) == 1
        assert [name for name, _ in page.errors] == [field]
        kept = {name: page.forms[0].fields[name] for name in GOOD if name != field}
        assert kept == {name: typed for name, typed in GOOD.items() if name != field}


def test_a_need_may_hold_anything_and_is_shown_as_it_was_typed(app: Flask) -> None:
    """The one free text is stored, and shown as text on the family's own pages (requirement C9)."""
    for number, trick in enumerate(TRICKS):
        client = app.test_client()
        typed = {**GOOD, "behov": trick, "epost": f"vuxen{number}@example.org"}

        response = client.post(
            (form := form_of(client, make_slot(adult_stays=False)).forms[0]).action, data={**form.fields, **typed}
        )

        assert response.status_code == 303, trick
        own = response.headers["Location"].partition("?")[0]
        assert value("SELECT needs FROM bookings ORDER BY id DESC") == trick
        pages = [visit(client, path, typed=trick) for path in (own, f"{own}/kontakt")]
        assert all("1337" not in page.text for page in pages)
        assert pages[1].forms[0].fields["behov"] == trick


@pytest.mark.parametrize("path", ["/pass", "/", "/en/pass", "/pass.ics", "/mina/lankar", "/bibliotek"])
def test_whatever_is_asked_for_is_answered(app: Flask, slot: MadeSlot, path: str) -> None:
    client = app.test_client()
    names = ("q", "var", "alder", "fran", "till", "typ", "sprak", "lediga", "sida", "nar", "vy", "dag", "vecka")
    for trick in TRICKS:
        response = client.get(path, query_string=dict.fromkeys(names, trick))

        assert response.status_code in ((200, 404) if path.endswith(".ics") else (200,)), trick
        if response.mimetype == "text/html" and response.status_code == 200:
            visit(client, response.request.full_path, typed=trick)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-02-30", ""),
        ("0001-01-01", "9999-12-31"),
        ("9999-12-31", "0001-01-01"),
        ("2026-12-01", "2026-11-01"),
        ("99999999-01-01", ""),
        ("2026-W48", ""),
        ("i morgon", "٢٠٢٦-١١-٢٥"),
        ("-2026-01-01", "0000-00-00"),
    ],
)
def test_days_that_do_not_exist_or_make_no_sense_are_told(app: Flask, slot: MadeSlot, first: str, last: str) -> None:
    """Requirement C7, in the search."""
    response = app.test_client().get("/pass", query_string={"fran": first, "till": last}, follow_redirects=True)

    assert response.status_code == 200
    visit(app.test_client(), response.request.full_path)


def test_unknown_and_doubled_fields_change_nothing(client: FlaskClient, slot: MadeSlot) -> None:
    fields = {**form_of(client, slot).forms[0].fields, **GOOD}
    sent = {name: [typed, "annat"] for name, typed in fields.items()}
    hostile = {
        "role": "admin", "status": "confirmed", "standing": "cancelled", "price": "0", "queue": "1",
        "queue_number": "1", "party": "99", "ref": "AAAAAAA", "slot_id": "1", "created_at": "2020-01-01",
    }  # fmt: skip

    response = client.post(f"/pass/{slot.id}/bokning", data={**sent, **hostile})

    assert response.status_code == 303
    stored = rows("SELECT standing, party, queue_number, slot_id FROM bookings")
    assert stored == [("seated", 1, None, slot.id)]
    assert value("SELECT name FROM participants") == "Ada"


def test_more_children_than_a_party_may_have_are_refused_and_kept(client: FlaskClient, slot: MadeSlot) -> None:
    many = {
        f"barn-{n}-{part}": typed for n in range(1, 60) for part, typed in (("namn", f"Ada{'a' * n}"), ("alder", "9"))
    }

    page = form_of(client, slot).submit(GOOD, extra=many, status=422)

    assert page.errors
    assert rows("SELECT 1 FROM bookings") == []


class TestToken:
    """Requirement E4 on the public booking form and on a family's own pages."""

    @pytest.mark.parametrize("token", ["", "x", "x" * 5000, "åäö"])
    def test_a_wrong_token_books_nothing_and_one_click_sends_it_again(
        self, client: FlaskClient, slot: MadeSlot, token: str
    ) -> None:
        again = form_of(client, slot).submit(GOOD, extra={"csrf_token": token}, status=400)

        assert rows("SELECT 1 FROM bookings") == []
        assert {name: again.forms[0].fields[name] for name in GOOD} == GOOD
        again.submit()
        assert len(rows("SELECT 1 FROM bookings")) == 1

    def test_another_browsers_token_cancels_nothing(self, app: Flask, slot: MadeSlot) -> None:
        receipt = form_of(app.test_client(), slot).submit(GOOD)
        ref = value("SELECT ref FROM bookings")
        stolen = visit(app.test_client(), "/mina/lankar").forms[0].fields["csrf_token"]
        victim = opened(app.test_client(), manage_link(ref))

        response = victim.post(f"/bokning/{ref}/avbokning", data={"csrf_token": stolen})

        assert response.status_code == 400
        assert value("SELECT standing FROM bookings") == "seated"
        assert receipt.status == 200

    def test_a_foreign_site_cancels_nothing_even_with_the_right_token(self, app: Flask, slot: MadeSlot) -> None:
        form_of(app.test_client(), slot).submit(GOOD)
        ref = value("SELECT ref FROM bookings")
        victim = opened(app.test_client(), manage_link(ref))
        page = visit(victim, f"/bokning/{ref}/avbokning")

        page.submit(status=403, headers={"Origin": "https://evil.example"})

        assert value("SELECT standing FROM bookings") == "seated"
        page.submit(headers={"Origin": "null"})
        assert value("SELECT standing FROM bookings") == "cancelled"


def test_no_log_tells_who_booked(
    app: Flask, client: FlaskClient, slot: MadeSlot, caplog: pytest.LogCaptureFixture
) -> None:
    """Names, addresses and needs reach neither a log nor a letter's subject (requirements F6, G6, G9)."""
    caplog.set_level(logging.DEBUG)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    canaries = {
        "barn-1-namn": "Kanariebarnet",
        "namn": "Kanariemamman",
        "epost": "kanarie@example.org",
        "telefon": "070-999 88 77",
        "behov": "kanariebehovet",
    }

    page = form_of(client, slot).submit({**GOOD, **canaries, "barn-1-alder": "99"}, status=422)
    receipt = page.submit({"barn-1-alder": "9"})
    visit(client, receipt.url + "&x=kanarie@example.org")
    client.get("/finns-inte/Kanariebarnet?q=Kanariemamman")

    assert "anarie" not in caplog.text
    assert "9998877" not in caplog.text
    assert "anarie" not in receipt.title
    assert letters() == [("seated", "kanarie@example.org")]
    assert "anariebarnet" not in str(rows("SELECT payload FROM letters"))
    assert act_at().now == NOW
