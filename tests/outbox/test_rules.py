from __future__ import annotations

import datetime as dt

import pytest

from booking.outbox import rules
from booking.outbox.rules import Verdict

NOON = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(0, 1), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (7, 30), (1000, 30)]
)
def test_the_pause_after_each_try_grows_to_half_an_hour(attempts: int, minutes: int) -> None:
    assert rules.delay(attempts) == dt.timedelta(minutes=minutes)


@pytest.mark.parametrize(("minutes", "is_given_up"), [(72 * 60 - 1, False), (72 * 60, True)])
def test_a_letter_is_given_up_after_three_days(minutes: int, is_given_up: bool) -> None:
    created_at = NOON - dt.timedelta(minutes=minutes)

    assert rules.is_given_up(created_at=created_at, now=NOON) is is_given_up


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(421, "later"), (451, "later"), (499, "later"), (500, "never"), (550, "never"), (599, "never"), (600, "later")],
)
def test_a_five_hundred_is_final_and_nothing_else_is(code: int, verdict: str) -> None:
    assert rules.verdict(code) is Verdict(verdict)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "Scratch\nBcc: rolf@example.org",
        "Scratch\r\nBcc: rolf@example.org",
        "Scratch\r",
        "Scratch\x00",
        "Scratch\x85Bcc: x",
        "Scratch\u2028Bcc: x",
        "Scratch\u202egnihtemos",
        "Scratch \ud83d",
        "A 💩 =?UTF-8?Q?=0A?=Bcc: x@y",
        "=?utf-8?b?Cg==?=",
        "half a word ?= more",
    ],
)
def test_what_could_end_a_header_does_not_fit_one(text: str) -> None:
    assert not rules.fits_header(text)


@pytest.mark.parametrize(
    "text", ["Scratch", "Första spelet på Åhus", "Robotar 🤖 & familj 👨‍👩‍👧", "2 = 2? ja", "a: b <c>"]
)
def test_every_honest_title_fits_a_header(text: str) -> None:
    assert rules.fits_header(text)


@pytest.mark.parametrize("address", ["samira@example.org", "s.o'b+kod@a-b.example", "x@localhost"])
def test_a_plain_address_is_a_mailbox(address: str) -> None:
    assert rules.is_mailbox(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "samira",
        "@example.org",
        "samira@",
        "a@b@c",
        "a@example.org,b@example.org",
        "a@example.org;b@example.org",
        "a b@example.org",
        "<a@example.org>",
        '"a"@example.org',
        "a@example.org\n",
        "a@example.org\r\nBcc: b@example.org",
        "å@example.org",
        "a@exämple.org",
        "a@[127.0.0.1]",
        "a" * 65 + "@example.org",
        "a@" + "b" * 260,
    ],
)
def test_whatever_else_could_be_more_than_one_mailbox_is_refused(address: str) -> None:
    assert not rules.is_mailbox(address)


def test_a_text_on_one_line_keeps_its_words_and_loses_what_steers() -> None:
    text = " Första\r\nspelet\t på\u2028Åhus\x00 \u202e🤖 "

    assert rules.as_one_line(text) == "Första spelet på Åhus 🤖"
