"""Puts the page furniture into the application, in the order in which a request meets it."""

from __future__ import annotations

from flask import Flask, Response
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined, Undefined

from booking.settings import Mode, Settings
from booking.web import assets, errors, filters, headers, intake, language, log
from booking.web.addresses import NumberConverter
from booking.web.sheets import SheetKindConverter
from booking.web.views import bp


class _Loud(StrictUndefined):
    """In tests a name that no view gave is an error where it is shown; asking whether it is there stays allowed."""

    __slots__ = ()

    # The parent's methods never return, says its type; these do.
    def __bool__(self) -> bool:  # type: ignore[override]
        return False

    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return isinstance(other, Undefined)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(Undefined)


def init_app(app: Flask, settings: Settings) -> None:
    """Language, log, what is let in, sessions, headers, static files, filters, error pages."""
    if settings.mode is Mode.TEST:
        app.jinja_env.undefined = _Loud
    app.url_map.converters["int"] = NumberConverter
    app.url_map.converters["sheet"] = SheetKindConverter
    language.init_app(app, settings)
    log.init_app(app, settings)
    intake.init_app(app, settings)
    headers.init_app(app, settings)
    assets.init_app(app)
    filters.register(app)
    errors.init_app(app)
    app.register_blueprint(bp)
    # One function each way: Flask takes its time to call one.
    app.before_request(_arrive)
    app.after_request(_leave)


def _arrive() -> ResponseReturnValue | None:
    log.begin()
    return intake.let_in()


def _leave(response: Response) -> Response:
    assets.keep(response)
    headers.dress(response)
    log.end(response)
    return response
