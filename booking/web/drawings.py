"""Our own SVG drawings, put inline: then the page's colours reach them, in both themes, under a strict CSP."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

OPENING = re.compile(r"<svg([^>]*)>")
NAMESPACE = re.compile(r' xmlns="[^"]*"')
SIZE = re.compile(r' (?:width|height)="[^"]*"')
KEPT = 256


class Drawings:
    """The SVG files of a folder, each read once. The files are our own markup: nothing in them comes from people."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inline = lru_cache(KEPT)(self._inline)
        self.sheet = lru_cache(KEPT)(self._sheet)

    def _inline(self, name: str, class_: str = "i") -> Markup:
        """The drawing as an element of that class, hidden from screen readers since words stand beside it."""
        return self._element("svg", name, f'class="{class_}" aria-hidden="true"')

    def _sheet(self, *names: str) -> Markup:
        """Drawings that a page shows many times: written once, then drawn by `<use href="#sign-robot">`."""
        symbols = Markup("").join(self._element("symbol", name, f'id="sign-{name}"') for name in sorted(set(names)))
        return Markup('<svg class="sheet" aria-hidden="true">{}</svg>').format(symbols)

    def _element(self, element: str, name: str, attributes: str) -> Markup:
        text = (self.folder / f"{name}.svg").read_text(encoding="utf-8").strip()
        opening = OPENING.match(text)
        if opening is None:
            raise ValueError(f"{name}.svg does not begin with an svg element")
        own = NAMESPACE.sub("", opening[1])
        if element == "symbol":
            own = SIZE.sub("", own)
        inner = text[opening.end() :].removesuffix("</svg>")
        return Markup(f"<{element} {attributes}{own}>{inner}</{element}>")  # noqa: S704 our own files, see above
