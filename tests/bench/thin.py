"""The comparator: the barest Flask application that does the same durable transaction, with the raw drivers.

It takes a seat by a conditional decrement, inserts a booking, inserts a letter and answers 303: no form, no validation,
no session, no template, no translation, no ORM. What is fast here is what the framework, the driver and the disk allow.
SQLite is told the same as in the product (WAL, synchronous FULL) and its writers queue on the same kind of locked file;
PostgreSQL commits as durably and is reached through a pool of as many connections.

    THIN_DATABASE=sqlite:///file.db gunicorn --config python:tests.bench.thin_server "tests.bench.thin:create_app()"
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import queue
import secrets
import sqlite3
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask, Response, abort, redirect, request
from flask.typing import ResponseReturnValue

POOL = 8
SLOT = 1
SEATS = 1_000_000_000
HELLO = b"Hello, library!\n"
READY = b"".join(b"%06d a line of a body that lies ready\n" % number for number in range(1200))[:51_200]
# What a cheap question gives decides about this one.
REVISION_ETAG = '"1"'
ETAG = '"' + hashlib.sha256(READY).hexdigest()[:16] + '"'

SCHEMA = (
    "CREATE TABLE slots (id INTEGER PRIMARY KEY, free INTEGER NOT NULL)",
    f"INSERT INTO slots (id, free) VALUES ({SLOT}, {SEATS})",
    (
        "CREATE TABLE bookings (id {key}, ref TEXT NOT NULL, slot_id INTEGER NOT NULL, party INTEGER NOT NULL, "
        "name TEXT NOT NULL, email TEXT NOT NULL, form_key TEXT NOT NULL UNIQUE)"
    ),
    "CREATE TABLE letters (id {key}, recipient TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL)",
)
KEYS = {"sqlite": "INTEGER PRIMARY KEY", "postgresql": "BIGSERIAL PRIMARY KEY"}

DECREMENT = "UPDATE slots SET free = free - ? WHERE id = ? AND free >= ?"
BOOK = "INSERT INTO bookings (ref, slot_id, party, name, email, form_key) VALUES (?, ?, ?, ?, ?, ?)"
REVISION = f"SELECT id FROM slots WHERE id = {SLOT}"
TELL = "INSERT INTO letters (recipient, body, state) VALUES (?, ?, 'waiting')"

Booked = tuple[str, int, int, str, str, str]
"""A row of BOOK, in its order."""
Book = Callable[[Booked], bool]
"""The transaction; False when there are too few seats."""
Ask = Callable[[], int]
"""One cheap question."""


def create_app() -> Flask:
    """The application on the database of THIN_DATABASE, which `prepare` has made."""
    url = os.environ["THIN_DATABASE"]
    is_sqlite = url.startswith("sqlite")
    book, ask_revision = _on_sqlite(url.removeprefix("sqlite:///")) if is_sqlite else _on_postgresql(url)
    app = Flask("thin", static_folder=None)

    @app.get("/hello")
    def hello() -> ResponseReturnValue:
        return Response(HELLO, mimetype="text/plain")

    @app.get("/ready")
    def ready() -> ResponseReturnValue:
        return Response(READY, mimetype="text/plain", headers={"ETag": ETAG})

    @app.get("/unchanged")
    def unchanged() -> ResponseReturnValue:
        if request.headers.get("If-None-Match") == ETAG:
            return Response(status=304, headers={"ETag": ETAG})
        return ready()

    @app.get("/ready/<int:size>")
    def ready_body(size: int) -> ResponseReturnValue:
        return Response(ready_of(size), mimetype="text/plain", headers={"ETag": ETAG})

    @app.get("/revision")
    def revision() -> ResponseReturnValue:
        etag = f'"{ask_revision()}"'
        if request.headers.get("If-None-Match") == etag:
            return Response(status=304, headers={"ETag": etag})
        return ready()

    @app.post("/book")
    def booking() -> ResponseReturnValue:
        form = request.form
        ref = secrets.token_hex(4)
        if not book((ref, int(form["slot"]), int(form["party"]), form["name"], form["email"], form["key"])):
            abort(409)
        return redirect(f"/booking/{ref}", 303)

    return app


@cache
def ready_of(size: int) -> bytes:
    """A body of that many bytes that lies ready."""
    return (READY * (size // len(READY) + 1))[:size]


def prepare(url: str) -> None:
    """Make the tables in an empty database."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
            file.execute("PRAGMA journal_mode = WAL")
            for statement in SCHEMA:
                file.execute(statement.format(key=KEYS["sqlite"]))
        file.close()
        return
    import psycopg

    with psycopg.connect(_plain(url)) as connection:
        for statement in SCHEMA:
            connection.execute(statement.format(key=KEYS["postgresql"]).encode())


def count(url: str) -> tuple[int, int]:
    """How many bookings and letters there are."""
    question = "SELECT (SELECT count(*) FROM bookings), (SELECT count(*) FROM letters)"
    if url.startswith("sqlite"):
        file = sqlite3.connect(url.removeprefix("sqlite:///"))
        bookings, letters = file.execute(question).fetchone()
        file.close()
        return bookings, letters
    import psycopg

    with psycopg.connect(_plain(url)) as connection:
        bookings, letters = connection.execute(question.encode()).fetchone() or (0, 0)
        return bookings, letters


def _on_sqlite(path: str) -> tuple[Book, Ask]:
    """One connection and one handle of the lock file for each thread, as in the product."""
    mine = threading.local()

    def opened() -> tuple[sqlite3.Connection, int]:
        if not hasattr(mine, "pair"):
            connection = sqlite3.connect(path, timeout=15, isolation_level=None)
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
                "cache_size = -4000",
                "wal_autocheckpoint = 4000",
            ):
                connection.execute(f"PRAGMA {pragma}")
            mine.pair = connection, os.open(path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        pair: tuple[sqlite3.Connection, int] = mine.pair
        return pair

    def book(row: Booked) -> bool:
        connection, lock = opened()
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                done = connection.execute(DECREMENT, (row[2], row[1], row[2])).rowcount == 1
                if done:
                    connection.execute(BOOK, row)
                    connection.execute(TELL, _letter(row))
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            return done
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)

    def revision() -> int:
        number: int = opened()[0].execute(REVISION).fetchone()[0]
        return number

    return book, revision


def _on_postgresql(url: str) -> tuple[Book, Ask]:
    """A pool of POOL connections in each process, opened when first needed: after the fork."""
    import psycopg

    decrement, insert, tell = (text.replace("?", "%s").encode() for text in (DECREMENT, BOOK, TELL))
    pool: queue.LifoQueue[Any] = queue.LifoQueue()
    for _ in range(POOL):
        pool.put(None)

    def book(row: Booked) -> bool:
        connection = pool.get() or psycopg.connect(_plain(url))
        try:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(decrement, (row[2], row[1], row[2]))
                done: bool = cursor.rowcount == 1
                if done:
                    cursor.execute(insert, row)
                    cursor.execute(tell, _letter(row))
            return done
        finally:
            pool.put(connection)

    readers: queue.LifoQueue[Any] = queue.LifoQueue()
    for _ in range(POOL):
        readers.put(None)

    def revision() -> int:
        connection = readers.get() or psycopg.connect(_plain(url), autocommit=True)
        try:
            rows: Any = connection.execute(REVISION)
            number: int = rows.fetchone()[0]
            return number
        finally:
            readers.put(connection)

    return book, revision


def _letter(row: Booked) -> tuple[str, str]:
    return row[4], f"You are booked: {row[0]}."


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
