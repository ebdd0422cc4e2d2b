"""The table of capabilities, role by role, and the scopes that rooms filter by (requirements D, D3)."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from booking.accounts.rules import roles
from booking.accounts.rules.roles import GRANTS, NOWHERE, Capability, Ground, Post, Role, Scope, may, scope
from booking.places import queries as places
from booking.places.models import Place
from booking.store.engine import session
from tests.builders import make_place

C = Capability
KRISTIANSTAD, HOOR, AHUS, TOLLARP = 1, 2, 11, 12
# The columns of the table in requirements D: what each role may, wherever it holds.
TABLE: dict[Role, set[Capability]] = {
    Role.TRAINER: {C.SEE_CHILDREN, C.SEE_CONTACTS, C.MARK_ATTENDANCE, C.SEE_PLAN, C.LEAD},
    Role.BRANCH: {
        C.SEE_BOOKINGS,
        C.CHANGE_BOOKINGS,
        C.SEE_CHILDREN,
        C.SEE_CONTACTS,
        C.MARK_ATTENDANCE,
        C.SEE_PLAN,
        C.PLAN,
        C.EXPORT_PEOPLE,
        C.SEE_PLACES,
        C.KEEP_PLACES,
    },
    Role.DRIVER: {C.SEE_PLAN, C.SEE_BUS, C.RUN_BUS},
    Role.COORDINATOR: set(C) - {C.SEE_USERS, C.KEEP_USERS, C.SEE_SETTINGS, C.KEEP_SETTINGS, C.LEAD},
    Role.REGIONAL: {C.SEE_PLAN, C.SEE_FIGURES, C.SEE_AGREEMENTS},
    Role.ADMINISTRATOR: {
        C.SEE_BUS,
        C.RUN_BUS,
        C.SEE_USERS,
        C.KEEP_USERS,
        C.SEE_SETTINGS,
        C.KEEP_SETTINGS,
        C.SEE_AUDIT,
        C.SEE_PLACES,
        C.KEEP_PLACES,
    },
    Role.AUDITOR: {
        C.SEE_BOOKINGS,
        C.SEE_PLAN,
        C.SEE_BUS,
        C.SEE_FIGURES,
        C.SEE_AGREEMENTS,
        C.SEE_USERS,
        C.SEE_SETTINGS,
        C.SEE_AUDIT,
        C.SEE_PLACES,
    },
}
WRITING = {
    C.CHANGE_BOOKINGS,
    C.MARK_ATTENDANCE,
    C.PLAN,
    C.LEAD,
    C.EXPORT_PEOPLE,
    C.RUN_BUS,
    C.KEEP_AGREEMENTS,
    C.KEEP_USERS,
    C.KEEP_SETTINGS,
    C.KEEP_PLACES,
}


@pytest.mark.parametrize("role", Role)
def test_each_role_may_what_the_table_says_and_nothing_else(role: Role) -> None:
    assert {capability for capability in C if may([Post(role)], capability)} == TABLE[role]


def test_each_capability_has_a_row_and_without_a_role_nobody_may_anything() -> None:
    assert GRANTS.keys() == set(C)
    assert not any(may([], capability) for capability in C)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REGIONAL])
def test_who_only_looks_changes_nothing(role: Role) -> None:
    assert not TABLE[role] & WRITING


@pytest.mark.parametrize("role", [Role.REGIONAL, Role.ADMINISTRATOR, Role.DRIVER, Role.AUDITOR])
def test_children_and_contacts_are_for_those_who_meet_the_family(role: Role) -> None:
    assert not TABLE[role] & {C.SEE_CHILDREN, C.SEE_CONTACTS, C.EXPORT_PEOPLE}


@pytest.mark.parametrize(
    ("post", "place", "organisation", "allowed"),
    [
        (Post(Role.BRANCH, place_id=AHUS), AHUS, KRISTIANSTAD, True),
        (Post(Role.BRANCH, place_id=AHUS), TOLLARP, KRISTIANSTAD, False),
        (Post(Role.BRANCH, place_id=AHUS), None, KRISTIANSTAD, False),
        (Post(Role.BRANCH, organisation_id=KRISTIANSTAD), TOLLARP, KRISTIANSTAD, True),
        (Post(Role.BRANCH, organisation_id=KRISTIANSTAD), TOLLARP, HOOR, False),
        (Post(Role.COORDINATOR), TOLLARP, HOOR, True),
        (Post(Role.COORDINATOR, organisation_id=HOOR), AHUS, KRISTIANSTAD, False),
        (Post(Role.AUDITOR), AHUS, KRISTIANSTAD, False),
    ],
)
def test_a_role_reaches_as_far_as_it_is_held(post: Post, place: int, organisation: int, allowed: bool) -> None:
    assert may([post], C.PLAN, place=place, organisation=organisation) is allowed


def test_a_place_and_an_organisation_with_the_same_number_are_not_the_same() -> None:
    assert not may([Post(Role.BRANCH, place_id=1)], C.PLAN, place=2, organisation=1)
    assert not may([Post(Role.BRANCH, organisation_id=1)], C.PLAN, place=1, organisation=2)


def test_roles_add_up_each_within_its_own_scope() -> None:
    posts = [Post(Role.BRANCH, place_id=AHUS), Post(Role.DRIVER, organisation_id=HOOR), Post(Role.TRAINER)]

    assert scope(posts, C.PLAN) == Scope(places=frozenset({AHUS}))
    assert scope(posts, C.RUN_BUS) == Scope(organisations=frozenset({HOOR}))
    assert scope(posts, C.SEE_CHILDREN) == Scope(places=frozenset({AHUS}), led=True)
    assert scope(posts, C.KEEP_USERS) == NOWHERE


def test_a_trainer_has_no_place_but_the_slots_that_are_led() -> None:
    posts = [Post(Role.TRAINER, place_id=AHUS)]

    assert scope(posts, C.SEE_CHILDREN) == Scope(led=True)
    assert may(posts, C.SEE_CHILDREN)
    assert not may(posts, C.SEE_CHILDREN, place=AHUS, organisation=KRISTIANSTAD)


@pytest.mark.parametrize(
    ("post", "refusal"),
    [
        (Post(Role.ADMINISTRATOR, organisation_id=KRISTIANSTAD), roles.OnlyEverywhere),
        (Post(Role.AUDITOR, place_id=AHUS), roles.OnlyEverywhere),
        (Post(Role.BRANCH), roles.NotEverywhere),
        (Post(Role.BRANCH, place_id=99), roles.UnknownGround),
        (Post(Role.DRIVER, organisation_id=99), roles.UnknownGround),
        (Post(Role.BRANCH, place_id=AHUS), None),
        (Post(Role.COORDINATOR), None),
        (Post(Role.ADMINISTRATOR), None),
    ],
)
def test_a_role_is_given_only_where_it_makes_sense(post: Post, refusal: type[Exception] | None) -> None:
    grounds = [Ground(KRISTIANSTAD, "Kristianstad", ((AHUS, "Åhus"),))]

    if refusal is None:
        roles.check_post(post, grounds)
    else:
        with pytest.raises(refusal):
            roles.check_post(post, grounds)


def test_a_query_filtered_by_a_scope_finds_what_lies_within(app: Flask) -> None:
    ahus, tollarp = make_place("ahus", "Åhus"), make_place("tollarp", "Tollarp")

    def found(held: Scope) -> list[str]:
        return list(session().scalars(select(Place.slug).where(places.within(held)).order_by(Place.slug)))

    assert found(NOWHERE) == []
    assert found(Scope(led=True)) == []
    assert found(Scope(places=frozenset({tollarp.id}))) == ["tollarp"]
    assert found(Scope(organisations=frozenset({ahus.organisation_id}))) == ["ahus", "tollarp"]
    assert found(Scope(everywhere=True)) == ["ahus", "tollarp"]
