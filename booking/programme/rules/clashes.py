"""What stands against a meeting at a time and place, found before it happens.

Hard clashes refuse: a trainer, a room or a kit in two places at the same time (which the database refuses as well), a
trainer who is away or has left, a place that has closed for good. Everything else is soft: it warns, and staff may go
ahead with a reason that is kept. So "too close in time" is soft: the minutes for clearing, the road and packing are an
estimate, and whoever knows the day better may say so. Meetings that touch do not overlap.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from booking.kernel.holidays import is_public_holiday
from booking.kernel.period import Period, WallPeriod
from booking.kernel.refusal import N_, Refused, Said, Sentences
from booking.places.rules import DayOffKind, Hours, Pattern, PlaceKind, Spot, lies_within, open_spans, travel_minutes
from booking.programme.rules import ActivityKind
from booking.programme.rules.leading import Need
from booking.trainers.rules import Away, Work, is_away, works

# Before and after a meeting of an activity that says nothing else.
PACKING_MINUTES = 15
CLEARING_MINUTES = 15


class ClashKind(StrEnum):
    """What is wrong; `Clash.message` says it to staff."""

    TRAINER_TWICE = "trainer_twice"
    TRAINER_AWAY = "trainer_away"
    TRAINER_LEFT = "trainer_left"
    ROOM_TWICE = "room_twice"
    KIT_TWICE = "kit_twice"
    PLACE_CLOSED = "place_closed"
    TRAINER_HURRIED = "trainer_hurried"
    ROOM_HURRIED = "room_hurried"
    KIT_HURRIED = "kit_hurried"
    OUTSIDE_WORK = "outside_work"
    NO_COMPETENCE = "no_competence"
    CLOSED_THAT_DAY = "closed_that_day"
    OUTSIDE_HOURS = "outside_hours"
    PUBLIC_HOLIDAY = "public_holiday"
    SCHOOL_BREAK = "school_break"
    DAY_OFF = "day_off"
    KIT_MISSING = "kit_missing"


# In two places at the same time: what the databases refuse as well.
TWICE = frozenset({ClashKind.TRAINER_TWICE, ClashKind.ROOM_TWICE, ClashKind.KIT_TWICE})
HARD = TWICE | {ClashKind.TRAINER_AWAY, ClashKind.TRAINER_LEFT, ClashKind.PLACE_CLOSED}
OF_KITS = frozenset({ClashKind.KIT_TWICE, ClashKind.KIT_HURRIED, ClashKind.KIT_MISSING})

_MESSAGES = {
    ClashKind.TRAINER_TWICE: N_("%(name)s leads %(other)s at the same time."),
    ClashKind.TRAINER_AWAY: N_("%(name)s is away that day."),
    ClashKind.TRAINER_LEFT: N_("%(name)s leads nothing any more that day."),
    ClashKind.ROOM_TWICE: N_("%(name)s is taken by %(other)s at the same time."),
    ClashKind.KIT_TWICE: N_("%(name)s is needed by %(other)s at the same time."),
    ClashKind.PLACE_CLOSED: N_("%(name)s has closed for good by then."),
    ClashKind.TRAINER_HURRIED: N_("%(name)s has too little time between this and %(other)s to clear, travel and pack."),
    ClashKind.ROOM_HURRIED: N_("There is too little time in %(name)s to clear and prepare between this and %(other)s."),
    ClashKind.KIT_HURRIED: N_("There is too little time to carry %(name)s between this and %(other)s."),
    ClashKind.OUTSIDE_WORK: N_("It is outside the working hours of %(name)s."),
    ClashKind.NO_COMPETENCE: N_("%(name)s is not noted to be able to lead this."),
    ClashKind.CLOSED_THAT_DAY: N_("%(name)s is closed that day."),
    ClashKind.OUTSIDE_HOURS: N_("It is outside the opening hours of %(name)s."),
    ClashKind.PUBLIC_HOLIDAY: N_("It is a public holiday."),
    ClashKind.SCHOOL_BREAK: N_("It is a school break: %(other)s."),
    ClashKind.DAY_OFF: N_("Staff have noted the day: %(other)s."),
    ClashKind.KIT_MISSING: N_("Equipment is missing: %(other)s."),
}


@dataclass(frozen=True)
class Clash:
    """One thing that stands against a meeting. `about` is the number of the trainer, room, kit or place, and `name` its
    name; `other` names what it clashes with."""

    kind: ClashKind
    about: int
    name: str
    other: Said | str = ""

    @property
    def is_hard(self) -> bool:
        return self.kind in HARD

    @property
    def said(self) -> Said:
        """What staff read."""
        return Said(_MESSAGES[self.kind], {"name": self.name, "other": self.other})


class HardClash(Refused):
    """The first hard clash; `clash` is it, `day` the meeting's."""

    message = N_("On %(day)s it cannot be held so: %(what)s")

    def __init__(self, clash: Clash, day: dt.date) -> None:
        super().__init__(day=day, what=clash.said)
        self.clash = clash


class SoftClashes(Refused):
    """Warnings that nobody has given a reason against; `clashes` are they."""

    message = N_("Something speaks against it. Write a reason to go ahead all the same, or change it: %(what)s")
    field = "accepting"

    def __init__(self, clashes: Sequence[Clash]) -> None:
        distinct = [clash for place, clash in enumerate(clashes) if clash not in clashes[:place]]
        super().__init__(what=Sentences(clash.said for clash in distinct))
        self.clashes = clashes


class NewClashes(SoftClashes):
    """Warnings that nobody had seen when the reason was written."""

    message = N_("Something new speaks against it since you looked. Look at it, then choose again: %(what)s")


def mark(wall: WallPeriod, clash: Clash) -> str:
    """A clash of one meeting in a word, by which a page says which ones its reader has seen."""
    return f"{wall.starts:%Y%m%dT%H%M}-{clash.kind}-{clash.about}"


def refuse(found: Iterable[tuple[dt.date, Sequence[Clash]]], *, accepting: str) -> None:
    """Raise what forbids meetings with these clashes: HardClash always, SoftClashes unless there is a reason."""
    soft: list[Clash] = []
    for day, clashes in found:
        for clash in clashes:
            if clash.is_hard:
                raise HardClash(clash, day)
        soft += clashes
    if soft and not accepting.strip():
        raise SoftClashes(soft)


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """A meeting, held or wished for, with what it takes. `meeting_id` None: it is only wished for."""

    wall: WallPeriod
    period: Period
    spot: Spot
    activity_id: int
    title: str
    kind: ActivityKind = ActivityKind.WORKSHOP
    packing_minutes: int = PACKING_MINUTES
    clearing_minutes: int = CLEARING_MINUTES
    is_online: bool = False
    room_id: int | None = None
    trainer_ids: frozenset[int] = frozenset()
    kit_ids: frozenset[int] = frozenset()
    needs: tuple[Need, ...] = ()
    meeting_id: int | None = None

    @property
    def day(self) -> dt.date:
        return self.wall.starts.date()

    @property
    def said(self) -> Said:
        """What staff call it."""
        return Said(N_("%(title)s on %(at)s"), {"title": self.title, "at": self.period.starts})


class Nearness(StrEnum):
    """How two meetings that need the same thing stand to each other."""

    OVERLAP = "overlap"
    HURRY = "hurry"
    FINE = "fine"


def nearness(one: Occasion, other: Occasion) -> Nearness:
    """Whether the same trainer, room or kit can serve both. The same whichever is named first."""
    if one.period.overlaps(other.period):
        return Nearness.OVERLAP
    first, second = sorted((one, other), key=lambda occasion: occasion.period)
    gap = second.period.starts - first.period.ends
    return Nearness.HURRY if gap < dt.timedelta(minutes=minutes_needed(first, second)) else Nearness.FINE


def minutes_needed(first: Occasion, second: Occasion) -> int:
    """Minutes from one meeting's end to the next one's start: clearing, the road, packing.

    0 for the same activity at the same place again: everything stays where it is.
    """
    if (first.activity_id, first.spot.id) == (second.activity_id, second.spot.id):
        return 0
    return first.clearing_minutes + travel_minutes(first.spot, second.spot) + second.packing_minutes


@dataclass(frozen=True, kw_only=True)
class DaysOff:
    """Days of the calendar that staff keep, both ends included. `place_id` None: at every place."""

    kind: DayOffKind
    first_on: dt.date
    last_on: dt.date
    name: str
    place_id: int | None = None

    def covers(self, day: dt.date, place_id: int) -> bool:
        return self.place_id in (None, place_id) and self.first_on <= day <= self.last_on


@dataclass(frozen=True, kw_only=True)
class PlaceFacts:
    """When a place takes meetings. A stop has a pattern instead of hours."""

    spot: Spot
    hours: Sequence[Hours] = ()
    pattern: Pattern | None = None
    closed_from: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class TrainerFacts:
    """When and what a trainer leads. `leads_kinds` and `leads` (numbers of activities) are the competences."""

    id: int
    name: str
    hours: Sequence[Work] = ()
    absences: Sequence[Away] = ()
    left_on: dt.date | None = None
    leads: frozenset[int] = frozenset()
    leads_kinds: frozenset[ActivityKind] = frozenset()
    home: Spot | None = None

    def can_lead(self, activity_id: int, kind: ActivityKind) -> bool:
        return activity_id in self.leads or kind in self.leads_kinds


@dataclass(frozen=True, kw_only=True)
class KitFacts:
    """A kit's name, and how much it holds of what (`thing_key`)."""

    id: int
    name: str
    thing_key: str
    pieces: int


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known about a stretch of time: enough to judge any meeting in it without asking again.

    `taken` are the meetings that hold one of the trainers, rooms or kits. `registered` are the keys of the things that
    any kit holds: what no kit holds is not counted here, so it is never missing.
    """

    places: Mapping[int, PlaceFacts]
    days_off: Sequence[DaysOff] = ()
    trainers: Mapping[int, TrainerFacts] = field(default_factory=dict)
    rooms: Mapping[int, str] = field(default_factory=dict)
    kits: Mapping[int, KitFacts] = field(default_factory=dict)
    registered: frozenset[str] = frozenset()
    taken: Sequence[Occasion] = ()


def clashes_of(wished: Sequence[Occasion], facts: Facts, *, left_out: Collection[int] = ()) -> list[list[Clash]]:
    """What stands against each of the wished meetings, in their order; they are judged against each other, too.

    `left_out` are the positions of those that may not be held after all: they are judged, and stand in nobody's way.
    """
    return [
        [
            *_place_clashes(occasion, facts),
            *_use_clashes(occasion, [*facts.taken, *_others(wished, place, left_out)], facts),
            *_kit_clashes(occasion, facts),
        ]
        for place, occasion in enumerate(wished)
    ]


def _others(wished: Sequence[Occasion], place: int, left_out: Collection[int]) -> list[Occasion]:
    return [one for other, one in enumerate(wished) if other != place and other not in left_out]


def leading_clashes(occasion: Occasion, trainer: TrainerFacts, others: Iterable[Occasion]) -> list[Clash]:
    """What stands against one trainer leading a meeting, `others` being what the trainer leads already."""
    return [*_person_clashes(occasion, trainer), *_two_places(occasion, others, Use.TRAINER, trainer.id, trainer.name)]


def _place_clashes(occasion: Occasion, facts: Facts) -> Iterator[Clash]:
    place = facts.places[occasion.spot.id]
    day, spot = occasion.day, place.spot
    if place.closed_from is not None and day >= place.closed_from:
        yield Clash(ClashKind.PLACE_CLOSED, spot.id, spot.name)
    spans = place.pattern.spans(day) if place.pattern else open_spans(day, place.hours)
    if spans is not None and not occasion.is_online and spot.kind is not PlaceKind.DIGITAL:
        if not spans:
            yield Clash(ClashKind.CLOSED_THAT_DAY, spot.id, spot.name)
        elif not lies_within(occasion.wall.starts, occasion.wall.ends, spans):
            yield Clash(ClashKind.OUTSIDE_HOURS, spot.id, spot.name)
    yield from _day_clashes(day, spot, facts.days_off)


_DAY_KINDS = {
    DayOffKind.HOLIDAY: ClashKind.PUBLIC_HOLIDAY,
    DayOffKind.SCHOOL_BREAK: ClashKind.SCHOOL_BREAK,
    DayOffKind.OTHER: ClashKind.DAY_OFF,
}


def _day_clashes(day: dt.date, spot: Spot, days_off: Iterable[DaysOff]) -> Iterator[Clash]:
    kept = [days for days in days_off if days.covers(day, spot.id)]
    if is_public_holiday(day) and not any(days.kind is DayOffKind.HOLIDAY for days in kept):
        yield Clash(ClashKind.PUBLIC_HOLIDAY, spot.id, spot.name)
    for days in kept:
        yield Clash(_DAY_KINDS[days.kind], spot.id, spot.name, days.name)


class Use(StrEnum):
    """What a meeting takes."""

    TRAINER = "trainer"
    ROOM = "room"
    KIT = "kit"


_TWICE = {
    Use.TRAINER: (ClashKind.TRAINER_TWICE, ClashKind.TRAINER_HURRIED),
    Use.ROOM: (ClashKind.ROOM_TWICE, ClashKind.ROOM_HURRIED),
    Use.KIT: (ClashKind.KIT_TWICE, ClashKind.KIT_HURRIED),
}


def _use_clashes(occasion: Occasion, others: Sequence[Occasion], facts: Facts) -> Iterator[Clash]:
    for trainer_id in sorted(occasion.trainer_ids):
        trainer = facts.trainers[trainer_id]
        yield from leading_clashes(occasion, trainer, [one for one in others if trainer_id in one.trainer_ids])
    if occasion.room_id is not None:
        same = [one for one in others if one.room_id == occasion.room_id]
        yield from _two_places(occasion, same, Use.ROOM, occasion.room_id, facts.rooms[occasion.room_id])
    for kit_id in sorted(occasion.kit_ids):
        same = [one for one in others if kit_id in one.kit_ids]
        yield from _two_places(occasion, same, Use.KIT, kit_id, facts.kits[kit_id].name)


def _two_places(occasion: Occasion, others: Iterable[Occasion], use: Use, number: int, name: str) -> Iterator[Clash]:
    twice, hurried = _TWICE[use]
    for other in others:
        near = nearness(occasion, other)
        if near is not Nearness.FINE:
            yield Clash(twice if near is Nearness.OVERLAP else hurried, number, name, other.said)


def _person_clashes(occasion: Occasion, trainer: TrainerFacts) -> Iterator[Clash]:
    starts, ends = occasion.wall.starts, occasion.wall.ends
    if trainer.left_on is not None and occasion.day >= trainer.left_on:
        yield Clash(ClashKind.TRAINER_LEFT, trainer.id, trainer.name)
    if is_away(starts, ends, trainer.absences):
        yield Clash(ClashKind.TRAINER_AWAY, trainer.id, trainer.name)
    if not works(starts, ends, trainer.hours):
        yield Clash(ClashKind.OUTSIDE_WORK, trainer.id, trainer.name)
    if not trainer.can_lead(occasion.activity_id, occasion.kind):
        yield Clash(ClashKind.NO_COMPETENCE, trainer.id, trainer.name)


def _kit_clashes(occasion: Occasion, facts: Facts) -> Iterator[Clash]:
    """Judged only when kits are chosen: before that, nothing is missing yet."""
    if not occasion.kit_ids:
        return
    has: dict[str, int] = {}
    for kit in (facts.kits[kit_id] for kit_id in occasion.kit_ids):
        has[kit.thing_key] = has.get(kit.thing_key, 0) + kit.pieces
    for need in occasion.needs:
        left = need.number - has.get(need.key, 0)
        if left > 0 and need.key in facts.registered:
            yield Clash(ClashKind.KIT_MISSING, occasion.spot.id, occasion.spot.name, f"{need.thing} ({left})")
