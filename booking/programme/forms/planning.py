"""New slots: one at a time, a series, a club, a tour, a copy. First what and where, then every date with its clashes.

The second page carries what was filled in on the first one, so that all of it comes with the one click that plans, and
nothing has to be kept in between.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from wtforms import HiddenField, SelectMultipleField

from booking.kernel import cells
from booking.kernel.period import WallPeriod
from booking.kernel.refusal import Refused
from booking.places.rules import PlaceKind
from booking.programme import queries
from booking.programme.forms.terms import TermsFields, offer_terms, said_of, usual
from booking.programme.queries.choices import Choices, Named, PlaceChoice
from booking.programme.rules import SEATS_LIMIT, SlotState, Terms
from booking.programme.rules.clashes import Clash, mark
from booking.programme.rules.plans import (
    DATES_LIMIT,
    Opening,
    SlotPlan,
    TooManyDates,
    Window,
    dates_of_weeks,
    is_proposed,
)
from booking.web.errors import say
from booking.web.fields import (
    ChoiceField,
    DayField,
    Group,
    HiddenNumber,
    ProseField,
    TickField,
    TicksField,
    TimeField,
)
from booking.web.forms import BaseForm, HiddenKey, PartForm, ShortTextField, WholeNumberField
from booking.web.texts import L_, N_, gettext

TRAINERS = 3
LONGEST = 600


class Step(StrEnum):
    """What the pressed button asks for."""

    REVIEW = "granska"  # from the first page to the second
    AGAIN = "titta"  # the second page once more, with the dates as they are now
    PLAN = "planera"
    BACK = "tillbaka"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One date of the second page. `wall` None: none was found, or what was typed cannot be read; then it is not held.

    `row` draws the date's own fields, for dates that can be changed there; `key` names the others.
    """

    place: str
    wall: WallPeriod | None
    held: bool
    clashes: Sequence[Clash] = ()
    title: str = ""
    key: str = ""
    row: RowForm | None = None

    @property
    def hard(self) -> list[str]:
        """What forbids it, in the page's language."""
        return [say(clash.said) for clash in self.clashes if clash.is_hard]

    @property
    def soft(self) -> list[str]:
        """What only warns."""
        return [say(clash.said) for clash in self.clashes if not clash.is_hard]

    @property
    def marks(self) -> list[str]:
        """The warnings that whoever looks at the page sees."""
        return [mark(self.wall, clash) for clash in self.clashes if not clash.is_hard] if self.wall else []


class RowForm(PartForm):
    """A date of the second page. What is not held may be as empty or wrong as it likes."""

    place = HiddenNumber(name="plats")
    day = DayField(L_("Day"), name="dag")
    time = TimeField(L_("Time"), name="tid")
    held = TickField(L_("Hold it"), name="halls")

    is_readable = False

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        self.is_readable = super().validate(extra_validators)
        if self.held.data:
            return self.is_readable
        for field in self:
            field.errors = ()
        return True

    def wall(self, minutes: int) -> WallPeriod | None:
        day: Any = self.day.data
        time: Any = self.time.data
        return WallPeriod.on(day, time, minutes=minutes) if self.is_readable else None


class NoSuchDates(Refused):
    message = N_('"%(line)s" is no date. Write one date a line, as 2026-11-05 or 2026-11-05 16:30.')
    field = "extra"


class _Walk(BaseForm):
    """What all ways of planning share: the way through the two pages, the reason, the form's own key."""

    form_key = HiddenKey(name="nyckel")
    step = HiddenField(name="steg")
    accepting = ShortTextField(
        L_("Why it is held all the same"),
        name="skal",
        required=False,
        description=L_("Needed where something speaks against a date that you keep. Only staff read it."),
    )
    # Which warnings stood on the page when the button was pressed.
    seen = SelectMultipleField(name="sedd", validate_choice=False)

    way = ""

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Name and value of all that the first page asked, for the second page to carry along."""
        own = {"csrf_token", "step", "accepting", "seen", "form_key", *self.of_second_page}
        return [
            (field.name, value)
            for name, field in self._fields.items()
            if name not in own
            for value in (field.raw_data or ())
            if isinstance(value, str)
        ]

    of_second_page: Collection[str] = ()

    @property
    def fails_on_first_page(self) -> bool:
        """Whether something that the second page does not show is wrong."""
        own = {"accepting", "csrf_token", "form_key", *self.of_second_page}
        return any(field.errors for name, field in self._fields.items() if name not in own)

    @property
    def is_first_look(self) -> bool:
        return self.step.data not in (Step.AGAIN, Step.PLAN)


class PlanForm(TermsFields, _Walk):
    """The fields of every way but copying. `choices` holds the activity, whose values stand there first."""

    day = DayField(L_("Day"), name="dag")
    time = TimeField(L_("Time"), name="tid")
    minutes = WholeNumberField(L_("Minutes"), name="minuter", low=5, high=LONGEST)
    seats = WholeNumberField(L_("Seats"), name="platser", low=1, high=SEATS_LIMIT)
    queue_limit = WholeNumberField(
        L_("Longest queue"),
        name="ko",
        low=0,
        high=SEATS_LIMIT,
        required=False,
        description=L_("Families. Empty: no limit. 0: no queue."),
    )
    opening = ChoiceField(L_("Booking opens"), name="oppnar", default=Opening.NOW.value)
    opens = DayField(L_("Opens on"), name="oppnar_dag", required=False)
    opens_clock = TimeField(L_("Opens at"), name="oppnar_tid", required=False, default=dt.time(9))
    opens_days = WholeNumberField(L_("Days before"), name="oppnar_dagar", low=0, high=365, required=False)
    closes = WholeNumberField(
        L_("Booking closes so many hours before"),
        name="stanger",
        low=0,
        high=24 * 28,
        required=False,
        description=L_("Empty: when the first meeting begins."),
    )
    state = ChoiceField(L_("Show it"), name="visning", default=SlotState.DRAFT.value)
    trainer_1 = ChoiceField(L_("Trainer"), name="ledare_1", required=False, nothing=L_("Nobody yet"))
    trainer_2 = ChoiceField(L_("Second trainer"), name="ledare_2", required=False, nothing=L_("Nobody"))
    trainer_3 = ChoiceField(L_("Third trainer"), name="ledare_3", required=False, nothing=L_("Nobody"))
    kits = TicksField(L_("Kits"), name="utrustning")

    has_room = True

    def __init__(self, *, choices: Choices, **kwargs: Any) -> None:
        assert choices.activity is not None
        self.known, self.activity = choices, choices.activity
        super().__init__(data={**usual(choices.activity), **kwargs.pop("data", {})}, **kwargs)
        offer_terms(self, choices=choices)
        self.opening.groups = [("", [(one.value, words) for one, words in _opening_words().items()])]
        self.state.groups = [
            (
                "",
                [(SlotState.DRAFT, gettext("Draft: staff alone see it")), (SlotState.PUBLISHED, gettext("Publish it"))],
            )
        ]
        for field in (self.trainer_1, self.trainer_2, self.trainer_3):
            field.groups = _people(choices.trainers)
        self.kits.choices = [(str(one.id), one.name) for one in sorted(choices.kits, key=lambda one: not one.suits)]
        self.rows = [RowForm(self.sent(), prefix=f"rad-{number}-") for number in self._sent_rows()]
        self.parts = self.rows

    def _sent_rows(self) -> list[int]:
        found = {int(hit[1]) for name in self.sent() or () if (hit := _ROW.fullmatch(name))}
        return sorted(found)[:DATES_LIMIT]

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        right = super().validate(extra_validators)
        if self.opening.data == Opening.AT and not (self.opens.data and self.opens_clock.data):
            self.opens.errors = [*self.opens.errors, gettext("Choose the day and the time when booking opens.")]
            right = False
        if self.opening.data == Opening.BEFORE and self.opens_days.data is None:
            self.opens_days.errors = [*self.opens_days.errors, gettext("Write how many days before.")]
            right = False
        return right

    def dates(self) -> list[tuple[int, WallPeriod | None]]:
        """The dates that the first page means, by place. Raises Refused."""
        raise NotImplementedError

    def judge(self) -> list[Line]:
        """Every date with what stands against it. Raises Refused."""
        if self.is_first_look:
            self.rows = [
                RowForm(None, prefix=f"rad-{number}-", data=_row_data(place_id, wall))
                for number, (place_id, wall) in enumerate(self.dates(), 1)
            ]
            self.parts = self.rows
            for row in self.rows:
                row.is_readable = row.day.data is not None
        readable = [(row, wall) for row in self.rows if (wall := self._wall(row)) and self._place(row)]
        idle = () if self.is_first_look else [n for n, (row, _) in enumerate(readable) if not row.held.data]
        judged = queries.clashes_of_plans(self._plans(readable), left_out=idle)
        found = {id(row): clashes for (row, _), (_, clashes) in zip(readable, _flat(judged), strict=True)}
        for row in self.rows if self.is_first_look else ():
            row.held.data = id(row) in found and is_proposed(found[id(row)])
        return [
            Line(
                place=place.name if (place := self._place(row)) else "",
                wall=self._wall(row),
                held=bool(row.held.data),
                clashes=found.get(id(row), ()),
                row=row,
            )
            for row in self.rows
        ]

    @property
    def wished(self) -> list[SlotPlan]:
        """The plans of the dates that are held; only after validation."""
        held = [(row, wall) for row in self.rows if row.held.data and (wall := self._wall(row)) and self._place(row)]
        return self._plans(held)

    def _wall(self, row: RowForm) -> WallPeriod | None:
        minutes: Any = self.minutes.data
        return row.wall(minutes)

    def _place(self, row: RowForm) -> PlaceChoice | None:
        number: Any = row.place.data
        return self.known.place(number)

    def _plans(self, dates: Sequence[tuple[RowForm, WallPeriod]]) -> list[SlotPlan]:
        """One slot for each date."""
        return [self._plan(self._number(row), (wall,)) for row, wall in dates]

    @staticmethod
    def _number(row: RowForm) -> int:
        number: Any = row.place.data
        return int(number)

    def _plan(self, place_id: int, meetings: tuple[WallPeriod, ...]) -> SlotPlan:
        seats: Any = self.seats.data
        queue_limit: Any = self.queue_limit.data
        trainers = (self.trainer_1, self.trainer_2, self.trainer_3)
        return SlotPlan(
            activity_id=self.activity.id,
            place_id=place_id,
            meetings=meetings,
            terms=Terms(state=SlotState(str(self.state.data)), seats=seats, queue_limit=queue_limit, **said_of(self)),
            trainer_ids=tuple(dict.fromkeys(one.number for one in trainers if one.number is not None)),
            kit_ids=self.kits.numbers,
            opens=self.window.opens(min(meetings)),
            closes=self.window.closes(meetings),
        )

    @property
    def window(self) -> Window:
        day: Any = self.opens.data
        clock: Any = self.opens_clock.data or dt.time(9)
        days: Any = self.opens_days.data or 0
        hours: Any = self.closes.data
        opening = Opening(str(self.opening.data))
        at = dt.datetime.combine(day, clock) if opening is Opening.AT else None
        return Window(opening=opening, at=at, days=days, clock=clock, closes_hours=hours)


_ROW = re.compile(r"rad-([0-9]{1,3})-dag")


class SingleForm(PlanForm):
    """One slot at one place."""

    way = "enstaka"
    place = ChoiceField(L_("Where"), name="var", nothing=L_("Choose a place"), missing=L_("Choose a place."))

    def __init__(self, *, choices: Choices, **kwargs: Any) -> None:
        super().__init__(choices=choices, **kwargs)
        self.place.groups = place_groups(choices.places)

    def dates(self) -> list[tuple[int, WallPeriod | None]]:
        return [(self._at, self.first)]

    @property
    def _at(self) -> int:
        number = self.place.number
        assert number is not None, "only after validation"
        return number

    @property
    def first(self) -> WallPeriod:
        day: Any = self.day.data
        time: Any = self.time.data
        minutes: Any = self.minutes.data
        return WallPeriod.on(day, time, minutes=minutes)


class SeriesForm(SingleForm):
    """A slot a week at the same time on the clock."""

    way = "serie"
    until = DayField(L_("Last day"), name="till")
    extra = ProseField(
        L_("More dates"),
        name="fler",
        required=False,
        description=L_("One a line, as 2026-11-05 or 2026-11-05 16:30. Without a time: as the others."),
    )

    def dates(self) -> list[tuple[int, WallPeriod | None]]:
        until: Any = self.until.data
        return [(self._at, wall) for wall in dates_of_weeks(self.first, until=until, extra=self._extra())]

    def _extra(self) -> list[WallPeriod]:
        """Raises NoSuchDates."""
        lines = [line.strip() for line in str(self.extra.data or "").split("\n")]
        return [self._one(line) for line in lines if line]

    def _one(self, line: str) -> WallPeriod:
        day, _, time = line.partition(" ")
        minutes: Any = self.minutes.data
        usual_time: Any = self.time.data
        try:
            return WallPeriod.on(
                cells.day(day), cells.clock_time(time.strip()) if time else usual_time, minutes=minutes
            )
        except (cells.NotADay, cells.NotAClockTime) as fault:
            raise NoSuchDates(line=line[:40]) from fault


class ClubForm(SeriesForm):
    """One slot of many meetings: one booking covers them all."""

    way = "klubb"
    to_the_last = TickField(L_("Children may join until the last meeting"), name="hela_vagen")

    def _plans(self, dates: Sequence[tuple[RowForm, WallPeriod]]) -> list[SlotPlan]:
        return [self._plan(self._number(dates[0][0]), tuple(wall for _, wall in dates))] if dates else []

    @property
    def window(self) -> Window:
        found = super().window
        return Window(**{**found.__dict__, "to_the_last": bool(self.to_the_last.data)})


class TourForm(PlanForm):
    """One workshop to many places, a place a day."""

    way = "turne"
    places = TicksField(L_("Where"), name="var", missing=L_("Choose at least one place."))
    not_on = ProseField(
        L_("Not on these days"),
        name="inte",
        required=False,
        description=L_("One a line, as 2026-11-05. Public holidays and days off are left out by themselves."),
    )

    has_room = False

    def __init__(self, *, choices: Choices, **kwargs: Any) -> None:
        super().__init__(choices=choices, **kwargs)
        self.places.choices = [(str(one.id), one.name) for one in choices.places]

    def dates(self) -> list[tuple[int, WallPeriod | None]]:
        first: Any = self.day.data
        at: Any = self.time.data
        minutes: Any = self.minutes.data
        if len(self.places.numbers) > DATES_LIMIT:
            raise TooManyDates(limit=DATES_LIMIT)
        found = queries.tour(self.places.numbers, first=first, minutes=minutes, at=at, not_on=self._not_on())
        return [(one.place_id, one.wall) for one in found]

    def _not_on(self) -> list[dt.date]:
        lines = [line.strip() for line in str(self.not_on.data or "").split("\n")]
        try:
            return [cells.day(line) for line in lines if line]
        except cells.NotADay as fault:
            raise NotADay(line=fault.values["value"]) from fault


class NotADay(Refused):
    message = N_('"%(line)s" is no date. Write one date a line, as 2026-11-05.')
    field = "not_on"


class CopyForm(_Walk):
    """A week or a term once more, some weeks later. The dates are those that stand there, so they only may be kept."""

    way = "kopia"
    first = DayField(L_("Copy what begins from"), name="fran")
    last = DayField(L_("to"), name="till")
    to = DayField(
        L_("The copy begins on"),
        name="ny",
        description=L_("Whole weeks later, so on the same weekday as the first day."),
    )
    places = TicksField(L_("Where"), name="var", missing=L_("Choose at least one place."))
    with_trainers = TickField(L_("Trainers come along"), name="ledare")
    kept = SelectMultipleField(name="pass", validate_choice=False)

    of_second_page = ("kept",)

    def __init__(self, *, choices: Choices, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = choices
        self.places.choices = [(str(one.id), one.name) for one in choices.places]

    def judge(self) -> list[Line]:
        """Every slot of the copy with what stands against it. Raises Refused."""
        copied = self._copies()
        kept = set(self.kept.data or ())
        idle = [] if self.is_first_look else _idle(copied, kept)
        judged = queries.clashes_of_plans([plan for _, plan in copied], left_out=idle)
        titles = queries.activity_titles({plan.activity_id for _, plan in copied})
        lines = []
        for (key, plan), meetings in zip(copied, judged, strict=True):
            found = [clash for _, clashes in meetings for clash in clashes]
            place = self.known.place(plan.place_id)
            lines.append(
                Line(
                    title=titles[plan.activity_id],
                    place=place.name if place else "",
                    wall=meetings[0][0],
                    held=is_proposed(found) if self.is_first_look else key in kept,
                    clashes=found,
                    key=key,
                )
            )
        return lines

    @property
    def wished(self) -> list[SlotPlan]:
        """The copies that are kept. Raises CopiedOtherwise when what was copied from has changed meanwhile."""
        kept = set(self.kept.data or ())
        found = [(key, plan) for key, plan in self._copies() if key in kept]
        if len(found) != len(kept):
            raise CopiedOtherwise
        return [plan for _, plan in found]

    def _copies(self) -> list[tuple[str, SlotPlan]]:
        first: Any = self.first.data
        last: Any = self.last.data
        to: Any = self.to.data
        found = queries.copies(
            first,
            last,
            days=(to - first).days,
            place_ids=self.places.numbers,
            with_trainers=bool(self.with_trainers.data),
        )
        if len(found) > COPIES_LIMIT:
            raise TooManyDates(limit=COPIES_LIMIT)
        counted: dict[str, int] = {}
        named = []
        for plan in found:
            key = f"{plan.meetings[0].starts:%Y%m%dT%H%M}-{plan.place_id}-{plan.activity_id}"
            counted[key] = counted.get(key, 0) + 1
            named.append((f"{key}-{counted[key]}", plan))
        return named


COPIES_LIMIT = 500


class CopiedOtherwise(Refused):
    message = N_("What you copy from has changed meanwhile. Look at the dates again.")


WAYS: dict[str, type[SingleForm | SeriesForm | ClubForm | TourForm]] = {
    form.way: form for form in (SingleForm, SeriesForm, ClubForm, TourForm)
}


class Way(NamedTuple):
    """A way of planning as the page offers it."""

    way: str
    words: str
    hint: str


def ways() -> list[Way]:
    return [
        Way("enstaka", gettext("One workshop"), gettext("One day, one place.")),
        Way("serie", gettext("A series"), gettext("Every week at the same time; each is booked by itself.")),
        Way("klubb", gettext("A club"), gettext("Several meetings; one booking covers them all.")),
        Way("turne", gettext("A tour"), gettext("One workshop to many libraries and stops, with dates proposed.")),
    ]


def place_groups(places: Sequence[PlaceChoice]) -> list[Group]:
    """Libraries, then the stops of the bokbuss."""
    stops = [(str(one.id), one.name) for one in places if one.kind is PlaceKind.STOP]
    others = [(str(one.id), one.name) for one in places if one.kind is not PlaceKind.STOP]
    return [(gettext("Libraries"), others), (gettext("Stops"), stops)] if stops else [("", others)]


def _people(trainers: Sequence[Named]) -> list[Group]:
    able = [(str(one.id), one.name) for one in trainers if one.suits]
    others = [(str(one.id), one.name) for one in trainers if not one.suits]
    return [(gettext("Can lead this"), able), (gettext("Others"), others)]


def _opening_words() -> dict[Opening, str]:
    return {
        Opening.NOW: gettext("At once, when it is published"),
        Opening.AT: gettext("At a time"),
        Opening.BEFORE: gettext("A number of days before each"),
    }


def _row_data(place_id: int, wall: WallPeriod | None) -> dict[str, Any]:
    day, time = (wall.starts.date(), wall.starts.time()) if wall else (None, None)
    return {"place": place_id, "day": day, "time": time}


def _flat(
    judged: Sequence[Sequence[tuple[WallPeriod, list[Clash]]]],
) -> list[tuple[WallPeriod, list[Clash]]]:
    return [one for meetings in judged for one in meetings]


def _idle(copied: Sequence[tuple[str, SlotPlan]], kept: Collection[str]) -> list[int]:
    """The positions of the meetings of plans that are not kept, counted over all."""
    flat = [key for key, plan in copied for _ in plan.meetings]
    return [position for position, key in enumerate(flat) if key not in kept]
