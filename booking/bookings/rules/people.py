"""Lists of people that leave the house. Pure."""

from __future__ import annotations

import datetime as dt

# A list in somebody's folder is destroyed when the bookings' own links end.
LIST_LIVES = dt.timedelta(days=30)
EXPORT_VERB, EXPORT_CONTACTS_VERB = "export_people", "export_people_and_contacts"
