"""Calendar programs that we did not write fetch our feeds from a running server (requirement J15).

vdirsyncer fetches over HTTP and stores, khal reads what it stored; ical.js reads the same address, and `icalendar` with
`recurring-ical-events` too. All of them must say what the database says: over the next two weeks in which the clocks
change (in 2026 those of 28 March and 31 October 2027), and again after a meeting was moved, a place renamed and a
workshop called off.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import icalendar
import pytest
import recurring_ical_events
from flask import Flask

from booking.app import create_app
from booking.kernel import clock
from booking.kernel.period import WallPeriod
from booking.places import services as places
from booking.programme import services as programme
from booking.programme.models import Slot
from booking.store import db
from tests.calendars import world
from tests.calendars.world import act
from tests.support.database import close, settings_for
from tests.support.icaljs import IcalJs
from tests.support.server import RunningServer, serve


def _next_change(month: int) -> dt.date:
    """The next last Sunday of that month that is some days away: then the clocks change (directive 2000/84/EC)."""
    soon = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=6)
    last_days = [dt.date(year, month, 31) for year in (soon.year, soon.year + 1)]
    return next(day for last in last_days if (day := last - dt.timedelta(days=last.isoweekday() % 7)) >= soon)


def _around(change: dt.date) -> list[dt.datetime]:
    """Thursday, Saturday and Monday, 16:30 on the wall: by that people know a workshop."""
    return [dt.datetime.combine(change + dt.timedelta(days=days), dt.time(16, 30)) for days in (-3, -1, 1)]


SPRING, AUTUMN = _next_change(3), _next_change(10)
NIGHT = dt.datetime.combine(AUTUMN, dt.time(2, 30))
"""Comes twice; the first of the two is meant."""
YEAR = min(SPRING, AUTUMN) - dt.timedelta(days=5), max(SPRING, AUTUMN) + dt.timedelta(days=5)

Told = tuple[str, dt.datetime, dt.datetime, str]
"""Title, start and end as instants, and the name of the place."""


@dataclass
class Library:
    """A running server, and the application on its database: for what only staff can do."""

    server: RunningServer
    app: Flask
    slots: dict[str, int] = field(default_factory=dict)

    def stored(self) -> list[Told]:
        """What the database says, in order of time."""
        with self.app.app_context():
            db.session.rollback()
            found = []
            for slot in db.session.query(Slot):
                for meeting in world.meetings(slot):
                    off = "INSTÄLLT: " if slot.call_off else ""
                    where = meeting.place.name
                    found.append((off + slot.activity.title_sv, meeting.starts_at, meeting.ends_at, where))
            return sorted(found, key=lambda told: (told[1], told[0]))


@pytest.fixture
def library(database_url: str, tmp_path: Path) -> Iterator[Library]:
    app = create_app(settings_for(database_url, instance=tmp_path))
    now = dt.datetime.now(dt.UTC)
    with serve(database_url=database_url) as server:
        library = Library(server, app)
        with app.app_context():
            ahus = world.place()
            hammar = world.place("hammar", name="Hammars bibliotek", address="Byvägen 1", locality="Hammar")
            walls = {"spring": _around(SPRING), "autumn": _around(AUTUMN), "night": [NIGHT]}
            for word, starts in walls.items():
                what = world.activity(f"Klubben {word}, med åäö; och \\ tecken")
                library.slots[word] = world.slot(what, ahus, *starts, at=now).id
            library.slots["off"] = world.slot(world.activity("Sagor"), hammar, _around(SPRING)[1], at=now).id
        yield library
    close(app)


def _change_everything(library: Library) -> None:
    """Move one meeting over the change of clocks, rename a place, call a workshop off."""
    now = dt.datetime.now(dt.UTC)
    with library.app.app_context():
        moved = world.meetings(db.session.get_one(Slot, library.slots["spring"]))[1]
        easter = WallPeriod.on(SPRING, dt.time(10), minutes=45)
        programme.move_meeting(moved.id, to=easter, accepting="The clocks change that night.", act=act(now))
        places.rename(moved.place_id, name="Åhus nya bibliotek", act=act(now))
        programme.call_off(library.slots["off"], reason_sv="Vattenläcka.", act=act(now))


def test_four_readers_agree_with_the_database_before_and_after_changes(
    library: Library, tmp_path: Path, icaljs: IcalJs
) -> None:
    khal = Khal(library.server.url + "/pass.ics", tmp_path / "khal")
    for change in (None, _change_everything):
        if change:
            change(library)
        stored = library.stored()
        raw = _fetch(library.server.url + "/pass.ics")

        assert khal.synced() == stored
        assert _by_icaljs(icaljs, raw) == stored
        assert _by_icalendar(raw) == stored
        assert _by_expansion(raw) == stored
    assert {told[0].partition(":")[0] for told in stored} >= {"INSTÄLLT"}
    assert {told[3] for told in stored} == {"Åhus nya bibliotek", "Hammars bibliotek"}


def test_vdirsyncer_changes_only_what_has_changed(library: Library, tmp_path: Path) -> None:
    khal = Khal(library.server.url + "/bibliotek/ahus.ics", tmp_path / "khal")
    khal.synced()
    before = khal.files()

    khal.synced()
    assert khal.files() == before

    now = dt.datetime.now(dt.UTC)
    with library.app.app_context():
        moved = world.meetings(db.session.get_one(Slot, library.slots["autumn"]))[0]
        programme.move_meeting(
            moved.id, to=WallPeriod.on(AUTUMN - dt.timedelta(days=4), dt.time(9), minutes=45), act=act(now)
        )
    khal.synced()
    after = khal.files()

    # It names a file by its content: a changed entry is another file.
    assert len(after) == len(before)
    assert len(set(after.items()) - set(before.items())) == 1


def test_a_server_without_its_database_takes_nothing_from_the_phone(
    library: Library, tmp_path: Path, database_url: str
) -> None:
    khal = Khal(library.server.url + "/pass.ics", tmp_path / "khal")
    stored = khal.synced()
    with db_away(library.app):
        failed = khal.sync()
        assert failed.returncode != 0
        assert khal.listed() == stored
    assert khal.synced() == stored


class db_away:  # reads as the condition that it is
    """The meetings are not to be had while the block lasts: every feed that asks for them fails in the middle."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def _rename(self, old: str, new: str) -> None:
        from sqlalchemy import text

        with self._app.app_context(), db.engine.begin() as line:
            line.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
            # What is kept must not answer for what cannot be read.
            line.execute(text("UPDATE feed_state SET revision = revision + 1"))

    def __enter__(self) -> None:
        self._rename("call_offs", "away")

    def __exit__(self, *_: object) -> None:
        self._rename("away", "call_offs")


class Khal:
    """vdirsyncer and khal with settings, state and calendars of their own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "vdirsyncer.conf").write_text(
            f'[general]\nstatus_path = "{folder}/status/"\n'
            '[pair feed]\na = "here"\nb = "there"\ncollections = null\nconflict_resolution = "b wins"\n'
            f'[storage here]\ntype = "filesystem"\npath = "{folder}/calendar/"\nfileext = ".ics"\n'
            f'[storage there]\ntype = "http"\nurl = "{url}"\n'
        )
        (folder / "khal.conf").write_text(
            f"[calendars]\n[[feed]]\npath = {folder}/calendar/\ntype = calendar\nreadonly = False\n"
            "[locale]\nlocal_timezone = Europe/Stockholm\ndefault_timezone = Europe/Stockholm\n"
            "timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
            "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
            f"[sqlite]\npath = {folder}/khal.db\n[default]\ndefault_calendar = feed\n"
        )
        self._run("vdirsyncer", "discover", answers="y\n" * 10)

    def synced(self) -> list[Told]:
        """What khal shows once vdirsyncer has fetched."""
        done = self.sync()
        assert done.returncode == 0, done.stderr
        return self.listed()

    def sync(self) -> subprocess.CompletedProcess[str]:
        return self._run("vdirsyncer", "sync")

    def listed(self) -> list[Told]:
        """What khal shows of both weeks and what lies between, in order of time."""
        parts = ("title", "start-long-full", "end-long-full", "location")
        shape = "\x1f".join("{" + part + "}" for part in parts) + "\x1e"
        shown = self._run("khal", "list", "--once", "--day-format", "", "--format", shape, *map(str, YEAR))
        assert shown.returncode == 0, shown.stderr
        rows = [row.strip().split("\x1f") for row in shown.stdout.split("\x1e") if row.strip()]
        told = [(title, _wall(start), _wall(end), where.split(", ")[0]) for title, start, end, where in rows]
        return sorted(told, key=lambda one: (one[1], one[0]))

    def files(self) -> dict[str, str]:
        """The stored calendars by name."""
        return {path.name: path.read_text() for path in (self.folder / "calendar").iterdir()}

    def _run(self, program: str, *arguments: str, answers: str = "") -> subprocess.CompletedProcess[str]:
        home = {"HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder)}
        settings = self.folder / f"{program}.conf"
        return subprocess.run(
            [str(Path(sys.executable).with_name(program)), "--config", str(settings), *arguments],
            env={**os.environ, **home, "TZ": "Europe/Stockholm", "LANG": "C.UTF-8"},
            input=answers,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def _wall(text: str) -> dt.datetime:
    return clock.to_utc(dt.datetime.fromisoformat(text))


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=20) as response:
        body: bytes = response.read()
        return body


def _by_icaljs(icaljs: IcalJs, raw: bytes) -> list[Told]:
    read = icaljs.read(raw)["events"]
    return _sorted(
        (event["summary"], _instant(event["starts_at"]), _instant(event["ends_at"]), event["location"].split(", ")[0])
        for event in read
    )


def _by_icalendar(raw: bytes) -> list[Told]:
    return _sorted(map(_told, icalendar.Calendar.from_ical(raw).walk("VEVENT")))


def _by_expansion(raw: bytes) -> list[Told]:
    return _sorted(map(_told, recurring_ical_events.of(icalendar.Calendar.from_ical(raw)).between(*YEAR)))


def _told(event: Any) -> Told:
    start, end = (event[name].dt.astimezone(dt.UTC) for name in ("DTSTART", "DTEND"))
    return str(event["SUMMARY"]), start, end, str(event["LOCATION"]).split(", ")[0]


def _instant(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _sorted(told: Any) -> list[Told]:
    return sorted(told, key=lambda one: (one[1], one[0]))
