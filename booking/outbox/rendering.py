"""From a letter's facts to words: the templates letters/<room>/<name>.{txt,html}, in the letter's own language.

The templates see the payload with its facts made ready (see `told`), `language`, `page(path)` for a public address, the
filters of the pages, and nothing of any request: the same letter reads the same wherever it is rendered.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import flask_babel
from flask import current_app
from jinja2 import Template

from booking.kernel import token as tokens
from booking.outbox import invitation
from booking.outbox.invitation import Invitation
from booking.outbox.rules import as_one_line, fits_header
from booking.settings import Settings, current

# flask-babel carries no types.
force_locale: Callable[[str], AbstractContextManager[None]] = flask_babel.force_locale

DEFAULT_LANGUAGE = "sv"
TITLE_LENGTH = 100


@dataclass(frozen=True)
class Words:
    """A letter as it is read. `text` always stands beside `html` (requirement G5). `invitation`: what it does to the
    reader's calendar. `unsubscribe` is the address of the payload's link of that name, for the letter's head; "" in
    letters that nobody subscribes to."""

    subject: str
    text: str
    html: str
    invitation: Invitation | None = None
    unsubscribe: str = ""


def render(kind: str, *, payload: dict[str, Any], language: str) -> Words:
    """The letter in words. Runs no query. Raises what Jinja raises for a missing template or fact."""
    facts = _facts(payload, language)
    with force_locale(language):
        plain = _template(kind, "txt")
        return Words(
            subject=_subject(plain, facts),
            text=_tidy(plain.render(facts)),
            html=_template(kind, "html").render(facts),
            invitation=invitation.of_letter(facts, page=facts["page"]),
            unsubscribe=facts.get("unsubscribe", ""),
        )


def subject(kind: str, *, payload: dict[str, Any], language: str) -> str:
    """The subject alone, for lists."""
    facts = _facts(payload, language)
    with force_locale(language):
        return _subject(_template(kind, "txt"), facts)


def told(value: Any, *, language: str, key: str = "") -> Any:
    """A payload's value as templates want it.

    A text in several languages ({"sv": …, "en": …}) becomes the text in `language`, in Swedish where that is missing;
    {"purpose": …, "nonce": …} becomes the link's address; a text under a key that ends in `_at` an instant, one under
    `ref` a booking number as it is read aloud. Every other text is put on one line: a title with line breaks would
    otherwise write lines of its own into the letter.
    """
    if isinstance(value, dict):
        if "nonce" in value:
            return link_address(value, language=language, settings=current())
        if DEFAULT_LANGUAGE in value:
            return as_one_line(value.get(language) or value[DEFAULT_LANGUAGE] or "")
        return {name: told(part, language=language, key=name) for name, part in value.items()}
    if isinstance(value, list):
        return [told(part, language=language) for part in value]
    if isinstance(value, str):
        return _told_text(value, key)
    return value


def link_address(link: dict[str, str], *, language: str, settings: Settings) -> str:
    """The address of a secret link, made only now: neither payload nor database holds it (requirements F1, G7)."""
    token = tokens.make(settings.key, link["purpose"], bytes.fromhex(link["nonce"]))
    return page_address(f"/l/{token}", language=language, settings=settings)


def page_address(path: str, *, language: str, settings: Settings) -> str:
    """A page's address in the letter's language, from the configured base address and never from a request."""
    return settings.site(language) + path


def _facts(payload: dict[str, Any], language: str) -> dict[str, Any]:
    settings = current()

    def page(path: str) -> str:
        return page_address(path, language=language, settings=settings)

    return {
        **{name: told(value, language=language, key=name) for name, value in payload.items()},
        "language": language,
        "page": page,
        "place_line": invitation.place_line,
        "settings": settings,
    }


def _told_text(text: str, key: str) -> Any:
    if key.endswith("_at"):
        return dt.datetime.fromisoformat(text)
    return tokens.shown_ref(text) if key == "ref" else as_one_line(text)


def _template(kind: str, ending: str) -> Template:
    return current_app.jinja_env.get_template(f"letters/{kind}.{ending}")


def _subject(plain: Template, facts: dict[str, Any]) -> str:
    """The fixed words of the template's heading, and the activity's title where that may stand in a mail's head.

    A hostile title costs the letter its title, not the family its letter.
    """
    heading = as_one_line("".join(plain.blocks["heading"](plain.new_context(facts))))
    title = facts.get("title", "")
    if len(title) > TITLE_LENGTH:
        title = title[: TITLE_LENGTH - 1].rstrip() + "…"
    return f"{heading}: {title}" if fits_header(title) else heading


def _tidy(text: str) -> str:
    """Plain text without the gaps that template lines leave: no blank at a line's end, one empty line at most."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
