"""The calendar part of a letter: what mail programs act on by themselves (requirement G10)."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import icalendar
import pytest
from flask import Flask

from booking.app import create_app
from booking.kernel.ical import Event
from booking.outbox import rendering
from booking.outbox.invitation import Invitation
from booking.outbox.message import HEADERS, UnfitLetter, compose
from booking.outbox.rules import as_one_line
from booking.settings import current
from tests.outbox.letters import NOON, SAMIRA, booking_facts, calendar, facts_of
from tests.support.calendar_text import HOSTILE_TEXTS, assert_clean_bytes, unfolded
from tests.support.database import close, settings_for
from tests.support.icaljs import IcalJs

MESSAGE_ID = "<0123456789abcdef@bibliotek.example>"
COMES = "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE"


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings_for(sqlite_url, instance=tmp_path, base_url="https://kodplats.example"))
    with app.app_context():
        yield app
    close(app)


@pytest.fixture(scope="module")
def icaljs() -> Iterator[IcalJs]:
    with IcalJs() as judge:
        yield judge


def letter(kind: str = "seated", *, language: str = "sv", to: str = SAMIRA, **facts: Any) -> EmailMessage:
    """A letter as the mail server gets it, read."""
    words = rendering.render(f"bookings/{kind}", payload={**facts_of(kind), **facts}, language=language)
    envelope = compose(words, to=to, message_id=MESSAGE_ID, settings=current(), now=NOON)
    assert envelope.content.isascii()
    message = message_from_bytes(envelope.content, policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    assert tuple(message.keys()) == HEADERS
    return message


def kinds(message: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in message.walk()]


def parts(message: EmailMessage) -> list[Any]:
    """The calendar parts."""
    return [part for part in message.walk() if part.get_content_type() in ("text/calendar", "application/ics")]


def text_of(message: EmailMessage) -> bytes:
    """The calendar text, alike in every part that carries it."""
    first, *others = [part.get_payload(decode=True) for part in parts(message)]
    assert all(other == first for other in others)
    assert isinstance(first, bytes)
    assert_clean_bytes(first)
    return first


def by_icalendar(written: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(written).walk("VEVENT"))


@pytest.mark.parametrize(("kind", "method"), [("seated", "REQUEST"), ("moved", "REQUEST"), ("called_off", "CANCEL")])
def test_an_invitation_is_an_alternative_to_the_text_and_a_file_too(app: Flask, kind: str, method: str) -> None:
    message = letter(kind)

    assert kinds(message) == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    alternative, file = parts(message)
    assert (alternative.get_param("method"), alternative.get_param("charset")) == (method, "utf-8")
    assert alternative.get_content_disposition() is None
    assert (file.get_content_disposition(), file.get_filename()) == ("attachment", "inbjudan.ics")
    assert f"METHOD:{method}" in unfolded(text_of(message))


def test_several_meetings_are_published_as_a_file_beside_the_letter(app: Flask) -> None:
    message = letter("meeting_off")

    assert kinds(message) == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"]
    (file,) = parts(message)
    assert (file.get_param("method"), file.get_content_disposition()) == ("PUBLISH", "attachment")
    lines = unfolded(text_of(message))
    assert "METHOD:PUBLISH" in lines
    assert lines.count("BEGIN:VEVENT") == 3
    assert not [line for line in lines if line.startswith("ATTENDEE")]


def test_an_invitation_is_from_the_library_to_the_one_reader_who_comes_already(app: Flask) -> None:
    message = letter(to="samira+kod@example.org")

    lines = unfolded(text_of(message))
    organiser = [line for line in lines if line.startswith("ORGANIZER")]
    assert organiser == [f'ORGANIZER;CN="Kodplats, {current().organisation_name}":mailto:{current().mail_from}']
    assert message["From"].addresses[0].addr_spec == current().mail_from
    assert [line for line in lines if line.startswith("ATTENDEE")] == [f"{COMES}:mailto:samira+kod@example.org"]


def test_an_invitation_tells_time_place_and_page_and_no_secret(app: Flask, icaljs: IcalJs) -> None:
    message = letter()

    (event,) = icaljs.read(text_of(message))["events"]
    assert event["summary"] == "Ditt första spel i Scratch"
    assert event["location"] == "Kristianstads stadsbibliotek, Föreningsgatan 4, 291 32 Kristianstad"
    assert event["url"] == "https://kodplats.example/pass/12"
    assert (event["sequence"], event["status"]) == (2, "CONFIRMED")
    assert event["starts_at"] == 1795617000  # 2026-11-25 14:30 UTC
    assert "använd länken i vårt mejl" in event["description"]
    assert b"/l/" not in text_of(message)
    assert b"K7M4" not in text_of(message)


def test_what_has_ended_says_so_and_why_in_the_readers_language(app: Flask, icaljs: IcalJs) -> None:
    (event,) = icaljs.read(text_of(letter("called_off", language="en")))["events"]

    assert event["summary"] == "CALLED OFF: Your first game in Scratch"
    assert (event["status"], event["transp"]) == ("CANCELLED", "TRANSPARENT")
    assert event["description"] == "The room cannot be used."


def test_a_letter_that_does_nothing_to_a_calendar_has_no_calendar_part(app: Flask) -> None:
    assert kinds(letter("queued")) == ["multipart/alternative", "text/plain", "text/html"]


def test_hostile_titles_stay_one_property_for_two_readers(app: Flask, icaljs: IcalJs) -> None:
    """Line breaks, emojis across octet 75 and lines of a calendar's own in title, place and reason."""
    for text in HOSTILE_TEXTS:
        text = text.encode("utf-8", "replace").decode()  # JSON in a database holds no half signs
        both = {"sv": text, "en": text}
        facts = booking_facts(title=both, bring=both, calendar=calendar(name=text, address=text), reason=both)

        message = letter(**facts)

        written = text_of(message)
        names = [line.split(":")[0].split(";")[0] for line in unfolded(written)]
        assert [names.count(name) for name in ("UID", "ATTENDEE", "ORGANIZER", "METHOD", "URL")] == [1] * 5
        (theirs,) = icaljs.read(written)["events"]
        (ours,) = by_icalendar(written)
        assert theirs["summary"] == str(ours["SUMMARY"]) == as_one_line(text)


@pytest.mark.parametrize("night", ["2026-10-25", "2027-03-28", "2027-10-31"])
def test_in_the_weeks_when_the_clocks_change_both_readers_see_the_right_instant(
    app: Flask, icaljs: IcalJs, night: str
) -> None:
    entries = calendar(entries=1)["entries"]
    entries[0] |= {"starts_at": f"{night}T00:30:00+00:00", "ends_at": f"{night}T01:30:00+00:00"}

    written = text_of(letter(calendar={**calendar(), "entries": entries}))

    (theirs,) = icaljs.read(written)["events"]
    (ours,) = by_icalendar(written)
    assert theirs["ends_at"] - theirs["starts_at"] == 3600
    assert theirs["starts_at"] == ours["DTSTART"].dt.timestamp()
    assert written.count(b"BEGIN:VTIMEZONE") == 1


def tampered(change: tuple[bytes, bytes]) -> Any:
    """The writing of calendars with something else in it than was planned."""
    whole = Invitation.content

    def content(self: Invitation, **people: Any) -> bytes:
        written = whole(self, **people)
        assert change[0] in written
        return written.replace(*change)

    return content


@pytest.mark.parametrize(
    "change",
    [
        (b"METHOD:REQUEST", b"METHOD:PUBLISH"),
        (b"mailto:samira@", b"mailto:rolf@"),
        (b"END:VEVENT", b"ATTENDEE:mailto:rolf@example.org\r\nEND:VEVENT"),
        (b"END:VEVENT", b"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:another\r\nEND:VEVENT"),
        (b"UID:5f0c", b"UID:aaaa"),
        (b"mailto:kodplats@", b"mailto:rolf@"),
    ],
)
def test_the_finished_calendar_is_judged_and_not_only_what_went_in(
    app: Flask, monkeypatch: pytest.MonkeyPatch, change: tuple[bytes, bytes]
) -> None:
    monkeypatch.setattr(Invitation, "content", tampered(change))

    with pytest.raises(UnfitLetter, match="calendar part"):
        letter()


@pytest.mark.parametrize("mailbox", ["a@example.org\r\nATTENDEE:mailto:rolf@example.org", "a b@example.org", "nobody"])
def test_what_is_no_mailbox_never_becomes_an_attendee(mailbox: str) -> None:
    event = Event(
        uid="1", starts_at=NOON, ends_at=NOON.replace(hour=12), changed_at=NOON, summary="Robotlek", attendee="x@y.z"
    )

    with pytest.raises(ValueError, match="mailbox"):
        Invitation("REQUEST", (event,)).content(organiser=("Kodplats", "kodplats@bibliotek.example"), attendee=mailbox)
