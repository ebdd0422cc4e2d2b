"""What families and children thought: asked on two pages, answered once by each, kept without a name."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
from flask import Flask

from booking.bookings import services
from booking.bookings.rules import Opinion, Voice
from booking.kernel import clock
from booking.store import db
from booking.store.engine import session
from tests.accounts.doors import letter_link, manage_link, opened
from tests.bookings.crowd import at_once, refusals
from tests.bookings.phones import new_phone
from tests.bookings.world import (
    DAY,
    HOUR,
    ROLF,
    SAMIRA,
    MadeSlot,
    act_at,
    book,
    database_dump,
    make_slot,
    new_key,
    rows,
    value,
    wishes,
)
from tests.page import Visitor, visit

ADULT = {"betyg": "4", "smidigt": "5", "ord": "Mer fika."}
CHILD = {"betyg": "5", "ord": "Bygga en robot som kan simma"}


def slot_that_ended() -> MadeSlot:
    """It was yesterday at ten."""
    now = dt.datetime.now(dt.UTC)
    starts_at = clock.hour_of(clock.local_day(now) - DAY, 10)
    return make_slot(starts_at=starts_at, opens_at=starts_at - 9 * DAY)


def invited(slot: MadeSlot, *, children: int = 2, email: str = SAMIRA) -> str:
    """Who had seats there, thanked and asked; the path of the link in the letter."""
    ended = clock.hour_of(clock.local_day(dt.datetime.now(dt.UTC)) - DAY, 11)
    book(slot, wishes(email, children=children), now=ended - 3 * DAY)
    session().rollback()
    services.thank(act_at(ended + HOUR))
    return letter_link("thanks", to=email)


def answers() -> list[tuple[Any, ...]]:
    return rows("SELECT slot_id, voice, liked, easy, words FROM feedback ORDER BY id")


def left() -> tuple[Any, ...]:
    return rows("SELECT adults, children FROM feedback_invitations")[0]


def test_an_adult_answers_three_questions_and_is_thanked(samira: Visitor) -> None:
    slot = slot_that_ended()

    page = visit(samira, invited(slot))
    thanks = page.submit(ADULT)

    assert page.heading == "Vad tyckte du?"
    assert page.url == f"/pass/{slot.id}/tyck-till"
    assert thanks.heading == "Tack!"
    assert "Låt ett barn svara också" in thanks.links
    assert answers() == [(slot.id, "adult", 4, 5, "Mer fika.")]
    assert left() == (0, 2)
    assert visit(samira, page.url).heading == "Tack!"


def test_each_child_answers_on_its_own_page_and_no_more_than_there_were(samira: Visitor) -> None:
    slot = slot_that_ended()
    page = visit(samira, invited(slot, children=2)).follow("Här är din egen sida")
    assert page.heading == "Hej!"

    thanks = page.submit(CHILD)
    again = thanks.follow("Låt ett barn svara också").submit({"betyg": "1"})

    assert "Låt ett barn svara också" not in again.links
    assert "Den vuxnas frågor" in again.links
    assert answers() == [
        (slot.id, "child", 5, None, "Bygga en robot som kan simma"),
        (slot.id, "child", 1, None, ""),
    ]
    assert visit(samira, f"/pass/{slot.id}/tyck-till/barn").heading == "Tack!"


def test_the_same_form_twice_is_one_answer(samira: Visitor) -> None:
    page = visit(samira, invited(slot_that_ended(), children=2)).follow("Här är din egen sida")

    assert page.submit(CHILD).heading == page.submit(CHILD).heading == "Tack!"

    assert len(answers()) == 1
    assert left() == (1, 1)


def test_an_old_form_of_a_family_that_has_answered_is_refused_in_words(samira: Visitor) -> None:
    path = invited(slot_that_ended(), children=1)
    first, second = visit(samira, path), visit(samira, path)
    first.submit(ADULT)

    refused = second.submit(ADULT, status=422)

    assert [text for _, text in refused.errors] == ["Vi har redan fått ditt svar. Tack!"]
    assert len(answers()) == 1


NOT_USABLE = "Texten innehåller tecken som inte kan användas. Skriv den igen med tangentbordet."


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"betyg": ""}, [("betyg", "Välj hur passet var.")]),
        ({"smidigt": ""}, [("smidigt", "Välj hur lätt det var.")]),
        ({"betyg": "6", "smidigt": "0"}, [("betyg", "Välj hur passet var."), ("smidigt", "Välj hur lätt det var.")]),
        ({"betyg": "4 or 1=1"}, [("betyg", "Välj hur passet var.")]),
        ({"ord": "x" * 201}, [("ord", "Skriv högst 200 tecken.")]),
        ({"ord": "ring 811228-9874"}, [("ord", "Skriv inte personnummer. Vi behöver det inte och sparar det inte.")]),
        ({"ord": "bra\u202e"}, [("ord", NOT_USABLE)]),
        ({"ord": "bra\x07"}, [("ord", NOT_USABLE)]),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_field_and_the_rest_is_kept(
    sqlite_app: Flask, typed: dict[str, str], said: list[tuple[str, str]]
) -> None:
    samira = new_phone(sqlite_app)
    page = visit(samira, invited(slot_that_ended()))

    refused = page.submit({**ADULT, **typed}, status=422)

    assert refused.errors == said
    assert refused.title.startswith("Fel:")
    for name, value_kept in {**ADULT, **typed}.items():
        if name not in {field for field, _ in said}:
            assert refused.forms[0].fields[name] == value_kept
    assert answers() == []
    assert left() == (1, 2)


@pytest.mark.parametrize("face", ["2", "4", "", "glad"])
def test_a_child_can_only_press_one_of_the_faces(sqlite_app: Flask, face: str) -> None:
    samira = new_phone(sqlite_app)
    page = visit(samira, invited(slot_that_ended())).follow("Här är din egen sida")
    sent = {**page.forms[0].fields, "betyg": face}

    answer = samira.post(page.url, data=sent)

    assert answer.status_code == 422
    assert "Tryck på ett ansikte." in answer.text
    assert answers() == []


def test_markup_in_a_wish_is_kept_as_it_was_written(sqlite_app: Flask) -> None:
    samira = new_phone(sqlite_app)
    page = visit(samira, invited(slot_that_ended())).follow("Här är din egen sida")

    page.submit({"betyg": "3", "ord": "<b>{{ 7*7 }}</b>"})

    assert answers()[0][-1] == "<b>{{ 7*7 }}</b>"


def test_a_form_without_its_token_changes_nothing(sqlite_app: Flask) -> None:
    samira = new_phone(sqlite_app)
    page = visit(samira, invited(slot_that_ended()))

    for path in (page.url, f"{page.url}/barn"):
        assert samira.post(path, data=ADULT).status_code == 400
    assert answers() == []


def test_looking_changes_nothing(sqlite_app: Flask) -> None:
    samira = new_phone(sqlite_app)
    path = invited(slot_that_ended())
    visit(samira, path)
    before = database_dump()

    for page in ("", "/barn", "/tack"):
        for _ in range(3):
            samira.get(visit(samira, path).url + page)

    assert database_dump() == before


def test_only_the_link_of_that_workshop_opens_its_questions(app: Flask, samira: Visitor, rolf: Visitor) -> None:
    asked, other = slot_that_ended(), slot_that_ended()
    link = invited(asked)
    receipt = book(other, wishes(ROLF), now=dt.datetime.now(dt.UTC) - 3 * DAY)
    opened(samira, link)
    opened(rolf, manage_link(receipt.ref, now=dt.datetime.now(dt.UTC)))

    for phone, slot, status in ((samira, asked, 200), (samira, other, 404), (rolf, asked, 404), (rolf, other, 404)):
        for page in ("", "/barn", "/tack"):
            assert phone.get(f"/pass/{slot.id}/tyck-till{page}").status_code == status
    assert new_phone(app).get(f"/pass/{asked.id}/tyck-till").status_code == 404
    assert samira.get("/bokning/ABCDEFG").status_code == 404
    assert samira.get("/mina").status_code == 404


def test_many_hands_on_one_link_are_no_more_answers_than_people(app: Flask) -> None:
    invited(slot_that_ended(), children=3)
    link_id = int(value("SELECT link_id FROM feedback_invitations"))

    def say(voice: Voice) -> None:
        session().rollback()
        services.answer(link_id, opinion=Opinion(voice, 5), key=new_key(), act=act_at(dt.datetime.now(dt.UTC)))

    outcomes = at_once(app, [partial(say, Voice.CHILD)] * 12 + [partial(say, Voice.ADULT)] * 4)

    assert refusals(outcomes) == ["FeedbackGiven"] * 12
    assert left() == (0, 0)
    assert [tuple(row) for row in rows("SELECT voice, count(*) FROM feedback GROUP BY voice ORDER BY voice")] == [
        ("adult", 1),
        ("child", 3),
    ]


def test_nothing_that_is_kept_ties_an_answer_to_a_family(samira: Visitor) -> None:
    """The answer has neither link nor booking nor hour, and the link and its invitation have no answer."""
    slot = slot_that_ended()
    visit(samira, invited(slot)).submit(ADULT)

    columns = [column.name for column in db.metadata.tables["feedback"].columns]
    answer = dict(zip(columns, rows("SELECT * FROM feedback")[0], strict=True))
    assert set(answer) == {"id", "slot_id", "voice", "liked", "easy", "words", "form_key", "answered_on"}
    assert len(str(answer["answered_on"])) == len("2026-11-24")
    trail = rows("SELECT verb, subject FROM audit_entries WHERE verb = 'give_feedback'")
    assert trail == [("give_feedback", f"slot:{slot.id}")]
    elsewhere = {name: found for name, found in database_dump().items() if name != "feedback"}
    assert "Mer fika." not in str(elsewhere)
    assert str(answer["form_key"]) not in str(elsewhere)
