"""Who may do what: every route, method and role, so that a new route without a row here fails (requirements D1-D3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import pytest
from flask import Flask

from booking.accounts.rules.roles import Role
from tests.bookings.world import children_of, database_dump, run
from tests.house.world import World, routes
from tests.page import visit

FAMILY_STAFF = (Role.BRANCH, Role.COORDINATOR)

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
    ("bookings.substitute", "GET"): NOBODY,
    ("bookings.substitute", "POST"): NOBODY,
    ("bookings.substitute_walk_in", "GET"): NOBODY,
    ("bookings.substitute_walk_in", "POST"): NOBODY,
    ("bookings.substitute_undo", "GET"): NOBODY,
    ("bookings.substitute_undo", "POST"): NOBODY,
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
    # What a role gets that has the right, but not over the world's object.
    elsewhere: Mapping[Role, int] = {}


DOOR = 303  # the sign-in page
PLANNERS = (Role.BRANCH, Role.COORDINATOR)
PLAN_READERS = (*PLANNERS, Role.TRAINER, Role.DRIVER, Role.REGIONAL, Role.AUDITOR)
KEEPERS, LOOKERS = (Role.ADMINISTRATOR,), (Role.ADMINISTRATOR, Role.AUDITOR)
# The trainer of the world leads its slot, and the branch staff work at its library.
HOSTS = (Role.BRANCH, Role.COORDINATOR, Role.ADMINISTRATOR)
CONTACT_READERS = (*PLANNERS, Role.TRAINER)
AT_THE_DOOR = (Role.TRAINER, Role.BRANCH, Role.COORDINATOR)
FAMILY_DESK, BOOKING_READERS = (Role.BRANCH, Role.COORDINATOR), (Role.BRANCH, Role.COORDINATOR, Role.AUDITOR)
TRAINERS = (Role.TRAINER,)

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
    ("desk.board", "GET"): Rights(DOOR, 200, PLAN_READERS),
    ("desk.call_off", "GET"): Rights(DOOR, 200, PLANNERS),
    ("desk.call_off", "POST"): Rights(DOOR, 400, PLANNERS),
    ("desk.call_off_meeting", "GET"): Rights(DOOR, 200, PLANNERS),
    ("desk.call_off_meeting", "POST"): Rights(DOOR, 400, PLANNERS),
    ("desk.move", "GET"): Rights(DOOR, 200, PLANNERS),
    ("desk.move", "POST"): Rights(DOOR, 400, PLANNERS),
    ("desk.undo", "GET"): Rights(DOOR, 303, PLANNERS),
    ("desk.undo", "POST"): Rights(DOOR, 303, PLANNERS),  # there is nothing to undo
    ("desk.hold_after_all", "GET"): Rights(DOOR, 200, PLANNERS),
    ("desk.hold_after_all", "POST"): Rights(DOOR, 400, PLANNERS),
    ("desk.hold_meeting_after_all", "GET"): Rights(DOOR, 200, PLANNERS),
    ("desk.hold_meeting_after_all", "POST"): Rights(DOOR, 400, PLANNERS),
    ("desk.publish", "GET"): Rights(DOOR, 200, PLANNERS),
    ("desk.publish", "POST"): Rights(DOOR, 400, PLANNERS),
    ("desk.assign", "GET"): Rights(DOOR, 200, PLANNERS),
    ("desk.assign", "POST"): Rights(DOOR, 400, PLANNERS),
    ("desk.replace", "GET"): Rights(DOOR, 200, PLANNERS),
    ("desk.replace", "POST"): Rights(DOOR, 400, PLANNERS),
    ("desk.kits", "GET"): Rights(DOOR, 200, PLANNERS),
    ("desk.kits", "POST"): Rights(DOOR, 400, PLANNERS),
    ("desk.return_kit", "GET"): Rights(DOOR, 303, PLANNERS),
    ("desk.return_kit", "POST"): Rights(DOOR, 400, PLANNERS),
    ("desk.copy", "GET"): Rights(DOOR, 200, PLANNERS),
    ("desk.copy", "POST"): Rights(DOOR, 400, PLANNERS),
    ("desk.told", "GET"): Rights(DOOR, 200, CONTACT_READERS),
    ("desk.told", "POST"): Rights(DOOR, 400, CONTACT_READERS),
    ("bookings.attendance_days", "GET"): Rights(DOOR, 303, AT_THE_DOOR),
    ("bookings.attendance", "GET"): Rights(DOOR, 200, AT_THE_DOOR),
    ("bookings.attendance", "POST"): Rights(DOOR, 400, AT_THE_DOOR),
    ("bookings.walk_in", "GET"): Rights(DOOR, 303, AT_THE_DOOR),
    ("bookings.walk_in", "POST"): Rights(DOOR, 400, AT_THE_DOOR),
    ("bookings.undo_attendance", "GET"): Rights(DOOR, 303, AT_THE_DOOR),
    ("bookings.undo_attendance", "POST"): Rights(DOOR, 400, AT_THE_DOOR),
    ("bookings.seat_at_the_door", "GET"): Rights(DOOR, 303, AT_THE_DOOR),
    ("bookings.seat_at_the_door", "POST"): Rights(DOOR, 400, AT_THE_DOOR),
    ("bookings.attendance_contact", "GET"): Rights(DOOR, 303, AT_THE_DOOR),
    ("bookings.attendance_contact", "POST"): Rights(DOOR, 400, AT_THE_DOOR),
    ("bookings.attendance_ready", "GET"): Rights(DOOR, 200, AT_THE_DOOR),
    ("bookings.sync_attendance", "POST"): Rights(DOOR, 400, AT_THE_DOOR),
    ("bookings.attendance_worker", "GET"): Rights(200, 200),
    ("bookings.attendance_shell", "GET"): Rights(200, 200),
    ("bookings.of_slot", "GET"): Rights(DOOR, 200, BOOKING_READERS),
    ("bookings.staff_booking", "GET"): Rights(DOOR, 200, BOOKING_READERS),
    ("bookings.book_for", "GET"): Rights(DOOR, 200, FAMILY_DESK),
    ("bookings.book_for", "POST"): Rights(DOOR, 400, FAMILY_DESK),
    ("bookings.see_contact", "GET"): Rights(DOOR, 303, FAMILY_DESK),
    ("bookings.see_contact", "POST"): Rights(DOOR, 400, FAMILY_DESK),
    ("bookings.staff_contact", "GET"): Rights(DOOR, 303, FAMILY_DESK),
    ("bookings.staff_contact", "POST"): Rights(DOOR, 400, FAMILY_DESK),
    ("bookings.staff_cancel", "GET"): Rights(DOOR, 200, FAMILY_DESK),
    ("bookings.staff_cancel", "POST"): Rights(DOOR, 400, FAMILY_DESK),
    ("bookings.staff_add_child", "GET"): Rights(DOOR, 200, FAMILY_DESK),
    ("bookings.staff_add_child", "POST"): Rights(DOOR, 400, FAMILY_DESK),
    ("bookings.staff_child", "GET"): Rights(DOOR, 200, FAMILY_DESK),
    ("bookings.staff_child", "POST"): Rights(DOOR, 400, FAMILY_DESK),
    ("bookings.staff_remove_child", "GET"): Rights(DOOR, 303, FAMILY_DESK),
    ("bookings.staff_remove_child", "POST"): Rights(DOOR, 400, FAMILY_DESK),
    ("bookings.note_call", "GET"): Rights(DOOR, 303, FAMILY_DESK),
    ("bookings.note_call", "POST"): Rights(DOOR, 400, FAMILY_DESK),
    ("bookings.promote", "GET"): Rights(DOOR, 303, FAMILY_DESK),
    ("bookings.promote", "POST"): Rights(DOOR, 400, FAMILY_DESK),
    ("bookings.send_again", "GET"): Rights(DOOR, 303, FAMILY_DESK),
    ("bookings.send_again", "POST"): Rights(DOOR, 400, FAMILY_DESK),
    ("desk.assignments", "GET"): Rights(DOOR, 200, TRAINERS),
    ("desk.assignment", "GET"): Rights(DOOR, 200, TRAINERS),
    ("desk.accept", "GET"): Rights(DOOR, 303, TRAINERS),
    ("desk.accept", "POST"): Rights(DOOR, 400, TRAINERS),
    ("desk.give_up", "GET"): Rights(DOOR, 200, TRAINERS),
    ("desk.give_up", "POST"): Rights(DOOR, 400, TRAINERS),
    ("desk.offer_swap", "GET"): Rights(DOOR, 200, TRAINERS),
    ("desk.offer_swap", "POST"): Rights(DOOR, 400, TRAINERS),
    ("desk.answer_offer", "GET"): Rights(DOOR, 303, TRAINERS),
    ("desk.answer_offer", "POST"): Rights(DOOR, 400, TRAINERS),
    ("desk.own_absence", "GET"): Rights(DOOR, 200, TRAINERS),
    ("desk.own_absence", "POST"): Rights(DOOR, 400, TRAINERS),
    ("desk.confirm_own_absence", "GET"): Rights(DOOR, 303, TRAINERS),  # the days stand in the query
    ("desk.confirm_own_absence", "POST"): Rights(DOOR, 303, TRAINERS),
    ("desk.withdraw_own_absence", "GET"): Rights(DOOR, 303, TRAINERS),
    ("desk.withdraw_own_absence", "POST"): Rights(DOOR, 400, TRAINERS),
    ("desk.absence", "GET"): Rights(DOOR, 200, PLANNERS),
    ("desk.absence", "POST"): Rights(DOOR, 400, PLANNERS),
    ("desk.see_to", "GET"): Rights(DOOR, 303, PLANNERS),
    ("desk.see_to", "POST"): Rights(DOOR, 303, PLANNERS),
    ("desk.absence_done", "GET"): Rights(DOOR, 200, PLANNERS),
    ("desk.withdraw_absence", "GET"): Rights(DOOR, 303, PLANNERS),
    ("desk.withdraw_absence", "POST"): Rights(DOOR, 400, PLANNERS),
    ("programme.trainers", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.new_trainer", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.new_trainer", "POST"): Rights(DOOR, 400, PLANNERS),
    ("programme.trainer", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.trainer", "POST"): Rights(DOOR, 400, PLANNERS),
    ("programme.hours", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.hours_file", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.kits", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.new_kit", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.new_kit", "POST"): Rights(DOOR, 400, PLANNERS),
    ("programme.kit", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.kit", "POST"): Rights(DOOR, 400, PLANNERS),
    ("calendars.own_calendars", "GET"): Rights(DOOR, 200, PLAN_READERS),
    ("calendars.trainer_calendar", "GET"): Rights(DOOR, 200, TRAINERS),
    ("calendars.trainer_calendar", "POST"): Rights(DOOR, 400, TRAINERS),
    ("calendars.end_trainer_calendar", "GET"): Rights(DOOR, 303, TRAINERS),
    ("calendars.end_trainer_calendar", "POST"): Rights(DOOR, 400, TRAINERS),
    ("calendars.desk_calendar", "GET"): Rights(DOOR, 200, PLAN_READERS, {Role.TRAINER: 404}),
    ("calendars.desk_calendar", "POST"): Rights(DOOR, 400, PLAN_READERS, {Role.TRAINER: 404}),
    ("calendars.end_desk_calendar", "GET"): Rights(DOOR, 303, PLAN_READERS, {Role.TRAINER: 404}),
    ("calendars.end_desk_calendar", "POST"): Rights(DOOR, 400, PLAN_READERS, {Role.TRAINER: 404}),
    # To whoever knows their secrets, without a session.
    ("calendars.trainer", "GET"): Rights(200, 200),
    ("calendars.desk", "GET"): Rights(200, 200),
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
    ("places.places", "GET"): Rights(DOOR, 200, (*HOSTS, Role.AUDITOR)),
    ("places.place", "GET"): Rights(DOOR, 200, (*HOSTS, Role.AUDITOR)),
    ("places.new", "GET"): Rights(DOOR, 200, KEEPERS),
    ("places.new", "POST"): Rights(DOOR, 400, KEEPERS),
    ("places.new_stop", "GET"): Rights(DOOR, 200, KEEPERS),
    ("places.new_stop", "POST"): Rights(DOOR, 400, KEEPERS),
    ("places.correct", "GET"): Rights(DOOR, 200, KEEPERS),
    ("places.correct", "POST"): Rights(DOOR, 400, KEEPERS),
    ("places.describe", "GET"): Rights(DOOR, 200, HOSTS),
    ("places.describe", "POST"): Rights(DOOR, 400, HOSTS),
    ("places.hours", "GET"): Rights(DOOR, 200, HOSTS),
    ("places.hours", "POST"): Rights(DOOR, 400, HOSTS),
    ("places.new_room", "GET"): Rights(DOOR, 200, HOSTS),
    ("places.new_room", "POST"): Rights(DOOR, 400, HOSTS),
    ("places.room", "GET"): Rights(DOOR, 200, HOSTS),
    ("places.room", "POST"): Rights(DOOR, 400, HOSTS),
    ("places.remove_room", "GET"): Rights(DOOR, 303, HOSTS),
    ("places.remove_room", "POST"): Rights(DOOR, 400, HOSTS),
    ("places.days_off", "GET"): Rights(DOOR, 200, (*HOSTS, Role.AUDITOR)),
    ("places.new_days", "GET"): Rights(DOOR, 200, HOSTS),
    ("places.new_days", "POST"): Rights(DOOR, 400, HOSTS),
    ("places.days", "GET"): Rights(DOOR, 200, HOSTS),
    ("places.days", "POST"): Rights(DOOR, 400, HOSTS),
    ("places.remove_days", "GET"): Rights(DOOR, 303, HOSTS),
    ("places.remove_days", "POST"): Rights(DOOR, 400, HOSTS),
    ("places.organisations", "GET"): Rights(DOOR, 200, LOOKERS),
    ("places.new_organisation", "GET"): Rights(DOOR, 200, KEEPERS),
    ("places.new_organisation", "POST"): Rights(DOOR, 400, KEEPERS),
    ("places.organisation", "GET"): Rights(DOOR, 200, KEEPERS),
    ("places.organisation", "POST"): Rights(DOOR, 400, KEEPERS),
    ("front.texts", "GET"): Rights(DOOR, 200, LOOKERS),
    ("front.text", "GET"): Rights(DOOR, 200, KEEPERS),
    ("front.text", "POST"): Rights(DOOR, 400, KEEPERS),
    ("desk.close_place", "GET"): Rights(DOOR, 200, KEEPERS),
    ("desk.close_place", "POST"): Rights(DOOR, 400, KEEPERS),
    ("desk.reopen_place", "GET"): Rights(DOOR, 303, KEEPERS),
    ("desk.reopen_place", "POST"): Rights(DOOR, 400, KEEPERS),
    ("programme.export", "GET"): Rights(DOOR, 200, PLAN_READERS),
    ("programme.export_slots", "GET"): Rights(DOOR, 422, PLAN_READERS),  # no days are chosen
    ("desk.export_people", "GET"): Rights(DOOR, 200, PLANNERS),
    ("desk.export_people", "POST"): Rights(DOOR, 400, PLANNERS),
    ("programme.import_slots", "GET"): Rights(DOOR, 200, PLANNERS),
    ("programme.import_slots", "POST"): Rights(DOOR, 400, PLANNERS),
    ("programme.confirm_import", "GET"): Rights(DOOR, 303, PLANNERS),
    ("programme.confirm_import", "POST"): Rights(DOOR, 400, PLANNERS),
    ("programme.import_template", "GET"): Rights(DOOR, 200, PLANNERS),
    ("bookings.attendance_paper", "GET"): Rights(DOOR, 200, AT_THE_DOOR),
    ("bookings.arrival", "GET"): Rights(DOOR, 200, AT_THE_DOOR),
    ("bookings.arrival", "POST"): Rights(DOOR, 400, AT_THE_DOOR),
    ("bookings.messages", "GET"): Rights(DOOR, 200, FAMILY_STAFF),
    ("bookings.messages", "POST"): Rights(DOOR, 400, FAMILY_STAFF),
    ("bookings.take_back_message", "GET"): Rights(DOOR, 303, FAMILY_STAFF),
    ("bookings.take_back_message", "POST"): Rights(DOOR, 400, FAMILY_STAFF),
    ("bookings.substitutes", "GET"): Rights(DOOR, 200, FAMILY_STAFF),
    ("bookings.substitutes", "POST"): Rights(DOOR, 400, FAMILY_STAFF),
    ("bookings.revoke_substitute", "GET"): Rights(DOOR, 303, FAMILY_STAFF),
    ("bookings.revoke_substitute", "POST"): Rights(DOOR, 400, FAMILY_STAFF),
}


# Where a provider of single sign-on is set up; the tests' own never answers (503).
PROVIDER_MATRIX: dict[tuple[str, str], Rights] = {
    ("single_sign_on.begin", "GET"): Rights(503, 303),
    ("single_sign_on.answer", "GET"): Rights(400, 400),
    ("single_sign_on.connect", "GET"): Rights(DOOR, 200),
    ("single_sign_on.connect", "POST"): Rights(DOOR, 400),
    ("single_sign_on.disconnect", "GET"): Rights(DOOR, 303),
    ("single_sign_on.disconnect", "POST"): Rights(DOOR, 400),
}


def expected_status(endpoint: str, method: str, role: str) -> int:
    """What the matrices say. On the public's and the families' pages staff are strangers."""
    is_staff = role in list(Role)
    if rights := STAFF_MATRIX.get((endpoint, method)):
        if not is_staff:
            return rights.outside
        if Role(role) not in rights.roles:
            return 403
        return rights.elsewhere.get(Role(role), rights.inside)
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


def test_the_pages_of_single_sign_on_exist_where_a_provider_is_set_up_alone(provider_world: World) -> None:
    assert _routes(provider_world.app) == MATRIX.keys() | STAFF_MATRIX.keys() | PROVIDER_MATRIX.keys()
    assert all(getattr(provider_world.app.view_functions[endpoint], "guard", "") for endpoint, _ in PROVIDER_MATRIX)


@pytest.mark.parametrize("role", [*ROLES, "subscriber", *Role])
def test_each_role_comes_as_far_at_single_sign_on_and_changes_nothing(provider_world: World, role: str) -> None:
    browser = provider_world.client(role)
    before = _without_last_use(database_dump())

    for (endpoint, method), rights in PROVIDER_MATRIX.items():
        status = rights.inside if role in list(Role) else rights.outside
        answered = browser.open(provider_world.path(endpoint, set()), method=method)
        assert answered.status_code == status, (endpoint, method)

    assert _without_last_use(database_dump()) == before


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
        if "ref" not in rule.arguments or _is_staffs(world.app, rule.endpoint):
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


def _is_staffs(app: Flask, endpoint: str) -> bool:
    return str(getattr(app.view_functions[endpoint], "guard", "")).startswith("staff")


def _without_last_use(dump: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    return {**dump, "links": [row[:-1] for row in dump["links"]]}


def _anonymous(html: str, path: str) -> str:
    return re.sub(r'<span class="num">[^<]*</span>|\b[0-9A-Z]{7}\n', "", html.replace(path, ""))
