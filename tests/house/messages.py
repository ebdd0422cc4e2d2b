"""The messages of the source, and the catalogue brought up to date with them.

    python -m tests.house.messages      adds what is new to the Swedish catalogue, empty, and takes out what is gone

Nothing is guessed: a changed English sentence is a new one, to be translated anew.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import polib
from babel.messages.extract import extract_from_dir

from booking.web.language import DEFAULT, TRANSLATIONS
from tests.support.missing import PROJECT

CATALOGUE = TRANSLATIONS / DEFAULT / "LC_MESSAGES" / "messages.po"
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "N_": None,
    "L_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
HEADER = {
    "Project-Id-Version": "Kodplats",
    "Language": DEFAULT,
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}


class Message(NamedTuple):
    """An English sentence of the source; `plural` is "" when it does not count."""

    one: str
    plural: str = ""


def of_the_source() -> dict[Message, str]:
    """Every message of package and templates, with the file that says it first."""
    found: dict[Message, str] = {}
    for folder, methods in (
        ("booking", [("**.py", "python")]),
        ("templates", [("**.html", "jinja2"), ("**.txt", "jinja2")]),
    ):
        for name, _, message, _, _ in extract_from_dir(
            # Babel leaves out folders that begin with an underscore; ours hold the layout.
            PROJECT / folder,
            methods,
            keywords=KEYWORDS,
            directory_filter=lambda _folder: True,
        ):
            texts = message if isinstance(message, tuple) else (message,)
            found.setdefault(Message(*texts), f"{folder}/{name}")
    return found


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def renew() -> tuple[list[str], list[str]]:
    """Bring the catalogue up to date; gives what was added and what was taken out."""
    source = of_the_source()
    old = polib.pofile(str(CATALOGUE)) if CATALOGUE.exists() else polib.POFile()
    known = {Message(entry.msgid, entry.msgid_plural): entry for entry in old if not entry.obsolete}
    new = polib.POFile(wrapwidth=100)
    new.metadata = dict(HEADER)
    for message, name in sorted(source.items(), key=lambda item: (item[1], item[0])):
        entry = known.get(message) or polib.POEntry(
            msgid=message.one,
            msgid_plural=message.plural,
            msgstr_plural={0: "", 1: ""} if message.plural else {},
        )
        entry.occurrences = [(name, "")]
        entry.flags = ["python-format"] if placeholders(message.one + message.plural) else []
        new.append(entry)
    new.save(str(CATALOGUE))
    return [message.one for message in source.keys() - known.keys()], [
        message.one for message in known.keys() - source.keys()
    ]


if __name__ == "__main__":
    added, gone = renew()
    for sign, messages in (("+", added), ("-", gone)):
        for text in sorted(messages):
            print(sign, text)
