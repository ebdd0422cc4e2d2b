"""Who may do what: every route, method and role, so that a new route without a row here fails (requirements D1-D3)."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from flask import Flask

from booking.accounts.rules.roles import Role
from tests.bookings.world import children_of, database_dump, run
from tests.house.world import World, routes
from tests.page import visit

# Roles: a stranger, the family that owns the object (its link), another family (a link of its own), the owner with the
# link to all bookings, with the one to say what it thought, and with the one into the meeting online. A POST goes
# without a token, so 400 is as far as anybody comes.
ROLES = ("stranger", "own", "other", "mine", "asked", "joining")
OPEN, FORM = (200,) * 6, (400,) * 6
FAMILY, CHANGE = (404, 200, 404, 200, 404, 404), (404, 400, 404, 400, 404, 404)
ASKED, ANSWER = (404, 404, 404, 404, 200, 404), (404, 404, 404, 404, 400, 404)
NOBODY = (404,) * 6

MATRIX: dict[tuple[str, str], tuple[int, ...]] = {
    ("static", "GET"): OPEN,
    ("web.healthz", "GET"): OPEN,
    ("web.readyz", "GET"): OPEN,
    ("web.robots", "GET"): OPEN,
    ("web.favicon", "GET"): (302,) * 6,
    ("accounts.follow", "GET"): (303,) * 6,
    ("programme.slots", "GET"): OPEN,
    ("programme.slot", "GET"): OPEN,
    ("bookings.book", "GET"): OPEN,
    ("bookings.book", "POST"): FORM,
    ("bookings.booking", "GET"): FAMILY,
    ("bookings.cancel", "GET"): FAMILY,
    ("bookings.cancel", "POST"): CHANGE,
    ("bookings.add_child", "GET"): FAMILY,
    ("bookings.add_child", "POST"): CHANGE,
    ("bookings.child", "GET"): FAMILY,
    ("bookings.child", "POST"): CHANGE,
    ("bookings.remove_child", "POST"): CHANGE,
    ("bookings.contact", "GET"): FAMILY,
    ("bookings.contact", "POST"): CHANGE,
    ("bookings.mine", "GET"): (404, 404, 404, 200, 404, 404),
    ("bookings.join", "GET"): (404, 404, 404, 404, 404, 200),
    ("bookings.feedback", "GET"): ASKED,
    ("bookings.feedback", "POST"): ANSWER,
    ("bookings.feedback_child", "GET"): ASKED,
    ("bookings.feedback_child", "POST"): ANSWER,
    ("bookings.feedback_thanks", "GET"): ASKED,
    ("bookings.calendar", "GET"): (404, 404, 404, 200, 404, 404),
    ("bookings.calendar", "POST"): (404, 404, 404, 400, 404, 404),
    ("bookings.end_calendar", "POST"): (404, 404, 404, 400, 404, 404),
    ("bookings.links_again", "GET"): OPEN,
    ("bookings.links_again", "POST"): FORM,
    ("bookings.links_sent", "GET"): OPEN,
    ("front.start", "GET"): OPEN,
    ("front.libraries", "GET"): OPEN,
    ("front.library", "GET"): OPEN,
    ("front.stops", "GET"): OPEN,
    ("front.stop", "GET"): OPEN,
    ("front.about", "GET"): OPEN,
    ("front.accessibility", "GET"): OPEN,
    ("front.privacy", "GET"): OPEN,
    ("calendars.slots", "GET"): OPEN,
    ("calendars.slots_as_atom", "GET"): OPEN,
    ("calendars.slots_as_json", "GET"): OPEN,
    ("calendars.page", "GET"): OPEN,
    ("calendars.activity", "GET"): OPEN,
    ("calendars.family", "GET"): OPEN,  # to whoever knows its secret, without a session
    ("calendars.library", "GET"): OPEN,
    ("calendars.stop", "GET"): OPEN,
    ("calendars.slot", "GET"): OPEN,
    ("calendars.opening", "GET"): OPEN,
    ("calendars.booking", "GET"): FAMILY,
    ("subscriptions.new", "GET"): OPEN,
    ("subscriptions.new", "POST"): FORM,
    ("subscriptions.asked", "GET"): OPEN,
    ("subscriptions.confirm", "GET"): NOBODY,
    ("subscriptions.confirm", "POST"): NOBODY,
    ("subscriptions.subscriptions", "GET"): NOBODY,
    ("subscriptions.change", "GET"): NOBODY,
    ("subscriptions.change", "POST"): NOBODY,
    ("subscriptions.remove", "POST"): NOBODY,
    ("subscriptions.end", "GET"): NOBODY,
    ("subscriptions.end", "POST"): NOBODY,
    ("subscriptions.ended", "GET"): OPEN,
    ("subscriptions.one_click", "POST"): NOBODY,
    ("subscriptions.opening", "GET"): OPEN,
    ("subscriptions.opening", "POST"): FORM,
    ("subscriptions.opening_asked", "GET"): OPEN,
}

# What only a browser with a subscriber's links may do; elsewhere it is a stranger.
SUBSCRIBER: dict[tuple[str, str], int] = {
    ("subscriptions.confirm", "GET"): 200,
    ("subscriptions.confirm", "POST"): 400,
    ("subscriptions.subscriptions", "GET"): 200,
    ("subscriptions.change", "GET"): 200,
    ("subscriptions.change", "POST"): 400,
    ("subscriptions.remove", "POST"): 400,
    ("subscriptions.end", "GET"): 200,
    ("subscriptions.end", "POST"): 400,
}

DEMO_MATRIX: dict[tuple[str, str], tuple[int, ...]] = {
    ("demo.letters", "GET"): OPEN,
    ("demo.letter", "GET"): OPEN,
    ("demo.letter_html", "GET"): OPEN,
    ("demo.letter_style", "GET"): OPEN,
}


class Rights(NamedTuple):
    """A page of staff: what those outside get, what the roles that may get, and which those are."""

    outside: int
    inside: int
    roles: tuple[Role, ...] = tuple(Role)


DOOR = 303  # the sign-in page
KEEPERS, LOOKERS = (Role.ADMINISTRATOR,), (Role.ADMINISTRATOR, Role.AUDITOR)
# The trainer of the world leads its slot, and the branch staff work at its library.
PLANNERS = (Role.BRANCH, Role.COORDINATOR)
PLAN_READERS = tuple(role for role in Role if role is not Role.ADMINISTRATOR)

# A POST goes without a token, so 400 is as far as anybody comes; staff without the right get 403.
STAFF_MATRIX: dict[tuple[str, str], Rights] = {
    ("accounts.sign_in", "GET"): Rights(200, 303),
    ("accounts.sign_in", "POST"): Rights(400, 400),
    ("accounts.code", "GET"): Rights(DOOR, DOOR),
    ("accounts.code", "POST"): Rights(DOOR, DOOR),
    ("accounts.sign_out", "POST"): Rights(400, 400),
    ("accounts.ask_for_password", "GET"): Rights(200, 200),
    ("accounts.ask_for_password", "POST"): Rights(400, 400),
    ("accounts.password_sent", "GET"): Rights(200, 200),
    ("accounts.new_password", "GET"): Rights(404, 404),
    ("accounts.new_password", "POST"): Rights(404, 404),
    ("accounts.take_invitation", "GET"): Rights(404, 404),
    ("accounts.take_invitation", "POST"): Rights(404, 404),
    ("accounts.start", "GET"): Rights(DOOR, 200),
    ("accounts.account", "GET"): Rights(DOOR, 200),
    ("accounts.change_password", "GET"): Rights(DOOR, 200),
    ("accounts.change_password", "POST"): Rights(DOOR, 400),
    ("accounts.end_others", "POST"): Rights(DOOR, 400),
    ("accounts.second_factor", "GET"): Rights(DOOR, 200),
    # What only a button does leads who looks at its address back to the page of the button.
    ("accounts.end_others", "GET"): Rights(DOOR, 303),
    ("accounts.prepare_second_factor", "GET"): Rights(DOOR, 303),
    ("accounts.renew_recovery_codes", "GET"): Rights(DOOR, 303),
    ("accounts.give_role", "GET"): Rights(DOOR, 303, KEEPERS),
    ("accounts.take_role", "GET"): Rights(DOOR, 303, KEEPERS),
    ("accounts.invite_again", "GET"): Rights(DOOR, 303, KEEPERS),
    ("accounts.close", "GET"): Rights(DOOR, 303, KEEPERS),
    ("accounts.reopen", "GET"): Rights(DOOR, 303, KEEPERS),
    ("accounts.begin_anew", "GET"): Rights(DOOR, 303, KEEPERS),
    ("accounts.prepare_second_factor", "POST"): Rights(DOOR, 400),
    ("accounts.second_factor", "POST"): Rights(DOOR, 400),
    ("accounts.renew_recovery_codes", "POST"): Rights(DOOR, 400),
    ("accounts.turn_off_second_factor", "GET"): Rights(DOOR, 303),  # nobody here has one that may be turned off
    ("accounts.turn_off_second_factor", "POST"): Rights(DOOR, 303),
    ("desk.slot", "GET"): Rights(DOOR, 200, PLAN_READERS),
    ("programme.planning", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.planning_ways", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.plan_new", "GET"): Rights(DOOR, 200, PLANNERS),  # the choice of an activity
    ("programme.plan_new", "POST"): Rights(DOOR, 200, PLANNERS),
    ("bookings.change_many", "GET"): Rights(DOOR, 200, PLANNERS),
    ("bookings.change_many", "POST"): Rights(DOOR, 400, PLANNERS),
    ("bookings.seats", "GET"): Rights(DOOR, 200, PLANNERS),
    ("bookings.seats", "POST"): Rights(DOOR, 400, PLANNERS),
    ("programme.activities", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.new_activity", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.new_activity", "POST"): Rights(DOOR, 400, PLANNERS),
    ("programme.change_activity", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.change_activity", "POST"): Rights(DOOR, 400, PLANNERS),
    ("programme.retire_activity", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.retire_activity", "POST"): Rights(DOOR, 400, PLANNERS),
    ("programme.change_slot", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.change_slot", "POST"): Rights(DOOR, 400, PLANNERS),
    ("programme.plan_copy", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.plan_copy", "POST"): Rights(DOOR, 400, PLANNERS),
    ("accounts.users", "GET"): Rights(DOOR, 200, LOOKERS),
    ("accounts.user", "GET"): Rights(DOOR, 200, LOOKERS),
    ("accounts.invite", "GET"): Rights(DOOR, 200, KEEPERS),
    ("accounts.invite", "POST"): Rights(DOOR, 400, KEEPERS),
    ("accounts.give_role", "POST"): Rights(DOOR, 400, KEEPERS),
    ("accounts.take_role", "POST"): Rights(DOOR, 400, KEEPERS),
    ("accounts.invite_again", "POST"): Rights(DOOR, 400, KEEPERS),
    ("accounts.close", "POST"): Rights(DOOR, 400, KEEPERS),
    ("accounts.reopen", "POST"): Rights(DOOR, 400, KEEPERS),
    ("accounts.begin_anew", "POST"): Rights(DOOR, 400, KEEPERS),
}


def expected_status(endpoint: str, method: str, role: str) -> int:
    """What the matrices say. On the public's and the families' pages staff are strangers."""
    is_staff = role in list(Role)
    if rights := STAFF_MATRIX.get((endpoint, method)):
        if not is_staff:
            return rights.outside
        return rights.inside if Role(role) in rights.roles else 403
    row = {**MATRIX, **DEMO_MATRIX}[endpoint, method]
    if role == "subscriber":
        return SUBSCRIBER.get((endpoint, method), row[0])
    return row[0 if is_staff else ROLES.index(role)]


def test_every_view_carries_a_guard(demo_world: World) -> None:
    views = demo_world.app.view_functions

    unguarded = [endpoint for endpoint, view in views.items() if not getattr(view, "guard", "")]

    assert unguarded == []


def test_every_route_and_method_has_a_row_in_the_matrix(demo_world: World) -> None:
    assert _routes(demo_world.app) == MATRIX.keys() | DEMO_MATRIX.keys() | STAFF_MATRIX.keys()


def test_the_demos_pages_exist_in_the_demo_alone(world: World) -> None:
    assert _routes(world.app) == MATRIX.keys() | STAFF_MATRIX.keys()


@pytest.mark.parametrize("role", [*ROLES, "subscriber", *Role])
def test_each_role_comes_as_far_as_the_matrix_says_and_changes_nothing(demo_world: World, role: str) -> None:
    demo_world.client(role)  # signs in, where that is what the role does
    before = _without_last_use(database_dump())

    for rule, method in routes(demo_world.app):
        response = demo_world.client(role).open(demo_world.path(rule.endpoint, rule.arguments), method=method)
        assert response.status_code == expected_status(rule.endpoint, method, role), (rule.endpoint, method)

    assert _without_last_use(database_dump()) == before


def test_a_method_that_no_page_lists_is_refused_everywhere(demo_world: World) -> None:
    """Requirement D2."""
    browser = demo_world.client(Role.ADMINISTRATOR)

    for rule, _ in routes(demo_world.app):
        for method in {"OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"} - (rule.methods or set()):
            path = demo_world.path(rule.endpoint, rule.arguments)
            assert browser.open(path, method=method).status_code == 405, (path, method)


def test_staff_who_do_not_exist_get_the_answer_of_a_page_that_does_not(world: World) -> None:
    browser = world.client(Role.ADMINISTRATOR)

    for rule, method in routes(world.app):
        if rule.endpoint.startswith("accounts.") and "number" in rule.arguments:
            path = world.path(rule.endpoint, rule.arguments, number=999_999)
            assert browser.open(path, method=method).status_code == 404, path


def test_what_is_another_familys_looks_like_what_does_not_exist(world: World) -> None:
    """Requirement D3: the answers are the same but for the request's own number and address."""
    for rule, method in routes(world.app):
        if "ref" not in rule.arguments:
            continue
        foreign = world.path(rule.endpoint, rule.arguments)
        unknown = world.path(rule.endpoint, rule.arguments, ref="ZZZZZZZ")

        answers = [world.client("other").open(path, method=method) for path in (foreign, unknown)]

        assert [answer.status_code for answer in answers] == [404, 404]
        texts = [_anonymous(answer.text, path) for answer, path in zip(answers, (foreign, unknown), strict=True)]
        assert texts[0] == texts[1]


def test_another_familys_child_cannot_be_reached_through_ones_own_booking(world: World) -> None:
    """Walking the numbers on both sides of one's own finds nothing (requirement D3)."""
    client = world.client("other")
    own = children_of(world.rolf)[0][0]
    foreign = [number for number, _ in children_of(world.samira)]
    before = children_of(world.samira)

    assert client.get(f"/bokning/{world.rolf}/barn/{own}").status_code == 200
    token = visit(client, f"/bokning/{world.rolf}/barn/{own}").forms[0].fields["csrf_token"]
    for number in {*range(own - 50, own + 50), *foreign} - {own}:
        address = f"/bokning/{world.rolf}/barn/{number}"
        sent = {"csrf_token": token, "namn": "Stulen"}
        assert client.get(address).status_code == 404
        assert client.post(address, data=sent).status_code == 404
        assert client.post(f"{address}/borttagning", data=sent).status_code in (303, 404)
    assert children_of(world.samira) == before


def test_references_near_ones_own_lead_nowhere(world: World) -> None:
    client = world.client("other")
    signs = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

    for sign in signs:
        near = world.rolf[:-1] + sign
        if near != world.rolf:
            assert client.get(f"/bokning/{near}").status_code == 404
    assert client.get(f"/bokning/{world.rolf.lower()}").status_code in (200, 404)


def test_drafts_are_seen_by_nobody_and_look_like_what_does_not_exist(world: World) -> None:
    run("UPDATE slots SET state = 'draft'")

    for path in (f"/pass/{world.slot.id}", f"/pass/{world.slot.id}/bokning", f"/pass/{world.slot.id}.ics"):
        drafted, unknown = (
            world.app.test_client().get(path),
            world.app.test_client().get(path.replace("/pass/", "/pass/9")),
        )
        assert drafted.status_code == unknown.status_code == 404
    assert f"/pass/{world.slot.id}" not in world.app.test_client().get("/pass").text


def _routes(app: Flask) -> set[tuple[str, str]]:
    return {(rule.endpoint, method) for rule, method in routes(app)}


def _without_last_use(dump: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    return {**dump, "links": [row[:-1] for row in dump["links"]]}


def _anonymous(html: str, path: str) -> str:
    return re.sub(r'<span class="num">[^<]*</span>|\b[0-9A-Z]{7}\n', "", html.replace(path, ""))
