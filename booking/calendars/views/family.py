"""A family's own calendar, by its secret address."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from booking import settings
from booking.accounts.current import current_act
from booking.accounts.guards import holds_secret
from booking.accounts.queries import LivingLink
from booking.accounts.rules import Purpose
from booking.calendars import queries
from booking.calendars.rules import ICS, own_event
from booking.calendars.views.blueprint import answer, bp, tagged, whole_or_nothing
from booking.calendars.views.speaking import own_words, site, words
from booking.kernel.ical import Calendar, calendar_bytes, event_bytes
from booking.web.language import current_language
from booking.web.texts import gettext

# Its reader may keep it, as any calendar, and asks again; nobody between may.
CACHE = "private, no-cache, no-transform"


@bp.get("/familj/<token>.ics")
@whole_or_nothing
@holds_secret(Purpose.FEED)
def family(link: LivingLink) -> ResponseReturnValue:
    """All bookings of one address as a calendar. Nothing in it says who they are, nor where to change a booking.

    It is asked for again by its tag alone, for a booking that passes to another address leaves no date behind. Two
    queries, and on the day's first fetch the note that it was used.
    """
    found = queries.of_family(link.subject, language=current_language(), now=current_act().now)
    said = words()
    own = own_words()
    ours = gettext("Our bookings")
    head = Calendar(name=f"{ours} – {settings.current().organisation_name}", url=f"{site()}/mina")
    body = calendar_bytes(head, [event_bytes(own_event(entry, said, own)) for entry in found])
    return answer(tagged(body, changed_at=None), media_type=ICS.media_type, filename="familj.ics", cache=CACHE)
