"""Which passwords are let in (requirement D8), and how they are kept."""

from __future__ import annotations

import unicodedata

import pytest
from flask import Flask

from booking.accounts.rules import passwords as rules
from booking.accounts.services import passwords
from tests.bookings.world import act_at

GOOD = (
    "sju-gröna-cyklar-i-regn",
    "tolv tecken ä",
    "correct horse battery",
    "åäöåäöabcdefg",
    "  mellanslag runt om  ",
    "🐢 🐢🐇 sköldpaddan vann",
    "vwxzqjkplmnt",
    "x" * 60 + "abcdefghij",
)
COMMON = (
    "password1234",
    "Password1234!",
    "passwordpassword",
    "PASSWORDPASSWORDPASSWORD",
    "123456789012",
    "210987654321",
    "abcdefghijkl",
    "aaaaaaaaaaaa",
    "ababababababab",
    "qwertyuiop12",
    "1qaz2wsx3edc",
    "lösenord1234",
    "!!!sommar2026!!!",
    "kodplatskodplats",
    "Kodplats-2026!",
    "biblioteket123",
    "kristianstad2026",
    "correcthorsebatterystaple",
)


@pytest.mark.parametrize("password", GOOD)
def test_long_passwords_of_any_signs_are_let_in(sqlite_app: Flask, password: str) -> None:
    passwords.check(password, email="maj@bibliotek.example")


@pytest.mark.parametrize("password", COMMON)
def test_what_is_guessed_first_is_refused_with_its_ornaments_too(sqlite_app: Flask, password: str) -> None:
    with pytest.raises(rules.TooCommon):
        passwords.check(password, email="maj@bibliotek.example")


@pytest.mark.parametrize(("length", "refusal"), [(11, rules.TooShort), (201, rules.TooLong)])
def test_the_limits_of_length(sqlite_app: Flask, length: int, refusal: type[Exception]) -> None:
    text = ("vwxzqjkplmnt" * 20)[: length - 5] + "abcdf"

    with pytest.raises(refusal):
        passwords.check(text, email="maj@bibliotek.example")
    if length == 11:
        passwords.check(text + "å", email="maj@bibliotek.example")
    else:
        passwords.check(text[1:], email="maj@bibliotek.example")


def test_ones_own_name_is_no_password(sqlite_app: Flask) -> None:
    with pytest.raises(rules.TooCommon):
        passwords.check("alexandrina-1971", email="alexandrina.berg@bibliotek.example")


def test_the_shipped_list_is_folded_and_holds_what_everybody_knows() -> None:
    common = passwords.common()

    assert {"password", "qwerty123", "lösenord", "sonyericsson"} <= common
    assert all(word == word.casefold() and word.strip() == word for word in common)
    assert len(common) > 7000


def test_a_password_is_kept_as_argon2id_with_a_salt_of_its_own(sqlite_app: Flask) -> None:
    first, second = (passwords.hashed(GOOD[0], act=act_at()) for _ in range(2))

    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert passwords.is_right(first, GOOD[0])
    assert not passwords.is_right(first, GOOD[0] + " ")
    assert not passwords.is_right(None, "nobody")
    assert not passwords.is_right("not a hash", GOOD[0])


def test_a_keyboard_that_takes_letters_apart_types_the_same_password(sqlite_app: Flask) -> None:
    kept = passwords.hashed(unicodedata.normalize("NFC", GOOD[0]), act=act_at())

    assert passwords.is_right(kept, unicodedata.normalize("NFD", GOOD[0]))
