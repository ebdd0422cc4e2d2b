from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from booking.app import create_app
from booking.kernel import token as tokens
from booking.outbox import rendering
from booking.settings import current
from tests.outbox.letters import KINDS, LINK, booking_facts, calendar, facts_of, links_facts
from tests.support.database import close, settings_for

ADDRESS = "https://kodplats.example/bibliotek"
HOSTILE = (
    '<script>alert(1)</script>"><img src=x onerror=alert(1)>',
    "{{ 7*7 }} {% for x in range(9) %}x{% endfor %} ${7*7}",
    "Scratch\r\nBcc: rolf@example.org\r\n\r\nKöp nu",
    "A 💩 =?UTF-8?Q?=0A?=Bcc: rolf@example.org",
    "Robotar 👨‍👩‍👧 \u202etxt\x00",
    "%(place)s %s %d 100 %",
)


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application under a public address with a folder, so that no address can be right by chance."""
    app = create_app(settings_for(sqlite_url, instance=tmp_path, base_url=ADDRESS + "/"))
    with app.app_context():
        yield app
    close(app)


def token_of(link: dict[str, str]) -> str:
    return tokens.make(current().key, link["purpose"], bytes.fromhex(link["nonce"]))


def hostile_facts(kind: str, text: str) -> dict[str, Any]:
    """A payload with `text` wherever people's words stand."""
    both = {"sv": text, "en": text}
    if kind == "links_again":
        facts = links_facts()
        return {**facts, "links": [{**booking, "title": both, "place_name": text} for booking in facts["links"]]}
    facts = facts_of(kind)
    for named in ("title", "bring", "note", "reason"):
        facts[named] = both
    return {**_with_places_called(text, facts), "phone": text}


def _with_places_called(text: str, facts: Any) -> Any:
    if isinstance(facts, list):
        return [_with_places_called(text, fact) for fact in facts]
    if not isinstance(facts, dict):
        return facts
    if "locality" in facts:
        return {**facts, "name": text, "address": text, "locality": text}
    return {name: _with_places_called(text, fact) for name, fact in facts.items()}


class Tags(HTMLParser):
    """The tags of a page, in order, with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    @property
    def links(self) -> list[str]:
        return [str(attributes["href"]) for tag, attributes in self.found if tag == "a"]


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_says_the_same_in_text_and_html(app: Flask, kind: str, language: str) -> None:
    words = rendering.render(f"bookings/{kind}", payload=facts_of(kind), language=language)

    read = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", words.html.split("</head>")[1]))
    for sentence in filter(None, words.text.splitlines()):
        if not sentence.startswith(("http", "--")):
            for piece in re.split(r"[.,:] ?", sentence):
                assert piece.strip() in read.replace("&#39;", "'")
    assert words.text.isprintable() is False
    assert "\n\n\n" not in words.text
    assert not re.search(r"[ \t]$", words.text, re.MULTILINE)


def test_a_seat_is_told_with_title_time_place_and_one_link(app: Flask) -> None:
    words = rendering.render("bookings/seated", payload=booking_facts(), language="sv")

    assert words.subject == "Ni har plats: Ditt första spel i Scratch"
    assert "onsdag 25 november 2026 kl.\N{NO-BREAK SPACE}15.30–17.00" in words.text
    assert "Kristianstads stadsbibliotek, Föreningsgatan 4, Kristianstad" in words.text
    assert "Bokningen gäller 2 barn. 1 vuxen följer med." in words.text
    assert "Ta med: Egen dator" in words.text
    assert f"\n{ADDRESS}/l/{token_of(LINK)}\n" in words.text
    assert "Avboka" in words.text
    assert "044-13 50 00" in words.text
    assert "K7M4-QXR" in words.text
    assert '<html lang="sv"' in words.html
    assert Tags(words.html).links == [f"{ADDRESS}/l/{token_of(LINK)}", "tel:+4644135000"]


def test_the_english_letter_is_english_and_leads_to_english_pages(app: Flask) -> None:
    words = rendering.render("bookings/queued", payload=booking_facts(), language="en")

    assert words.subject == "You are in the queue: Your first game in Scratch"
    assert "Wednesday 25 November 2026 15:30–17:00" in words.text
    assert "You are number 3 in the queue." in words.text
    assert f"{ADDRESS}/en/l/{token_of(LINK)}" in words.text
    assert '<html lang="en"' in words.html


def test_a_queue_is_told_without_a_promise(app: Flask) -> None:
    words = rendering.render("bookings/queued", payload=booking_facts(children=1, adults=0), language="sv")

    assert words.subject == "Ni står i kö: Ditt första spel i Scratch"
    assert "Ni är nummer 3 i kön. Vi hör av oss om ni får plats." in words.text
    assert "Lämna kön" in words.text


def test_a_club_lists_every_meeting_and_a_change_of_clock_is_no_change_of_time(app: Flask) -> None:
    meetings = [
        {"starts_at": "2026-10-20T14:30:00+00:00", "ends_at": "2026-10-20T16:00:00+00:00"},
        {"starts_at": "2026-10-27T15:30:00+00:00", "ends_at": "2026-10-27T17:00:00+00:00"},
    ]

    words = rendering.render("bookings/seated", payload=booking_facts(meetings=meetings), language="sv")

    assert "tisdag 20 oktober 2026 kl.\N{NO-BREAK SPACE}16.30–18.00\n" in words.text
    assert "tisdag 27 oktober 2026 kl.\N{NO-BREAK SPACE}16.30–18.00\n" in words.text
    assert words.html.count("16.30–18.00") == 2


def test_an_online_workshop_says_where_the_link_will_be_and_never_the_link(app: Flask) -> None:
    place = {"name": "SNOKA", "address": "", "locality": "", "online": True}

    words = rendering.render("bookings/promoted", payload=booking_facts(place=place), language="sv")

    assert "På nätet. Länken visas på bokningens sida" in words.text


def test_a_child_that_has_to_queue_is_told_apart_from_one_with_a_seat(app: Flask) -> None:
    seated, queued = (
        rendering.render("bookings/child_added", payload=booking_facts(standing=standing), language="sv").text
        for standing in ("seated", "queued")
    )

    assert "har plats" in seated
    assert "står i kö" in queued


@pytest.mark.parametrize(
    ("facts", "subject", "now"),
    [
        ({"new_place": False}, "Ny tid", "torsdag 26 november 2026"),
        ({"new_time": False}, "Nytt ställe", "Åhus bibliotek"),
        ({}, "Ny tid och nytt ställe", "Åhus bibliotek"),
    ],
)
def test_a_move_says_what_changed_from_what_and_to_what(
    app: Flask, facts: dict[str, Any], subject: str, now: str
) -> None:
    words = rendering.render("bookings/moved", payload={**facts_of("moved"), **facts}, language="sv")

    assert words.subject == f"{subject}: Ditt första spel i Scratch"
    before, after = words.text.split("Förut:")[1].split("Nu:")
    assert "onsdag 25 november 2026 kl.\N{NO-BREAK SPACE}15.30–17.00\nKristianstads stadsbibliotek" in before
    assert now in after
    assert "Ni har kvar era platser." in words.text
    assert Tags(words.html).links[0] == f"{ADDRESS}/l/{token_of(LINK)}"


def test_who_waits_is_told_of_a_move_without_a_word_of_seats_or_calendars(app: Flask) -> None:
    facts = {**facts_of("moved"), "standing": "queued", "calendar": None}

    words = rendering.render("bookings/moved", payload=facts, language="sv")

    assert "Ni står kvar i kön." in words.text
    assert "era platser" not in words.text
    assert "kalender" not in words.text
    assert words.invitation is None


def test_a_call_off_gives_the_reason_and_leads_to_other_days_and_nowhere_else(app: Flask) -> None:
    words = rendering.render("bookings/called_off", payload=facts_of("called_off"), language="sv")

    assert words.subject == "Inställt: Ditt första spel i Scratch"
    assert "Lokalen går inte att använda." in words.text
    assert "Du behöver inte avboka." in words.text
    assert Tags(words.html).links == [f"{ADDRESS}/pass/12#andra-dagar", "tel:+4644135000"]
    assert "/l/" not in words.text


def test_one_meeting_off_says_which_and_which_are_left(app: Flask) -> None:
    left = [{"starts_at": "2026-12-02T14:30:00+00:00", "ends_at": "2026-12-02T16:00:00+00:00"}]

    words = rendering.render(
        "bookings/meeting_off", payload={**facts_of("meeting_off"), "meetings": left}, language="en"
    )

    assert words.subject == "One meeting is called off: Your first game in Scratch"
    off, rest = words.text.split("The other meetings take place:")
    assert "Wednesday 25 November 2026" in off
    assert "The room cannot be used." in off
    assert "Wednesday 2 December 2026" in rest


@pytest.mark.parametrize("kind", ["seated", "promoted", "moved"])
def test_a_letter_with_an_invitation_says_that_only_its_link_cancels(app: Flask, kind: str) -> None:
    words = rendering.render(f"bookings/{kind}", payload=facts_of(kind), language="sv")

    assert "Bara länken i mejlet avbokar" in words.text
    assert "Bara länken i mejlet avbokar" in words.html


@pytest.mark.parametrize("kind", ["seated", "promoted", "reminder", "join"])
def test_staffs_words_stand_in_the_letters_to_who_has_a_seat(app: Flask, kind: str) -> None:
    words = rendering.render(f"bookings/{kind}", payload=booking_facts(), language="sv")
    english = rendering.render(f"bookings/{kind}", payload=booking_facts(), language="en")

    assert "\nFrån biblioteket: Ta Östra Storgatan, bron är stängd.\n" in words.text
    assert "Från biblioteket: Ta Östra Storgatan, bron är stängd.</p>" in words.html
    assert "From the library: The bridge is closed, take the other road." in english.text


@pytest.mark.parametrize("kind", ["queued", "cancelled", "thanks"])
def test_staffs_words_stand_in_no_other_letter(app: Flask, kind: str) -> None:
    assert "biblioteket:" not in rendering.render(f"bookings/{kind}", payload=booking_facts(), language="sv").text


def test_a_letter_that_was_written_before_there_were_such_words_still_goes(app: Flask) -> None:
    facts = {name: value for name, value in booking_facts().items() if name != "note"}

    assert "Från biblioteket" not in rendering.render("bookings/seated", payload=facts, language="sv").text


def test_a_reminder_says_what_and_when_and_lets_who_cannot_come_give_the_seat_back(app: Flask) -> None:
    words = rendering.render("bookings/reminder", payload=booking_facts(), language="sv")

    assert words.subject == "Snart är det dags: Ditt första spel i Scratch"
    assert "onsdag 25 november 2026 kl.\N{NO-BREAK SPACE}15.30–17.00" in words.text
    assert "Får ni förhinder? Avboka" in words.text
    assert f"{ADDRESS}/l/{token_of(LINK)}" in words.text


def test_the_way_in_is_one_link(app: Flask) -> None:
    link = {"purpose": "join", "nonce": "7a" * 32}

    words = rendering.render("bookings/join", payload=booking_facts(link=link), language="sv")

    assert words.subject == "Er länk till passet på nätet: Ditt första spel i Scratch"
    assert re.findall(r"http\S+", words.text) == [f"{ADDRESS}/l/{token_of(link)}"]
    assert "Föreningsgatan" not in words.text


def test_thanks_ask_with_one_link_and_promise_that_nobody_sees_who(app: Flask) -> None:
    link = {"purpose": "feedback", "nonce": "7b" * 32}

    words = rendering.render("bookings/thanks", payload=booking_facts(link=link), language="sv")

    assert words.subject == "Berätta hur det var: Ditt första spel i Scratch"
    assert re.findall(r"http\S+", words.text) == [f"{ADDRESS}/l/{token_of(link)}"]
    assert "ingen ser vem som har svarat vad" in words.text
    assert "avboka" not in words.text.casefold()


def test_a_cancelled_booking_has_no_secret_link_any_more(app: Flask) -> None:
    words = rendering.render("bookings/cancelled", payload=booking_facts(), language="sv")

    assert "/l/" not in words.text + words.html
    assert f"{ADDRESS}/pass" in words.text


def test_links_again_lists_each_booking_with_its_own_link(app: Flask) -> None:
    facts = links_facts()

    words = rendering.render("bookings/links_again", payload=facts, language="sv")

    assert words.subject == "Dina bokningar"
    assert f"{ADDRESS}/l/{token_of(facts['link'])}" in words.text
    assert f"{ADDRESS}/l/{token_of(LINK)}" in words.text


def test_a_booking_without_a_link_still_gets_its_letter(app: Flask) -> None:
    words = rendering.render("bookings/promoted", payload=booking_facts(link=None), language="sv")

    assert "/l/" not in words.text + words.html


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "kodplats.example@evil.example"])
def test_no_host_that_a_request_names_gets_into_a_letter(app: Flask, host: str) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher", "X-Forwarded-Prefix": "/evil"}

    with app.test_request_context("/en/pass", base_url=f"http://{host}/", headers=headers):
        words = rendering.render("bookings/seated", payload=booking_facts(), language="sv")

    assert f"{ADDRESS}/l/{token_of(LINK)}" in words.text
    assert "evil" not in words.text + words.html
    assert all(link.startswith((f"{ADDRESS}/", "tel:")) for link in Tags(words.html).links)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_texts_stay_text(app: Flask, kind: str, text: str) -> None:
    expected = Tags(rendering.render(f"bookings/{kind}", payload=facts_of(kind), language="sv").html)

    words = rendering.render(f"bookings/{kind}", payload=hostile_facts(kind, text), language="sv")

    assert [tag for tag, _ in Tags(words.html).found] == [tag for tag, _ in expected.found]
    assert "49" not in words.text
    assert "\nBcc" not in words.text
    assert "\r" not in words.text
    assert "\u202e" not in words.text + words.html


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_fetches_nothing_and_runs_nothing(app: Flask, kind: str) -> None:
    html = rendering.render(f"bookings/{kind}", payload=facts_of(kind), language="sv").html

    tags = Tags(html).found
    assert not {"img", "script", "link", "iframe", "object", "video", "form", "style"} & {tag for tag, _ in tags}
    assert "url(" not in html
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on") or name == "src"]


def test_a_title_that_no_header_may_hold_costs_the_letter_its_title_only(app: Flask) -> None:
    title = {"sv": "A 💩 =?UTF-8?Q?=0A?=Bcc: rolf@example.org"}

    words = rendering.render("bookings/seated", payload=booking_facts(title=title), language="sv")

    assert words.subject == "Ni har plats"


def test_a_long_title_is_cut_in_the_subject_and_whole_in_the_letter(app: Flask) -> None:
    title = "Robotar och " * 40

    words = rendering.render("bookings/seated", payload=booking_facts(title={"sv": title}), language="en")

    assert words.subject.endswith("…")
    assert len(words.subject) <= 130
    assert title.strip() in words.text


@pytest.mark.parametrize(("language", "address"), [("sv", "/mina/lankar"), ("en", "/en/mina/lankar")])
@pytest.mark.parametrize("method", ["REQUEST", "PUBLISH"])
def test_a_file_of_many_meetings_leads_to_the_calendar_that_follows_every_change(
    app: Flask, method: str, language: str, address: str
) -> None:
    """A page that everybody may open: the link of one booking is no key to the calendar of all."""
    payload = booking_facts(calendar=calendar(method, entries=3))

    words = rendering.render("bookings/seated", payload=payload, language=language)

    assert (f"{ADDRESS}{address}\n" in words.text) is (method == "PUBLISH")
    assert (f'href="{ADDRESS}{address}"' in words.html) is (method == "PUBLISH")
