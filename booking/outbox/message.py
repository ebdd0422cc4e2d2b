"""From words to the bytes that go to the mail server, checked by reading them back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import Header
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from booking.kernel import clock
from booking.outbox.rendering import Words
from booking.outbox.rules import fits_header, is_mailbox
from booking.settings import Settings

PRODUCT = "Kodplats"
# Every header that a letter has, in this order, each once (requirements G4, G8).
HEADERS = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
)
PARTS = ["multipart/alternative", "text/plain", "text/html"]


class UnfitLetter(Exception):
    """The letter cannot be written safely and is not sent. The text names the fault and quotes nothing."""


@dataclass(frozen=True)
class Envelope:
    """One message for one mailbox, as SMTP wants it: ASCII bytes, CRLF."""

    sender: str
    recipient: str
    content: bytes


def compose(words: Words, *, to: str, message_id: str, settings: Settings, now: dt.datetime) -> Envelope:
    """The finished message, read back and compared with the plan of headers. Raises UnfitLetter."""
    sender = f"{PRODUCT}, {settings.organisation_name}"
    for name, text in (("From", sender), ("Subject", words.subject), ("Message-ID", message_id)):
        if not fits_header(text):
            raise UnfitLetter(f"{name} holds what no header may hold")
    for name, address in (("To", to), ("From", settings.mail_from), ("Reply-To", settings.mail_reply_to)):
        if not is_mailbox(address):
            raise UnfitLetter(f"{name} is not one plain mailbox")
    message = EmailMessage(_POLICY)
    message["From"] = _own("From", sender, settings.mail_from)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = words.subject
    message["Date"] = format_datetime(clock.to_local(now))
    message["Message-ID"] = message_id
    message["Reply-To"] = _own("Reply-To", "", settings.mail_reply_to)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: holiday answers must not answer
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    message.set_content(words.text, cte="quoted-printable")
    message.add_alternative(words.html, subtype="html", cte="quoted-printable")
    content = message.as_bytes()
    _read_back(content, words=words, to=to, message_id=message_id, settings=settings)
    return Envelope(settings.mail_from, to, content)


def _read_back(content: bytes, *, words: Words, to: str, message_id: str, settings: Settings) -> None:
    """Judge the bytes as a mail program will read them (requirement G4)."""
    # Split by the plain parser, which is three times as quick; each header that matters is then read in full.
    found = message_from_bytes(content, policy=policy.compat32)

    def read(name: str) -> Any:
        return _read(name, str(found[name]))

    if tuple(found.keys()) != HEADERS:
        raise UnfitLetter("the headers are not those of the plan")
    for name, address in (("From", settings.mail_from), ("To", to), ("Reply-To", settings.mail_reply_to)):
        if [one.addr_spec for one in read(name).addresses] != [address]:
            raise UnfitLetter(f"{name} does not hold exactly one address")
    if str(read("Subject")).strip() != words.subject or str(read("Message-ID")).strip() != message_id:
        raise UnfitLetter("a header reads back as something else")
    if [part.get_content_type() for part in found.walk()] != PARTS:
        raise UnfitLetter("the parts are not those of the plan")


@lru_cache(256)
def _read(name: str, text: str) -> Any:
    """A header's text as a mail program reads it. Our own are the same in every letter, and are read once."""
    return policy.SMTP.header_fetch_parse(name, text)


class _Headers(HeaderRegistry):
    """Headers as objects. The standard library takes as long to make one as we to write a paragraph, so those that all
    letters have alike are made once; they cannot be changed."""

    ALIKE = frozenset({"Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Transfer-Encoding"})

    def __init__(self) -> None:
        super().__init__()
        self._once = lru_cache(64)(super().__call__)

    def __call__(self, name: str, value: Any) -> Any:
        return self._once(name, value) if name in self.ALIKE else super().__call__(name, value)


_HEADERS = _Headers()


@lru_cache(16)
def _own(name: str, words: str, address: str) -> Any:
    """A header with an address of ours, ready to be set."""
    return _HEADERS(name, Address(words, addr_spec=address))


class _Policy(EmailPolicy):
    """SMTP's policy, but for subjects: the standard one loses a space between some pairs of encoded words."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name != "Subject":
            return super().fold_binary(name, value)
        text = str(value)
        # Up to 60 signs of ASCII fit on the first line as they are; anything else becomes encoded words of 75 at most.
        charset = "us-ascii" if text.isascii() and len(text) <= 60 else "utf-8"
        written = Header(text, charset, header_name=name).encode(linesep=self.linesep)
        return f"{name}: {written}{self.linesep}".encode("ascii")


# 7bit: a server without 8BITMIME takes it too, and no relay needs to touch the bytes.
_POLICY = _Policy(linesep="\r\n", cte_type="7bit", header_factory=_HEADERS)
