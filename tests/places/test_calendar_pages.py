"""The calendar of days off: for all places or for one, several days at once, each kept by whom it is about."""

from __future__ import annotations

import datetime as dt

import pytest

from booking.accounts.rules.roles import Post, Role
from booking.places import services
from booking.places.rules import DayOffKind
from tests.accounts.people import employ, inside
from tests.bookings.world import rows, value
from tests.builders import NOW, act
from tests.page import Page, visit
from tests.places.conftest import Register, SignIn
from tests.support.queries import counted

CALENDAR = "/personal/platser/lediga-dagar"


def save(page: Page, typed: dict[str, str], *, status: int = 200) -> Page:
    return page.submit(page.forms[1], typed, status=status)


def days(name: str, first: str, last: str = "", place: int | None = None) -> int:
    return services.add_days_off(
        kind=DayOffKind.OTHER,
        first_on=dt.date.fromisoformat(first),
        last_on=dt.date.fromisoformat(last or first),
        name=name,
        place_id=place,
        act=act(),
    ).id


def test_a_coordinator_writes_a_school_break_for_all_places(register: Register, sign_in: SignIn) -> None:
    page = visit(sign_in(Role.COORDINATOR), CALENDAR).follow("Nya lediga dagar")

    page = save(
        page,
        {"namn": "Sportlov", "typ": "school_break", "fran": "2027-02-22", "till": "2027-02-28", "var": "alla"},
    )

    assert rows("SELECT name, kind, place_id FROM days_off") == [("Sportlov", "school_break", None)]
    assert "måndag 22 februari 2027 – söndag 28 februari 2027" in page.text
    assert "Alla ställen" in page.text


def test_maj_writes_days_of_her_own_library_and_of_no_other(register: Register, sign_in: SignIn) -> None:
    page = visit(sign_in(Role.BRANCH), f"{CALENDAR}/nya")
    offered = [option.get("value") for option in page.root.all("option")]
    assert str(register.ahus) in offered
    assert not {"alla", str(register.tollarp)} & set(offered)
    typed = {"namn": "Inventering", "typ": "other", "fran": "2027-01-07"}

    for where in ("alla", str(register.tollarp), "x"):
        refused = save(page, {**typed, "var": where}, status=422)
        assert [field for field, _ in refused.errors] == ["var"]
    save(page, {**typed, "var": str(register.ahus)})

    assert rows("SELECT place_id FROM days_off WHERE first_on = last_on") == [(register.ahus,)]


def test_days_of_all_places_and_of_others_are_not_majs_to_change(register: Register, sign_in: SignIn) -> None:
    """Requirement D3: what is not hers is the 404 of what does not exist."""
    maj = sign_in(Role.BRANCH)
    everybody, others = days("Sportlov", "2027-02-22"), days("Stängt", "2027-02-23", place=register.tollarp)
    own = days("Inventering", "2027-02-24", place=register.ahus)

    page = visit(maj, CALENDAR)

    assert "Sportlov" in page.text
    assert "Stängt" not in page.text
    assert "Sportlov" not in page.links
    for number in (everybody, others, 4711):
        for address in (f"{CALENDAR}/{number}", f"{CALENDAR}/{number}/borttagning"):
            assert maj.get(address).status_code == 404
            assert maj.post(address).status_code == 404
    assert visit(maj, f"{CALENDAR}/{own}").heading == "Inventering"


def test_who_keeps_the_host_s_places_keeps_the_days_of_all(register: Register, sign_in: SignIn) -> None:
    host = value("SELECT id FROM organisations WHERE runs_workshops")
    browser = sign_in(Role.AUDITOR).application.test_client()
    inside(browser, employ("Karin", Post(Role.COORDINATOR, organisation_id=host), now=NOW), now=NOW)
    number = days("Sportlov", "2027-02-22")

    assert visit(browser, f"{CALENDAR}/{number}").heading == "Sportlov"


def test_days_are_corrected_and_taken_away(register: Register, sign_in: SignIn) -> None:
    days("Inventering", "2027-01-07", place=register.ahus)
    page = visit(sign_in(Role.BRANCH), CALENDAR).follow("Inventering")
    refused = save(page, {"fran": "2027-01-09", "till": "2027-01-08"}, status=422)
    assert [field for field, _ in refused.errors] == ["till"]

    page = save(refused, {"till": "2027-01-10"})
    assert "lördag 9 januari 2027 – söndag 10 januari 2027" in page.text
    page = page.follow("Inventering")
    page = page.submit(page.forms[2])

    assert value("SELECT count(*) FROM days_off") == 0
    assert "Inventering" not in page.text


def test_two_who_save_the_same_days_see_both_versions(register: Register, sign_in: SignIn) -> None:
    """Requirement A14."""
    number = days("Inventering", "2027-01-07", place=register.ahus)
    mine, theirs = (visit(sign_in(role), f"{CALENDAR}/{number}") for role in (Role.BRANCH, Role.COORDINATOR))
    save(theirs, {"fran": "2027-01-08", "till": "2027-01-08"})

    refused = save(mine, {"namn": "Stor inventering"}, status=422)

    told = [told.text.partition(": ")[2] for told in refused.root.all("dd")]
    assert told == ["Inventering", "Stor inventering", "2027-01-08", "2027-01-07", "2027-01-08", "2027-01-07"]
    assert value("SELECT name FROM days_off") == "Inventering"


@pytest.mark.parametrize("asked", ["", "?tidigare=1"])
def test_days_that_have_passed_are_shown_on_request(register: Register, sign_in: SignIn, asked: str) -> None:
    days("Höstlov", "2026-10-26", "2026-11-01")

    page = visit(sign_in(Role.COORDINATOR), CALENDAR + asked)

    assert ("Höstlov" in page.text) is bool(asked)


def test_the_calendar_asks_as_little_of_many_days_as_of_few(register: Register, sign_in: SignIn) -> None:
    browser, asked = sign_in(Role.BRANCH), []
    for more in (1, 100):
        for number in range(more):
            days(f"Dag {number}", "2027-01-07", place=register.ahus)
        with counted() as sent:
            visit(browser, CALENDAR)
        asked.append(len(sent))

    assert asked[0] == asked[1] <= 10
