"""What every calendar answer has in common: all of it or nothing, and how it is asked for again (requirement J9)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from functools import wraps
from typing import NamedTuple, ParamSpec, TypeVar

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, ServiceUnavailable
from werkzeug.http import http_date

from booking.accounts.current import current_act
from booking.web.errors import DATABASE_AWAY, RETRY_SECONDS, log_without_values

P = ParamSpec("P")
R = TypeVar("R")

bp = Blueprint("calendars", __name__)

# Asked again each time, so that a change shows at the next request. Outlook cannot subscribe to what a proxy zips.
CACHE = "public, no-cache, no-transform"
# A date tells changes apart by the second, and a verb takes its "now" before it waits for its turn and commits, an
# import with one "now" for all its rows longest. What changed later than this is not known by its date yet.
SETTLED = dt.timedelta(minutes=5)


def whole_or_nothing(view: Callable[P, R]) -> Callable[P, R]:
    """Whatever goes wrong is 503, so that programs keep what they have: a short or empty answer would wipe a phone."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return view(*args, **kwargs)
        except (HTTPException, *DATABASE_AWAY):
            raise
        except Exception as fault:
            log_without_values(fault)
            raise ServiceUnavailable(retry_after=RETRY_SECONDS) from fault

    return guarded


class Body(NamedTuple):
    """The exact bytes of an answer with the tag made of them, and the latest change of anything that may have changed
    them; None: nothing is there to change."""

    content: bytes
    tag: str
    changed_at: dt.datetime | None


def tagged(content: bytes, *, changed_at: dt.datetime | None) -> Body:
    """Bytes with their tag. The same bytes have the same tag in every process and after every restart."""
    return Body(content, f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"', changed_at)


def answer(body: Body, *, media_type: str, filename: str, cache: str = CACHE) -> Response:
    """The whole body, or 304 for who has these very bytes. Nothing is sent before all of it is made."""
    now = current_act().now
    headers = [
        ("Content-Disposition", f'inline; filename="{filename}"'),
        ("Cache-Control", cache),
        ("ETag", body.tag),
    ]
    if body.changed_at:
        headers.append(("Last-Modified", http_date(min(body.changed_at, now - SETTLED))))
    if not _has_it(body, now):
        return Response(body.content, 200, headers, content_type=media_type)
    unchanged = Response(None, 304, headers)
    del unchanged.headers["Content-Type"]
    return unchanged


def _has_it(body: Body, now: dt.datetime) -> bool:
    """Whether the client may keep what it has (RFC 9110, 13.2.2): by tag, and only if it sent none by date."""
    tags = request.environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        # Most clients send the one tag that they got; only the others need a parser.
        return tags == body.tag or request.if_none_match.contains_weak(body.tag.strip('"'))
    since = request.environ.get("HTTP_IF_MODIFIED_SINCE") and request.if_modified_since
    if not since or body.changed_at is None or body.changed_at > now - SETTLED:
        return False
    return body.changed_at.replace(microsecond=0) <= since
