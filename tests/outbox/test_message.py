from __future__ import annotations

import datetime as dt
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.outbox.message import HEADERS, Envelope, UnfitLetter, compose
from booking.outbox.rendering import Words
from booking.outbox.rules import as_one_line, fits_header
from booking.settings import Settings
from tests.outbox.letters import NOON, SAMIRA

SETTINGS = Settings(instance_path=Path(), secret_key="0" * 40, organisation_name="Biblioteken i Hässleholm & Åhus")
MESSAGE_ID = "<0123456789abcdef@bibliotek.example>"


def write(subject: str = "Ni har plats", *, to: str = SAMIRA, settings: Settings = SETTINGS) -> Envelope:
    words = Words(subject, "Hej!\nå ä ö 🤖\n.\n", "<p>Hej å ä ö</p>\n")
    return compose(words, to=to, message_id=MESSAGE_ID, settings=settings, now=NOON)


def write_digest(address: str) -> Envelope:
    """A letter that one subscribes to, with the address that ends it."""
    words = Words("Nya pass för dig", "Hej!\n", "<p>Hej</p>\n", unsubscribe=address)
    return compose(words, to=SAMIRA, message_id=MESSAGE_ID, settings=SETTINGS, now=NOON)


def read(envelope: Envelope) -> EmailMessage:
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_letter_has_exactly_the_planned_headers() -> None:
    message = read(write("Ni har plats: Första spelet"))

    assert tuple(message.keys()) == HEADERS
    assert message["From"] == '"Kodplats, Biblioteken i Hässleholm & Åhus" <kodplats@bibliotek.example>'
    assert message["To"] == SAMIRA
    assert message["Subject"] == "Ni har plats: Första spelet"
    assert message["Date"].datetime == NOON
    assert message["Date"].datetime.utcoffset() == dt.timedelta(hours=1)
    assert message["Message-ID"] == MESSAGE_ID
    assert message["Reply-To"] == SETTINGS.mail_reply_to
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["List-Unsubscribe"] is None


def test_a_letter_has_a_text_part_first_and_an_html_part_that_any_server_can_carry() -> None:
    envelope = write()

    text, html = read(envelope).iter_parts()
    assert text.get_content_type() == "text/plain"
    assert text.get_content().splitlines() == ["Hej!", "å ä ö 🤖", "."]
    assert html.get_content_type() == "text/html"
    assert html.get_content().splitlines() == ["<p>Hej å ä ö</p>"]
    assert envelope.content.isascii()
    assert max(map(len, envelope.content.split(b"\r\n"))) <= 78
    assert b"\n" not in envelope.content.replace(b"\r\n", b"")


@pytest.mark.parametrize("folder", ["", "/bibliotek" * 20])
def test_a_letter_that_one_subscribes_to_is_ended_with_one_click(folder: str) -> None:
    """RFC 8058: two headers more, the address on one line as it is, however long."""
    address = f"https://kodplats.example{folder}/en/l/{'aB3-_' * 8}xyz"

    envelope = write_digest(address)

    names = ["List-Unsubscribe", "List-Unsubscribe-Post"]
    assert [name for name in read(envelope) if name not in HEADERS] == names
    assert [name for name in read(envelope) if name not in names] == list(HEADERS)
    lines = envelope.content.split(b"\r\n")
    assert f"List-Unsubscribe: <{address}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


@pytest.mark.parametrize(
    "address",
    [
        "https://kodplats.example/l/x\r\nBcc: rolf@example.org",
        "https://kodplats.example/l/x>, <https://evil.example/",
        "https://kodplats.example/l/=?UTF-8?Q?=0A?= x",
        "https://kodplats.example/l/å",
        "javascript:alert(1)",
        "https://kodplats.example/" + "x" * 1000,
    ],
)
def test_an_address_that_could_write_headers_ends_nothing(address: str) -> None:
    with pytest.raises(UnfitLetter, match="List-Unsubscribe"):
        write_digest(address)


@given(st.text(max_size=300))
def test_whatever_the_title_the_headers_are_the_planned_ones_and_one_person_gets_it(title: str) -> None:
    subject = " ".join(f"Ni har plats: {title}".split())

    try:
        envelope = write(subject)
    except UnfitLetter:
        assert not fits_header(subject)
        return

    message = read(envelope)
    assert tuple(message.keys()) == HEADERS
    assert [one.addr_spec for one in message["To"].addresses] == [SAMIRA]
    assert message["Subject"] == subject
    assert envelope.recipient == SAMIRA


@given(st.text(alphabet="åa 🤖-,.:;()@<>\"'=_\\", min_size=1, max_size=400).map(as_one_line).filter(fits_header))
def test_no_sign_of_a_subject_is_lost_on_the_way(subject: str) -> None:
    assert read(write(subject))["Subject"].strip() == subject


@pytest.mark.parametrize(
    "subject",
    ["", "Hej\nBcc: rolf@example.org", "Hej\r\n\r\n<script>", "A 💩 =?UTF-8?Q?=0A?=Bcc: rolf@example.org", "Hej\x00"],
)
def test_a_subject_that_could_write_headers_is_refused(subject: str) -> None:
    with pytest.raises(UnfitLetter):
        write(subject)


@pytest.mark.parametrize(
    "to",
    ["a@example.org, b@example.org", "a@example.org\nBcc: b@example.org", "nobody", "", "=?UTF-8?Q?=0A?=@example.org"],
)
def test_an_address_that_is_not_one_mailbox_is_refused(to: str) -> None:
    with pytest.raises(UnfitLetter):
        write(to=to)


@pytest.mark.parametrize("name", ["Biblioteken\nBcc: rolf@example.org", "=?UTF-8?Q?=0A?=Bcc: rolf@example.org"])
def test_an_organisation_name_that_could_write_headers_is_refused(name: str) -> None:
    with pytest.raises(UnfitLetter):
        write(settings=Settings(instance_path=Path(), secret_key="0" * 40, organisation_name=name))


def test_the_finished_bytes_are_judged_and_not_only_what_went_in(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = EmailMessage.as_bytes

    def with_one_more(self: EmailMessage) -> bytes:
        return whole(self).replace(b"Reply-To:", b"Bcc: rolf@example.org\r\nReply-To:", 1)

    monkeypatch.setattr(EmailMessage, "as_bytes", with_one_more)

    with pytest.raises(UnfitLetter, match="headers"):
        write()


def test_letters_of_two_installations_in_one_process_keep_their_own_addresses() -> None:
    """Headers that all letters have alike are made once: never for another sender."""
    senders = [("kodplats@bibliotek.example", "svar@bibliotek.example"), ("annat@lund.example", "post@lund.example")]
    for _ in range(2):
        for sender, reply_to in senders:
            found = read(write(settings=replace(SETTINGS, mail_from=sender, mail_reply_to=reply_to)))
            assert [found[name].addresses[0].addr_spec for name in ("From", "Reply-To")] == [sender, reply_to]
