"""Which staff pages the one who is signed in is led to. Rooms above add theirs when they register their pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Flask, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from booking.accounts.current import current_staff
from booking.accounts.rules.roles import Capability, Post, may
from booking.web.texts import gettext

_KEY = "kodplats.staff_menu"
_HOME = "kodplats.staff_home"


class Entry(NamedTuple):
    """A staff page in the menu. `words` is a msgid; without `capability` it is for everybody who is signed in."""

    endpoint: str
    words: str
    sign: str
    capability: Capability | None = None


class Link(NamedTuple):
    """An entry as the page draws it."""

    url: str
    words: str
    sign: str
    is_current: bool


def init_app(app: Flask) -> None:
    """`staff_menu()`, `staff_name()` and `csrf_token()` for the frame of staff pages, whichever room they are of."""
    app.extensions[_KEY] = []
    app.jinja_env.globals.update(staff_menu=links, staff_name=_name, csrf_token=generate_csrf)


def offer(app: Flask, *entries: Entry) -> None:
    """Put pages into the menu, after those that are there."""
    app.extensions[_KEY].extend(entries)


def lend_home(app: Flask, page: Callable[[], ResponseReturnValue | None]) -> None:
    """Let a room above make the page that the staff come to first; None from it means the plain one."""
    app.extensions[_HOME] = page


def home() -> ResponseReturnValue | None:
    """The page that was lent, for this request's staff member."""
    page = current_app.extensions.get(_HOME)
    return page() if page else None


def links() -> list[Link]:
    """The pages that this request's staff member may open, in the order in which they were offered."""
    staff = current_staff()
    posts: tuple[Post, ...] = staff.posts if staff else ()
    entries: list[Entry] = current_app.extensions[_KEY]
    return [
        Link(url_for(entry.endpoint), gettext(entry.words), entry.sign, request.endpoint == entry.endpoint)
        for entry in entries
        if staff and (entry.capability is None or may(posts, entry.capability))
    ]


def _name() -> Any:
    staff = current_staff()
    return staff.name if staff else ""
