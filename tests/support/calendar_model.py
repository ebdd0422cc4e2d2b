"""A reader's calendar, as RFC 5546 says that programs act on the invitations in their mail.

Every calendar part is read by two readers of different families, which must agree, before it counts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, NamedTuple, Self

import icalendar

from booking.outbox.message import Envelope
from tests.support.calendar_text import assert_clean_bytes
from tests.support.icaljs import IcalJs


class Entry(NamedTuple):
    """What the calendar shows of one identity."""

    uid: str
    sequence: int
    stamped_at: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    summary: str
    location: str
    status: str

    @property
    def age(self) -> tuple[int, int]:
        """RFC 5546, 2.1.5: the higher SEQUENCE is newer; between equal ones the later DTSTAMP."""
        return self.sequence, self.stamped_at


class Postbox:
    """A transport that keeps what it is given: every letter that left the house, in order."""

    def __init__(self) -> None:
        self.letters: list[Envelope] = []

    def send(self, envelope: Envelope) -> None:
        self.letters.append(envelope)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        return None


@dataclass
class CalendarModel:
    """The calendar of whoever reads one mailbox, or several."""

    icaljs: IcalJs
    mailboxes: tuple[str, ...]
    entries: dict[str, Entry] = field(default_factory=dict)
    methods: list[str] = field(default_factory=list)
    """Of every calendar part that came, in order."""

    @property
    def shown(self) -> list[Entry]:
        """What is not called off, earliest first."""
        return sorted((entry for entry in self.entries.values() if entry.status != "CANCELLED"), key=_when)

    @property
    def struck(self) -> list[Entry]:
        """What stays and says that it is off."""
        return sorted((entry for entry in self.entries.values() if entry.status == "CANCELLED"), key=_when)

    def receive(self, envelope: Envelope) -> None:
        """Take a letter in, if it is for this reader, and do what its calendar part asks."""
        if envelope.recipient not in self.mailboxes:
            return
        message = message_from_bytes(envelope.content, policy=policy.SMTP)
        assert isinstance(message, EmailMessage)
        assert [one.addr_spec for one in message["To"].addresses] == [envelope.recipient]
        for part in message.walk():
            if part.get_content_type() == "text/calendar":
                self._act_on(part, sender=message["From"].addresses[0].addr_spec, reader=envelope.recipient)

    def _act_on(self, part: Any, *, sender: str, reader: str) -> None:
        written = part.get_payload(decode=True)
        assert_clean_bytes(written)
        calendar: Any = icalendar.Calendar.from_ical(written)
        method = str(calendar["METHOD"])
        assert part.get_param("method") == method
        assert part.get_param("charset") == "utf-8"
        self.methods.append(method)
        events = calendar.walk("VEVENT")
        assert [_plain(event) for event in events] == [_theirs(event) for event in self.icaljs.read(written)["events"]]
        for event in events:
            assert str(event["ORGANIZER"]) == f"mailto:{sender}"
        if method == "PUBLISH":
            assert not any("ATTENDEE" in event for event in events)
            for event in events:
                self._keep(_plain(event))
            return
        (event,) = events  # RFC 5546, 3.2.2 and 3.2.5: one identity
        assert str(event["ATTENDEE"]) == f"mailto:{reader}"
        assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
        assert event["ATTENDEE"].params["RSVP"] == "FALSE"
        if method == "REQUEST":
            assert event["STATUS"] == "CONFIRMED"
            self._keep(_plain(event))
        else:
            assert method == "CANCEL"
            assert event["STATUS"] == "CANCELLED"
            self._remove(_plain(event))

    def _keep(self, entry: Entry) -> None:
        known = self.entries.get(entry.uid)
        if known is None or entry.age >= known.age:
            self.entries[entry.uid] = entry

    def _remove(self, entry: Entry) -> None:
        known = self.entries.get(entry.uid)
        if known is not None and entry.age >= known.age:
            del self.entries[entry.uid]


def _plain(event: Any) -> Entry:
    assert not event.errors, event.errors
    return Entry(
        str(event["UID"]),
        int(event["SEQUENCE"]),
        int(event["DTSTAMP"].dt.timestamp()),
        event["DTSTART"].dt.astimezone(dt.UTC),
        event["DTEND"].dt.astimezone(dt.UTC),
        str(event["SUMMARY"]),
        str(event.get("LOCATION", "")),
        str(event["STATUS"]),
    )


def _theirs(event: dict[str, Any]) -> Entry:
    assert not event["floating"]
    return Entry(
        event["uid"],
        event["sequence"],
        event["dtstamp"],
        dt.datetime.fromtimestamp(event["starts_at"], dt.UTC),
        dt.datetime.fromtimestamp(event["ends_at"], dt.UTC),
        event["summary"],
        event["location"] or "",
        event["status"],
    )


def _when(entry: Entry) -> tuple[dt.datetime, str]:
    return entry.starts_at, entry.uid
