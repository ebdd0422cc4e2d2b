"""What a feed holds and how it is written: pure rules."""

from booking.calendars.rules.entries import Entry, Opening, Words, event_of, event_of_opening
from booking.calendars.rules.own import ALARM_MINUTES, OwnEntry, OwnWords, joined, own_event
from booking.calendars.rules.staff import DeskEntry, LedEntry, StaffWords, desk_event, led_event
from booking.calendars.rules.windows import (
    DAYS_AHEAD,
    DAYS_BACK,
    DAYS_CALLED_OFF,
    MOST_ENTRIES,
    Window,
    fits,
    from_today,
    leaves_at,
    whole_days,
    window,
)
from booking.calendars.rules.writing import ATOM, ICS, JSON, Head, Writing

__all__ = [
    "ALARM_MINUTES",
    "ATOM",
    "DAYS_AHEAD",
    "DAYS_BACK",
    "DAYS_CALLED_OFF",
    "ICS",
    "JSON",
    "MOST_ENTRIES",
    "DeskEntry",
    "Entry",
    "Head",
    "LedEntry",
    "Opening",
    "OwnEntry",
    "OwnWords",
    "StaffWords",
    "Window",
    "Words",
    "Writing",
    "desk_event",
    "event_of",
    "event_of_opening",
    "fits",
    "from_today",
    "joined",
    "leaves_at",
    "led_event",
    "own_event",
    "whole_days",
    "window",
]
