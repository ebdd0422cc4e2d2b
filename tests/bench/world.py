"""The library that is measured: the real places and workshops, 500 coming slots, and years of bookings behind them.

The rows are made in bulk, not by the verbs: a million bookings must be there in a minute. What is behind is spread over
past slots of twenty seats each, as it would be in the tenth year: with their contacts, children, links, letters and
audit entries.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, select, text

from booking.app import create_app
from booking.demo.loading import FOLDER as TABLES
from booking.kernel.act import system_act
from booking.places import services as places
from booking.places.models import Place
from booking.programme import services as programme
from booking.programme.models import Activity, Meeting, SeatPool, Slot
from booking.programme.rules import Admission, SlotState
from booking.store import Base, db, migrating
from booking.store.engine import WRITING
from tests.support.database import close, settings_for

COMING = 500
PAST_SEATS = 20
STORM_SEATS = 20
PLENTY = 1_000_000
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
_ADMISSIONS = {7: Admission.DROP_IN}


@dataclass
class World:
    """Numbers of the slots that the measurements use; all of them are coming and open for booking."""

    endless: int = 0
    """A slot with more seats than can be booked, on the list's first page."""
    storms: list[int] = field(default_factory=list)
    """Slots with 20 seats, each for one storm."""
    shown: int = 0
    """A slot whose page is read, with its title."""
    shown_title: str = ""


def build(url: str, folder: Path, *, bookings: int) -> World:
    """Migrate an empty database and fill it, with so many bookings behind it."""
    app = create_app(settings_for(url, instance=folder))
    with app.app_context():
        migrating.upgrade(db.engine)
        act = system_act("bench")
        _import_tables()
        db.session.remove()
        with db.engine.connect().execution_options(**{WRITING: True}) as connection:
            driver: Any = connection.connection.driver_connection
            if connection.dialect.name == "sqlite":
                # Nothing here needs to outlive a power cut, and the index pages of a million rows fit into memory.
                driver.execute("PRAGMA synchronous = OFF")
                driver.execute("PRAGMA cache_size = -1500000")
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    # Triggers that wait for the commit would forbid to take constraints away.
                    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
                world = _coming(connection, act.now)
                with _without_indexes(connection):
                    _past(connection, act.now, bookings)
            _settle(connection.dialect.name, driver)
    close(app)
    return world


@contextmanager
def imported(url: str, folder: Path) -> Iterator[tuple[Connection, dt.datetime]]:
    """A writing connection to a migrated database with the real places and workshops, and the time it is there."""
    app = create_app(settings_for(url, instance=folder))
    with app.app_context():
        migrating.upgrade(db.engine)
        _import_tables()
        db.session.remove()
        with db.engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
            yield connection, system_act("bench").now
    close(app)


def _import_tables() -> None:
    act = system_act("bench")

    def table(name: str) -> bytes:
        return (TABLES / f"{name}.csv").read_bytes()

    places.import_organisations(places.read_organisations(table("municipalities")), runs_workshops="1290", act=act)
    places.import_places(places.read_places(table("places")), act=act)
    places.import_stops(places.read_stops(table("stops")), act=act)
    programme.import_activities(programme.read_workshops(table("workshops")), act=act)


# ---- coming slots ----


def _coming(connection: Connection, now: dt.datetime) -> World:
    """Five hundred slots over ten weeks: most open, some full, some not open yet, drop-ins, clubs, one called off."""
    place_ids = list(connection.scalars(select(Place.id).order_by(Place.id)))
    activities = connection.execute(select(Activity.id, Activity.title_sv, Activity.age_min, Activity.age_max)).all()
    first = now.replace(hour=14, minute=0, second=0, microsecond=0) + 4 * DAY
    world = World()
    slots, pools, meetings = [], [], []
    for number in range(1, COMING + 1):
        activity = activities[number % len(activities)]
        starts_at = first + (number * 70 // COMING) * DAY + number % 4 * HOUR
        weeks = 6 if number % 25 == 24 else 1
        seats, seated = (PLENTY, 0) if number == 1 else (STORM_SEATS, 0) if 2 <= number <= 13 else (12, number % 13)
        is_special = number <= 13 or number % 2 == 0
        if number == 1:
            world.endless = number
        elif number <= 13:
            world.storms.append(number)
        slots.append(
            {
                "id": number,
                "activity_id": activity.id,
                "place_id": place_ids[number % len(place_ids)],
                "state": SlotState.CALLED_OFF if number == 41 else SlotState.PUBLISHED,
                "admission": Admission.BOOKING if is_special else _ADMISSIONS.get(number % 10, Admission.BOOKING),
                "starts_at": starts_at,
                "ends_at": starts_at + (weeks - 1) * 7 * DAY + HOUR,
                "opens_at": now + DAY if number % 10 == 9 and not is_special else now - 7 * DAY,
                "closes_at": starts_at,
                "age_min": 8,
                "age_max": 12,
                "adult_stays": True,
                "language": "sv,ar" if number % 12 == 5 else "sv",
                "series": "",
                "changed_at": now,
            }
        )
        pools.append({"slot_id": number, "seats": seats, "seated": seated, "queued": 2 if seated == 12 else 0})
        meetings += [
            meeting_row(number, slots[-1]["place_id"], starts_at + week * 7 * DAY, now=now) for week in range(weeks)
        ]
    world.shown = 14
    world.shown_title = activities[world.shown % len(activities)].title_sv
    _insert(connection, Slot.__table__, slots)
    _insert(connection, SeatPool.__table__, pools)
    _insert(connection, Meeting.__table__, meetings)
    return world


def slot_row(
    number: int, activity_id: int, place_id: int, starts_at: dt.datetime, *, changed_at: dt.datetime
) -> dict[str, Any]:
    """A published slot of an hour for ages 8 to 12 whose adults stay."""
    return {
        "id": number,
        "activity_id": activity_id,
        "place_id": place_id,
        "state": SlotState.PUBLISHED,
        "admission": Admission.BOOKING,
        "starts_at": starts_at,
        "ends_at": starts_at + HOUR,
        "opens_at": starts_at - 30 * DAY,
        "closes_at": starts_at,
        "age_min": 8,
        "age_max": 12,
        "adult_stays": True,
        "language": "sv",
        "series": "",
        "changed_at": changed_at,
    }


def meeting_row(slot_id: int, place_id: int, starts_at: dt.datetime, *, now: dt.datetime) -> dict[str, Any]:
    return {
        "slot_id": slot_id,
        "place_id": place_id,
        "starts_local": starts_at.replace(tzinfo=None),
        "ends_local": (starts_at + HOUR).replace(tzinfo=None),
        "starts_at": starts_at,
        "ends_at": starts_at + HOUR,
        "uid": secrets.token_hex(16),
        "changed_at": now,
    }


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 5000):
        connection.execute(insert(table), rows[start : start + 5000])


# ---- what is behind ----


def _past(connection: Connection, now: dt.datetime, bookings: int) -> None:
    place_ids = list(connection.scalars(select(Place.id)))
    activity_ids = list(connection.scalars(select(Activity.id)))
    count = -(-bookings // PAST_SEATS)
    # Ten years at most, so that the farthest ones lie no farther whatever their number.
    step = min(10 * 365 * DAY / count, 2 * HOUR)
    slots, pools, meetings = [], [], []
    for past in range(1, count + 1):
        number = COMING + past
        starts_at = (now - DAY - past * step).replace(microsecond=0)
        place_id = place_ids[number % len(place_ids)]
        activity_id = activity_ids[number % len(activity_ids)]
        slots.append(slot_row(number, activity_id, place_id, starts_at, changed_at=starts_at))
        pools.append({"slot_id": number, "seats": PAST_SEATS, "seated": PAST_SEATS, "queued": 0})
        meetings.append(meeting_row(number, place_id, starts_at, now=starts_at))
    _insert(connection, Slot.__table__, slots)
    _insert(connection, SeatPool.__table__, pools)
    _insert(connection, Meeting.__table__, meetings)
    words = _WORDS[connection.dialect.name]
    for statement in _BULK:
        codes = {f"code_{row}": words["code"].format(i=number) for row, number in (("n", "n.i"), ("b", "b.id"))}
        question = statement.format(**words, **codes)
        values = {"first": COMING, "bookings": bookings, "seats": PAST_SEATS}
        connection.execute(text(question), {name: values[name] for name in values if f":{name}" in question})


_WORDS = {
    "sqlite": {
        "numbers": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :bookings)",
        # In rising order, so that the index of a unique column grows at its end, and spread over all codes there are.
        "code": "printf('%08x', {i} * 4294967295 / :bookings) || lower(hex(randomblob(12)))",
        "nonce": "randomblob(32)",
        "cast": "",
    },
    "postgresql": {
        "numbers": "WITH n(i) AS (SELECT generate_series(1, :bookings))",
        "code": "md5(random()::text || {i})",
        "nonce": "decode(md5(random()::text) || md5(random()::text), 'hex')",
        "cast": "::json",
    },
}
_PAYLOAD = (
    """('{{"slot_id": ' || b.slot_id || ', "title": {{"sv": "Robotlek", "en": "Robots"}}, "children": 1, "ref": "' """
    """|| b.ref || '", "place": {{"name": "Biblioteket", "address": "Demogatan 2", "locality": "Byn"}}}}')"""
)
_BULK = (
    (
        "INSERT INTO contacts (id, name, email, address_key, phone, language) {numbers} "
        "SELECT i, 'Samira Lind', 'behind.' || i || '@example.org', {code_n}, '+46701740605', 'sv' FROM n"
    ),
    (
        "INSERT INTO bookings (id, ref, slot_id, pool_id, contact_id, standing, party, adults, needs, passed_over, "
        "form_key, form_digest, contact_key, uid, sequence, created_at, changed_at) {numbers} "
        "SELECT n.i, substr(upper({code_n}), 1, 16), p.slot_id, p.id, n.i, 'seated', 1, 1, '', 0, "
        "{code_n}, {code_n}, {code_n}, {code_n}, 0, s.opens_at, s.opens_at "
        "FROM n JOIN seat_pools p ON p.slot_id = :first + 1 + (n.i - 1) / :seats JOIN slots s ON s.id = p.slot_id"
    ),
    (
        "INSERT INTO participants (id, booking_id, name, age, child_key) "
        "SELECT b.id, b.id, 'Ada', 9, {code_b} FROM bookings b"
    ),
    (
        "INSERT INTO links (id, purpose, subject, nonce, token_hash, created_at, ends_at) "
        "SELECT b.id, 'manage', b.ref, {nonce}, {code_b} || {code_b}, b.created_at, s.ends_at "
        "FROM bookings b JOIN slots s ON s.id = b.slot_id"
    ),
    "INSERT INTO letters (id, kind, recipient, language, payload, subject, message_id, state, created_at, due_at, "
    "attempts, sent_at) SELECT b.id, 'bookings/seated', 'behind.' || b.id || '@example.org', 'sv', "
    + _PAYLOAD
    + "{cast}, 'booking:' || b.id, '<' || {code_b} || '@kodplats.example>', 'sent', b.created_at, b.created_at, 1, "
    "b.created_at FROM bookings b",
    (
        "INSERT INTO audit_entries (at, actor_kind, actor_ref, verb, subject, request_id) "
        "SELECT b.created_at, 'public', '', 'book', 'booking:' || b.id, 'K7M4QXR' FROM bookings b"
    ),
)


def _settle(dialect: str, driver: Any) -> None:
    """Leave the database as an ordinary day finds it: pages where they belong, and on PostgreSQL statistics taken."""
    if dialect == "sqlite":
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    driver.autocommit = True
    driver.execute("VACUUM ANALYZE")
    driver.execute("CHECKPOINT")
    driver.autocommit = False


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """Indexes and references are put aside and made anew at the end, from the whole: that takes a third of the time."""
    if connection.dialect.name == "sqlite":
        # Not the unique ones: references of other tables lead to them, and every row that is written asks for them.
        found = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE name LIKE 'ix_%' AND sql NOT LIKE 'CREATE UNIQUE%'"
        ).all()
        away = [f"DROP INDEX {name}" for name, _ in found]
        back = [definition for _, definition in found]
    else:
        connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '512MB'")
        indexes = connection.exec_driver_sql(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'ix\\_%%'"
        ).all()
        constraints = connection.exec_driver_sql(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype IN ('f', 'u') AND connamespace = 'public'::regnamespace ORDER BY contype DESC"
        ).all()
        away = [f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name, _ in constraints]
        away += [f"DROP INDEX {name}" for name, _ in indexes]
        back = [definition for _, definition in indexes]
        back += [f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for table, name, definition in constraints]
        back += [_numbers_go_on(table) for table in Base.metadata.sorted_tables if "id" in table.c]
    for statement in away:
        connection.exec_driver_sql(statement)
    yield
    for statement in back:
        connection.exec_driver_sql(statement)


def _numbers_go_on(table: Table) -> str:
    name = table.name
    return f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), greatest(max(id), 1)) FROM {name}"
