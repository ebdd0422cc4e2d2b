"""The pages of those who want letters: from an empty list to the last letter; guards, secrets and hostile input."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from booking.programme import services as planning
from booking.programme.rules import SlotState
from tests.bookings.phones import new_phone
from tests.bookings.world import database_dump, run
from tests.builders import make_activity, make_place, make_slot, make_stop
from tests.page import Page, Visitor, visit
from tests.subscriptions.world import (
    DAY,
    FIVE,
    HOUR,
    MORNING,
    NOON,
    ROLF,
    SAMIRA,
    act,
    ask,
    follow,
    letters,
    link_in,
    openings,
    publish,
    subscriber_links,
    subscribers,
    subscriptions,
    tick,
)

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """It is noon, whatever the machine says."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def samira(app: Flask) -> Visitor:
    make_place()
    make_activity(ages=(8, 10))
    return new_phone(app)


def ask_on_page(phone: Visitor, path: str = "/bevakningar/ny", **typed: str) -> Page:
    return visit(phone, path).submit({"epost": SAMIRA, **typed})


class TestAsking:
    def test_from_an_empty_list_to_the_last_letter(self, samira: Visitor, app: Flask) -> None:
        page = visit(samira, "/pass?var=ahus&alder=8").follow("Mejla mig när det kommer något")
        assert page.heading == "Mejla mig om nya pass"
        page = page.submit({"epost": SAMIRA})
        assert page.heading == "Titta i din e-post"

        [letter] = letters("confirm")
        at_home = new_phone(app)
        question = visit(at_home, link_in(letter))
        assert question.heading == "Vill du få mejl om nya pass?"
        assert "Åhus bibliotek, 8 år" in question.text
        assert "/l/" not in question.url
        assert subscriptions()[0].confirmed_at is None
        mine = question.submit()
        assert mine.heading == "Dina bevakningar"
        assert "Klart." in mine.text

        slot = publish(at=NOON + HOUR)
        tick()
        [digest] = letters("digest")
        mine = visit(new_phone(app), link_in(digest))
        assert [form.action for form in mine.forms][-1].endswith("/borttagning")
        assert mine.links["Åhus bibliotek, 8 år"].endswith("/pass?var=ahus&alder=8")
        shown = visit(mine.client, mine.links["Åhus bibliotek, 8 år"])
        assert shown.by_id(f"pass-{slot.id}").text
        ended = visit(mine.client, "/bevakningar").follow("Sluta få mejl").submit()
        assert ended.heading == "Du får inga fler mejl om nya pass"
        assert subscribers() == []
        assert "Du bevakar inget just nu." in visit(mine.client, "/bevakningar").text

    def test_the_lists_filters_are_filled_in_and_what_is_unknown_is_left_out(self, samira: Visitor) -> None:
        make_stop()
        for query, expected in {
            "var=ahus&alder=9": ("ahus", "9"),
            "var=Yngsj%C3%B6&alder=15": ("Yngsjö", "15"),
            "var=bokbussen": ("bokbussen", ""),
            "var=nergrundet&alder=hundra": ("", ""),
            "alder=0": ("", "0"),
            "": ("", ""),
        }.items():
            fields = visit(samira, f"/bevakningar/ny?{query}").forms[0].fields
            assert (fields["var"], fields["alder"]) == expected, query

    def test_library_and_list_lead_to_the_form_with_their_place(self, samira: Visitor) -> None:
        make_slot()
        for path in ("/bibliotek/ahus", "/pass?var=ahus"):
            assert visit(samira, path).follow("få mejl när det kommer nya pass").forms[0].fields["var"] == "ahus"

    def test_the_answer_is_the_same_whoever_the_address_belongs_to(self, samira: Visitor) -> None:
        """Requirement D9: unknown, waiting, known and over the limit."""
        follow(ROLF, at=MORNING - HOUR * 2)
        answers = [
            ask_on_page(samira, epost=email).html for email in ("new@example.org", ROLF, *["new@example.org"] * 4)
        ]

        assert len(set(answers)) == 1
        assert len(letters("confirm", to="new@example.org")) == 3

    @pytest.mark.parametrize("prefix", ["", "/en"])
    def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(self, samira: Visitor, prefix: str) -> None:
        page = visit(samira, f"{prefix}/bevakningar/ny?var=ahus")

        refused = page.submit({"epost": "samira", "alder": "9"}, status=422, extra={"var": "nergrundet"})

        assert [field for field, _ in refused.errors] == ["var", "epost"]
        assert refused.by_id("var").get("aria-invalid") == "true"
        assert refused.forms[0].fields["alder"] == "9"
        assert refused.forms[0].fields["epost"] == "samira"
        assert (subscriptions(), letters()) == ([], [])

    def test_a_form_that_lay_for_long_is_sent_again_with_one_click(self, samira: Visitor) -> None:
        page = visit(samira, "/bevakningar/ny")

        stale = page.submit({"epost": SAMIRA}, extra={"csrf_token": "old"}, status=400)

        assert stale.forms[0].fields["epost"] == SAMIRA
        assert stale.submit().heading == "Titta i din e-post"

    def test_letters_and_pages_are_english_for_who_asks_in_english(self, samira: Visitor, app: Flask) -> None:
        ask_on_page(samira, "/en/bevakningar/ny", var="ahus")
        [letter] = letters("confirm")

        assert link_in(letter).startswith("/en/l/")
        mine = visit(new_phone(app), link_in(letter)).submit()

        assert mine.heading == "What you follow"
        assert subscribers()[0].language == "en"

    def test_the_eleventh_wish_is_refused_with_what_to_do(self, samira: Visitor, app: Flask) -> None:
        for number in range(10):
            follow(at=MORNING - (10 - number) * DAY, age=number)
        ask(at=NOON, age=50)

        refused = visit(new_phone(app), link_in(letters("confirm")[-1])).submit(status=422)

        assert "Du har redan 10 bevakningar" in refused.errors[0][1]


class TestKeeping:
    @pytest.fixture
    def mine(self, samira: Visitor) -> Page:
        """Samira's own page, with two wishes."""
        follow(area="ahus", age=8)
        follow()
        return visit(samira, subscriber_links(NOON)[1])

    def test_a_wish_is_changed(self, mine: Page) -> None:
        form = mine.follow("Ändra Åhus bibliotek, 8 år")
        assert form.forms[0].fields["var"] == "ahus"

        changed = form.submit({"var": "", "alder": "9"})

        assert "Alla ställen, 9 år" in changed.text
        assert {(wish.area, wish.age) for wish in subscriptions()} == {("", 9), ("", None)}

    def test_a_change_to_what_is_followed_already_is_refused(self, mine: Page) -> None:
        refused = mine.follow("Ändra Åhus bibliotek, 8 år").submit({"var": "", "alder": ""}, status=422)

        assert refused.errors == [("var", "Det bevakar du redan.")]

    def test_a_wish_is_removed_and_the_other_stays(self, mine: Page) -> None:
        left = mine.submit(mine.forms[0])

        assert left.heading == "Dina bevakningar"
        assert [wish.area for wish in subscriptions()] == [""]

    def test_another_subscribers_wish_is_not_there(self, mine: Page) -> None:
        foreign = follow(ROLF)
        token = mine.forms[0].fields["csrf_token"]
        before = database_dump()

        for path in (f"/bevakningar/{foreign}/andring", "/bevakningar/finns-inte/andring"):
            assert mine.client.get(path).status_code == 404
            for address in (path, path.replace("andring", "borttagning")):
                assert mine.client.post(address, data={"csrf_token": token}).status_code == 404
        assert mine.client.get(f"/bevakningar/{foreign}/bekraftelse").status_code == 404

        assert database_dump() == before

    def test_a_closed_place_keeps_its_word(self, samira: Visitor) -> None:
        place = make_place("nedlagt", "Nedlagda biblioteket", locality="Nergrundet")
        follow(area="nedlagt")
        run("UPDATE places SET closed_from = '2026-11-23' WHERE id = :id", id=place.id)

        assert "nedlagt, alla åldrar" in visit(samira, subscriber_links(NOON)[1]).text


class TestOneClick:
    """RFC 8058: without cookie, session, Referer or token, from anywhere."""

    @pytest.fixture
    def address(self, samira: Visitor) -> str:
        follow()
        ask(age=9)
        publish(at=NOON - HOUR)
        tick()
        return link_in(letters("digest")[0], "unsubscribe")

    @pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
    def test_one_post_ends_it_all(self, app: Flask, address: str, kind: str) -> None:
        robot = app.test_client(use_cookies=False)
        headers = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site", "User-Agent": "Robot"}

        answer = robot.post(address, data=ONE_CLICK, content_type=kind, headers=headers)

        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert (subscribers(), subscriptions()) == ([], [])
        assert letters("digest") == []  # it had not gone yet
        assert robot.post(address, data=ONE_CLICK).status_code == 200

    def test_looking_ends_nothing_and_shows_a_button(self, app: Flask, address: str) -> None:
        page = visit(new_phone(app), address)

        assert page.heading == "Vill du sluta få mejl om nya pass?"
        assert "/l/" not in page.url
        assert len(subscribers()) == 1
        assert page.submit().heading == "Du får inga fler mejl om nya pass"
        assert subscribers() == []

    @pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "yes"}, {"list-unsubscribe": "One-Click"}])
    def test_another_post_is_none(self, app: Flask, address: str, body: dict[str, str]) -> None:
        assert app.test_client().post(address, data=body).status_code == 400
        assert len(subscribers()) == 1

    def test_no_other_token_ends_anything(self, app: Flask, address: str) -> None:
        confirm, mine, _ = subscriber_links(NOON)
        tokens = [confirm, mine, address[:-1], address + "x", "/l/x", "/en" + address[:-2]]

        for wrong in tokens:
            assert app.test_client().post(wrong, data=ONE_CLICK).status_code == 404
        assert len(subscribers()) == 1

    def test_the_other_forms_of_the_site_still_refuse_foreign_posts(self, app: Flask, address: str) -> None:
        for path in ("/bevakningar/ny", "/bevakningar/avslut", "/mina/lankar"):
            answer = app.test_client().post(path, data=ONE_CLICK, headers={"Sec-Fetch-Site": "cross-site"})
            assert answer.status_code in (403, 404), path


class TestLinks:
    def test_scanners_that_open_every_link_change_nothing(self, samira: Visitor, app: Flask) -> None:
        """Requirement F3: HEAD, GET, prefetch, from three addresses, five times each."""
        ask(age=5)
        follow()
        publish(at=NOON - HOUR)
        tick()
        paths = [link_in(letter) for letter in letters()] + [link_in(letters("digest")[0], "unsubscribe")]
        before = _without_last_use(database_dump())

        for turn in range(5):
            for path in paths:
                for method in ("HEAD", "GET"):
                    for headers in ({"Sec-Purpose": "prefetch"}, {"User-Agent": "Scanner"}):
                        robot = app.test_client()
                        environ = {"REMOTE_ADDR": f"192.0.2.{turn % 3}"}
                        answer = robot.open(
                            path, method=method, headers=headers, environ_overrides=environ, follow_redirects=True
                        )
                        assert answer.status_code == 200

        assert _without_last_use(database_dump()) == before

    def test_each_link_opens_its_own_pages_alone(self, samira: Visitor, app: Flask) -> None:
        """Requirement F2."""
        ref = follow()
        pages = [
            f"/bevakningar/{ref}/bekraftelse",
            "/bevakningar",
            f"/bevakningar/{ref}/andring",
            "/bevakningar/avslut",
        ]
        opens = {0: {0}, 1: {1, 2, 3}, 2: {3}}

        for number, link in enumerate(subscriber_links(NOON)):
            phone = app.test_client()
            assert phone.get(link).status_code == 303
            for place, path in enumerate([*pages, "/mina"]):
                assert (phone.get(path).status_code == 200) is (place in opens[number]), (number, path)

    def test_a_question_ends_after_seven_days(self, samira: Visitor, app: Flask, clock: time_machine.Traveller) -> None:
        ask(at=NOON)
        link = link_in(letters("confirm")[0])
        clock.shift(7 * DAY)

        assert app.test_client().get(link).status_code == 404

    def test_no_title_log_or_address_tells_who(
        self, samira: Visitor, app: Flask, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        ask_on_page(samira)
        link = link_in(letters("confirm")[0])
        page = visit(new_phone(app), link).submit()
        tick(FIVE)
        app.test_client().post(subscriber_links(NOON)[2], data=ONE_CLICK)

        assert SAMIRA not in page.title + page.url
        token = link.rpartition("/")[2]
        assert token not in caplog.text
        assert "samira" not in caplog.text.casefold()


class TestOpenings:
    def test_from_a_slot_that_is_not_open_yet_to_the_letter(self, samira: Visitor) -> None:
        slot = make_slot("2026-12-09 15:30", opens_at=FIVE)
        page = visit(samira, f"/pass/{slot.id}").follow("Mejla mig när bokningen öppnar")
        assert "Bokningen öppnar måndag 23 november kl. 17.00." in page.text

        thanks = page.submit({"epost": SAMIRA})

        assert thanks.heading == "Vi mejlar när bokningen öppnar"
        tick(FIVE)
        [letter] = letters("opening")
        assert letter.recipient == SAMIRA

    def test_the_answer_is_the_same_the_second_time_and_for_the_eleventh_slot(self, samira: Visitor) -> None:
        slots = [make_slot("2026-12-09 15:30", opens_at=FIVE) for _ in range(11)]
        answers = {
            re.sub(r"/pass/\d+", "", visit(samira, f"/pass/{slot.id}/oppnar").submit({"epost": SAMIRA}).html)
            for slot in (slots[0], *slots)
        }

        assert len(answers) == 1
        assert len(openings()) == 10

    def test_where_nothing_waits_to_open_the_page_leads_to_the_slot(self, samira: Visitor) -> None:
        slot = make_slot(opens_at=NOON)
        off = make_slot(opens_at=FIVE, state=SlotState.CALLED_OFF)
        for number in (slot.id, off.id):
            for path in (f"/pass/{number}/oppnar", f"/pass/{number}/oppnar/tack"):
                answer = samira.get(path)
                assert (answer.status_code, answer.headers["Location"]) == (303, f"/pass/{number}")

    def test_a_slot_that_opens_while_the_form_is_filled_in_is_shown_open(
        self, samira: Visitor, clock: time_machine.Traveller
    ) -> None:
        slot = make_slot("2026-12-09 15:30", opens_at=FIVE)
        page = visit(samira, f"/pass/{slot.id}/oppnar")
        clock.move_to(FIVE)

        assert "Boka plats" in page.submit({"epost": SAMIRA}).links
        assert openings() == []

    def test_drafts_and_numbers_that_nothing_has_are_not_there(self, samira: Visitor) -> None:
        draft = make_slot(opens_at=FIVE, state=SlotState.DRAFT)
        for number in (draft.id, draft.id + 999, 2**63 - 1, 2**63, 10**30):
            for method in ("GET", "POST"):
                assert samira.open(f"/pass/{number}/oppnar", method=method).status_code == 404

    def test_a_mistake_is_said_at_its_field(self, samira: Visitor) -> None:
        slot = make_slot("2026-12-09 15:30", opens_at=FIVE)

        refused = visit(samira, f"/pass/{slot.id}/oppnar").submit({"epost": "samira@"}, status=422)

        assert [field for field, _ in refused.errors] == ["epost"]

    def test_the_link_is_on_the_page_of_a_slot_that_is_not_open_alone(self, samira: Visitor) -> None:
        slot = make_slot(opens_at=NOON)
        planning.call_off(make_slot(opens_at=FIVE).id, reason_sv="Ledaren är sjuk.", act=act(NOON))

        for number in (slot.id, slot.id + 1):
            assert "Mejla mig när bokningen öppnar" not in visit(samira, f"/pass/{number}").links


HOSTILE = [
    "<script>alert(1)</script>@example.org",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}@example.org{{7*7}}",
    "samira@example.org, rolf@example.org",
    "samira@example.org\r\nBcc: rolf@example.org",
    "samira@example.org\n",
    "=?UTF-8?Q?=0A?=@example.org ",
    "a" * 300 + "@example.org",
    "a" * 20_000,
    "\u202esamira@example.org",
    "samira\u200b@example.org",
    "",
    "   ",
]


@pytest.mark.parametrize("typed", HOSTILE)
@pytest.mark.parametrize("name", ["epost", "var", "alder"])
def test_whatever_is_typed_is_refused_or_told_apart_and_never_run(samira: Visitor, name: str, typed: str) -> None:
    """Requirements C1 to C10 on the form with the most fields."""
    fields = visit(samira, "/bevakningar/ny").forms[0].fields
    sent = {**fields, "epost": SAMIRA, name: typed}

    answer = samira.post("/bevakningar/ny", data=sent)

    assert answer.status_code in (303, 422)
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert [letter.recipient for letter in letters()] in ([], [SAMIRA], [typed.strip()])
    assert all(wish.area == "" for wish in subscriptions())


@pytest.mark.parametrize("age", ["-1", "100", "7.5", "7e1", "999999999999", "7år", "null"])
def test_an_age_that_is_none_is_refused(samira: Visitor, age: str) -> None:
    page = visit(samira, "/bevakningar/ny")

    refused = page.submit({"epost": SAMIRA}, extra={"alder": age}, status=422)

    assert [field for field, _ in refused.errors] == ["alder"]


def test_fields_that_the_form_does_not_have_count_for_nothing(samira: Visitor) -> None:
    """Requirement C8."""
    page = visit(samira, "/bevakningar/ny")

    page.submit({"epost": SAMIRA, "alder": ""}, extra={"confirmed_at": "2026-01-01", "language": "xx", "ref": "x"})

    [wish] = subscriptions()
    assert wish.confirmed_at is None
    assert wish.age is None


def test_a_thousand_fields_and_a_long_body_are_turned_away(samira: Visitor) -> None:
    for path in ("/bevakningar/ny", "/l/x"):
        assert samira.post(path, data={f"f{number}": "1" for number in range(1000)}).status_code == 413
        assert samira.post(path, data={"epost": "x" * 100_000}).status_code in (404, 413)


def _without_last_use(dump: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    return {**dump, "links": [row[:-1] for row in dump["links"]]}


def test_pages_that_hold_somebodys_wishes_are_kept_by_nobody(samira: Visitor, app: Flask) -> None:
    follow()
    client: FlaskClient = app.test_client()
    client.get(subscriber_links(NOON)[1])

    for path in ("/bevakningar", "/bevakningar/avslut"):
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
