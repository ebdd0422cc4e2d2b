"""Statements that go past SQLAlchemy's own execution give and refuse what it would have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, bindparam, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from booking.outbox.models import Letter
from booking.outbox.rules import LetterState
from booking.store import db, writes
from booking.store.engine import WRITING, connection, reading, session
from booking.store.numbers import NextNumber
from booking.store.prepared import Prepared, together
from tests.support.queries import counted

NOON = dt.datetime(2026, 11, 5, 12, 0, tzinfo=dt.UTC)
_letter = Letter.__table__.c
_WRITE = Prepared(insert(Letter).returning(_letter.id))
_PLAIN = Prepared(insert(Letter))
_PLAIN_NUMBERED = Prepared(insert(Letter))
_COUNT = Prepared(select(func.count()).select_from(Letter))
_READ = Prepared(
    select(_letter.kind, _letter.payload, _letter.state, _letter.created_at, _letter.not_after)
    .where(_letter.id == bindparam("number"), _letter.state != LetterState.SENT)
    .limit(1)
)


def a_letter(message_id: str = "<1@example.org>", **others: Any) -> dict[str, Any]:
    return {
        "kind": "bookings/seated",
        "recipient": "samira@example.org",
        "language": "sv",
        "subject": "booking:1",
        "payload": {"children": 2, "title": {"sv": "Å, ä och ö"}},
        "message_id": message_id,
        "state": LetterState.WAITING,
        "created_at": NOON,
        "due_at": NOON,
        "not_after": None,
        "attempts": 0,
        **others,
    }


@writes
def write(**others: Any) -> int:
    return _WRITE.number(a_letter(**others))


def test_values_go_in_and_come_out_as_sqlalchemy_would_take_and_give_them(app: Flask) -> None:
    east = dt.timezone(dt.timedelta(hours=5))
    number = write(not_after=NOON.astimezone(east))

    with reading():
        prepared = _READ.rows({"number": number})
        usual = connection().execute(_READ._statement, {"number": number}).all()

    assert prepared == [tuple(row) for row in usual]
    assert prepared == [("bookings/seated", a_letter()["payload"], LetterState.WAITING, NOON, NOON)]
    assert prepared[0][3].tzinfo is dt.UTC


def test_nothing_found_is_an_empty_list(app: Flask) -> None:
    assert _READ.rows({"number": 17}) == []


def test_a_constant_in_the_statement_needs_no_value(app: Flask) -> None:
    number = write(state=LetterState.SENT)

    assert _READ.rows({"number": number}) == []


def test_many_rows_go_in_by_one_call(app: Flask) -> None:
    @writes
    def write_two() -> None:
        _PLAIN.each([a_letter("<1@example.org>"), a_letter("<2@example.org>")])

    write_two()

    assert session().scalar(text("SELECT count(*) FROM letters")) == 2


def test_what_is_written_together_is_one_trip_on_a_server_and_is_seen_by_the_next_question(app: Flask) -> None:
    @writes
    def write_two() -> int:
        with together():
            _PLAIN.write(a_letter("<1@example.org>"))
            _PLAIN.write(a_letter("<2@example.org>", payload={"percent": "100 %"}))
            return _COUNT.number({})

    with counted() as sent:
        found = write_two()

    assert found == 2
    assert len(sent) == (2 if db.engine.dialect.name == "postgresql" else 3)
    assert session().scalars(select(_letter.payload).where(_letter.message_id == "<2@example.org>")).one() == {
        "percent": "100 %"
    }


def test_given_one_of_several_is_refused_then_none_is_written(app: Flask) -> None:
    write()

    @writes
    def write_two() -> None:
        with together():
            _PLAIN.write(a_letter("<2@example.org>"))
            _PLAIN.write(a_letter())

    with pytest.raises(IntegrityError):
        write_two()

    assert session().scalar(text("SELECT count(*) FROM letters")) == 1


def test_given_a_fault_of_ours_then_what_was_gathered_is_forgotten(app: Flask) -> None:
    @writes
    def write_one() -> None:
        with together():
            _PLAIN.write(a_letter())
            raise LookupError

    with pytest.raises(LookupError):
        write_one()

    assert write() > 0
    assert session().scalar(text("SELECT count(*) FROM letters")) == 1


def test_a_number_drawn_beforehand_is_the_one_that_nobody_else_gets(app: Flask) -> None:
    first = write()

    @writes
    def write_numbered() -> int:
        number = Prepared(select(NextNumber(Letter))).number({})
        _PLAIN_NUMBERED.write({"id": number, **a_letter("<2@example.org>")})
        return number

    second = write_numbered()

    assert len({first, second, write(message_id="<3@example.org>")}) == 3


def test_what_a_constraint_refuses_is_an_integrity_error_and_takes_the_verb_back(app: Flask) -> None:
    write()

    @writes
    def write_again() -> None:
        _WRITE.number(a_letter("<2@example.org>"))
        _WRITE.number(a_letter())

    with pytest.raises(IntegrityError):
        write_again()

    assert session().scalar(text("SELECT count(*) FROM letters")) == 1


def test_who_counts_statements_counts_these(app: Flask) -> None:
    with counted() as sent:
        number = write()
        _READ.rows({"number": number})

    assert len(sent) == 2


def test_given_a_dead_line_to_the_database_then_the_next_question_gets_a_new_one(app: Flask) -> None:
    def ask_on_a_dead_line() -> None:
        with reading():
            driver: Any = connection().connection.driver_connection
            driver.close()
            _READ.rows({"number": 1})

    with pytest.raises(DBAPIError) as caught:
        ask_on_a_dead_line()

    assert caught.value.connection_invalidated
    with reading():
        assert _READ.rows({"number": 1}) == []


def test_a_glance_reads_what_is_committed_without_a_transaction(app: Flask) -> None:
    number = write()
    session().rollback()

    assert _READ.glance({"number": number}) == _READ.glance({"number": number})
    assert not session().in_transaction()
    with counted() as sent:
        found = _READ.glance({"number": number})

    assert found[0][0] == "bookings/seated"
    assert len(sent) == 1


def test_a_glance_within_a_verb_sees_what_the_verb_has_written(app: Flask) -> None:
    @writes
    def written() -> list[Any]:
        number = _WRITE.number(a_letter())
        return _READ.glance({"number": number})

    assert len(written()) == 1


def test_a_glance_that_fails_fails_as_sqlalchemy_would_have(app: Flask) -> None:
    number = write()
    _READ.glance({"number": number})
    with writing() as line:
        line.execute(text("ALTER TABLE letters RENAME TO away"))

    with pytest.raises(DBAPIError):
        _READ.glance({"number": number})
    with writing() as line:
        line.execute(text("ALTER TABLE away RENAME TO letters"))

    assert len(_READ.glance({"number": number})) == 1


def test_a_glance_survives_a_server_that_hung_up(postgresql_app: Flask) -> None:
    """The pool's line is dead: the question is asked again on a new one, or refused as what it is, and never lost."""
    number = write()
    _READ.glance({"number": number})
    with writing() as line:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = :n"
        line.execute(text(others), {"n": line.engine.url.database})
    with suppress(DBAPIError):
        _READ.glance({"number": number})

    assert len(_READ.glance({"number": number})) == 1


@contextmanager
def writing() -> Iterator[Connection]:
    with db.engine.connect().execution_options(**{WRITING: True}) as line, line.begin():
        yield line
