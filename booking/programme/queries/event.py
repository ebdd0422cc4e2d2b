"""A slot as schema.org tells it to search engines and sharing programs: https://schema.org/Event.

Only what the page shows anyway. How many seats there are in all is left out: with the free ones it would tell how many
have booked (requirement H8).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from booking.kernel import clock
from booking.programme.queries.page import SlotPage
from booking.programme.rules import PublicState

_SCHEMA = "https://schema.org"
_AVAILABLE = {
    PublicState.OPEN: "InStock",
    PublicState.FEW: "LimitedAvailability",
    PublicState.FREE: "InStock",
    PublicState.SOON: "PreOrder",
}


def event(slot: SlotPage, *, url: str, organiser: str) -> dict[str, Any]:
    """The slot as an Event, ready to be written as JSON. `url` is its public address.

    A slot of several meetings is one event with a sub-event for each. Times carry Stockholm's offset.
    """
    told: dict[str, Any] = {
        "@context": _SCHEMA,
        "@type": "ChildrensEvent",
        "@id": url,
        "url": url,
        "name": slot.title,
        "description": slot.description,
        "startDate": _local(slot.first_starts_at),
        "endDate": _local(slot.last_ends_at),
        "eventStatus": _status(is_off=slot.state is PublicState.OFF),
        "eventAttendanceMode": f"{_SCHEMA}/{'Online' if slot.is_online else 'Offline'}EventAttendanceMode",
        "location": {"@type": "VirtualLocation", "url": url} if slot.is_online else _place(slot),
        "organizer": {"@type": "Organization", "name": organiser},
        "inLanguage": list(slot.languages),
        "isAccessibleForFree": True,
        "typicalAgeRange": _ages(slot.age_min, slot.age_max),
        "offers": _offer(slot, url),
        "subEvent": _meetings(slot),
    }
    return {name: value for name, value in told.items() if value}


def _status(*, is_off: bool) -> str:
    return f"{_SCHEMA}/{'EventCancelled' if is_off else 'EventScheduled'}"


def _local(moment: dt.datetime) -> str:
    return clock.to_local(moment).isoformat(timespec="minutes")


def _ages(youngest: int | None, oldest: int | None) -> str:
    """Ages as schema.org writes them: "8-10", "8-"; "" for everybody."""
    if youngest is None and oldest is None:
        return ""
    return f"{youngest or 0}-{'' if oldest is None else oldest}"


def _place(slot: SlotPage) -> dict[str, Any]:
    place = slot.place
    address = {
        "@type": "PostalAddress",
        "streetAddress": place.address,
        "postalCode": place.postal_code,
        "addressLocality": place.locality,
        "addressCountry": "SE",
    }
    told: dict[str, Any] = {
        "@type": "Place",
        "name": place.name,
        "address": {name: value for name, value in address.items() if value},
    }
    if place.latitude is not None and place.longitude is not None:
        told["geo"] = {"@type": "GeoCoordinates", "latitude": place.latitude, "longitude": place.longitude}
    return told


def _offer(slot: SlotPage, url: str) -> dict[str, Any]:
    offer: dict[str, Any] = {
        "@type": "Offer",
        "url": url,
        "price": 0,
        "priceCurrency": "SEK",
        "availability": f"{_SCHEMA}/{_AVAILABLE.get(slot.state, 'SoldOut')}",
    }
    if slot.opens_at is not None:
        offer["validFrom"] = _local(slot.opens_at)
    return offer


def _meetings(slot: SlotPage) -> list[dict[str, Any]]:
    if len(slot.meetings) < 2:
        return []
    return [
        {
            "@type": "Event",
            "name": slot.title,
            "startDate": _local(meeting.starts_at),
            "endDate": _local(meeting.ends_at),
            "eventStatus": _status(is_off=meeting.called_off or slot.state is PublicState.OFF),
            "location": {"@type": "Place", "name": meeting.place_name},
        }
        for meeting in slot.meetings
    ]
