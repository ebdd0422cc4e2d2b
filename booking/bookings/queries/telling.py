"""Whom the letters go to and what they tell: slots with their meetings, families by the clock, everybody of a slot."""

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
    null,
    or_,
    select,
)
from sqlalchemy.orm import QueryableAttribute, aliased

from booking.accounts.models import Link
from booking.accounts.rules import Purpose
from booking.bookings.models import Booking, Contact, FeedbackInvitation
from booking.bookings.queries.engine import FACTS, facts
from booking.bookings.rules import Notice, SlotFacts, Standing
from booking.outbox.models import Letter
from booking.outbox.rules import LetterState
from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.programme.models import Activity, Meeting, SeatPool, Slot
from booking.programme.queries import statement
from booking.programme.rules import SlotState
from booking.store import UtcDateTime
from booking.store.engine import session
from booking.store.prepared import Prepared

_slot, _pool, _booking, _contact = Slot.__table__.c, SeatPool.__table__.c, Booking.__table__.c, Contact.__table__.c
_activity, _place, _meeting = Activity.__table__.c, Place.__table__.c, Meeting.__table__.c


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
    facts()
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
    return SlotFacts(*rows[0][: len(FACTS)]), _letter_facts(rows[0][len(FACTS) :])


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
    wait. `starts_at` and `ends_at` are those of the meeting that the letter is about; `meeting_id` None: of the whole
    slot.
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
    meeting_id: int | None


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
            of[0] if of else null(),
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
    """Everybody who is on a slot. Of all bookings that ever were: the numbers, which letters are about, and the public
    numbers of the families, which links open."""

    families: list[SlotFamily]
    numbers: list[int]
    refs: list[str]


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
    refs: dict[str, None] = {}
    for number, standing, party, leading, ref, email, language, adults, nonce, uid, sequence in rows:
        numbers.append(number)
        refs[ref] = None
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
    return SlotBookings(list(families.values()), numbers, list(refs))


class Audience(NamedTuple):
    """How many families a letter about a slot goes to, by how they stand, and how many have no address for it."""

    seated: int
    queued: int
    without_address: int


def audience(slot_id: int) -> Audience:
    """Whom the organiser's news would reach now. One query."""
    families = of_slot(slot_id).families
    written = [family for family in families if family.email]
    seated = sum(family.standing is Standing.SEATED for family in written)
    return Audience(seated, len(written) - seated, len(families) - len(written))


def told_since(slot_id: int, at: dt.datetime, *, but: Collection[str]) -> set[int]:
    """The numbers of all bookings of the families that a letter was written to since then which waits or has gone, but
    for those with these Message-IDs. One query."""
    about: ColumnElement[str] = literal("booking:", Text()) + cast(Booking.id, Text())
    was_told = exists().where(
        Letter.subject == about,
        Letter.created_at > at,
        Letter.message_id.not_in(but),
        Letter.state.in_((LetterState.WAITING, LetterState.SENT)),
    )
    first = func.coalesce(Booking.part_of_id, Booking.id)
    rows = session().execute(select(Booking.id, first, was_told).where(Booking.slot_id == slot_id)).all()
    families = {leading for _, leading, is_told in rows if is_told}
    return {number for number, leading, _ in rows if leading in families}
