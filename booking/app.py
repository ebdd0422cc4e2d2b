"""The composition root: the only module that knows every room. Also the console entry `kodplats`."""

from __future__ import annotations

import re
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask

from booking import __version__
from booking.settings import Settings, load

if TYPE_CHECKING:
    from booking.cli import Program
    from booking.kernel.act import Act

PACKAGE = Path(__file__).resolve().parent


def create_app(settings: Settings | None = None) -> Flask:
    """The whole application. Raises BadSettings when the settings cannot be used."""
    from booking import (
        accounts,
        bookings,
        calendars,
        demo,
        desk,
        front,
        places,
        programme,
        store,
        subscriptions,
        web,
    )
    from booking.places.queries import grounds

    settings = settings or load()
    app = Flask(
        "booking",
        root_path=str(PACKAGE),
        instance_path=str(settings.instance_path),
        template_folder=str(_beside_or_inside("templates")),
        static_folder=str(_beside_or_inside("static")),
        static_url_path="/static",
    )
    app.extensions["kodplats"] = settings
    store.init_app(app, settings)
    web.init_app(app, settings)
    accounts.init_app(app, grounds=grounds)
    for room in (places, programme, bookings, subscriptions, front, calendars, desk):
        room.init_app(app)
    if settings.is_demo:
        demo.init_app(app)
    app.extensions["kodplats.warm"] = partial(warm, app)
    return app


def warm(app: Flask) -> None:
    """Show each public page once, so that what the pages load lies in memory before the server's processes part and is
    shared by them: it saves a tenth. A database that cannot be reached yet is no obstacle."""
    settings: Settings = app.extensions["kodplats"]
    client = app.test_client()

    def page(path: str) -> str:
        # As the outermost trusted proxy would pass it on.
        answer = client.get(path, base_url=settings.base_url, headers={"X-Forwarded-Proto": "https"})
        return answer.text if answer.status_code == HTTPStatus.OK else ""

    page("/")
    slot = re.search(r'href="[^"]*(/pass/\d+)"', page("/pass"))
    if slot:
        page(slot[1])
        page(f"{slot[1]}/bokning")
    from booking import store

    with app.app_context():
        for engine in store.db.engines.values():
            engine.dispose()  # a connection must not be carried into another process


def main() -> None:
    """The `kodplats` command."""
    from booking.cli import cli

    cli(prog_name="kodplats", obj=program())


def program() -> Program:
    """What the commands need from above them."""
    from booking.cli import Program

    return Program(version=__version__, create_app=create_app, load_demo=_load_demo, reset_demo=_reset_demo)


def _load_demo(act: Act) -> str:
    from booking.demo import accounts, loading

    return f"{loading.load(act=act)}\n{accounts.told()}"


def _reset_demo(act: Act) -> str:
    from booking.demo import accounts, loading

    return f"{loading.reset(act=act)}\n{accounts.told()}"


def _beside_or_inside(name: str) -> Path:
    """A wheel carries templates and static files inside the package; a source tree has them beside it."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name
