"""The family's pages: book, see and change a booking, all bookings, links again."""

from booking.bookings.views.blueprint import bp
from booking.bookings.views.book import book
from booking.bookings.views.bulk import change_many
from booking.bookings.views.calendar import calendar, end_calendar
from booking.bookings.views.family import add_child, booking, cancel, child, contact, join, remove_child
from booking.bookings.views.feedback import feedback, feedback_child, feedback_thanks
from booking.bookings.views.links import links_again, links_sent, mine
from booking.bookings.views.seats import seats

__all__ = [
    "add_child",
    "book",
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
    "mine",
    "remove_child",
    "seats",
]
