"""Letters for the tests: facts as the bookings room writes them, and a way to put them into the outbox."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from booking.kernel.act import Act, Actor, ActorKind
from booking.outbox import services
from booking.outbox.models import Letter
from booking.store import writes
from booking.store.engine import session

NOON = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)
SAMIRA, ROLF, KARIN = "samira@example.org", "rolf@example.org", "karin@example.org"
LINK = {"purpose": "manage", "nonce": "5e" * 32}
KINDS = (
    "seated",
    "queued",
    "promoted",
    "cancelled",
    "child_cancelled",
    "child_added",
    "address_changed",
    "moved",
    "meeting_off",
    "called_off",
    "back_on",
    "links_again",
    "reminder",
    "join",
    "thanks",
    "message",
)
PLACE = {
    "name": "Kristianstads stadsbibliotek",
    "kind": "main",
    "address": "Föreningsgatan 4",
    "postal_code": "291 32",
    "locality": "Kristianstad",
    "online": False,
}
ENTRY_UID = "5f0c2f6ad3d14e0f9c2b8a7e61d4b3aa"


def act(at: dt.datetime = NOON) -> Act:
    """What the program does by itself at an instant."""
    return Act(Actor(ActorKind.SYSTEM, "test"), at)


def booking_facts(**others: Any) -> dict[str, Any]:
    """The payload of a letter about Ada's and Bo's booking."""
    return {
        "slot_id": 12,
        "title": {"sv": "Ditt första spel i Scratch", "en": "Your first game in Scratch"},
        "meetings": [{"starts_at": "2026-11-25T14:30:00+00:00", "ends_at": "2026-11-25T16:00:00+00:00"}],
        "place": PLACE,
        "bring": {"sv": "Egen dator", "en": "A laptop of your own"},
        "adult_stays": True,
        "note": {"sv": "Ta Östra Storgatan, bron är stängd.", "en": "The bridge is closed, take the other road."},
        "phone": "044-13 50 00",
        "ref": "K7M4QXR",
        "children": 2,
        "adults": 1,
        "queue_place": 3,
        "others": False,
        "standing": "seated",
        "link": LINK,
        **others,
    }


def links_facts() -> dict[str, Any]:
    """The payload of the letter with all links of an address."""
    listed = {
        "title": {"sv": "Ditt första spel i Scratch", "en": "Your first game in Scratch"},
        "starts_at": "2026-11-25T14:30:00+00:00",
        "ends_at": "2026-11-25T16:00:00+00:00",
        "place_name": "Kristianstads stadsbibliotek",
        "standing": "queued",
        "mixed": False,
        "link": LINK,
    }
    return {"links": [listed, {**listed, "link": None}], "link": {"purpose": "mine", "nonce": "a1" * 32}, "phone": "1"}


def held(day: str = "2026-11-25", **place: Any) -> dict[str, Any]:
    """A meeting as it was or is to be held, half past three in the afternoon."""
    return {
        "starts_at": f"{day}T14:30:00+00:00",
        "ends_at": f"{day}T16:00:00+00:00",
        "place": {**PLACE, **place},
    }


def calendar(method: str = "REQUEST", *, entries: int = 1, off: bool = False, **place: Any) -> dict[str, Any]:
    """What a letter does to its reader's calendar: weekly meetings."""
    days = [dt.date(2026, 11, 25) + dt.timedelta(weeks=week) for week in range(entries)]
    return {
        "method": method,
        "stamped_at": "2026-11-23T11:00:00+00:00",
        "entries": [
            {**held(day.isoformat(), **place), "uid": ENTRY_UID[:30] + f"{number:02}", "sequence": 2, "off": off}
            for number, day in enumerate(days)
        ],
    }


REASON = {"sv": "Lokalen går inte att använda.", "en": "The room cannot be used."}
_OWN: dict[str, dict[str, Any]] = {
    "seated": {"calendar": calendar()},
    "promoted": {"calendar": calendar()},
    "cancelled": {"calendar": calendar("CANCEL", off=True)},
    "moved": {
        "calendar": calendar(),
        "meeting_id": 1,
        "was": held(),
        "now": held("2026-11-26", name="Åhus bibliotek"),
        "new_time": True,
        "new_place": True,
    },
    "meeting_off": {"calendar": calendar("PUBLISH", entries=3), "meeting_id": 1, "off": held(), "reason": REASON},
    "called_off": {"calendar": calendar("CANCEL", off=True), "reason": REASON},
    "back_on": {"calendar": calendar(), "on": held()},
    "message": {"paragraphs": [["Hej!", "Ta med inneskor."], ["Vi ses."]]},
}


def facts_of(kind: str) -> dict[str, Any]:
    """The payload that belongs to a kind of letter."""
    return links_facts() if kind == "links_again" else booking_facts(**_OWN.get(kind, {}))


@writes
def put_many(count: int, *, act: Act) -> None:
    """So many letters, each to a reader of its own."""
    for number in range(count):
        put(f"reader{number}@example.org", act=act)


@writes
def put(to: str, *, act: Act, kind: str = "bookings/seated", **others: Any) -> None:
    """One letter in the outbox. `others` are facts, or `not_after`."""
    not_after = others.pop("not_after", None)
    services.enqueue(
        kind, to=to, language="sv", subject="booking:1", payload=booking_facts(**others), act=act, not_after=not_after
    )


def rows() -> list[Letter]:
    """Every letter as it stands in the database now, oldest first."""
    session().rollback()
    session().expire_all()
    return list(session().scalars(select(Letter).order_by(Letter.id)))
