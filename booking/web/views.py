"""Pages for machines: health, robots, the icon that browsers guess."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue

from booking.web import queries
from booking.web.errors import DATABASE_AWAY

P = ParamSpec("P")
R = TypeVar("R")

bp = Blueprint("web", __name__)

# Feeds are not listed: Google's calendar obeys this file, and refuses what it forbids.
PRIVATE = ("/l/", "/bokning/", "/mina", "/demo/", "/personal")
ROBOTS = "".join(
    f"{line}\n"
    for line in (
        "User-agent: *",
        *(f"Disallow: {prefix}{path}" for prefix in ("", "/en") for path in PRIVATE),
    )
)


def _public(view: Callable[P, R]) -> Callable[P, R]:
    """Anybody may see this. The guards of `accounts` stand above this room."""
    view.__dict__["guard"] = "public"
    return view


@bp.get("/healthz")
@_public
def healthz() -> ResponseReturnValue:
    """The process answers. Asks nothing else, so that a slow database does not restart it."""
    return _line("ok", 200)


@bp.get("/readyz")
@_public
def readyz() -> ResponseReturnValue:
    """The database can be written and is at the right revision; 503 with one word about what is wrong."""
    try:
        if not queries.is_migrated():
            return _line("migrate", 503)
        queries.can_write()
    except DATABASE_AWAY:
        return _line("database", 503)
    return _line("ok", 200)


@bp.get("/robots.txt")
@_public
def robots() -> ResponseReturnValue:
    return Response(ROBOTS, mimetype="text/plain", headers={"Cache-Control": "public, max-age=86400"})


@bp.get("/favicon.ico")
@_public
def favicon() -> ResponseReturnValue:
    return redirect(url_for("static", filename="img/icon.svg"), 302)


def _line(word: str, status: int) -> Response:
    return Response(word + "\n", status, mimetype="text/plain", headers={"Cache-Control": "no-store"})
