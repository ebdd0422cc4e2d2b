"""Stages and kinds of the programme, and what the public may do with a slot now: pure rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from booking.kernel import text
from booking.kernel.period import Period, WallPeriod
from booking.kernel.refusal import N_, Refused


class ActivityKind(StrEnum):
    WORKSHOP = "workshop"
    COURSE = "course"
    LECTURE = "lecture"
    SEMINAR = "seminar"


class Sign(StrEnum):
    """The drawn sign of an activity: a file in static/img."""

    ROBOT = "robot"
    BLOCKS = "blocks"
    CIRCUIT = "circuit"
    STORY = "story"
    BUS = "bus"
    LAPTOP = "laptop"
    MICROPHONE = "microphone"
    SPARK = "spark"


class Admission(StrEnum):
    """How one gets in: by booking, by coming, or not at all because the group is known (a school class)."""

    BOOKING = "booking"
    DROP_IN = "drop_in"
    CLOSED_GROUP = "closed_group"


class SlotState(StrEnum):
    """DRAFT is seen by staff alone. CALLED_OFF has a CallOff row that says who, when and why."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CALLED_OFF = "called_off"


class PublicState(StrEnum):
    """What the public sees of a slot, one word for each look of a row."""

    OPEN = "open"
    FEW = "few"
    QUEUE = "queue"
    FULL = "full"
    OFF = "off"
    SOON = "soon"
    CLOSED = "closed"
    FREE = "free"
    STARTED = "started"
    GROUP = "group"


class Step(StrEnum):
    """What a visitor does next with a slot."""

    BOOK = "book"
    QUEUE = "queue"
    READ = "read"
    OTHERS = "others"


# "Few left": this many, or this share of the seats, whichever is more.
FEW = 3
FEW_SHARE = 0.2

_STEPS = {
    PublicState.OPEN: Step.BOOK,
    PublicState.FEW: Step.BOOK,
    PublicState.QUEUE: Step.QUEUE,
    PublicState.FULL: Step.OTHERS,
    PublicState.OFF: Step.OTHERS,
    PublicState.SOON: Step.READ,
    PublicState.CLOSED: Step.OTHERS,
    PublicState.FREE: Step.READ,
    PublicState.STARTED: Step.OTHERS,
    PublicState.GROUP: Step.READ,
}


def public_state(
    *,
    state: SlotState,
    admission: Admission,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    opens_at: dt.datetime,
    closes_at: dt.datetime,
    seats: int,
    seated: int,
    queued: int,
    queue_limit: int | None,
    now: dt.datetime,
) -> PublicState:
    """What the public may do with a published or called-off slot at `now`.

    `seated` counts participants and may exceed `seats`, `queued` counts parties. A free seat is not offered while
    somebody waits: then the state is QUEUE, or FULL when the queue takes no more. A club whose booking is still open
    after its first meeting counts as open, a drop-in stays FREE until it ends.
    """
    if state is SlotState.CALLED_OFF:
        return PublicState.OFF
    if now >= ends_at:
        return PublicState.STARTED
    if admission is Admission.DROP_IN:
        return PublicState.FREE
    if admission is Admission.CLOSED_GROUP:
        return PublicState.GROUP
    if now < opens_at:
        return PublicState.SOON
    if now >= closes_at:
        return PublicState.STARTED if now >= starts_at else PublicState.CLOSED
    return _room_left(seats=seats, seated=seated, queued=queued, queue_limit=queue_limit)


def _room_left(*, seats: int, seated: int, queued: int, queue_limit: int | None) -> PublicState:
    free = seats - seated
    if queued or free <= 0:
        return PublicState.QUEUE if queue_limit is None or queued < queue_limit else PublicState.FULL
    return PublicState.FEW if free <= max(FEW, seats * FEW_SHARE) else PublicState.OPEN


def next_step(state: PublicState) -> Step:
    """The one clear next step of a row: where its link leads and what the link says."""
    return _STEPS[state]


class NoMeetings(Refused):
    message = N_("A workshop needs at least one meeting. Add a day and a time.")


class MeetingTooLong(Refused):
    message = N_("A meeting lasts at most %(hours)s hours. Change the end, or add another meeting.")


class MeetingsOverlap(Refused):
    message = N_("Two meetings of the same workshop overlap on %(day)s. Change one of them.")


class WindowIsEmpty(Refused):
    message = N_("Booking must open before it closes. Change one of the times.")
    field = "opens"


class ClosesTooLate(Refused):
    message = N_("Booking must close before the last meeting begins. Choose an earlier time.")
    field = "closes"


class AgesUpsideDown(Refused):
    message = N_("The lowest age must not be above the highest.")
    field = "age_min"


class NoSeats(Refused):
    message = N_("The number of seats is between 1 and %(limit)s.")
    field = "seats"


class BadLeast(Refused):
    message = N_("The least number of children is at least 1, or empty when it is always held.")
    field = "least_children"


class BadQueueLimit(Refused):
    message = N_("The limit of the queue is between 0 and %(limit)s parties, or empty for no limit.")
    field = "queue_limit"


class NoReason(Refused):
    message = N_("Write a reason in Swedish: it is what families read.")
    field = "reason_sv"


# Staff's own words in a letter: a sentence or two.
NOTE_LENGTH = 300


class BadJoinAddress(Refused):
    message = N_("Write the full address of the online meeting, beginning with https://.")
    field = "join_url"


class RoomElsewhere(Refused):
    message = N_("The room belongs to another place. Choose one of this place's rooms.")
    field = "room"


class OtherKind(Refused):
    message = N_("The slug belongs to the activity %(title)s, which is of the other kind. Choose another slug.")


class NoSuchActivity(Refused):
    message = N_("The activity does not exist any more. Choose another one.")


class ActivityRetired(Refused):
    message = N_("Nothing is planned of %(title)s from %(day)s on. Choose another activity, or take it up again.")


class NoSuchSlot(Refused):
    message = N_("The workshop does not exist any more.")


class NoSuchMeeting(Refused):
    message = N_("The meeting does not exist any more.")


class AlreadyCalledOff(Refused):
    message = N_("The workshop is already called off. Plan a new one instead.")


class LastMeeting(Refused):
    """Calling off the only meeting that is left is calling off the slot, which frees everybody."""

    message = N_("This is the only meeting left. Call off the whole workshop instead.")


class NotCalledOff(Refused):
    message = N_("It is not called off any more.")


class Over(Refused):
    message = N_("The time for it has passed. Plan a new workshop instead.")


class ChangedMeanwhile(Refused):
    """Somebody else was faster (requirement A14): both versions are shown, and sending again means it."""

    message = N_(
        "Somebody else has changed this meanwhile: it is now %(at)s, %(place)s. What you wrote is still here. "
        "Send it once more if yours is right."
    )


class Held(NamedTuple):
    """When and where a meeting is held. Times UTC."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    place_id: int


class MeetingChange(NamedTuple):
    """What became of a meeting: how it was to be held before, and now."""

    slot_id: int
    meeting_id: int
    was: Held
    now: Held


MEETING_HOURS = 24
SEATS_LIMIT = 1000


@dataclass(frozen=True, kw_only=True)
class PoolPlan:
    """A counted set of seats to be made. `queue_limit` counts parties; None: no limit, 0: no queue."""

    seats: int
    name: str = ""
    queue_limit: int | None = None


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How a slot is run. None and "" mean: as the activity says.

    `pools` wins over `seats` and `queue_limit`, which make the one pool that most slots have. `language` holds codes of
    the languages spoken, comma between. `letter_note` is staff's own sentence in the letters to who has a seat, plain
    text. `trainer_names` is for staff only.
    """

    state: SlotState = SlotState.DRAFT
    admission: Admission = Admission.BOOKING
    seats: int | None = None
    least_children: int | None = None
    queue_limit: int | None = None
    pools: tuple[PoolPlan, ...] = ()
    age_min: int | None = None
    age_max: int | None = None
    adult_stays: bool | None = None
    language: str = "sv"
    bring_sv: str = ""
    bring_en: str = ""
    letter_note_sv: str = ""
    letter_note_en: str = ""
    trainer_names: str = ""
    room_id: int | None = None
    is_online: bool = False
    join_url: str = ""

    def pools_for(self, usual_seats: int) -> tuple[PoolPlan, ...]:
        """The pools to make for an activity that usually has `usual_seats`. Raises NoSeats, BadQueueLimit."""
        one = PoolPlan(seats=usual_seats if self.seats is None else self.seats, queue_limit=self.queue_limit)
        pools = self.pools or (one,)
        for pool in pools:
            check_seats(pool.seats)
            if pool.queue_limit is not None and not 0 <= pool.queue_limit <= SEATS_LIMIT:
                raise BadQueueLimit(limit=SEATS_LIMIT)
        return pools

    def check(self) -> None:
        """Refuse ages upside down, a least number below one, a join address that browsers must not follow, and a note
        that fills the letter."""
        if self.least_children is not None and self.least_children < 1:
            raise BadLeast
        if self.age_min is not None and self.age_max is not None and self.age_min > self.age_max:
            raise AgesUpsideDown
        if self.join_url and not (self.join_url.startswith("https://") and self.join_url.isprintable()):
            raise BadJoinAddress
        for note in (self.letter_note_sv, self.letter_note_en):
            text.one_line(note.replace("\r\n", " ").replace("\n", " "), limit=NOTE_LENGTH)


def check_seats(seats: int) -> None:
    """Refuse numbers of seats that can only be slips of the finger."""
    if not 1 <= seats <= SEATS_LIMIT:
        raise NoSeats(limit=SEATS_LIMIT)


def spans_in_order(meetings: Sequence[WallPeriod]) -> list[tuple[WallPeriod, Period]]:
    """Each meeting's wall time with its instants, earliest first.

    Raises NoMeetings, MeetingTooLong, MeetingsOverlap, and NoSuchTime and NoSuchDay of the clock (requirements T2, C7).
    """
    if not meetings:
        raise NoMeetings
    spans = sorted(((wall, wall.instants()) for wall in meetings), key=lambda span: span[1])
    for _, period in spans:
        if period.ends - period.starts > dt.timedelta(hours=MEETING_HOURS):
            raise MeetingTooLong(hours=MEETING_HOURS)
    for (_, earlier), (wall, later) in pairwise(spans):
        if earlier.overlaps(later):
            raise MeetingsOverlap(day=wall.starts.date())
    return spans


def booking_window(
    spans: Sequence[Period], *, opens_at: dt.datetime | None, closes_at: dt.datetime | None, now: dt.datetime
) -> Period:
    """When booking is open, `spans` being the slot's meetings in order. Times UTC.

    `opens_at` None: from now on. `closes_at` None: until the first meeting begins; a club may stay open after that, but
    not after its last meeting has begun. Raises WindowIsEmpty and ClosesTooLate.
    """
    closes = closes_at or spans[0].starts
    opens = opens_at or now
    if closes > spans[-1].starts:
        raise ClosesTooLate
    if opens >= closes:
        raise WindowIsEmpty
    return Period(opens, closes)


# The first word that is part of an activity's address decides; the importer's column `sign` wins over this.
_SIGN_WORDS = (
    ("saga", Sign.STORY),
    ("sago", Sign.STORY),
    ("berattande", Sign.STORY),
    ("robot", Sign.ROBOT),
    ("ozobot", Sign.ROBOT),
    ("blue-bot", Sign.ROBOT),
    ("microbit", Sign.CIRCUIT),
    ("makey", Sign.CIRCUIT),
    ("skaparverkstad", Sign.CIRCUIT),
    ("scratch", Sign.BLOCKS),
    ("minecraft", Sign.BLOCKS),
    ("kodklubb", Sign.LAPTOP),
    ("koda", Sign.LAPTOP),
    ("digital", Sign.LAPTOP),
)


def sign_for(slug: str) -> Sign:
    """The sign that suits an activity, judged by the words of its slug; SPARK when none says anything."""
    return next((sign for word, sign in _SIGN_WORDS if word in slug), Sign.SPARK)


def weekly(first: WallPeriod, *, times: int, except_on: Collection[dt.date] = ()) -> list[WallPeriod]:
    """`first` and the same wall time in the weeks after it, `times` weeks in all, without the days of `except_on`.

    The wall time stays on both sides of a change of clocks (requirement T1).
    """
    periods = [first.later(days=7 * week) for week in range(times)]
    return [period for period in periods if period.starts.date() not in except_on]
