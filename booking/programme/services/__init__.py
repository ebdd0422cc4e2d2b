"""The verbs of the programme: planning, leading, and importing activities from tables."""

from booking.programme.services.activities import correct_activity, create_activity, retire_activity
from booking.programme.services.changing import change
from booking.programme.services.importing import import_activities, read_courses, read_workshops
from booking.programme.services.leading import (
    Reserved,
    accept,
    assign,
    give_up,
    replace_or_release,
    reserve_kits,
    reserve_needed,
    return_kit,
    set_competences,
    substitute,
    take_off,
)
from booking.programme.services.planning import (
    call_off,
    call_off_meeting,
    hold_after_all,
    hold_meeting_after_all,
    move_meeting,
    plan,
    plan_weekly,
    publish,
    put_back,
)
from booking.programme.services.series import copy_slot, copy_weeks, plan_all
from booking.programme.services.undoing import note_letters, note_offers

__all__ = [
    "Reserved",
    "accept",
    "assign",
    "call_off",
    "call_off_meeting",
    "change",
    "copy_slot",
    "copy_weeks",
    "correct_activity",
    "create_activity",
    "give_up",
    "hold_after_all",
    "hold_meeting_after_all",
    "import_activities",
    "move_meeting",
    "note_letters",
    "note_offers",
    "plan",
    "plan_all",
    "plan_weekly",
    "publish",
    "put_back",
    "read_courses",
    "read_workshops",
    "replace_or_release",
    "reserve_kits",
    "reserve_needed",
    "retire_activity",
    "return_kit",
    "set_competences",
    "substitute",
    "take_off",
]
