"""`@writes`: one transaction for each verb, all of it or nothing, and no handle left behind."""

from __future__ import annotations

import datetime as dt
import os
import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from booking.app import create_app
from booking.kernel.act import Act, Actor, ActorKind
from booking.store import AuditEntry, audit, db, in_writing, writes
from booking.store.engine import session
from tests.support.database import close, settings_for

ACT = Act(Actor(ActorKind.SYSTEM, "test"), dt.datetime(2026, 11, 23, tzinfo=dt.UTC))


@writes
def note(subject: str) -> None:
    audit("note", subject, act=ACT)


@writes
def note_and_fall(subject: str) -> None:
    note(subject)
    raise ZeroDivisionError


def noted() -> list[str]:
    return [entry.subject for entry in session().query(AuditEntry).order_by(AuditEntry.id)]


def test_given_a_verb_that_falls_then_nothing_of_it_nor_of_the_verbs_it_called_is_left(app: Flask) -> None:
    note("kept")

    with pytest.raises(ZeroDivisionError):
        note_and_fall("lost")

    assert noted() == ["kept"]
    assert not in_writing()


def test_given_a_server_with_another_default_then_a_verb_still_reads_what_is_committed(
    postgresql_url: str, tmp_path: Path
) -> None:
    app = create_app(settings_for(postgresql_url, instance=tmp_path))
    with app.app_context():
        name = db.engine.url.database
        session().execute(text(f"ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'repeatable read'"))
        session().commit()
    close(app)

    with app.app_context():
        found = level()
    close(app)

    assert found == "read committed"


@writes
def level() -> str:
    return str(session().execute(text("SHOW transaction_isolation")).scalar_one())


def test_given_many_threads_that_wrote_and_ended_then_no_lock_file_stays_open(sqlite_app: Flask) -> None:
    note("first")
    before = len(os.listdir("/proc/self/fd"))

    def write() -> None:
        with sqlite_app.app_context():
            note("one of many")

    for _ in range(40):
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()

    assert len(os.listdir("/proc/self/fd")) <= before + 12
