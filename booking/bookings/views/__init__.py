"""The family's pages: book, see and change a booking, all bookings, links again."""

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
from booking.bookings.views.bulk import change_many
from booking.bookings.views.calendar import calendar, end_calendar
from booking.bookings.views.desk import book_for, of_slot, staff_booking
from booking.bookings.views.desk_changes import (
    see_contact,
    send_again,
    staff_add_child,
    staff_cancel,
    staff_child,
    staff_contact,
    staff_remove_child,
)
from booking.bookings.views.desk_ringing import note_call, promote
from booking.bookings.views.family import add_child, booking, cancel, child, contact, join, remove_child
from booking.bookings.views.feedback import feedback, feedback_child, feedback_thanks
from booking.bookings.views.links import links_again, links_sent, mine
from booking.bookings.views.messages import messages, take_back_message
from booking.bookings.views.seats import seats
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
    "book_for",
    "booking",
    "bp",
    "calendar",
    "cancel",
    "change_many",
    "child",
    "contact",
    "end_calendar",
    "feedback",
    "feedback_child",
    "feedback_thanks",
    "join",
    "links_again",
    "links_sent",
    "messages",
    "mine",
    "note_call",
    "of_slot",
    "promote",
    "remove_child",
    "revoke_substitute",
    "seat_at_the_door",
    "seats",
    "see_contact",
    "send_again",
    "staff_add_child",
    "staff_booking",
    "staff_cancel",
    "staff_child",
    "staff_contact",
    "staff_remove_child",
    "substitute",
    "substitute_undo",
    "substitute_walk_in",
    "substitutes",
    "sync_attendance",
    "take_back_message",
    "undo_attendance",
    "walk_in",
]
