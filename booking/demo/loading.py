"""Loading the demo, through the importers and verbs that everybody uses, and emptying it again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import delete, exists, select

from booking.bookings import services as bookings
from booking.bookings.rules import Child, ContactDetails, Wishes
from booking.demo import accounts, content, staffing
from booking.demo.content import FAMILIES, Family, Fill, SlotPlan, StopPattern
from booking.kernel import cells, clock, table
from booking.kernel.act import Act
from booking.kernel.refusal import N_, Refused
from booking.kernel.table import Column, needed, optional
from booking.places import services as places
from booking.places.models import Organisation, Place, Stop
from booking.places.rules import Hours
from booking.programme import services as programme
from booking.programme.models import Activity, Slot
from booking.programme.rules import SlotState, Terms
from booking.store import AuditEntry, Base, audit, writes
from booking.store.engine import session
from booking.subscriptions import services as subscriptions
from booking.subscriptions.models import Subscription

FOLDER = Path(__file__).parent
HOST = "1290"
# A slot with this many free seats is open, with fewer there are "few left".
_STAYS_OPEN = 4
# The mark in the audit trail by which a demo's database is known.
_MARK = "load_demo"


class NotTheDemo(Refused):
    """The database holds something that the demo has not made."""

    message = N_("This database is in use and was not made by the demo. Nothing was changed.")


@writes
def load(*, act: Act) -> str:
    """Fill an empty database, all of it or nothing, and say in one line what it holds; a loaded demo stays as it is.

    The same day gives the same programme. Raises NotTheDemo.
    """
    if is_loaded():
        accounts.open_missing(act=act)
        return "The demo is loaded already; what was entered is kept."
    if _is_in_use():
        raise NotTheDemo
    _import_tables(act)
    planned = _plan_all(act)
    booked = _book_all(planned, act=act)
    _follow_all(planned, act=act)
    accounts.open_missing(act=act)
    staffing.staff_all(act=act)
    audit(_MARK, "demo", act=act)
    return f"The demo is loaded: {len(planned)} slots, {booked} bookings."


@writes
def reset(*, act: Act) -> str:
    """Delete everything in the demo's database and load it again. Raises NotTheDemo."""
    if not is_loaded() and _is_in_use():
        raise NotTheDemo
    session().expunge_all()
    for emptied in reversed(Base.metadata.sorted_tables):
        session().execute(delete(emptied))
    return load(act=act)


def is_loaded() -> bool:
    """Whether this database was filled by the demo. One query."""
    return bool(session().scalar(select(exists().where(AuditEntry.verb == _MARK))))


def _is_in_use() -> bool:
    """Whether there is anything that somebody may miss: libraries and activities come before slots and bookings."""
    return any(session().scalar(select(exists().where(each.id.is_not(None)))) for each in (Organisation, Activity))


def _import_tables(act: Act) -> None:
    organisations = places.read_organisations(_table("municipalities"))
    places.import_organisations(organisations, runs_workshops=HOST, act=act)
    places.import_places(places.read_places(_table("places")), act=act)
    places.import_stops(places.read_stops(_table("stops")), act=act)
    programme.import_activities(programme.read_workshops(_table("workshops")), act=act)
    programme.import_activities(programme.read_courses(_table("courses")), act=act)
    numbers = _place_numbers()
    for room in table.read(_table("rooms"), columns=_ROOM, into=_Room, key=None):
        places.add_room(numbers[room.place], name=room.name, seats=room.seats, act=act)
    hours: dict[str, list[Hours]] = {}
    for open_ in table.read(_table("opening_hours"), columns=_OPEN, into=_Open, key=None):
        hours.setdefault(open_.place, []).append(open_.hours)
    for slug, week in hours.items():
        places.set_opening_hours(numbers[slug], hours=week, act=act)


@dataclass(frozen=True)
class _Planned:
    """A plan that became a slot."""

    plan: SlotPlan
    slot: Slot
    seats: int
    fill: Fill


def _plan_all(act: Act) -> list[_Planned]:
    activities = {found.slug: found for found in session().scalars(select(Activity))}
    numbers = _place_numbers()
    minutes = {slug: found.duration_minutes for slug, found in activities.items()}
    now = clock.to_local(act.now).replace(tzinfo=None)
    planned = []
    plans = content.slots(now, minutes=minutes, stops=_stops())
    off = content.called_off(plans)
    for wanted, fill in zip(plans, content.fills(plans, now), strict=True):
        activity = activities[wanted.activity]
        slot = programme.plan(
            activity.id,
            place_id=numbers[wanted.place],
            meetings=wanted.meetings,
            terms=_terms(wanted, fill, act),
            opens=wanted.opens,
            closes=wanted.closes,
            series=wanted.series,
            act=act,
        )
        planned.append(_Planned(wanted, slot, activity.seats, fill))
        if wanted is off:
            _call_off(slot, act=act)
    return planned


def _terms(wanted: SlotPlan, fill: Fill, act: Act) -> Terms:
    is_online = wanted.place == content.ONLINE
    return Terms(
        state=SlotState.PUBLISHED,
        admission=wanted.admission,
        queue_limit=fill.queue_limit,
        language=wanted.language,
        is_online=is_online,
        join_url=f"https://mote.example.org/{act.new_code(6).hex()}" if is_online else "",
    )


def _call_off(slot: Slot, *, act: Act) -> None:
    # Everybody reads the reason, in calendars too: it says nothing about a person (requirement G11).
    subscriptions.call_off(
        slot.id,
        reason_sv="Lokalen går inte att använda den dagen. Vi planerar ett nytt pass och hoppas att ni kan komma då.",
        reason_en="The room cannot be used that day. We are planning a new workshop and hope that you can come then.",
        act=act,
    )


def _book_all(planned: list[_Planned], *, act: Act) -> int:
    """Book the slots as full as their plans say; the number of bookings."""
    parties = _Parties(act)
    for each in planned:
        _fill(each, each.fill, parties)
    return parties.booked


def _fill(each: _Planned, fill: Fill, parties: _Parties) -> None:
    free = each.seats
    for _ in range(fill.parties):
        if free > _STAYS_OPEN:
            free -= parties.book(each, at_most=free - _STAYS_OPEN)
    if fill.leaves is None:
        return
    while free > fill.leaves:
        free -= parties.book(each, at_most=free - fill.leaves)
    for _ in range(fill.queue):
        parties.book(each, at_most=2)


def _follow_all(planned: list[_Planned], *, act: Act) -> None:
    """Some families who follow something, a question that nobody has answered, two who wait for booking to open."""
    # Three days ago, so that what is new today is new to them.
    asked = replace(act, now=act.now - dt.timedelta(days=3))
    for adult, wish, language in content.FOLLOWERS:
        subscriptions.ask(_address(adult), wish=wish, language=language, act=asked)
        [ref] = session().scalars(select(Subscription.ref).where(Subscription.confirmed_at.is_(None)))
        subscriptions.confirm(ref, language=language, act=asked)
    adult, wish = content.ASKER
    subscriptions.ask(_address(adult), wish=wish, language="sv", act=act)
    soon = next((each.slot for each in planned if each.slot.opens_at > act.now), None)
    for adult in content.WAITING:
        if soon is None:
            break
        subscriptions.ask_for_opening(soon.id, email=_address(adult), language="sv", act=act)
    # At once and not at five: whoever tries the demo looks at its letters now.
    subscriptions.write_digests(until=act.now, act=act)


class _Parties:
    """The invented families, one after the other, so that no family stands twice on one slot."""

    def __init__(self, act: Act) -> None:
        self._act = act
        self.booked = 0

    def book(self, each: _Planned, *, at_most: int) -> int:
        """Book the next family on a slot; how many children that made."""
        number = self.booked % len(FAMILIES)
        family = FAMILIES[number]
        children = tuple(
            Child(name, self._age(each.slot, place)) for place, name in enumerate(family.children[: max(at_most, 1)])
        )
        wishes = Wishes(
            children=children,
            contact=_contact(family, number),
            adults=1 if each.slot.adult_stays else 0,
            needs="",
        )
        self.booked += 1
        bookings.book(each.slot.id, wishes=wishes, key=self._act.new_code(16).hex(), act=self._act)
        return len(children)

    def _age(self, slot: Slot, place: int) -> int:
        lowest, highest = slot.age_min or 0, slot.age_max or 18
        return lowest + (self.booked + place) % (highest - lowest + 1)


def _contact(family: Family, number: int) -> ContactDetails:
    return ContactDetails(
        name=family.adult,
        email=_address(family.adult),
        phone=f"+4670174{605 + number:04}",  # a series kept for fiction
        language=family.language,
    )


def _address(adult: str) -> str:
    return f"{adult.casefold()}@example.org"


def _place_numbers() -> dict[str, int]:
    rows = session().execute(select(Place.slug, Place.id))
    return {slug: number for slug, number in rows}  # noqa: C416  # dict() would take a result for a mapping


def _stops() -> list[StopPattern]:
    rows = session().execute(
        select(Place.slug, Stop.weekday, Stop.week_cycle, Stop.week_parity, Stop.arrives, Stop.departs)
        .join(Stop, Stop.place_id == Place.id)
        .order_by(Stop.weekday, Stop.arrives, Place.id)
    )
    return [StopPattern(*row) for row in rows]


@dataclass(frozen=True, kw_only=True)
class _Room:
    line: int
    place: str
    name: str
    seats: int
    source: str


@dataclass(frozen=True, kw_only=True)
class _Open:
    line: int
    place: str
    weekday: int
    opens: dt.time
    closes: dt.time
    source: str

    @property
    def hours(self) -> Hours:
        return Hours(weekday=self.weekday, opens=self.opens, closes=self.closes)


_ROOM: dict[str, Column[Any]] = {
    "place": needed(cells.slug),
    "name": needed(cells.text(80)),
    "seats": needed(cells.whole(1, 1000)),
    "source": optional(cells.text(80), default=""),
}
_OPEN: dict[str, Column[Any]] = {
    "place": needed(cells.slug),
    "weekday": needed(cells.whole(1, 7)),
    "opens": needed(cells.clock_time),
    "closes": needed(cells.clock_time),
    "source": optional(cells.text(80), default=""),
}


def _table(name: str) -> bytes:
    return (FOLDER / f"{name}.csv").read_bytes()
