"""Find the English messages in the source: what the catalogues must translate. `python -m booking.deploy.extracting`
brings `booking/translations/sv` up to date: new messages come empty, for a person to translate; gone ones are dropped."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {"booking": [("**.py", "python")], "templates": [("**.html", "jinja2"), ("**.txt", "jinja2")]}
KEYWORDS = {
    "_": None,
    "N_": None,
    "L_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "lazy_gettext": None,
    "NN_": (1, 2),
}


def messages() -> Catalog:
    """Every message of the source, with the files it stands in. Takes about a second."""
    found = Catalog(locale="sv", project="Kodplats", charset="utf-8", fuzzy=False)
    for folder, methods in SOURCES.items():
        options = {pattern: {"trimmed": "true"} for pattern, _ in methods}
        # Babel leaves out folders that begin with "_" unless told: ours hold the layout and the parts.
        for filename, _line, message, _comments, context in extract_from_dir(
            ROOT / folder,
            method_map=methods,
            options_map=options,
            keywords=KEYWORDS,
            directory_filter=lambda path: Path(path).name != "__pycache__",
        ):
            found.add(message, locations=[(f"{folder}/{filename}", 0)], context=context)
    return found


def update(path: Path) -> Catalog:
    """The catalogue in `path`, brought up to date with the source; written back, sorted by message."""
    with path.open("rb") as file:
        known = read_po(file, locale=path.parent.parent.name)
    fresh = messages()
    for message in fresh:
        before = known.get(message.id, message.context)
        if message.id and before is not None and not before.fuzzy:
            message.string = before.string
    with path.open("wb") as file:
        write_po(file, fresh, sort_output=True, no_location=True, omit_header=False, width=120)
    return fresh


if __name__ == "__main__":
    for catalogue in sorted((ROOT / "booking" / "translations").glob("*/LC_MESSAGES/*.po")):
        update(catalogue)
