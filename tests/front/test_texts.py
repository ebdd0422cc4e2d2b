"""The organisation's own texts on the public pages: an allowlist of Markdown, two languages, two people at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.front import services
from booking.front.rules import Block, OnlyEnglish, Piece, TextChangedMeanwhile, TextPage, blocks
from tests.accounts.people import employ, inside
from tests.bookings.world import rows, value
from tests.builders import NOW, act
from tests.page import Page, visit

TEXT = (
    "## Vi som ordnar\n\nBiblioteken i Osby\nordnar allt.\n\n- Kom som du är\n- Ring [oss](https://osby.example/ring)"
)
SHIPPED = "Välj ett pass"


@pytest.fixture
def at_ten() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def astrid(sqlite_app: Flask, at_ten: None) -> FlaskClient:
    return inside(sqlite_app.test_client(), employ("Astrid", Post(Role.ADMINISTRATOR), now=NOW), now=NOW)


def save(page: Page, typed: dict[str, str], *, status: int = 200) -> Page:
    return page.submit(page.forms[1], typed, status=status)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("", []),
        ("Ett\ntvå\n\ntre", [Block("p", [[Piece("Ett två")]]), Block("p", [[Piece("tre")]])]),
        ("## Rubrik\n- ett\n* två", [Block("h2", [[Piece("Rubrik")]]), Block("ul", [[Piece("ett")], [Piece("två")]])]),
        (
            "Skriv till [oss](mailto:a@b.se), eller ring.",
            [Block("p", [[Piece("Skriv till "), Piece("oss", "mailto:a@b.se"), Piece(", eller ring.")]])],
        ),
        ("[x](javascript:alert(1))", [Block("p", [[Piece("[x](javascript:alert(1))")]])]),
        ("[x](//e.se)", [Block("p", [[Piece("[x](//e.se)")]])]),
        ('[x](https://e.se"onclick=1)', [Block("p", [[Piece('[x](https://e.se"onclick=1)')]])]),
        ("# inte rubrik", [Block("p", [[Piece("# inte rubrik")]])]),
        ("![bild](https://e.se/x.png)", [Block("p", [[Piece("!"), Piece("bild", "https://e.se/x.png")]])]),
    ],
)
def test_of_markdown_only_headings_lists_paragraphs_and_links_are_known(written: str, shown: list[Block]) -> None:
    """Requirement C10."""
    assert blocks(written) == shown


def test_an_own_text_stands_instead_of_the_shipped_one_until_it_is_emptied(astrid: FlaskClient) -> None:
    page = visit(astrid, "/personal/texter").follow("Om oss")
    page = save(page, {"svenska": TEXT})
    assert "Egen text" in page.text

    public = visit(astrid, "/om")
    assert next(heading.text for heading in public.root.all("h2")) == "Vi som ordnar"
    assert "Biblioteken i Osby ordnar allt." in public.text
    assert public.links["oss"] == "https://osby.example/ring"
    assert SHIPPED not in public.text

    save(page.follow("Om oss"), {"svenska": "", "engelska": ""})

    assert SHIPPED in visit(astrid, "/om").text


def test_readers_of_english_get_the_english_text_or_the_swedish_one_marked_as_such(astrid: FlaskClient) -> None:
    services.write_text(TextPage.PRIVACY, sv="Vi sparar lite.", en="", act=act())
    page = visit(astrid, "/en/personuppgifter")
    assert "Vi sparar lite." in page.text
    assert [part.get("lang") for part in page.root.all("div") if part.get("lang")] == ["sv"]

    services.write_text(TextPage.PRIVACY, sv="Vi sparar lite.", en="We keep little.", act=act())

    assert "We keep little." in visit(astrid, "/en/personuppgifter").text
    assert "Vi sparar lite." in visit(astrid, "/personuppgifter").text


def test_the_accessibility_statement_keeps_what_the_law_asks_for(astrid: FlaskClient) -> None:
    """Requirement I6: the gaps are the organisation's to tell, the rest of the statement stays, the date follows."""
    services.write_text(TextPage.ACCESSIBILITY, sv="- Filmerna saknar syntolkning.", en="", act=act())

    page = visit(astrid, "/tillganglighet")

    assert "Filmerna saknar syntolkning." in page.text
    assert "https://www.digg.se/tdosanmalan" in page.links.values()
    assert "23 november 2026" in page.text


@pytest.mark.parametrize("hostile", ["{{ 7*7 }}", "{% for a in b %}", "${7*7}", "<svg onload=alert(1)>", "<b>fet</b>"])
def test_whatever_else_is_written_is_text(astrid: FlaskClient, hostile: str) -> None:
    """Requirements C9 and C10."""
    services.write_text(TextPage.ABOUT, sv=f"Hej {hostile} där.", en="", act=act())

    page = visit(astrid, "/om", typed=hostile)

    assert f"Hej {hostile} där." in page.text
    assert not list(page.root.all("b"))


def test_two_who_write_the_same_text_see_both(astrid: FlaskClient) -> None:
    """Requirement A14."""
    page = visit(astrid, "/personal/texter/om")
    services.write_text(TextPage.ABOUT, sv="Hennes text.", en="", act=act())

    refused = save(page, {"svenska": "Min text."}, status=422)

    assert [told.text.partition(": ")[2] for told in refused.root.all("dd")] == ["Hennes text.", "Min text."]
    assert refused.forms[1].fields["svenska"] == "Min text."
    assert value("SELECT sv FROM page_texts") == "Hennes text."
    save(refused, {})
    assert rows("SELECT sv, version FROM page_texts") == [("Min text.", 2)]


def test_a_text_is_written_with_its_trail_on_both_databases(app: Flask) -> None:
    services.write_text(TextPage.ABOUT, sv="Ett.", en="One.", version=0, act=act())
    services.write_text(TextPage.ABOUT, sv="Ett.", en="One.", version=1, act=act())
    with pytest.raises(TextChangedMeanwhile):
        services.write_text(TextPage.ABOUT, sv="Två.", en="", version=0, act=act())
    with pytest.raises(OnlyEnglish):
        services.write_text(TextPage.ABOUT, sv="", en="Two.", version=1, act=act())

    assert rows("SELECT page, sv, en, version FROM page_texts") == [("about", "Ett.", "One.", 1)]
    assert rows("SELECT verb, subject FROM audit_entries") == [("write_page_text", "page:about")]


def test_a_text_that_cannot_be_used_is_refused_and_stays_typed(astrid: FlaskClient) -> None:
    page = visit(astrid, "/personal/texter/om")
    for typed in ("x" * 6_001, "Ring Siv, 640823-3234."):
        refused = save(page, {"svenska": typed}, status=422)
        assert [field for field, _ in refused.errors] == ["svenska"]
        assert refused.forms[1].fields["svenska"].strip() == typed
    assert astrid.get("/personal/texter/nagot").status_code == 404
