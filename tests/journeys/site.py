"""The running site that the journeys visit: `kodplats run` with the demo, and beside it a slot in every state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from booking.app import create_app
from booking.kernel import clock
from booking.kernel.act import system_act
from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.programme import services as planning
from booking.programme.models import Activity
from booking.programme.rules import Admission, Sign, SlotState
from booking.store.engine import session
from tests.accounts import doors
from tests.builders import make_activity, make_place, make_slot
from tests.support.database import SqliteFiles, close, settings_for
from tests.support.server import Engine, RunningServer, serve

# Words that stand nowhere but in what these journeys write into forms; the log must hold none of them (F6).
CANARY = "kanariefagel"
TITLE = "Rymdresan med robotar"
PLACE = "Kanelvikens bibliotek"
# What a careless planner writes: one word that no line of a phone holds.
LONG_TITLE = "Programmeringsgrundkursförberedelseeftermiddagar"
LONG_PLACE = "Kulturhuset Långvattensdalens filialbiblioteksannex"
ENGLISH_TITLE = "A journey into space with robots"

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@dataclass
class Site:
    """The server, and the application on its database: for what only staff can do."""

    server: RunningServer
    app: Flask
    slots: dict[str, int] = field(default_factory=dict)
    """State → a slot's number; the journeys book those that they make themselves."""

    def address(self, path: str = "/") -> str:
        return f"{self.server.url}{path}"

    def page_of(self, state: str, *, language: str = "") -> str:
        """The address of the page of a slot in this state."""
        return self.address(f"{language}/pass/{self.slots[state]}")

    def new_slot(self, **more: Any) -> int:
        """A slot of TITLE at PLACE for ages 8 to 12 that nobody has booked: its number."""
        with self.app.app_context():
            return _slot(**more)

    def call_off(self, slot: int) -> None:
        """What staff do when the leader is ill."""
        with self.app.app_context():
            planning.call_off(
                slot, reason_sv="Ledaren är sjuk.", reason_en="The leader is ill.", act=system_act("desk")
            )

    def feedback_link(self) -> str:
        """What the letter of thanks to a family with two children carries."""
        with self.app.app_context():
            return self.address(doors.feedback_link(_slot(days=36), now=dt.datetime.now(dt.UTC)))

    def join_link(self, ref: str) -> str:
        """What the letter of the evening before carries."""
        with self.app.app_context():
            return self.address(doors.join_link(ref, now=dt.datetime.now(dt.UTC)))

    def log(self) -> str:
        """All that the server has written so far."""
        return self.server.log.read_text(errors="replace")


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """The site, for as long as the block lasts."""
    url = SqliteFiles(folder).copy(to=folder / "booking.db")
    with serve(database_url=url, engine=Engine.WAITRESS, env={"BOOKING_MODE": "demo"}) as server:
        app = create_app(settings_for(url, instance=folder, base_url=server.url))
        try:
            site = Site(server, app)
            with app.app_context():
                site.slots.update(_one_in_each_state())
            yield site
        finally:
            close(app)


def _one_in_each_state() -> dict[str, int]:
    """The world, made once, and the numbers of its slots by their state."""
    now = dt.datetime.now(dt.UTC)
    make_place("kanelviken", PLACE, locality="Kanelviken", accessibility_note="Entré utan trösklar. Hiss finns.")
    make_activity(
        TITLE,
        ages=(8, 12),
        title_en=ENGLISH_TITLE,
        description="Vi bygger en raket och styr den mot månen.\n\nIngen behöver kunna något innan.",
        description_en="We build a rocket and steer it to the moon.",
        adult_stays=True,
        sign=Sign.ROBOT,
    )
    online = make_place("kanelviken-online", "Kanelviken på nätet", kind=PlaceKind.DIGITAL, locality="")
    annex = make_place("annexet", LONG_PLACE, locality="Långvattensdalen", phone="040-628 04 99")
    long = make_activity(LONG_TITLE, ages=(9, 13), sign=Sign.LAPTOP, description=f"{LONG_TITLE}. " * 3)
    return {
        "open": _slot(seated=2),
        "few": _slot(seats=6, seated=4, days=4),
        "queue": _slot(seats=4, seated=4, queued=3, days=5),
        "full": _slot(seats=2, seated=2, queued=1, queue_limit=1, days=6),
        "off": _slot(state=SlotState.CALLED_OFF, seated=3, days=7),
        "soon": _slot(opens_at=now + 2 * DAY, days=8),
        "closed": _slot(closes_at=now - HOUR, days=9),
        "group": _slot(admission=Admission.CLOSED_GROUP, days=10),
        "free": _slot(admission=Admission.DROP_IN, days=11),
        "club": _slot(times=6, days=12),
        "online": _slot(place=online, days=13),
        "alone": _slot(adult_stays=False, days=14),
        "long": _slot(activity=long, place=annex, days=15, language="sv,ar"),
        "started": _slot(starts=now - HOUR / 2, closes_at=now - HOUR, opens_at=now - 9 * DAY),
    }


def _slot(*, days: int = 3, **more: Any) -> int:
    """A slot's number: of TITLE at PLACE, eight seats, booking opened yesterday, unless said otherwise."""
    read = session()
    values: dict[str, Any] = {
        "starts": _afternoon(days),
        "activity": read.scalars(select(Activity).where(Activity.title_sv == TITLE)).one(),
        "place": read.scalars(select(Place).where(Place.name == PLACE)).one(),
        "seats": 8,
        "opens_at": dt.datetime.now(dt.UTC) - DAY,
    }
    return make_slot(**{**values, **more}).id


def _afternoon(days: int) -> dt.datetime:
    """Half past three at the library, so many days from today."""
    day = clock.local_day(dt.datetime.now(dt.UTC)) + days * DAY
    return clock.to_utc(dt.datetime.combine(day, dt.time(15, 30)))
