"""Handing out a list of people: whoever takes one stands in the audit trail, in the same transaction."""

from __future__ import annotations

from booking.accounts.rules.roles import Scope
from booking.bookings.queries import people as queries
from booking.bookings.queries.people import Person
from booking.bookings.rules.people import EXPORT_CONTACTS_VERB, EXPORT_VERB
from booking.kernel.act import Act
from booking.programme.rules import NoSuchSlot
from booking.store import audit, writes


@writes
def hand_out(slot_id: int, *, scope: Scope, with_contacts: bool, act: Act) -> list[Person]:
    """The people of a slot within `scope`, without names, addresses and numbers of adults unless asked for.

    The trail notes who took it, of which slot and whether with contacts; no name (requirement H10). Raises NoSuchSlot.
    """
    if queries.listed_slot(slot_id, scope=scope) is None:
        raise NoSuchSlot
    audit(EXPORT_CONTACTS_VERB if with_contacts else EXPORT_VERB, f"slot:{slot_id}", act=act)
    found = queries.people(slot_id)
    return found if with_contacts else [one._replace(contact="", email="", phone="") for one in found]
