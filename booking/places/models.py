"""Where things happen: organisations, libraries, stops and venues, their rooms and opening hours."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from booking.places.rules import DayOffKind, OrganisationKind, PlaceKind, WeekParity
from booking.store import Base, Key, enum_column

# Counts the savings: who read an earlier one must look again before saving (requirement A14).
Version = Annotated[int, mapped_column(default=1, server_default=text("1"))]


class Organisation(Base):
    """A municipality's library organisation, or the region. `code` is SCB's municipality code, "1290"."""

    __tablename__ = "organisations"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[OrganisationKind] = mapped_column(enum_column(OrganisationKind))
    runs_workshops: Mapped[bool] = mapped_column(default=False)
    version: Mapped[Version]


class Place(Base):
    """A library, a bokbuss stop, the digital library or a venue.

    `sort_key` orders names as Swedish does (no database here can), `search_key` is the case-folded text that free-text
    search reads. A place that closed keeps its row: history and statistics must survive it.
    """

    __tablename__ = "places"
    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
    )

    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    slug: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[PlaceKind] = mapped_column(enum_column(PlaceKind))
    name: Mapped[str]
    sort_key: Mapped[str]
    search_key: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    locality: Mapped[str] = mapped_column(default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    phone: Mapped[str] = mapped_column(default="")
    accessibility_note: Mapped[str] = mapped_column(default="")
    directions: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    closed_from: Mapped[dt.date | None]
    changed_at: Mapped[dt.datetime]  # the last change of what calendars show; feeds build on it
    version: Mapped[Version]

    organisation: Mapped[Organisation] = relationship()
    rooms: Mapped[list[Room]] = relationship(back_populates="place", order_by="Room.id")
    opening_hours: Mapped[list[OpeningHours]] = relationship(order_by="(OpeningHours.weekday, OpeningHours.opens)")
    stop: Mapped[Stop | None] = relationship(back_populates="place")


class Room(Base):
    """A room in a place, with the number of people it takes."""

    __tablename__ = "rooms"
    __table_args__ = (CheckConstraint("seats > 0", name="seats"),)

    id: Mapped[Key]
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"), index=True)
    name: Mapped[str]
    seats: Mapped[int]
    version: Mapped[Version]

    place: Mapped[Place] = relationship(back_populates="rooms")


class OpeningHours(Base):
    """When a place is open: a weekday (1 is Monday, ISO) of every week, or, with `on_day`, that one day instead.

    An exception without times (`opens` and `closes` None) means closed that day. Times are wall times.
    """

    __tablename__ = "opening_hours"
    __table_args__ = (
        CheckConstraint("(weekday IS NULL) <> (on_day IS NULL)", name="weekday_or_day"),
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("closes > opens", name="closes_after_opens"),
    )

    id: Mapped[Key]
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"), index=True)
    weekday: Mapped[int | None]
    on_day: Mapped[dt.date | None]
    opens: Mapped[dt.time | None]
    closes: Mapped[dt.time | None]
    note: Mapped[str] = mapped_column(default="")


class Stop(Base):
    """What makes a place a bokbuss stop: the pattern of its visits, in wall time, until timetables take over."""

    __tablename__ = "stops"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("week_cycle BETWEEN 1 AND 8", name="week_cycle"),
        CheckConstraint("departs > arrives", name="departs_after_arrives"),
    )

    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"), primary_key=True)
    weekday: Mapped[int]
    week_cycle: Mapped[int]
    week_parity: Mapped[WeekParity] = mapped_column(enum_column(WeekParity))
    arrives: Mapped[dt.time]
    departs: Mapped[dt.time]

    place: Mapped[Place] = relationship(back_populates="stop")


class DayOff(Base):
    """Days on which staff plan nothing without a reason: a holiday, a school break, something of the library's own.

    The calendar that staff keep, for all places (`place_id` None) or for one; both days included. It closes nothing: a
    place's opening hours and their exceptions do. `name` is what staff call it, "Höstlov".
    """

    __tablename__ = "days_off"
    __table_args__ = (CheckConstraint("first_on <= last_on", name="span"), Index(None, "last_on"))

    id: Mapped[Key]
    place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"), index=True)
    kind: Mapped[DayOffKind] = mapped_column(enum_column(DayOffKind))
    first_on: Mapped[dt.date]
    last_on: Mapped[dt.date]
    name: Mapped[str]
    version: Mapped[Version]
