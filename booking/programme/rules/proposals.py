"""What staff look at before anything is planned: dates of a tour, a copy of other weeks, who could step in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from booking.kernel.holidays import is_public_holiday
from booking.kernel.period import WallPeriod
from booking.kernel.refusal import N_, Refused
from booking.places.rules import UNKNOWN_MINUTES, PlaceKind, Spot, lies_within, open_spans, travel_minutes
from booking.programme.rules.clashes import Clash, ClashKind, DaysOff, Occasion, PlaceFacts, TrainerFacts
from booking.programme.rules.clashes import leading_clashes as clashes_of_leading
from booking.programme.rules.plans import SlotPlan

_DAY = dt.timedelta(days=1)
# A stop of every second week may wait three; more than this nobody plans ahead.
TOUR_DAYS = 26 * 7


class NotWholeWeeks(Refused):
    message = N_("Copy by whole weeks, at least one: then every weekday stays.")
    field = "to"


@dataclass(frozen=True)
class TourDate:
    """When a tour comes to a place; `wall` None: no day was found that fits."""

    place_id: int
    wall: WallPeriod | None


def tour_dates(
    places: Sequence[PlaceFacts],
    *,
    first: dt.date,
    minutes: int,
    at: dt.time,
    days_off: Sequence[DaysOff] = (),
    not_on: Collection[dt.date] = (),
) -> list[TourDate]:
    """A date for each place in the order given, one place a day, from `first` on and at most half a year ahead.

    Each gets the earliest day that no place before it took, on which it is open for `minutes` at `at`, or from the next
    opening on; a stop when the bus comes, whatever the hour. No public holidays, no days off that staff keep,
    none of `not_on`. A place whose hours are not known is visited from Monday to Friday at `at`.
    """
    used = set(not_on)
    dates = []
    for place in places:
        wall = _earliest(place, first=first, minutes=minutes, at=at, days_off=days_off, used=used)
        if wall is not None:
            used.add(wall.starts.date())
        dates.append(TourDate(place.spot.id, wall))
    return dates


def _earliest(
    place: PlaceFacts,
    *,
    first: dt.date,
    minutes: int,
    at: dt.time,
    days_off: Sequence[DaysOff],
    used: Collection[dt.date],
) -> WallPeriod | None:
    for day in (first + ahead * _DAY for ahead in range(TOUR_DAYS)):
        is_off = is_public_holiday(day) or any(days.covers(day, place.spot.id) for days in days_off)
        has_closed = place.closed_from is not None and day >= place.closed_from
        if not is_off and not has_closed and day not in used and (wall := _on(place, day, minutes=minutes, at=at)):
            return wall
    return None


def _on(place: PlaceFacts, day: dt.date, *, minutes: int, at: dt.time) -> WallPeriod | None:
    if place.spot.kind is PlaceKind.DIGITAL:
        spans = None
    elif place.pattern is not None:
        spans, at = place.pattern.spans(day), dt.time.min
    else:
        spans = open_spans(day, place.hours)
    if spans is None:
        return WallPeriod.on(day, at, minutes=minutes) if place.pattern is None and day.isoweekday() <= 5 else None
    for opens, _ in spans:
        wall = WallPeriod.on(day, max(opens, at), minutes=minutes)
        if lies_within(wall.starts, wall.ends, spans):
            return wall
    return None


def check_whole_weeks(days: int) -> None:
    """Refuse to copy to other weekdays, or to the past."""
    if days <= 0 or days % 7:
        raise NotWholeWeeks


def later(plan: SlotPlan, *, days: int) -> SlotPlan:
    """The same slot so many days later, by the clock on the wall."""
    step = dt.timedelta(days=days)
    return replace(
        plan,
        meetings=tuple(wall.later(days=days) for wall in plan.meetings),
        opens=plan.opens and plan.opens + step,
        closes=plan.closes and plan.closes + step,
    )


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Somebody who could lead a meeting: what speaks against it (never anything hard), minutes from home, and how many
    meetings of that week the trainer leads already."""

    trainer_id: int
    name: str
    warnings: tuple[Clash, ...]
    travel_minutes: int
    load: int


def candidates(
    occasion: Occasion, trainers: Iterable[TrainerFacts], *, led: Mapping[int, Sequence[Occasion]], most: int
) -> list[Candidate]:
    """Who could lead the meeting, the best first, at most so many.

    First who can lead the activity, then who has the fewest other warnings, the shortest way, the fewest meetings that
    week; then in the order of `trainers`. Who leads it already, is elsewhere, is away or has left is none. `led` says
    what each trainer, by number, leads around that time.
    """
    found = [
        _candidate(occasion, trainer, led.get(trainer.id, ()))
        for trainer in trainers
        if trainer.id not in occasion.trainer_ids
    ]
    return sorted((one for one in found if one is not None), key=_suits)[:most]


def _candidate(occasion: Occasion, trainer: TrainerFacts, led: Sequence[Occasion]) -> Candidate | None:
    clashes = clashes_of_leading(occasion, trainer, led)
    if any(clash.is_hard for clash in clashes):
        return None
    week = occasion.day.isocalendar()[:2]
    return Candidate(
        trainer_id=trainer.id,
        name=trainer.name,
        warnings=tuple(clashes),
        travel_minutes=_minutes_from_home(trainer.home, occasion.spot),
        load=sum(one.day.isocalendar()[:2] == week for one in led),
    )


def _minutes_from_home(home: Spot | None, spot: Spot) -> int:
    return UNKNOWN_MINUTES if home is None else travel_minutes(home, spot)


def _suits(candidate: Candidate) -> tuple[bool, int, int, int]:
    cannot = any(clash.kind is ClashKind.NO_COMPETENCE for clash in candidate.warnings)
    return cannot, len(candidate.warnings), candidate.travel_minutes, candidate.load
