"""From words to the bytes that go to the mail server, checked by reading them back."""

from __future__ import annotations

import datetime as dt
import re
from base64 import encodebytes
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import Header
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage, Message
from email.policy import EmailPolicy
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from booking.kernel import clock
from booking.kernel.ical import mailto
from booking.outbox.invitation import Invitation
from booking.outbox.rendering import Words
from booking.outbox.rules import fits_header, is_mailbox, is_plain_url
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
# No line of a quoted-printable part can hold one: there "=" stands before two hexadecimal digits or a line's end. Nor
# can base64, and neither begins with the other.
BOUNDARY, OUTER_BOUNDARY = "=_kodplats_=", "=_kodplats_all_="
PLAIN = ("multipart/alternative", "text/plain", "text/html")
# Google, Apple and Outlook act on an invitation that is an alternative to the text, with its method in the header;
# others look at attachments alone. So it goes twice, as Google's own do, and both are the same entry.
INVITED = ("multipart/mixed", *PLAIN, "text/calendar", "application/ics")
# Outlook reads no published calendar as an invitation and would hide the text behind it: a file to open, no more.
PUBLISHED = ("multipart/mixed", *PLAIN, "text/calendar")
FILE_NAME = "inbjudan.ics"
# Two more, before the MIME ones, in letters that one subscribes to (RFC 8058) and in no others.
UNSUBSCRIBE = ("List-Unsubscribe", "List-Unsubscribe-Post")
ONE_CLICK = "List-Unsubscribe=One-Click"


class UnfitLetter(Exception):
    """The letter cannot be written safely and is not sent. The text names the fault and quotes nothing."""


@dataclass(frozen=True)
class Envelope:
    """One message for one mailbox, as SMTP wants it: ASCII bytes, CRLF."""

    sender: str
    recipient: str
    content: bytes


def headers_of(words: Words) -> tuple[str, ...]:
    """The plan of this letter's headers."""
    return (*HEADERS[:-2], *UNSUBSCRIBE, *HEADERS[-2:]) if words.unsubscribe else HEADERS


def compose(words: Words, *, to: str, message_id: str, settings: Settings, now: dt.datetime) -> Envelope:
    """The finished message, read back and compared with the plan of headers. Raises UnfitLetter."""
    sender = f"{PRODUCT}, {settings.organisation_name}"
    for name, text in (("From", sender), ("Subject", words.subject), ("Message-ID", message_id)):
        if not fits_header(text):
            raise UnfitLetter(f"{name} holds what no header may hold")
    for name, address in (("To", to), ("From", settings.mail_from), ("Reply-To", settings.mail_reply_to)):
        if not is_mailbox(address):
            raise UnfitLetter(f"{name} is not one plain mailbox")
    if words.unsubscribe and not is_plain_url(words.unsubscribe):
        raise UnfitLetter("List-Unsubscribe is not one plain address")
    message = EmailMessage(_POLICY)
    message["From"] = _own("From", sender, settings.mail_from)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = words.subject
    message["Date"] = format_datetime(clock.to_local(now))
    message["Message-ID"] = message_id
    message["Reply-To"] = _own("Reply-To", "", settings.mail_reply_to)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: holiday answers must not answer
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    if words.unsubscribe:
        message["List-Unsubscribe"] = f"<{words.unsubscribe}>"
        message["List-Unsubscribe-Post"] = ONE_CLICK
    message.set_content(words.text, cte="quoted-printable")
    message.make_alternative(boundary=BOUNDARY)
    message.add_alternative(words.html, subtype="html", cte="quoted-printable")
    if words.invitation:
        calendar = words.invitation.content(organiser=(sender, settings.mail_from), attendee=to)
        _invite(message, words.invitation, calendar)
    content = message.as_bytes()
    _read_back(content, words=words, to=to, message_id=message_id, settings=settings)
    return Envelope(settings.mail_from, to, content)


def _invite(message: EmailMessage, invitation: Invitation, calendar: bytes) -> None:
    """Add the calendar part. Base64, so that no relay touches its line breaks."""
    encoded = encodebytes(calendar).decode("ascii")
    kind = f'text/calendar; method={invitation.method}; charset="utf-8"'
    file = f'attachment; filename="{FILE_NAME}"'
    if invitation.is_shared:
        message.attach(_part(encoded, kind))
        message.make_mixed(boundary=OUTER_BOUNDARY)
        message.attach(_part(encoded, f'application/ics; name="{FILE_NAME}"', file))
    else:
        message.make_mixed(boundary=OUTER_BOUNDARY)
        message.attach(_part(encoded, kind, file))


def _part(encoded: str, kind: str, disposition: str = "") -> Any:
    """One part, its head being constants of ours: `EmailMessage` would take six times as long to read them first."""
    part = Message()
    part["Content-Type"] = kind
    part["Content-Transfer-Encoding"] = "base64"
    if disposition:
        part["Content-Disposition"] = disposition
    part.set_payload(encoded)
    return part


def _read_back(content: bytes, *, words: Words, to: str, message_id: str, settings: Settings) -> None:
    """Judge the bytes as a mail program will read them (requirement G4)."""
    # Split by the plain parser, which is three times as quick; each header that matters is then read in full.
    found = message_from_bytes(content, policy=policy.compat32)

    def read(name: str) -> Any:
        return _read(name, str(found[name]))

    if tuple(found.keys()) != headers_of(words):
        raise UnfitLetter("the headers are not those of the plan")
    for name, address in (("From", settings.mail_from), ("To", to), ("Reply-To", settings.mail_reply_to)):
        if [one.addr_spec for one in read(name).addresses] != [address]:
            raise UnfitLetter(f"{name} does not hold exactly one address")
    if str(read("Subject")).strip() != words.subject or str(read("Message-ID")).strip() != message_id:
        raise UnfitLetter("a header reads back as something else")
    if words.unsubscribe and [found[name] for name in UNSUBSCRIBE] != [f"<{words.unsubscribe}>", ONE_CLICK]:
        raise UnfitLetter("a header reads back as something else")
    parts = list(found.walk())
    if tuple(part.get_content_type() for part in parts) != _planned(words.invitation):
        raise UnfitLetter("the parts are not those of the plan")
    if words.invitation:
        for part in parts[len(PLAIN) + 1 :]:
            _judge(part, words.invitation, to=to, organiser=settings.mail_from)


def _planned(invitation: Invitation | None) -> tuple[str, ...]:
    if invitation is None:
        return PLAIN
    return INVITED if invitation.is_shared else PUBLISHED


def _judge(part: Any, invitation: Invitation, *, to: str, organiser: str) -> None:
    """Judge a calendar part by its lines (requirement G10): one method inside and outside, from us, to one person."""
    text = part.get_payload(decode=True).decode().replace("\r\n ", "")
    guests = [f"ATTENDEE {mailto(to)}"] if invitation.is_shared else []
    planned = [f"METHOD {invitation.method}"]
    for event in invitation.events:
        planned += [f"UID {event.uid}", f"ORGANIZER {mailto(organiser)}", *guests]
    if [f"{found[1]} {found[2]}" for found in _TELLS_WHO.finditer(text)] != planned:
        raise UnfitLetter("the calendar part is not that of the plan")
    if part.get_content_maintype() == "text" and part.get_param("method") != invitation.method:
        raise UnfitLetter("the calendar part has another method outside than inside")


# The lines of a calendar that say what it asks and of whom; parameters are between quotation marks where they must be.
_TELLS_WHO = re.compile(r'^(METHOD|UID|ORGANIZER|ATTENDEE)(?:;(?:[^":\r\n]|"[^"\r\n]*")*)?:(.*?)\r$', re.MULTILINE)


@lru_cache(256)
def _read(name: str, text: str) -> Any:
    """A header's text as a mail program reads it. Our own are the same in every letter, and are read once."""
    return _READER.header_fetch_parse(name, text)


class _Headers(HeaderRegistry):
    """Headers as objects. The standard library takes as long to make one as we to write a paragraph, so those that all
    letters have alike are made once; they cannot be changed."""

    ALIKE = frozenset({"Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Transfer-Encoding"})

    def __init__(self) -> None:
        super().__init__()
        self._once = lru_cache(64)(super().__call__)
        self._class = lru_cache(64)(super().__getitem__)

    def __getitem__(self, name: str) -> Any:
        return self._class(name)  # the standard library would make a new class each time

    def __call__(self, name: str, value: Any) -> Any:
        return self._once(name, value) if name in self.ALIKE else super().__call__(name, value)


_HEADERS = _Headers()
_READER = policy.SMTP.clone(header_factory=_HEADERS)


@lru_cache(16)
def _own(name: str, words: str, address: str) -> Any:
    """A header with an address of ours, ready to be set."""
    return _HEADERS(name, Address(words, addr_spec=address))


class _Policy(EmailPolicy):
    """SMTP's policy, but for subjects: the standard one loses a space between some pairs of encoded words. And for the
    address to unsubscribe at, which it would take apart, being longer than a line."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name == "List-Unsubscribe":
            return f"{name}: {value}{self.linesep}".encode("ascii")
        if name != "Subject":
            return super().fold_binary(name, value)
        text = str(value)
        # Up to 60 signs of ASCII fit on the first line as they are; anything else becomes encoded words of 75 at most.
        charset = "us-ascii" if text.isascii() and len(text) <= 60 else "utf-8"
        written = Header(text, charset, header_name=name).encode(linesep=self.linesep)
        return f"{name}: {written}{self.linesep}".encode("ascii")


# 7bit: a server without 8BITMIME takes it too, and no relay needs to touch the bytes.
_POLICY = _Policy(linesep="\r\n", cte_type="7bit", header_factory=_HEADERS)
