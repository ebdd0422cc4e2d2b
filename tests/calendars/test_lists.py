"""The same list as Atom and as JSON, an activity's own calendar, and lists too long for one calendar."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from booking.calendars.rules import windows, writing
from booking.kernel import clock as clocks
from booking.programme import services as programme
from booking.programme.rules import ActivityKind
from booking.store import writes
from tests.calendars import world
from tests.calendars.conftest import Fetch
from tests.calendars.world import LATER, NOW, act, events, titles, wall
from tests.support.calendar_text import HOSTILE_TEXTS, assert_clean_bytes
from tests.support.icaljs import IcalJs

ATOM = "{http://www.w3.org/2005/Atom}"
QUERIES = ("", "?var=ahus", "?alder=5", "?q=robot&typ=robotar", "?fran=2026-11-27", "?lediga=1&nar=idag&sida=3")


def entries(atom: bytes) -> list[ET.Element]:
    return ET.fromstring(atom).findall(f"{ATOM}entry")  # our own, and that it can be read is the test


def meetings(raw: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(raw)["meetings"]
    return found


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_all_three_hold_the_same_meetings_in_the_same_order(fetch: Fetch, query: str, prefix: str) -> None:
    ahus, hammar = world.place(), world.place("hammar", name="Hammars bibliotek", locality="Hammar")
    world.slot(world.activity(), ahus, wall(3), wall(10))
    world.slot(world.activity("Sagor", age_min=4, age_max=5), hammar, wall(5))
    off = world.slot(world.activity("Klubben"), hammar, wall(6))
    programme.call_off(off.id, reason_sv="Vattenläcka.", act=act(LATER))

    calendar = events(fetch(f"{prefix}/pass.ics{query}"))
    atom = entries(fetch(f"{prefix}/pass.atom{query}").data)
    plain = meetings(fetch(f"{prefix}/pass.json{query}").data)

    assert [UUID(entry.findtext(f"{ATOM}id")).hex for entry in atom] == list(calendar)
    assert [entry.findtext(f"{ATOM}title") for entry in atom] == [str(event["SUMMARY"]) for event in calendar.values()]
    assert [meeting["uid"] for meeting in plain] == list(calendar)
    assert [dt.datetime.fromisoformat(meeting["starts_at"]) for meeting in plain] == [
        event["DTSTART"].dt for event in calendar.values()
    ]
    assert [meeting["status"] for meeting in plain] == [
        "called_off" if event["STATUS"] == "CANCELLED" else "confirmed" for event in calendar.values()
    ]


def test_atom_is_a_feed_as_its_standard_wants_it(fetch: Fetch) -> None:
    slot = world.slot(world.activity(), world.place(), adult_stays=True)

    response = fetch("/pass.atom?var=ahus")

    root = ET.fromstring(response.data)  # our own
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert root.tag == f"{ATOM}feed"
    assert root.findtext(f"{ATOM}title") == "Åhus bibliotek"
    assert root.findtext(f"{ATOM}id") == "http://127.0.0.1:8000/pass.atom?var=ahus"
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links == {
        "self": "http://127.0.0.1:8000/pass.atom?var=ahus",
        "alternate": "http://127.0.0.1:8000/pass?var=ahus",
    }
    [entry] = root.findall(f"{ATOM}entry")
    assert root.findtext(f"{ATOM}updated") == entry.findtext(f"{ATOM}updated") == "2026-09-01T08:00:00Z"
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == f"http://127.0.0.1:8000/pass/{slot.id}"
    content = entry.findtext(f"{ATOM}content") or ""
    assert content.startswith("torsdag 26 november kl.\xa016.30")
    assert "Demogatan 2" in content


def test_an_atom_entry_keeps_its_id_and_says_when_it_changed(fetch: Fetch) -> None:
    slot = world.slot(world.activity(), world.place())
    [before] = entries(fetch("/pass.atom").data)

    programme.call_off(slot.id, reason_sv="Vattenläcka.", act=act(LATER))

    [after] = entries(fetch("/pass.atom").data)
    assert before.findtext(f"{ATOM}id") == after.findtext(f"{ATOM}id")
    assert after.findtext(f"{ATOM}updated") == "2026-11-20T12:34:56Z"
    assert (after.findtext(f"{ATOM}title") or "").endswith(": Robotlek med Blue-Bot")


def test_a_meeting_in_json_has_what_the_readme_says(fetch: Fetch) -> None:
    slot = world.slot(world.activity(), world.place(), bring_sv="Vattenflaska")
    uid = world.meetings(slot)[0].uid

    response = fetch("/pass.json")

    assert response.headers["Content-Type"] == "application/json"
    told = json.loads(response.data)
    assert {name: told[name] for name in told if name not in ("meetings", "organisation")} == {
        "name": "Alla pass",
        "note": "",
        "url": "http://127.0.0.1:8000/pass",
        "feed_url": "http://127.0.0.1:8000/pass.json",
        "language": "sv",
        "changed_at": "2026-09-01T08:00:00Z",
    }
    assert told["meetings"] == [
        {
            "uid": uid,
            "sequence": 0,
            "changed_at": "2026-09-01T08:00:00Z",
            "status": "confirmed",
            "reason": "",
            "starts_at": "2026-11-26T16:30:00+01:00",
            "ends_at": "2026-11-26T17:15:00+01:00",
            "slot": slot.id,
            "url": f"http://127.0.0.1:8000/pass/{slot.id}",
            "title": "Robotlek med Blue-Bot",
            "description": "Vi leker med små robotar.",
            "bring": "Vattenflaska",
            "kind": "workshop",
            "admission": "booking",
            "age_min": 6,
            "age_max": 9,
            "adult_stays": False,
            "online": False,
            "place": {
                "name": "Åhus bibliotek",
                "kind": "branch",
                "address": "Demogatan 2",
                "postal_code": "296 31",
                "locality": "Åhus",
                "latitude": 55.924,
                "longitude": 14.296,
            },
        }
    ]


@pytest.mark.parametrize("path", ["/pass.atom", "/pass.json", "/aktivitet/{slug}.ics"])
def test_they_are_asked_for_again_as_the_calendar_is(fetch: Fetch, path: str) -> None:
    slot = world.slot(world.activity(), world.place())
    path = path.format(slug=slot.activity.slug)
    first = fetch(path)
    etag, since = first.headers["ETag"], first.headers["Last-Modified"]

    assert first.headers["Cache-Control"] == "public, no-cache, no-transform"
    assert fetch(path, If_None_Match=etag).status_code == 304
    assert fetch(path, If_Modified_Since=since).status_code == 304
    assert fetch(path, If_None_Match='"x"', If_Modified_Since=since).status_code == 200
    assert fetch(path, method="HEAD").headers["Content-Length"] == str(len(first.data))


def test_hostile_texts_reach_them_as_text(fetch: Fetch) -> None:
    storable = [text for text in HOSTILE_TEXTS if "\x00" not in text and "\ud83d" not in text]
    for number, text in enumerate(storable):
        where = world.place(f"plats-{number}", name=text, address=text, locality=text)
        world.slot(world.activity(text, description_sv=text, title_en=text), where, wall(1, 8), bring_sv=text)

    atom, plain = fetch("/pass.atom"), fetch("/pass.json")

    assert len(entries(atom.data)) == len(storable) > 20
    assert sorted(meeting["title"] for meeting in meetings(plain.data)) == sorted(storable)


def test_empty_lists_can_be_read(fetch: Fetch) -> None:
    assert entries(fetch("/pass.atom").data) == []
    assert meetings(fetch("/pass.json").data) == []


def test_an_activity_has_a_calendar_of_its_own(fetch: Fetch, icaljs: IcalJs) -> None:
    robots, stories = world.activity("Robotlek"), world.activity("Sagor")
    course = world.activity("Kurs", kind=ActivityKind.COURSE)
    ahus, hammar = world.place(), world.place("hammar", name="Hammars bibliotek")
    for what, where, days in ((robots, ahus, 2), (stories, ahus, 3), (robots, hammar, 4), (course, ahus, 5)):
        world.slot(what, where, wall(days))

    response = fetch(f"/aktivitet/{robots.slug}.ics")

    assert titles(response) == ["Robotlek", "Robotlek"]
    assert icaljs.read(response.data)["properties"]["name"].startswith("Robotlek – ")
    assert fetch(f"/aktivitet/{course.slug}.ics").status_code == 404
    assert fetch("/aktivitet/finns-inte.ics").status_code == 404
    assert fetch(f"/en/aktivitet/{robots.slug}.ics").status_code == 200


# What is too long


@writes
def _plan(days: range, *, a_day: int) -> None:
    what, where = world.activity(description_sv="Vi bygger. " * 30), world.place()
    for day in days:
        for number in range(a_day):
            world.slot(what, where, wall(day, 8 + number % 12, number // 12))


def test_a_list_beyond_a_megabyte_keeps_what_is_near_and_says_where_it_ends(
    fetch: Fetch, clock: Any, icaljs: IcalJs
) -> None:
    """Requirement J1: what lies behind goes first, then the far end, by whole days; no entry is shortened."""
    _plan(range(-20, 60), a_day=24)

    response = fetch("/pass.ics")

    assert 900_000 < len(response.data) <= 1_000_000
    assert_clean_bytes(response.data)
    shown = events(response)
    days = sorted({clocks.to_local(event["DTSTART"].dt).date() for event in shown.values()})
    assert days[0] == wall(0).date()
    assert days == [days[0] + dt.timedelta(days=number) for number in range(len(days))]
    assert len(shown) == 24 * len(days)
    said = icaljs.read(response.data)["properties"]
    assert f"{days[-1].day} " in said["description"]
    assert fetch("/pass.ics", If_None_Match=response.headers["ETag"]).status_code == 304
    assert len(fetch("/pass.json").data) <= 1_000_000
    assert len(fetch("/pass.atom").data) <= 1_000_000


def test_its_end_moves_on_with_the_day(sqlite_fetch: Fetch, clock: Any) -> None:
    _plan(range(60), a_day=24)
    first = events(sqlite_fetch("/pass.ics"))

    clock.move_to(NOW + dt.timedelta(hours=13, minutes=59))  # still Monday in Stockholm
    assert events(sqlite_fetch("/pass.ics")).keys() == first.keys()
    clock.move_to(NOW + dt.timedelta(hours=14))
    second = events(sqlite_fetch("/pass.ics"))

    assert len(second.keys() - first.keys()) == 24
    assert len(first.keys() - second.keys()) == 24


def test_more_than_is_read_at_once_is_no_reason_to_lose_what_is_near(
    sqlite_fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    from booking.calendars.views import feeds

    monkeypatch.setattr(windows, "MOST_ENTRIES", 30)
    monkeypatch.setattr(feeds, "MOST_ENTRIES", 30)
    monkeypatch.setattr(windows, "MOST_BYTES", windows.HEAD_BYTES + 12_000)
    _plan(range(-20, 40), a_day=2)

    shown = events(sqlite_fetch("/pass.ics"))

    begins = sorted(event["DTSTART"].dt for event in shown.values())
    assert clocks.local_day(begins[0]) == wall(0).date()
    assert 4 <= len(begins) <= 30
    assert len(begins) % 2 == 0


def test_one_day_too_full_for_a_calendar_is_cut_within_it() -> None:
    class Same:
        starts_at = NOW

    entries_of_a_day: Any = [Same()] * 10
    pieces = [b"x" * 200_000] * 10

    assert not windows.fits(pieces)
    assert windows.whole_days(entries_of_a_day, pieces) == 4


def test_an_entry_is_never_smaller_than_the_limit_of_what_is_read_counts_on(sqlite_fetch: Fetch) -> None:
    world.slot(world.activity("A", description_sv="", age_min=None, age_max=None), world.place(name="B", address=""))
    everything = sqlite_fetch("/pass.ics").data
    piece = everything[everything.index(b"BEGIN:VEVENT") : everything.index(b"END:VCALENDAR")]

    assert len(piece) * windows.MOST_ENTRIES >= windows.MOST_BYTES
    assert writing.ICS.ending == "ics"
