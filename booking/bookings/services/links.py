"""Mailing an address its links again."""

from __future__ import annotations

from typing import Any

from booking.accounts import queries as links
from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.bookings import queries, rules
from booking.bookings.queries import ComingFamily
from booking.bookings.services import keys
from booking.kernel.act import Act
from booking.outbox import services as outbox
from booking.settings import current
from booking.store import writes
from booking.store.locks import hold

KIND = "bookings/links_again"
AN_HOUR, A_DAY = 3, 10


@writes
def send_links_again(email: str, *, language: str, act: Act) -> None:
    """Mail an address the links of its coming bookings and one for all of them. Says nothing of what it found.

    At most 3 an hour and 10 a day for one address (requirement L5); an address without bookings gets no letter. The
    letter goes to the address as it was booked, so what a stranger types now reaches nobody else.
    """
    address_key = keys.address_key(email)
    hold(f"address:{address_key}")
    found = queries.coming_families(address_key, now=act.now)
    if not found:
        return
    to = found[0]
    if not outbox.may_send(KIND, to.email, an_hour=AN_HOUR, a_day=A_DAY, act=act):
        return
    mine = accounts.draw(Purpose.MINE, address_key, ends_at=act.now + rules.LINK_LIVES, act=act)
    accounts.store(mine)
    outbox.enqueue(
        KIND,
        to=to.email,
        language=language,
        subject=f"contact:{to.contact_id}",
        payload={
            "links": [_listed(family, act=act) for family in found],
            "link": mine.for_letter,
            "phone": current().phone,
        },
        act=act,
    )


def _listed(family: ComingFamily, *, act: Act) -> dict[str, Any]:
    nonces = links.nonces(Purpose.MANAGE, family.ref, now=act.now)
    return {
        "title": {"sv": family.title_sv, "en": family.title_en or family.title_sv},
        "starts_at": family.starts_at.isoformat(),
        "ends_at": family.ends_at.isoformat(),
        "place_name": family.place_name,
        "standing": family.standing.value,
        "mixed": family.is_mixed,
        "off": family.is_off,
        "link": accounts.letter_link(Purpose.MANAGE, nonces[0]) if nonces else None,
    }
