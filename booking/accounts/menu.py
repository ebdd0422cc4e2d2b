"""Which staff pages the one who is signed in is led to. Rooms above add theirs when they register their pages."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple

from flask import Flask, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from booking.accounts.current import current_staff
from booking.accounts.rules.roles import Capability, Post, may
from booking.web.texts import gettext

_KEY = "kodplats.staff_menu"
_HOME = "kodplats.staff_home"


class Part(IntEnum):
    """The menu's parts, in their order: what is opened every day stands first, on a phone before one has to scroll."""

    DAY = 1
    PLAN = 2
    KEEP = 3
    OWN = 4


class Entry(NamedTuple):
    """A staff page in the menu. `words` is a msgid; without `capability` it is for everybody who is signed in."""

    endpoint: str
    words: str
    sign: str
    part: Part
    capability: Capability | None = None


class Link(NamedTuple):
    """An entry as the page draws it. `begins`: it is the first of its part."""

    url: str
    words: str
    sign: str
    is_current: bool
    begins: bool


def init_app(app: Flask) -> None:
    """`staff_menu()`, `staff_name()` and `csrf_token()` for the frame of staff pages, whichever room they are of."""
    app.extensions[_KEY] = []
    app.jinja_env.globals.update(staff_menu=links, staff_name=_name, csrf_token=generate_csrf)


def offer(app: Flask, *entries: Entry) -> None:
    """Put pages into the menu, each after those of its part that are there."""
    app.extensions[_KEY] = sorted([*app.extensions[_KEY], *entries], key=lambda entry: entry.part)


def lend_home(app: Flask, page: Callable[[], ResponseReturnValue | None]) -> None:
    """Let a room above make the page that the staff come to first; None from it means the plain one."""
    app.extensions[_HOME] = page


def home() -> ResponseReturnValue | None:
    """The page that was lent, for this request's staff member."""
    page = current_app.extensions.get(_HOME)
    return page() if page else None


def links() -> list[Link]:
    """The pages that this request's staff member may open, part by part in the order in which they were offered."""
    staff = current_staff()
    posts: tuple[Post, ...] = staff.posts if staff else ()
    entries: list[Entry] = current_app.extensions[_KEY]
    open_to = [entry for entry in entries if staff and (entry.capability is None or may(posts, entry.capability))]
    return [
        Link(
            url_for(entry.endpoint),
            gettext(entry.words),
            entry.sign,
            is_current=request.endpoint == entry.endpoint,
            begins=before is not None and before.part is not entry.part,
        )
        for before, entry in zip([None, *open_to], open_to, strict=False)
    ]


def _name() -> Any:
    staff = current_staff()
    return staff.name if staff else ""
