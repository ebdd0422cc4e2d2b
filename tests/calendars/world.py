"""A small autumn for the calendar tests: places, and slots made by the programme's own verbs."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any

import icalendar
from sqlalchemy import select
from werkzeug.test import TestResponse

from booking.kernel.act import Act, Actor, ActorKind
from booking.kernel.period import WallPeriod
from booking.kernel.sorting import search_key, sort_key
from booking.places.models import Organisation, Place
from booking.places.rules import OrganisationKind, PlaceKind
from booking.programme.models import Activity, Meeting, Slot
from booking.programme.rules import ActivityKind, Sign, SlotState, Terms
from booking.programme.services import plan
from booking.store import writes
from booking.store.engine import session

UTC = dt.UTC
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EARLIER = dt.datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
LATER = dt.datetime(2026, 11, 20, 12, 34, 56, tzinfo=UTC)
"""When things were planned, and when a test changes them: both before NOW, which is when the feeds are fetched."""

_numbers = count(1)


def act(now: dt.datetime = EARLIER) -> Act:
    """What Maj, who plans, does at `now`."""
    return Act(actor=Actor(ActorKind.STAFF, "maj"), now=now)


@writes
def add(row: Any) -> Any:
    """Keep a row of any table."""
    session().add(row)
    session().flush()  # its number is wanted
    return row


@writes
def change(row: Any, **values: Any) -> None:
    """Change a row behind the verbs' back."""
    found = session().get(type(row), row.id)
    for name, value in values.items():
        setattr(found, name, value)


def place(
    slug: str = "ahus", *, name: str = "Åhus bibliotek", kind: PlaceKind = PlaceKind.BRANCH, **more: Any
) -> Place:
    organisation = session().scalars(select(Organisation)).first() or add(
        Organisation(code="1290", name="Kristianstad", kind=OrganisationKind.MUNICIPALITY, runs_workshops=True)
    )
    values: dict[str, Any] = {
        "address": "Demogatan 2",
        "postal_code": "296 31",
        "locality": "Åhus",
        "latitude": 55.924,
        "longitude": 14.296,
        **more,
    }
    row: Place = add(
        Place(
            organisation_id=organisation.id,
            slug=slug,
            kind=kind,
            name=name,
            sort_key=sort_key(name),
            search_key=search_key(name, values["locality"]),
            changed_at=EARLIER,
            **values,
        )
    )
    return row


def activity(title: str = "Robotlek med Blue-Bot", **more: Any) -> Activity:
    values: dict[str, Any] = {
        "kind": ActivityKind.WORKSHOP,
        "title_en": "Robot play with Blue-Bot",
        "description_sv": "Vi leker med små robotar.",
        "description_en": "We play with small robots.",
        "age_min": 6,
        "age_max": 9,
        "duration_minutes": 45,
        "seats": 8,
        "sign": Sign.ROBOT,
        **more,
    }
    row: Activity = add(
        Activity(
            slug=f"aktivitet-{next(_numbers)}",
            title_sv=title,
            search_key=search_key(title, values["description_sv"]),
            changed_at=EARLIER,
            **values,
        )
    )
    return row


def slot(what: Activity, where: Place, *starts: dt.datetime, at: dt.datetime = EARLIER, **terms: Any) -> Slot:
    """A published slot, meetings of 45 minutes at these wall times; Thursday 26 November 2026 16:30 unless given."""
    walls = starts or (dt.datetime(2026, 11, 26, 16, 30),)  # noqa: DTZ001 - a wall time
    return plan(
        what.id,
        place_id=where.id,
        meetings=[WallPeriod.on(wall.date(), wall.time(), minutes=45) for wall in walls],
        terms=Terms(**{"state": SlotState.PUBLISHED, **terms}),
        opens=min(walls) - dt.timedelta(days=30),
        act=act(at),
    )


def wall(days: int, hour: int = 16, minute: int = 30) -> dt.datetime:
    """A wall time so many days after Monday 23 November 2026, or before it."""
    return dt.datetime(2026, 11, 23, hour, minute) + dt.timedelta(days=days)  # noqa: DTZ001 - a wall time


def meetings(of: Slot) -> list[Meeting]:
    """A slot's meetings as they are stored now, in the order in which they were planned."""
    found = select(Meeting).where(Meeting.slot_id == of.id).order_by(Meeting.id)
    return list(session().scalars(found, execution_options={"populate_existing": True}))


def events(response: TestResponse) -> dict[str, Any]:
    """The events of a calendar by UID, read by `icalendar`; none may stand twice."""
    assert response.status_code == 200, response.get_data(as_text=True)
    found = icalendar.Calendar.from_ical(response.data).walk("VEVENT")
    by_uid: dict[str, Any] = {str(event["UID"]): event for event in found}
    assert len(by_uid) == len(found)
    return by_uid


def titles(response: TestResponse) -> list[str]:
    """The titles in a calendar, in its order."""
    return [str(event["SUMMARY"]) for event in events(response).values()]
