"""What the clock makes true, each minute."""

from __future__ import annotations

from booking.kernel import clock
from booking.kernel.act import Act
from booking.settings import current
from booking.subscriptions import queries, rules
from booking.subscriptions.services.asking import forget_unconfirmed
from booking.subscriptions.services.digests import write_digests
from booking.subscriptions.services.openings import tell_of_openings


def tick(act: Act) -> None:
    """Tell those who wait for booking to open, write the day's digests, forget what nobody confirmed.

    Three queries at most while there is nothing to do. Late or twice changes nothing more.
    """
    if queries.is_opening_due(now=act.now):
        tell_of_openings(act=act)
    if rules.is_digest_time(act.now, hour=current().digest_hour) and queries.is_digest_due(
        today=clock.local_day(act.now)
    ):
        write_digests(until=act.now - rules.SETTLES, act=act)
    if queries.is_anything_unconfirmed(now=act.now):
        forget_unconfirmed(act=act)
