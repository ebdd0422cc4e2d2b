"""The pages of the house register: what staff can do there, each within reach, and two people at once."""

from __future__ import annotations

import datetime as dt

import pytest

from booking.accounts.rules.roles import Role
from booking.places import services
from booking.places.rules import Hours
from booking.places.rules.keeping import read_spans
from tests.bookings.world import rows, value
from tests.builders import act, make_place, make_room
from tests.page import Page, visit
from tests.places.conftest import Register, SignIn
from tests.support.queries import counted


def save(page: Page, typed: dict[str, str], *, status: int = 200) -> Page:
    """Fill in the page's own form, which stands after the one that signs out."""
    return page.submit(page.forms[1], typed, status=status)


def test_maj_sees_her_own_library_alone_and_an_administrator_sees_all(register: Register, sign_in: SignIn) -> None:
    own = visit(sign_in(Role.BRANCH), "/personal/platser")
    everything = visit(sign_in(Role.ADMINISTRATOR), "/personal/platser")

    assert "Åhus bibliotek" in own.text
    assert "Tollarps bibliotek" not in own.text
    assert {"Åhus bibliotek", "Tollarps bibliotek", "Yngsjö, skolan"} <= everything.links.keys()


def test_what_is_another_library_s_looks_like_what_does_not_exist(register: Register, sign_in: SignIn) -> None:
    """Requirement D3: the room, the days and the pages of a place out of reach are the 404 of a wrong address."""
    maj = sign_in(Role.BRANCH)
    room = services.add_room(register.tollarp, name="Verkstaden", seats=9, act=act()).id
    own_room = services.add_room(register.ahus, name="Verkstaden", seats=9, act=act()).id
    for number in (register.tollarp, register.yngsjo, 4711):
        for page in ("", "/tillganglighet", "/oppettider", "/lokaler/ny", f"/lokaler/{room}", f"/lokaler/{own_room}"):
            assert maj.get(f"/personal/platser/{number}{page}").status_code == 404, (number, page)
    assert maj.get(f"/personal/platser/{register.ahus}/lokaler/{room}").status_code == 404
    assert maj.post(f"/personal/platser/{register.ahus}/lokaler/{room}/borttagning").status_code == 404
    assert maj.get(f"/personal/platser/{register.ahus}/lokaler/{own_room}").status_code == 200


def test_maj_corrects_how_one_gets_in_and_no_more(register: Register, sign_in: SignIn) -> None:
    maj = sign_in(Role.BRANCH)
    page = visit(maj, f"/personal/platser/{register.ahus}")
    assert "Rätta namn och uppgifter" not in page.links
    assert "Stäng stället" not in page.links

    page = save(page.follow("Rätta tillgänglighet och väg"), {"tillganglighet": "Ramp.\nHiss finns."})

    assert page.heading == "Åhus bibliotek"
    assert value("SELECT accessibility_note FROM places WHERE id = :id", id=register.ahus) == "Ramp.\nHiss finns."
    assert maj.get(f"/personal/platser/{register.ahus}/uppgifter").status_code == 403
    assert maj.get(f"/personal/platser/{register.ahus}/stangning").status_code == 403


def test_an_identity_number_is_not_stored_in_a_note(register: Register, sign_in: SignIn) -> None:
    """Requirement C13."""
    page = visit(sign_in(Role.BRANCH), f"/personal/platser/{register.ahus}/tillganglighet")

    refused = save(page, {"tillganglighet": "Ring Siv, 640823-3234."}, status=422)

    assert [field for field, _ in refused.errors] == ["tillganglighet"]


def test_opening_hours_are_read_as_people_write_them_with_days_that_are_not_as_usual(
    register: Register, sign_in: SignIn
) -> None:
    page = visit(sign_in(Role.BRANCH), f"/personal/platser/{register.ahus}/oppettider")

    page = save(
        page,
        {
            "mandag": "10-18",
            "tisdag": "9.00–12.00, 13.00-19.30",
            "undantag-1-dag": "2026-12-24",
            "undantag-1-anm": "Julafton",
            "undantag-2-dag": "2026-12-23",
            "undantag-2-tider": "10-14",
        },
    )

    assert "09:00–12:00, 13:00–19:30" in page.text
    assert "Torsdag 24 december 2026 Stängt, Julafton" in page.text
    assert rows("SELECT weekday, opens, closes FROM opening_hours WHERE weekday IS NOT NULL ORDER BY weekday, opens")
    again = page.follow("Rätta öppettiderna")
    assert again.forms[1].fields["tisdag"] == "09:00–12:00, 13:00–19:30"
    assert again.forms[1].fields["undantag-1-dag"] == "2026-12-23"

    emptied = save(again, {"undantag-1-dag": "", "undantag-1-tider": ""})

    assert "23 december" not in emptied.text
    assert "24 december" in emptied.text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"mandag": "tio till sex"}, "mandag"),
        ({"mandag": "18-10"}, "mandag"),
        ({"mandag": "10-13, 12-18"}, "mandag"),
        ({"mandag": "10-25"}, "mandag"),
        ({"undantag-1-dag": "2026-02-30"}, "undantag-1-dag"),
        ({"undantag-1-tider": "10-14"}, "undantag-1-dag"),
        ({"undantag-1-dag": "2026-12-24", "undantag-2-dag": "2026-12-24"}, "undantag-2-dag"),
    ],
)
def test_hours_that_cannot_be_read_are_refused_where_they_stand_and_all_stays_typed(
    register: Register, sign_in: SignIn, typed: dict[str, str], field: str
) -> None:
    page = visit(sign_in(Role.BRANCH), f"/personal/platser/{register.ahus}/oppettider")

    refused = save(page, {**typed, "fredag": "10-16"}, status=422)

    assert [name for name, _ in refused.errors] == [field]
    fields = refused.forms[1].fields
    assert {name: fields[name] for name in typed} == typed
    assert fields["fredag"] == "10-16"
    assert value("SELECT count(*) FROM opening_hours") == 0


def test_the_notes_of_a_week_and_the_days_that_have_passed_outlive_a_saving(
    register: Register, sign_in: SignIn
) -> None:
    (span,) = read_spans("10-18")
    passed = dt.date(2026, 1, 6)
    services.set_opening_hours(
        register.ahus,
        hours=[Hours(weekday=1, opens=span[0], closes=span[1], note="Meröppet till 22"), Hours(on_day=passed)],
        act=act(),
    )

    save(visit(sign_in(Role.BRANCH), f"/personal/platser/{register.ahus}/oppettider"), {"tisdag": "10-12"})

    kept = rows("SELECT weekday, note FROM opening_hours WHERE weekday IS NOT NULL ORDER BY weekday")
    assert kept == [(1, "Meröppet till 22"), (2, "")]
    assert value("SELECT count(*) FROM opening_hours WHERE on_day IS NOT NULL") == 1


def test_two_who_save_the_same_page_both_see_both_versions_and_nothing_typed_is_lost(
    register: Register, sign_in: SignIn
) -> None:
    """Requirement A14."""
    path = f"/personal/platser/{register.ahus}/tillganglighet"
    mine, theirs = visit(sign_in(Role.BRANCH), path), visit(sign_in(Role.COORDINATOR), path)
    save(theirs, {"tillganglighet": "Hiss finns."})

    refused = save(mine, {"tillganglighet": "Ramp och dörröppnare."}, status=422)

    [(_, said)] = refused.errors
    assert said.startswith("Någon annan har ändrat")
    cells = [told.text.partition(": ")[2] for told in refused.root.all("dd")]
    assert cells == ["Hiss finns.", "Ramp och dörröppnare."]
    assert refused.forms[1].fields["tillganglighet"] == "Ramp och dörröppnare."
    assert value("SELECT accessibility_note FROM places WHERE id = :id", id=register.ahus) == "Hiss finns."

    save(refused, {})

    assert value("SELECT accessibility_note FROM places WHERE id = :id", id=register.ahus) == "Ramp och dörröppnare."


@pytest.mark.parametrize(
    ("page", "typed", "shown"),
    [
        ("uppgifter", {"namn": "Åhus nya bibliotek"}, ["Åhus bibliotek", "Åhus nya bibliotek"]),
        ("oppettider", {"mandag": "10–18"}, ["(inget)", "10–18"]),
    ],
)
def test_each_page_of_a_place_compares_its_own_fields(
    register: Register, sign_in: SignIn, page: str, typed: dict[str, str], shown: list[str]
) -> None:
    opened = visit(sign_in(Role.ADMINISTRATOR), f"/personal/platser/{register.ahus}/{page}")
    services.describe(register.ahus, accessibility_note="Ramp.", directions="Runt hörnet.", act=act())

    refused = save(opened, typed, status=422)

    assert [told.text.partition(": ")[2] for told in refused.root.all("dd")][:2] == shown
    assert value("SELECT name FROM places WHERE id = :id", id=register.ahus) == "Åhus bibliotek"


def test_a_room_is_added_corrected_and_taken_away(register: Register, sign_in: SignIn) -> None:
    maj = sign_in(Role.BRANCH)
    page = visit(maj, f"/personal/platser/{register.ahus}").follow("Ny lokal")
    refused = save(page, {"namn": "Verkstaden", "platser": "0"}, status=422)
    assert refused.errors[0][0] == "platser"

    page = save(refused, {"platser": "16"})
    assert "högst 16 personer" in page.text
    room = page.follow("Verkstaden")
    page = room.submit(room.forms[1], {"platser": "12"})
    assert "högst 12 personer" in page.text
    room = page.follow("Verkstaden")
    page = room.submit(room.forms[-1], button="Ta bort lokalen")

    assert "Verkstaden" not in page.text
    assert value("SELECT count(*) FROM rooms") == 0


def test_an_administrator_opens_a_library_and_a_stop(register: Register, sign_in: SignIn) -> None:
    browser = sign_in(Role.ADMINISTRATOR)
    page = visit(browser, "/personal/platser").follow("Nytt ställe")
    facts = {"namn": "Norra Åsums bibliotek", "typ": "branch", "ort": "Norra Åsum", "latitud": "55,98"}
    refused = page.submit(page.forms[-1], facts, status=422)
    assert [field for field, _ in refused.errors] == ["longitud"]
    assert refused.forms[-1].fields["namn"] == "Norra Åsums bibliotek"

    page = refused.submit(refused.forms[-1], {"longitud": "14,13"})

    assert page.heading == "Norra Åsums bibliotek"
    assert "Norra Åsums bibliotek" in visit(browser, "/bibliotek/norra-asums-bibliotek").text
    page = visit(browser, "/personal/platser/ny-hallplats")
    stop = {"namn": "Horna, bygdegården", "veckodag": "3", "veckor": "odd", "mellanrum": "2", "kommer": "15:00"}
    refused = page.submit(page.forms[-1], stop, status=422)
    assert [field for field, _ in refused.errors] == ["gar"]
    page = refused.submit(refused.forms[-1], {"gar": "15:30"})
    assert "Onsdag kl. 15.00–15.30, udda veckor" in page.text
    assert visit(browser, "/bokbussen/horna-bygdegarden").heading == "Horna, bygdegården"


def test_an_address_that_is_taken_is_refused_and_the_form_keeps_all(register: Register, sign_in: SignIn) -> None:
    page = visit(sign_in(Role.ADMINISTRATOR), "/personal/platser/nytt")

    refused = page.submit(page.forms[-1], {"namn": "Åhus", "typ": "venue", "adressord": "ahus"}, status=422)

    assert refused.errors[0][0] == "adressord"
    assert value("SELECT count(*) FROM places WHERE name = 'Åhus'") == 0


def test_an_organisation_is_added_and_takes_over_the_workshops(register: Register, sign_in: SignIn) -> None:
    browser = sign_in(Role.ADMINISTRATOR)
    page = visit(browser, "/personal/platser/organisationer").follow("Ny organisation")
    page = page.submit(page.forms[-1], {"namn": "Hässleholm", "typ": "municipality", "kod": "1293"})
    page = page.follow("Hässleholm")
    page = page.submit(page.forms[-1], extra={"ordnar": "y"})
    assert rows("SELECT code FROM organisations WHERE runs_workshops") == [("1293",)]
    assert page.heading == "Organisationer"


def test_the_list_asks_as_little_of_many_places_as_of_few(register: Register, sign_in: SignIn) -> None:
    browser = sign_in(Role.ADMINISTRATOR)
    asked = []
    for more in (0, 200):
        for number in range(more):
            make_room(make_place(f"filial-{number}", f"Filial {number}"))
        with counted() as sent:
            visit(browser, "/personal/platser")
        asked.append(len(sent))

    assert asked[0] == asked[1] <= 10


def test_auditors_look_and_keep_nothing(register: Register, sign_in: SignIn) -> None:
    page = visit(sign_in(Role.AUDITOR), f"/personal/platser/{register.ahus}")

    assert not [words for words in page.links if words.startswith(("Rätta", "Ny", "Stäng"))]
