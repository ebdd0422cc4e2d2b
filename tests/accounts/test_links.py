"""Secret links: what they open, for how long, and that nothing gives them away (requirements E3, F1-F3, F5, F6)."""

from __future__ import annotations

import datetime as dt
import logging
import re
import secrets
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts import guards, services
from booking.accounts.rules import Purpose
from booking.kernel import token as tokens
from tests.accounts.doors import manage_link, mine_link, opened
from tests.bookings.world import DAY, HOUR, NOW, ROLF, SAMIRA, act_at, book, database_dump, make_slot, value, wishes
from tests.page import visit

UNKNOWN = "/l/" + "x" * 43


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ref(app: Flask, clock: time_machine.Traveller) -> str:
    """Samira's booking for two, on the slot that Rolf has booked too."""
    slot = make_slot()
    book(slot, wishes(ROLF))
    return book(slot, wishes(SAMIRA, children=2)).ref


def test_a_hundred_thousand_tokens_are_all_different() -> None:
    made = {tokens.make(b"key", "manage", secrets.token_bytes(tokens.NONCE_BYTES)) for _ in range(100_000)}

    assert len(made) == 100_000
    assert all(len(token) == 43 for token in list(made)[:100])


def test_purpose_and_key_are_part_of_a_token() -> None:
    nonce = bytes(tokens.NONCE_BYTES)

    assert len({tokens.make(key, purpose, nonce) for key in (b"a", b"b") for purpose in ("manage", "mine")}) == 4


def test_neither_database_nor_outbox_gives_a_token_away(ref: str) -> None:
    secrets_of_samira = [manage_link(ref).rpartition("/")[2], mine_link(SAMIRA).rpartition("/")[2]]

    dump = repr(database_dump())

    assert "letters" in dump
    for secret in secrets_of_samira:
        assert secret not in dump


def test_a_link_grants_and_leads_on_to_an_address_without_its_secret(client: FlaskClient, ref: str) -> None:
    link = manage_link(ref)

    response = client.get(link)

    assert (response.status_code, response.headers["Location"]) == (303, f"/bokning/{ref}")
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    assert link.rpartition("/")[2] not in str(response.headers)
    assert visit(client, f"/bokning/{ref}").status == 200


def test_an_english_link_leads_to_the_english_page(client: FlaskClient, ref: str) -> None:
    assert client.get("/en" + manage_link(ref)).headers["Location"] == f"/en/bokning/{ref}"


def test_a_link_opens_what_it_is_for_and_nothing_else(app: Flask, ref: str) -> None:
    other = value("SELECT ref FROM bookings WHERE ref <> :ref", ref=ref)
    manager, owner = opened(app.test_client(), manage_link(ref)), opened(app.test_client(), mine_link(SAMIRA))

    assert manager.get(f"/bokning/{ref}").status_code == 200
    assert manager.get(f"/bokning/{other}").status_code == 404
    assert manager.get("/mina").status_code == 404
    assert owner.get("/mina").status_code == 200
    assert owner.get(f"/bokning/{ref}").status_code == 200
    assert owner.get(f"/bokning/{other}").status_code == 404


def test_a_token_of_one_purpose_is_unknown_for_another(app: Flask, client: FlaskClient, ref: str) -> None:
    nonce = value("SELECT nonce FROM links WHERE subject = :ref", ref=ref)
    forged = tokens.make(str(app.secret_key).encode(), Purpose.MINE, bytes(nonce))

    assert client.get(f"/l/{forged}").status_code == 404


class TestEnds:
    """Wrong, old, revoked and malformed tokens get the same answer (requirement F5), the words of a lost page."""

    def test_after_its_end_a_link_leads_nowhere_and_its_grant_is_over(
        self, client: FlaskClient, ref: str, clock: time_machine.Traveller
    ) -> None:
        link = manage_link(ref)
        ends_at = dt.datetime.fromisoformat(str(value("SELECT max(ends_at) FROM links WHERE subject = :ref", ref=ref)))
        ends_at = ends_at.replace(tzinfo=ends_at.tzinfo or dt.UTC)
        clock.move_to(ends_at - HOUR)
        opened(client, link)
        clock.move_to(ends_at + HOUR / 2)

        assert client.get(f"/bokning/{ref}").status_code == 404
        assert client.get(link).status_code == 404

    def test_a_manage_link_ends_thirty_days_after_the_slot(self, ref: str) -> None:
        ends = value("SELECT l.ends_at FROM links l WHERE l.subject = :ref", ref=ref)
        slot = value("SELECT s.ends_at FROM slots s JOIN bookings b ON b.slot_id = s.id WHERE b.ref = :ref", ref=ref)

        instants = [dt.datetime.fromisoformat(str(found)).replace(tzinfo=None) for found in (ends, slot)]
        assert instants[0] - instants[1] == 30 * DAY

    def test_a_revoked_link_ends_at_once_for_those_who_are_in(self, client: FlaskClient, ref: str) -> None:
        link = manage_link(ref)
        opened(client, link)

        services.revoke(Purpose.MANAGE, ref, act=act_at())

        assert client.get(f"/bokning/{ref}").status_code == 404
        assert client.get(link).status_code == 404

    def test_a_grant_is_short_and_the_link_renews_it(
        self, client: FlaskClient, ref: str, clock: time_machine.Traveller
    ) -> None:
        link = manage_link(ref)
        opened(client, link)
        clock.shift(dt.timedelta(seconds=guards.GRANT_SECONDS + 1))

        assert client.get(f"/bokning/{ref}").status_code == 404
        assert opened(client, link).get(f"/bokning/{ref}").status_code == 200

    @pytest.mark.parametrize("token", ["x", "x" * 42, "x" * 44, "x" * 5000, "åäö", "..", "%27%20OR%201=1", "null"])
    def test_whatever_is_no_token_gets_the_answer_of_a_wrong_one(
        self, client: FlaskClient, ref: str, token: str
    ) -> None:
        wrong, malformed = client.get(UNKNOWN), client.get(f"/l/{token}")

        assert wrong.status_code == malformed.status_code == 404
        assert _unnumbered(wrong.text, UNKNOWN) == _unnumbered(malformed.text, malformed.request.path)
        assert "Set-Cookie" not in wrong.headers

    def test_a_link_with_a_letter_more_or_less_opens_nothing(self, client: FlaskClient, ref: str) -> None:
        link = manage_link(ref)

        for changed in (link[:-1], link + "A", link.swapcase(), link[:-1] + ("A" if link[-1] != "A" else "B")):
            assert client.get(changed).status_code == 404


def test_scanners_that_open_every_link_change_nothing(app: Flask, ref: str) -> None:
    paths = [manage_link(ref), mine_link(SAMIRA)]
    before = _without_last_use(database_dump())
    guests = [
        {"headers": {"User-Agent": "Scanner"}, "environ_overrides": {"REMOTE_ADDR": "192.0.2.1"}},
        {
            "headers": {"Purpose": "prefetch", "Sec-Purpose": "prefetch"},
            "environ_overrides": {"REMOTE_ADDR": "192.0.2.2"},
        },
        {"environ_overrides": {"REMOTE_ADDR": "192.0.2.3"}},
    ]

    for _ in range(5):
        for guest in guests:
            for path in paths:
                for method in ("HEAD", "GET"):
                    response = app.test_client().open(path, method=method, follow_redirects=True, **guest)  # type: ignore[arg-type]
                    assert response.status_code == 200

    assert _without_last_use(database_dump()) == before


def test_the_day_of_last_use_is_kept_and_nothing_finer(client: FlaskClient, ref: str) -> None:
    opened(client, manage_link(ref))

    assert str(value("SELECT last_used_on FROM links WHERE subject = :ref", ref=ref)) == "2026-10-01"


def test_no_log_holds_a_token(client: FlaskClient, ref: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    link = manage_link(ref)

    opened(client, link)
    client.get(link + "x")
    client.post(link)
    client.get(link + "/x")

    assert link.rpartition("/")[2] not in caplog.text


def test_a_browser_holds_the_newest_twelve_grants(app: Flask, client: FlaskClient, ref: str) -> None:
    for _ in range(20):
        opened(client, mine_link(ROLF))

    opened(client, manage_link(ref))

    cookie = client.get_cookie("kodplats")
    assert cookie is not None
    assert len(cookie.value) < 1000
    assert client.get(f"/bokning/{ref}").status_code == 200


def _unnumbered(html: str, path: str) -> str:
    """A page without what differs for each request: its number, and its own address in the language switch."""
    html = re.sub(r'href="/en/l/[^"]*"', "", html)
    return re.sub(r'<span class="num">[^<]*</span>', "", html.replace(path, ""))


def _without_last_use(dump: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    return {**dump, "links": [row[:-1] for row in dump["links"]]}
