"""How the letters read: the same in text and HTML, in both languages, and whatever the places and titles are called."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from booking.outbox import rendering
from tests.outbox.test_rendering import HOSTILE, Tags

LINK = {"purpose": "subscription", "nonce": "5e" * 32}
KINDS = ("confirm", "known", "digest", "digest of many", "opening", "opening of many")


def facts_of(kind: str, text: str = "Tollarps bibliotek") -> tuple[str, dict[str, Any]]:
    """A letter's template and its payload, with `text` wherever people's words stand."""
    wish = {"place": {"sv": text, "en": text}, "age": 5, "path": "/pass?var=tollarp&alder=5"}
    slot = {
        "title": {"sv": text, "en": text},
        "starts_at": "2026-11-25T14:30:00+00:00",
        "ends_at": "2026-11-25T16:00:00+00:00",
        "opens_at": None,
        "age_min": 4,
        "age_max": 6,
        "place_name": text,
        "place_kind": "branch",
        "state": "open",
        "path": "/pass/12",
    }
    soon = {**slot, "state": "soon", "opens_at": "2026-11-24T08:00:00+00:00"}
    free, queue = {**slot, "state": "free", "place_kind": "stop"}, {**slot, "state": "queue"}
    digest = {"wishes": [wish], "link": LINK, "unsubscribe": {**LINK, "purpose": "unsubscribe"}}
    anywhere = {**wish, "place": None, "age": None, "path": "/pass"}
    kinds: dict[str, tuple[str, dict[str, Any]]] = {
        "confirm": ("subscriptions/confirm", {"known": False, "wish": wish, "link": LINK}),
        "known": ("subscriptions/confirm", {"known": True, "wish": anywhere, "link": LINK}),
        "digest": ("subscriptions/digest", {**digest, "slots": [slot], "more": 0}),
        "digest of many": (
            "subscriptions/digest",
            {**digest, "slots": [slot, soon, free, queue], "more": 3, "wishes": [wish, anywhere]},
        ),
        "opening": ("subscriptions/opening", {"slots": [slot], "title": slot["title"], "phone": text}),
        "opening of many": ("subscriptions/opening", {"slots": [slot, queue], "phone": text}),
    }
    return kinds[kind]


def render(kind: str, language: str = "sv", text: str = "Tollarps bibliotek") -> rendering.Words:
    template, payload = facts_of(kind, text)
    return rendering.render(template, payload=payload, language=language)


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_says_the_same_in_text_and_html(sqlite_app: Flask, kind: str, language: str) -> None:
    words = render(kind, language)

    read = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", words.html.split("</head>")[1])).replace("&#39;", "'")
    for sentence in filter(None, words.text.splitlines()):
        if not sentence.startswith(("http", "--")):
            for piece in re.split(r"[.,:] ?", sentence):
                assert piece.strip() in read
    assert "\n\n\n" not in words.text
    addresses = set(re.findall(r"https?://\S+", words.text))
    assert addresses == {link.replace("&amp;", "&") for link in Tags(words.html).links if link.startswith("http")}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_names_stay_text(sqlite_app: Flask, kind: str, text: str) -> None:
    expected = [tag for tag, _ in Tags(render(kind).html).found]

    words = render(kind, text=text)

    assert [tag for tag, _ in Tags(words.html).found] == expected
    assert "49" not in re.sub(r"https?://\S+", "", words.text)  # a secret may well hold it
    assert "\nBcc" not in words.text
    assert "\r" not in words.text
    assert "\u202e" not in words.text + words.html


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_fetches_nothing_and_runs_nothing(sqlite_app: Flask, kind: str) -> None:
    html = render(kind).html

    tags = Tags(html).found
    assert not {"img", "script", "link", "iframe", "object", "video", "form", "style"} & {tag for tag, _ in tags}
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on") or name == "src"]


def test_only_digests_can_be_unsubscribed_from(sqlite_app: Flask) -> None:
    assert [kind for kind in KINDS if render(kind).unsubscribe] == ["digest", "digest of many"]


def test_the_question_says_what_was_asked_for_and_has_one_link(sqlite_app: Flask) -> None:
    words = render("confirm")

    assert words.subject == "Vill du få mejl om nya pass?"
    assert "Tollarps bibliotek, 5 år" in words.text
    assert "Ja, mejla mig:\nhttp" in words.text
    assert words.text.count("http") == 1


def test_a_digest_in_english_leads_to_english_pages(sqlite_app: Flask) -> None:
    words = render("digest of many", "en")

    assert words.subject == "New workshops for you"
    assert "Wednesday 25 November 2026 15:30–17:00" in words.text
    assert "/en/pass?var=tollarp&alder=5" in words.text
    assert "All places, all ages" in words.text
    assert "There are 3 more." in words.text
