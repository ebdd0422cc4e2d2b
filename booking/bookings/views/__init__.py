"""The family's pages: book, see and change a booking, all bookings, links again. The staff's list at the door."""

from booking.bookings.views.attendance import (
    attendance,
    attendance_contact,
    attendance_days,
    seat_at_the_door,
    undo_attendance,
    walk_in,
)
from booking.bookings.views.attendance_away import (
    attendance_ready,
    attendance_shell,
    attendance_worker,
    sync_attendance,
)
from booking.bookings.views.attendance_paper import arrival, attendance_paper
from booking.bookings.views.blueprint import bp
from booking.bookings.views.book import book
from booking.bookings.views.calendar import calendar, end_calendar
from booking.bookings.views.family import add_child, booking, cancel, child, contact, join, remove_child
from booking.bookings.views.feedback import feedback, feedback_child, feedback_thanks
from booking.bookings.views.links import links_again, links_sent, mine
from booking.bookings.views.substitutes import (
    revoke_substitute,
    substitute,
    substitute_undo,
    substitute_walk_in,
    substitutes,
)

__all__ = [
    "add_child",
    "arrival",
    "attendance",
    "attendance_contact",
    "attendance_days",
    "attendance_paper",
    "attendance_ready",
    "attendance_shell",
    "attendance_worker",
    "book",
    "booking",
    "bp",
    "calendar",
    "cancel",
    "child",
    "contact",
    "end_calendar",
    "feedback",
    "feedback_child",
    "feedback_thanks",
    "join",
    "links_again",
    "links_sent",
    "mine",
    "remove_child",
    "revoke_substitute",
    "seat_at_the_door",
    "substitute",
    "substitute_undo",
    "substitute_walk_in",
    "substitutes",
    "sync_attendance",
    "undo_attendance",
    "walk_in",
]
