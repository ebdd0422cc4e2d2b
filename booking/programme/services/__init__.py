"""The verbs of the programme: planning, leading, and importing activities from tables."""

from booking.programme.services.importing import import_activities, read_courses, read_workshops
from booking.programme.services.leading import (
    Reserved,
    accept,
    assign,
    give_up,
    reserve_kits,
    reserve_needed,
    return_kit,
    set_competences,
    substitute,
    take_off,
)
from booking.programme.services.planning import call_off, move_meeting, plan, plan_weekly, publish

__all__ = [
    "Reserved",
    "accept",
    "assign",
    "call_off",
    "give_up",
    "import_activities",
    "move_meeting",
    "plan",
    "plan_weekly",
    "publish",
    "read_courses",
    "read_workshops",
    "reserve_kits",
    "reserve_needed",
    "return_kit",
    "set_competences",
    "substitute",
    "take_off",
]
