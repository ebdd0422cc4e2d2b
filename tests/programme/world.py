"""What the programme's tests stand on: a library, a stop and an activity, made by the importers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from booking.kernel.act import Act, Actor, ActorKind
from booking.kernel.period import WallPeriod
from booking.places import services as places
from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.places.services.importing import OrganisationRow, PlaceRow
from booking.programme import services
from booking.programme.models import Activity, Slot
from booking.programme.rules import ActivityKind
from booking.programme.services.importing import ActivityRow
from booking.store.engine import session
from booking.trainers import services as trainers
from booking.trainers.models import Kit, Trainer

NOW = dt.datetime(2026, 10, 1, 8, 0, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 10, 2, 8, 0, tzinfo=dt.UTC)


def maj(now: dt.datetime = NOW) -> Act:
    """An act of Maj, who plans."""
    return Act(actor=Actor(ActorKind.STAFF, "maj"), now=now)


def wall(text: str) -> dt.datetime:
    """A wall time: wall("2026-11-05 16:30")."""
    return dt.datetime.fromisoformat(text)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def at(text: str, *, minutes: int = 60) -> WallPeriod:
    """A meeting's wall time: at("2026-11-05 16:30")."""
    return WallPeriod(wall(text), wall(text) + dt.timedelta(minutes=minutes))


def library(slug: str = "ahus", name: str = "Åhus bibliotek", **more: Any) -> Place:
    """A library of Kristianstad."""
    places.import_organisations(
        [OrganisationRow(line=2, code="1290", name="Kristianstad")], runs_workshops="1290", act=maj()
    )
    values: dict[str, Any] = {
        "kind": PlaceKind.BRANCH,
        "address": "Demogatan 2",
        "postal_code": "296 31",
        "locality": "Åhus",
        "latitude": 55.924,
        "longitude": 14.296,
        "phone": "040-628 04 02",
        "accessibility_note": "",
        "directions": "",
        "closed_from": None,
        "source": "demo",
    }
    places.import_places([PlaceRow(line=2, slug=slug, name=name, **{**values, **more})], act=maj())
    return session().scalars(select(Place).where(Place.slug == slug)).one()


def activity(slug: str = "forsta-spelet-scratch", **more: Any) -> Activity:
    """A workshop for twelve children of 8-10 years."""
    values: dict[str, Any] = {
        "kind": ActivityKind.WORKSHOP,
        "title_sv": "Ditt första spel i Scratch",
        "title_en": "Your first game in Scratch",
        "description_sv": "Du gör ett eget spel.",
        "description_en": "You make your own game.",
        "bring_sv": "",
        "bring_en": "",
        "duration_minutes": 90,
        "seats": 12,
        "sign": None,
        "age_min": 8,
        "age_max": 10,
    }
    services.import_activities([ActivityRow(line=2, slug=slug, **{**values, **more})], act=maj())
    return session().scalars(select(Activity).where(Activity.slug == slug)).one()


def trainer(name: str = "Tove", **more: Any) -> Trainer:
    """Who leads every workshop, at any time."""
    found = trainers.add_trainer(name=name, act=maj(), **more)
    services.set_competences(found.id, kinds=[ActivityKind.WORKSHOP], act=maj())
    return found


def kit(name: str = "Låda 1", *, at: Place, thing: str = "Blue-Bot", pieces: int = 6) -> Kit:
    return trainers.add_kit(name=name, thing=thing, pieces=pieces, home_place_id=at.id, act=maj())


def planned(*meetings: WallPeriod, now: dt.datetime = NOW, **more: Any) -> Slot:
    """A slot of the activity at the library; on 5 November at 16.30 unless `meetings` say otherwise."""
    return services.plan(
        activity().id,
        place_id=more.pop("place_id", None) or library().id,
        meetings=meetings or [at("2026-11-05 16:30")],
        act=maj(now),
        **more,
    )
