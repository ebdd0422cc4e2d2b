"""The texts that an organisation may write on its public pages, and the little of Markdown that they know. Pure.

An allowlist (requirement C10): headings, lists, paragraphs, links to https, http and mailto. Whatever else somebody
writes is text and is shown as text; templates put the pieces into the page and escape them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from booking.kernel.refusal import N_, Refused


class TextPage(StrEnum):
    """Which text: a whole page, or of the accessibility statement the part that tells what does not work."""

    ABOUT = "about"
    ACCESSIBILITY = "accessibility"
    PRIVACY = "privacy"


class TextChangedMeanwhile(Refused):
    message = N_(
        "Somebody else has changed this since you opened the page. Nothing was saved. Compare below, correct what you "
        "wrote if you need to, and save once more."
    )


class OnlyEnglish(Refused):
    message = N_("Write the Swedish text, too: it is the first.")
    field = "sv"


class Piece(NamedTuple):
    """Some words; with `url`, a link."""

    words: str
    url: str = ""


class Block(NamedTuple):
    """A heading ("h2"), a paragraph ("p") or a list ("ul"); a list has several lines, the others one."""

    kind: str
    lines: list[list[Piece]]


_LINK = re.compile(r"\[([^\[\]]{1,200})\]\(((?:https?://|mailto:)[^\s()<>\"']{1,500})\)")


def blocks(written: str) -> list[Block]:
    """A text as the page shows it: "## " begins a heading, "- " a line of a list, an empty line parts paragraphs."""
    found: list[Block] = []
    for kind, group in groupby(written.split("\n"), key=_kind):
        lines = [line.strip() for line in group]
        if kind == "h2":
            found += [Block("h2", [_pieces(line.lstrip("#").strip())]) for line in lines]
        elif kind == "ul":
            found.append(Block("ul", [_pieces(line[1:].strip()) for line in lines]))
        elif kind == "p":
            found.append(Block("p", [_pieces(" ".join(lines))]))
    return found


def _kind(line: str) -> str:
    line = line.strip()
    if not line:
        return ""
    if line.startswith("## "):
        return "h2"
    return "ul" if line.startswith(("- ", "* ")) else "p"


def _pieces(line: str) -> list[Piece]:
    return list(_cut(line))


def _cut(line: str) -> Iterator[Piece]:
    at = 0
    for link in _LINK.finditer(line):
        if link.start() > at:
            yield Piece(line[at : link.start()])
        yield Piece(link[1], link[2])
        at = link.end()
    if at < len(line):
        yield Piece(line[at:])
