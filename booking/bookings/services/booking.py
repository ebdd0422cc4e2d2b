"""Booking: a whole party is seated or queued, and a letter says which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, insert
from sqlalchemy.exc import IntegrityError

from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.bookings import queries, rules
from booking.bookings.models import Booking, Contact, Participant
from booking.bookings.queries import AddressBooking, Numbers
from booking.bookings.rules import Cause, Child, ContactDetails, SlotFacts, Standing, Wishes
from booking.bookings.services import keys, telling
from booking.bookings.services.queue import count, promote_locked
from booking.bookings.services.telling import About
from booking.kernel import token as tokens
from booking.kernel.act import Act, ActorKind
from booking.outbox import services as outbox
from booking.settings import current
from booking.store import audit, writes
from booking.store.engine import reading
from booking.store.locks import hold
from booking.store.prepared import Prepared, together

_ADD_CONTACT = Prepared(insert(Contact))
_ADD_BOOKING = Prepared(insert(Booking))


@dataclass(frozen=True)
class Receipt:
    """What became of a booking. `queue_place` from 1, None when seated; `fresh` is False for a form that came again."""

    ref: str
    standing: Standing
    queue_place: int | None
    link_id: int
    fresh: bool = True


class _SameFormAgain(Exception):
    """The form's key was used while this one waited for the lock."""


def book(slot_id: int, *, wishes: Wishes, key: str, act: Act) -> Receipt:
    """Seat or queue a whole party and write the letter that says so: both or neither.

    The same `key` with the same wishes gives the same booking again, with other wishes KeyUsed. Raises the refusals of
    `rules`, in its order; what can be refused is refused before the lock is taken. 12 statements; on PostgreSQL 7, and
    9 for who queues while seats are free.
    """
    address_key = keys.address_key(wishes.contact.email)
    for last_try in (False, True):
        with reading():
            # In this order: a slot that the same form has just filled is then seen together with the form's booking.
            found = queries.slot_facts(slot_id)
            known = queries.of_address(address_key, now=act.now, form_key=key)
            earlier = next((booking for booking in known if booking.form_key == key), None)
            if earlier is not None:
                return _again(earlier, digest=keys.form_digest(slot_id, wishes))
            if found is None:
                raise rules.NotPublished
            facts, letter = found
            _check(facts, wishes, known, act=act)
            told = telling.about(letter, queries.letter_meetings(slot_id))
        try:
            return _enter(facts.pool_id, wishes=wishes, key=key, address_key=address_key, told=told, act=act)
        except (_SameFormAgain, IntegrityError):
            # Somebody with the same key or the same child was faster; the second look finds the row and says which.
            if last_try:
                raise
    raise AssertionError("the loop returns or raises")


def receipt_of(ref: str) -> Receipt:
    """The receipt of an earlier booking, as it stands now. One query, two when it waits."""
    found = queries.earlier(ref)
    if found is None:
        raise rules.NotInBooking
    place = None
    if found.standing is Standing.QUEUED and found.queue_number is not None:
        place = queries.queue_place(found.pool_id, found.queue_number)
    return Receipt(ref, found.standing, place, found.link_id, fresh=False)


def _again(earlier: AddressBooking, *, digest: str) -> Receipt:
    if earlier.form_digest != digest:
        raise rules.KeyUsed(earlier.ref)
    return receipt_of(earlier.ref)


def _check(facts: SlotFacts, wishes: Wishes, known: Sequence[AddressBooking], *, act: Act) -> None:
    """Refuse in the order of design §4, which says nothing of adults: the one who must stay comes after the children's
    ages. `known` are the address's live bookings.

    Whom staff book for is free of the caps on an address (requirement L1): a library's own may stand for many families.
    One query more where such an address has a booking here, since each child is there once all the same.
    """
    party, by = len(wishes.children), act.actor.kind
    is_familys_own = by is not ActorKind.STAFF
    rules.check_slot(facts, now=act.now, by=by)
    rules.check_children(facts, wishes.children, seen=frozenset() if is_familys_own else _marks_here(facts, known))
    rules.check_adults(facts, wishes.adults, by=by)
    if is_familys_own:
        # Before the queue is looked at: who has a booking here must not be told that the session is full.
        check_address(facts, known)
    rules.check_party(party, limit=max(1, min(most_children(by), facts.seats)))
    rules.check_queue(facts, party=party)
    rules.check_phone(facts, wishes.contact, by=by)
    if is_familys_own:
        check_coming(known)


def most_children(by: ActorKind) -> int:
    """How many children one booking may hold: "Call us if you are more" has to lead somewhere."""
    return rules.STAFF_PARTY if by is ActorKind.STAFF else current().party_limit


def _marks_here(facts: SlotFacts, known: Sequence[AddressBooking]) -> frozenset[str]:
    """The children whom the address has in this slot already."""
    here = [booking.id for booking in known if booking.slot_id == facts.slot_id]
    return frozenset(rules.child_mark(child) for child in queries.children_in(here)) if here else frozenset()


def check_address(facts: SlotFacts, known: Sequence[AddressBooking]) -> None:
    """One live booking per address and slot, so that each child is there once (requirements A11, L1)."""
    if any(booking.slot_id == facts.slot_id for booking in known):
        raise rules.ContactAlreadyBooked


def check_coming(known: Sequence[AddressBooking]) -> None:
    """A cap on all live bookings of an address; the parts of a family are one booking (requirement L1)."""
    limit = current().live_bookings_per_address
    if len({booking.part_of_id or booking.id for booking in known}) >= limit:
        raise rules.TooManyBookings(limit=limit)


@writes
def _enter(pool_id: int, *, wishes: Wishes, key: str, address_key: str, told: About, act: Act) -> Receipt:
    """The part of `book` under the lock: enqueue, promote, tell."""
    if address_key:
        hold(f"address:{address_key}")  # no script outruns the caps on an address by booking many slots at once
    known = queries.of_address(address_key, now=act.now, form_key=key)
    # Last of all questions: others wait for these rows from here to the commit.
    facts, numbers = queries.lock_pool_for_one_more(pool_id)
    if any(booking.form_key == key for booking in known):
        raise _SameFormAgain
    _check(facts, wishes, known, act=act)
    standing = rules.standing_for_newcomer(facts, party=len(wishes.children))
    # Staff's bookings are no hindrance to the family's own: only those are held to one for an address.
    held_to = address_key if act.actor.kind is not ActorKind.STAFF else ""
    row = booking_row(facts, wishes, standing=standing, key=key, address_key=held_to, numbers=numbers, act=act)
    link = accounts.draw(Purpose.MANAGE, row["ref"], ends_at=facts.ends_at + rules.LINK_LIVES, act=act)
    entered = _Entered(facts, row, wishes, told, link.for_letter)
    is_plain = standing is Standing.SEATED or not facts.free  # then nobody is promoted, and no question is left
    with together():
        _add_contact(numbers.contact, wishes.contact, address_key=address_key)
        add_booking(row, wishes.children, address_key=address_key)
        accounts.store(link, number=numbers.link)
        audit("book", f"booking:{numbers.booking}", act=act)
        if is_plain:
            queue_place = _count_and_tell(entered, act=act)
    if not is_plain:
        queue_place = _count_and_tell(entered, act=act)
    return Receipt(row["ref"], Standing.QUEUED if queue_place else Standing.SEATED, queue_place, numbers.link)


class _Entered(NamedTuple):
    """A booking that was just written: what counting it and its letter need."""

    facts: SlotFacts
    row: dict[str, Any]
    wishes: Wishes
    told: About
    link: dict[str, str]


def _count_and_tell(entered: _Entered, *, act: Act) -> int | None:
    """Count a new booking and write its letter; its place in the queue, None with seats. Raises QueueFull."""
    facts, row, contact, told = entered.facts, entered.row, entered.wishes.contact, entered.told
    queue_place = None
    if row["standing"] is Standing.SEATED:
        count(facts, seated=row["party"])
    else:
        queue_place = stand_in_line(facts, row, act=act)
    standing = Standing.QUEUED if queue_place else Standing.SEATED
    if contact.email:
        letter = rules.letter(Cause.STANDING, None, standing)
        # A party that got its seats past a larger one was promoted, which has counted once.
        sequence = int(standing is Standing.SEATED and row["queue_number"] is not None)
        outbox.enqueue(
            letter.kind,
            to=contact.email,
            language=contact.language,
            subject=f"booking:{row['id']}",
            payload={
                **told.payload,
                **telling.of_booking(row["ref"], children=row["party"], adults=row["adults"], queue_place=queue_place),
                **told.calendar(letter.entry, uid=row["uid"], sequence=sequence, act=act),
                "standing": standing.value,
                "link": entered.link,
            },
            act=act,
            not_after=told.not_after,
        )
    return queue_place


def stand_in_line(facts: SlotFacts, row: dict[str, Any], *, act: Act) -> int | None:
    """Count a stored party into the queue and promote: its place in the queue, None when it got seats after all.

    That happens when a larger party before it does not fit. Raises QueueFull.
    """
    number = row["queue_number"]
    count(facts, queued=1, number=number)
    grown = facts._replace(queued=facts.queued + 1, last_queue_number=number)
    if row["id"] in promote_locked(grown, act=act, silent=row["id"]):
        return None
    if facts.queue_limit is not None and facts.queued >= facts.queue_limit:
        raise rules.QueueFull
    return queries.queue_place(facts.pool_id, number) if facts.free else facts.queued + 1


def _add_contact(number: int, contact: ContactDetails, *, address_key: str) -> None:
    values = {
        "id": number,
        "name": contact.name,
        "email": contact.email,
        "address_key": address_key,
        "phone": contact.phone,
        "language": contact.language,
    }
    _ADD_CONTACT.write(values)


def booking_row(
    facts: SlotFacts,
    wishes: Wishes,
    *,
    standing: Standing,
    key: str,
    address_key: str,
    numbers: Numbers,
    act: Act,
) -> dict[str, Any]:
    """The columns of a new booking; its queue number is the pool's next one."""
    return {
        "id": numbers.booking,
        "ref": tokens.public_ref(act.new_code(12)),
        "slot_id": facts.slot_id,
        "pool_id": facts.pool_id,
        "contact_id": numbers.contact,
        "part_of_id": None,
        "standing": standing,
        "party": len(wishes.children),
        "adults": wishes.adults,
        "needs": wishes.needs,
        "queue_number": facts.last_queue_number + 1 if standing is Standing.QUEUED else None,
        "passed_over": 0,
        "form_key": key,
        "form_digest": keys.form_digest(facts.slot_id, wishes),
        "contact_key": keys.contact_key(facts.slot_id, address_key),
        "uid": act.new_code(16).hex(),
        "sequence": 0,
        "created_at": act.now,
        "changed_at": act.now,
    }


def add_booking(row: dict[str, Any], children: tuple[Child, ...], *, address_key: str) -> None:
    """Write a booking and its children, whose numbers rise as they were typed. Two statements."""
    _ADD_BOOKING.write(row)
    values = {"booking_id": row["id"]}
    for place, child in enumerate(children):
        values |= {
            f"name_{place}": child.name,
            f"age_{place}": child.age,
            f"child_key_{place}": keys.child_key(row["slot_id"], address_key, child),
        }
    _add_children(len(children)).write(values)


@lru_cache(32)
def _add_children(count: int) -> Prepared:
    """The insert of so many participants."""
    table = cast(Table, Participant.__table__)
    columns = table.c
    each = [
        {
            "booking_id": bindparam("booking_id", type_=columns.booking_id.type),
            **{name: bindparam(f"{name}_{place}", type_=columns[name].type) for name in ("name", "age", "child_key")},
        }
        for place in range(count)
    ]
    return Prepared(insert(table).values(each).inline())
