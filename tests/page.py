"""A client that checks every page it fetches, so that each test of a page is a test of all pages' promises.

    page = visit(client, "/pass/1/bokning")
    page = page.submit({"barn-1-namn": "Ada", ...})       # the page's only form; follows the redirect
    page = page.submit(page.forms[1], button="Avboka")     # one of several, by its button's words
    page = visit(client, "/pass/999", status=404)
    page.follow("Boka plats")                              # a link by its words

A page that breaks a promise raises an AssertionError which lists every fault found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import polib
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from booking.store import db
from booking.web.headers import CSP
from booking.web.language import DEFAULT, PREFIXES, TRANSLATIONS

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
CONTROLS = {"input", "select", "textarea"}
UNLABELLED = {"hidden", "submit", "button", "reset", "image"}
REFERENCES = ("aria-describedby", "aria-labelledby", "aria-controls", "aria-details", "aria-errormessage")
OUTWARD = {"https", "http", "mailto", "tel", "geo", "webcal", "webcals"}
ERROR_WORDS = {"sv": "Fel:", "en": "Error:"}


@dataclass
class Element:
    """An element of a page, with its text and everything inside it in `inner`."""

    tag: str
    attributes: dict[str, str]
    inner: list[Element | str] = field(default_factory=list, repr=False)

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def all(self, *tags: str) -> Iterator[Element]:
        """Every element below this one with one of `tags` (none: every element), in the order of the page."""
        for child in self.inner:
            if isinstance(child, Element):
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)

    @property
    def text(self) -> str:
        """What one reads, white space made single."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        if self.tag in ("script", "style"):
            return
        for child in self.inner:
            yield from [child] if isinstance(child, str) else child._texts()
        if self.tag not in ("b", "i", "em", "strong", "a", "span", "u", "abbr"):
            yield " "


@dataclass
class Form:
    """A form as a browser would send it: the fields with what stands in them, and the buttons."""

    method: str
    action: str
    fields: dict[str, str]
    buttons: list[Element]

    def button(self, words: str | None) -> Element | None:
        """The button with these words, or by its `value`; without words the first, as the Enter key presses."""
        for button in self.buttons:
            if words is None or words in (button.text, button.get("value")):
                return button
        assert words is None, f"no button {words!r} among {[button.text for button in self.buttons]}"
        return None


@dataclass
class Page:
    """A page that keeps every promise of `faults`."""

    client: FlaskClient
    url: str
    response: TestResponse
    root: Element = field(repr=False)

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def html(self) -> str:
        return self.response.text

    @property
    def text(self) -> str:
        """What one reads on the page, white space made single; without the title."""
        return next((body.text for body in self.root.all("body")), "")

    @property
    def title(self) -> str:
        return next((title.text for title in self.root.all("title")), "")

    @property
    def heading(self) -> str:
        return next((heading.text for heading in self.root.all("h1")), "")

    @property
    def links(self) -> dict[str, str]:
        """Words → address; of links with the same words the first."""
        found: dict[str, str] = {}
        for link in self.root.all("a"):
            found.setdefault(link.text, link.get("href"))
        return found

    @property
    def forms(self) -> list[Form]:
        """The forms that POST, in the order of the page."""
        found = [_form(element, self.url) for element in self.root.all("form")]
        return [form for form in found if form.method == "POST"]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """The summary on top: (id of the field or "", text)."""
        for summary in self.root.all("div", "section"):
            if "summary" in summary.get("class").split() and summary.get("role") == "alert":
                return [
                    (next((link.get("href")[1:] for link in item.all("a")), ""), item.text)
                    for item in summary.all("li")
                ]
        return []

    def by_id(self, name: str) -> Element:
        """The element with this id. Raises StopIteration when there is none."""
        return next(element for element in self.root.all() if element.get("id") == name)

    def submit(
        self,
        form: Form | Mapping[str, str] | None = None,
        values: Mapping[str, str] | None = None,
        *,
        button: str | None = None,
        status: int = 200,
        extra: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Fill in `values` and press a button; the page that comes, after redirects (unless `status` is one).

        Without `form` the page's only one. A field that the form does not have is a mistake of the test; to send one
        all the same, put it into `extra`.
        """
        if isinstance(form, Mapping):
            form, values = None, form
        if form is None:
            assert len(self.forms) == 1, f"{self.url} has {len(self.forms)} forms: say which"
            form = self.forms[0]
        unknown = set(values or {}) - form.fields.keys()
        assert not unknown, f"the form has no field {unknown}; it has {sorted(form.fields)}"
        pressed = form.button(button)
        named = {pressed.get("name"): pressed.get("value")} if pressed is not None and pressed.get("name") else {}
        data = {**form.fields, **(values or {}), **named, **(extra or {})}
        response = self.client.post(form.action, data=data, headers=dict(headers or {}))
        return _arrive(self.client, form.action, response, status)

    def follow(self, words: str, *, status: int = 200) -> Page:
        """Click the link with these words."""
        assert words in self.links, f"no link {words!r} among {sorted(self.links)}"
        return visit(self.client, urljoin(self.url, self.links[words]), status=status)


class Visitor(FlaskClient):
    """A browser as the application meets it: each request in a context of its own, also while a test holds one open.

    Afterwards the test's session forgets what it had read, so that it sees what the request has written.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        if has_app_context():
            db.session.rollback()
        return response


def visit(
    client: FlaskClient, url: str, *, status: int = 200, headers: Mapping[str, str] | None = None, typed: str = ""
) -> Page:
    """Fetch a page and check it. Follows redirects, unless `status` is one. Raises AssertionError with all faults.

    `typed`: what a visitor wrote and may read here again, although it looks like a fault of ours.
    """
    return _arrive(client, url, client.get(url, headers=dict(headers or {})), status, typed)


def _arrive(client: FlaskClient, url: str, response: TestResponse, status: int, typed: str = "") -> Page:
    for _ in range(5):
        if not 300 <= response.status_code < 400 or 300 <= status < 400:
            break
        assert response.headers.get("Content-Security-Policy") == CSP, f"{url}: a redirect without the policy"
        url = urljoin(url, response.headers["Location"])
        response = client.get(url)
    reader = _Reader()
    if response.mimetype == "text/html":
        reader.feed(response.text)
        reader.close()
    page = Page(client, url, response, reader.root)
    wrong = [] if response.status_code == status else [f"status {response.status_code} instead of {status}"]
    if response.mimetype == "text/html" and not 300 <= response.status_code < 400:
        wrong += [*reader.faults, *faults(page, typed=typed)]
    summary = f" (said: {page.errors})" if page.errors else ""
    assert not wrong, f"{url}:\n  " + "\n  ".join(wrong) + summary
    return page


def faults(page: Page, *, typed: str = "") -> list[str]:
    """Every promise that the page breaks, as sentences; [] for a good page."""
    app: Flask = page.client.application
    return [
        *_head_faults(page),
        *_id_faults(page.root),
        *_form_faults(page.root),
        *_picture_faults(page.root),
        *_policy_faults(page),
        *_text_faults(page, typed),
        *(
            fault
            for link in page.root.all("a", "link", "script", "img", "form")
            for fault in _link_faults(link, page, app)
        ),
    ]


def _head_faults(page: Page) -> Iterator[str]:
    language = language_of(page.url)
    roots = list(page.root.all("html"))
    if not page.html.lstrip().lower().startswith("<!doctype html>"):
        yield "no doctype"
    if [root.get("lang") for root in roots] != [language]:
        yield f"lang is {[root.get('lang') for root in roots]}, the address says {language}"
    if not page.title.removesuffix("– Kodplats").strip():
        yield "no title"
    headings = [heading.text for heading in page.root.all("h1")]
    if len(headings) != 1 or not headings[0]:
        yield f"{len(headings)} h1: {headings}"
    if page.errors and not page.title.startswith(ERROR_WORDS[language]):
        yield f"errors are shown, but the title is {page.title!r}"
    if not any(meta.get("name") == "viewport" for meta in page.root.all("meta")):
        yield "no viewport"


def _id_faults(root: Element) -> Iterator[str]:
    ids = [element.get("id") for element in root.all() if "id" in element.attributes]
    for name in {name for name in ids if ids.count(name) > 1 or not name or " " in name}:
        yield f"id {name!r} is there {ids.count(name)} times"
    for element in root.all():
        for attribute in REFERENCES:
            for name in element.get(attribute).split():
                if name not in ids:
                    yield f"{attribute} points to {name!r}, which is not there"
        if element.tag == "label" and element.get("for") and element.get("for") not in ids:
            yield f"label for {element.get('for')!r}, which is not there"
        if element.tag == "a" and element.get("href").startswith("#") and element.get("href")[1:] not in ids:
            yield f"link to {element.get('href')!r}, which is not there"


def _form_faults(root: Element) -> Iterator[str]:
    labelled = {label.get("for") for label in root.all("label")}
    inside = {id(control) for label in root.all("label") for control in label.all(*CONTROLS)}
    for control in root.all(*CONTROLS):
        named = control.get("aria-label") or control.get("aria-labelledby")
        is_labelled = named or control.get("id") in labelled or id(control) in inside
        if control.get("type") not in UNLABELLED and not is_labelled:
            yield f"{control.tag} {control.get('name')!r} has no label"
    for form in root.all("form"):
        tokens = [control for control in form.all("input") if control.get("name") == "csrf_token"]
        if form.get("method").upper() == "POST" and (len(tokens) != 1 or not tokens[0].get("value")):
            yield f"form to {form.get('action')!r} has {len(tokens)} tokens"
        if not list(form.all("button")):
            yield f"form to {form.get('action')!r} has no button"


def _picture_faults(root: Element) -> Iterator[str]:
    for element in root.all("img"):
        if "alt" not in element.attributes:
            yield f"img {element.get('src')!r} has no alt"
    for element in root.all("svg"):
        if element.get("aria-hidden") != "true" and not (element.get("role") == "img" and element.get("aria-label")):
            yield "svg that is neither hidden nor named"


def _policy_faults(page: Page) -> Iterator[str]:
    if page.response.headers.get("Content-Security-Policy") != CSP:
        yield f"the policy is {page.response.headers.get('Content-Security-Policy')!r}"
    for element in page.root.all():
        if element.tag == "style" or "style" in element.attributes:
            yield f"inline style at {element.tag}"
        if element.tag == "script" and not element.get("src") and element.get("type") != "application/ld+json":
            yield "inline script"
        for name in element.attributes:
            if name.startswith("on"):
                yield f"{name} at {element.tag}"


def _text_faults(page: Page, typed: str) -> Iterator[str]:
    said = f"{page.title} {page.text}".replace(" ".join(typed.split()), "")
    for sign in ("{{", "}}", "{%", "%}", "%(", "&lt;", "&amp;"):
        if sign in said:
            yield f"{sign!r} stands in the text"
    if language_of(page.url) == DEFAULT:
        for element in page.root.all():
            if element.tag != "html" and element.get("lang") not in ("", DEFAULT):
                said = said.replace(element.text, "")  # it says itself that it is in another language
        yield from (f"not translated: {msgid!r}" for msgid in english_only() if msgid in said)
        if re.search(r"\bNone\b", said):
            yield "'None' stands in the text"


def _link_faults(element: Element, page: Page, app: Flask) -> Iterator[str]:
    for name in {"href", "src", "action"} & element.attributes.keys():
        address = element.get(name)
        where = urlsplit(urljoin(page.url, address))
        if where.scheme and where.scheme not in OUTWARD:
            yield f"link to {address!r}"
        elif not where.scheme and not _leads_somewhere(where.path, element.get("method").upper() or "GET", app):
            yield f"{name} {address!r} leads nowhere"
        elif where.scheme in ("http", "https") and element.tag in ("script", "img", "form"):
            yield f"{element.tag} from another host: {address!r}"


def _leads_somewhere(path: str, method: str, app: Flask) -> bool:
    for prefix in PREFIXES.values():
        if path == prefix or path.startswith(prefix + "/"):
            path = path[len(prefix) :]
    try:
        endpoint, values = app.url_map.bind("localhost").match(path or "/", method=method)
    except RequestRedirect:
        return True
    except (HTTPException, MethodNotAllowed):
        return False
    return str(endpoint) != "static" or Path(app.static_folder or "", values["filename"]).is_file()


def language_of(url: str) -> str:
    """The language that an address asks for."""
    path = urlsplit(url).path
    found = (name for name, prefix in PREFIXES.items() if path == prefix or path.startswith(prefix + "/"))
    return next(found, DEFAULT)


@cache
def english_only() -> tuple[str, ...]:
    """Whole English sentences that a Swedish page never says: msgids whose translation differs."""
    catalogue = TRANSLATIONS / DEFAULT / "LC_MESSAGES" / "messages.po"
    if not catalogue.exists():
        return ()
    entries = polib.pofile(str(catalogue))
    return tuple(
        entry.msgid
        for entry in entries.translated_entries()
        if entry.msgstr and entry.msgid != entry.msgstr and len(entry.msgid) > 20 and "%" not in entry.msgid
    )


def _form(element: Element, url: str) -> Form:
    fields: dict[str, str] = {}
    for control in element.all(*CONTROLS):
        name = control.get("name")
        if not name or "disabled" in control.attributes:
            continue
        if control.get("type") in ("radio", "checkbox"):
            if "checked" in control.attributes:
                fields[name] = control.get("value") or "on"
            elif control.get("type") == "radio":
                fields.setdefault(name, "")
        elif control.get("type") not in ("submit", "button", "image", "reset"):
            fields[name] = _value(control)
    return Form(
        method=(element.get("method") or "get").upper(),
        action=urljoin(url, element.get("action") or url),
        fields=fields,
        buttons=[button for button in element.all("button", "input") if _is_submit(button)],
    )


def _value(control: Element) -> str:
    if control.tag == "textarea":
        # The first line break after the tag is not part of the text.
        return "".join(part for part in control.inner if isinstance(part, str)).removeprefix("\r\n")
    if control.tag == "select":
        options = list(control.all("option"))
        chosen = next(
            (option for option in options if "selected" in option.attributes), options[0] if options else None
        )
        return "" if chosen is None else chosen.attributes.get("value", chosen.text)
    return control.get("value")


def _is_submit(element: Element) -> bool:
    return element.get("type") in (("submit", "") if element.tag == "button" else ("submit", "image"))


class _Reader(HTMLParser):
    """Builds the tree, and notes tags that are not closed where they should be."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#page", {})
        self.faults: list[str] = []
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.faults.append(f"{tag} has an attribute twice: {names}")
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inner.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self._open[-1].tag != tag:
            self.faults.append(f"</{tag}> where {self._open[-1].tag} is open, line {self.getpos()[0]}")
            if tag not in [element.tag for element in self._open]:
                return
            while self._open[-1].tag != tag:
                self._open.pop()
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].inner.append(data)

    def close(self) -> None:
        super().close()
        if len(self._open) > 1:
            self.faults.append(f"not closed: {[element.tag for element in self._open[1:]]}")
