"""Which language a page speaks: the address decides, nothing else, so that every page can be cached and shared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import flask_babel
from babel import Locale, support
from flask import Flask, has_request_context, request
from flask.globals import request_ctx
from flask_babel import Babel
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from booking.settings import BadSettings, Mode, Settings

DEFAULT = "sv"
# Swedish has no prefix. Msgids are English, so English needs no catalogue.
PREFIXES = {"en": "/en"}
LANGUAGES = (DEFAULT, *PREFIXES)
TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"

LANGUAGE_KEY = "kodplats.language"
ROOT_KEY = "kodplats.root"

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]


class LanguagePrefix:
    """Takes "/en" off the path and puts it on the script's root: so routes know no language and `url_for` keeps it.

    An unknown prefix stays in the path and finds no route.
    """

    def __init__(self, app: Wsgi) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        root, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
        environ[ROOT_KEY], environ[LANGUAGE_KEY] = root, DEFAULT
        for language, prefix in PREFIXES.items():
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
                environ["SCRIPT_NAME"], environ["PATH_INFO"] = root + prefix, path[len(prefix) :]
                environ[LANGUAGE_KEY] = language
        return self._app(environ, start_response)


def init_app(app: Flask, settings: Settings) -> None:
    """Translations, the language of each request, and what templates ask about it.

    Raises BadSettings when a catalogue is not compiled: gettext would fall back to English without a word.
    """
    _check_catalogues(settings)
    Babel(app, default_locale=DEFAULT, default_translation_directories=str(TRANSLATIONS), locale_selector=_of_address)
    # Flask's documented way to wrap an application.
    app.wsgi_app = LanguagePrefix(app.wsgi_app)  # type: ignore[method-assign]
    app.jinja_env.globals.update(switch_url=switch_url, _=_in_template, gettext=_in_template, ngettext=_counted)
    app.context_processor(lambda: {"language": current_language()})


def current_language() -> str:
    """The language spoken now, "sv" or "en": the address's, unless `force_locale` says otherwise; Swedish elsewhere."""
    locale = flask_babel.get_locale()
    return str(locale.language) if locale else DEFAULT


def site_root() -> str:
    """What stands before every address of this site in every language: "" or the folder it is mounted under."""
    return str(request.environ.get(ROOT_KEY, "")) if has_request_context() else ""


def switch_url(language: str) -> str:
    """This page in another language, as an address that can be fetched; after a POST without such, the start page."""
    root = site_root() + PREFIXES.get(language, "")
    if request.method not in ("GET", "HEAD"):
        return root + (quote(request.path) if "GET" in _methods_here() else "/")
    query = quote(request.query_string, safe="=&%+:,;!*()~@$?/")
    return root + quote(request.path) + (f"?{query}" if query else "")


@pass_context
def _in_template(context: Context, message: str, /, **values: Any) -> str:
    """`_()` in templates, escaped where the template escapes. Flask-Babel's costs ten times as much, and a list page
    says a hundred things."""
    said = _said(_language_of(context), message, context.eval_ctx.autoescape, not values)
    return said % values if values else said


@pass_context
def _counted(context: Context, one: str, many: str, /, num: int, **values: Any) -> str:
    """`ngettext()` in templates; `%(num)s` is the count."""
    said: str = _catalogue(_language_of(context)).ungettext(one, many, num)
    return (_as_markup(said) if context.eval_ctx.autoescape else said) % {"num": num, **values}


def _language_of(context: Context) -> str:
    # A macro that was imported without context does not see the page's variables.
    return str(context.get("language") or current_language())


@lru_cache(8192)
def _said(language: str, message: str, is_escaped: bool, is_whole: bool) -> str:
    """A message in a language; `is_whole`: no values will be put in, so "%%" becomes "%" here."""
    said: str = _catalogue(language).ugettext(message)
    if is_whole:
        said %= {}
    return _as_markup(said) if is_escaped else said


def _as_markup(said: str) -> Markup:
    # Our translators' words, never a visitor's: only the values come from people, and Markup escapes those.
    return Markup(said)  # noqa: S704  # see above


@cache
def _catalogue(language: str) -> support.NullTranslations:
    return support.Translations.load(str(TRANSLATIONS), [language])


def _of_address() -> Locale:
    """The locale of the request's address: parsed once, not for every request."""
    return _LOCALES[request.environ.get(LANGUAGE_KEY, DEFAULT) if has_request_context() else DEFAULT]


_LOCALES = {language: Locale.parse(language) for language in LANGUAGES}


def _methods_here() -> list[str]:
    adapter = request_ctx.url_adapter
    return list(adapter.allowed_methods()) if adapter else []


def _check_catalogues(settings: Settings) -> None:
    if settings.mode is Mode.TEST:
        return
    if not (TRANSLATIONS / DEFAULT / "LC_MESSAGES" / "messages.mo").exists():
        raise BadSettings(
            "the Swedish texts are not compiled, so every page would be English: "
            "run `make run`, or `python -m booking.deploy.catalogues`"
        )
