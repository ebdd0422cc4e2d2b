"""The link that opens the list of one meeting for somebody who leads it without an account."""

from __future__ import annotations

from collections.abc import Sequence

from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.accounts.services import NewLink
from booking.bookings.queries import attendance as queries
from booking.bookings.rules import attendance as rules
from booking.kernel.act import Act
from booking.store import audit, writes


@writes
def lend(meeting_id: int, *, act: Act) -> NewLink:
    """A link to the list of a meeting, which ends a day after it. Each one is a link of its own, to be revoked alone.

    Raises NoSuchMeeting, NotHeld, Over.
    """
    head = queries.head_by_link(meeting_id)
    if head is None:
        raise rules.NoSuchMeeting
    if head.is_off:
        raise rules.NotHeld
    if head.closes_at <= act.now:
        raise rules.Over
    link = accounts.draw(Purpose.SUBSTITUTE, str(meeting_id), ends_at=head.closes_at, act=act)
    number = accounts.store(link)
    audit("lend_list", f"meeting:{meeting_id}", act=act)
    audit("make_link", f"link:{number}", act=act)
    return link


@writes
def take_back(link_id: int, *, meeting_ids: Sequence[int], act: Act) -> None:
    """End one link to the list of one of these meetings. Again, or about any other link, is nothing."""
    subjects = [str(number) for number in meeting_ids]
    if accounts.revoke_one(link_id, purpose=Purpose.SUBSTITUTE, subjects=subjects, act=act):
        audit("revoke_link", f"link:{link_id}", act=act)
