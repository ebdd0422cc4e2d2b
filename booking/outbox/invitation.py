"""The calendar part of a letter: one family's own entries, as programs that share invitations by mail read them.

iTIP (RFC 5546) says what a message asks a calendar to do, iMIP (RFC 6047) how a letter carries it. The payload's
"calendar" holds the method and the entries as they were when the letter was written; title, what to bring and the rest
are the letter's own facts. Nothing here opens a booking or names anybody: entries get into shared calendars.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from booking.kernel import ical
from booking.kernel.ical import Calendar, Event, Method
from booking.web.filters import place_words
from booking.web.texts import gettext


@dataclass(frozen=True)
class Invitation:
    """What a letter does to its reader's calendar: the method, and the entries without anybody's address."""

    method: Method
    events: tuple[Event, ...]

    @property
    def is_shared(self) -> bool:
        """Whether mail programs act on it by themselves. What is published they only offer to open."""
        return self.method != "PUBLISH"

    def content(self, *, organiser: tuple[str, str], attendee: str) -> bytes:
        """The calendar text. `organiser` is name and mailbox of the library, `attendee` the letter's one recipient.

        Whoever booked is coming and is not asked: ACCEPTED, RSVP=FALSE. What is published names no attendee at all
        (RFC 5546, 3.2.1).
        """
        guest = attendee if self.is_shared else None
        calendar = Calendar(name="", refresh=None, method=self.method)
        pieces = (ical.event_bytes(replace(event, organiser=organiser, attendee=guest or "")) for event in self.events)
        return ical.calendar_bytes(calendar, pieces)


def of_letter(facts: dict[str, Any], *, page: Callable[[str], str]) -> Invitation | None:
    """The invitation of a letter whose facts are made ready (see `rendering.told`), in the language that is set; None
    when it does nothing to a calendar. `page` gives a public page's address."""
    calendar = facts.get("calendar")
    if not calendar:
        return None
    events = tuple(_event(entry, facts, calendar["stamped_at"], page) for entry in calendar["entries"])
    return Invitation(calendar["method"], events)


def _event(entry: dict[str, Any], facts: dict[str, Any], stamped_at: dt.datetime, page: Callable[[str], str]) -> Event:
    event = Event(
        uid=entry["uid"],
        sequence=entry["sequence"],
        starts_at=entry["starts_at"],
        ends_at=entry["ends_at"],
        changed_at=stamped_at,
        summary=facts["title"],
        location=place_line(entry["place"], facts["language"]),
        description=_description(facts, is_off=entry["off"]),
        url=page(f"/pass/{facts['slot_id']}"),
    )
    return ical.called_off(event, word=gettext("CALLED OFF")) if entry["off"] else event


def place_line(place: dict[str, Any], language: str) -> str:
    """A place with its address on one line, as feeds tell it; the net is just the net."""
    name = place_words(language, place["name"], place["kind"])
    if place["online"]:
        return name
    return ical.location(name, address=place["address"], postal_code=place["postal_code"], locality=place["locality"])


def _description(facts: dict[str, Any], *, is_off: bool) -> str:
    pieces = [facts.get("reason", "")]
    if not is_off:
        pieces += [
            gettext("An adult stays the whole time.") if facts["adult_stays"] else "",
            gettext("Bring: %(things)s", things=facts["bring"]) if facts["bring"] else "",
            gettext("This entry is only a note: to cancel, use the link in our letter."),
        ]
    return "\n\n".join([piece for piece in pieces if piece])
