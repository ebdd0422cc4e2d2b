"""A trainer is away: every touched meeting is seen to in one act, everybody is told once, and nothing is half."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from booking.accounts.rules.roles import Post, Role
from booking.desk.services.illness import Choice, What, see_to_absence
from booking.kernel.act import Act, Actor, ActorKind
from booking.programme.rules import NoReason
from booking.programme.rules.clashes import HardClash
from booking.trainers import services as trainers
from booking.trainers.rules import AbsenceKind, Away
from tests.accounts.people import employ, inside
from tests.bookings.world import DAY, HOUR, NOW, SAMIRA, MadeSlot, act_at, book, make_slot, rows, run, value, wishes
from tests.page import visit
from tests.programme import world
from tests.programme.leading import lead
from tests.programme.world import library

pytestmark = pytest.mark.usefixtures("app")

SOON = NOW + 10 * DAY
DAYS = Away(SOON.date(), SOON.date() + dt.timedelta(days=4))
QUERY = f"fran={DAYS.first_on}&till={DAYS.last_on}&slag=sudden"
REASON = "Vi kan inte hålla passet den dagen."


class Ill:
    """Tove leads three slots on these days; Nils, who has an account, and Ove, who has none, could lead instead."""

    def __init__(self) -> None:
        self.slots = [make_slot(starts_at=SOON + number * DAY) for number in range(3)]
        self.tove = employ("Tove", Post(Role.TRAINER))
        self.nils_account = employ("Nils", Post(Role.TRAINER))
        self.maj = employ("Maj", Post(Role.COORDINATOR))
        self.assignments = [lead(slot.id, self.tove)[0] for slot in self.slots]
        self.trainer = int(value("SELECT id FROM trainers WHERE staff_id = :id", id=self.tove))
        self.nils, self.ove = world.trainer("Nils").id, world.trainer("Ove").id
        trainers.give_account(self.nils, staff_id=self.nils_account, act=act_at())
        run("DELETE FROM letters")

    @property
    def act(self) -> Act:
        return Act(Actor(ActorKind.STAFF, str(self.maj)), NOW + HOUR)

    def see_to(self, *choices: Choice, **more: Any) -> int:
        chosen = dict(zip(self.assignments, choices, strict=True))
        return see_to_absence(
            self.trainer, days=DAYS, kind=AbsenceKind.SUDDEN, choices=chosen, act=self.act, accepting="Går bra", **more
        )


def instead(trainer_id: int) -> Choice:
    return Choice(What.INSTEAD, trainer_id)


OPEN, OFF = Choice(What.OPEN), Choice(What.OFF)


def told() -> dict[str, list[str]]:
    """Recipients by kind of letter."""
    found: dict[str, list[str]] = {}
    for kind, recipient in rows("SELECT kind, recipient FROM letters ORDER BY id"):
        found.setdefault(kind, []).append(recipient)
    return found


def leaders(slot: MadeSlot) -> list[str]:
    found = rows(
        "SELECT t.name FROM assignments a JOIN trainers t ON t.id = a.trainer_id JOIN meetings m ON m.id = a.meeting_id"
        " WHERE m.slot_id = :id AND a.holds",
        id=slot.id,
    )
    return [name for (name,) in found]


def state(slot: MadeSlot) -> str:
    return str(value("SELECT state FROM slots WHERE id = :id", id=slot.id))


def test_one_act_sees_to_every_meeting_and_tells_everybody_once() -> None:
    ill = Ill()
    book(ill.slots[2], wishes(SAMIRA))
    place = value("SELECT place_id FROM slots WHERE id = :id", id=ill.slots[1].id)
    employ("Elin", Post(Role.BRANCH, None, place))
    run("DELETE FROM letters")

    absence = ill.see_to(instead(ill.nils), OPEN, OFF, reason_sv=REASON)

    assert [leaders(slot) for slot in ill.slots] == [["Nils"], [], []]
    assert [state(slot) for slot in ill.slots] == ["published", "published", "called_off"]
    assert told() == {
        "bookings/called_off": [SAMIRA],
        "desk/relieved": ["tove@bibliotek.example"],
        "desk/asked": ["nils@bibliotek.example"],
        "desk/unled": ["elin@bibliotek.example"],
    }
    assert value("SELECT trainer_id FROM absences WHERE id = :id", id=absence) == ill.trainer
    verbs = [verb for (verb,) in rows("SELECT verb FROM audit_entries WHERE actor_ref = :ref", ref=str(ill.maj))]
    assert {"report_absence", "call_off", "see_to_absence"} <= set(verbs)


def test_who_leads_two_instead_gets_one_letter_with_both() -> None:
    ill = Ill()

    ill.see_to(instead(ill.nils), instead(ill.nils), instead(ill.ove))

    assert told()["desk/asked"] == ["nils@bibliotek.example"]
    payload = str(value("SELECT payload FROM letters WHERE kind = 'desk/asked'"))
    assert payload.count("starts_at") == 2


def test_no_letter_says_why_or_that_anybody_is_ill() -> None:
    ill = Ill()
    book(ill.slots[2], wishes(SAMIRA))

    ill.see_to(instead(ill.nils), OPEN, OFF, reason_sv=REASON)

    found = rows("SELECT payload FROM letters WHERE kind <> 'bookings/seated'")
    payloads = " ".join(str(payload) for (payload,) in found)
    assert not any(word in payloads.casefold() for word in ("sjuk", "ill", "sudden", "frånvar"))
    assert "Tove" not in payloads


def test_a_substitute_who_was_taken_meanwhile_leaves_everything_as_it_was() -> None:
    ill = Ill()
    lead(make_slot(starts_at=SOON + DAY).id, ill.nils_account)
    book(ill.slots[2], wishes(SAMIRA))
    run("DELETE FROM letters")

    with pytest.raises(HardClash):
        ill.see_to(OPEN, instead(ill.nils), OFF, reason_sv=REASON)

    assert [leaders(slot) for slot in ill.slots] == [["Tove"], ["Tove"], ["Tove"]]
    assert state(ill.slots[2]) == "published"
    assert rows("SELECT id FROM absences") == []
    assert told() == {}


def test_what_families_read_cannot_be_left_out() -> None:
    ill = Ill()

    with pytest.raises(NoReason):
        ill.see_to(instead(ill.nils), OPEN, OFF)

    assert rows("SELECT id FROM absences") == []
    assert leaders(ill.slots[0]) == ["Tove"]


def test_of_a_club_only_the_touched_meetings_are_called_off_and_the_last_one_takes_the_slot_along() -> None:
    club = make_slot(starts_at=SOON, meetings=2)
    tove = employ("Tove", Post(Role.TRAINER))
    first, second = lead(club.id, tove)
    trainer = int(value("SELECT id FROM trainers"))

    def off(assignment: int, days: Away) -> None:
        see_to_absence(
            trainer, days=days, kind=AbsenceKind.SUDDEN, choices={assignment: OFF}, reason_sv=REASON, act=act_at()
        )

    off(first, DAYS)
    assert state(club) == "published"
    assert value("SELECT count(*) FROM meeting_call_offs") == 1

    off(second, Away(DAYS.first_on + dt.timedelta(days=7), DAYS.last_on + dt.timedelta(days=7)))
    assert state(club) == "called_off"


def maj_browser(app: Flask, ill: Ill) -> FlaskClient:
    return inside(app.test_client(), ill.maj)


def test_maj_goes_through_the_steps_without_scripts(app: Flask) -> None:
    ill = Ill()
    book(ill.slots[2], wishes(SAMIRA))
    page = visit(maj_browser(app, ill), "/personal/franvaro")

    form = {"ledare": str(ill.trainer), "fran": str(DAYS.first_on), "till": str(DAYS.last_on), "slag": "sudden"}
    page = page.submit(page.forms[-1], form)
    assert page.heading == "Tove är borta"
    assert "3 träffar berörs" in page.text
    first, second, third = (f"uppdrag-{number}-val" for number in ill.assignments)
    done = page.submit(
        page.forms[-1],
        {first: f"instead:{ill.ove}", second: "open", third: "off", "orsak": REASON, "trots": "Går bra"},
    )

    assert "Ove leder i stället" in done.text
    assert "Ove har inget konto" in done.text
    assert "Ingen leder den än" in done.text
    assert "Inställt" in done.text
    assert [leaders(slot) for slot in ill.slots] == [["Ove"], [], []]


def test_what_changed_while_the_page_was_open_is_shown_again_and_nothing_is_done(app: Flask) -> None:
    ill = Ill()
    page = visit(maj_browser(app, ill), f"/personal/franvaro/{ill.trainer}?{QUERY}")
    more = lead(make_slot(starts_at=SOON + 3 * DAY).id, ill.tove)[0]

    again = page.submit(page.forms[-1], {f"uppdrag-{ill.assignments[0]}-val": "open"}, status=422)

    assert "andra träffar berörs" in again.text
    assert f"uppdrag-{more}-val" in again.html
    assert again.forms[-1].fields[f"uppdrag-{ill.assignments[0]}-val"] == "open"
    assert rows("SELECT id FROM absences") == []


def test_a_substitute_taken_meanwhile_is_told_on_the_page_and_the_choices_are_kept(app: Flask) -> None:
    ill = Ill()
    page = visit(maj_browser(app, ill), f"/personal/franvaro/{ill.trainer}?{QUERY}")
    lead(make_slot(starts_at=SOON).id, ill.nils_account)
    first, second, third = (f"uppdrag-{number}-val" for number in ill.assignments)

    again = page.submit(
        page.forms[-1], {first: f"instead:{ill.nils}", second: "open", third: "off", "orsak": REASON}, status=422
    )

    assert again.errors
    assert again.forms[-1].fields[third] == "off"
    assert again.forms[-1].fields["orsak"] == REASON
    assert [leaders(slot) for slot in ill.slots] == [["Tove"]] * 3


def test_a_draft_is_not_offered_to_be_called_off(app: Flask) -> None:
    ill = Ill()
    run("UPDATE slots SET state = 'draft', published_at = NULL WHERE id = :id", id=ill.slots[0].id)
    page = visit(maj_browser(app, ill), f"/personal/franvaro/{ill.trainer}?{QUERY}")

    def values(number: int) -> set[str]:
        name = f"uppdrag-{ill.assignments[number]}-val"
        return {one.get("value") for one in page.root.all("input") if one.get("name") == name}

    assert "off" not in values(0)
    assert "off" in values(1)


def test_branch_staff_see_their_own_trainers_and_leave_another_librarys_meetings_open(app: Flask) -> None:
    ill = Ill()
    own = library("horby", "Hörby bibliotek").id
    trainers.change_trainer(ill.trainer, name="Tove", home_place_id=own, act=act_at())
    run("UPDATE slots SET place_id = :own WHERE id = :id", own=own, id=ill.slots[0].id)
    elin = inside(app.test_client(), employ("Elin", Post(Role.BRANCH, None, own)))
    lo = inside(app.test_client(), employ("Lo", Post(Role.BRANCH, None, library("osby", "Osby bibliotek").id)))
    path = f"/personal/franvaro/{ill.trainer}?{QUERY}"

    assert lo.get(path).status_code == elin.get(f"/personal/franvaro/999999?{QUERY}").status_code == 404
    page = visit(elin, path)
    first, second, _ = (f"uppdrag-{number}-val" for number in ill.assignments)
    offered = {(one.get("name"), one.get("value")) for one in page.root.all("input")}
    assert (first, "off") in offered
    assert [choice for name, choice in offered if name == second] == ["open"]

    page.submit(page.forms[-1], {first: "off", "orsak": REASON}, extra={second: "off"})

    assert [state(slot) for slot in ill.slots] == ["called_off", "published", "published"]
    assert told()["desk/unled"] == ["maj@bibliotek.example"]


def test_a_trainer_reports_the_own_absence_and_those_who_plan_are_told(app: Flask) -> None:
    ill = Ill()
    page = visit(inside(app.test_client(), ill.tove), "/personal/uppdrag/franvaro")

    page = page.submit(page.forms[-1], {"fran": str(DAYS.first_on), "till": str(DAYS.last_on), "slag": "sudden"})
    done = page.submit(page.forms[-1])

    assert done.heading == "Mina uppdrag"
    assert [leaders(slot) for slot in ill.slots] == [[], [], []]
    assert told() == {"desk/unled": ["maj@bibliotek.example"]}


def test_an_absence_upside_down_is_told_at_its_field(app: Flask) -> None:
    ill = Ill()
    page = visit(maj_browser(app, ill), "/personal/franvaro")

    form = {"ledare": str(ill.trainer), "fran": str(DAYS.last_on), "till": str(DAYS.first_on), "slag": "planned"}
    refused = page.submit(page.forms[-1], form, status=422)

    assert [field for field, _ in refused.errors] == ["till"]


def test_a_foreign_absence_is_as_one_that_does_not_exist(app: Flask) -> None:
    ill = Ill()
    absence = ill.see_to(OPEN, OPEN, OPEN)
    lo = inside(app.test_client(), employ("Lo", Post(Role.BRANCH, None, library("osby", "Osby bibliotek").id)))

    for path in (f"/personal/franvaro/klart/{absence}", "/personal/franvaro/klart/999999"):
        assert lo.get(path).status_code == 404
    nils = inside(app.test_client(), ill.nils_account)
    assert nils.post(f"/personal/uppdrag/franvaro/{absence}/borttagning").status_code == 404
