"""What is asked about bookings: facts for deciding, a family's own page, a contact's coming bookings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import QueryableAttribute, aliased, joinedload, selectinload

from booking.accounts.models import Link
from booking.accounts.rules import Purpose
from booking.bookings.models import Booking, Contact, FeedbackInvitation, Participant
from booking.bookings.rules import Notice, SlotFacts, Standing, Waiting
from booking.outbox.models import Letter
from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.programme.models import Activity, Meeting, SeatPool, Slot
from booking.programme.queries import statement
from booking.programme.rules import SlotState
from booking.store import UtcDateTime
from booking.store.engine import session
from booking.store.numbers import NextNumber
from booking.store.prepared import Prepared

_slot, _pool, _booking, _contact = Slot.__table__.c, SeatPool.__table__.c, Booking.__table__.c, Contact.__table__.c
_activity, _place, _meeting = Activity.__table__.c, Place.__table__.c, Meeting.__table__.c

_FACTS = (
    _slot.id,
    _pool.id,
    _slot.state,
    _slot.admission,
    _slot.starts_at,
    _slot.ends_at,
    _slot.opens_at,
    _slot.closes_at,
    _slot.age_min,
    _slot.age_max,
    _slot.adult_stays,
    _pool.seats,
    _pool.seated,
    _pool.queued,
    _pool.last_queue_number,
    _pool.queue_limit,
)


def _facts() -> Select[*tuple[Any, ...]]:
    return select(*_FACTS).select_from(Slot.__table__.join(SeatPool.__table__, _pool.slot_id == _slot.id))


_LOCKED = Prepared(_facts().where(_pool.id == bindparam("pool")).with_for_update())


def lock_pool(pool_id: int) -> SlotFacts:
    """The newest facts of a pool and its slot, both locked until the transaction ends: first thing in every verb that
    makes seats scarcer or frees them (freeing promotes). One query."""
    return SlotFacts(*_LOCKED.rows({"pool": pool_id})[0])


class Numbers(NamedTuple):
    """What the rows of a booking that is about to be written are called."""

    contact: int
    booking: int
    link: int


_NUMBERS = (NextNumber(Contact), NextNumber(Booking), NextNumber(Link))
_NEXT = Prepared(select(*_NUMBERS))
_LOCKED_FOR_ONE_MORE = Prepared(_facts().add_columns(*_NUMBERS).where(_pool.id == bindparam("pool")).with_for_update())


def numbers() -> Numbers:
    """Numbers for one new booking. One query."""
    return Numbers(*_NEXT.rows({})[0])


def lock_pool_for_one_more(pool_id: int) -> tuple[SlotFacts, Numbers]:
    """`lock_pool`, and numbers for one new booking. One query."""
    row = _LOCKED_FOR_ONE_MORE.rows({"pool": pool_id})[0]
    return SlotFacts(*row[: len(_FACTS)]), Numbers(*row[len(_FACTS) :])


class AddressBooking(NamedTuple):
    """One live booking of an address."""

    id: int
    ref: str
    slot_id: int
    form_key: str
    form_digest: str
    part_of_id: int | None


_ADDRESS_BOOKING = (
    _booking.id,
    _booking.ref,
    _booking.slot_id,
    _booking.form_key,
    _booking.form_digest,
    _booking.part_of_id,
)
_LIVE = (
    select(*_ADDRESS_BOOKING)
    .join(Contact.__table__, _contact.id == _booking.contact_id)
    .join(Slot.__table__, _slot.id == _booking.slot_id)
    .where(
        _contact.address_key == bindparam("address"),
        _booking.standing != Standing.CANCELLED,
        _slot.state != SlotState.CALLED_OFF,
        _slot.ends_at > bindparam("now", type_=UtcDateTime()),
    )
)
_KEYED = select(*_ADDRESS_BOOKING).where(_booking.form_key == bindparam("form"))
_OF_ADDRESS = Prepared(_LIVE)
_OF_FORM = Prepared(_KEYED)
# Two selects, for an OR over two tables would use neither's index.
_OF_BOTH = Prepared(_LIVE.union(_KEYED))


def of_address(address_key: str, *, now: dt.datetime, form_key: str = "") -> list[AddressBooking]:
    """The live bookings of an address on slots that have not ended, parts included, and the booking that was made with
    `form_key`, whosever it is and whatever became of it. "" is nobody's address: staff book without one. One query."""
    question = _OF_FORM if not address_key else _OF_BOTH if form_key else _OF_ADDRESS
    values = {"address": address_key, "now": now, "form": form_key}
    return [AddressBooking(*row) for row in question.rows(values)]


def is_used(form_key: str) -> bool:
    """Whether a booking was made with this form key, whatever became of it. One query."""
    return bool(session().scalar(select(exists().where(Booking.form_key == form_key))))


def pools_with_idle_seats(*, starting_after: dt.datetime, starting_until: dt.datetime) -> list[int]:
    """Pools of published slots that start in this span (its end included) where somebody waits who fits the free seats.

    One query.
    """
    fits = exists().where(
        Booking.pool_id == SeatPool.id,
        Booking.standing == Standing.QUEUED,
        Booking.party <= SeatPool.seats - SeatPool.seated,
    )
    return list(
        session().scalars(
            select(SeatPool.id)
            .join(Slot, Slot.id == SeatPool.slot_id)
            .where(
                Slot.state == SlotState.PUBLISHED,
                Slot.starts_at > starting_after,
                Slot.starts_at <= starting_until,
                SeatPool.queued > 0,
                SeatPool.seated < SeatPool.seats,
                fits,
            )
            .order_by(SeatPool.id)
        )
    )


def waiting(pool_id: int) -> list[Waiting]:
    """The pool's queue, longest waiting first. One query; the caller holds the pool's lock."""
    rows = session().execute(
        select(Booking.id, Booking.party, Booking.passed_over)
        .where(Booking.pool_id == pool_id, Booking.standing == Standing.QUEUED)
        .order_by(Booking.queue_number, Booking.id)
    )
    return [Waiting(*row) for row in rows]


def queue_place(pool_id: int, queue_number: int) -> int:
    """The place in the queue, from 1, of the party that holds `queue_number`. One query."""
    count = session().scalar(
        select(func.count())
        .select_from(Booking)
        .where(Booking.pool_id == pool_id, Booking.standing == Standing.QUEUED, Booking.queue_number <= queue_number)
    )
    return int(count or 0)


class PlaceFacts(NamedTuple):
    """A place as letters and calendars name it."""

    name: str
    kind: PlaceKind
    address: str
    postal_code: str
    locality: str


class LetterFacts(NamedTuple):
    """What the letters about a slot say."""

    slot_id: int
    title_sv: str
    title_en: str
    bring_sv: str
    bring_en: str
    is_online: bool
    ends_at: dt.datetime
    phone: str
    adult_stays: bool
    note_sv: str
    note_en: str
    place: PlaceFacts


_OF_PLACE = len(PlaceFacts._fields)
_PLACE_FACTS = (_place.name, _place.kind, _place.address, _place.postal_code, _place.locality)
_LETTER_FACTS = (
    _slot.id,
    _activity.title_sv,
    _activity.title_en,
    statement.bring_in("sv"),
    statement.bring_in("en"),
    _slot.is_online,
    _slot.ends_at,
    _place.phone,
    _slot.adult_stays,
    _slot.letter_note_sv,
    _slot.letter_note_en,
    *_PLACE_FACTS,
)
_SLOT_FACTS = Prepared(
    _facts()
    .add_columns(*_LETTER_FACTS)
    .join(Activity.__table__, _activity.id == _slot.activity_id)
    .join(Place.__table__, _place.id == _slot.place_id)
    .where(_slot.id == bindparam("slot"))
    .order_by(_pool.id)
    .limit(1)
)


def slot_facts(slot_id: int) -> tuple[SlotFacts, LetterFacts] | None:
    """Facts of a slot and its first pool, unlocked, and what letters say of it; None without such a slot. One query."""
    rows = _SLOT_FACTS.rows({"slot": slot_id})
    if not rows:
        return None
    return SlotFacts(*rows[0][: len(_FACTS)]), _letter_facts(rows[0][len(_FACTS) :])


def _letter_facts(row: Sequence[Any]) -> LetterFacts:
    return LetterFacts._make((*row[:-_OF_PLACE], PlaceFacts._make(row[-_OF_PLACE:])))


class LetterMeeting(NamedTuple):
    """One meeting as letters and calendars tell it. `is_off`: called off while the slot goes on."""

    id: int
    uid: str
    sequence: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    is_off: bool
    place: PlaceFacts


_LETTER_MEETING = (
    _meeting.id,
    _meeting.uid,
    _meeting.sequence,
    _meeting.starts_at,
    _meeting.ends_at,
    _meeting.called_off_at,
    *_PLACE_FACTS,
)
_MEETINGS = Prepared(
    select(*_LETTER_MEETING)
    .join(Place.__table__, _place.id == _meeting.place_id)
    .where(_meeting.slot_id == bindparam("slot"))
    .order_by(_meeting.starts_at, _meeting.id)
)


def letter_meetings(slot_id: int) -> list[LetterMeeting]:
    """The slot's meetings, earliest first, also those that are called off. One query."""
    return [_letter_meeting(row) for row in _MEETINGS.rows({"slot": slot_id})]


def _letter_meeting(row: Sequence[Any]) -> LetterMeeting:
    *times, called_off_at = row[:-_OF_PLACE]
    return LetterMeeting._make((*times, called_off_at is not None, PlaceFacts._make(row[-_OF_PLACE:])))


def place_facts(place_id: int) -> PlaceFacts:
    """A place as letters name it. One query."""
    return PlaceFacts(*session().execute(select(*_PLACE_FACTS).where(_place.id == place_id)).one())


def letter_facts(slot_ids: Collection[int]) -> list[LetterFacts]:
    """What letters say of each of these slots, in no order. One query."""
    rows = session().execute(
        select(*_LETTER_FACTS)
        .join(Activity.__table__, _activity.id == _slot.activity_id)
        .join(Place.__table__, _place.id == _slot.place_id)
        .where(_slot.id.in_(slot_ids))
    )
    return [_letter_facts(row) for row in rows]


def letter_meetings_of(slot_ids: Collection[int]) -> dict[int, list[LetterMeeting]]:
    """As `letter_meetings`, for each of these slots. One query."""
    found: dict[int, list[LetterMeeting]] = {slot_id: [] for slot_id in slot_ids}
    for slot_id, *row in session().execute(
        select(_meeting.slot_id, *_LETTER_MEETING)
        .join(Place.__table__, _place.id == _meeting.place_id)
        .where(_meeting.slot_id.in_(slot_ids))
        .order_by(_meeting.starts_at, _meeting.id)
    ):
        found[slot_id].append(_letter_meeting(row))
    return found


class FamilyToTell(NamedTuple):
    """A family with seats whom the clock writes a letter to: one letter for all of its parts.

    `once` is the letter's name, see `outbox.models.Letter`. `children` have seats; `is_mixed`: others of the family
    wait. `starts_at` and `ends_at` are those of the meeting that the letter is about, or of the whole slot.
    """

    once: str
    booking_id: int
    ref: str
    email: str
    language: str
    adults: int
    slot_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    children: int
    is_mixed: bool
    nonce: bytes | None


def families_to_remind(days: Sequence[Notice], *, now: dt.datetime, limit: int) -> list[FamilyToTell]:
    """Families to be reminded of the first meeting of their slot, on one of these days, soonest first.

    Not those whose booking, or whose meeting, has changed since the reminder fell due: they had a letter then. A moved
    meeting has another name and is reminded of anew. One query.
    """
    if not days:
        return []
    earlier = aliased(Meeting)
    is_first = ~exists().where(
        earlier.slot_id == Meeting.slot_id, earlier.called_off_at.is_(None), earlier.starts_at < Meeting.starts_at
    )
    falls_due = case(*((Meeting.starts_at < notice.ends, literal(notice.due_at, UtcDateTime())) for notice in days))
    return _families(
        _before_meetings("reminder", days, now=now)
        .where(is_first, Meeting.changed_at <= falls_due)
        .having(func.min(Booking.changed_at) <= falls_due),
        limit=limit,
    )


def families_to_let_in(days: Sequence[Notice], *, now: dt.datetime, limit: int) -> list[FamilyToTell]:
    """Families to be sent the way into an online meeting on one of these days, soonest first; who booked late, too.

    One query.
    """
    if not days:
        return []
    is_online = and_(Slot.is_online, Slot.join_url != "")
    return _families(_before_meetings("join", days, now=now).where(is_online), limit=limit)


def families_to_thank(*, ended_after: dt.datetime, ended_before: dt.datetime, limit: int) -> list[FamilyToTell]:
    """Families who had seats on a slot that ended in this span, the longest ago first. One query."""
    question = (
        _seated_families("thanks", of=[], starts_at=Slot.starts_at, ends_at=Slot.ends_at)
        .where(Slot.ends_at > ended_after, Slot.ends_at <= ended_before)
        .group_by(Slot.starts_at, Slot.ends_at)
    )
    return _families(question, limit=limit)


_first = aliased(Booking)


def _before_meetings(word: str, days: Sequence[Notice], *, now: dt.datetime) -> Select[*tuple[Any, ...]]:
    """Seated families and the meetings of their slots on these days that no letter of that name was written about."""
    return (
        _seated_families(word, of=[Meeting.id, Meeting.sequence], starts_at=Meeting.starts_at, ends_at=Meeting.ends_at)
        .join(Meeting, Meeting.slot_id == Slot.id)
        .where(
            Meeting.called_off_at.is_(None),
            Meeting.starts_at > now,
            Meeting.starts_at >= days[0].starts,
            Meeting.starts_at < days[-1].ends,
        )
        .group_by(Meeting.id, Meeting.sequence, Meeting.starts_at, Meeting.ends_at)
    )


def _seated_families(word: str, *, of: Sequence[Any], starts_at: Any, ends_at: Any) -> Select[*tuple[Any, ...]]:
    """Families with seats and an address on published slots, who have not been told this. Columns of FamilyToTell."""
    once: ColumnElement[str] = literal(word, Text())
    for part in (_first.id, *of):
        once = once + ":" + cast(part, Text())
    other = aliased(Booking)
    is_mixed = exists().where(
        or_(other.id == _first.id, other.part_of_id == _first.id), other.standing == Standing.QUEUED
    )
    return (
        select(
            once,
            _first.id,
            _first.ref,
            Contact.email,
            Contact.language,
            _first.adults,
            Slot.id,
            starts_at,
            ends_at,
            func.sum(Booking.party),
            is_mixed.correlate(_first),
            _newest_link(_first.ref),
        )
        .select_from(Booking)
        .join(_first, _first.id == func.coalesce(Booking.part_of_id, Booking.id))
        .join(Contact, Contact.id == _first.contact_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(
            Slot.state == SlotState.PUBLISHED,
            Booking.standing == Standing.SEATED,
            Contact.email != "",
            ~exists().where(Letter.once == once),
        )
        .group_by(_first.id, _first.ref, Contact.email, Contact.language, _first.adults, Slot.id)
        .order_by(starts_at, _first.id)
    )


def _families(question: Select[*tuple[Any, ...]], *, limit: int) -> list[FamilyToTell]:
    return [FamilyToTell(*row) for row in session().execute(question.limit(limit))]


class Invitation(NamedTuple):
    """How many may still say what they thought by a feedback link."""

    link_id: int
    adults: int
    children: int


def invitation(link_ids: Collection[int], *, slot_id: int) -> Invitation | None:
    """The invitation of these links to say something of the slot, the one with most answers left first; None without.

    One query.
    """
    row = (
        session()
        .execute(
            select(FeedbackInvitation.link_id, FeedbackInvitation.adults, FeedbackInvitation.children)
            .where(FeedbackInvitation.link_id.in_(link_ids), FeedbackInvitation.slot_id == slot_id)
            .order_by((FeedbackInvitation.adults + FeedbackInvitation.children).desc(), FeedbackInvitation.link_id)
            .limit(1)
        )
        .one_or_none()
    )
    return Invitation(*row) if row else None


def family_page(ref: str) -> list[Booking]:
    """A booking and the parts that were added to it later, first the booking itself; [] when there is none.

    Loaded with participants, contact, pool, slot, activity, place, room and meetings. At most three queries.
    """
    first = select(Booking.id).where(Booking.ref == ref).scalar_subquery()
    return list(
        session().scalars(
            select(Booking)
            .where(or_(Booking.ref == ref, Booking.part_of_id == first))
            .options(
                joinedload(Booking.contact),
                joinedload(Booking.pool),
                joinedload(Booking.slot).options(
                    joinedload(Slot.activity),
                    joinedload(Slot.place),
                    joinedload(Slot.room),
                    joinedload(Slot.call_off),
                    selectinload(Slot.meetings).joinedload(Meeting.place),
                ),
                selectinload(Booking.participants),
                joinedload(Booking.cancellation),
            )
            .order_by(Booking.part_of_id.is_not(None), Booking.id)
        )
    )


class ComingFamily(NamedTuple):
    """One family on one slot, parts and all, under the number that its link opens.

    `standing` is SEATED as soon as one child has a seat, `is_mixed` when others of the family wait all the same.
    `queue_number` is that of the booking itself or, when only a part of it is left, of that part. `children` counts
    everybody who still comes or waits.
    """

    ref: str
    standing: Standing
    queue_number: int | None
    children: int
    pool_id: int
    slot_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    title_sv: str
    title_en: str
    place_name: str
    contact_id: int
    email: str
    is_off: bool
    is_mixed: bool

    def joined(self, part: ComingFamily) -> ComingFamily:
        """The family with one more of its parts."""
        return self._replace(
            children=self.children + part.children,
            standing=Standing.SEATED if Standing.SEATED in (self.standing, part.standing) else Standing.QUEUED,
            is_mixed=self.is_mixed or self.standing is not part.standing,
        )


def coming_families(address_key: str, *, now: dt.datetime) -> list[ComingFamily]:
    """An address's families with a live booking on a slot that has not ended, soonest first. One query."""
    first = aliased(Booking)
    rows = session().execute(
        select(
            first.ref,
            Booking.standing,
            Booking.queue_number,
            Booking.party,
            Booking.pool_id,
            Booking.slot_id,
            Slot.starts_at,
            Slot.ends_at,
            Activity.title_sv,
            Activity.title_en,
            Place.name,
            Contact.id,
            Contact.email,
            Slot.state == SlotState.CALLED_OFF,
        )
        .join(first, first.id == func.coalesce(Booking.part_of_id, Booking.id))
        .join(Contact, Contact.id == Booking.contact_id)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Slot.place_id)
        .where(Contact.address_key == address_key, Booking.standing != Standing.CANCELLED, Slot.ends_at > now)
        .order_by(Slot.starts_at, first.id, Booking.part_of_id.is_not(None), Booking.id)
    )
    families: dict[str, ComingFamily] = {}
    for row in rows:
        part = ComingFamily._make((*row, False))
        leading = families.get(part.ref)
        families[part.ref] = leading.joined(part) if leading else part
    return list(families.values())


class FamilyChild(NamedTuple):
    """One child who is still in a booking."""

    id: int
    name: str
    age: int


class FamilyBooking(NamedTuple):
    """One party of a family as it stands, a snapshot: what a verb decides on while it writes."""

    id: int
    ref: str
    slot_id: int
    pool_id: int
    part_of_id: int | None
    standing: Standing
    party: int
    contact_id: int
    contact_name: str
    email: str
    phone: str
    language: str
    address_key: str
    contact_key: str | None
    children: list[FamilyChild]


def family(ref: str) -> list[FamilyBooking]:
    """A booking, first, and the parts that were added to it later; [] for an unknown number. Two queries."""
    first = select(Booking.id).where(Booking.ref == ref).scalar_subquery()
    rows = (
        session()
        .execute(
            select(
                Booking.id,
                Booking.ref,
                Booking.slot_id,
                Booking.pool_id,
                Booking.part_of_id,
                Booking.standing,
                Booking.party,
                Contact.id,
                Contact.name,
                Contact.email,
                Contact.phone,
                Contact.language,
                Contact.address_key,
                Booking.contact_key,
            )
            .join(Contact, Contact.id == Booking.contact_id)
            .where(or_(Booking.ref == ref, Booking.part_of_id == first))
            .order_by(Booking.part_of_id.is_not(None), Booking.id)
        )
        .all()
    )
    children: dict[int, list[FamilyChild]] = {row[0]: [] for row in rows}
    for booking_id, number, name, age in session().execute(
        select(Participant.booking_id, Participant.id, Participant.name, Participant.age)
        .where(Participant.booking_id.in_(children), Participant.left_at.is_(None))
        .order_by(Participant.id)
    ):
        children[booking_id].append(FamilyChild(number, name, age))
    return [FamilyBooking._make((*row, children[row[0]])) for row in rows]


class CalendarBooking(NamedTuple):
    """What a family's calendar file needs of its booking. Live while any part of it is."""

    uid: str
    is_live: bool
    address_key: str


def for_calendar(ref: str) -> CalendarBooking | None:
    """The booking with this number for its calendar file; None without. One query."""
    part = aliased(Booking)
    live_part = select(part.id).where(part.part_of_id == Booking.id, part.standing != Standing.CANCELLED).exists()
    row = (
        session()
        .execute(
            select(
                Booking.uid,
                or_(Booking.standing != Standing.CANCELLED, live_part),
                Contact.address_key,
            )
            .join(Contact, Contact.id == Booking.contact_id)
            .where(Booking.ref == ref)
        )
        .one_or_none()
    )
    return CalendarBooking(*row) if row else None


def pool_of(ref: str) -> int | None:
    """The pool of a booking number; None when there is none. One query."""
    return session().scalar(select(Booking.pool_id).where(Booking.ref == ref))


class Addressee(NamedTuple):
    """Whom a letter about a booking goes to, and what it says of the booking.

    `has_others`: another live party, seated or waiting, belongs to the same family. `uid` and `sequence` are those of
    the family's entries in its calendar.
    """

    booking_id: int
    ref: str
    email: str
    language: str
    standing: Standing
    party: int
    adults: int
    pool_id: int
    queue_number: int | None
    nonce: bytes | None
    has_others: bool
    uid: str
    sequence: int


def addressees(booking_ids: Sequence[int]) -> list[Addressee]:
    """The addressees of these bookings that have an e-mail address, in the order asked. A part speaks with its family's
    number and link. One query."""
    first, other = aliased(Booking), aliased(Booking)
    has_others = exists().where(
        or_(other.id == first.id, other.part_of_id == first.id),
        other.id != Booking.id,
        other.standing != Standing.CANCELLED,
    )
    rows = session().execute(
        select(
            Booking.id,
            first.ref,
            Contact.email,
            Contact.language,
            Booking.standing,
            Booking.party,
            first.adults,
            Booking.pool_id,
            Booking.queue_number,
            _newest_link(first.ref),
            has_others.correlate(first, Booking),
            first.uid,
            first.sequence,
        )
        .join(first, first.id == func.coalesce(Booking.part_of_id, Booking.id))
        .join(Contact, Contact.id == Booking.contact_id)
        .where(Booking.id.in_(booking_ids), Contact.email != "")
    )
    found = {row[0]: Addressee._make(row) for row in rows}
    return [found[number] for number in booking_ids if number in found]


def _newest_link(ref: QueryableAttribute[str]) -> ScalarSelect[bytes]:
    """The nonce of the newest link that opens the booking numbered `ref`."""
    return (
        select(Link.nonce)
        .where(Link.purpose == Purpose.MANAGE, Link.subject == ref, Link.revoked_at.is_(None))
        .order_by(Link.id.desc())
        .limit(1)
        .correlate(ref.parent)
        .scalar_subquery()
    )


class SlotFamily(NamedTuple):
    """A family with something live on a slot, all its parties together, as one letter tells it.

    SEATED as soon as one child has a seat, `is_mixed` when others of it wait all the same. `email` is "" for a family
    that staff booked without one. `uid` and `sequence` are those of its entries in its calendar.
    """

    booking_id: int
    ref: str
    email: str
    language: str
    standing: Standing
    is_mixed: bool
    children: int
    adults: int
    nonce: bytes | None
    uid: str
    sequence: int


class SlotBookings(NamedTuple):
    """Everybody who is on a slot, and the numbers of all bookings that ever were: letters are about those."""

    families: list[SlotFamily]
    numbers: list[int]


def of_slot(slot_id: int) -> SlotBookings:
    """The families of a slot in the order in which they booked. One query, however many they are."""
    first = aliased(Booking)
    rows = session().execute(
        select(
            Booking.id,
            Booking.standing,
            Booking.party,
            first.id,
            first.ref,
            Contact.email,
            Contact.language,
            first.adults,
            _newest_link(first.ref),
            first.uid,
            first.sequence,
        )
        .join(first, first.id == func.coalesce(Booking.part_of_id, Booking.id))
        .join(Contact, Contact.id == Booking.contact_id)
        .where(Booking.slot_id == slot_id)
        .order_by(first.id, Booking.id)
    )
    families: dict[int, SlotFamily] = {}
    numbers = []
    for number, standing, party, leading, ref, email, language, adults, nonce, uid, sequence in rows:
        numbers.append(number)
        if standing is Standing.CANCELLED:
            continue
        known = families.get(leading)
        families[leading] = SlotFamily(
            booking_id=leading,
            ref=ref,
            email=email,
            language=language,
            standing=Standing.SEATED if known and known.standing is Standing.SEATED else standing,
            is_mixed=known is not None and (known.is_mixed or known.standing is not standing),
            children=party + (known.children if known else 0),
            adults=adults,
            nonce=nonce,
            uid=uid,
            sequence=sequence,
        )
    return SlotBookings(list(families.values()), numbers)


class EarlierBooking(NamedTuple):
    """A booking as its receipt tells it."""

    standing: Standing
    pool_id: int
    queue_number: int | None
    link_id: int


def earlier(ref: str) -> EarlierBooking | None:
    """How a booking stands now and its newest link's number; None without. One query."""
    row = (
        session()
        .execute(
            select(Booking.standing, Booking.pool_id, Booking.queue_number, Link.id)
            .join(Link, and_(Link.subject == Booking.ref, Link.purpose == Purpose.MANAGE))
            .where(Booking.ref == ref)
            .order_by(Link.id.desc())
            .limit(1)
        )
        .one_or_none()
    )
    return EarlierBooking(*row) if row else None


def counter_faults() -> list[str]:
    """Pools whose stored counters differ from the counted rows, in words; [] is what must be (requirement A13)."""
    seated = func.coalesce(func.sum(Booking.party).filter(Booking.standing == Standing.SEATED), 0)
    queued = func.count(Booking.id).filter(Booking.standing == Standing.QUEUED)
    rows = session().execute(
        select(SeatPool.id, SeatPool.seated, SeatPool.queued, seated, queued)
        .outerjoin(Booking, Booking.pool_id == SeatPool.id)
        .group_by(SeatPool.id, SeatPool.seated, SeatPool.queued)
        .having(or_(SeatPool.seated != seated, SeatPool.queued != queued))
        .order_by(SeatPool.id)
    )
    faults = [f"pool {row[0]}: says {row[1]} seated, {row[2]} queued; rows say {row[3]}, {row[4]}" for row in rows]
    live = func.count(Participant.id).filter(Participant.left_at.is_(None))
    parties = session().execute(
        select(Booking.id, Booking.party, live)
        .outerjoin(Participant, Participant.booking_id == Booking.id)
        .where(Booking.standing != Standing.CANCELLED)
        .group_by(Booking.id, Booking.party)
        .having(Booking.party != live)
    )
    return faults + [f"booking {row[0]}: says a party of {row[1]}, has {row[2]} children" for row in parties]
