"""How a page says no: refusals in the reader's language, and error pages that work when little else does."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import escape
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from booking.kernel import clock
from booking.kernel.refusal import Refused, Said, Sentences
from booking.store import BusyDatabase
from booking.web import filters
from booking.web.language import current_language
from booking.web.texts import gettext

logger = logging.getLogger("kodplats.errors")

RETRY_SECONDS = 10
DATABASE_AWAY = (BusyDatabase, OperationalError, InterfaceError, PoolTimeout)
# Machines that fetch these want one line, not a page.
MACHINE_PATHS = (".ics", ".json", ".atom", ".txt", ".xml")


def explain(refused: Refused) -> str:
    """A refusal in the page's language; times and days among its values are written out."""
    return say(refused)


def say(said: Refused | Said) -> str:
    """A sentence of the rules in the page's language."""
    return gettext(said.message) % {name: _spoken(value) for name, value in said.values.items()}


def init_app(app: Flask) -> None:
    """One handler for everything that goes wrong: nothing unexpected shows its inside."""
    app.register_error_handler(HTTPException, _known)
    for away in DATABASE_AWAY:
        app.register_error_handler(away, _database_away)
    app.register_error_handler(Exception, _unknown)


def error_response(code: int) -> Response:
    """The page for `code`, or one line where a machine asked."""
    reference = str(g.get("request_id", ""))
    if _asked_by_machine():
        return Response(f"{code} {HTTPStatus(code).phrase} {reference}\n", code, mimetype="text/plain")
    return Response(_page(code, reference=reference), code, mimetype="text/html")


def _known(error: HTTPException) -> ResponseReturnValue:
    # Redirects that routing makes, and answers that a view has finished itself.
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()
    response = error_response(error.code)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _database_away(error: Exception) -> ResponseReturnValue:
    log_without_values(error)
    response = error_response(503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _unknown(error: Exception) -> ResponseReturnValue:
    if _wants_exceptions():
        raise error
    log_without_values(error)
    return error_response(500)


def _wants_exceptions() -> bool:
    """A test and a developer's debugger want the exception itself, unless a test of these pages says otherwise."""
    is_watched = current_app.testing or current_app.debug
    return is_watched and current_app.config["PROPAGATE_EXCEPTIONS"] is not False


def log_without_values(error: BaseException) -> None:
    """Log where it went wrong and what kind of error it was, but no message: those quote what people typed (F6)."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        lines += [*traceback.format_tb(cause.__traceback__), f"{type(cause).__module__}.{type(cause).__qualname__}\n"]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    logger.error("%s: %s\n%s", g.get("request_id", "-"), type(error).__qualname__, "".join(lines))


def _page(code: int, *, reference: str) -> str:
    try:
        return render_template("errors/error.html", code=code, reference=reference)
    except Exception as broken:
        if _wants_exceptions():
            raise
        # An error page must not fail, whatever the layout asks for: then a bare one.
        log_without_values(broken)
        heading, text = escape(gettext("Something broke")), escape(gettext("Try again in a while, or call us."))
        return BARE.format(language=current_language(), heading=heading, text=text, reference=reference)


BARE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{heading} – Kodplats</title></head>
<body><main><h1>{heading}</h1><p>{text}</p><p>{reference}</p></main></body></html>
"""


def _asked_by_machine() -> bool:
    return request.path.endswith(MACHINE_PATHS) or request.path.startswith(("/static/", "/healthz", "/readyz"))


def _spoken(value: Any) -> Any:
    """A refusal's value as a person reads it: "onsdag 25 november kl. 15.30" for an instant; several one after the
    other."""
    language = current_language()
    if isinstance(value, dt.datetime):
        day, time = filters.day_date(language, clock.local_day(value)), filters.clock_time(language, value)
        return f"{day} {time}"
    if isinstance(value, dt.date):
        return filters.day_date(language, value)
    if isinstance(value, Said):
        return say(value)
    if isinstance(value, Sentences):
        return " ".join(map(say, value))
    return value
