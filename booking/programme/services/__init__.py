"""The verbs of the programme: planning, and importing activities from tables."""

from booking.programme.services.importing import import_activities, read_courses, read_workshops
from booking.programme.services.planning import call_off, call_off_meeting, move_meeting, plan, plan_weekly, publish

__all__ = [
    "call_off",
    "call_off_meeting",
    "import_activities",
    "move_meeting",
    "plan",
    "plan_weekly",
    "publish",
    "read_courses",
    "read_workshops",
]
