"""How the letters to staff read: the same in text and HTML, in both languages, without whom and why."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from booking.outbox import rendering

KINDS = ("asked", "relieved", "unled", "swap", "swapped", "not swapped")


def facts_of(kind: str) -> dict[str, Any]:
    one = {
        "title": {"sv": "Robotlek", "en": "Robot play"},
        "starts_at": "2026-11-25T14:30:00+00:00",
        "ends_at": "2026-11-25T15:15:00+00:00",
        "place_name": "Tollarps bibliotek",
        "slot_id": 12,
    }
    own: dict[str, dict[str, Any]] = {
        "relieved": {
            "meetings": [
                {**one, "what": "instead", "name": "Nils"},
                {**one, "what": "open", "name": ""},
                {**one, "what": "off", "name": ""},
            ]
        },
        "swap": {"name": "Tove"},
        "swapped": {"name": "Nils", "is_yes": True},
        "not swapped": {"name": "Nils", "is_yes": False},
    }
    return {"meetings": [one], **own.get(kind, {})}


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_says_the_same_in_text_and_html(sqlite_app: Flask, kind: str, language: str) -> None:
    words = rendering.render(f"desk/{kind.removeprefix('not ')}", payload=facts_of(kind), language=language)

    plain = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", words.html))
    for piece in ("Tollarps bibliotek", "Robotlek" if language == "sv" else "Robot play", "2026"):
        assert piece in words.text
        assert piece in plain
    assert ("Hej!" if language == "sv" else "Hello!") in words.text
    assert "/personal" in words.text
    assert words.subject
    assert "{" not in words.text


def test_the_one_who_is_away_reads_what_became_of_each_meeting(sqlite_app: Flask) -> None:
    words = rendering.render("desk/relieved", payload=facts_of("relieved"), language="sv")

    assert "Nils leder det i stället." in words.text
    assert "Vi letar efter någon annan." in words.text
    assert "Passet är inställt." in words.text
