"""Codes of the second factor: TOTP (RFC 6238 over RFC 4226) and recovery codes. Pure."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from urllib.parse import quote, urlencode

from booking.kernel.refusal import N_, Refused
from booking.kernel.token import REF_ALPHABET

STEP_SECONDS = 30
DIGITS = 6
# A phone's clock may be half a minute off.
DRIFT_STEPS = 1
SECRET_BYTES = 20
RECOVERY_CODES = 10
RECOVERY_LENGTH = 10
RECOVERY_BYTES = 16


class WrongCode(Refused):
    message = N_("The code is not right, or it has been used. Wait for the next one and try again.")
    field = "code"


def secret(key: bytes, nonce: bytes) -> bytes:
    """The secret that app and phone share. Only its nonce is stored, so a copy of the database signs nobody in."""
    return hmac.digest(key, b"totp\0" + nonce, hashlib.sha256)[:SECRET_BYTES]


def step_of(now: dt.datetime) -> int:
    """The number of the half minute (RFC 6238, 4.2: T)."""
    return int(now.timestamp()) // STEP_SECONDS


def code(shared: bytes, step: int, *, digits: int = DIGITS) -> str:
    """The code of one step (RFC 4226, 5.3)."""
    digest = hmac.digest(shared, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(shared: bytes, typed: str, *, now: dt.datetime, after: int) -> int | None:
    """The step whose code was typed, within the drift; None when there is none. Steps up to `after` have been used."""
    here = step_of(now)
    found = None
    for step in range(here - DRIFT_STEPS, here + DRIFT_STEPS + 1):
        if hmac.compare_digest(code(shared, step).encode(), typed.encode()) and step > after and found is None:
            found = step
    return found


def shown(shared: bytes) -> str:
    """The secret as it is typed where no camera is: base32 in fours."""
    text = base64.b32encode(shared).decode().rstrip("=")
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def uri(shared: bytes, *, account: str, issuer: str) -> str:
    """What the QR code says to an authenticator app (Key URI format)."""
    query = urlencode({"secret": base64.b32encode(shared).decode().rstrip("="), "issuer": issuer})
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{query}"


def recovery_code(raw: bytes) -> str:
    """A code for the day when the phone is gone: fifty bits in two groups that can be read aloud."""
    number, signs = int.from_bytes(raw, "big"), []
    for _ in range(RECOVERY_LENGTH):
        number, rest = divmod(number, len(REF_ALPHABET))
        signs.append(REF_ALPHABET[rest])
    text = "".join(signs)
    return f"{text[:5]}-{text[5:]}"


def bare(typed: str) -> str:
    """What was typed, without the gaps that people and apps put in."""
    return "".join(sign for sign in typed.upper() if sign.isalnum())
