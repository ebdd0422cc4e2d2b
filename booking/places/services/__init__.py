"""The verbs of places: keeping them and the calendar of days off, and importing them from tables."""

from booking.places.services.calendar import add_days_off, change_days_off, remove_days_off
from booking.places.services.importing import (
    import_organisations,
    import_places,
    import_stops,
    read_organisations,
    read_places,
    read_stops,
)
from booking.places.services.keeping import (
    add_room,
    close,
    correct,
    correct_room,
    describe,
    open_place,
    remove_room,
    rename,
    set_opening_hours,
)
from booking.places.services.organisations import add_organisation, correct_organisation

__all__ = [
    "add_days_off",
    "add_organisation",
    "add_room",
    "change_days_off",
    "close",
    "correct",
    "correct_organisation",
    "correct_room",
    "describe",
    "import_organisations",
    "import_places",
    "import_stops",
    "open_place",
    "read_organisations",
    "read_places",
    "read_stops",
    "remove_days_off",
    "remove_room",
    "rename",
    "set_opening_hours",
]
