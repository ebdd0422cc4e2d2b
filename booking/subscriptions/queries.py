"""Reading subscriptions, and what is new to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, func, or_, select

from booking.places.models import Place
from booking.places.rules import PlaceKind
from booking.programme import queries as programme
from booking.programme.models import Activity, SeatPool, Slot
from booking.programme.queries import Area
from booking.programme.rules import PublicState, SlotState, public_state
from booking.store.engine import session
from booking.subscriptions.models import OpeningWish, Subscriber, Subscription
from booking.subscriptions.rules import UNCONFIRMED_LIVES, Ground, Spot, Wish


class WishRow(NamedTuple):
    """A subscription as pages and digests need it."""

    id: int
    ref: str
    subscriber_id: int
    subscriber_ref: str
    area: str
    age: int | None
    confirmed_at: dt.datetime | None
    told_until: dt.datetime

    @property
    def wish(self) -> Wish:
        return Wish(self.area, self.age)


class Reader(NamedTuple):
    """A subscriber whose digest is due."""

    id: int
    ref: str
    email: str
    language: str


class NewSlot(NamedTuple):
    """A slot as letters tell of it. Times UTC; `published_at` None: nobody has said."""

    id: int
    title_sv: str
    title_en: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    opens_at: dt.datetime
    closes_at: dt.datetime
    age_min: int | None
    age_max: int | None
    is_online: bool
    place_id: int
    place_name: str
    place_kind: PlaceKind
    published_at: dt.datetime | None
    state: PublicState

    @property
    def spot(self) -> Spot:
        is_stop = self.place_kind is PlaceKind.STOP
        return Spot(self.place_id, is_stop, self.is_online, self.age_min, self.age_max)


class DueWish(NamedTuple):
    """Somebody who waits for a slot whose booking has opened."""

    id: int
    slot_id: int
    email: str
    address_key: str
    language: str


# ---- subscriptions ----


def wish_of(ref: str) -> WishRow | None:
    """The subscription with this code; None when it has ended. One query."""
    row = session().execute(_wishes().where(Subscription.ref == ref)).one_or_none()
    return WishRow(*row) if row else None


def wishes_of(subscriber_refs: Sequence[str]) -> list[WishRow]:
    """The confirmed subscriptions of these subscribers, the oldest first. One query."""
    rows = session().execute(
        _wishes()
        .where(Subscriber.ref.in_(subscriber_refs), Subscription.confirmed_at.is_not(None))
        .order_by(Subscription.id)
    )
    return [WishRow(*row) for row in rows]


def address_of(subscriber_refs: Sequence[str]) -> str:
    """The address behind the first of these codes that has one; "" when none has. One query."""
    found = session().scalars(select(Subscriber.email).where(Subscriber.ref.in_(subscriber_refs)).limit(1)).first()
    return found or ""


def is_anything_unconfirmed(*, now: dt.datetime) -> bool:
    """Whether a wish has waited for its confirmation too long. One query."""
    return bool(session().scalar(select(exists().where(*is_forgotten(now=now)))))


def is_forgotten(*, now: dt.datetime) -> list[Any]:
    """The condition on a subscription that nobody has confirmed in time."""
    return [Subscription.confirmed_at.is_(None), Subscription.asked_at <= now - UNCONFIRMED_LIVES]


# ---- digests ----


def is_digest_due(*, today: dt.date) -> bool:
    """Whether somebody has not had today's round. One query."""
    return bool(session().scalar(select(exists().where(*_is_due(today)))))


def due_readers(*, today: dt.date, limit: int) -> list[Reader]:
    """Subscribers who have not had today's round, locked, by number. One query."""
    rows = session().execute(
        select(Subscriber.id, Subscriber.ref, Subscriber.email, Subscriber.language)
        .where(*_is_due(today))
        .order_by(Subscriber.id)
        .limit(limit)
        .with_for_update()
    )
    return [Reader(*row) for row in rows]


def published_between(first: dt.datetime, last: dt.datetime, *, now: dt.datetime) -> list[NewSlot]:
    """Public slots that were published after `first` and by `last` and have not ended, soonest first. One query."""
    return _slots(
        _new_slots().where(
            *programme.is_public(), Slot.ends_at > now, Slot.published_at > first, Slot.published_at <= last
        ),
        now=now,
    )


def grounds(areas: Iterable[str], *, today: dt.date) -> dict[str, Ground]:
    """What each area stands for today. One query."""
    atlas = programme.atlas(today=today)
    return {area: _ground(area, atlas.area(area) if area else None) for area in set(areas)}


def _ground(area: str, found: Area | None) -> Ground:
    if not area:
        return Ground(anywhere=True)
    return Ground(frozenset(found.place_ids), found.bus, found.online) if found else Ground()


# ---- booking opens ----


def is_opening_due(*, now: dt.datetime) -> bool:
    """Whether somebody waits for a slot whose booking has opened. One query."""
    waits = select(OpeningWish.id).join(Slot, Slot.id == OpeningWish.slot_id).where(*_has_opened(now))
    return bool(session().scalar(select(waits.exists())))


def due_openings(*, now: dt.datetime, limit: int) -> list[DueWish]:
    """All due wishes of up to `limit` addresses, by address: so that each gets one letter for all that opens together.
    The caller holds the lock on openings. One query."""
    due = (
        select(OpeningWish.address_key)
        .join(Slot, Slot.id == OpeningWish.slot_id)
        .where(*_has_opened(now))
        .distinct()
        .order_by(OpeningWish.address_key)
        .limit(limit)
    )
    rows = session().execute(
        select(OpeningWish.id, OpeningWish.slot_id, OpeningWish.email, OpeningWish.address_key, OpeningWish.language)
        .join(Slot, Slot.id == OpeningWish.slot_id)
        .where(*_has_opened(now), OpeningWish.address_key.in_(due))
        .order_by(OpeningWish.address_key, OpeningWish.id)
    )
    return [DueWish(*row) for row in rows]


def opening_count(address_key: str) -> int:
    """How many slots an address waits for. One query."""
    return session().scalar(select(func.count()).where(OpeningWish.address_key == address_key)) or 0


def has_opening_wish(wish_key: str) -> bool:
    """Whether the address waits for the slot already. One query."""
    return bool(session().scalar(select(exists().where(OpeningWish.wish_key == wish_key))))


def slots(numbers: Collection[int], *, now: dt.datetime) -> dict[int, NewSlot]:
    """The slots with these numbers that are no drafts, by number. One query."""
    asked = _new_slots().where(Slot.id.in_(numbers), Slot.state != SlotState.DRAFT)
    return {slot.id: slot for slot in _slots(asked, now=now)} if numbers else {}


# ---- what they share ----


def _wishes() -> Select[*tuple[Any, ...]]:
    asked: Select[*tuple[Any, ...]] = select(
        Subscription.id,
        Subscription.ref,
        Subscription.subscriber_id,
        Subscriber.ref,
        Subscription.area,
        Subscription.age,
        Subscription.confirmed_at,
        Subscription.told_until,
    ).join(Subscriber, Subscriber.id == Subscription.subscriber_id)
    return asked


def _is_due(today: dt.date) -> list[Any]:
    has_wish = exists().where(Subscription.subscriber_id == Subscriber.id, Subscription.confirmed_at.is_not(None))
    return [or_(Subscriber.told_on.is_(None), Subscriber.told_on < today), has_wish]


def _has_opened(now: dt.datetime) -> list[Any]:
    return [Slot.opens_at <= now]


def _new_slots() -> Select[*tuple[Any, ...]]:
    asked: Select[*tuple[Any, ...]] = (
        select(
            Slot.id,
            Activity.title_sv,
            Activity.title_en,
            Slot.starts_at,
            Slot.ends_at,
            Slot.opens_at,
            Slot.closes_at,
            Slot.age_min,
            Slot.age_max,
            Slot.is_online,
            Slot.place_id,
            Place.name,
            Place.kind,
            Slot.published_at,
            Slot.state,
            Slot.admission,
            SeatPool.seats,
            SeatPool.seated,
            SeatPool.queued,
            SeatPool.queue_limit,
        )
        .join(Activity, Activity.id == Slot.activity_id)
        .join(Place, Place.id == Slot.place_id)
        .outerjoin(SeatPool, SeatPool.slot_id == Slot.id)
        .order_by(Slot.starts_at, Slot.id, SeatPool.id)
    )
    return asked


def _slots(asked: Select[*tuple[Any, ...]], *, now: dt.datetime) -> list[NewSlot]:
    pools = groupby(session().execute(asked), key=lambda row: row[0])
    return [_slot(list(rows), now=now) for _, rows in pools]


def _slot(rows: Sequence[Any], *, now: dt.datetime) -> NewSlot:
    """One slot of its pools' rows: seats and queues added up, the queue unlimited if one of them is."""
    first = rows[0]
    limits = [row.queue_limit for row in rows]
    state = public_state(
        state=first.state,
        admission=first.admission,
        starts_at=first.starts_at,
        ends_at=first.ends_at,
        opens_at=first.opens_at,
        closes_at=first.closes_at,
        seats=sum(row.seats or 0 for row in rows),
        seated=sum(row.seated or 0 for row in rows),
        queued=sum(row.queued or 0 for row in rows),
        queue_limit=None if None in limits else sum(limits),
        now=now,
    )
    return NewSlot._make((*first[:14], state))
