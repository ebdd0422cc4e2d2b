"""What these letters say: facts for rendering, in both languages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from booking.programme import queries as programme
from booking.programme.rules import PublicState
from booking.subscriptions.queries import NewSlot
from booking.subscriptions.rules import Wish
from booking.web.language import LANGUAGES

CONFIRM = "subscriptions/confirm"
DIGEST = "subscriptions/digest"
OPENING = "subscriptions/opening"
# Held by whoever writes such letters, and by whoever takes something out of them.
DIGESTS_LOCK, OPENINGS_LOCK = "subscriptions:digests", "subscriptions:openings"


def wish_facts(wish: Wish, *, today: dt.date) -> dict[str, Any]:
    """A wish: what its area is called (None for anywhere), the age, the path of the list that shows the same.
    One query."""
    return facts_of_wishes([wish], today=today)[wish]


def facts_of_wishes(wishes: Iterable[Wish], *, today: dt.date) -> dict[Wish, dict[str, Any]]:
    """The same for many. One query."""
    atlas = programme.atlas(today=today)
    return {wish: _wish(wish, atlas) for wish in set(wishes)}


def _wish(wish: Wish, atlas: programme.Atlas) -> dict[str, Any]:
    area = atlas.area(wish.area) if wish.area else None
    # A place that has closed keeps the word that was chosen.
    names = {tongue: programme.place_label(area.choice, tongue) if area else wish.area for tongue in LANGUAGES}
    query = urlencode(wish.query)
    return {
        "place": names if wish.area else None,
        "age": wish.age,
        "path": f"/pass{'?' if query else ''}{query}",
    }


def slot_facts(slot: NewSlot) -> dict[str, Any]:
    """A slot as a row of a letter. Never how many seats are left: that is old when it is read."""
    return {
        "title": {"sv": slot.title_sv, "en": slot.title_en or slot.title_sv},
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat(),
        "opens_at": slot.opens_at.isoformat() if slot.state is PublicState.SOON else None,
        "age_min": slot.age_min,
        "age_max": slot.age_max,
        "place_name": slot.place_name,
        "place_kind": slot.place_kind.value,
        "state": slot.state.value,
        "path": slot_path(slot.id),
    }


def slot_path(slot_id: int) -> str:
    """A slot's page, by which a letter's row names it."""
    return f"/pass/{slot_id}"


def opening_facts(slots: list[dict[str, Any]], *, phone: str) -> dict[str, Any]:
    """What the letter of an opening says of the slots of these rows. A lone title stands in its subject."""
    return {"slots": slots, **({"title": slots[0]["title"]} if len(slots) == 1 else {}), "phone": phone}


def with_slots(payload: dict[str, Any], slots: list[dict[str, Any]]) -> dict[str, Any]:
    """A letter's facts with these rows in place of those that it had."""
    if "wishes" in payload:  # a digest
        return {**payload, "slots": slots}
    return opening_facts(slots, phone=payload["phone"])
