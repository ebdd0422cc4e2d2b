"""Calendar files to download once: a slot, the moment when booking opens, a family's booking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask import Response, abort, g
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import holds_link, opens, public
from booking.accounts.rules import Purpose
from booking.bookings import queries as bookings
from booking.calendars import queries
from booking.calendars.rules import ICS, Entry, event_of, event_of_opening, own_event
from booking.calendars.views.blueprint import answer, bp, tagged, whole_or_nothing
from booking.calendars.views.speaking import own_words, site, words
from booking.kernel.ical import Calendar, calendar_bytes, event_bytes
from booking.web.language import current_language

MAX_ID = 2**63 - 1


@bp.get(f"/pass/<int(max={MAX_ID}):number>.ics")
@public
@whole_or_nothing
def slot(number: int) -> ResponseReturnValue:
    """One slot with all its meetings, whatever their time. Two queries."""
    changed_at = queries.edges(current_act().now).changed_at
    entries = queries.of_slot(number, language=current_language()) or abort(404)
    said = words()
    pieces = [event_bytes(event_of(entry, said)) for entry in entries]
    return _once(entries[0], pieces, changed_at=changed_at, filename=f"pass-{number}.ics")


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

    # Whatever the family's own feed shows, under the same identity: a program that has both keeps one.
    entries = queries.of_booking(found.uid, language=current_language()) or abort(404)
    said, own = words(), own_words()
    body = [event_bytes(own_event(entry, said, own)) for entry in entries]
    return _once(entries[0].entry, body, changed_at=None, filename=f"bokning-{ref}.ics")


def _once(first: Entry, pieces: Sequence[bytes], *, changed_at: dt.datetime | None, filename: str) -> Response:
    """A file with all the meetings of a slot, whose first one says what and where to read more."""
    once = Calendar(name=first.title, url=f"{site()}/pass/{first.slot_id}", refresh=None)
    return answer(
        tagged(calendar_bytes(once, pieces), changed_at=changed_at), media_type=ICS.media_type, filename=filename
    )
