"""A migrated database for each test, cheaply: the migrations run once for each kind, every test gets a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

from flask import Flask

from booking.app import create_app
from booking.settings import Settings, load
from booking.store import db, migrating
from tests.support.server import SECRET

# A provider of single sign-on at which nobody answers: its pages are there.
PROVIDER: dict[str, object] = {
    "oidc_issuer": "http://127.0.0.1:9",
    "oidc_client_id": "kodplats",
    "oidc_client_secret": "only-for-tests-client-secret",
    "oidc_button": "Kommunens inloggning",
}


def settings_for(database_url: str, *, instance: Path, **others: object) -> Settings:
    """The settings of a test: nothing of the developer's environment, letters kept in memory."""
    given = {"mode": "test", "secret_key": SECRET, "mail_transport": "memory", **others}
    return load(instance_path=instance, environ={}, database_url=database_url, **given)


def migrate(database_url: str, *, instance: Path) -> None:
    """Bring the database to the newest revision, and leave no connection behind."""
    app = create_app(settings_for(database_url, instance=instance))
    with app.app_context():
        migrating.upgrade(db.engine)
    close(app)


def close(app: Flask) -> None:
    """Give back the connections of an application that is no longer used."""
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


class SqliteFiles:
    """Migrated SQLite files in one folder, copied from a first one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._first = folder / "first.db"

    def copy(self, *, to: Path) -> str:
        """A migrated database in the file `to`; returns its URL."""
        if not self._first.exists():
            migrate(f"sqlite:///{self._first}", instance=self._folder)
        shutil.copyfile(self._first, to)
        return f"sqlite:///{to}"
