"""Asking, saying yes, changing and ending (on both databases)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask

from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.outbox import services as outbox
from booking.outbox.transports import Memory
from booking.subscriptions import queries, rules, services
from booking.subscriptions.rules import Wish
from tests.bookings.crowd import at_once, refusals, results
from tests.bookings.world import database_dump, rows
from tests.builders import make_place
from tests.subscriptions.world import (
    DAY,
    FIVE,
    HOUR,
    MINUTE,
    MORNING,
    NOON,
    ROLF,
    SAMIRA,
    act,
    ask,
    follow,
    letters,
    publish,
    subscribers,
    subscriptions,
    tick,
)


@pytest.fixture(autouse=True)
def library(app: Flask) -> None:
    make_place()


def test_asking_keeps_an_unconfirmed_wish_and_mails_a_question(app: Flask) -> None:
    asked = ask(area="ahus", age=8, language="en")

    assert asked.confirmed_at is None
    [letter] = letters()
    assert (letter.kind, letter.recipient, letter.language) == ("subscriptions/confirm", SAMIRA, "en")
    assert letter.payload["known"] is False
    assert letter.payload["link"]["purpose"] == "confirm"
    assert letter.payload["wish"] == {
        "place": {"sv": "Åhus bibliotek", "en": "Åhus bibliotek"},
        "age": 8,
        "path": "/pass?var=ahus&alder=8",
    }
    assert rows("SELECT verb FROM audit_entries") == [("ask",)]


def test_asking_again_is_the_same_wish_in_whatever_case_the_address_is_written(app: Flask) -> None:
    first = ask(area="ahus")
    again = ask("Samira@EXAMPLE.org", at=MORNING + HOUR, area="ahus")

    assert again.id == first.id
    assert again.asked_at == MORNING + HOUR
    assert [letter.recipient for letter in letters()] == [SAMIRA, SAMIRA]
    assert len(subscribers()) == 1


def test_who_follows_that_already_gets_the_link_to_what_they_follow(app: Flask) -> None:
    follow(area="ahus")

    ask(at=MORNING + HOUR, area="ahus")

    letter = letters()[-1]
    assert letter.payload["known"] is True
    assert letter.payload["link"]["purpose"] == "subscription"
    assert len(subscriptions()) == 1


def test_an_address_gets_three_questions_an_hour_and_ten_a_day_and_no_more_is_kept(app: Flask) -> None:
    """Requirement L5: a thousand requests, spread over a day."""
    for number in range(1000):
        ask(at=MORNING + number * 86 * MINUTE / 60, age=number % 99)

    sent = letters()
    assert len(sent) == 10
    assert all((later.created_at - first.created_at) >= HOUR for first, later in zip(sent, sent[3:], strict=False))
    assert len(subscriptions()) <= 10
    ask(ROLF, at=MORNING + HOUR)
    assert letters()[-1].recipient == ROLF


def test_saying_yes_twice_is_once(app: Flask) -> None:
    asked = ask()

    first = services.confirm(asked.ref, language="en", act=act(NOON))
    services.confirm(asked.ref, language="en", act=act(NOON + HOUR))

    assert first
    [wish], [subscriber] = subscriptions(), subscribers()
    assert wish.confirmed_at == NOON
    assert subscriber.language == "en"
    assert rows("SELECT verb FROM audit_entries ORDER BY id") == [("ask",), ("confirm",)]


def test_what_nobody_confirms_is_gone_after_seven_days_with_its_address(app: Flask) -> None:
    ask(area="ahus")
    follow(ROLF)
    ask(ROLF, age=9)

    tick(MORNING + 7 * DAY - MINUTE)
    assert len(subscriptions()) == 3
    tick(MORNING + 7 * DAY)

    assert [(wish.age, bool(wish.confirmed_at)) for wish in subscriptions()] == [(None, True)]
    assert [subscriber.email for subscriber in subscribers()] == [ROLF]
    with pytest.raises(rules.NoSuchWish):
        services.confirm("gone", language="sv", act=act())


def test_an_address_follows_ten_things_at_most(app: Flask) -> None:
    refs = [follow(at=MORNING + number * DAY, age=number) for number in range(10)]
    eleventh = ask(at=MORNING + 11 * DAY, age=20)

    with pytest.raises(rules.TooManyWishes):
        services.confirm(eleventh.ref, language="sv", act=act(MORNING + 11 * DAY))
    services.end(refs[0], owners=[subscribers()[0].ref], act=act())
    services.confirm(eleventh.ref, language="sv", act=act(MORNING + 11 * DAY))

    assert len([wish for wish in subscriptions() if wish.confirmed_at]) == 10


def test_a_wish_is_changed_by_its_owner_alone(app: Flask) -> None:
    ref, [owner] = follow(area="ahus"), subscribers()
    follow(ROLF)
    other = subscribers()[1]

    with pytest.raises(rules.NoSuchWish):
        services.change(ref, owners=[other.ref], wish=Wish(age=5), language="sv", act=act())
    with pytest.raises(rules.NoSuchWish):
        services.end(ref, owners=[other.ref], act=act())
    services.change(ref, owners=[owner.ref], wish=Wish(age=5), language="en", act=act(NOON))

    changed = queries.wish_of(ref)
    assert changed is not None
    assert changed.wish == Wish(age=5)
    assert subscribers()[0].language == "en"


def test_a_changed_wish_cannot_be_another_of_the_same_reader_but_may_take_the_place_of_a_question(app: Flask) -> None:
    ref, _ = follow(area="ahus"), follow(age=5)
    ask(age=6)
    [owner] = subscribers()

    with pytest.raises(rules.SameWish):
        services.change(ref, owners=[owner.ref], wish=Wish(age=5), language="sv", act=act())
    services.change(ref, owners=[owner.ref], wish=Wish(age=6), language="sv", act=act())
    services.change(ref, owners=[owner.ref], wish=Wish(age=6), language="sv", act=act())  # nothing changes

    assert sorted(wish.age or 0 for wish in subscriptions()) == [5, 6]


def test_a_changed_wish_does_not_tell_of_what_was_there_before(app: Flask) -> None:
    ref, [owner] = follow(age=99), subscribers()
    publish(at=NOON)

    services.change(ref, owners=[owner.ref], wish=Wish(), language="sv", act=act(NOON + HOUR))
    tick()

    assert letters("digest") == []


def test_with_the_last_wish_the_address_goes_and_what_waits_in_the_outbox(app: Flask) -> None:
    ref, other = follow(area="ahus"), follow(age=9)
    publish()
    tick()
    [owner] = subscribers()

    services.end(ref, owners=[owner.ref], act=act(FIVE))
    assert len(letters("digest")) == 1
    services.end(other, owners=[owner.ref], act=act(FIVE))

    assert (subscribers(), subscriptions(), letters("digest")) == ([], [], [])


def test_ending_all_leaves_no_address_in_this_rooms_rows_and_twice_is_once(app: Flask) -> None:
    follow(area="ahus")
    ask(age=3)
    follow(ROLF)
    publish()
    tick()
    outbox.deliver_due(Memory(), act=act(FIVE))
    samira = subscribers()[0].ref

    for _ in range(2):
        services.end_all([samira], act=act(FIVE + HOUR))

    dump = database_dump()
    assert SAMIRA not in repr({name: dump[name] for name in dump if name != "letters"})
    assert [subscriber.email for subscriber in subscribers()] == [ROLF]
    publish(at=FIVE + HOUR, starts="2026-11-27 15:30")
    tick(FIVE + DAY)
    assert [letter.recipient for letter in letters("digest")] == [SAMIRA, ROLF, ROLF]


def test_the_audit_tells_no_address(app: Flask) -> None:
    ref = follow()
    services.end(ref, owners=[subscribers()[0].ref], act=act())

    told = rows("SELECT verb, subject, actor_ref FROM audit_entries ORDER BY id")
    assert [verb for verb, _, _ in told] == ["ask", "confirm", "end"]
    assert "@" not in repr(told)
    assert ref not in repr(told)


def test_no_secret_and_no_plain_hash_stands_in_the_database(app: Flask) -> None:
    """Requirement F1, for these links."""
    follow()
    publish()
    tick()

    dump = repr(database_dump())
    for letter in letters():
        for name in ("link", "unsubscribe"):
            if name in letter.payload:
                link = letter.payload[name]
                address = accounts.address_of(Purpose(link["purpose"]), bytes.fromhex(link["nonce"]), language="sv")
                assert address.rpartition("/")[2] not in dump


def test_forty_forms_at_once_are_one_wish_and_three_letters(app: Flask) -> None:
    results(at_once(app, [partial(services.ask, SAMIRA, wish=Wish("ahus"), language="sv", act=act())] * 40))

    assert (len(subscribers()), len(subscriptions()), len(letters())) == (1, 1, 3)


def test_a_yes_and_an_end_at_once_leave_nothing_half(app: Flask) -> None:
    asked = ask()
    [owner] = subscribers()

    outcomes = at_once(
        app,
        [
            *[partial(services.confirm, asked.ref, language="sv", act=act(NOON))] * 4,
            partial(services.end_all, [owner.ref], act=act(NOON)),
        ],
    )

    assert set(refusals(outcomes)) <= {"NoSuchWish"}
    assert (subscribers(), subscriptions()) == ([], [])


def test_asking_changing_and_ending_at_once_never_trip_over_each_other(app: Flask) -> None:
    """Who ends everything while another form asks again loses no lock and breaks no reference."""
    for turn in range(6):
        at = MORNING + turn * 2 * DAY
        ref = follow(at=at, age=7)
        [owner] = subscribers()
        works: list[Callable[[], object]] = [
            *(partial(services.ask, SAMIRA, wish=Wish(age=age), language="sv", act=act(at + HOUR)) for age in (8, 9)),
            partial(services.change, ref, owners=[owner.ref], wish=Wish(age=8), language="sv", act=act(at + HOUR)),
            partial(services.end_all, [owner.ref], act=act(at + HOUR)),
            partial(services.forget_unconfirmed, act=act(at + 8 * DAY)),
        ]

        outcomes = at_once(app, works)

        assert set(refusals(outcomes)) <= {"NoSuchWish"}
        services.end_all([subscriber.ref for subscriber in subscribers()], act=act(at + HOUR))
