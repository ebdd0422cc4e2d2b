"""A family's booking, a stranger's, and an object for each kind of address: the world in which every route is tried."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from booking.places.models import Organisation, Place, Stop
from booking.places.rules import PlaceKind, WeekParity
from booking.store import writes
from booking.store.engine import session
from tests.accounts.doors import feed_link, feedback_link, join_link, manage_link, mine_link, opened
from tests.bookings.world import DAY, NOW, ROLF, SAMIRA, MadeSlot, book, children_of, make_slot, rows, wishes
from tests.subscriptions.world import follow, subscriber_links

_ROLES = {"bookings.mine": "mine", "bookings.calendar": "mine", "bookings.join": "joining"}


class World:
    """Samira's booking with two children and her subscription, Rolf's booking, an object for each kind of address."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.slot: MadeSlot = make_slot()
        self.rolf = book(self.slot, wishes(ROLF)).ref
        self.samira = book(self.slot, wishes(SAMIRA, children=2)).ref
        self._make_stop()
        self.soon: MadeSlot = make_slot(opens_at=NOW + DAY)
        self.wish = follow(SAMIRA, at=NOW)
        self._links = {
            "own": [manage_link(self.samira)],
            "other": [manage_link(self.rolf)],
            "mine": [mine_link(SAMIRA)],
            "asked": [feedback_link(self.slot.id)],
            "joining": [join_link(self.samira)],
            "subscriber": subscriber_links(NOW),
        }
        library = rows(
            "SELECT p.slug FROM places p JOIN slots s ON s.place_id = p.id WHERE s.id = :id", id=self.slot.id
        )
        self.objects: dict[str, Any] = {
            "ref": self.samira,
            "child": children_of(self.samira)[0][0],
            "slot_id": self.slot.id,
            "number": self.slot.id,
            "slug": library[0][0],
            "token": self._links["own"][0].rpartition("/")[2],
            "filename": "css/base.css",
        }
        # What another address than the usual object's has in that place.
        self._instead: dict[str, dict[str, Any]] = {
            "calendars.family": {"token": feed_link(SAMIRA).split("/")[-1].removesuffix(".ics")},
            "calendars.activity": {"slug": rows("SELECT slug FROM activities")[0][0]},
            "calendars.stop": {"slug": "hallplatsen"},
            "front.stop": {"slug": "hallplatsen"},
        }

    def reader_of(self, endpoint: str) -> FlaskClient:
        """A browser that may see this page."""
        if endpoint.startswith("subscriptions."):
            return self.client("subscriber")
        return self.client(_ROLES.get(endpoint, "asked" if endpoint.startswith("bookings.feedback") else "own"))

    def client(self, role: str) -> FlaskClient:
        client = self.app.test_client()
        for link in self._links.get(role, []):
            opened(client, link)
        return client

    def path(self, endpoint: str, arguments: set[str], **others: Any) -> str:
        values = {**self.objects, **self._instead.get(endpoint, {}), **others}
        if endpoint.startswith("subscriptions."):
            values = {**values, "ref": self.wish, "slot_id": self.soon.id, **others}
        if endpoint.startswith("demo."):
            values["number"] = rows("SELECT max(id) FROM letters")[0][0]
        with self.app.test_request_context():
            return self.app.url_for(endpoint, **{name: values[name] for name in arguments})

    @staticmethod
    @writes
    def _make_stop() -> None:
        organisation = session().query(Organisation).first()
        place = Place(
            organisation=organisation,
            slug="hallplatsen",
            kind=PlaceKind.STOP,
            name="Hållplatsen",
            sort_key="hallplatsen",
            search_key="hållplatsen",
            locality="Byn",
            changed_at=NOW,
        )
        place.stop = Stop(
            weekday=1, week_cycle=2, week_parity=WeekParity.ODD, arrives=dt.time(15), departs=dt.time(15, 30)
        )
        session().add(place)


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule with each method that it lists; HEAD goes where GET goes."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD"}):
            yield rule, method
