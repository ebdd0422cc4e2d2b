"""Swedish is complete: every message of the source is translated, none is fuzzy, none is left over."""

from __future__ import annotations

import ast
from pathlib import Path

import polib
import pytest

from booking.web.language import TRANSLATIONS
from tests.house.messages import CATALOGUE, KEYWORDS, Message, of_the_source, placeholders
from tests.support.missing import PROJECT


@pytest.fixture(scope="module")
def catalogue() -> dict[Message, polib.POEntry]:
    return {Message(entry.msgid, entry.msgid_plural): entry for entry in polib.pofile(str(CATALOGUE))}


def _words(entry: polib.POEntry | polib.MOEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_message_of_the_source_is_in_the_catalogue(catalogue: dict[Message, polib.POEntry]) -> None:
    missing = {message.one: where for message, where in of_the_source().items() if message not in catalogue}

    assert missing == {}, "run: python -m tests.house.messages"


def test_no_message_is_left_over(catalogue: dict[Message, polib.POEntry]) -> None:
    assert {message.one for message in catalogue.keys() - of_the_source().keys()} == set()


def test_every_message_is_translated_and_none_is_a_guess(catalogue: dict[Message, polib.POEntry]) -> None:
    assert [entry.msgid for entry in catalogue.values() if not all(_words(entry))] == []
    assert [entry.msgid for entry in catalogue.values() if entry.fuzzy or entry.obsolete] == []


def test_translations_keep_the_placeholders(catalogue: dict[Message, polib.POEntry]) -> None:
    """In a message that counts, the singular may say "ett" instead of the number."""
    wrong = []
    for message, entry in catalogue.items():
        allowed = placeholders(message.one + message.plural)
        for words in filter(None, _words(entry)):
            lost = placeholders(message.one) & placeholders(message.plural or message.one) - placeholders(words) - {
                "num"
            }
            if placeholders(words) - allowed or lost:
                wrong.append((message.one, words))

    assert wrong == []


def test_translations_begin_and_end_as_their_messages(catalogue: dict[Message, polib.POEntry]) -> None:
    wrong = [
        (message.one, words)
        for message, entry in catalogue.items()
        for words in filter(None, _words(entry))
        if (words[:1].isspace(), words[-1:].isspace()) != (message.one[:1].isspace(), message.one[-1:].isspace())
        or (message.one[-1] in ".!?:" and words[-1] not in ".!?:")
    ]

    assert wrong == []


def test_the_compiled_catalogue_is_the_newest() -> None:
    """Pages read the compiled one; `make test` compiles it before it starts."""
    compiled = TRANSLATIONS / "sv" / "LC_MESSAGES" / "messages.mo"
    told = {(entry.msgid, entry.msgid_plural): _words(entry) for entry in polib.mofile(str(compiled)) if entry.msgid}

    assert told == {
        (e.msgid, e.msgid_plural): _words(e) for e in polib.pofile(str(CATALOGUE)) if all(_words(e)) and not e.fuzzy
    }


def hidden_messages(source: str) -> list[int]:
    """The lines on which a message is called for inside an f-string, where Babel does not find it."""
    found = {
        call.lineno
        for text in ast.walk(ast.parse(source))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call)
        and (call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")) in KEYWORDS
    }
    return sorted(found)


def test_no_message_hides_in_an_f_string() -> None:
    hidden = {
        str(path.relative_to(PROJECT)): lines
        for path in Path(PROJECT / "booking").rglob("*.py")
        if (lines := hidden_messages(path.read_text(encoding="utf-8")))
    }

    assert hidden == {}
    assert hidden_messages("x = 1\ny = f\"{gettext('Our bookings')} – {name:{texts._('a')}}\"") == [2]
