"""What is asked about the programme: the search, the lists, the page of a slot."""

from booking.programme.queries.choices import (
    Choices,
    activities,
    activity,
    activity_titles,
    choices,
    places_within,
)
from booking.programme.queries.clashes import clashes_of_plans
from booking.programme.queries.copying import copies, planned_together
from booking.programme.queries.event import event
from booking.programme.queries.filterbar import age_choices, place_groups, place_label
from booking.programme.queries.finding import (
    PAGE,
    Found,
    Reader,
    SlotRow,
    conditions,
    count,
    count_without,
    find,
    language_name,
    language_note,
    next_of_each,
    siblings,
    slot_rows,
)
from booking.programme.queries.listing import Listing, listing
from booking.programme.queries.page import MeetingRow, SlotPage, SlotPlace, place_url, slot_page
from booking.programme.queries.places import Area, Atlas, Choice, atlas
from booking.programme.queries.planning import Filter, Wants, coming, overview
from booking.programme.queries.reach import reaches, within
from booking.programme.queries.search import BUS, ONLINE, Kind, Problem, Reading, Search, Span, View, read
from booking.programme.queries.seats import open_seats, undecided
from booking.programme.queries.staff_slot import as_change, first_of, staff_slot, staff_slots
from booking.programme.queries.statement import is_public
from booking.programme.queries.substitutes import Touched, substitutes, touched
from booking.programme.queries.touring import tour

__all__ = [
    "BUS",
    "ONLINE",
    "PAGE",
    "Area",
    "Atlas",
    "Choice",
    "Choices",
    "Filter",
    "Found",
    "Kind",
    "Listing",
    "MeetingRow",
    "Problem",
    "Reader",
    "Reading",
    "Search",
    "SlotPage",
    "SlotPlace",
    "SlotRow",
    "Span",
    "Touched",
    "View",
    "Wants",
    "activities",
    "activity",
    "activity_titles",
    "age_choices",
    "as_change",
    "atlas",
    "choices",
    "clashes_of_plans",
    "coming",
    "conditions",
    "copies",
    "count",
    "count_without",
    "event",
    "find",
    "first_of",
    "is_public",
    "language_name",
    "language_note",
    "listing",
    "next_of_each",
    "open_seats",
    "overview",
    "place_groups",
    "place_label",
    "place_url",
    "places_within",
    "planned_together",
    "reaches",
    "read",
    "siblings",
    "slot_page",
    "slot_rows",
    "staff_slot",
    "staff_slots",
    "substitutes",
    "touched",
    "tour",
    "undecided",
    "within",
]
