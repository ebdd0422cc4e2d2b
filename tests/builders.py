"""The cast and the world of the tests: places, activities and slots, put straight into the database.

Builders fill in what does not matter. A slot's seats are taken by real bookings of strangers, so that counters equal
rows. Whatever needs a verb's rules calls the verb instead.
"""

from __future__ import annotations

import datetime as dt
import itertools
import secrets
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import select

from booking.bookings.models import Booking, Contact, Participant
from booking.bookings.rules import Child, ContactDetails, Standing
from booking.kernel import clock
from booking.kernel.act import Act, Actor, ActorKind
from booking.kernel.sorting import search_key, sort_key
from booking.places.models import OpeningHours, Organisation, Place, Room, Stop
from booking.places.rules import OrganisationKind, PlaceKind, WeekParity
from booking.programme.models import Activity, CallOff, Meeting, SeatPool, Slot
from booking.programme.rules import ActivityKind, Admission, Sign, SlotState
from booking.store import writes
from booking.store.engine import session

# Monday of week 48 in 2026, ten o'clock at the library.
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
HOUR, DAY, WEEK = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(weeks=1)

MAJ, TOVE = Actor(ActorKind.STAFF, "maj"), Actor(ActorKind.STAFF, "tove")  # Maj plans, Tove leads
SAMIRA = ContactDetails("Samira", "samira@example.org", "+46701740605")  # the mother of Ada and Bo
ROLF = ContactDetails("Rolf", "rolf@example.org", "+46701740606")  # a stranger
ADA, BO = Child("Ada", 9), Child("Bo", 8)

Row = TypeVar("Row")
_numbers = itertools.count(1)


def act(actor: Actor = MAJ, now: dt.datetime = NOW) -> Act:
    """What somebody, Maj unless said, does at `now`."""
    return Act(actor=actor, now=now)


def local(text: str) -> dt.datetime:
    """The instant of a wall time at the library: local("2026-11-25 15:30")."""
    return clock.to_utc(dt.datetime.fromisoformat(text))


@writes
def make_place(
    slug: str = "ahus",
    name: str = "Åhus bibliotek",
    *,
    kind: PlaceKind = PlaceKind.BRANCH,
    locality: str = "Åhus",
    hours: Sequence[tuple[int, str, str]] = (),
    **more: Any,
) -> Place:
    """A place of Kristianstad's; `hours` are (ISO weekday, opens, closes), as in (1, "10:00", "18:00")."""
    organisation = session().scalars(select(Organisation)).first() or Organisation(
        code="1290", name="Kristianstad", kind=OrganisationKind.MUNICIPALITY, runs_workshops=True
    )
    place = Place(
        organisation=organisation,
        slug=slug,
        name=name,
        kind=kind,
        locality=locality,
        sort_key=sort_key(name),
        search_key=search_key(name, locality),
        changed_at=NOW,
        opening_hours=[
            OpeningHours(weekday=day, opens=dt.time.fromisoformat(opens), closes=dt.time.fromisoformat(closes))
            for day, opens, closes in hours
        ],
        **more,
    )
    return _kept(place)


def make_stop(
    slug: str = "yngsjo-skolan",
    name: str = "Yngsjö, skolan",
    *,
    locality: str = "Yngsjö",
    weekday: int = 1,
    parity: WeekParity = WeekParity.EVEN,
    arrives: str = "16:10",
    departs: str = "16:55",
    **more: Any,
) -> Place:
    """A bokbuss stop, visited every second week unless `parity` is ANY."""
    stop = Stop(
        weekday=weekday,
        week_cycle=1 if parity is WeekParity.ANY else 2,
        week_parity=parity,
        arrives=dt.time.fromisoformat(arrives),
        departs=dt.time.fromisoformat(departs),
    )
    return make_place(slug, name, kind=PlaceKind.STOP, locality=locality, stop=stop, **more)


@writes
def make_room(place: Place, name: str = "Programlokalen", *, seats: int = 20) -> Room:
    return _kept(Room(place_id=place.id, name=name, seats=seats))


@writes
def make_activity(
    title: str = "Ditt första spel i Scratch",
    *,
    ages: tuple[int | None, int | None] = (8, 10),
    description: str = "Du gör ett eget spel.",
    **more: Any,
) -> Activity:
    """A workshop of ninety minutes for twelve children."""
    values: dict[str, Any] = {
        "kind": ActivityKind.WORKSHOP,
        "title_en": "",
        "duration_minutes": 90,
        "seats": 12,
        "sign": Sign.BLOCKS,
        **more,
    }
    activity = Activity(
        slug=f"aktivitet-{next(_numbers)}",
        title_sv=title,
        description_sv=description,
        age_min=ages[0],
        age_max=ages[1],
        search_key=search_key(title, values["title_en"], description),
        changed_at=NOW,
        **values,
    )
    return _kept(activity)


@writes
def make_slot(
    starts: dt.datetime | str = "2026-11-25 15:30",
    *,
    activity: Activity | None = None,
    place: Place | None = None,
    seats: int = 12,
    seated: int = 0,
    queued: int = 0,
    queue_limit: int | None = None,
    times: int = 1,
    minutes: int = 90,
    state: SlotState = SlotState.PUBLISHED,
    admission: Admission = Admission.BOOKING,
    opens_at: dt.datetime | None = None,
    closes_at: dt.datetime | None = None,
    **more: Any,
) -> Slot:
    """A published slot with booking open from four weeks before until it starts.

    `starts` is an instant or a wall time as text. `times` weekly meetings keep their wall time. `seated` children and
    `queued` parties are strangers' bookings, so that the counters tell the truth.
    """
    starts_at = local(starts) if isinstance(starts, str) else starts
    activity = activity or session().scalars(select(Activity)).first() or make_activity()
    place = place or session().scalars(select(Place)).first() or make_place()
    walls = [clock.to_local(starts_at).replace(tzinfo=None) + week * WEEK for week in range(times)]
    meetings = [_meeting(place, wall, minutes) for wall in walls]
    values: dict[str, Any] = {
        "age_min": activity.age_min,
        "age_max": activity.age_max,
        "adult_stays": activity.adult_stays,
        **more,
    }
    slot = Slot(
        activity_id=activity.id,
        place_id=place.id,
        state=state,
        admission=admission,
        starts_at=meetings[0].starts_at,
        ends_at=meetings[-1].ends_at,
        opens_at=opens_at or min(meetings[0].starts_at, NOW) - 4 * WEEK,
        closes_at=closes_at or meetings[0].starts_at,
        changed_at=NOW,
        meetings=meetings,
        pools=[SeatPool(seats=seats, queue_limit=queue_limit)],
        **values,
    )
    if state is SlotState.CALLED_OFF:
        slot.call_off = CallOff(at=NOW, actor_ref=MAJ.ref, reason_sv="Ledaren är sjuk.", reason_en="The leader is ill.")
    _kept(slot)
    _take(slot.pools[0], seated=seated, queued=queued)
    return slot


def _meeting(place: Place, wall: dt.datetime, minutes: int) -> Meeting:
    until = wall + minutes * dt.timedelta(minutes=1)
    return Meeting(
        place_id=place.id,
        starts_local=wall,
        ends_local=until,
        starts_at=clock.to_utc(wall),
        ends_at=clock.to_utc(until),
        uid=secrets.token_hex(16),
        changed_at=NOW,
    )


def _take(pool: SeatPool, *, seated: int, queued: int) -> None:
    """Strangers' bookings: one party on all the seats taken, parties of one in the queue."""
    if seated:
        _stranger(pool, Standing.SEATED, children=seated)
        pool.seated = seated
    for number in range(1, queued + 1):
        _stranger(pool, Standing.QUEUED, children=1, queue_number=number)
        pool.queued = pool.last_queue_number = number
    session().flush()


def _stranger(pool: SeatPool, standing: Standing, *, children: int, queue_number: int | None = None) -> None:
    word = secrets.token_hex(8)
    booking = Booking(
        ref=word[:6].upper() + word[6:],
        slot_id=pool.slot_id,
        pool_id=pool.id,
        contact=Contact(name="Rolf", email=f"{word}@example.org", address_key=word, language="sv"),
        standing=standing,
        party=children,
        adults=0,
        queue_number=queue_number,
        form_key=word,
        form_digest=word,
        uid=word,
        created_at=NOW,
        changed_at=NOW,
        participants=[Participant(name=f"Barn {number}", age=9) for number in range(children)],
    )
    session().add(booking)


def _kept(row: Row) -> Row:
    session().add(row)
    session().flush()  # its number is wanted
    return row
