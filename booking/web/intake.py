"""What is let in at all: before any view runs, requests that no honest browser sends are turned away."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, abort, current_app, redirect, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from booking.settings import Settings, current
from booking.web.language import LANGUAGE_KEY, PREFIXES

BODY_LIMIT = 64 * 1024
FIELD_LIMIT = 200
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_HOST = re.compile(r"([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.IGNORECASE)
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
# POST addresses that other sites and mail programs may send to without a token. Each needs its reason here.
FOREIGN_POSTS: frozenset[str] = frozenset(
    {"subscriptions.one_click"}  # a mail program's, by RFC 8058: it brings the link's secret and no cookie
)
# Where files come in, and how many bytes: a spreadsheet's own ballast is larger than any form. What is previewed comes
# back once more with the confirmation, as text, which is a third longer (requirement C4).
UPLOADS = {"programme.import_slots": 1_100_000, "programme.confirm_import": 1_500_000}


def init_app(app: Flask, settings: Settings) -> None:
    """Limits, trusted proxies, and the checks of every request in a fixed order: host, bytes, form, origin."""
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=BODY_LIMIT,
        MAX_FORM_PARTS=FIELD_LIMIT,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    for rule in app.url_map.iter_rules():  # the static files' rule, which is older than the setting above
        rule.methods = (rule.methods or set()) - {"OPTIONS"}
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        # Address and scheme only: a proxy that does not set the other headers would pass on a stranger's.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    app.extensions["kodplats.hosts"] = trusted_hosts(settings)


def let_in() -> ResponseReturnValue | None:
    """The checks of every request, the cheap ones first. Aborts, or gives a redirect, or None: let it in."""
    hosts = current_app.extensions["kodplats.hosts"]
    if not _is_trusted(request.host, hosts) or not _is_trusted(_absolute_host(request.environ), hosts):
        abort(400)
    _check_bytes(request.environ)
    if request.method not in ("GET", "HEAD"):
        _check_form()
        _check_origin()
    return _by_its_own_address()


def trusted_hosts(settings: Settings) -> tuple[str, ...]:
    """The names that this site answers to: the base address's, the configured ones, and on http its own machine's."""
    named = (urlsplit(settings.base_url).hostname or "", *settings.trusted_hosts)
    return named if settings.is_secure else (*named, *LOOPBACK)


@lru_cache(256)
def _is_trusted(host: str, names: tuple[str, ...]) -> bool:
    """Whether a Host header says one of our names, with any port. ".example.org" means every name below it."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found[1].lower()
    return any(name == own.lstrip(".") or (own.startswith(".") and name.endswith(own)) for own in names)


def _absolute_host(environ: dict[str, Any]) -> str:
    """The host of an absolute-form request line, which servers drop although it is what counts (RFC 9112, 3.2.2);
    the Host header's for every other request."""
    asked = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "/")
    return request.host if asked.startswith("/") else urlsplit(asked).netloc or request.host


def _check_bytes(environ: dict[str, Any]) -> None:
    """400 for NUL and broken UTF-8 in path, query and headers: PostgreSQL would fail on them later (requirement C3)."""
    query = environ.get("QUERY_STRING", "")
    if not _is_text(environ.get("PATH_INFO", "")) or (query and not _is_text(_unquoted(query.encode("latin-1")))):
        abort(400)
    for name, value in environ.items():
        if name.startswith("HTTP_") and not _is_text(value):
            abort(400)


def _check_form() -> None:
    """400 for NUL and broken UTF-8 in a form, 413 for too many fields, 415 for what is no form."""
    if not request.content_length and not request.mimetype:
        return
    if request.mimetype not in FORM_TYPES:
        abort(415)
    if larger := UPLOADS.get(request.endpoint or ""):
        request.max_content_length = request.max_form_memory_size = larger
    if request.mimetype == FORM_TYPES[0]:
        body = request.get_data()  # 413 when it is too long
        if body.count(b"&") >= FIELD_LIMIT:
            abort(413)
        if not _is_text(_unquoted(body)):
            abort(400)
    # Parts arrive decoded, with a replacement sign for what could not be.
    elif any(set(part) & {"\0", "\ufffd"} for field in request.form.items(multi=True) for part in field):
        abort(400)


def _check_origin() -> None:
    """403 for a form that another site sent (requirement E4). Old browsers say nothing: the token judges them.

    "null" is what pages with Referrer-Policy no-referrer send, ours too.
    """
    if request.endpoint in FOREIGN_POSTS:
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin", "null")
    if origin != "null" and not _is_own(origin):
        abort(403)


def _is_own(origin: str) -> bool:
    scheme, _, host = origin.partition("://")
    return host == request.host and (scheme == "https" or (scheme == "http" and not current().is_secure))


def _unquoted(raw: bytes) -> str:
    return unquote_to_bytes(raw).decode("latin-1")


def _is_text(raw: str) -> bool:
    """Whether bytes, in WSGI's dress of one sign for each byte, are UTF-8 without NUL."""
    if raw.isascii():
        return "\0" not in raw
    try:
        return "\0" not in raw.encode("latin-1").decode()
    except UnicodeError:
        return False


def _by_its_own_address() -> ResponseReturnValue | None:
    """`/en` is `/en/`, and `/bibliotek/` is `/bibliotek`: people and programs add a slash, or leave it out."""
    path = request.environ.get("PATH_INFO", "")
    if not path and request.environ.get(LANGUAGE_KEY) in PREFIXES:
        return redirect(_here("/"), 308)
    if request.routing_exception is None or not path.endswith("/") or request.method not in ("GET", "HEAD"):
        return None
    shorter = request.path.rstrip("/")
    return redirect(_here(shorter), 301) if shorter and _is_known(shorter) else None


def _here(path: str) -> str:
    query = request.query_string.decode("ascii", "ignore")
    return request.script_root + path + (f"?{query}" if query else "")


def _is_known(path: str) -> bool:
    """Whether a page stands at exactly this path: what routing would lead elsewhere is no address of ours."""
    adapter = request_ctx.url_adapter
    try:
        return bool(adapter and adapter.match(path, method="GET"))
    except HTTPException:
        return False
