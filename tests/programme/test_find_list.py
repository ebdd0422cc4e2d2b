"""What each filter finds, on both databases: the rows, their order and their states."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from booking.places.rules import PlaceKind
from booking.programme import queries
from booking.programme.queries import Reader, SlotRow
from booking.programme.rules import ActivityKind, Admission, PublicState, Sign, SlotState, Step
from booking.store import writes
from booking.store.engine import session
from tests.builders import DAY, HOUR, NOW, local, make_activity, make_place, make_slot, make_stop
from tests.support.queries import counted

SWEDISH, ENGLISH = Reader("sv", ""), Reader("en", "/en")

pytestmark = pytest.mark.usefixtures("app")


def found(query: dict[str, str] | None = None, *, now: dt.datetime = NOW, reader: Reader = SWEDISH) -> list[SlotRow]:
    search = queries.read(MultiDict(query or {})).search
    area = queries.atlas(today=now.date()).area(search.where)
    return queries.find(search, area=area, now=now, reader=reader).rows


def titles(query: dict[str, str] | None = None, *, now: dt.datetime = NOW) -> list[str]:
    return [row.title for row in found(query, now=now)]


def named(title: str, starts: dt.datetime | str = "2026-11-25 15:30", **more: Any) -> None:
    """A slot of an activity of its own, so that its title tells it from the others."""
    activity = make_activity(title, **more.pop("of", {}))
    make_slot(starts, activity=activity, **more)


def test_slots_come_soonest_first_and_then_by_number() -> None:
    named("Tredje", "2026-11-26 10:00")
    named("Första", "2026-11-25 10:00")
    named("Andra", "2026-11-25 10:00")

    assert titles() == ["Första", "Andra", "Tredje"]


def test_drafts_closed_groups_courses_and_what_has_ended_are_not_listed() -> None:
    named("Utkast", state=SlotState.DRAFT)
    named("Skolklass", admission=Admission.CLOSED_GROUP)
    named("Kurs", of={"kind": ActivityKind.COURSE})
    named("Slut", NOW - 90 * HOUR / 60)
    named("Pågår", NOW - HOUR)
    named("Inställt", state=SlotState.CALLED_OFF)
    named("Drop-in", admission=Admission.DROP_IN)

    assert titles() == ["Pågår", "Inställt", "Drop-in"]


def world() -> None:
    """Six slots that differ in everything that one can filter by."""
    stads = make_place("stadsbiblioteket", "Kristianstads stadsbibliotek", kind=PlaceKind.MAIN, locality="Kristianstad")
    degeberga = make_place("degeberga", "Degeberga bibliotek", locality="Degeberga")
    snoka = make_place("snoka", "SNOKA", kind=PlaceKind.DIGITAL, locality="")
    torget = make_stop("degeberga-torget", "Degeberga, torget", locality="Degeberga")
    robots = {"sign": Sign.ROBOT, "ages": (4, 6), "description": "Små robotar på en sagomatta."}
    named("Robotlek", "2026-11-23 15:30", place=stads, of=robots)
    named("Blå bananer", "2026-11-28 11:00", place=degeberga, of={"sign": Sign.CIRCUIT, "ages": (7, 11)})
    named("Rörliga sagor", "2026-12-21 15:00", place=torget, language="sv,ar", of={"sign": Sign.STORY, "ages": (5, 7)})
    named("Spel hemifrån", "2026-12-01 16:00", place=snoka, is_online=True, of={"ages": (8, None)})
    named("Öppet hus", "2026-11-29 10:00", place=stads, admission=Admission.DROP_IN, of={"ages": (None, None)})
    named("Kodklubben", "2026-11-24 16:00", place=degeberga, times=3, seats=8, seated=8, queued=2, of={"ages": (9, 13)})


EVERYTHING = ["Robotlek", "Kodklubben", "Blå bananer", "Öppet hus", "Spel hemifrån", "Rörliga sagor"]


EVERY_FILTER: list[tuple[dict[str, str], list[str]]] = [
    ({}, EVERYTHING),
    ({"var": "stadsbiblioteket"}, ["Robotlek", "Öppet hus"]),
    ({"var": "degeberga"}, ["Kodklubben", "Blå bananer"]),
    ({"var": "Degeberga"}, ["Kodklubben", "Blå bananer", "Rörliga sagor"]),
    ({"var": "degeberga-torget"}, ["Rörliga sagor"]),
    ({"var": "bokbussen"}, ["Rörliga sagor"]),
    ({"var": "online"}, ["Spel hemifrån"]),
    ({"var": "snoka"}, ["Spel hemifrån"]),
    ({"alder": "5"}, ["Robotlek", "Öppet hus", "Rörliga sagor"]),
    ({"alder": "7"}, ["Blå bananer", "Öppet hus", "Rörliga sagor"]),
    ({"alder": "17"}, ["Öppet hus", "Spel hemifrån"]),
    ({"nar": "idag"}, ["Robotlek"]),
    ({"nar": "helgen"}, ["Blå bananer", "Öppet hus"]),
    ({"nar": "lovet"}, ["Rörliga sagor"]),
    ({"fran": "2026-11-29"}, ["Öppet hus", "Spel hemifrån", "Rörliga sagor"]),
    ({"till": "2026-11-28"}, ["Robotlek", "Kodklubben", "Blå bananer"]),
    ({"fran": "2026-11-28", "till": "2026-11-28"}, ["Blå bananer"]),
    ({"typ": "robotar"}, ["Robotlek"]),
    ({"typ": "drop-in"}, ["Öppet hus"]),
    ({"typ": "klubb"}, ["Kodklubben"]),
    ({"sprak": "ar"}, ["Rörliga sagor"]),
    ({"sprak": "sv"}, EVERYTHING),
    ({"sprak": "a"}, EVERYTHING),
    ({"lediga": "1"}, ["Robotlek", "Blå bananer", "Öppet hus", "Spel hemifrån", "Rörliga sagor"]),
    ({"q": "robot"}, ["Robotlek"]),
    ({"q": "BLÅ"}, ["Blå bananer"]),
    ({"q": "örlig"}, ["Rörliga sagor"]),
    ({"q": "orlig"}, []),
    ({"q": "spel hemi"}, ["Spel hemifrån"]),
    ({"q": "robot kristianstad"}, ["Robotlek"]),
    ({"q": "robot degeberga"}, []),
    ({"q": "100%"}, []),
    ({"q": "r_bot"}, []),
    ({"q": "\\"}, []),
    ({"var": "degeberga", "alder": "8", "q": "blå", "lediga": "1", "typ": "elektronik"}, ["Blå bananer"]),
]


def test_each_filter_finds_what_it_says() -> None:
    world()

    answers = [(query, titles(query)) for query, _ in EVERY_FILTER]

    assert answers == EVERY_FILTER


STATES: dict[str, tuple[dict[str, Any], PublicState, Step]] = {
    "Gott om platser": ({"seats": 12, "seated": 2}, PublicState.OPEN, Step.BOOK),
    "Få kvar": ({"seats": 12, "seated": 10}, PublicState.FEW, Step.BOOK),
    "Fullt": ({"seats": 4, "seated": 4}, PublicState.QUEUE, Step.QUEUE),
    "Hålls åt kön": ({"seats": 4, "seated": 3, "queued": 1}, PublicState.QUEUE, Step.QUEUE),
    "Fullt även i kön": ({"seats": 4, "seated": 4, "queue_limit": 0}, PublicState.FULL, Step.OTHERS),
    "Öppnar snart": ({"opens_at": NOW + HOUR}, PublicState.SOON, Step.READ),
    "Stängt": ({"closes_at": NOW}, PublicState.CLOSED, Step.OTHERS),
    "Inställt": ({"state": SlotState.CALLED_OFF}, PublicState.OFF, Step.OTHERS),
    "Drop-in": ({"admission": Admission.DROP_IN}, PublicState.FREE, Step.READ),
}


def test_each_row_says_its_state_and_the_next_step() -> None:
    for title, (terms, _, _) in STATES.items():
        named(title, **terms)

    rows = found()

    told = {row.title: (row.state, row.step_label_key) for row in rows}
    assert told == {title: (state, step) for title, (_, state, step) in STATES.items()}
    for row in rows:
        form = "/bokning" if row.step_label_key in (Step.BOOK, Step.QUEUE) else ""
        assert row.step_url == f"/pass/{row.id}{form}"


def test_only_free_means_a_seat_for_a_family_that_comes_now() -> None:
    for title, (terms, _, _) in STATES.items():
        named(title, **terms)

    assert titles({"lediga": "1"}) == ["Gott om platser", "Få kvar", "Drop-in"]


def test_a_row_tells_what_a_list_shows_and_counts_seats_and_parties() -> None:
    make_stop()
    activity = make_activity("Rörliga sagor", title_en="Moving stories", ages=(5, 7))
    slot = make_slot("2026-11-30 16:10", activity=activity, minutes=45, seats=6, seated=2, language="sv,ar")

    [row] = found(reader=ENGLISH)

    assert row == SlotRow(
        id=slot.id,
        url=f"/en/pass/{slot.id}",
        title="Moving stories",
        starts_at=local("2026-11-30 16:10"),
        ends_at=local("2026-11-30 16:55"),
        age_min=5,
        age_max=7,
        place_name="Yngsjö, skolan",
        place_kind=PlaceKind.STOP,
        is_online=False,
        language_note="Swedish and Arabic",
        meeting_count=1,
        sign="blocks",
        state=PublicState.OPEN,
        free=4,
        queued=0,
        opens_at=None,
        step_url=f"/en/pass/{slot.id}/bokning",
        step_label_key=Step.BOOK,
    )


def test_a_title_without_english_stays_swedish() -> None:
    named("Rörliga sagor")

    assert [row.title for row in found(reader=ENGLISH)] == ["Rörliga sagor"]


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        ("2026-11-23 12:00", "2026-11-24 16:00"),
        ("2026-11-24 17:00", "2026-11-24 16:00"),
        ("2026-11-24 17:30", "2026-12-01 16:00"),
        ("2026-12-08 17:29", "2026-12-08 16:00"),
        ("2026-12-08 17:30", None),
    ],
)
def test_a_club_stands_once_at_its_first_meeting_that_has_not_ended(now: str, shown: str | None) -> None:
    named("Kodklubben", "2026-11-24 16:00", times=3)

    rows = found(now=local(now))

    assert [row.starts_at for row in rows] == ([local(shown)] if shown else [])
    assert [row.ends_at - row.starts_at for row in rows] == [dt.timedelta(minutes=90)] * len(rows)
    assert [row.meeting_count for row in rows] == [3] * len(rows)


def test_a_club_passes_over_a_meeting_that_is_called_off() -> None:
    activity = make_activity("Kodklubben")
    slot = make_slot("2026-11-24 16:00", activity=activity, times=3)
    call_off_meeting(slot.meetings[1].id)

    [row] = found(now=local("2026-11-25 12:00"))

    assert row.starts_at == local("2026-12-08 16:00")
    assert row.meeting_count == 2


@writes
def call_off_meeting(number: int) -> None:
    from booking.programme.models import Meeting

    meeting = session().get_one(Meeting, number)
    meeting.called_off_at = NOW


@pytest.mark.parametrize(
    ("now", "today"),
    [
        ("2026-11-23 23:30", ["Måndag"]),
        ("2026-11-24 00:30", ["Tisdag"]),
    ],
)
def test_today_is_the_day_in_stockholm_on_both_sides_of_midnight(now: str, today: list[str]) -> None:
    named("Måndag", "2026-11-23 23:45")
    named("Tisdag", "2026-11-24 23:00")

    assert titles({"nar": "idag"}, now=local(now)) == today


@pytest.mark.parametrize(
    ("first", "inside", "outside"),
    [
        # The last day of winter time's sister: 25 hours, then 23 in spring, and the turn of the year.
        ("2026-10-25", ["2026-10-25 00:00", "2026-10-25 23:59"], ["2026-10-24 23:59", "2026-10-26 00:00"]),
        ("2027-03-28", ["2027-03-28 00:00", "2027-03-28 23:59"], ["2027-03-27 23:59", "2027-03-29 00:00"]),
        ("2026-12-31", ["2026-12-31 00:00", "2026-12-31 23:59"], ["2026-12-30 23:59", "2027-01-01 00:00"]),
    ],
)
def test_a_day_is_stockholms_also_when_it_has_23_or_25_hours(first: str, inside: list[str], outside: list[str]) -> None:
    for starts in [*inside, *outside]:
        make_slot(starts, minutes=30)

    rows = found({"fran": first, "till": first}, now=local("2026-10-01 12:00"))

    assert [row.starts_at for row in rows] == [local(starts) for starts in inside]


def test_pages_hold_fifty_follow_each_other_and_end_where_the_slots_end() -> None:
    for number in range(53):
        make_slot(NOW + DAY + number * HOUR)

    first, second, beyond = found(), found({"sida": "2"}), found({"sida": "99"})

    assert [len(first), len(second)] == [50, 3]
    assert first[-1].starts_at < second[0].starts_at
    assert beyond == second


def test_a_place_that_has_closed_can_no_longer_be_chosen() -> None:
    make_place("osterang", "Österängs bibliotek", locality="Kristianstad", closed_from=NOW.date())

    atlas = queries.atlas(today=NOW.date())

    assert atlas.area("osterang") is None
    assert queries.atlas(today=NOW.date() - DAY).area("osterang") is not None


def test_villages_come_in_swedish_order() -> None:
    for village in ("Österslöv", "Åhus", "Ängelholm", "Vä", "Zinkgruvan"):
        make_stop(f"{village.lower()}-torget", f"{village}, torget", locality=village)

    atlas = queries.atlas(today=NOW.date())

    assert [choice.name for choice in atlas.villages] == ["Vä", "Zinkgruvan", "Åhus", "Ängelholm", "Österslöv"]


def test_the_number_of_queries_does_not_grow_with_the_slots() -> None:
    costs = []
    for more in (1, 60):
        for number in range(more):
            make_slot(NOW + DAY + number * HOUR, times=2)
        with counted() as statements:
            found()
        costs.append(len(statements))

    assert costs == [2, 2]
