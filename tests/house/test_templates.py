"""Templates keep to the house: each is used, none carries style or script of its own, each form carries its token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.missing import PROJECT

TEMPLATES, STATIC, PACKAGE = PROJECT / "templates", PROJECT / "static", PROJECT / "booking"
# Mail clients load no style sheet, and the sender builds a letter's name: `tests/outbox` watches over these.
LETTERS = "letters/"
LINES = 60

REFERENCE = re.compile(r"""\{%-?\s*(?:extends|include|import|from)\s+["']([^"']+)["']""")
LAYOUT = re.compile(r'^\{% extends "_layout/(?:base|private|staff)\.html" %\}$', re.MULTILINE)
NAMED_IN_PYTHON = re.compile(r'"([\w/]+\.html)"')
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
EXPRESSION = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)

FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*="),
    "a style element": re.compile(r"<style\b"),
    # Data for search engines runs nothing; a script must come from a file of ours.
    "a script inside the page": re.compile(r'<script(?![^>]*\bsrc=)(?! type="application/ld\+json")'),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*="),
    "a javascript address": re.compile(r"javascript:", re.IGNORECASE),
}
UNESCAPED = re.compile(r"\|\s*safe\b|\{%-?\s*autoescape|\bMarkup\b")
FOREIGN = re.compile(
    r"""(?:src|srcset|poster|data|action)\s*=\s*["'](?:https?:)?//|<link[^>]*href\s*=\s*["'](?:https?:)?//"""
)


def _pages() -> Iterator[tuple[str, str]]:
    for path in sorted(TEMPLATES.rglob("*.html")):
        name = path.relative_to(TEMPLATES).as_posix()
        if not name.startswith(LETTERS):
            yield name, COMMENT.sub("", path.read_text(encoding="utf-8"))


def _sheets() -> Iterator[tuple[Path, str]]:
    for path in sorted((STATIC / "css").glob("*.css")):
        yield path, path.read_text(encoding="utf-8")


PAGES = dict(_pages())
RENDERED = {
    name for path in PACKAGE.rglob("*.py") for name in NAMED_IN_PYTHON.findall(path.read_text(encoding="utf-8"))
}


def test_given_all_templates_when_what_uses_them_is_counted_then_none_is_left_over_and_none_is_missing() -> None:
    named = {name for text in PAGES.values() for name in REFERENCE.findall(text)}

    used = {name for name in RENDERED | named if not name.startswith(LETTERS)}

    assert used == set(PAGES)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_given_a_strict_content_policy_when_templates_are_read_then_none_holds(what: str) -> None:
    # Expressions may hold any sign; only the markup around them is judged.
    markup = {name: EXPRESSION.sub("", text) for name, text in PAGES.items()}

    found = {name: FORBIDDEN[what].findall(text) for name, text in markup.items() if FORBIDDEN[what].search(text)}

    assert found == {}


def test_given_texts_that_people_wrote_when_templates_show_them_then_nothing_goes_out_unescaped() -> None:
    found = [name for name, text in PAGES.items() if UNESCAPED.search(text)]

    assert found == []


def test_given_visitors_who_trust_us_when_pages_and_sheets_load_files_then_all_are_our_own() -> None:
    outside = [name for name, text in PAGES.items() if FOREIGN.search(text)]
    imported = [path.name for path, text in _sheets() if re.search(r"@import|https?:", text)]
    missing = [
        address
        for path, text in _sheets()
        for address in re.findall(r'url\("([^"]+)"\)', text)
        if not (path.parent / address).is_file()
    ]

    assert (outside, imported, missing) == ([], [], [])


def test_given_a_page_of_its_own_when_it_is_rendered_then_it_stands_in_the_layout() -> None:
    # What a view renders is a page, unless its name says that it is a part.
    pages = {name for name in PAGES.keys() & RENDERED if not re.search(r"(?:^|/)_", name)}

    bare = [name for name in sorted(pages) if not LAYOUT.search(PAGES[name])]

    assert pages
    assert bare == []


def test_given_a_form_that_changes_something_when_it_is_drawn_then_it_carries_its_token() -> None:
    forms = {
        f"{name}: {found[:60]}": found
        for name, text in PAGES.items()
        for found in re.findall(r"<form\b.*?</form>", text, re.DOTALL)
        if re.search(r'method="post"', found)
    }

    without = [name for name, found in forms.items() if "csrf_token" not in found]

    assert forms
    assert without == []


def test_given_drawings_asked_for_by_name_when_the_folder_is_read_then_each_is_there() -> None:
    asked = {name for text in PAGES.values() for name in re.findall(r'\bsign\("([\w-]+)"', text)}
    sheets = {
        name
        for text in PAGES.values()
        for call in re.findall(r"sign_sheet\(([^)]*)\)", text)
        for name in re.findall(r'"([\w-]+)"', call)
    }

    missing = [name for name in sorted(asked | sheets) if not (STATIC / "img" / f"{name}.svg").is_file()]

    assert asked
    assert sheets
    assert missing == []


def test_given_a_reader_of_templates_when_one_is_opened_then_it_fits_on_a_screen() -> None:
    long = {name: text.count("\n") for name, text in PAGES.items() if text.count("\n") > LINES}

    # Macros are read one at a time.
    assert {name for name in long if not name.startswith("_parts/")} == set()
