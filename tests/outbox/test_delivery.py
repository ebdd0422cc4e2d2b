from __future__ import annotations

import datetime as dt
import logging
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from itertools import pairwise
from types import TracebackType
from typing import Any, Self

import pytest
from flask import Flask
from sqlalchemy import text

from booking.kernel import token as tokens
from booking.outbox import queries, rendering, rules, services
from booking.outbox.message import Envelope
from booking.outbox.rules import LetterState
from booking.outbox.services import NewLetter, Tally, deliver_due
from booking.outbox.transports import Memory, Smtp, Transport, Unreachable
from booking.settings import Settings, current
from booking.store import db, in_writing, writes
from booking.store.engine import session
from tests.outbox.letters import KARIN, LINK, NOON, ROLF, SAMIRA, act, booking_facts, put, rows
from tests.support.queries import counted
from tests.support.smtp import Answer, MailServer, mail_server

MINUTE = dt.timedelta(minutes=1)
WAITING, SENT, STOPPED = LetterState.WAITING, LetterState.SENT, LetterState.STOPPED


def smtp(server: MailServer, *, timeout_seconds: float = 5) -> Smtp:
    return Smtp(
        Settings(instance_path=current().instance_path, secret_key="0" * 40, smtp_port=server.port),
        timeout_seconds=timeout_seconds,
    )


def states() -> list[LetterState]:
    return [letter.state for letter in rows()]


class Recorder:
    """A transport that keeps what it is given, in order."""

    def __init__(self) -> None:
        self.sent: list[Envelope] = []

    def send(self, envelope: Envelope) -> None:
        self.sent.append(envelope)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    @property
    def recipients(self) -> list[str]:
        return [envelope.recipient for envelope in self.sent]


class Down(Recorder):
    """A mail server that is away."""

    def send(self, envelope: Envelope) -> None:
        super().send(envelope)
        raise Unreachable("ConnectionRefusedError")


def test_given_a_verb_that_is_rolled_back_then_no_letter_of_it_is_left(app: Flask) -> None:
    @writes
    def book_and_fail() -> None:
        put(SAMIRA, act=act())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        book_and_fail()

    assert rows() == []
    assert deliver_due(Recorder(), act=act()) == Tally()


def test_a_letter_that_is_due_is_sent_once_and_noted(app: Flask) -> None:
    put(SAMIRA, act=act())

    with mail_server() as server:
        first = deliver_due(smtp(server), act=act(NOON + MINUTE))
        again = deliver_due(smtp(server), act=act(NOON + 2 * MINUTE))

        assert (first, again) == (Tally(sent=1), Tally())
        (letter,) = rows()
        (arrived,) = server.letters
    assert letter.state is SENT
    assert letter.sent_at is not None
    assert NOON + MINUTE <= letter.sent_at < NOON + 2 * MINUTE
    assert letter.held_by is None
    assert arrived["Message-ID"] == letter.message_id
    assert arrived["To"] == SAMIRA


def test_a_letter_with_a_later_due_time_waits_for_it(app: Flask) -> None:
    put(SAMIRA, act=act(NOON + MINUTE))

    assert deliver_due(Recorder(), act=act(NOON)) == Tally()
    assert deliver_due(Recorder(), act=act(NOON + MINUTE)).sent == 1


def test_nothing_is_sent_inside_a_transaction(app: Flask) -> None:
    seen: list[bool] = []

    class Looking(Recorder):
        def send(self, envelope: Envelope) -> None:
            seen.append(in_writing() or session().in_transaction())

    put(SAMIRA, act=act())
    deliver_due(Looking(), act=act())

    assert seen == [False]


def test_given_a_mail_server_away_for_six_hours_then_every_letter_arrives_in_order_for_each_reader(app: Flask) -> None:
    written = [(SAMIRA, "Ett"), (ROLF, "Ett"), (SAMIRA, "Två"), (SAMIRA, "Tre"), (ROLF, "Två"), (KARIN, "Ett")]
    down = Down()
    for place, (to, title) in enumerate(written):
        put(to, title={"sv": title}, act=act(NOON + place * MINUTE))
    for minutes in range(0, 360, 5):
        assert deliver_due(down, act=act(NOON + (10 + minutes) * MINUTE)).sent == 0

    with mail_server() as server:
        for minutes in range(0, 60, 5):
            deliver_due(smtp(server), act=act(NOON + (370 + minutes) * MINUTE))

        arrived = [(letter["To"], letter["Subject"].rpartition(" ")[2]) for letter in server.letters]
    assert states() == [SENT] * 6
    assert Counter(arrived) == Counter(written)
    for reader in (SAMIRA, ROLF, KARIN):
        assert [title for to, title in arrived if to == reader] == [title for to, title in written if to == reader]


def test_a_server_that_is_away_is_tried_with_one_letter_and_the_rest_keep_their_turn(app: Flask) -> None:
    down = Down()
    for to in (SAMIRA, ROLF, KARIN):
        put(to, act=act())

    tally = deliver_due(down, act=act())

    assert tally == Tally(put_off=1, is_reachable=False)
    assert len(down.sent) == 1
    assert [letter.attempts for letter in rows()] == [1, 0, 0]
    assert [letter.held_by for letter in rows()] == [None] * 3


def test_a_mailbox_that_is_full_is_tried_again_later_and_holds_nobody_else_up(app: Flask) -> None:
    with mail_server() as server:
        server.always[SAMIRA] = Answer.LATER
        for to in (SAMIRA, SAMIRA, ROLF):
            put(to, act=act())

        tally = deliver_due(smtp(server), act=act())
        first, second, third = rows()
        assert tally == Tally(sent=1, put_off=1)
        assert (first.state, second.state, third.state) == (WAITING, WAITING, SENT)
        assert first.fault == "451 try again later"
        assert dt.timedelta(seconds=59) <= first.due_at - NOON <= dt.timedelta(seconds=65)
        assert second.attempts == 0

        server.always.clear()
        deliver_due(smtp(server), act=act(NOON + 5 * MINUTE))

        assert server.recipients == [ROLF, SAMIRA, SAMIRA]
        assert [letter["Message-ID"] for letter in server.letters[1:]] == [first.message_id, second.message_id]


def test_the_pauses_grow_and_after_three_days_the_letter_is_given_up(app: Flask) -> None:
    with mail_server() as server:
        server.always[SAMIRA] = Answer.LATER
        put(SAMIRA, act=act())
        now, tries = NOON, [NOON]
        while (letter := rows()[0]).state is WAITING:
            now = max(letter.due_at, now + MINUTE)
            tries.append(now)
            deliver_due(smtp(server), act=act(now))

    pauses = [(later - earlier) // MINUTE for earlier, later in pairwise(tries[1:])]
    assert pauses[:6] == [1, 2, 4, 8, 16, 30]
    assert set(pauses[6:]) == {30}
    assert letter.state is STOPPED
    assert letter.fault == "451 try again later"
    assert dt.timedelta(hours=72) <= now - NOON < dt.timedelta(hours=73)


@pytest.mark.parametrize("answer", [Answer.NEVER, Answer.NEVER_AT_DATA])
def test_a_final_no_stops_the_letter_and_the_next_one_to_the_same_address_goes(app: Flask, answer: Answer) -> None:
    with mail_server() as server:
        server.answers.append(answer)
        put(SAMIRA, act=act())
        put(SAMIRA, act=act())

        tally = deliver_due(smtp(server), act=act())

        assert tally == Tally(sent=1, stopped=1)
        assert states() == [STOPPED, SENT]
        assert rows()[0].fault == answer.said
        assert deliver_due(smtp(server), act=act(NOON + dt.timedelta(days=2))) == Tally()


def test_a_letter_whose_acceptance_was_not_heard_goes_again_with_the_same_number(app: Flask) -> None:
    with mail_server() as server:
        server.answers.append(Answer.DROP)
        put(SAMIRA, act=act())

        assert deliver_due(smtp(server), act=act()).put_off == 1
        assert deliver_due(smtp(server), act=act(NOON + 2 * MINUTE)).sent == 1

        assert len({letter["Message-ID"] for letter in server.letters}) == 1
        assert len(server.kept) == 2


def test_a_server_that_hangs_puts_the_letter_off(app: Flask) -> None:
    with mail_server() as server:
        server.answers.append(Answer.HANG)
        put(SAMIRA, act=act())

        tally = deliver_due(smtp(server, timeout_seconds=0.3), act=act())

    assert tally == Tally(put_off=1, is_reachable=False)
    assert states() == [WAITING]


def test_a_letter_that_came_too_late_to_be_of_use_is_not_sent(app: Flask) -> None:
    recorder = Recorder()
    put(SAMIRA, act=act(), not_after=NOON + MINUTE)
    put(ROLF, act=act(), not_after=NOON + 10 * MINUTE)

    deliver_due(recorder, act=act(NOON + 5 * MINUTE))

    assert recorder.recipients == [ROLF]
    assert states() == [STOPPED, SENT]


def test_a_letter_that_cannot_be_written_waits_and_the_others_go(app: Flask) -> None:
    recorder = Recorder()
    put(SAMIRA, kind="bookings/of_a_later_release", act=act())
    put(ROLF, act=act())

    tally = deliver_due(recorder, act=act())

    assert tally == Tally(sent=1, put_off=1)
    assert recorder.recipients == [ROLF]
    assert rows()[0].fault == "cannot be written: TemplateNotFound"


def test_an_address_that_could_write_headers_is_stopped_and_never_reaches_the_server(app: Flask) -> None:
    recorder = Recorder()
    put("samira@example.org\nBcc: rolf@example.org", act=act())

    assert deliver_due(recorder, act=act()).stopped == 1
    assert recorder.sent == []


@pytest.mark.parametrize(
    "title", ["Scratch\r\nBcc: rolf@example.org", "A 💩 =?UTF-8?Q?=0A?=Bcc: rolf@example.org", "Robotar 🤖" * 12]
)
def test_a_hostile_title_reaches_one_reader_and_writes_no_header(app: Flask, title: str) -> None:
    with mail_server() as server:
        put(
            SAMIRA,
            title={"sv": title},
            place={"name": title, "address": title, "locality": title, "online": False},
            act=act(),
        )

        deliver_due(smtp(server), act=act())

        (arrived,) = server.letters
    assert server.recipients == [SAMIRA]
    assert arrived["Bcc"] is None
    assert arrived["Cc"] is None
    assert [one.addr_spec for one in arrived["To"].addresses] == [SAMIRA]
    assert len(arrived.keys()) == 10


def test_given_four_workers_at_once_then_each_letter_goes_once_and_in_order(app: Flask) -> None:
    readers = [f"reader{number}@example.org" for number in range(20)]

    @writes
    def put_all() -> None:
        for turn in range(10):
            for reader in readers:
                put(reader, title={"sv": f"Pass{turn}"}, act=act())

    put_all()
    tallies: list[Tally] = []

    def work(server: MailServer) -> None:
        with app.app_context():
            while sum(tally.sent for tally in tallies) < 200:
                tallies.append(deliver_due(smtp(server), act=act(NOON + MINUTE)))
                time.sleep(0.005)

    with mail_server() as server:
        workers = [threading.Thread(target=work, args=(server,)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)

        arrived = [(str(letter["To"]), str(letter["Subject"]), str(letter["Message-ID"])) for letter in server.letters]
    assert len(arrived) == 200
    assert len({message_id for _, _, message_id in arrived}) == 200
    for reader in readers:
        mine = [subject[-5:] for to, subject, _ in arrived if to == reader]
        assert mine == [f"Pass{turn}" for turn in range(10)]
    assert set(states()) == {SENT}


KILLED_WORKER = """
import datetime as dt, os, signal, sys
from pathlib import Path
from booking.app import create_app
from booking.outbox.services import deliver_due
from booking.outbox.transports import Smtp
from booking.settings import current
from tests.outbox.letters import NOON, act
from tests.support.database import settings_for

url, folder, port, after = sys.argv[1:]
app = create_app(settings_for(url, instance=Path(folder), mail_transport="smtp", smtp_port=int(port)))

class Dying(Smtp):
    left = int(after)
    def send(self, envelope):
        super().send(envelope)
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)

with app.app_context():
    deliver_due(Dying(current()), act=act(NOON))
"""


@pytest.mark.durable
def test_given_a_worker_killed_between_acceptance_and_note_then_that_letter_alone_goes_twice_with_one_number(
    app: Flask, database_url: str
) -> None:
    readers = [f"reader{number}@example.org" for number in range(6)]
    for reader in readers:
        put(reader, act=act())
    with mail_server() as server:
        dead = subprocess.run(
            [sys.executable, "-c", KILLED_WORKER, database_url, str(current().instance_path), str(server.port), "3"],
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            timeout=60,
        )
        assert dead.returncode == -9, dead.stderr.decode()
        assert server.recipients == readers[:3]

        at_once = deliver_due(smtp(server), act=act(NOON + MINUTE))
        after_the_lease = deliver_due(smtp(server), act=act(NOON + rules.LEASE + MINUTE))

        assert at_once == Tally()
        assert after_the_lease.sent == 4
        assert Counter(server.recipients) == Counter([*readers, readers[2]])
        assert len({str(letter["Message-ID"]) for letter in server.letters}) == 6
    assert set(states()) == {SENT}


def test_a_worker_that_is_told_to_stop_ends_after_the_letter_in_hand_and_lets_go_of_the_rest(app: Flask) -> None:
    recorder = Recorder()
    for to in (SAMIRA, ROLF, KARIN):
        put(to, act=act())

    tally = deliver_due(recorder, act=act(), is_stopping=lambda: bool(recorder.sent))

    assert tally == Tally(sent=1)
    assert deliver_due(recorder, act=act(NOON + MINUTE)).sent == 2
    assert [letter.attempts for letter in rows()] == [1, 1, 1]


def test_a_slow_server_never_makes_a_worker_send_past_its_lease(app: Flask) -> None:
    seconds = [0.0]

    class Slow(Recorder):
        def send(self, envelope: Envelope) -> None:
            super().send(envelope)
            seconds[0] += 50
            held = [letter for letter in rows() if letter.held_by]
            assert all(letter.due_at > NOON + dt.timedelta(seconds=seconds[0]) for letter in held)

    recorder = Slow()
    for number in range(10):
        put(f"reader{number}@example.org", act=act())

    tally = deliver_due(recorder, act=act(), stopwatch=lambda: seconds[0])

    assert tally.sent == 10
    sent_at = [letter.sent_at for letter in rows()]
    assert sent_at == [NOON + dt.timedelta(seconds=50 * (number + 1)) for number in range(10)]


def test_a_worker_that_overslept_its_lease_has_no_say_in_the_letter_but_what_it_sent_counts(app: Flask) -> None:
    put(SAMIRA, act=act())
    (slow,) = services.claim(limit=1, act=act())
    later = NOON + rules.LEASE
    (quick,) = services.claim(limit=1, act=act(later))

    services.put_off(slow, answer="451 busy", act=act(later))
    services.stop(slow, answer="550 no", act=act(later))
    services.give_back([slow], act=act(later))

    (letter,) = rows()
    assert (letter.state, letter.held_by, letter.due_at) == (WAITING, quick.held_by, later + rules.LEASE)

    services.note_sent(slow, act=act(later))

    assert states() == [SENT]


def test_while_a_letter_is_held_no_later_one_to_the_same_address_is_claimed(app: Flask) -> None:
    for to in (SAMIRA, SAMIRA, ROLF):
        put(to, act=act())

    first = services.claim(limit=10, act=act())
    second = services.claim(limit=10, act=act())

    assert [letter.recipient for letter in first] == [SAMIRA, ROLF]
    assert second == []


@pytest.mark.parametrize("state", [STOPPED, SENT])
def test_a_letter_that_was_withdrawn_after_it_was_claimed_is_not_sent(app: Flask, state: LetterState) -> None:
    recorder = Recorder()
    for to in (SAMIRA, ROLF):
        put(to, act=act())

    def withdraw() -> None:
        with db.engine.begin() as connection:
            connection.execute(
                text("UPDATE letters SET state = :state WHERE recipient = :to"), {"state": state.value, "to": ROLF}
            )

    class Withdrawing(Recorder):
        def send(self, envelope: Envelope) -> None:
            recorder.send(envelope)
            withdraw()

    tally = deliver_due(Withdrawing(), act=act())

    assert tally == Tally(sent=1)
    assert recorder.recipients == [SAMIRA]
    assert states() == [SENT, state]


def test_a_letter_whose_lease_ran_out_while_it_was_written_is_left_to_others(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, seconds = Recorder(), [0.0]
    write = rendering.render

    def slowly(*given: Any, **named: Any) -> Any:
        seconds[0] += rules.LEASE.total_seconds()
        return write(*given, **named)

    monkeypatch.setattr(services, "render", slowly)
    put(SAMIRA, act=act())

    deliver_due(recorder, act=act(), stopwatch=lambda: seconds[0], is_stopping=lambda: seconds[0] > 0)

    assert recorder.sent == []
    assert states() == [WAITING]


def test_what_was_stopped_in_the_moment_of_sending_counts_as_sent(app: Flask) -> None:
    put(SAMIRA, act=act())
    (letter,) = services.claim(limit=1, act=act())
    services.stop(letter, answer="withdrawn", act=act())

    services.note_sent(letter, act=act())

    assert states() == [SENT]
    assert rows()[0].fault is None


def test_letters_that_were_given_up_are_told_by_what_they_were_about(app: Flask) -> None:
    with mail_server() as server:
        server.always[ROLF] = Answer.NEVER
        server.always[KARIN] = Answer.LATER
        for to in (SAMIRA, ROLF, KARIN):
            put(to, act=act())
        put(ROLF, kind="bookings/cancelled", act=act())
        deliver_due(smtp(server), act=act())

    with counted() as sent:
        found = queries.stopped_about(["booking:1", "booking:2"])

    assert len(sent) == 1
    assert [(one.subject, one.kind, one.recipient, one.fault) for one in found] == [
        ("booking:1", "bookings/seated", ROLF, Answer.NEVER.said),
        ("booking:1", "bookings/cancelled", ROLF, Answer.NEVER.said),
    ]
    assert [one.created_at for one in found] == [NOON, NOON]
    assert queries.stopped_about(["booking:2"]) == []
    assert queries.stopped_about([]) == []


def test_given_the_same_named_letter_from_many_hands_then_it_is_written_once(app: Flask) -> None:
    def named(once: str) -> NewLetter:
        return NewLetter(
            kind="bookings/seated", to=SAMIRA, language="sv", subject="booking:1", payload=booking_facts(), once=once
        )

    def write() -> None:
        with app.app_context():
            services.enqueue_once([named(f"reminder:{number}") for number in range(20)], act=act())

    hands = [threading.Thread(target=write) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(30)

    assert sorted(letter.once or "" for letter in rows()) == sorted(f"reminder:{number}" for number in range(20))
    with counted() as sent:
        services.enqueue_once([named(f"thanks:{number}") for number in range(50)], act=act())
        services.enqueue_once([], act=act())
    assert len(sent) == 1


@pytest.mark.parametrize("transport", [Memory(), Down()])
def test_no_address_and_no_secret_reaches_a_log(
    app: Flask, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    put("canary.reader@example.org", act=act())
    put("canary.hostile@example.org\nx", act=act())
    put("canary.other@example.org", kind="bookings/unknown", act=act())
    deliver_due(transport, act=act())
    with mail_server() as server:
        for answer in (Answer.LATER, Answer.NEVER, Answer.GOODBYE):
            put(f"canary.{answer.name}@example.org", act=act())
            server.always[f"canary.{answer.name}@example.org"] = answer
        deliver_due(smtp(server), act=act())
        deliver_due(smtp(server), act=act())

    token = tokens.make(current().key, LINK["purpose"], bytes.fromhex(LINK["nonce"]))
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("mail."))
    assert "letter 1 " in ours or "letter 2 " in ours
    for secret in ("canary", token, LINK["nonce"], "example.org"):
        assert secret not in ours


def test_no_more_letters_of_a_kind_than_agreed_go_to_one_address(app: Flask) -> None:
    def may(at: dt.datetime, to: str = SAMIRA) -> bool:
        return services.may_send("bookings/links_again", to, an_hour=3, a_day=5, act=act(at))

    for minutes in (0, 10, 20):
        assert may(NOON + minutes * MINUTE)
        put(SAMIRA, kind="bookings/links_again", act=act(NOON + minutes * MINUTE))

    assert not may(NOON + 30 * MINUTE)
    assert may(NOON + 30 * MINUTE, ROLF)
    assert may(NOON + 61 * MINUTE)
    for minutes in (61, 71):
        put(SAMIRA, kind="bookings/links_again", act=act(NOON + minutes * MINUTE))
    assert not may(NOON + 300 * MINUTE)
    assert may(NOON + dt.timedelta(days=1, minutes=1))


def test_a_letter_holds_no_secret_of_its_link(app: Flask) -> None:
    put(SAMIRA, act=act())
    deliver_due(Memory(), act=act())

    token = tokens.make(current().key, LINK["purpose"], bytes.fromhex(LINK["nonce"]))
    raw = session().connection().connection.cursor()
    raw.execute("SELECT * FROM letters")
    assert token not in repr(raw.fetchall())
    db.session.rollback()
