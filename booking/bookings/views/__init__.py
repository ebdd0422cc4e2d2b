"""The family's pages: book, see and change a booking, all bookings, links again. And the desk's of the same."""

from booking.bookings.views.blueprint import bp
from booking.bookings.views.book import book
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

__all__ = [
    "add_child",
    "book",
    "book_for",
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
    "note_call",
    "of_slot",
    "promote",
    "remove_child",
    "see_contact",
    "send_again",
    "staff_add_child",
    "staff_booking",
    "staff_cancel",
    "staff_child",
    "staff_contact",
    "staff_remove_child",
]
