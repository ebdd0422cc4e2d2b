"""A family's own calendar: requirements F4, F5, J6, J8, J11, J12, on both databases."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from booking.accounts import services as links
from booking.accounts.rules import FEED_LIVES, Purpose
from booking.bookings import services
from booking.bookings.rules import Child, entry_sequence, entry_uid
from booking.bookings.services import keys
from booking.kernel.period import WallPeriod
from booking.places import services as places
from booking.programme import services as programme
from booking.store import db
from tests.accounts.doors import feed_link, manage_link, mine_link, opened
from tests.bookings.world import DAY, NOW, ROLF, SAMIRA, MadeSlot, act_at, book, make_slot, rows, run, value, wishes
from tests.calendars.world import events
from tests.page import visit
from tests.support.calendar_text import assert_clean_bytes
from tests.support.icaljs import IcalJs
from tests.support.queries import counted

Fetch = Callable[..., TestResponse]
UNKNOWN = "/familj/" + "x" * 43 + ".ics"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def meeting_uid(slot: MadeSlot) -> str:
    return str(value("SELECT uid FROM meetings WHERE slot_id = :id ORDER BY id LIMIT 1", id=slot.id))


def booking_uid(ref: str) -> str:
    return str(value("SELECT uid FROM bookings WHERE ref = :ref", ref=ref))


def test_each_booking_stands_in_it_as_it_stands_in_the_queue(fetch: Fetch, icaljs: IcalJs) -> None:
    seated, queued, cancelled, off = make_slot(), make_slot(seats=1), make_slot(), make_slot()
    book(queued, wishes(ROLF))
    refs = [book(slot, wishes(SAMIRA)).ref for slot in (seated, queued, cancelled, off)]
    services.cancel(refs[2], act=act_at(NOW))
    programme.call_off(off.id, reason_sv="Vattenläcka.", act=act_at(NOW))

    response = fetch(feed_link(SAMIRA))

    assert_clean_bytes(response.data)
    found = events(response)
    mine = [
        found[entry_uid(booking_uid(ref), meeting_uid(slot))]
        for ref, slot in zip(refs, (seated, queued, cancelled, off), strict=True)
    ]
    assert len(found) == 4
    assert [event["STATUS"] for event in mine] == ["CONFIRMED", "TENTATIVE", "CANCELLED", "CANCELLED"]
    assert [event["TRANSP"] for event in mine] == ["OPAQUE", "TRANSPARENT", "TRANSPARENT", "TRANSPARENT"]
    assert [len(event.walk("VALARM")) for event in mine] == [1, 0, 0, 0]
    assert [str(event["SUMMARY"]).split(":")[0] for event in mine[1:]] == ["I kön", "AVBOKAT", "INSTÄLLT"]
    assert "Ni står i kö." in mine[1]["DESCRIPTION"]
    assert "Vattenläcka." in mine[3]["DESCRIPTION"]
    assert sorted(event["uid"] for event in icaljs.read(response.data)["events"]) == sorted(found)


def test_a_seat_from_the_queue_makes_the_same_entry_certain(fetch: Fetch) -> None:
    slot = make_slot(seats=1)
    first = book(slot, wishes(ROLF)).ref
    ref = book(slot, wishes(SAMIRA)).ref
    for table in ("places", "activities", "slots", "meetings"):
        run(f"UPDATE {table} SET changed_at = '2026-09-01 08:00:00.000000'")
    path = feed_link(SAMIRA)
    [before] = events(fetch(path)).values()

    services.cancel(first, act=act_at(NOW + dt.timedelta(minutes=5)))

    [after] = events(fetch(path)).values()
    assert (before["STATUS"], after["STATUS"]) == ("TENTATIVE", "CONFIRMED")
    assert before["UID"] == after["UID"] == entry_uid(booking_uid(ref), meeting_uid(slot))
    assert after["LAST-MODIFIED"].dt == NOW + dt.timedelta(minutes=5)


def test_a_child_that_was_added_and_waits_shares_the_familys_entry(fetch: Fetch) -> None:
    slot = make_slot(seats=1)
    ref = book(slot, wishes(SAMIRA)).ref
    services.add_child(ref, child=Child("Cleo", 9), key="c" * 32, act=act_at(NOW))

    [event] = events(fetch(feed_link(SAMIRA))).values()

    assert value("SELECT count(*) FROM bookings") == 2
    assert event["STATUS"] == "CONFIRMED"
    assert str(event["UID"]) == entry_uid(booking_uid(ref), meeting_uid(slot))


def test_moving_counts_up_and_the_file_of_the_booking_agrees(app: Flask, fetch: Fetch) -> None:
    slot = make_slot(meetings=2)
    ref = book(slot, wishes(SAMIRA)).ref
    path = feed_link(SAMIRA)
    before = events(fetch(path))
    number, uid = rows("SELECT id, uid FROM meetings WHERE slot_id = :id ORDER BY id", id=slot.id)[1]
    to = WallPeriod.on((NOW + 20 * DAY).date(), dt.time(10), minutes=60)

    programme.move_meeting(number, to=to, act=act_at(NOW + dt.timedelta(minutes=5)))

    after = events(fetch(path))
    moved = entry_uid(booking_uid(ref), uid)
    assert [key for key in after if after[key].to_ical() != before[key].to_ical()] == [moved]
    assert (before[moved]["SEQUENCE"], after[moved]["SEQUENCE"]) == (0, 1) == (entry_sequence(0, 0), 1)
    with app.app_context():
        browser = opened(app.test_client(), manage_link(ref))
        file = events(browser.get(f"/bokning/{ref}.ics"))
    assert {key: (one["SEQUENCE"], one["DTSTART"].dt) for key, one in file.items()} == {
        key: (one["SEQUENCE"], one["DTSTART"].dt) for key, one in after.items()
    }


def test_the_file_of_a_booking_says_what_the_feed_says_under_the_same_identity(app: Flask, fetch: Fetch) -> None:
    """A program that has both keeps one of them: in the queue is not "busy" in either, and nothing rings."""
    seated, queued, later = make_slot(), make_slot(seats=1), make_slot(seats=1)
    book(queued, wishes(ROLF))
    refs = [book(slot, wishes(SAMIRA)).ref for slot in (seated, queued, later)]
    services.add_child(refs[2], child=Child("Cleo", 9), key="c" * 32, act=act_at(NOW))  # waits alone
    feed = events(fetch(feed_link(SAMIRA)))

    with app.app_context():
        for ref, status in zip(refs, ("CONFIRMED", "TENTATIVE", "CONFIRMED"), strict=True):
            browser = opened(app.test_client(), manage_link(ref))
            [(uid, event)] = events(browser.get(f"/bokning/{ref}.ics")).items()
            assert event["STATUS"] == status
            assert event.to_ical() == feed[uid].to_ical()


def test_a_family_reads_swedish_words_in_a_swedish_feed(fetch: Fetch) -> None:
    book(make_slot(), wishes(SAMIRA))

    assert "X-WR-CALNAME:Våra bokningar" in fetch(feed_link(SAMIRA)).text


def test_book_cancel_and_book_again_leave_one_that_is_on(fetch: Fetch) -> None:
    slot = make_slot()
    services.cancel(book(slot, wishes(SAMIRA)).ref, act=act_at(NOW))
    book(slot, wishes(SAMIRA))

    found = events(fetch(feed_link(SAMIRA)))

    assert sorted(str(event["STATUS"]) for event in found.values()) == ["CANCELLED", "CONFIRMED"]
    [cancelled] = [event for event in found.values() if event["STATUS"] == "CANCELLED"]
    assert cancelled["SEQUENCE"] == 1


def test_what_the_family_cancelled_goes_after_thirty_days(fetch: Fetch, clock: time_machine.Traveller) -> None:
    ref = book(make_slot(starts_at=NOW + 60 * DAY), wishes(SAMIRA)).ref
    services.cancel(ref, act=act_at(NOW))
    path = feed_link(SAMIRA)

    clock.move_to(NOW + 30 * DAY)
    assert len(events(fetch(path))) == 1
    clock.move_to(NOW + 30 * DAY + dt.timedelta(seconds=1))
    gone = fetch(path)

    assert gone.status_code == 200
    assert b"VEVENT" not in gone.data
    assert b"VTIMEZONE" in gone.data


def test_it_tells_nobody_who_they_are_nor_how_to_change_a_booking(fetch: Fetch) -> None:
    ref = book(make_slot(), wishes(SAMIRA, children=2)).ref
    names = [name for (name,) in rows("SELECT name FROM participants")]
    link, feed = manage_link(ref), feed_link(SAMIRA)

    for path in (feed, "/en" + feed):
        written = fetch(path).get_data(as_text=True)
        assert "VEVENT" in written
        for secret in (*names, "Samira", SAMIRA, ref, link, "/l/", "/bokning/", "/familj/", "ATTENDEE", "ORGANIZER"):
            assert secret not in written, secret


def test_only_this_familys_bookings_are_in_it(fetch: Fetch) -> None:
    slot = make_slot()
    ref = book(slot, wishes(SAMIRA)).ref
    book(slot, wishes(ROLF))
    book(make_slot(), wishes(ROLF))

    assert list(events(fetch(feed_link(SAMIRA)))) == [entry_uid(booking_uid(ref), meeting_uid(slot))]


def test_it_is_asked_for_again_by_its_tag_and_kept_by_nobody_between(fetch: Fetch) -> None:
    slot = make_slot()
    book(slot, wishes(SAMIRA))
    path = feed_link(SAMIRA)
    first = fetch(path, Accept_Encoding="gzip, br")

    assert first.headers["Cache-Control"] == "private, no-cache, no-transform"
    assert first.headers["Referrer-Policy"] == "no-referrer"
    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert not {"Set-Cookie", "Vary", "Content-Encoding", "Last-Modified"} & set(first.headers.keys())
    assert fetch(path, If_None_Match=first.headers["ETag"]).status_code == 304
    head = fetch(path, method="HEAD")
    assert (head.data, head.headers["ETag"]) == (b"", first.headers["ETag"])

    places.rename(value("SELECT place_id FROM slots WHERE id = :id", id=slot.id), name="Nya huset", act=act_at(NOW))

    assert fetch(path, If_None_Match=first.headers["ETag"]).status_code == 200


def test_it_costs_two_questions_and_a_note_once_a_day(fetch: Fetch, clock: time_machine.Traveller) -> None:
    for _ in range(5):
        book(make_slot(meetings=3), wishes(SAMIRA))
    path = feed_link(SAMIRA)

    with counted() as first:
        fetch(path)
    with counted() as again:
        fetch(path)
    clock.shift(DAY)
    with counted() as next_day:
        fetch(path)

    assert (len(first), len(again), len(next_day)) == (3, 2, 3)
    assert value("SELECT last_used_on FROM links WHERE purpose = 'feed'") in ((NOW + DAY).date(), "2026-10-02")


def test_a_database_that_fails_is_503(app: Flask, fetch: Fetch) -> None:
    book(make_slot(), wishes(SAMIRA))
    path = feed_link(SAMIRA)
    fetch(path)
    with db.engine.begin() as line:
        line.execute(text("ALTER TABLE cancellations RENAME TO away"))

    response = fetch(path)

    assert response.status_code == 503
    assert b"VCALENDAR" not in response.data


# The secret address


def test_every_wrong_secret_takes_the_same_way_to_the_same_answer(fetch: Fetch, clock: time_machine.Traveller) -> None:
    """Requirement F5. What takes its time is the question to the database: each asks exactly the same one."""
    book(make_slot(), wishes(SAMIRA))
    old = feed_link(SAMIRA)
    revoked = feed_link(SAMIRA)
    links.revoke(Purpose.FEED, keys.address_key(SAMIRA), act=act_at(NOW))
    ended = links.draw(Purpose.FEED, keys.address_key(SAMIRA), ends_at=NOW - DAY, act=act_at(NOW - 2 * DAY))
    links.store(ended)
    other_purposes = [link.removeprefix("/l/") for link in (mine_link(SAMIRA),)]
    wrong = [
        UNKNOWN,
        old,
        revoked,
        f"/familj/{links.token_of(Purpose.FEED, ended.nonce)}.ics",
        *(f"/familj/{token}.ics" for token in other_purposes),
        "/familj/x.ics",
        "/familj/å.ics",
        "/familj/" + "y" * 3000 + ".ics",
    ]

    answers, questions = [], []
    for path in wrong:
        with counted() as sent:
            response = fetch(path)
        answers.append((response.status_code, len(response.data), sorted(response.headers.keys())))
        questions.append(sent)

    assert answers == [answers[0]] * len(wrong)
    assert answers[0][0] == 404
    assert questions == [questions[0]] * len(wrong)
    assert len(questions[0]) == 1


def test_a_feeds_secret_opens_nothing_else(app: Flask, fetch: Fetch) -> None:
    ref = book(make_slot(), wishes(SAMIRA)).ref
    token = feed_link(SAMIRA).split("/")[-1].removesuffix(".ics")

    assert fetch(f"/l/{token}").status_code == 404
    with app.app_context():
        browser = app.test_client()
        assert browser.get(f"/l/{token}").status_code == 404
        assert browser.get("/mina").status_code == browser.get(f"/bokning/{ref}").status_code == 404


def test_a_new_address_ends_the_old_one_at_once(fetch: Fetch) -> None:
    book(make_slot(), wishes(SAMIRA))
    old = feed_link(SAMIRA)
    assert fetch(old).status_code == 200

    new = feed_link(SAMIRA)

    assert fetch(old).status_code == 404
    assert fetch(new).status_code == 200


def test_an_address_ends_by_itself_after_its_years(fetch: Fetch, clock: time_machine.Traveller) -> None:
    path = feed_link(SAMIRA)

    clock.move_to(NOW + FEED_LIVES - dt.timedelta(seconds=1))
    assert fetch(path).status_code == 200
    clock.move_to(NOW + FEED_LIVES)
    assert fetch(path).status_code == 404


def test_no_log_holds_the_secret(app: Flask, fetch: Fetch, caplog: pytest.LogCaptureFixture) -> None:
    book(make_slot(), wishes(SAMIRA))
    path = feed_link(SAMIRA)
    secret = path.split("/")[-1].removesuffix(".ics")
    caplog.set_level(logging.DEBUG)
    logging.getLogger("kodplats.access").setLevel(logging.INFO)

    try:
        fetch(path)
        fetch("/en" + path)
        fetch(path + "x")
        with db.engine.begin() as line:
            line.execute(text("ALTER TABLE cancellations RENAME TO away"))
        fetch(path)
    finally:
        logging.getLogger("kodplats.access").setLevel(logging.WARNING)

    assert "/familj/…" in caplog.text
    assert secret not in caplog.text


# Where the family finds it


def test_the_family_gets_sees_renews_and_ends_its_address(app: Flask, fetch: Fetch) -> None:
    book(make_slot(), wishes(SAMIRA))
    browser = opened(app.test_client(), mine_link(SAMIRA))

    offer = visit(browser, "/mina").follow("Följ dina bokningar i kalendern")
    assert "/familj/" not in offer.html
    first = offer.submit(offer.forms[0])
    address = first.by_id("adress").get("value")
    assert address.startswith("http://127.0.0.1:8000/familj/")
    assert "Den har inte använts än." in first.text
    assert any(link.startswith("webcal://127.0.0.1:8000/familj/") for link in first.links.values())

    path = address.removeprefix("http://127.0.0.1:8000")
    assert fetch(path).status_code == 200
    seen = visit(browser, "/mina/kalender")
    assert "Den användes senast torsdag 1 oktober 2026." in seen.text

    renewed = seen.submit(seen.forms[0])
    newer = renewed.by_id("adress").get("value").removeprefix("http://127.0.0.1:8000")
    assert newer != path
    assert (fetch(path).status_code, fetch(newer).status_code) == (404, 200)

    ended = renewed.submit(renewed.forms[1])
    assert "/familj/" not in ended.html
    assert fetch(newer).status_code == 404


def test_one_booking_is_no_key_to_the_calendar_of_all(app: Flask, clock: time_machine.Traveller) -> None:
    """A link to one booking may have been passed on to whoever brings the child."""
    ref = book(make_slot(), wishes(SAMIRA)).ref
    browser = opened(app.test_client(), manage_link(ref))

    assert browser.get("/mina/kalender").status_code == 404
    page = visit(browser, f"/bokning/{ref}")
    assert page.links["Få en länk till alla dina bokningar och följ dem i kalendern"] == "/mina/lankar"

    opened(browser, mine_link(SAMIRA))
    assert visit(browser, f"/bokning/{ref}").links["Följ alla dina bokningar i kalendern"] == "/mina/kalender"


def test_making_and_ending_is_noted_without_the_secret(app: Flask) -> None:
    feed_link(SAMIRA)

    [(verb, subject)] = rows("SELECT verb, subject FROM audit_entries WHERE verb = 'renew_link'")
    assert (verb, subject.partition(":")[0]) == ("renew_link", "link")
    dump = repr(rows("SELECT nonce, token_hash, subject FROM links"))
    assert links.token_of(Purpose.FEED, rows("SELECT nonce FROM links")[0][0]) not in dump
