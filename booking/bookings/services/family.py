"""What a family does with its booking: cancel, take a child away, add one, correct, change who answers for it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, update

from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.bookings import queries, rules
from booking.bookings.models import Booking, Cancellation, Contact, Participant
from booking.bookings.queries import FamilyBooking, FamilyChild
from booking.bookings.rules import (
    Cause,
    Child,
    ContactDetails,
    EntryChange,
    LetterPlan,
    SlotFacts,
    Standing,
    Wishes,
)
from booking.bookings.services import keys, telling
from booking.bookings.services.booking import (
    add_booking,
    booking_row,
    check_address,
    check_coming,
    most_children,
    stand_in_line,
)
from booking.bookings.services.queue import count, promote_locked
from booking.kernel.act import Act
from booking.outbox import services as outbox
from booking.programme.rules import SlotState
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.locks import hold


@dataclass(frozen=True)
class Family:
    """A booking with its parts as they stood when the pool was locked; the first is the booking itself."""

    facts: SlotFacts
    bookings: list[FamilyBooking]

    @property
    def first(self) -> FamilyBooking:
        return self.bookings[0]

    @property
    def live(self) -> list[FamilyBooking]:
        return [booking for booking in self.bookings if booking.standing is not Standing.CANCELLED]

    @property
    def standing(self) -> Standing:
        """SEATED as soon as one child has a seat; only for a family with something live."""
        return Standing.SEATED if any(one.standing is Standing.SEATED for one in self.live) else Standing.QUEUED

    @property
    def children(self) -> list[FamilyChild]:
        return [child for booking in self.live for child in booking.children]

    def without(self, child_id: int) -> Standing:
        """How the family stands when a child has gone whom it was not alone with."""
        left = [one for one in self.live if any(child.id != child_id for child in one.children)]
        return Standing.SEATED if any(one.standing is Standing.SEATED for one in left) else Standing.QUEUED

    def holder_of(self, child_id: int) -> FamilyBooking:
        """The live booking that holds a child. Raises NotInBooking."""
        for booking in self.live:
            if any(child.id == child_id for child in booking.children):
                return booking
        raise rules.NotInBooking


@writes
def cancel(ref: str, *, act: Act) -> None:
    """Give a booking back, with every part of it: what it frees goes to the queue in the same transaction.

    Cancelling twice changes nothing. Raises NotInBooking for an unknown number, CalledOff when there is nothing to give
    back, Started once the slot has ended.
    """
    family = locked(ref)
    if not family.live:
        return
    refuse_over(family.facts, act=act)
    for booking in family.live:
        _end(booking, act=act)
    telling.withdraw_news(family.bookings)
    letter = rules.letter(Cause.STANDING, family.standing, Standing.CANCELLED)
    _count_up(family, letter)
    told = telling.about_slot(family.facts.slot_id)
    telling.tell(letter, [family.first.id], told=told, act=act, standing=family.standing)
    audit("cancel", f"booking:{family.first.id}", act=act)
    seated = sum(booking.party for booking in family.live if booking.standing is Standing.SEATED)
    queued = sum(booking.standing is Standing.QUEUED for booking in family.live)
    free(family.facts, seated=seated, queued=queued, act=act)


@writes
def take_away(ref: str, child_id: int, *, act: Act) -> None:
    """Take one child out of a booking; taking the last one cancels it. The seat, or the smaller party, promotes.

    Raises NotInBooking when the child is gone already, CalledOff, Started once the slot has ended.
    """
    family = locked(ref)
    refuse_over(family.facts, act=act)
    booking = family.holder_of(child_id)
    if len(family.children) == 1:
        cancel(ref, act=act)
        return
    if booking.party == 1:
        _end(booking, act=act)
        _hand_on(family, booking)
    else:
        gone = update(Participant).where(Participant.id == child_id).values(child_key=None, left_at=act.now)
        session().execute(gone)
        smaller = update(Booking).where(Booking.id == booking.id).values(party=Booking.party - 1, changed_at=act.now)
        session().execute(smaller)
    left = family.without(child_id)
    letter = rules.letter(Cause.CHILD_CANCELLED, family.standing, left)
    _count_up(family, letter)
    told = telling.about_slot(family.facts.slot_id)
    telling.tell(letter, [family.first.id], told=told, act=act, standing=left)
    audit("take_away", f"booking:{booking.id}", act=act)
    if booking.standing is Standing.SEATED:
        free(family.facts, seated=1, queued=0, act=act)
    else:
        free(family.facts, seated=0, queued=1 if booking.party == 1 else 0, act=act)


@writes
def add_child(ref: str, *, child: Child, key: str, act: Act) -> Standing:
    """Seat one more child, or queue it alone where there is no seat; says which.

    The same child again is ChildAlreadyBooked, another child with a used `key` KeyUsed. Raises the refusals of `rules`
    in its order, and BookingEnded for a cancelled booking.
    """
    family = locked(ref)
    facts = family.facts
    if not family.live:
        raise rules.BookingEnded
    rules.check_slot(facts, now=act.now, by=act.actor.kind)
    rules.check_children(facts, (child,), seen=_marks(family.children))
    if queries.is_used(key):
        raise rules.KeyUsed(ref)
    rules.check_party(len(family.children) + 1, limit=most_children(act.actor.kind))
    rules.check_queue(facts, party=1)
    standing, place = rules.standing_for_newcomer(facts, party=1), None
    if standing is Standing.SEATED and family.first.standing is Standing.SEATED:
        _join(family.first, child, act=act)
        count(facts, seated=1)
    else:
        place = _add_part(facts, family.first, child, standing=standing, key=key, act=act)
        standing = Standing.QUEUED if place else Standing.SEATED
    now = Standing.SEATED if standing is Standing.SEATED else family.standing
    letter = rules.letter(Cause.CHILD_ADDED, family.standing, now)
    told = telling.about_slot(facts.slot_id)
    telling.tell(letter, [family.first.id], told=told, act=act, standing=standing, queue_place=place)
    audit("add_child", f"booking:{family.first.id}", act=act)
    return standing


@writes
def correct_child(ref: str, child_id: int, *, child: Child, act: Act) -> None:
    """Write a child's name or age right. Raises NotInBooking, WrongAge, ChildAlreadyBooked, CalledOff, Started."""
    family = locked(ref)
    refuse_over(family.facts, act=act)
    booking = family.holder_of(child_id)
    others = [other for other in family.children if other.id != child_id]
    rules.check_children(family.facts, (child,), seen=_marks(others))
    child_key = keys.child_key(booking.slot_id, booking.address_key, child)
    corrected = update(Participant).where(Participant.id == child_id)
    session().execute(corrected.values(name=child.name, age=child.age, child_key=child_key))
    audit("correct_child", f"booking:{booking.id}", act=act)


@writes
def change_contact(
    ref: str, *, contact: ContactDetails, adults: int, needs: str, act: Act, seen: str | None = None
) -> int | None:
    """Change who answers for the booking. `seen` is the `rules.contact_version` that the change was made from; None:
    whatever stands there. A new address gets a letter with a new link, and the old links end: whoever
    got one by mistake has no say any more. The old address is told, and not where the booking went.

    The number of the new link, None while the address stays. Raises BookingEnded, CalledOff, Started, AdultMissing,
    PhoneMissing, ChangedMeanwhile, ContactAlreadyBooked when the new address has a booking on the slot, TooManyBookings
    when it has enough.
    """
    address_key = keys.address_key(contact.email)
    if address_key:
        hold(f"address:{address_key}")
    family = locked(ref)
    first = family.first
    if not family.live:
        raise rules.BookingEnded
    refuse_over(family.facts, act=act)
    rules.check_adults(family.facts, adults, by=act.actor.kind)
    rules.check_phone(family.facts, contact, by=act.actor.kind)
    if seen is not None and seen != first.contact_version:
        raise rules.ChangedMeanwhile
    is_new = address_key != first.address_key
    if is_new:
        _move_address(family, address_key, act=act)
    session().execute(
        update(Contact)
        .where(Contact.id == first.contact_id)
        .values(name=contact.name, email=contact.email, phone=contact.phone, address_key=address_key)
    )
    session().execute(
        update(Booking).where(Booking.id == first.id).values(adults=adults, needs=needs, changed_at=act.now)
    )
    audit("change_contact", f"booking:{first.id}", act=act)
    return _hand_over(family, to=contact.email, act=act) if is_new else None


def _hand_over(family: Family, *, to: str, act: Act) -> int:
    """A new link for a booking that goes to another address, told to both addresses; the link's number.

    What waits for the old address is not sent any more: its links have ended, and the new one is told all that is so.
    What staff wrote goes to the new address instead.
    """
    accounts.revoke(Purpose.MANAGE, family.first.ref, act=act)
    ends_at = family.facts.ends_at + rules.LINK_LIVES
    drawn = accounts.draw(Purpose.MANAGE, family.first.ref, ends_at=ends_at, act=act)
    link = accounts.store(drawn)
    told = telling.about_slot(family.facts.slot_id)
    farewell = rules.letter(Cause.HANDED_OVER, family.standing, None)
    # What did not reach the old address is told to the new one now.
    outbox.settle_stopped([telling.about_booking(booking.id) for booking in family.bookings])
    telling.pass_on(family.bookings, to=to, nonce=drawn.nonce, act=act)
    if telling.take_back(family.bookings, is_passed_on=bool(to)):
        farewell = farewell._replace(entry=EntryChange.ENDED)
    # Once before and once after it: a calendar takes nothing whose number is not higher than what it has, and should
    # both letters end in one calendar, in either order, the entry of the new one stays.
    _count_up(family, farewell)
    telling.tell_old_address(farewell, family.first, told=told, act=act)
    _count_up(family, farewell)
    leading = next(booking for booking in family.live if booking.standing is family.standing)
    telling.tell(rules.letter(Cause.STANDING, None, leading.standing), [leading.id], told=told, act=act)
    return link


def _count_up(family: Family, letter: LetterPlan) -> None:
    """A family's entry that ends counts up, so that no older letter brings it back."""
    if letter.entry is EntryChange.ENDED:
        counted = update(Booking).where(Booking.id == family.first.id)
        session().execute(counted.values(sequence=Booking.sequence + 1))


def locked(ref: str) -> Family:
    """A family under its pool's lock, for the verbs that change it: the lock first, then the family as it is now.

    Raises NotInBooking for an unknown number.
    """
    pool_id = queries.pool_of(ref)
    if pool_id is None:
        raise rules.NotInBooking
    facts = queries.lock_pool(pool_id)
    return Family(facts, queries.family(ref))


def refuse_over(facts: SlotFacts, *, act: Act) -> None:
    """Under the lock: whoever asks may have seen a page from before it was called off."""
    if facts.state is SlotState.CALLED_OFF:
        raise rules.CalledOff
    if act.now >= facts.ends_at:
        raise rules.Started


def _end(booking: FamilyBooking, *, act: Act) -> None:
    session().execute(
        insert(Cancellation).values(
            booking_id=booking.id,
            at=act.now,
            actor_kind=act.actor.kind.value,
            actor_ref=act.actor.ref,
            was=booking.standing,
        )
    )
    session().execute(
        update(Booking)
        .where(Booking.id == booking.id)
        .values(standing=Standing.CANCELLED, contact_key=None, changed_at=act.now)
    )
    session().execute(
        update(Participant)
        .where(Participant.booking_id == booking.id, Participant.left_at.is_(None))
        .values(child_key=None, left_at=act.now)
    )


def _hand_on(family: Family, ended: FamilyBooking) -> None:
    """The key that keeps an address to one booking passes from a booking that ended to a part that goes on."""
    heir = next(booking for booking in family.live if booking is not ended)
    if ended.contact_key is not None:
        session().execute(update(Booking).where(Booking.id == heir.id).values(contact_key=ended.contact_key))


def free(facts: SlotFacts, *, seated: int, queued: int, act: Act) -> None:
    """Count seats and waiting parties out, and give what is free now to the queue."""
    count(facts, seated=-seated, queued=-queued)
    promote_locked(facts._replace(seated=facts.seated - seated, queued=facts.queued - queued), act=act)


def _join(booking: FamilyBooking, child: Child, *, act: Act) -> None:
    """Let the child into the booking itself: both are seated."""
    child_key = keys.child_key(booking.slot_id, booking.address_key, child)
    session().execute(
        insert(Participant).values(booking_id=booking.id, name=child.name, age=child.age, child_key=child_key)
    )
    larger = update(Booking).where(Booking.id == booking.id)
    session().execute(larger.values(party=Booking.party + 1, changed_at=act.now))


def _add_part(
    facts: SlotFacts, first: FamilyBooking, child: Child, *, standing: Standing, key: str, act: Act
) -> int | None:
    """A party of its own for a child added later: it waits, and moves up, alone. Its place in the queue, None with a
    seat."""
    contact = ContactDetails(first.contact_name, first.email, first.phone, first.language)
    wishes = Wishes(children=(child,), contact=contact)
    numbers = queries.numbers()._replace(contact=first.contact_id)
    # "": the key that keeps an address to one booking is the family's first booking's.
    row = booking_row(facts, wishes, standing=standing, key=key, address_key="", numbers=numbers, act=act)
    row |= {"part_of_id": first.id}
    add_booking(row, wishes.children, address_key=first.address_key)
    if standing is Standing.SEATED:
        count(facts, seated=1)
        return None
    return stand_in_line(facts, row, act=act)


def _marks(children: list[FamilyChild]) -> frozenset[str]:
    return frozenset(rules.child_mark(Child(child.name, child.age)) for child in children)


def _move_address(family: Family, address_key: str, *, act: Act) -> None:
    """Make the keys anew that keep one booking per address and each child once; the caps hold here too (L1). The caller
    holds the address."""
    if address_key:
        known = queries.of_address(address_key, now=act.now)
        check_address(family.facts, known)
        check_coming(known)
    for booking in family.live:
        if booking.contact_key is not None:
            contact_key = keys.contact_key(booking.slot_id, address_key)
            session().execute(update(Booking).where(Booking.id == booking.id).values(contact_key=contact_key))
        for child in booking.children:
            child_key = keys.child_key(booking.slot_id, address_key, Child(child.name, child.age))
            session().execute(update(Participant).where(Participant.id == child.id).values(child_key=child_key))
