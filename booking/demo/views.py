"""The demo's letters, shown instead of sent."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.guards import public
from booking.outbox import queries, rendering
from booking.outbox.queries import LetterRow
from booking.outbox.rendering import Words
from booking.outbox.rules import LetterState

bp = Blueprint("demo", __name__)

SHOWN = 100


@bp.get("/demo/brev")
@public
def letters() -> ResponseReturnValue:
    """The letters written last, newest first."""
    rows = [_row(letter) for letter in queries.newest(limit=SHOWN)]
    return _unkept(render_template("demo/letters.html", letters=rows))


@bp.get("/demo/brev/<int:number>")
@public
def letter(number: int) -> ResponseReturnValue:
    """One letter as its reader gets it, the text part."""
    found = _letter_or_404(number)
    words = _words(found)
    shown = {
        "to": found.recipient,
        "subject": words.subject,
        "created_at": found.created_at,
        "sent_at": found.sent_at,
        "is_withdrawn": found.state is LetterState.WITHDRAWN,
        "text": words.text,
        "html_url": url_for("demo.letter_html", number=number),
    }
    return _unkept(render_template("demo/letter.html", letter=shown))


@bp.get("/demo/brev/<int:number>/html")
@public
def letter_html(number: int) -> ResponseReturnValue:
    """The HTML part as a page.

    A letter carries its style in its markup, which no page of ours may (requirement E6): here the same rules come in a
    style sheet of their own.
    """
    html, _ = _styles_apart(_words(_letter_or_404(number)).html)
    sheet = f'<link rel="stylesheet" href="{url_for("demo.letter_style", number=number)}">\n</head>'
    return _unkept(html.replace("</head>", sheet, 1))


@bp.get("/demo/brev/<int:number>/html.css")
@public
def letter_style(number: int) -> ResponseReturnValue:
    """The style of the letter's HTML part."""
    _, sheet = _styles_apart(_words(_letter_or_404(number)).html)
    answer = _unkept(sheet)
    answer.mimetype = "text/css"
    return answer


def _row(letter: LetterRow) -> dict[str, Any]:
    return {
        "id": letter.id,
        "url": url_for("demo.letter", number=letter.id),
        "to": letter.recipient,
        "subject": rendering.subject(letter.kind, payload=letter.payload, language=letter.language),
        "created_at": letter.created_at,
        "sent_at": letter.sent_at,
        "is_withdrawn": letter.state is LetterState.WITHDRAWN,
        "kind": letter.kind,
    }


def _letter_or_404(number: int) -> LetterRow:
    return queries.by_id(number) or abort(404)


def _words(letter: LetterRow) -> Words:
    return rendering.render(letter.kind, payload=letter.payload, language=letter.language)


def _styles_apart(html: str) -> tuple[str, str]:
    """The markup with a class for each style attribute, and the sheet that belongs to the classes.

    What people wrote is escaped, so a style attribute is always the template's own.
    """
    names: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        return f'class="{names.setdefault(found[1], f"s{len(names)}")}"'

    apart = re.sub(r'style="([^"]*)"', named, html)
    return apart, "\n".join(f".{name} {{{rules}}}" for rules, name in names.items())


def _unkept(body: str) -> Response:
    """Letters hold secret links: nobody on the way may keep them."""
    answer = make_response(body)
    answer.headers["Cache-Control"] = "no-store"
    return answer
