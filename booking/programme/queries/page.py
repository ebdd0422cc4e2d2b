"""Everything that the page of one slot tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, select

from booking.places.models import Place, Room
from booking.places.rules import PlaceKind
from booking.programme.models import Activity, CallOff, Meeting, MeetingCallOff, SeatPool, Slot
from booking.programme.queries.finding import Reader, SlotRow, language_note, siblings
from booking.programme.queries.statement import bring_in, in_language, is_no_draft
from booking.programme.rules import Admission, PublicState, Step, next_step, public_state
from booking.store.engine import session

SIBLINGS = 6

_slot, _activity, _place = Slot.__table__.c, Activity.__table__.c, Place.__table__.c
_pool, _meeting, _call_off = SeatPool.__table__.c, Meeting.__table__.c, CallOff.__table__.c
_meeting_off = MeetingCallOff.__table__.c


class SlotPlace(NamedTuple):
    """Where a slot is held. "" and None: not known. `url` is the place's own page."""

    name: str
    kind: PlaceKind
    address: str
    postal_code: str
    locality: str
    directions: str
    accessibility_note: str
    phone: str
    latitude: float | None
    longitude: float | None
    url: str
    room: str


class MeetingRow(NamedTuple):
    """One meeting of a slot. Times UTC. `reason`: why it alone is called off; "" otherwise."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    place_name: str
    called_off: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class SlotPage:
    """A slot as its own page shows it: what a row has, and the rest. Times UTC.

    `starts_at` and `ends_at` are those of the first meeting that has not ended, of the first one when all have;
    `first_starts_at` and `last_ends_at` those of the whole slot. `closes_at` is None where nobody books. `join_url` is
    for booked families alone: no public page shows it.
    """

    id: int
    url: str
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    first_starts_at: dt.datetime
    last_ends_at: dt.datetime
    age_min: int | None
    age_max: int | None
    place_name: str
    place_kind: PlaceKind
    is_online: bool
    languages: tuple[str, ...]
    language_note: str | None
    meeting_count: int
    sign: str
    admission: Admission
    state: PublicState
    free: int
    queued: int
    opens_at: dt.datetime | None
    closes_at: dt.datetime | None
    step_url: str
    step_label_key: Step
    description: str
    bring: str | None
    adult_stays: bool
    equipment_note: str | None
    place: SlotPlace
    meetings: Sequence[MeetingRow]
    called_off_reason: str | None
    siblings: Sequence[SlotRow]
    join_url: str

    @property
    def action(self) -> str:
        """What the page's one button does: "book", "queue" or "none"."""
        return self.step_label_key.value if self.step_label_key in (Step.BOOK, Step.QUEUE) else "none"

    @property
    def book_url(self) -> str:
        return f"{self.url}/bokning"

    @property
    def calendar_url(self) -> str:
        return f"{self.url}.ics"

    @property
    def opening_calendar_url(self) -> str:
        return f"{self.url}/oppnar.ics"


def slot_page(slot_id: int, *, now: dt.datetime, reader: Reader) -> SlotPage | None:
    """The slot with this number, whatever its time; None for a draft and for an unknown number alike. Three queries."""
    pools = session().execute(_statement(reader.language), {"slot": slot_id}).all()
    if not pools:
        return None
    raw = pools[0]
    meetings = _meetings(slot_id, reader.language)
    shown = _shown(meetings, raw, now)
    state = _state(pools, now)
    step = next_step(state)
    url = f"{reader.root}/pass/{slot_id}"
    return SlotPage(
        id=slot_id,
        url=url,
        title=raw.title,
        starts_at=shown.starts_at,
        ends_at=shown.ends_at,
        first_starts_at=raw.starts_at,
        last_ends_at=raw.ends_at,
        age_min=raw.age_min,
        age_max=raw.age_max,
        place_name=raw.name,
        place_kind=raw.place_kind,
        is_online=raw.is_online,
        languages=tuple(code.strip() for code in raw.language.split(",") if code.strip()),
        language_note=language_note(raw.language, reader.language),
        meeting_count=sum(not meeting.called_off for meeting in meetings),
        sign=raw.sign,
        admission=raw.admission,
        state=state,
        free=sum(max(pool.seats - pool.seated, 0) for pool in pools),
        queued=sum(pool.queued for pool in pools),
        opens_at=raw.opens_at if raw.opens_at > now else None,
        closes_at=raw.closes_at if raw.admission is Admission.BOOKING else None,
        step_url=f"{url}/bokning" if step in (Step.BOOK, Step.QUEUE) else url,
        step_label_key=step,
        description=raw.description,
        bring=raw.bring or None,
        adult_stays=raw.adult_stays,
        equipment_note=_things(raw.equipment) if reader.language == "sv" else _listed(raw.equipment_en.split(";")),
        place=_place_of(raw, reader),
        meetings=meetings,
        called_off_reason=raw.reason,
        siblings=siblings(slot_id, raw.activity_id, now=now, reader=reader, limit=SIBLINGS),
        join_url=raw.join_url,
    )


@lru_cache(8)
def _statement(language: str) -> Select[Any]:
    """The slot with all that is told of it, once for each of its pools."""
    return (
        select(
            *(_slot[name] for name in _SLOT),
            _slot.activity_id,
            in_language(_activity, "title", language).label("title"),
            in_language(_activity, "description", language).label("description"),
            bring_in(language).label("bring"),
            _activity.sign,
            _activity.equipment,
            _activity.equipment_en,
            *(_place[name] for name in _PLACE),
            _place.kind.label("place_kind"),
            Room.__table__.c.name.label("room"),
            in_language(_call_off, "reason", language).label("reason"),
            func.coalesce(_pool.seats, 0).label("seats"),
            func.coalesce(_pool.seated, 0).label("seated"),
            func.coalesce(_pool.queued, 0).label("queued"),
            _pool.queue_limit,
        )
        .join(Activity.__table__, _activity.id == _slot.activity_id)
        .join(Place.__table__, _place.id == _slot.place_id)
        .outerjoin(Room.__table__, Room.__table__.c.id == _slot.room_id)
        .outerjoin(CallOff.__table__, _call_off.slot_id == _slot.id)
        .outerjoin(SeatPool.__table__, _pool.slot_id == _slot.id)
        .where(_slot.id == bindparam("slot"), is_no_draft())
        .order_by(_pool.id)
    )


_SLOT = (
    "state",
    "admission",
    "starts_at",
    "ends_at",
    "opens_at",
    "closes_at",
    "age_min",
    "age_max",
    "adult_stays",
    "language",
    "is_online",
    "join_url",
)
_PLACE = (
    "slug",
    "name",
    "address",
    "postal_code",
    "locality",
    "directions",
    "accessibility_note",
    "phone",
    "latitude",
    "longitude",
)


def _meetings(slot_id: int, language: str) -> list[MeetingRow]:
    rows = session().execute(
        select(
            _meeting.starts_at,
            _meeting.ends_at,
            _place.name,
            _meeting.called_off_at.is_not(None),
            func.coalesce(in_language(_meeting_off, "reason", language), ""),
        )
        .join(Place.__table__, _place.id == _meeting.place_id)
        .outerjoin(MeetingCallOff.__table__, _meeting_off.meeting_id == _meeting.id)
        .where(_meeting.slot_id == slot_id)
        .order_by(_meeting.starts_at, _meeting.id)
    )
    return [MeetingRow(*row) for row in rows]


def _shown(meetings: Sequence[MeetingRow], raw: Any, now: dt.datetime) -> MeetingRow:
    """The meeting that the page's heading tells of; the slot's whole span where it has none."""
    held = [meeting for meeting in meetings if not meeting.called_off] or list(meetings)
    whole = MeetingRow(raw.starts_at, raw.ends_at, raw.name, called_off=False, reason="")
    return next((meeting for meeting in held if meeting.ends_at > now), held[0] if held else whole)


def _state(pools: Sequence[Any], now: dt.datetime) -> PublicState:
    first = pools[0]
    limits = [pool.queue_limit for pool in pools]
    return public_state(
        state=first.state,
        admission=first.admission,
        starts_at=first.starts_at,
        ends_at=first.ends_at,
        opens_at=first.opens_at,
        closes_at=first.closes_at,
        seats=sum(pool.seats for pool in pools),
        seated=sum(pool.seated for pool in pools),
        queued=sum(pool.queued for pool in pools),
        queue_limit=None if None in limits else sum(limits),
        now=now,
    )


def place_url(kind: PlaceKind, slug: str, root: str) -> str:
    """The address of a place's own page."""
    return f"{root}/{'bokbussen' if kind is PlaceKind.STOP else 'bibliotek'}/{slug}"


def _place_of(raw: Any, reader: Reader) -> SlotPlace:
    return SlotPlace(
        name=raw.name,
        kind=raw.place_kind,
        address=raw.address,
        postal_code=raw.postal_code,
        locality=raw.locality,
        directions=raw.directions,
        accessibility_note=raw.accessibility_note,
        phone=raw.phone,
        latitude=raw.latitude,
        longitude=raw.longitude,
        url=place_url(raw.place_kind, raw.slug, reader.root),
        room=raw.room or "",
    )


def _things(stored: str) -> str | None:
    """The things in "Blue-Bot:4;Sagomatta:2", without their numbers: "Blue-Bot, Sagomatta"."""
    # From the right: "micro:bit:5" is five micro:bits.
    return _listed(part.rpartition(":")[0] or part for part in stored.split(";"))


def _listed(things: Iterable[str]) -> str | None:
    return ", ".join(thing.strip() for thing in things if thing.strip()) or None
