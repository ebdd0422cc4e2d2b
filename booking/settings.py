"""Frozen settings from the environment (`BOOKING_*`, `DATABASE_URL`) and `instance/booking.toml`.

An unknown key is an error.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from flask import current_app

MIN_SECRET = 32
FILE_NAME = "booking.toml"
PREFIX = "BOOKING_"
DATABASES = ("sqlite://", "postgresql+psycopg://", "postgresql://")
# Not settings of the program: where it looks for them.
NOT_SETTINGS = {"BOOKING_INSTANCE"}
OPEN_STREET_MAP = "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"
_PLACES_IN_MAP_URL = ("{latitude}", "{longitude}")
# What a number may be, and what it says.
RANGES = {
    "trusted_proxies": (0, 5, "the proxies in front"),
    "mail_rate": (0, 60_000, "letters a minute, 0 for no limit"),
    "reminder_days": (0, 14, "days between the reminder and the workshop, 0 for no reminders"),
    "reminder_hour": (0, 23, "the hour at which reminders go"),
    "digest_hour": (7, 20, "the hour at which letters about new workshops go, never at night"),
}


# What an account that is made at the first sign-in may begin with: neither shows families of slots one does not lead.
OIDC_NEW_ROLES = ("trainer", "driver")


class Mode(StrEnum):
    """How careful to be: demo shows its letters and runs on plain http, production refuses weak secrets."""

    DEMO = "demo"
    PRODUCTION = "production"
    TEST = "test"


# How letters leave when nothing else is said: a demo's stay in the outbox, to be read on its page.
TRANSPORTS = {Mode.PRODUCTION: "smtp", Mode.DEMO: "memory", Mode.TEST: "console"}


class BadSettings(Exception):
    """A setting that cannot be used; the text says which and what to write instead."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that an installation decides: `BOOKING_<NAME>` in the environment or a key of the file."""

    instance_path: Path
    secret_key: str
    mode: Mode = Mode.PRODUCTION
    database_url: str = ""
    base_url: str = "http://127.0.0.1:8000"
    organisation_name: str = "Biblioteken i Kristianstad"
    phone: str = "040-628 04 01"
    mail_from: str = "kodplats@bibliotek.example"
    mail_reply_to: str = "kodplats@bibliotek.example"
    mail_transport: str = ""  # empty: by the mode, see TRANSPORTS
    mail_rate: int = 0  # letters a minute from all workers together; 0: no limit
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_tls: str = "none"
    trusted_proxies: int = 0
    trusted_hosts: tuple[str, ...] = ()
    party_limit: int = 6
    live_bookings_per_address: int = 12
    reminder_days: int = 2  # so many days before; 0: no reminders
    reminder_hour: int = 17
    digest_hour: int = 17
    pool_size: int = 8
    map_url: str = OPEN_STREET_MAP
    secrecy_text: str = ""  # what staff read before a list of people leaves; empty: ours
    oidc_issuer: str = ""  # empty: staff sign in with passwords alone
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_client_secret_file: str = ""
    oidc_button: str = ""  # what staff call the provider; empty: the issuer's host
    oidc_domains: tuple[str, ...] = ()  # mail domains whose people get an account when they first come
    oidc_new_roles: tuple[str, ...] = ()  # and the roles that those accounts begin with
    oidc_second_factor: tuple[str, ...] = ("mfa",)

    @property
    def is_demo(self) -> bool:
        return self.mode is Mode.DEMO

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach us by https: then cookies are Secure and carry the __Host- prefix."""
        return self.base_url.startswith("https://")

    @property
    def key(self) -> bytes:
        return self.secret_key.encode()

    def site(self, language: str) -> str:
        """What addresses begin with in this language, without a slash at the end: never from the request's Host
        (requirement G7). Swedish has no prefix."""
        return self.base_url + ("" if language == "sv" else f"/{language}")

    @property
    def provider_name(self) -> str:
        """What the button to the provider of single sign-on says; "" when there is none."""
        return (self.oidc_button or urlsplit(self.oidc_issuer).hostname or "") if self.oidc_issuer else ""

    @property
    def map_site(self) -> str:
        """The name of the map's site: who follows a link shall know where it leads."""
        return (urlsplit(self.map_url).hostname or "").removeprefix("www.")

    def map_of(self, latitude: float | None, longitude: float | None) -> str:
        """The address of a map of that spot, for visitors who choose to follow it; "" without a map or a spot."""
        if latitude is None or longitude is None:
            return ""
        return self.map_url.replace("{latitude}", str(latitude)).replace("{longitude}", str(longitude))


def load(*, instance_path: Path | None = None, environ: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings out of, strongest first: `given`, the environment, the file. Raises BadSettings.

    A missing secret key is made and written to the file (mode 0600), except in production, where it must be given.
    """
    env = os.environ if environ is None else environ
    folder = Path(instance_path or env.get("BOOKING_INSTANCE") or default_instance())
    wishes: dict[str, Any] = {**_from_file(folder / FILE_NAME), **_from_environment(env), **given}
    hints = get_type_hints(Settings)
    values = {name: _as_type(name, value, hints[name]) for name, value in wishes.items()}
    values.setdefault("database_url", "")
    if not values["database_url"]:
        values["database_url"] = f"sqlite:///{folder / 'booking.db'}"
    if not values.get("secret_key"):
        if values.get("mode", Mode.PRODUCTION) is Mode.PRODUCTION:
            raise BadSettings(
                f"secret_key is missing: set {PREFIX}SECRET_KEY to at least {MIN_SECRET} random characters "
                "(python3 -c 'import secrets; print(secrets.token_urlsafe(48))')"
            )
        values["secret_key"] = _make_secret(folder)
    if not values.get("mail_transport"):
        values["mail_transport"] = TRANSPORTS[values.get("mode", Mode.PRODUCTION)]
    if values.get("base_url"):
        values["base_url"] = values["base_url"].rstrip("/")
    if values.get("oidc_client_secret_file"):
        values["oidc_client_secret"] = _secret_of_file(values)
    settings = Settings(instance_path=folder, **values)
    _check(settings)
    return settings


def load_demo(*, instance_path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of a demo: of an installation that says it is one, or where nothing is set up. Raises BadSettings.

    The demo's commands fill and empty databases, so what is set up for real is refused: another mode, or, where no mode
    is named, a secret key in the environment, an https address or a database of one's own. A key in the file says
    nothing: a demo's first start writes one.
    """
    env = os.environ if environ is None else environ
    folder = Path(instance_path or env.get("BOOKING_INSTANCE") or default_instance())
    in_environment = _from_environment(env)
    wishes = {**_from_file(folder / FILE_NAME), **in_environment}
    is_set_up = (
        in_environment.get("secret_key")
        or str(wishes.get("base_url", "")).startswith("https://")
        or wishes.get("database_url")
    )
    if wishes.get("mode", "" if is_set_up else Mode.DEMO) != Mode.DEMO:
        raise BadSettings(
            f"this installation is not set up as a demo, so nothing was touched: set {PREFIX}MODE=demo for a demo"
        )
    return load(instance_path=folder, environ=env, mode=Mode.DEMO)


def default_instance() -> Path:
    """`instance/` beside the package in a source tree; for an installed package, `instance/` where it is started."""
    beside = Path(__file__).resolve().parent.parent
    return beside / "instance" if (beside / "pyproject.toml").exists() else Path.cwd() / "instance"


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadSettings(f"{path} cannot be read: {fault}") from fault
    known = {field.name for field in fields(Settings)} - {"instance_path"}
    for name in found:
        if name not in known:
            raise BadSettings(f"{path} has an unknown setting {name!r}; the README lists the known ones")
    return found


def _from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    known = {field.name for field in fields(Settings)} - {"instance_path"}
    found: dict[str, Any] = {}
    if env.get("DATABASE_URL"):
        found["database_url"] = env["DATABASE_URL"]
    for name, value in env.items():
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        setting = name.removeprefix(PREFIX).lower()
        if setting not in known:
            raise BadSettings(f"{name} is not a setting; the README lists the known ones")
        found[setting] = value
    return found


def _as_type(name: str, value: Any, hint: Any) -> Any:
    try:
        if hint is int:
            return int(value)
        if hint is Mode:
            return Mode(value)
        if hint == tuple[str, ...]:
            return (
                tuple(part.strip() for part in value.split(",") if part.strip())
                if isinstance(value, str)
                else tuple(value)
            )
    except ValueError as fault:
        wanted = "a whole number" if hint is int else f"one of {', '.join(Mode)}"
        raise BadSettings(f"{name} = {value!r} cannot be used: write {wanted}") from fault
    return value


def _secret_of_file(values: Mapping[str, Any]) -> str:
    """What the file of `oidc_client_secret_file` holds, as secret stores put it into containers."""
    if values.get("oidc_client_secret"):
        raise BadSettings("give oidc_client_secret or oidc_client_secret_file, not both")
    path = Path(values["oidc_client_secret_file"])
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise BadSettings(f"oidc_client_secret_file = {str(path)!r} cannot be read") from fault


def _make_secret(folder: Path) -> str:
    """A random key, kept in the settings file so that links survive a restart."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(48)
    path = folder / FILE_NAME
    earlier = path.read_text(encoding="utf-8") if path.exists() else ""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f'secret_key = "{secret}"\n{earlier}')
    return secret


def _check(settings: Settings) -> None:
    if settings.mode is Mode.PRODUCTION:
        _check_production(settings)
    if not settings.database_url.startswith(DATABASES):
        raise BadSettings(f"database_url must begin with {' or '.join(DATABASES)}")
    if not _is_web_address(settings.base_url):
        raise BadSettings(
            f"base_url = {settings.base_url!r}: write the site's address, such as https://kodplats.example"
        )
    if settings.mail_transport not in ("console", "smtp", "memory"):
        raise BadSettings(f"mail_transport = {settings.mail_transport!r}: choose console, smtp or memory")
    if settings.smtp_tls not in ("none", "starttls", "tls"):
        raise BadSettings(f"smtp_tls = {settings.smtp_tls!r}: choose none, starttls or tls")
    if settings.map_url and not _is_map(settings.map_url):
        raise BadSettings("map_url begins with https:// and holds {latitude} and {longitude}, or is empty for no map")
    _check_provider(settings)
    for name, (least, most, meaning) in RANGES.items():
        if not least <= getattr(settings, name) <= most:
            raise BadSettings(f"{name} = {getattr(settings, name)}: {meaning}, {least} to {most}")


def _check_production(settings: Settings) -> None:
    if len(settings.secret_key) < MIN_SECRET or len(set(settings.secret_key)) < 10:
        raise BadSettings(f"secret_key is too weak for production: use at least {MIN_SECRET} random characters")
    if not settings.is_secure:
        raise BadSettings("base_url must begin with https:// in production, since links in letters are built from it")
    if settings.mail_transport != "smtp":
        raise BadSettings(
            f"mail_transport = {settings.mail_transport!r} sends nothing and would show families' links to whoever "
            "reads the log: use smtp in production, with smtp_host"
        )


def _check_provider(settings: Settings) -> None:
    if not settings.oidc_issuer:
        given = [field.name for field in fields(settings) if field.name.startswith("oidc_")]
        needless = [name for name in given if getattr(settings, name) != getattr(Settings, name)]
        if needless:
            raise BadSettings(f"{needless[0]} says nothing without oidc_issuer, the address of the provider")
        return
    is_bare_http = not settings.oidc_issuer.startswith("https://")
    if not _is_web_address(settings.oidc_issuer) or (is_bare_http and settings.mode is Mode.PRODUCTION):
        raise BadSettings("oidc_issuer is the provider's address, exactly as it calls itself, and begins with https://")
    if not settings.oidc_client_id or not settings.oidc_client_secret:
        raise BadSettings("oidc_issuer needs oidc_client_id and oidc_client_secret (or oidc_client_secret_file)")
    if any("@" in domain or "." not in domain for domain in settings.oidc_domains):
        raise BadSettings("oidc_domains holds what stands after @ in addresses, such as kommun.example")
    if set(settings.oidc_new_roles) - set(OIDC_NEW_ROLES):
        raise BadSettings(f"oidc_new_roles may hold {', '.join(OIDC_NEW_ROLES)}: administrators give the other roles")


def _is_map(url: str) -> bool:
    return url.startswith("https://") and all(part in url for part in _PLACES_IN_MAP_URL)


def _is_web_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment


def current() -> Settings:
    """The settings of the running application."""
    settings: Settings = current_app.extensions["kodplats"]
    return settings
