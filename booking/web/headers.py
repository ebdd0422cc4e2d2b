"""What every answer says beside its content (requirements E6, E7), and the session cookie (E1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from flask import Flask, Request, Response, current_app, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

from booking.settings import Settings
from booking.web.language import Environ, StartResponse, Wsgi

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)
PERMISSIONS = ", ".join(f"{power}=()" for power in ("camera", "geolocation", "microphone", "payment", "usb"))
FIXED = (
    ("Content-Security-Policy", CSP),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", PERMISSIONS),
)
HSTS = ("Strict-Transport-Security", "max-age=63072000")
# Browsers ask again each time, so nobody sees seats that are gone; a shared cache may answer a storm for some seconds.
PUBLIC_CACHE = "public, max-age=0, s-maxage=15"
PRIVATE_CACHE = "no-store"
SESSION_LIFE = dt.timedelta(hours=12)


class Sessions(SecureCookieSessionInterface):
    """Flask's signed cookie; whatever page looked at it is personal and must not be kept by anybody."""

    def __init__(self) -> None:
        self._serializer: tuple[object, URLSafeTimedSerializer | None] | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Flask's, made once for a key instead of twice in each request."""
        keys = (app.secret_key, app.config["SECRET_KEY_FALLBACKS"])
        if self._serializer is None or self._serializer[0] != keys:
            self._serializer = keys, super().get_signing_serializer(app)
        return self._serializer[1]

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Without a cookie, as programs come and most visitors, nothing has to be made ready to read one."""
        if self.get_cookie_name(app) not in request.cookies:
            opened: SecureCookieSession = self.session_class()
            return opened
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not (session or session.accessed or session.modified):
            return  # nobody looked at it, and there is nothing in it to be kept alive
        if session.accessed or session.modified:
            response.headers["Cache-Control"] = PRIVATE_CACHE
            response.vary.add("Cookie")
        if session.modified and session:
            session.permanent = True
        super().save_session(app, session, response)


class FixedHeaders:
    """Adds what is the same in every answer, whoever made it: pages, redirects, errors, static files."""

    def __init__(self, app: Wsgi, headers: Iterable[tuple[str, str]]) -> None:
        self._app = app
        self._headers = tuple(headers)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, *self._headers], *rest)

        return self._app(environ, start)


def init_app(app: Flask, settings: Settings) -> None:
    """The session cookie's properties and the fixed headers; `dress` adds the others."""
    app.secret_key = settings.secret_key
    app.config.update(
        # A __Host- cookie must be Secure, which plain http (the demo) cannot have.
        SESSION_COOKIE_NAME="__Host-kodplats" if settings.is_secure else "kodplats",
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        # The cookie is set when something changed, never on a page that only reads: those stay cacheable.
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=SESSION_LIFE,
        # A form lives as long as its session; an older one is shown again with everything typed (requirement E5).
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = Sessions()
    fixed = (*FIXED, HSTS) if settings.is_secure else FIXED
    app.wsgi_app = FixedHeaders(app.wsgi_app, fixed)  # type: ignore[method-assign]  # as Flask's documentation does


def dress(response: Response) -> None:
    """How far the answer's address may travel, and who may keep the answer. A view's own Cache-Control stays."""
    is_link_page = _is_link_page()
    headers = response.headers
    headers["Referrer-Policy"] = "no-referrer" if is_link_page else "same-origin"
    if "Cache-Control" not in headers:
        may_be_shared = not is_link_page and response.status_code == 200 and request.method in ("GET", "HEAD")
        headers["Cache-Control"] = PUBLIC_CACHE if may_be_shared else PRIVATE_CACHE


def _is_link_page() -> bool:
    """Whether the page was reached by a secret link: its address must not travel on (requirement E7)."""
    rule = request.url_rule
    if rule is None:
        return request.path.startswith("/l/")
    guard = str(getattr(current_app.view_functions[rule.endpoint], "guard", ""))
    return guard.startswith("link:") or "token" in rule.arguments
