"""Five hundred families want twenty seats at the same moment: real server processes, the real form, HTTP only."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import RemoteDisconnected
from statistics import median, quantiles

import pytest
from flask import Flask

from booking.store import db
from tests.bookings.cutting import Cut, cutting
from tests.bookings.visitors import Answer, Visitor
from tests.bookings.world import DAY, MadeSlot, letters, make_slot, pool, rows, standings, value
from tests.support.server import RunningServer, serve

CLIENTS, SEATS = 500, 20
COPIES, CUTS = 50, 100

pytestmark = pytest.mark.storm


@pytest.fixture
def server(app: Flask, database_url: str) -> Iterator[RunningServer]:
    """Several processes with several threads each, behind one trusted proxy, on the test's database."""
    with serve(database_url=database_url, workers=3, threads=8, env={"BOOKING_TRUSTED_PROXIES": "1"}) as running:
        yield running


def slot_from_today(seats: int) -> MadeSlot:
    now = dt.datetime.now(dt.UTC)
    return make_slot(seats=seats, starts_at=now + 10 * DAY, opens_at=now - DAY)


def test_five_hundred_families_on_twenty_seats(server: RunningServer, request: pytest.FixtureRequest) -> None:
    """Requirements A1 and A5: twenty seated, 480 queued in the order of the queue numbers, nobody lost, no 5xx."""
    slot = slot_from_today(SEATS)
    crowd = [Visitor(server.port, address=f"198.51.{n // 250}.{n % 250 + 1}") for n in range(CLIENTS)]
    with ThreadPoolExecutor(24) as readers:
        forms = list(readers.map(lambda n: crowd[n].fill_in(slot.id, email=f"familj{n}@example.org"), range(CLIENTS)))

    answers = _all_at_once([(visitor, slot, form) for visitor, form in zip(crowd, forms, strict=True)])

    assert Counter(answer.status for answer in answers) == {303: CLIENTS}
    assert standings(slot) == {"seated": SEATS, "queued": CLIENTS - SEATS}
    assert pool(slot) == (SEATS, SEATS, CLIENTS - SEATS)
    numbers = {str(ref): number for ref, number in rows("SELECT ref, queue_number FROM bookings")}
    assert {answer.ref for answer in answers} == set(numbers)
    queued = [(answer.sent, answer.answered, numbers[answer.ref]) for answer in answers if numbers[answer.ref]]
    assert sorted(number for _, _, number in queued) == list(range(1, CLIENTS - SEATS + 1))
    assert [(a, b) for _, answered, a in queued for sent, _, b in queued if answered < sent and a > b] == []
    assert Counter(kind for kind, _ in letters()) == {"seated": SEATS, "queued": CLIENTS - SEATS}
    # What each was told is what is so.
    with ThreadPoolExecutor(24) as readers:
        pages = list(readers.map(lambda n: crowd[n].get(answers[n].location), range(0, CLIENTS, 10)))
    for number, page in zip(range(0, CLIENTS, 10), pages, strict=True):
        place = numbers[answers[number].ref]
        assert page.status == 200
        assert (f"nummer {place} i kön" in page.body) is (place is not None)
    _print_times(request, [answer.answered - answer.sent for answer in answers])


def test_fifty_copies_of_one_form_over_http_are_one_booking_and_lead_to_one_page(server: RunningServer) -> None:
    """Requirement A9, on the last seat: a double click must not hear that the slot is full."""
    slot = slot_from_today(1)
    samira = Visitor(server.port)
    form = samira.fill_in(slot.id, email="samira@example.org")

    answers = _all_at_once([(samira, slot, form)] * COPIES)

    assert Counter(answer.status for answer in answers) == {303: COPIES}
    assert len({answer.location for answer in answers}) == 1
    assert value("SELECT count(*) FROM bookings") == 1
    assert letters() == [("seated", "samira@example.org")]


def test_a_form_sent_again_after_the_line_broke_is_the_same_booking(server: RunningServer) -> None:
    """Requirement A9: a hundred times the request arrives and the answer does not; the family sends the form again."""
    slot = slot_from_today(60)
    told = []

    with cutting(server.port) as broken:
        for number in range(CUTS):
            samira = Visitor(server.port)
            form = samira.fill_in(slot.id, email=f"familj{number}@example.org")
            broken.cut = (Cut.BEFORE_ANSWER, Cut.AFTER_REQUEST)[number % 2]
            with pytest.raises((ConnectionError, RemoteDisconnected)):
                Visitor(broken.port, cookies=samira.cookies).book(slot.id, form)
            told.append(samira.book(slot.id, form))

    assert Counter(answer.status for answer in told) == {303: CUTS}
    assert value("SELECT count(*) FROM bookings") == CUTS
    assert max(Counter(to for _, to in letters()).values()) == 1
    assert standings(slot) == {"seated": 60, "queued": CUTS - 60}


def test_a_school_behind_one_address_is_served(server: RunningServer) -> None:
    """Requirement L2: 120 families, one network address."""
    slot = slot_from_today(200)
    crowd = [Visitor(server.port, address="198.51.100.7") for _ in range(120)]

    def visit(number: int) -> Answer:
        form = crowd[number].fill_in(slot.id, email=f"klass{number}@example.org")
        return crowd[number].book(slot.id, form)

    with ThreadPoolExecutor(16) as families:
        answers = list(families.map(visit, range(120)))

    assert Counter(answer.status for answer in answers) == {303: 120}


def _all_at_once(works: list[tuple[Visitor, MadeSlot, dict[str, str]]]) -> list[Answer]:
    """Everybody presses the button at the same moment, each in a thread of its own."""
    ready = threading.Barrier(len(works))

    def press(work: tuple[Visitor, MadeSlot, dict[str, str]]) -> Answer:
        visitor, slot, form = work
        ready.wait(60)
        return visitor.book(slot.id, form)

    with ThreadPoolExecutor(len(works)) as crowd:
        return list(crowd.map(press, works))


def _print_times(request: pytest.FixtureRequest, seconds: list[float]) -> None:
    p95 = quantiles(seconds, n=20)[-1]
    line = f"median {median(seconds):.2f} s, p95 {p95:.2f} s, worst {max(seconds):.2f} s"
    request.node.add_report_section("call", "storm", line)
    print(f"\n{db.engine.dialect.name}, {len(seconds)} at once: {line}")
