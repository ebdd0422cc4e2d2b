"""Compile the translations: a missing one falls back to English without any error, so build and bootstrap both do it.

Run as a program it compiles what is older than its source. Knows nothing of the application: the wheel's build calls it
where only Babel is installed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "translations"


def stale(folder: Path = FOLDER) -> list[Path]:
    """The `.po` files without a newer `.mo` beside them."""
    return [source for source in sorted(folder.glob("*/LC_MESSAGES/*.po")) if _is_stale(source)]


def compile_all(sources: Iterable[Path]) -> None:
    """Write each source's `.mo` beside it. Fuzzy messages are left out, as gettext does."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in sources:
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        finished = source.with_suffix(".mo")
        # Written aside and moved: a server that starts meanwhile never reads half a catalogue.
        aside = finished.with_suffix(".mo.new")
        with aside.open("wb") as out:
            write_mo(out, catalogue)
        aside.replace(finished)


def _is_stale(source: Path) -> bool:
    finished = source.with_suffix(".mo")
    return not finished.exists() or finished.stat().st_mtime < source.stat().st_mtime


if __name__ == "__main__":
    compile_all(stale(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
