"""The verbs of booking: the only writers of bookings, seats and queue. One engine for both doors.

Every verb that makes seats scarcer or frees them locks the pool's and the slot's row first (freeing promotes). The
refusals and the order of the checks are in `rules`.
"""

from booking.bookings.services.booking import Receipt, book, receipt_of
from booking.bookings.services.bulk import Seen, change_many
from booking.bookings.services.clockwork import let_in, remind, thank
from booking.bookings.services.desk import look_at_contact, note_call, send_again
from booking.bookings.services.family import add_child, cancel, change_contact, correct_child, take_away
from booking.bookings.services.feedback import answer
from booking.bookings.services.links import send_links_again
from booking.bookings.services.looking import look_whom_to_ring
from booking.bookings.services.messages import take_back_message, write_to
from booking.bookings.services.organising import call_off, call_off_meeting, move
from booking.bookings.services.queue import change_all_seats, change_seats, promote, tick
from booking.bookings.services.undoing import hold_after_all, hold_meeting_after_all, undo

__all__ = [
    "Receipt",
    "Seen",
    "add_child",
    "answer",
    "book",
    "call_off",
    "call_off_meeting",
    "cancel",
    "change_all_seats",
    "change_contact",
    "change_many",
    "change_seats",
    "correct_child",
    "hold_after_all",
    "hold_meeting_after_all",
    "let_in",
    "look_at_contact",
    "look_whom_to_ring",
    "move",
    "note_call",
    "promote",
    "receipt_of",
    "remind",
    "send_again",
    "send_links_again",
    "take_away",
    "take_back_message",
    "thank",
    "tick",
    "undo",
    "write_to",
]
