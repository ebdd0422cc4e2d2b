"""What is on in the demo: a programme of about 120 slots from today on, worked out from the date alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from booking.kernel.holidays import easter_sunday
from booking.kernel.period import WallPeriod
from booking.places.rules import WeekParity, stands_on
from booking.programme.rules import Admission
from booking.subscriptions.rules import Wish

WEEKS = 10
# Booking opens so many days before, at this time; what lies further ahead shows as "not yet open".
OPENS_BEFORE = dt.timedelta(days=49)
OPENS_AT = dt.time(9)
# The bus is packed in the morning: then it must be known who comes.
STOP_CLOSES_AT = dt.time(8)
ONLINE = "snoka"
MAIN = "stadsbiblioteket"
# Children are at school until then.
AFTERNOON = dt.time(15)
# Minutes for carrying things in and out of the bus, inside its stay.
PREPARING = 5

_MON, _TUE, _WED, _THU, _FRI, _SAT = 1, 2, 3, 4, 5, 6


@dataclass(frozen=True, kw_only=True)
class SlotPlan:
    """One slot to plan: where, what, when on the clock, and how one gets in."""

    place: str
    activity: str
    meetings: tuple[WallPeriod, ...]
    opens: dt.datetime
    closes: dt.datetime | None = None
    admission: Admission = Admission.BOOKING
    language: str = "sv"
    series: str = ""

    @property
    def starts(self) -> dt.datetime:
        return self.meetings[0].starts

    def is_bookable_at(self, now: dt.datetime) -> bool:
        """Whether booking is open at `now`, wall time like the plan's own."""
        return self.admission is Admission.BOOKING and self.opens <= now < (self.closes or self.starts)


class StopPattern(NamedTuple):
    """A stop and when the bus stands there."""

    slug: str
    weekday: int
    week_cycle: int
    parity: WeekParity
    arrives: dt.time
    departs: dt.time

    @property
    def minutes(self) -> int:
        return (self.departs.hour - self.arrives.hour) * 60 + self.departs.minute - self.arrives.minute


class Weekly(NamedTuple):
    """What happens on a weekday at a time: places and activities take turns week by week."""

    weekday: int
    clock: dt.time
    places: tuple[str, ...]
    activities: tuple[str, ...]
    language: str = "sv"


_WEEKLY = (
    Weekly(_MON, dt.time(15, 30), (MAIN,), ("forsta-spelet-scratch", "namnskylt-microbit", "ozobot-fargkoder")),
    Weekly(_TUE, dt.time(15, 15), ("gamlegarden",), ("digitala-sagorummet", "rorliga-sagor-scratchjr"), "sv,ar"),
    Weekly(
        _TUE,
        dt.time(15, 30),
        ("ahus", "tollarp", "farlov", "onnestad"),
        ("forsta-spelet-scratch", "robotlek-blue-bot", "bananpiano-makey-makey"),
    ),
    Weekly(
        _WED,
        dt.time(15, 30),
        ("degeberga", "fjalkinge", "everod", "arkelstorp", "norra-asum"),
        ("programmera-utan-skarm", "ozobot-fargkoder", "namnskylt-microbit"),
    ),
    Weekly(_WED, dt.time(17), (MAIN,), ("spelverkstad-scratch", "bygg-robot-lego")),
    Weekly(
        _THU,
        dt.time(15, 30),
        ("tollarp", "ahus", "norra-asum", "fjalkinge"),
        ("bananpiano-makey-makey", "namnskylt-microbit", "rorliga-sagor-scratchjr"),
    ),
    Weekly(_THU, dt.time(16, 30), (ONLINE,), ("spelverkstad-scratch", "bygg-med-kod-minecraft")),
    Weekly(_FRI, dt.time(15, 15), ("osterang",), ("robotlek-blue-bot", "programmera-utan-skarm"), "sv,ar"),
    Weekly(_SAT, dt.time(10), (MAIN,), ("robotlek-blue-bot", "rorliga-sagor-scratchjr", "digitala-sagorummet")),
    Weekly(
        _SAT,
        dt.time(10, 30),
        ("onnestad", "ahus", "tollarp", "everod", "farlov"),
        ("ozobot-fargkoder", "robotlek-blue-bot", "forsta-spelet-scratch"),
    ),
    Weekly(_SAT, dt.time(11, 30), (MAIN,), ("prova-pa-drop-in", "bygg-med-kod-minecraft", "prova-pa-drop-in")),
)
_DROP_IN = "prova-pa-drop-in"
_CLUB = ("kodklubben", MAIN, _TUE, dt.time(16, 30), 6)
_CLASS_VISIT = ("programmera-utan-skarm", MAIN, _THU, dt.time(9, 30))
# Longest first: the first one that fits the bus's stay is chosen.
_ON_THE_BUS = ("microbit-pa-bussen", "robotstund-pa-bussen")
_BUS_DAYS = (_MON, _WED, _THU)


def slots(now: dt.datetime, *, minutes: dict[str, int], stops: Sequence[StopPattern]) -> list[SlotPlan]:
    """The programme of ten weeks from `now` (wall time) on, earliest first; public holidays are free.

    `minutes` holds each activity's length by slug, `stops` the bus's pattern.
    """
    first = now.date()
    days = [first + dt.timedelta(days=number) for number in range(7 * WEEKS)]
    days = [day for day in days if not is_holiday(day)]
    planned = [
        *(slot for day in days for slot in _at_libraries(day, minutes)),
        *(slot for day in days if (slot := _on_the_bus(day, minutes, stops))),
        _club(days[1:], minutes),
        _class_visit(days[14:], minutes),
    ]
    return sorted((slot for slot in planned if slot.starts > now), key=lambda found: (found.starts, found.place))


def is_holiday(day: dt.date) -> bool:
    """Whether Swedish libraries are closed on `day`: public holidays and the eves that are kept like them."""
    easter = easter_sunday(day.year)
    moving = {easter + dt.timedelta(days=distance) for distance in (-2, -1, 0, 1, 39, 49)}
    midsummer_eve = next(
        found for number in range(19, 26) if (found := dt.date(day.year, 6, number)).isoweekday() == _FRI
    )
    fixed = {(1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31)}
    return (day.month, day.day) in fixed or day in moving or day - midsummer_eve in (dt.timedelta(0), dt.timedelta(1))


def _at_libraries(day: dt.date, minutes: dict[str, int]) -> Iterator[SlotPlan]:
    week = day.toordinal() // 7
    for entry in _WEEKLY:
        if entry.weekday == day.isoweekday():
            activity = entry.activities[week % len(entry.activities)]
            yield SlotPlan(
                place=entry.places[week % len(entry.places)],
                activity=activity,
                meetings=(WallPeriod.on(day, entry.clock, minutes=minutes[activity]),),
                opens=_opening(day),
                admission=Admission.DROP_IN if activity == _DROP_IN else Admission.BOOKING,
                language=entry.language,
                series=f"{entry.weekday}-{entry.clock:%H%M}-{activity}",
            )


def _on_the_bus(day: dt.date, minutes: dict[str, int], stops: Sequence[StopPattern]) -> SlotPlan | None:
    """A short workshop at one of the day's afternoon stops; None when the bus stands nowhere long enough."""
    if day.isoweekday() not in _BUS_DAYS:
        return None
    fitting = [
        (stop, activity)
        for stop in stops
        if stop.arrives >= AFTERNOON
        and stands_on(day, weekday=stop.weekday, week_cycle=stop.week_cycle, parity=stop.parity)
        and (activity := _fits(stop.minutes, minutes))
    ]
    if not fitting:
        return None
    stop, activity = fitting[(day.toordinal() // 7) % len(fitting)]
    begins = (dt.datetime.combine(day, stop.arrives) + dt.timedelta(minutes=PREPARING)).time()
    return SlotPlan(
        place=stop.slug,
        activity=activity,
        meetings=(WallPeriod.on(day, begins, minutes=minutes[activity]),),
        opens=_opening(day),
        closes=dt.datetime.combine(day, STOP_CLOSES_AT),
        series=f"bus-{stop.slug}",
    )


def _fits(stay: int, minutes: dict[str, int]) -> str:
    return next((activity for activity in _ON_THE_BUS if minutes[activity] + 2 * PREPARING <= stay), "")


def _club(days: Sequence[dt.date], minutes: dict[str, int]) -> SlotPlan:
    activity, place, weekday, clock, times = _CLUB
    held_on = [day for day in days if day.isoweekday() == weekday][:times]
    meetings = tuple(WallPeriod.on(day, clock, minutes=minutes[activity]) for day in held_on)
    return SlotPlan(place=place, activity=activity, meetings=meetings, opens=_opening(held_on[0]))


def _class_visit(days: Sequence[dt.date], minutes: dict[str, int]) -> SlotPlan:
    activity, place, weekday, clock = _CLASS_VISIT
    day = next(day for day in days if day.isoweekday() == weekday)
    period = WallPeriod.on(day, clock, minutes=minutes[activity])
    return SlotPlan(
        place=place, activity=activity, meetings=(period,), opens=_opening(day), admission=Admission.CLOSED_GROUP
    )


def _opening(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day - OPENS_BEFORE, OPENS_AT)


class Family(NamedTuple):
    """An invented family: the adult's first name and the children's, in the language they read."""

    adult: str
    children: tuple[str, ...]
    language: str = "sv"


FAMILIES = (
    Family("Samira", ("Ada", "Bo")),
    Family("Nils", ("Tage", "Elsa")),
    Family("Leila", ("Noor", "Sami"), "en"),
    Family("Ingrid", ("Maja",)),
    Family("Dragan", ("Mila", "Luka")),
    Family("Hanna", ("Alva", "Vidar", "Tuva")),
    Family("Yusuf", ("Hodan", "Idris")),
    Family("Kajsa", ("Sixten",)),
    Family("Petra", ("Olle", "Stina")),
    Family("Amina", ("Zahra", "Omar"), "en"),
    Family("Gustav", ("Ebba",)),
    Family("Mehmet", ("Deniz", "Elif")),
    Family("Lovisa", ("Harry", "Juni")),
    Family("Ola", ("Signe", "Wilmer")),
    Family("Thuy", ("Linh", "Minh")),
    Family("Birgitta", ("Theo",)),
)


# Who is told of new workshops: which of the families above, of what, in which language.
FOLLOWERS = (
    ("Samira", Wish("ahus", 8), "sv"),
    ("Nils", Wish("Tollarp"), "sv"),
    ("Leila", Wish(age=9), "en"),
)
# Who has asked and not said yes yet, and who waits for booking to open.
ASKER = ("Petra", Wish("bokbussen", 6))
WAITING = ("Samira", "Hanna")


class Fill(NamedTuple):
    """How full a slot gets: `parties` book, then more until `leaves` seats are free (None: none), then `queue`, which
    takes no more when it `ends`."""

    parties: int = 0
    leaves: int | None = None
    queue: int = 0
    ends: bool = False

    @property
    def queue_limit(self) -> int | None:
        return self.queue if self.ends else None


EMPTY = Fill()
# The second Friday slot at a library is called off.
_CALLED_OFF = (_FRI, 2)
# One after the other for the slots that can be booked, soonest first; what comes after has no bookings yet.
FILLS = (
    Fill(parties=2),
    Fill(leaves=2),
    Fill(),
    Fill(leaves=0, queue=3),
    Fill(parties=1),
    Fill(parties=3),
    Fill(),
    Fill(leaves=1),
    Fill(parties=2),
    Fill(),
    Fill(leaves=0, queue=2, ends=True),
    Fill(parties=1),
    Fill(),
    Fill(leaves=3),
    Fill(parties=2),
    Fill(),
    Fill(parties=1),
    Fill(leaves=0, queue=1),
    Fill(parties=2),
    Fill(parties=1),
)


def called_off(planned: Sequence[SlotPlan]) -> SlotPlan | None:
    """The slot that is called off; None when there are too few."""
    weekday, number = _CALLED_OFF
    fitting = (slot for slot in planned if slot.starts.isoweekday() == weekday)
    return next(islice(fitting, number - 1, number), None)


def fills(planned: Sequence[SlotPlan], now: dt.datetime) -> list[Fill]:
    """How full each of these slots gets, in their order."""
    off, following = called_off(planned), iter(FILLS)
    return [next(following, EMPTY) if slot is not off and slot.is_bookable_at(now) else EMPTY for slot in planned]
