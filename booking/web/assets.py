"""Static files: addresses that change with the content, so that browsers may keep them for ever, sent packed."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from flask import Flask, Response, current_app, request
from werkzeug.security import safe_join

from booking.web.language import site_root

FOR_EVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
# What gzip makes smaller. Pages are not packed: the start page keeps its 60 kB without, a page with a token must not be
# (its length would tell of its content, BREACH), and some calendar programs refuse a packed feed.
PACKED = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}
KEPT = 128


def init_app(app: Flask) -> None:
    """`asset("css/base.css")` in templates: a static file's address, the same in every language.

    An unknown file is an error in the template.
    """
    versions = _Versions(Path(app.static_folder or ""))
    app.extensions["kodplats.assets"] = versions
    _send.__dict__["guard"] = "public"
    app.view_functions["static"] = _send
    app.jinja_env.globals["asset"] = lambda path: f"{site_root()}{app.static_url_path}/{path}?v={versions[path]}"


def keep(response: Response) -> None:
    """How long browsers may keep a static file: for ever when its address says which content it has."""
    if request.endpoint == "static" and response.status_code in (200, 206, 304):
        path = (request.view_args or {}).get("filename", "")
        is_named = request.args.get("v") == current_app.extensions["kodplats.assets"][path]
        response.headers["Cache-Control"] = FOR_EVER if is_named else A_DAY


def _send(filename: str) -> Response:
    """A static file: packed for who can unpack it, plain for others and where only a range of it is wanted."""
    kind = PACKED.get(Path(filename).suffix)
    if kind is None:
        return current_app.send_static_file(filename)
    wants_packed = "Range" not in request.headers and request.accept_encodings.quality("gzip") > 0
    packed = _packed_now(filename) if wants_packed else None
    response = current_app.send_static_file(filename) if packed is None else _response(packed, kind)
    response.vary.add("Accept-Encoding")
    return response


def _response(packed: _Packed, kind: str) -> Response:
    response = current_app.response_class(packed.body, mimetype=kind)
    response.content_encoding = "gzip"
    response.set_etag(packed.etag)
    response.make_conditional(request)
    return response


class _Packed(NamedTuple):
    """A file's content under gzip, with an entity tag of its own: the plain file has another."""

    body: bytes
    etag: str


def _packed_now(filename: str) -> _Packed | None:
    """The file as it is now; None when there is no such file or packing does not pay."""
    found = safe_join(current_app.static_folder or "", filename)
    if found is None or not (path := Path(found)).is_file():
        return None
    return _packed(path, path.stat().st_mtime_ns)


@lru_cache(KEPT)
def _packed(path: Path, _changed_at: int) -> _Packed | None:
    content = path.read_bytes()
    body = gzip.compress(content, 9, mtime=0)
    return _Packed(body, f"{hashlib.sha256(content).hexdigest()[:20]}-gzip") if len(body) < len(content) else None


class _Versions(dict[str, str]):
    """Path below the static folder → the first ten signs of its content's hash; read once."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, path: str) -> str:
        content = (self._folder / path).read_bytes()
        self[path] = version = hashlib.sha256(content).hexdigest()[:10]
        return version
