"""What stands in the feeds, on both databases: requirements J4, J6-J8, J11-J13 and the filters."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event as sql_event
from sqlalchemy.exc import OperationalError

from booking.bookings.services.telling import about_slot
from booking.calendars.rules import writing
from booking.kernel.period import WallPeriod
from booking.places import services as places
from booking.places.rules import PlaceKind
from booking.programme import services as programme
from booking.programme.models import Slot
from booking.programme.rules import ActivityKind, Admission, SlotState
from booking.store import db
from booking.web import filters
from booking.web.texts import gettext
from tests.calendars import world
from tests.calendars.conftest import Fetch
from tests.calendars.world import LATER, NOW, act, events, titles, wall
from tests.support.calendar_text import HOSTILE_TEXTS, assert_clean_bytes, carried, unfolded
from tests.support.icaljs import IcalJs


def lines(of: Any) -> list[str]:
    """An event's lines, as one feed wrote them."""
    written: bytes = of.to_ical()
    return written.decode().split("\r\n")


def test_a_meeting_stands_in_the_feed_with_all_that_a_family_plans_by(fetch: Fetch) -> None:
    slot = world.slot(world.activity(), world.place(), adult_stays=True, bring_sv="Vattenflaska")
    meeting = world.meetings(slot)[0]

    response = fetch("/pass.ics")

    assert_clean_bytes(response.data)
    written = unfolded(response.data)
    assert written[written.index("BEGIN:VEVENT") : written.index("END:VEVENT")] == [
        "BEGIN:VEVENT",
        f"UID:{meeting.uid}",
        "DTSTAMP:20260901T080000Z",
        "LAST-MODIFIED:20260901T080000Z",
        "SEQUENCE:0",
        "DTSTART;TZID=Europe/Stockholm:20261126T163000",
        "DTEND;TZID=Europe/Stockholm:20261126T171500",
        "GEO:55.924000;14.296000",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "SUMMARY:Robotlek med Blue-Bot",
        "LOCATION:Åhus bibliotek\\, Demogatan 2\\, 296 31 Åhus",
        _description(slot.id),
        _categories(),
        f"URL:http://127.0.0.1:8000/pass/{slot.id}",
    ]


def _description(number: int) -> str:
    pieces = (
        f"{_ages()}. " + gettext("An adult stays with the child") + ".",
        "Vi leker med små robotar.",
        gettext("Bring") + ": Vattenflaska",
        gettext("Read more and book") + f": http://127.0.0.1:8000/pass/{number}",
    )
    return "DESCRIPTION:" + "\\n\\n".join(pieces)


def _categories() -> str:
    return f"CATEGORIES:{gettext('Workshop')},{_ages()}"


def _ages() -> str:
    return filters.age_span("sv", 6, 9)


def test_the_english_feed_speaks_english_and_has_the_same_identities(fetch: Fetch) -> None:
    slot = world.slot(world.activity(), world.place())
    world.slot(world.activity(title_en=""), world.place("hammar", name="Hammars bibliotek"), wall(4))

    swedish, english = events(fetch("/pass.ics")), events(fetch("/en/pass.ics"))

    assert list(swedish) == list(english)
    assert [str(event["SUMMARY"]) for event in english.values()] == [
        "Robot play with Blue-Bot",
        "Robotlek med Blue-Bot",
    ]
    first = next(iter(english.values()))
    assert "We play with small robots." in first["DESCRIPTION"]
    assert first["URL"] == f"http://127.0.0.1:8000/en/pass/{slot.id}"


def test_an_empty_feed_is_a_valid_calendar_with_its_zone(fetch: Fetch, icaljs: IcalJs) -> None:
    response = fetch("/pass.ics")

    assert response.status_code == 200
    assert_clean_bytes(response.data)
    read = icaljs.read(response.data)
    assert read["components"] == ["vtimezone"]
    assert {"version", "prodid", "calscale", "method", "name", "x-wr-calname"} <= set(read["properties"])
    assert read["properties"]["name"] == read["properties"]["x-wr-calname"]
    assert read["properties"]["refresh-interval"] == read["properties"]["x-published-ttl"] == "PT1H"
    assert response.headers.get("Last-Modified") is None


def test_the_feed_reaches_from_90_days_back_to_400_days_ahead(fetch: Fetch) -> None:
    what, where = world.activity(), world.place()
    days = {-91: False, -90: False, -89: True, 399: True, 401: False}
    for number in days:
        world.slot(what, where, wall(number, 9, 0))
    edges = {start: world.slot(what, where, start) for start in (wall(-90, 10, 1), wall(400, 9, 59), wall(400, 10, 1))}

    found = events(fetch("/pass.ics"))

    begins = sorted(event["DTSTART"].dt.replace(tzinfo=None) for event in found.values())
    shown = [wall(number, 9, 0) for number, inside in days.items() if inside] + list(edges)[:2]
    # 90 days back it was summer time: the same instant stood an hour later on the clock.
    assert begins == sorted(start for start in shown if start >= wall(-90, 11, 0))


def test_what_is_called_off_stays_until_30_days_after_it_would_have_been_held(fetch: Fetch, clock: Any) -> None:
    off, on = (world.slot(world.activity(), world.place(slug), wall(3)) for slug in ("ahus", "hammar"))
    programme.call_off(off.id, reason_sv="Ledaren är sjuk.", act=act(LATER))
    uid = world.meetings(off)[0].uid

    first = events(fetch("/pass.ics"))[uid]

    assert first["SUMMARY"].endswith(": Robotlek med Blue-Bot")
    assert (first["STATUS"], first["TRANSP"], first["SEQUENCE"]) == ("CANCELLED", "TRANSPARENT", 1)
    assert first["LAST-MODIFIED"].dt == first["DTSTAMP"].dt == LATER
    assert "Ledaren är sjuk." in first["DESCRIPTION"]
    ends = world.meetings(off)[0].ends_at
    clock.move_to(ends + dt.timedelta(days=30))
    assert uid in events(fetch("/pass.ics"))
    clock.move_to(ends + dt.timedelta(days=30, seconds=1))
    assert list(events(fetch("/pass.ics"))) == [world.meetings(on)[0].uid]


def test_one_meeting_that_is_off_is_called_off_alone(fetch: Fetch) -> None:
    club = world.slot(world.activity(), world.place(), wall(1), wall(8), wall(15))
    before = events(fetch("/pass.ics"))
    second = world.meetings(club)[1]
    world.change(second, called_off_at=LATER, changed_at=LATER, sequence=1)

    after = events(fetch("/pass.ics"))

    assert [event["STATUS"] for event in after.values()] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]
    changed = [uid for uid in after if lines(after[uid]) != lines(before[uid])]
    assert changed == [second.uid]


def test_drafts_closed_groups_and_courses_are_in_no_feed(fetch: Fetch) -> None:
    where = world.place()
    world.slot(world.activity("Utkast"), where, state=SlotState.DRAFT)
    world.slot(world.activity("Klass 4B"), where, admission=Admission.CLOSED_GROUP)
    world.slot(world.activity("Kurs", kind=ActivityKind.COURSE), where)

    assert titles(fetch("/pass.ics")) == []
    assert titles(fetch("/bibliotek/ahus.ics")) == []


# What changes, and what else may move


def _move(slot: Slot) -> None:
    programme.move_meeting(
        world.meetings(slot)[0].id, to=WallPeriod.on(wall(5).date(), dt.time(10), minutes=60), act=act(LATER)
    )


def _move_elsewhere(slot: Slot) -> None:
    meeting = world.meetings(slot)[0]
    there = world.place("tollarp", name="Tollarps bibliotek")
    to = WallPeriod(meeting.starts_local, meeting.ends_local)
    programme.move_meeting(meeting.id, to=to, place_id=there.id, act=act(LATER))


def _call_off(slot: Slot) -> None:
    programme.call_off(slot.id, reason_sv="Vattenläcka.", act=act(LATER))


def _rename_place(slot: Slot) -> None:
    places.rename(slot.place_id, name="Åhus nya bibliotek", act=act(LATER))


def _rename_activity(slot: Slot) -> None:
    world.change(slot.activity, title_sv="Robotkul", changed_at=LATER)


def _change_terms(slot: Slot) -> None:
    world.change(slot, adult_stays=True, changed_at=LATER)


@pytest.mark.parametrize(
    ("what_happens", "counts_up"),
    [(_move, 1), (_move_elsewhere, 1), (_call_off, 1), (_rename_place, 0), (_rename_activity, 0), (_change_terms, 0)],
)
def test_only_what_changed_moves(fetch: Fetch, what_happens: Any, counts_up: int) -> None:
    changed = world.slot(world.activity(), world.place(), wall(3))
    world.slot(world.activity(), world.place("hammar", name="Hammars bibliotek"), wall(3))
    uid = world.meetings(changed)[0].uid
    before = events(fetch("/pass.ics"))

    what_happens(changed)

    after = events(fetch("/pass.ics"))
    assert set(after) == set(before)
    assert [other for other in after if lines(after[other]) != lines(before[other])] == [uid]
    assert after[uid]["SEQUENCE"] == before[uid]["SEQUENCE"] + counts_up
    assert after[uid]["DTSTAMP"].dt == after[uid]["LAST-MODIFIED"].dt == LATER


def test_moving_one_meeting_of_a_club_changes_that_one_entry(fetch: Fetch) -> None:
    club = world.slot(world.activity(), world.place(), wall(1), wall(8), wall(15))
    moved = world.meetings(club)[1]
    before = events(fetch("/pass.ics"))

    programme.move_meeting(moved.id, to=WallPeriod.on(wall(9).date(), dt.time(10), minutes=45), act=act(LATER))

    after = events(fetch("/pass.ics"))
    assert [uid for uid in after if lines(after[uid]) != lines(before[uid])] == [moved.uid]


def test_the_same_fetch_later_gives_the_same_bytes(fetch: Fetch, clock: Any) -> None:
    world.slot(world.activity(), world.place(), wall(3), wall(10))
    first = fetch("/pass.ics").data

    clock.move_to(NOW + dt.timedelta(hours=5))

    assert fetch("/pass.ics").data == first


def test_a_meeting_has_one_identity_in_every_feed_and_file(fetch: Fetch) -> None:
    slot = world.slot(world.activity(), world.place())
    uid = world.meetings(slot)[0].uid

    paths = ("/pass.ics", "/pass.ics?var=ahus", "/bibliotek/ahus.ics", f"/pass/{slot.id}.ics", "/en/bibliotek/ahus.ics")
    found = [list(events(fetch(path))) for path in paths]

    assert found == [[uid]] * len(paths)
    assert len(uid) == 32
    assert set(uid) <= set("0123456789abcdef")


# Filters


def test_each_filter_of_the_list_filters_the_feed(fetch: Fetch) -> None:
    ahus, hammar = world.place(), world.place("hammar", name="Hammars bibliotek", locality="Hammar")
    stop = world.place("yngsjo", name="Yngsjö, skolan", kind=PlaceKind.STOP, locality="Yngsjö")
    net = world.place("snoka", name="SNOKA", kind=PlaceKind.DIGITAL, locality="")
    world.slot(world.activity("Små robotar", age_min=4, age_max=5), ahus, wall(1))
    world.slot(world.activity("Klubben", age_min=9, age_max=12), hammar, wall(2), wall(9))
    world.slot(world.activity("Buss", age_min=6, age_max=8), stop, wall(3), language="sv,ar")
    world.slot(world.activity("Nät", age_min=10, age_max=15), net, wall(5), is_online=True)
    world.slot(world.activity("Öppet hus", age_min=None, age_max=None), hammar, wall(30), admission=Admission.DROP_IN)
    full = world.slot(world.activity("Fullt"), ahus, wall(2))
    world.change(full.pools[0], seated=8, queued=1)

    expected = {
        "": ["Små robotar", "Klubben", "Fullt", "Buss", "Nät", "Klubben", "Öppet hus"],
        "var=ahus": ["Små robotar", "Fullt"],
        "var=bokbussen": ["Buss"],
        "var=online": ["Nät"],
        "var=Yngsj%C3%B6": ["Buss"],
        "alder=5": ["Små robotar", "Öppet hus"],
        "alder=11": ["Klubben", "Nät", "Klubben", "Öppet hus"],
        "fran=2026-11-26&till=2026-11-28": ["Buss", "Nät"],
        "typ=klubb": ["Klubben", "Klubben"],
        "typ=drop-in": ["Öppet hus"],
        "sprak=ar": ["Buss"],
        "q=buss": ["Buss"],
        "q=hammar": ["Klubben", "Klubben", "Öppet hus"],
        "var=hammar&alder=10&sida=7&vy=vecka": ["Klubben", "Klubben", "Öppet hus"],
    }
    found = {query: titles(fetch(f"/pass.ics?{query}")) for query in expected}

    assert found == expected


@pytest.mark.parametrize("query", ["lediga=1", "nar=idag", "lediga=1&nar=helgen&vy=dag&sida=2"])
def test_nothing_leaves_a_followed_feed_because_it_filled_up_or_a_week_turned(fetch: Fetch, query: str) -> None:
    full = world.slot(world.activity("Fullt"), world.place(), wall(2))
    world.change(full.pools[0], seated=8, queued=1)
    off = world.slot(world.activity("Inställt"), world.place("hammar"), wall(3))
    programme.call_off(off.id, reason_sv="Vattenläcka.", act=act(LATER))

    found = events(fetch(f"/pass.ics?{query}"))

    assert [event["STATUS"] for event in found.values()] == ["CONFIRMED", "CANCELLED"]


def test_an_unknown_place_is_404_and_never_every_workshop(fetch: Fetch) -> None:
    world.slot(world.activity(), world.place())

    assert fetch("/pass.ics?var=finns-inte").status_code == 404


def test_a_library_that_has_closed_keeps_its_feed(fetch: Fetch) -> None:
    where = world.place()
    world.slot(world.activity(), where, wall(-10))
    world.change(where, closed_from=wall(-1).date())

    assert len(events(fetch("/bibliotek/ahus.ics"))) == len(events(fetch("/pass.ics?var=ahus"))) == 1


def test_a_place_has_what_is_held_there_and_its_own_name(fetch: Fetch, icaljs: IcalJs) -> None:
    ahus, hammar = world.place(), world.place("hammar", name="Hammars bibliotek")
    stop = world.place("yngsjo", name="Yngsjö, skolan", kind=PlaceKind.STOP)
    club = world.slot(world.activity("Klubben"), ahus, wall(1), wall(8))
    second = world.meetings(club)[1]
    programme.move_meeting(
        second.id, to=WallPeriod(second.starts_local, second.ends_local), place_id=hammar.id, act=act(LATER)
    )
    world.slot(world.activity("Buss"), stop, wall(3))

    assert [len(events(fetch(f"/bibliotek/{slug}.ics"))) for slug in ("ahus", "hammar")] == [1, 1]
    assert titles(fetch("/bokbussen/yngsjo.ics")) == ["Buss"]
    assert "Åhus bibliotek" in icaljs.read(fetch("/bibliotek/ahus.ics").data)["properties"]["name"]
    wrong = ("/bibliotek/yngsjo.ics", "/bokbussen/ahus.ics", "/bibliotek/finns-inte.ics", "/bokbussen/finns-inte.ics")
    assert [fetch(path).status_code for path in wrong] == [404] * 4


# One slot


def test_a_slot_to_download_has_all_its_meetings_whatever_their_time(fetch: Fetch) -> None:
    club = world.slot(world.activity(), world.place(), wall(-200), wall(1), wall(600))

    response = fetch(f"/pass/{club.id}.ics")

    assert list(events(response)) == [meeting.uid for meeting in world.meetings(club)]
    assert b"REFRESH-INTERVAL" not in response.data
    assert response.headers["Content-Disposition"] == f'inline; filename="pass-{club.id}.ics"'


def test_the_moment_when_booking_opens_is_a_short_entry_with_an_alarm(fetch: Fetch, icaljs: IcalJs) -> None:
    slot = world.slot(world.activity(), world.place(), wall(10))
    opens = dt.datetime(2026, 11, 27, 8, 0, tzinfo=dt.UTC)
    world.change(slot, opens_at=opens)

    response = fetch(f"/pass/{slot.id}/oppnar.ics")

    assert_clean_bytes(response.data)
    [event] = icaljs.read(response.data)["events"]
    assert (event["starts_at"], event["ends_at"]) == (opens.timestamp(), opens.timestamp() + 15 * 60)
    assert event["alarms"] == [-15 * 60]
    assert event["summary"].endswith(": Robotlek med Blue-Bot")
    assert event["url"] == f"http://127.0.0.1:8000/pass/{slot.id}"
    assert world.meetings(slot)[0].uid in event["uid"]
    assert event["uid"] != world.meetings(slot)[0].uid


def test_there_is_nothing_to_download_where_the_public_sees_nothing(fetch: Fetch) -> None:
    draft = world.slot(world.activity(), world.place(), state=SlotState.DRAFT)
    dropin = world.slot(world.activity(), world.place("hammar"), admission=Admission.DROP_IN)

    paths = [f"/pass/{draft.id}.ics", f"/pass/{draft.id}/oppnar.ics", f"/pass/{dropin.id}/oppnar.ics"]
    paths += [f"/pass/{number}{end}" for number in (10**6, 2**63 - 1, 2**63, 10**30) for end in (".ics", "/oppnar.ics")]

    assert [fetch(path).status_code for path in paths] == [404] * len(paths)


# Hostile texts, secrets, faults


def test_hostile_texts_reach_every_feed_as_text(fetch: Fetch, icaljs: IcalJs) -> None:
    # No database takes these two; the tests of the kernel do.
    storable = [text for text in HOSTILE_TEXTS if "\x00" not in text and "\ud83d" not in text]
    for number, text in enumerate(storable):
        where = world.place(f"plats-{number}", name=text, address=text, locality=text)
        world.slot(world.activity(text, description_sv=text, title_en=text), where, wall(1, 8), bring_sv=text)

    response = fetch("/pass.ics")

    assert_clean_bytes(response.data)
    read = icaljs.read(response.data)["events"]
    assert sorted(event["summary"] for event in read) == sorted(carried(text) for text in storable)
    assert titles(response) == [event["summary"] for event in read]
    names = {json.dumps(event["names"]) for event in read}
    assert len(names) == 1
    assert len(storable) > 20


def test_nothing_about_people_is_in_any_feed(fetch: Fetch) -> None:
    slot = world.slot(
        world.activity(),
        world.place(kind=PlaceKind.DIGITAL),
        is_online=True,
        trainer_names="Kanariefågel Tove",
        join_url="https://mote.example/kanariefagel-hemlig",
    )
    programme.call_off(slot.id, reason_sv="Ledaren är sjuk.", act=act(LATER))

    for path in ("/pass.ics", "/bibliotek/ahus.ics", f"/pass/{slot.id}.ics", f"/pass/{slot.id}/oppnar.ics"):
        written = fetch(path).get_data(as_text=True)
        assert "anarief" not in written
        assert "maj" not in written
        in_events = unfolded(written.split("END:VTIMEZONE\r\n")[1].encode())
        assert not {"ATTENDEE", "ORGANIZER", "CONTACT", "RRULE"} & {line.split(":")[0] for line in in_events}
        assert "VALARM" not in written


def test_an_online_meeting_has_no_position(fetch: Fetch) -> None:
    world.slot(world.activity(), world.place(kind=PlaceKind.DIGITAL), is_online=True)

    [event] = events(fetch("/pass.ics")).values()

    assert "GEO" not in event
    assert "," not in event["LOCATION"]


def test_a_feed_asks_the_database_four_times_at_most(app: Flask, fetch: Fetch) -> None:
    what, where = world.activity(), world.place()
    slots = [world.slot(what, where, wall(number % 300, 8 + number % 10)) for number in range(30)]
    asked: list[str] = []
    sql_event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    for path in ("/pass.ics", "/pass.ics?var=ahus&q=robot&lediga=1", "/bibliotek/ahus.ics", f"/pass/{slots[0].id}.ics"):
        asked.clear()
        assert fetch(path).status_code == 200
        assert len([statement for statement in asked if statement.lstrip().upper().startswith(("SELECT", "WITH"))]) <= 4


def test_a_fault_in_the_middle_of_a_feed_is_503_and_nothing_of_it_is_sent(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in (1, 2, 3):
        world.slot(world.activity(), world.place(f"plats-{days}"), wall(days))
    written: list[bytes] = []

    def fails_at_the_third(event: Any) -> bytes:
        if len(written) == 2:
            raise ValueError("no such position")
        written.append(b"")
        return b""

    monkeypatch.setattr(writing, "event_bytes", fails_at_the_third)
    response = fetch("/pass.ics")

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert b"VCALENDAR" not in response.data


@pytest.mark.parametrize("path", ["/pass.ics", "/bibliotek/ahus.ics", "/pass/1.ics", "/pass/1/oppnar.ics"])
def test_a_database_that_fails_is_503_and_never_an_empty_calendar(
    app: Flask, fetch: Fetch, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.slot(world.activity(), world.place())

    def gone(*given: Any) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    sql_event.listen(db.engine, "before_cursor_execute", gone)
    response = fetch(path)
    sql_event.remove(db.engine, "before_cursor_execute", gone)

    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert b"VCALENDAR" not in response.data


def test_two_readers_agree_with_the_database_over_the_change_of_clocks(fetch: Fetch, icaljs: IcalJs) -> None:
    where = world.place()
    for days in (-36, -29, -22, 119, 126, 133):  # Thursdays before and after 25 October 2026 and 28 March 2027
        world.slot(world.activity(), where, wall(days + 1))

    response = fetch("/pass.ics")

    stored = {meeting.uid: meeting for slot in _slots() for meeting in world.meetings(slot)}
    for event in icaljs.read(response.data)["events"]:
        meeting = stored[event["uid"]]
        assert (event["starts_at"], event["ends_at"]) == (meeting.starts_at.timestamp(), meeting.ends_at.timestamp())
    for uid, event in events(response).items():
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (stored[uid].starts_at, stored[uid].ends_at)
        assert event["DTSTART"].dt.replace(tzinfo=None).time() == dt.time(16, 30)
    assert len(stored) == 6


def _slots() -> list[Slot]:
    return list(db.session.query(Slot))


@pytest.mark.parametrize(("prefix", "reason"), [("", "Ledarens tåg går inte."), ("/en", "No train that day.")])
def test_a_meeting_that_is_off_alone_says_why_in_every_feed(fetch: Fetch, prefix: str, reason: str) -> None:
    club = world.slot(world.activity(), world.place(), wall(1), wall(8))
    first, second = world.meetings(club)
    programme.call_off_meeting(
        second.id, reason_sv="Ledarens tåg går inte.", reason_en="No train that day.", act=act(LATER)
    )

    for path in (f"{prefix}/pass.ics", f"{prefix}/pass/{club.id}.ics"):
        told = events(fetch(path))
        assert told[second.uid]["DESCRIPTION"].startswith(f"{reason}\n\n")
        assert reason not in told[first.uid]["DESCRIPTION"]
    one, other = json.loads(fetch(f"{prefix}/pass.json").data)["meetings"]
    assert (one["reason"], other["reason"]) == ("", reason)
    assert fetch(f"{prefix}/pass.atom").text.count(reason) == 1


def test_it_keeps_its_own_reason_when_the_rest_is_called_off_too(fetch: Fetch) -> None:
    club = world.slot(world.activity(), world.place(), wall(1), wall(8))
    programme.call_off_meeting(world.meetings(club)[1].id, reason_sv="Tåget går inte.", act=act(LATER))
    programme.call_off(club.id, reason_sv="Vattenläcka.", act=act(LATER))

    told = [str(event["DESCRIPTION"]).partition("\n")[0] for event in events(fetch("/pass.ics")).values()]

    assert told == ["Vattenläcka.", "Tåget går inte."]


@pytest.mark.parametrize(
    ("of_activity", "of_slot", "swedish", "english"),
    [
        ({"bring_sv": "Egen dator", "bring_en": "A laptop"}, {}, "Egen dator", "A laptop"),
        ({"bring_sv": "Egen dator"}, {}, "Egen dator", "Egen dator"),
        ({"bring_sv": "Egen dator", "bring_en": "A laptop"}, {"bring_sv": "Hörlurar"}, "Hörlurar", "Hörlurar"),
        ({"bring_sv": "Egen dator"}, {"bring_sv": "Hörlurar", "bring_en": "Earphones"}, "Hörlurar", "Earphones"),
    ],
)
def test_what_to_bring_is_the_same_in_feeds_on_the_page_and_in_letters(
    app: Flask, fetch: Fetch, of_activity: dict[str, Any], of_slot: dict[str, Any], swedish: str, english: str
) -> None:
    slot = world.slot(world.activity(**of_activity), world.place(), **of_slot)

    for prefix, word, wanted in (("", "Ta med", swedish), ("/en", "Bring", english)):
        [event] = events(fetch(f"{prefix}/pass.ics")).values()
        assert f"\n\n{word}: {wanted}\n\n" in event["DESCRIPTION"]
        assert json.loads(fetch(f"{prefix}/pass.json").data)["meetings"][0]["bring"] == wanted
        assert wanted in fetch(f"{prefix}/pass/{slot.id}").text
    told = about_slot(slot.id).payload["bring"]
    assert told == {"sv": swedish, "en": english}
