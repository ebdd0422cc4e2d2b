"""Static files: addresses that change with the content, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask, Response, current_app, request

from booking.web.language import site_root

FOR_EVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"


def init_app(app: Flask) -> None:
    """`asset("css/base.css")` in templates: a static file's address, the same in every language.

    An unknown file is an error in the template.
    """
    versions = _Versions(Path(app.static_folder or ""))
    app.extensions["kodplats.assets"] = versions
    app.view_functions["static"].__dict__["guard"] = "public"
    app.jinja_env.globals["asset"] = lambda path: f"{site_root()}{app.static_url_path}/{path}?v={versions[path]}"


def keep(response: Response) -> None:
    """How long browsers may keep a static file: for ever when its address says which content it has."""
    if request.endpoint == "static" and response.status_code in (200, 206, 304):
        path = (request.view_args or {}).get("filename", "")
        is_named = request.args.get("v") == current_app.extensions["kodplats.assets"][path]
        response.headers["Cache-Control"] = FOR_EVER if is_named else A_DAY


class _Versions(dict[str, str]):
    """Path below the static folder → the first ten signs of its content's hash; read once."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, path: str) -> str:
        content = (self._folder / path).read_bytes()
        self[path] = version = hashlib.sha256(content).hexdigest()[:10]
        return version
