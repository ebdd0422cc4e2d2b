"""Codes of the second factor, against the tables of the RFCs."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest

from booking.accounts.rules import codes

RFC_SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b(second: int, code: str) -> None:
    step = codes.step_of(dt.datetime.fromtimestamp(second, dt.UTC))

    assert codes.code(RFC_SECRET, step, digits=8) == code
    assert codes.code(RFC_SECRET, step) == code[-6:]


@pytest.mark.parametrize(("steps", "is_right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phone_may_be_half_a_minute_off(steps: int, is_right: bool) -> None:
    now = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
    here = codes.step_of(now)

    found = codes.matching_step(RFC_SECRET, codes.code(RFC_SECRET, here + steps), now=now, after=0)

    assert found == (here + steps if is_right else None)


def test_a_step_that_was_used_and_those_before_it_are_over() -> None:
    now = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
    here = codes.step_of(now)

    for typed, after, found in ((here, here, None), (here - 1, here, None), (here + 1, here, here + 1)):
        assert codes.matching_step(RFC_SECRET, codes.code(RFC_SECRET, typed), now=now, after=after) == found


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "000000'--"])
def test_whatever_is_no_code_is_no_code(typed: str) -> None:
    assert codes.matching_step(RFC_SECRET, typed, now=dt.datetime(2026, 11, 24, tzinfo=dt.UTC), after=0) is None


def test_the_app_is_told_the_same_secret_by_picture_and_by_hand() -> None:
    shared = codes.secret(b"key", b"nonce")
    told = urlsplit(codes.uri(shared, account="maj@bibliotek.example", issuer="Kodplats"))
    query = parse_qs(told.query)

    assert (told.scheme, told.netloc) == ("otpauth", "totp")
    assert query["secret"] == [codes.shown(shared).replace(" ", "")]
    assert query["issuer"] == ["Kodplats"]
    assert len(shared) == 20


def test_key_and_nonce_are_both_needed_for_a_secret() -> None:
    assert len({codes.secret(key, nonce) for key in (b"a", b"b") for nonce in (b"a", b"b")}) == 4


def test_recovery_codes_are_read_however_they_are_typed() -> None:
    made = codes.recovery_code(bytes(range(16)))

    assert len(made) == 11
    assert codes.bare(f" {made.lower().replace('-', ' ')} ") == codes.bare(made)
