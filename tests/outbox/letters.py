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
    "links_again",
    "reminder",
    "join",
    "thanks",
)


def act(at: dt.datetime = NOON) -> Act:
    """What the program does by itself at an instant."""
    return Act(Actor(ActorKind.SYSTEM, "test"), at)


def booking_facts(**others: Any) -> dict[str, Any]:
    """The payload of a letter about Ada's and Bo's booking."""
    return {
        "slot_id": 12,
        "title": {"sv": "Ditt första spel i Scratch", "en": "Your first game in Scratch"},
        "meetings": [{"starts_at": "2026-11-25T14:30:00+00:00", "ends_at": "2026-11-25T16:00:00+00:00"}],
        "place": {
            "name": "Kristianstads stadsbibliotek",
            "address": "Föreningsgatan 4",
            "locality": "Kristianstad",
            "online": False,
        },
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


def facts_of(kind: str) -> dict[str, Any]:
    """The payload that belongs to a kind of letter."""
    return links_facts() if kind == "links_again" else booking_facts()


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
