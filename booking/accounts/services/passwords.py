"""Making and comparing password hashes: argon2id, outside every transaction since it takes a tenth of a second."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from booking.accounts.rules import passwords
from booking.kernel.act import Act
from booking.settings import current

# RFC 9106, 4, the second recommended: 64 MiB, three passes. Two at once, so that a crowd at the door cannot fill the
# memory or keep families waiting for a core.
_HASHER = PasswordHasher()
_TURNS = threading.BoundedSemaphore(2)
_LIST = Path(__file__).parents[1] / "common_passwords.txt"
_CONTEXT = ("kodplats", "biblioteken", "biblioteket", "bibliotek", "bokbussen")


def hashed(password: str, *, act: Act) -> str:
    """The password as it is kept."""
    with _TURNS:
        return _HASHER.hash(_composed(password), salt=act.new_code(16))


def is_right(kept: str | None, password: str) -> bool:
    """Whether the password is the one kept. Takes as long for None: an unknown account answers no sooner (D9)."""
    try:
        with _TURNS:
            _HASHER.verify(kept or _nobodys(), _composed(password[: passwords.MOST]))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def check(password: str, *, email: str) -> None:
    """Refuse a password that is too short or too common, for this person too. Raises the refusals of `rules`."""
    context = (*_CONTEXT, *current().organisation_name.split(), *email.partition("@")[0].split("."))
    # Short words (a, av, i) stand in every good sentence.
    passwords.check(password, common=common(), context=[word for word in context if len(word) > 3])


def _composed(password: str) -> str:
    """One keyboard sends å as one sign, another as two."""
    return unicodedata.normalize("NFC", password)


@cache
def common() -> frozenset[str]:
    """The shipped list."""
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


@cache
def _nobodys() -> str:
    """A hash that no account has, made with the same parameters."""
    with_salt = b"nobody's account"
    return _HASHER.hash("nobody", salt=with_salt)
