"""Secret link addresses and short public codes, made from bytes that the caller brings."""

from __future__ import annotations

import base64
import hashlib
import hmac

NONCE_BYTES = 32
# No 0 O 1 I L U: read aloud on the telephone, a code must not be misheard or spell words.
REF_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
REF_LENGTH = 7


def make(key: bytes, purpose: str, nonce: bytes) -> str:
    """The token of a link: HMAC-SHA256 of purpose and nonce under the app's key, 43 characters of URL-safe base64.

    Neither the nonce nor the token's hash, which is all that is stored, gives the token away (requirement F1).
    """
    digest = hmac.digest(key, b"link\0" + purpose.encode() + b"\0" + nonce, hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def fingerprint(token: str) -> str:
    """What the database keeps to find a token again: its SHA-256 in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_hash(key: bytes, purpose: str, *parts: str) -> str:
    """A steady pseudonym of `parts` that nobody without the key can make or test; 32 hex characters."""
    body = b"\0".join([purpose.encode(), *(part.encode() for part in parts)])
    return hmac.digest(key, body, hashlib.sha256).hex()[:32]


def public_ref(raw: bytes) -> str:
    """A booking number of 7 characters out of at least 8 random bytes; shown as K7M4-QXR."""
    number = int.from_bytes(raw, "big")
    signs = []
    for _ in range(REF_LENGTH):
        number, rest = divmod(number, len(REF_ALPHABET))
        signs.append(REF_ALPHABET[rest])
    return "".join(signs)


def shown_ref(ref: str) -> str:
    """A booking number as people read it: K7M4-QXR."""
    return f"{ref[:4]}-{ref[4:]}"
