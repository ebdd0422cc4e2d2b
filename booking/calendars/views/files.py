"""Calendar files to download once: a slot, the moment when booking opens, a family's booking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Response, abort, g
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import holds_link, opens, public
from booking.accounts.rules import Purpose
from booking.bookings import queries as bookings
from booking.bookings.rules import entry_sequence, entry_uid
from booking.calendars import queries
from booking.calendars.rules import ALARM_MINUTES, ICS, event_of, event_of_opening
from booking.calendars.views.blueprint import answer, bp, tagged, whole_or_nothing
from booking.calendars.views.speaking import words
from booking.kernel.ical import Calendar, Event, calendar_bytes, event_bytes
from booking.web.language import current_language

MAX_ID = 2**63 - 1


@bp.get(f"/pass/<int(max={MAX_ID}):number>.ics")
@public
@whole_or_nothing
def slot(number: int) -> ResponseReturnValue:
    """One slot with all its meetings."""
    return _slot(number, filename=f"pass-{number}.ics")


@bp.get(f"/pass/<int(max={MAX_ID}):number>/oppnar.ics")
@public
@whole_or_nothing
def opening(number: int) -> ResponseReturnValue:
    """The moment when booking of a slot opens, with an alarm."""
    found = queries.opening(number, language=current_language()) or abort(404)
    said = words()
    once = Calendar(name=f"{said.opening}: {found.title}", url=f"{said.site}/pass/{number}", refresh=None)
    body = calendar_bytes(once, [event_bytes(event_of_opening(found, said))])
    return answer(
        tagged(body, changed_at=found.changed_at), media_type=ICS.media_type, filename=f"pass-{number}-oppnar.ics"
    )


@bp.get("/bokning/<ref>.ics")
@holds_link(Purpose.MANAGE, Purpose.MINE)
@whole_or_nothing
def booking(ref: str) -> ResponseReturnValue:
    """A family's booking as a calendar file: entries of its own, an alarm, and nothing that tells who they are."""
    found = bookings.for_calendar(ref) or abort(404)
    if not found.is_live or not opens(g.links, ref=ref, address_key=found.address_key):
        abort(404)

    def own(event: Event) -> Event:
        return replace(
            event,
            uid=entry_uid(found.uid, event.uid),
            sequence=entry_sequence(found.sequence, event.sequence),
            alarm_minutes=ALARM_MINUTES,
        )

    return _slot(found.slot_id, filename=f"bokning-{ref}.ics", own=own)


def _slot(number: int, *, filename: str, own: Callable[[Event], Event] = lambda event: event) -> Response:
    """A slot's meetings, whatever their time, each as `own` makes it. Two queries."""
    changed_at = queries.edges(current_act().now).changed_at
    entries = queries.of_slot(number, language=current_language()) or abort(404)
    said = words()
    once = Calendar(name=entries[0].title, url=f"{said.site}/pass/{number}", refresh=None)
    body = calendar_bytes(once, [event_bytes(own(event_of(entry, said))) for entry in entries])
    return answer(tagged(body, changed_at=changed_at), media_type=ICS.media_type, filename=filename)
