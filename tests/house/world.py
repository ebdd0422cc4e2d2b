"""A family's booking, a stranger's, and an object for each kind of address: the world in which every route is tried."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from booking.accounts.rules import Purpose
from booking.accounts.rules.roles import GRANTS, Capability, Post, Role
from booking.accounts.services import signing_in
from booking.places import services as places
from booking.places.models import Organisation, Place, Stop
from booking.places.rules import DayOffKind, PlaceKind, WeekParity
from booking.store import writes
from booking.store.engine import session
from tests.accounts.doors import (
    feed_link,
    feedback_link,
    join_link,
    manage_link,
    mine_link,
    opened,
    staff_feed,
    substitute_link,
)
from tests.accounts.people import carrying, employ, inside, invited, reset_link
from tests.bookings.world import (
    DAY,
    NOW,
    ROLF,
    SAMIRA,
    MadeSlot,
    act_at,
    book,
    children_of,
    make_slot,
    rows,
    run,
    wishes,
)
from tests.programme.leading import away_and_asked, lead
from tests.subscriptions.world import follow, subscriber_links

_SUBSTITUTES = ("substitute", "substitute_walk_in", "substitute_undo")
_ROLES = {
    **{f"bookings.{name}": "substitute" for name in _SUBSTITUTES},
    "bookings.mine": "mine",
    "bookings.calendar": "mine",
    "bookings.join": "joining",
}


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
        self.staff = {role: employ(role.value.title(), Post(role, *_scope(role))) for role in Role}
        self.assignment = lead(self.slot.id, self.staff[Role.TRAINER])[0]
        self.near: MadeSlot = self._make_near()
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
            "kind": "csv",
            "way": "serie",
            "word": "om",
            "activity_id": rows("SELECT min(id) FROM activities")[0][0],
            "meeting_id": rows("SELECT min(id) FROM meetings WHERE slot_id = :id", id=self.slot.id)[0][0],
            "kit_id": 1,
            "assignment_id": self.assignment,
            **away_and_asked(self.assignment),
        }
        self.library = rows("SELECT min(id) FROM places")[0][0]
        self.room = places.add_room(self.library, name="Verkstaden", seats=16, act=act_at()).id
        self.days = places.add_days_off(
            kind=DayOffKind.OTHER,
            first_on=(NOW + DAY).date(),
            last_on=(NOW + DAY).date(),
            name="Inventering",
            place_id=self.library,
            act=act_at(),
        ).id
        # What the list at the door is of: a meeting so near that its trainer may see it.
        self.door = {
            "slot_id": self.near.id,
            "meeting_id": rows("SELECT min(id) FROM meetings WHERE slot_id = :id", id=self.near.id)[0][0],
            "booking_id": rows("SELECT min(id) FROM bookings WHERE slot_id = :id", id=self.near.id)[0][0],
        }
        self._links["substitute"] = [substitute_link(self.door["meeting_id"])]
        self._tokens: dict[str, str] = {}
        self.member = self.staff[Role.TRAINER]
        place = rows("SELECT place_id FROM slots WHERE id = :id", id=self.slot.id)[0][0]
        self.role = rows("SELECT id FROM staff_roles WHERE staff_id = :id", id=self.member)[0][0]
        # What another address than the usual object's has in that place.
        self._instead: dict[str, dict[str, Any]] = {
            "calendars.family": {"token": feed_link(SAMIRA).split("/")[-1].removesuffix(".ics")},
            "calendars.trainer": {"token": staff_feed(Purpose.TRAINER_FEED, str(self.member))},
            "calendars.desk": {"token": staff_feed(Purpose.DESK_FEED, f"{self.staff[Role.COORDINATOR]}:{place}")},
            "calendars.activity": {"slug": rows("SELECT slug FROM activities")[0][0]},
            "calendars.stop": {"slug": "hallplatsen"},
            "bookings.attendance_days": {"slot_id": self.near.id},
            "bookings.arrival": {"ref": rows("SELECT ref FROM bookings WHERE slot_id = :id", id=self.near.id)[0][0]},
            "front.stop": {"slug": "hallplatsen"},
        }

    def client(self, role: str) -> FlaskClient:
        """A browser: of a family, or of somebody who is signed in with that role."""
        client = self.app.test_client()
        if role in list(Role):
            token = self._tokens.get(role) or signing_in.open_session(self.staff[Role(role)], act=act_at()).token
            self._tokens[role] = token
            return carrying(client, token)
        for link in self._links.get(role, []):
            opened(client, link)
        return client

    def reader(self, endpoint: str) -> FlaskClient:
        """A browser that may see this page."""
        if endpoint == "accounts.new_password":
            return opened(self.app.test_client(), reset_link(self.member))
        if endpoint == "accounts.take_invitation":
            return opened(self.app.test_client(), invited("Nytt Namn"))
        if endpoint == "accounts.code":
            return inside(self.app.test_client(), self.staff[Role.ADMINISTRATOR], is_half=True)
        guard = getattr(self.app.view_functions[endpoint], "guard", "")
        if guard.startswith("staff"):
            # Whoever has no second factor yet may turn it off and on; the others' pages are the administrator's.
            return self.client(_who_may(guard.partition(":")[2]))
        if endpoint.startswith("subscriptions."):
            return self.client("subscriber")
        return self.client(_ROLES.get(endpoint, "asked" if endpoint.startswith("bookings.feedback") else "own"))

    def path(self, endpoint: str, arguments: set[str], **others: Any) -> str:
        values = {**self.objects, **self._instead.get(endpoint, {}), **others}
        if endpoint.startswith("subscriptions."):
            values = {**values, "ref": self.wish, "slot_id": self.soon.id, **others}
        if endpoint.startswith("accounts."):
            values.update({"number": self.member, "role": self.role, **others})
        if endpoint.startswith("places.") or endpoint in ("desk.close_place", "desk.reopen_place"):
            values.update({**self._in_register(endpoint), **others})
        if endpoint.startswith("bookings.") and "meeting_id" in arguments:
            values.update({**self.door, **others})
        if endpoint.startswith("demo."):
            values["number"] = rows("SELECT max(id) FROM letters")[0][0]
        with self.app.test_request_context():
            return self.app.url_for(endpoint, **{name: values[name] for name in arguments})

    def _in_register(self, endpoint: str) -> dict[str, Any]:
        """The number in an address of the house register: the library's, where Branch works, unless it says what."""
        if "days" in endpoint:
            return {"number": self.days}
        if "organisation" in endpoint:
            return {"number": rows("SELECT min(id) FROM organisations")[0][0]}
        return {"number": self.library, "room": self.room}

    def _make_near(self) -> MadeSlot:
        """A slot whose list is open to its trainer too, at the library of the other one."""
        near = make_slot(starts_at=NOW + 3 * DAY)
        book(near)
        run(
            "UPDATE slots SET place_id = (SELECT place_id FROM slots WHERE id = :other) WHERE id = :id",
            id=near.id,
            other=self.slot.id,
        )
        lead(near.id, self.staff[Role.TRAINER])
        return near

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


def _who_may(capability: str) -> Role:
    readers = (Role.ADMINISTRATOR, Role.COORDINATOR, Role.TRAINER) if capability else (Role.COORDINATOR,)
    return next(role for role in readers if not capability or role in GRANTS[Capability(capability)])


def _scope(role: Role) -> tuple[int | None, int | None]:
    """Branch staff work somewhere."""
    return (None, rows("SELECT min(id) FROM places")[0][0]) if role is Role.BRANCH else (None, None)


def routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule with each method that it lists; HEAD goes where GET goes."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD"}):
            yield rule, method
