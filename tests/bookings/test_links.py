"""Secret links: nothing that is stored gives one away, each opens one thing until its end, looking changes nothing."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts import queries as links
from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.bookings import services
from booking.bookings.rules import Child, ContactDetails
from booking.kernel import token as tokens
from booking.outbox.rendering import render
from booking.store import db
from tests.bookings.world import (
    DAY,
    HOUR,
    KARIN,
    NOW,
    ROLF,
    SAMIRA,
    act_at,
    book,
    child_id,
    database_dump,
    letters,
    letters_to,
    make_slot,
    new_key,
    rows,
    value,
    wishes,
)
from tests.support.queries import counted

LAST_MEETING_ENDS = NOW + 10 * DAY + HOUR


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Requests happen at NOW."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


# ---- tokens (F1) ----


def test_a_hundred_thousand_tokens_are_all_different_and_look_like_nothing_we_know() -> None:
    key = b"only-for-tests-0123456789-abcdefghijklmnop"

    made = {tokens.make(key, Purpose.MANAGE, secrets.token_bytes(tokens.NONCE_BYTES)) for _ in range(100_000)}

    assert len(made) == 100_000
    assert {len(token) for token in made} == {43}
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in made)


def test_a_token_depends_on_key_purpose_and_nonce() -> None:
    nonce, other = b"n" * 32, b"m" * 32

    made = {
        tokens.make(key, purpose, number)
        for key in (b"a" * 32, b"b" * 32)
        for purpose in Purpose
        for number in (nonce, other)
    }

    assert len(made) == 2 * len(Purpose) * 2


def test_a_nonce_has_256_bits_of_chance(app: Flask) -> None:
    drawn = [accounts.draw(Purpose.MANAGE, "K7M4QXR", ends_at=NOW, act=act_at()) for _ in range(100)]

    assert {len(link.nonce) for link in drawn} == {32}
    assert len({link.nonce for link in drawn}) == 100


def test_no_token_stands_in_the_database_or_in_the_outbox(app: Flask) -> None:
    slot = make_slot(seats=2)
    samira = book(slot, wishes(SAMIRA))
    services.add_child(samira.ref, child=_bo(), key=new_key(), act=act_at())
    book(slot, wishes(ROLF))
    services.cancel(samira.ref, act=act_at())
    services.send_links_again(ROLF, language="sv", act=act_at())

    known = [
        tokens.make(_key(app), purpose, bytes(nonce)) for purpose, nonce in rows("SELECT purpose, nonce FROM links")
    ]
    dump = repr(database_dump())

    assert len(known) == 3
    assert not [token for token in known if token in dump]
    # The halves too: whoever reads a log of statements or a broken page must not find a part to go on with.
    assert not [token for token in known if token[:16] in dump or token[-16:] in dump]


def test_a_letter_shows_the_link_that_the_database_does_not_hold(app: Flask) -> None:
    book(make_slot(), wishes(SAMIRA))

    token = _token_in_letter(app, SAMIRA)
    found = links.by_token(token, now=NOW)

    assert found is not None
    assert found.subject == value("SELECT ref FROM bookings")


# ---- purpose and end (F2) ----


@pytest.mark.parametrize("path", ["/bokning/{other}", "/bokning/{other}/avbokning", "/mina"])
def test_a_link_to_one_booking_opens_no_other_page(
    app: Flask, client: FlaskClient, clock: time_machine.Traveller, path: str
) -> None:
    own, other = book(make_slot(), wishes(SAMIRA)), book(make_slot(), wishes(ROLF))
    client.get(f"/l/{_token(app, Purpose.MANAGE, own.ref)}")

    assert client.get(f"/bokning/{own.ref}").status_code == 200
    assert client.get(path.format(other=other.ref)).status_code == 404


def test_the_link_to_all_bookings_of_an_address_opens_no_stranger_s(
    app: Flask, client: FlaskClient, clock: time_machine.Traveller
) -> None:
    own, other = book(make_slot(), wishes(SAMIRA)), book(make_slot(), wishes(ROLF))
    services.send_links_again(SAMIRA, language="sv", act=act_at())
    subject = value("SELECT subject FROM links WHERE purpose = 'mine'")
    client.get(f"/l/{_token(app, Purpose.MINE, subject)}")

    assert client.get("/mina").status_code == 200
    assert client.get(f"/bokning/{own.ref}").status_code == 200
    assert client.get(f"/bokning/{other.ref}").status_code == 404


def test_a_manage_link_ends_thirty_days_after_the_last_meeting(
    app: Flask, client: FlaskClient, clock: time_machine.Traveller
) -> None:
    own = book(make_slot(), wishes(SAMIRA))
    address = f"/l/{_token(app, Purpose.MANAGE, own.ref)}"
    end = LAST_MEETING_ENDS + 30 * DAY

    clock.move_to(end - dt.timedelta(seconds=1))
    assert client.get(address).status_code == 303
    assert client.get(f"/bokning/{own.ref}").status_code == 200

    clock.move_to(end)
    assert client.get(address).status_code == 404
    # The session that was granted a second ago ends with it.
    assert client.get(f"/bokning/{own.ref}").status_code == 404


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_revoked_link_opens_nothing_any_more(
    app: Flask, client: FlaskClient, clock: time_machine.Traveller, verb: str
) -> None:
    own = book(make_slot(), wishes(SAMIRA))
    address = f"/l/{_token(app, Purpose.MANAGE, own.ref)}"
    client.get(address)

    accounts.revoke(Purpose.MANAGE, own.ref, act=act_at())

    assert client.get(address).status_code == 404
    assert client.open(f"/bokning/{own.ref}/avbokning", method=verb).status_code == 404


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 4000, "%00", "../../etc/passwd", "å" * 43])
def test_what_is_no_token_is_answered_like_a_wrong_one(app: Flask, client: FlaskClient, token: str) -> None:
    assert client.get(f"/l/{token}").status_code in (400, 404)


def test_the_links_of_an_address_that_was_changed_open_the_booking_no_more(
    app: Flask, client: FlaskClient, clock: time_machine.Traveller
) -> None:
    own = book(make_slot(), wishes(SAMIRA))
    other = book(make_slot(), wishes(SAMIRA))
    services.send_links_again(SAMIRA, language="sv", act=act_at())
    manage = f"/l/{_token(app, Purpose.MANAGE, own.ref)}"
    mine = f"/l/{_token(app, Purpose.MINE, value('SELECT DISTINCT address_key FROM contacts'))}"
    client.get(manage)
    client.get(mine)
    assert client.get(f"/bokning/{own.ref}").status_code == 200

    services.change_contact(
        own.ref, contact=ContactDetails("Karin", KARIN, "+46709999999"), adults=1, needs="", act=act_at()
    )

    assert client.get(manage).status_code == 404
    assert client.get(f"/bokning/{own.ref}").status_code == 404
    assert client.get(f"/bokning/{other.ref}").status_code == 200
    assert f"/bokning/{own.ref}" not in client.get("/mina").text
    new = f"/l/{_token(app, Purpose.MANAGE, own.ref)}"
    assert new != manage
    assert client.get(new).status_code == 303
    assert new[3:] in _tokens_of(app, KARIN)
    assert new[3:] not in _tokens_of(app, SAMIRA)


# ---- looking changes nothing (F3) ----


def test_reading_every_link_changes_only_the_day_of_last_use(app: Flask, clock: time_machine.Traveller) -> None:
    """As mail scanners do: every link of every letter, several times, from several places, by HEAD and by GET."""
    slot = make_slot(seats=2)
    samira = book(slot, wishes(SAMIRA, children=2))
    book(slot, wishes(ROLF))
    services.add_child(samira.ref, child=_bo("Cleo"), key=new_key(), act=act_at())
    services.send_links_again(SAMIRA, language="sv", act=act_at())
    found = {token for _, to in letters() for token in _tokens_of(app, to)}
    before = _without_last_use(database_dump())

    answers = [
        app.test_client().open(
            f"/l/{token}", method=method, headers=headers, environ_overrides={"REMOTE_ADDR": f"192.0.2.{number}"}
        )
        for token in found
        for number in range(1, 4)
        for method in ("HEAD", "GET")
        for headers in ({}, {"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch", "X-Moz": "prefetch"})
    ]

    assert len(found) == 3
    assert {answer.status_code for answer in answers} == {303}
    assert _without_last_use(database_dump()) == before
    today = NOW.date()
    assert {str(day) for (day,) in rows("SELECT last_used_on FROM links")} == {str(today)}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_every_page_behind_a_link_changes_nothing(
    app: Flask, client: FlaskClient, clock: time_machine.Traveller, method: str
) -> None:
    own = book(make_slot(), wishes(SAMIRA, children=2))
    services.send_links_again(SAMIRA, language="sv", act=act_at())
    client.get(f"/l/{_token(app, Purpose.MANAGE, own.ref)}")
    client.get(f"/l/{_token(app, Purpose.MINE, value('SELECT address_key FROM contacts'))}")
    ada = child_id(own.ref, "Ada")
    pages = ["", "/avbokning", "/barn", f"/barn/{ada}", "/kontakt"]
    before = database_dump()

    answers = [client.open(f"/bokning/{own.ref}{page}", method=method).status_code for page in pages]
    answers.append(client.open("/mina", method=method).status_code)

    assert answers == [200] * 6
    assert database_dump() == before


def test_a_link_leads_to_an_address_without_its_secret(
    app: Flask, client: FlaskClient, clock: time_machine.Traveller
) -> None:
    own = book(make_slot(), wishes(SAMIRA))
    token = _token(app, Purpose.MANAGE, own.ref)

    answer = client.get(f"/l/{token}")

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/bokning/{own.ref}"
    assert token not in str(answer.headers)
    assert token not in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"


# ---- links again (L5) ----


def test_links_again_go_to_the_address_that_booked_with_one_link_for_each_family(app: Flask) -> None:
    slot = make_slot(seats=1)
    first, second = book(slot, wishes("Samira@example.org")), book(make_slot(), wishes("samira@example.org"))
    services.add_child(first.ref, child=_bo(), key=new_key(), act=act_at())
    services.take_away(first.ref, child_id(first.ref, "Ada"), act=act_at())  # only the part is left of this family

    services.send_links_again("SAMIRA@example.org", language="en", act=act_at())

    again = [entry for entry in letters() if entry[0] == "links_again"]
    assert again == [("links_again", "Samira@example.org")]
    opened = {found.subject for token in _tokens_of(app, "Samira@example.org") if (found := _find(token))}
    assert {first.ref, second.ref} <= opened


def test_links_again_leave_out_what_is_over_or_cancelled(app: Flask) -> None:
    over = make_slot(starts_at=NOW - 3 * DAY, opens_at=NOW - 9 * DAY)
    book(over, wishes(SAMIRA), now=NOW - 5 * DAY)
    cancelled = book(make_slot(), wishes(SAMIRA))
    services.cancel(cancelled.ref, act=act_at())

    services.send_links_again(SAMIRA, language="sv", act=act_at())

    assert "links_again" not in letters_to(SAMIRA)


def test_given_a_workshop_that_was_called_off_then_links_again_say_so_and_promise_no_seats(app: Flask) -> None:
    from booking.outbox.models import Letter

    off = make_slot()
    book(off, wishes(SAMIRA))
    services.call_off(off.id, reason_sv="Vattenläcka i lokalen.", act=act_at())

    services.send_links_again(SAMIRA, language="sv", act=act_at())

    (again,) = db.session.query(Letter).filter(Letter.kind == "bookings/links_again")
    shown = render(again.kind, payload=again.payload, language="sv")
    for words in (shown.text, shown.html):
        assert "Inställt" in words
        assert "Ni har plats" not in words


def test_an_address_without_bookings_gets_no_letter(app: Flask) -> None:
    book(make_slot(), wishes(SAMIRA))

    services.send_links_again(KARIN, language="sv", act=act_at())

    assert letters_to(KARIN) == []


def test_one_address_gets_three_letters_an_hour_and_ten_a_day(app: Flask) -> None:
    book(make_slot(), wishes(SAMIRA))
    sent = []

    for minute in range(0, 26 * 60, 10):
        services.send_links_again(SAMIRA, language="sv", act=act_at(NOW + minute * dt.timedelta(minutes=1)))
        sent.append(letters_to(SAMIRA).count("links_again"))

    assert sent[:6] == [1, 2, 3, 3, 3, 3]
    assert sent[6] == 4
    assert sent[24 * 6 - 1] == 10
    assert sent[-1] <= 16


def test_a_thousand_requests_for_one_address_make_at_most_ten_letters(sqlite_app: Flask) -> None:
    book(make_slot(), wishes(SAMIRA))

    for number in range(1000):
        services.send_links_again(SAMIRA, language="sv", act=act_at(NOW + number * dt.timedelta(seconds=80)))

    assert letters_to(SAMIRA).count("links_again") <= 10


def test_following_a_link_is_cheap_for_a_scanner_that_comes_again(
    app: Flask, client: FlaskClient, clock: time_machine.Traveller
) -> None:
    own = book(make_slot(), wishes(SAMIRA))
    address = f"/l/{_token(app, Purpose.MANAGE, own.ref)}"
    client.get(address)

    with counted() as sent:
        client.get(address)

    assert len(sent) == 1, "the day has been noted: no write lock for the same day again"


def _bo(name: str = "Bo") -> Child:
    return Child(name, 9)


def _key(app: Flask) -> bytes:
    return bytes(app.extensions["kodplats"].key)


def _token(app: Flask, purpose: Purpose, subject: str) -> str:
    nonce = value(
        "SELECT nonce FROM links WHERE purpose = :purpose AND subject = :subject ORDER BY id DESC",
        purpose=purpose.value,
        subject=subject,
    )
    return tokens.make(_key(app), purpose, bytes(nonce))


def _tokens_of(app: Flask, recipient: str) -> set[str]:
    """The tokens in everything that was written to an address, as a reader sees them."""
    from booking.outbox.models import Letter

    written = db.session.query(Letter).filter(Letter.recipient == recipient)
    shown = [render(letter.kind, payload=letter.payload, language=letter.language) for letter in written]
    return {token for words in shown for token in re.findall(r"/l/([A-Za-z0-9_-]+)", words.text + words.html)}


def _token_in_letter(app: Flask, recipient: str) -> str:
    return _tokens_of(app, recipient).pop()


def _find(token: str) -> links.LivingLink | None:
    return links.by_token(token, now=NOW)


def _without_last_use(dump: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    columns = [column.name for column in db.metadata.tables["links"].columns]
    place = columns.index("last_used_on")
    return dump | {"links": [row[:place] + row[place + 1 :] for row in dump["links"]]}
