"""At most one digest a day, of what is new to its reader and can be booked (on both databases)."""

from __future__ import annotations

import datetime as dt
from functools import partial
from itertools import product

import pytest
from flask import Flask

from booking.outbox.message import compose
from booking.outbox.rendering import render
from booking.places.rules import PlaceKind
from booking.programme import queries as programme
from booking.programme import services as planning
from booking.programme.queries import Reader, Search
from booking.programme.rules import Admission, SlotState
from booking.settings import current
from booking.subscriptions import services
from tests.bookings.crowd import at_once, results
from tests.builders import local, make_activity, make_place, make_slot, make_stop
from tests.subscriptions.world import (
    DAY,
    FIVE,
    HOUR,
    KARIN,
    MINUTE,
    MORNING,
    NOON,
    ROLF,
    SAMIRA,
    act,
    ask,
    follow,
    letters,
    link_in,
    links,
    publish,
    subscribers,
    tick,
    told,
)
from tests.support.queries import counted


@pytest.fixture(autouse=True)
def library(app: Flask) -> None:
    make_place()
    make_activity(ages=(8, 10))


def test_given_a_wish_when_a_workshop_is_published_then_one_digest_tells_of_it_at_five(app: Flask) -> None:
    follow(area="ahus", age=8)
    slot = publish()

    tick(FIVE - MINUTE)
    assert letters("digest") == []
    tick()

    [digest] = letters("digest")
    assert digest.recipient == SAMIRA
    assert told(digest) == [slot.id]
    assert digest.payload["wishes"][0]["path"] == "/pass?var=ahus&alder=8"


def test_late_or_twice_changes_nothing_more(app: Flask) -> None:
    follow()
    publish()
    for later in (0, 1, 1, 60, 180):
        tick(FIVE + later * MINUTE)

    assert len(letters("digest")) == 1
    tick(FIVE + DAY)
    assert len(letters("digest")) == 1


def test_when_nothing_is_new_then_no_letter(app: Flask) -> None:
    publish(at=MORNING - HOUR)
    follow()

    tick()
    tick(FIVE + DAY)

    assert letters("digest") == []


def test_what_is_published_after_a_digest_waits_for_the_next_day(app: Flask) -> None:
    follow()
    first = publish()
    tick()
    second = publish(at=FIVE + HOUR, starts="2026-11-27 15:30")

    tick(FIVE + 2 * HOUR)
    assert len(letters("digest")) == 1
    tick(FIVE + DAY)

    assert [told(digest) for digest in letters("digest")] == [[first.id], [second.id]]


def test_a_slot_that_is_being_published_while_digests_are_written_is_told_of_the_next_day(app: Flask) -> None:
    """Its verb began before the digest and may commit after it."""
    follow()
    tick()
    slot = publish(at=FIVE - MINUTE)  # in the database only now

    tick(FIVE + DAY)

    assert [told(digest) for digest in letters("digest")] == [[slot.id]]


def test_a_draft_is_news_when_it_is_published_however_long_ago_it_was_planned(app: Flask) -> None:
    draft = make_slot(state=SlotState.DRAFT)
    follow(at=MORNING + DAY)
    tick(FIVE + DAY)
    assert letters("digest") == []
    planning.publish(draft.id, act=act(NOON + 2 * DAY))
    planning.publish(draft.id, act=act(NOON + 3 * DAY))  # again: no news

    tick(FIVE + 2 * DAY)
    tick(FIVE + 3 * DAY)

    assert letters("digest") == []  # it began at 15.30 on Wednesday
    later = make_slot("2026-12-09 15:30", state=SlotState.DRAFT)
    planning.publish(later.id, act=act(NOON + 4 * DAY))
    tick(FIVE + 4 * DAY)
    assert [told(digest) for digest in letters("digest")] == [[later.id]]


def test_a_worker_that_was_away_all_evening_writes_at_five_the_next_day_and_never_at_night(app: Flask) -> None:
    follow()
    slot = publish()
    night = local("2026-11-23 21:00")

    for later in range(0, 20 * 60, 20):
        tick(night + later * MINUTE) if night + later * MINUTE < FIVE + DAY else None
    assert letters("digest") == []
    tick(FIVE + DAY)

    assert [told(digest) for digest in letters("digest")] == [[slot.id]]


def test_only_what_can_still_be_booked_or_will_open_is_told_of(app: Flask) -> None:
    follow(at=MORNING)
    soon = publish(starts="2026-12-01 15:30", opens_at=FIVE + DAY)
    queue = publish(starts="2026-12-02 15:30", seats=1, seated=1, queued=2)
    free = publish(starts="2026-12-03 15:30", admission=Admission.DROP_IN)
    publish(starts="2026-12-04 15:30", seats=1, seated=1, queued=1, queue_limit=1)  # full, its queue too
    publish(starts="2026-12-05 15:30", closes_at=FIVE - HOUR)
    publish(starts="2026-11-23 16:30")  # has begun
    publish(starts="2026-12-07 15:30", admission=Admission.CLOSED_GROUP)
    make_slot("2026-12-08 15:30", state=SlotState.DRAFT)
    off = publish(starts="2026-12-09 15:30")
    planning.call_off(off.id, reason_sv="Ledaren är sjuk.", act=act(NOON + HOUR))

    tick()

    [digest] = letters("digest")
    assert told(digest) == [soon.id, queue.id, free.id]
    words = render(digest.kind, payload=digest.payload, language="sv")
    assert "Bokningen öppnar tisdag 24 november kl.\N{NO-BREAK SPACE}17.00." in words.text
    assert "Fullt, men ni kan ställa er i kö." in words.text
    assert "Ingen bokning behövs" in words.text


def test_a_digest_matches_exactly_what_the_list_shows_with_the_same_filters(app: Flask) -> None:
    tollarp = make_place("tollarp", "Tollarps bibliotek", locality="Tollarp")
    stops = [make_stop(), make_stop("tollarp-torg", "Tollarp, torget", locality="Tollarp")]
    online = make_place("snoka", "SNOKA", kind=PlaceKind.DIGITAL, locality="")
    ranges: list[tuple[int | None, int | None]] = [(4, 6), (7, 9), (9, None), (None, 5), (None, None)]
    follow("before@example.org")  # so that the round is not the first
    areas, ages = ("", "tollarp", "Tollarp", "bokbussen", "online", "ahus"), (None, 0, 5, 6, 7, 9, 12)
    wishes = {f"w{number}@example.org": wish for number, wish in enumerate(product(areas, ages))}
    for email, (area, age) in wishes.items():
        follow(email, area=area, age=age)
    for number, (place, (low, high)) in enumerate(product([tollarp, *stops, online], ranges)):
        publish(
            starts=local("2026-12-01 09:00") + number * HOUR,
            place=place,
            age_min=low,
            age_max=high,
            is_online=place is online,
        )

    tick()

    atlas = programme.atlas(today=dt.date(2026, 11, 23))
    for email, (area, age) in wishes.items():
        search = Search(where=area, age=age)
        shown = programme.find(search, area=atlas.area(area), now=FIVE, reader=Reader("sv", ""), limit=None).rows
        got = letters("digest", to=email)
        assert [told(digest) for digest in got] == ([[row.id for row in shown][:10]] if shown else []), (area, age)
        assert not got or got[0].payload["more"] == max(len(shown) - 10, 0)


def test_a_reader_of_several_wishes_gets_one_letter_with_each_slot_once(app: Flask) -> None:
    follow()
    follow(area="ahus")
    follow(age=9)
    follow(ROLF, age=4)
    slot = publish()

    tick()

    [digest] = letters("digest")
    assert digest.recipient == SAMIRA
    assert told(digest) == [slot.id]
    assert len(digest.payload["wishes"]) == 3


def test_what_is_old_to_one_wish_is_news_to_another_all_the_same(app: Flask) -> None:
    follow(area="ahus")
    slot = publish()
    follow(ROLF, at=NOON + HOUR)  # saw it in the list
    follow(at=NOON + HOUR, age=9)

    tick()

    [digest] = letters("digest")
    assert (digest.recipient, told(digest)) == (SAMIRA, [slot.id])
    assert [wish["path"] for wish in digest.payload["wishes"]] == ["/pass?var=ahus"]


def test_the_soonest_ten_are_named_and_the_rest_counted(app: Flask) -> None:
    follow()
    made = [publish(starts=local("2026-12-01 15:30") + (12 - number) * DAY) for number in range(12)]

    tick()

    [digest] = letters("digest")
    assert told(digest) == [slot.id for slot in reversed(made)][:10]
    assert "2 till finns i listan." in render(digest.kind, payload=digest.payload, language="sv").text


def test_who_has_not_said_yes_gets_no_digest(app: Flask) -> None:
    ask()
    publish()

    tick()

    assert letters("digest") == []


def test_what_was_published_between_the_question_and_the_yes_is_told_of(app: Flask) -> None:
    asked = ask(at=MORNING)
    slot = publish(at=NOON)
    services.confirm(asked.ref, language="sv", act=act(NOON + HOUR))

    tick()

    assert [told(digest) for digest in letters("digest")] == [[slot.id]]


def test_who_says_yes_in_the_evening_is_told_at_five_the_next_day(app: Flask) -> None:
    follow(at=FIVE + HOUR)
    publish(at=FIVE + HOUR + MINUTE)

    tick(FIVE + 2 * HOUR)
    assert letters("digest") == []
    tick(FIVE + DAY)

    assert len(letters("digest")) == 1


def test_a_place_that_has_closed_is_followed_in_vain_and_disturbs_nobody(app: Flask) -> None:
    make_place("nedlagt", "Nedlagda biblioteket", locality="Nergrundet", closed_from=dt.date(2026, 11, 20))
    follow(area="nedlagt")
    follow(ROLF)
    publish()

    tick()

    assert [digest.recipient for digest in letters("digest")] == [ROLF]


def test_letters_come_in_the_readers_language(app: Flask) -> None:
    make_place("tollarp", "Tollarps bibliotek", locality="Tollarp")
    follow(language="en", area="bokbussen")
    follow(language="en")
    publish()

    tick()

    [digest] = letters("digest")
    words = render(digest.kind, payload=digest.payload, language=digest.language)
    assert words.subject == "A new workshop for you"
    assert "/en/pass/" in words.text
    assert "All places, all ages" in words.text


def test_the_digest_carries_the_two_headers_of_rfc_8058_and_its_links_serve_for_many_days(app: Flask) -> None:
    follow()
    publish()
    tick()
    publish(at=FIVE + HOUR, starts="2026-11-30 15:30")
    tick(FIVE + DAY)

    first, second = letters("digest")
    assert first.payload["unsubscribe"] == second.payload["unsubscribe"]
    words = render(first.kind, payload=first.payload, language="sv")
    envelope = compose(words, to=SAMIRA, message_id="<1@bibliotek.example>", settings=current(), now=FIVE)
    head = envelope.content.decode("ascii").partition("\r\n\r\n")[0].split("\r\n")
    address = f"{current().base_url}{link_in(first, 'unsubscribe')}"
    assert f"List-Unsubscribe: <{address}>" in head
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head
    assert address not in words.text + words.html


def test_a_link_with_less_than_a_year_left_is_followed_by_a_new_one(app: Flask) -> None:
    follow()
    publish()
    tick()
    publish(at=FIVE + 400 * DAY, starts=local("2026-11-23 15:30") + 450 * DAY)
    tick(FIVE + 401 * DAY)

    first, second = letters("digest")
    assert first.payload["unsubscribe"] != second.payload["unsubscribe"]
    ends = [link.ends_at for link in links() if link.purpose == "unsubscribe"]
    assert min(ends) > FIVE + 401 * DAY  # the old one still works


def test_two_workers_at_once_write_each_digest_once(app: Flask) -> None:
    for number in range(30):
        follow(f"reader{number}@example.org")
    publish()

    results(at_once(app, [partial(tick, FIVE)] * 8, threads=8))

    digests = letters("digest")
    assert len(digests) == 30
    assert len({digest.recipient for digest in digests}) == 30
    assert len([link for link in links() if link.purpose == "unsubscribe"]) == 30


def test_the_statements_of_a_round_do_not_grow_with_its_readers(app: Flask) -> None:
    def statements(readers: int, day: int) -> int:
        for number in range(readers):
            follow(f"reader{day}.{number}@example.org", at=MORNING + day * DAY)
        for number in range(4):
            publish(at=NOON + day * DAY, starts=local("2026-12-10 15:30") + (day * 10 + number) * DAY)
        with counted() as sent:
            tick(FIVE + day * DAY)
        return len(sent)

    few, many = statements(2, 0), statements(30, 1)

    assert len(letters("digest")) == 2 + 32
    assert many <= few + 1


def test_an_idle_minute_costs_three_questions(app: Flask) -> None:
    follow(KARIN)
    tick()
    with counted() as sent:
        tick(FIVE + MINUTE)

    assert len(sent) <= 3
    assert all(statement.lstrip().upper().startswith("SELECT") for statement in sent)
    assert len(subscribers()) == 1
