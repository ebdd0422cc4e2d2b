"""What is kept of feeds, and the one number that says whether it still holds: on both databases, also in two
transactions at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, inspect, text
from sqlalchemy.sql.util import find_tables

from booking.bookings.rules import Wishes
from booking.bookings.services import book
from booking.calendars import queries
from booking.calendars.models import FeedState
from booking.calendars.queries import entries
from booking.kernel.kept import Kept
from booking.kernel.period import WallPeriod
from booking.places import services as places
from booking.programme import services as programme
from booking.programme.rules import SlotState
from booking.store import db
from booking.store.engine import WRITING
from tests.builders import ADA, SAMIRA
from tests.calendars import world
from tests.calendars.conftest import Fetch
from tests.calendars.world import LATER, NOW, act, titles, wall
from tests.support.queries import counted

PATHS = ("/pass.ics", "/pass.ics?var=ahus&alder=7&q=robot", "/bibliotek/ahus.ics", "/en/pass.ics", "/pass.atom")


def _rename(slot: Any) -> None:
    places.rename(slot.place_id, name="Åhus nya bibliotek", act=act(LATER))


def _edit(slot: Any) -> None:
    world.change(slot.activity, description_sv="Nytt.", description_en="New.", changed_at=LATER)


def _move(slot: Any) -> None:
    to = WallPeriod.on(wall(9).date(), dt.time(10), minutes=45)
    programme.move_meeting(world.meetings(slot)[0].id, to=to, act=act(LATER))


def _move_out(slot: Any) -> None:
    elsewhere = world.place("hammar", name="Hammars bibliotek")
    meeting = world.meetings(slot)[0]
    to = WallPeriod(meeting.starts_local, meeting.ends_local)
    programme.move_meeting(meeting.id, to=to, place_id=elsewhere.id, act=act(LATER))


def _call_off(slot: Any) -> None:
    programme.call_off(slot.id, reason_sv="Vattenläcka.", act=act(LATER))


def _unpublish(slot: Any) -> None:
    world.change(slot, state=SlotState.DRAFT, changed_at=LATER)


def _change_without_a_date(slot: Any) -> None:
    # As somebody would who mends a row by hand: no `changed_at` tells of it.
    world.change(slot.activity, title_sv="Utan datum", title_en="Without a date")


CHANGES = [_rename, _edit, _move, _move_out, _call_off, _unpublish, _change_without_a_date]


@pytest.mark.parametrize("what_happens", CHANGES)
@pytest.mark.parametrize("path", PATHS)
def test_every_change_that_shows_has_another_tag_at_the_very_next_request(
    fetch: Fetch, path: str, what_happens: Callable[[Any], None]
) -> None:
    slot = world.slot(world.activity(), world.place())
    before = fetch(path)
    assert fetch(path, If_None_Match=before.headers["ETag"]).status_code == 304

    what_happens(slot)

    after = fetch(path, If_None_Match=before.headers["ETag"])
    assert after.status_code == 200
    assert after.data != before.data


@pytest.mark.parametrize("what_happens", CHANGES)
def test_a_process_that_has_not_seen_the_change_does_not_trust_what_it_keeps(
    app: Flask, fetch: Fetch, what_happens: Callable[[Any], None]
) -> None:
    from booking.app import create_app
    from tests.support.database import close

    slot = world.slot(world.activity(), world.place())
    other = create_app(app.extensions["kodplats"])
    other.testing = True

    def elsewhere(**headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return other.test_client().get("/bibliotek/ahus.ics", headers=named)

    try:
        here, there = fetch("/bibliotek/ahus.ics"), elsewhere()
        assert here.headers["ETag"] == there.headers["ETag"]

        what_happens(slot)

        changed = elsewhere(If_None_Match=there.headers["ETag"])
        assert changed.status_code == 200
        assert changed.data == fetch("/bibliotek/ahus.ics").data != there.data
    finally:
        close(other)


def test_what_changes_nothing_that_a_feed_shows_leaves_its_tag(fetch: Fetch) -> None:
    world.slot(world.activity(), world.place())
    hammar = world.place("hammar", name="Hammars bibliotek")
    before = fetch("/bibliotek/ahus.ics")

    world.slot(world.activity("Annat"), hammar, wall(5), at=LATER)

    assert fetch("/bibliotek/ahus.ics", If_None_Match=before.headers["ETag"]).status_code == 304


def test_a_storm_of_bookings_makes_no_feed_anew(app: Flask, fetch: Fetch) -> None:
    slot = world.slot(world.activity(age_max=12), world.place())
    before = queries.revision()

    book(slot.id, wishes=Wishes(children=(ADA,), contact=SAMIRA, adults=1), key="a" * 32, act=act(NOW))

    assert queries.revision() == before


def test_an_answer_304_costs_one_question(fetch: Fetch) -> None:
    world.slot(world.activity(), world.place())
    for path in PATHS:
        tag = fetch(path).headers["ETag"]
        with counted() as sent:
            assert fetch(path, If_None_Match=tag).status_code == 304
        assert len(sent) == 1, (path, sent)
        assert "feed_state" in sent[0]


def test_a_kept_feed_costs_one_question_too_and_a_new_one_four(fetch: Fetch) -> None:
    place = world.place()
    world.slot(world.activity(), place)
    world.change(place, closed_from=wall(5).date())
    for path in PATHS:
        with counted() as first:
            fetch(path)
        with counted() as again:
            fetch(path)
        assert len(first) <= 4, (path, first)
        assert len(again) == 1, (path, again)


def test_a_feed_that_was_emptied_together_with_its_state_is_not_taken_for_the_old_one(fetch: Fetch) -> None:
    world.slot(world.activity(), world.place())
    before = fetch("/pass.ics")
    writes = queries.revision()
    with _writing() as line, line.begin():
        for table in ("seat_pools", "meetings", "slots", "activities", "places", "organisations", "feed_state"):
            line.execute(text(f"DELETE FROM {table}"))

    assert b"VEVENT" not in fetch("/pass.ics").data
    for number in range(8):  # as many writes as there were
        world.slot(world.activity("Något annat"), world.place(f"ny-{number}"))

    assert queries.revision() != writes
    assert b"Robotlek" not in fetch("/pass.ics").data
    assert fetch("/pass.ics", If_None_Match=before.headers["ETag"]).status_code == 200


# The state itself


def test_all_that_feeds_are_read_from_raises_the_revision(app: Flask) -> None:
    """A later migration that makes one of these tables anew on SQLite loses its triggers: then this test fails."""
    with db.engine.connect() as line:
        if line.dialect.name == "sqlite":
            found = line.execute(text("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'")).all()
            per_table = 3
        else:
            asked = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"
            found = line.execute(text(asked.replace(":", "\\:"))).all()
            per_table = 1
    triggers = [table for table, name in found if name.startswith("feed_state_")]

    read_from = {model.__tablename__ for model in entries.READ_FROM}
    froms = {table.name for table in find_tables(entries.entries("sv"), include_joins=False)}
    assert froms == read_from
    assert {table: triggers.count(table) for table in read_from} == dict.fromkeys(read_from, per_table)


def test_inserts_updates_and_deletes_all_count(app: Flask) -> None:
    seen = [queries.revision()]
    for statement in (
        "INSERT INTO call_offs (slot_id, at, actor_ref, reason_sv, reason_en) VALUES ({slot}, {at}, 'maj', 'x', '')",
        "UPDATE call_offs SET reason_sv = 'y'",
        "DELETE FROM call_offs",
    ):
        if len(seen) == 1:
            slot = world.slot(world.activity(), world.place())
            seen = [queries.revision()]
        with _writing() as line, line.begin():
            line.execute(text(statement.format(slot=slot.id, at="'2026-11-20 12:00:00.000000'")))
        seen.append(queries.revision())

    assert len(set(seen)) == 4


def test_what_is_taken_back_does_not_count(app: Flask) -> None:
    slot = world.slot(world.activity(), world.place())
    before = queries.revision()

    with _writing() as line, line.begin() as transaction:
        line.execute(text("UPDATE slots SET bring_sv = 'x'"))
        transaction.rollback()

    assert queries.revision() == before
    assert slot.bring_sv == ""


def test_two_transactions_at_once_never_share_a_number(postgresql_app: Flask, clock: Any) -> None:
    """The one that began first commits last: what a reader kept in between must not pass for the end.

    With `max(changed_at)` instead of the number it would: the later commit has the earlier stamp.
    """
    fetch = _fetcher(postgresql_app)
    first = world.slot(world.activity("Första"), world.place())
    second = world.slot(world.activity("Andra"), world.place("hammar"), wall(5))
    kept = fetch("/pass.ics")
    slow, quick = _writing(), _writing()
    change = text("UPDATE activities SET title_sv = :title, changed_at = :at WHERE id = :id")
    with slow, quick:
        slow_turn = slow.begin()
        slow.execute(change, {"title": "Långsam", "at": LATER, "id": first.activity_id})
        with quick.begin():
            quick.execute(change, {"title": "Snabb", "at": NOW, "id": second.activity_id})

        between = fetch("/pass.ics", If_None_Match=kept.headers["ETag"])
        assert titles(between) == ["Första", "Snabb"]
        slow_turn.commit()

    after = fetch("/pass.ics", If_None_Match=between.headers["ETag"])
    assert titles(after) == ["Långsam", "Snabb"]


def test_nobody_waits_for_the_state_before_the_end(postgresql_app: Flask) -> None:
    """Two verbs that each hold what the other wants next would kill each other if both held the state's row as well."""
    one, other = world.slot(world.activity(), world.place()), world.slot(world.activity(), world.place("hammar"))
    first, second = _writing(), _writing()
    with first, second:
        turn, other_turn = first.begin(), second.begin()
        first.execute(text("UPDATE slots SET bring_sv = 'a' WHERE id = :id"), {"id": one.id})
        second.execute(text("SET LOCAL lock_timeout = '2s'"))
        second.execute(text("UPDATE slots SET bring_sv = 'b' WHERE id = :id"), {"id": other.id})
        other_turn.commit()
        turn.commit()

    with db.engine.connect() as line:
        assert sorted(line.scalars(text("SELECT bring_sv FROM slots"))) == ["a", "b"]


def test_a_database_that_was_in_use_begins_with_a_state(app: Flask) -> None:
    world.slot(world.activity(), world.place())
    from alembic import command

    from booking.store import migrating

    with db.engine.connect().execution_options(**{WRITING: True}) as line, line.begin():
        config = migrating._config(line)
        command.downgrade(config, "0003")
        assert not inspect(line).has_table("feed_state")
        command.upgrade(config, "head")

    state = db.session.query(FeedState).one()
    assert state.changed_at == world.EARLIER
    assert queries.revision() == state.revision > 0


def test_a_migration_may_write_to_a_table_and_then_alter_it(app: Flask) -> None:
    """On PostgreSQL a trigger that waits for the commit would forbid it; an empty database would not show that."""
    from alembic import command

    from booking.store import migrating

    world.slot(world.activity(), world.place())

    with db.engine.connect().execution_options(**{WRITING: True}) as line, line.begin():
        command.current(migrating._config(line))  # runs the migrations' entry, and no migration
        line.execute(text("UPDATE slots SET bring_sv = 'x'"))
        line.execute(text("ALTER TABLE slots ADD COLUMN colour TEXT"))

    assert "colour" in {column["name"] for column in inspect(db.engine).get_columns("slots")}


# What is kept


def test_what_is_kept_takes_no_more_room_than_it_may() -> None:
    kept: Kept[int, str] = Kept(10)

    for number in range(100):
        kept.put(number, "x", size=3)

    assert len(kept) <= 6
    assert kept.get(99) == "x"
    assert kept.get(0) is None


def test_what_is_asked_for_stays_and_what_is_too_large_is_not_kept() -> None:
    kept: Kept[str, str] = Kept(4)
    kept.put("asked for", "yes")

    for number in range(50):
        kept.put(str(number), "x")
        assert kept.get("asked for") == "yes"

    kept.put("large", "x", size=5)
    assert kept.get("large") is None


def _writing() -> Connection:
    return db.engine.connect().execution_options(**{WRITING: True})


def _fetcher(app: Flask) -> Fetch:
    from tests.calendars.conftest import _fetcher as fetcher

    return fetcher(app)
