"""The verbs of places: keeping them, and importing them from tables."""

from booking.places.services.importing import (
    import_organisations,
    import_places,
    import_stops,
    read_organisations,
    read_places,
    read_stops,
)
from booking.places.services.keeping import add_room, close, rename, set_opening_hours

__all__ = [
    "add_room",
    "close",
    "import_organisations",
    "import_places",
    "import_stops",
    "read_organisations",
    "read_places",
    "read_stops",
    "rename",
    "set_opening_hours",
]
