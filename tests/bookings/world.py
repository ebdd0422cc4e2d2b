"""What the tests of booking share: one instant, slots of any kind, families, and readers of what came of it.

Readers ask the database with plain SQL, so that they see what is stored and not what a session remembers.
"""

from __future__ import annotations

import datetime as dt
import itertools
import secrets
from typing import Any, NamedTuple

from sqlalchemy import text

from booking.bookings import services
from booking.bookings.rules import Child, ContactDetails, Standing, Wishes
from booking.bookings.services import Receipt
from booking.kernel.act import Act, Actor, ActorKind
from booking.programme.rules import Admission, SlotState
from booking.store import db, writes
from booking.store.engine import session
from tests import builders

NOW = dt.datetime(2026, 10, 1, 8, 0, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
SAMIRA, ROLF, KARIN = "samira@example.org", "rolf@example.org", "karin@example.org"
_numbers = itertools.count(1)


class MadeSlot(NamedTuple):
    """A slot's number and that of its first pool."""

    id: int
    pool_id: int


def act_at(now: dt.datetime = NOW, kind: ActorKind = ActorKind.PUBLIC) -> Act:
    return Act(Actor(kind), now)


@writes
def make_slot(
    *,
    seats: int = 8,
    queue_limit: int | None = None,
    state: SlotState = SlotState.PUBLISHED,
    admission: Admission = Admission.BOOKING,
    starts_at: dt.datetime = NOW + 10 * DAY,
    meetings: int = 1,
    opens_at: dt.datetime = NOW - DAY,
    closes_at: dt.datetime | None = None,
    ages: tuple[int | None, int | None] = (8, 12),
    adult_stays: bool = True,
) -> MadeSlot:
    """A slot that starts ten days from NOW, with `meetings` weekly meetings of an hour; booking opened a day ago."""
    made = builders.make_slot(
        starts_at,
        seats=seats,
        queue_limit=queue_limit,
        times=meetings,
        minutes=60,
        state=state,
        admission=admission,
        opens_at=opens_at,
        closes_at=closes_at,
        age_min=ages[0],
        age_max=ages[1],
        adult_stays=adult_stays,
    )
    return MadeSlot(made.id, made.pools[0].id)


def wishes(
    email: str | None = None, children: int = 1, *, ages: int = 9, phone: str = "+46701234567", **others: Any
) -> Wishes:
    """What a family asks for: `children` of age nine. `email` None: an address that nobody else has."""
    address = f"family{next(_numbers)}@example.org" if email is None else email
    names = ("Ada", "Bo", "Cleo", "Disa", "Elis", "Frej", "Gry")
    party = tuple(Child(name, ages) for name in names[:children])
    others.setdefault("adults", 1)
    return Wishes(children=party, contact=ContactDetails("Samira", address, phone), **others)


def new_key() -> str:
    return secrets.token_urlsafe(24)


def book(
    slot: MadeSlot, wanted: Wishes | None = None, *, children: int = 1, key: str | None = None, now: dt.datetime = NOW
) -> Receipt:
    """Book as a browser does: with a key of the form's own, and a session that has read nothing before."""
    session().rollback()
    return services.book(slot.id, wishes=wanted or wishes(children=children), key=key or new_key(), act=act_at(now))


def fill(slot: MadeSlot, *, parties: int, children: int = 1) -> list[Receipt]:
    """So many parties of strangers, one after the other."""
    return [book(slot, children=children) for _ in range(parties)]


def rows(question: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of a plain SQL question, read outside every session."""
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(question), values)]


def value(question: str, **values: Any) -> Any:
    return rows(question, **values)[0][0]


def letters() -> list[tuple[str, str]]:
    """Kind without its room, and recipient, of every letter, oldest first."""
    found = rows("SELECT kind, recipient FROM letters ORDER BY id")
    return [(kind.removeprefix("bookings/"), recipient) for kind, recipient in found]


def letters_to(recipient: str) -> list[str]:
    return [kind for kind, to in letters() if to == recipient]


def standing(ref: str) -> Standing:
    return Standing(value("SELECT standing FROM bookings WHERE ref = :ref", ref=ref))


def standings(slot: MadeSlot) -> dict[str, int]:
    """How many bookings of the slot have each standing."""
    counted = rows("SELECT standing, count(*) FROM bookings WHERE slot_id = :slot GROUP BY standing", slot=slot.id)
    return {str(word): int(count) for word, count in counted}


def pool(slot: MadeSlot) -> tuple[int, int, int]:
    """The pool's counters: seats, participants seated, parties queued."""
    seats, seated, queued = rows("SELECT seats, seated, queued FROM seat_pools WHERE id = :id", id=slot.pool_id)[0]
    return seats, seated, queued


def children_of(ref: str) -> list[tuple[int, str]]:
    """Number and name of the children who come with a booking, its parts included."""
    found = rows(
        "SELECT p.id, p.name FROM participants p JOIN bookings b ON b.id = p.booking_id"
        " WHERE p.left_at IS NULL AND (b.ref = :ref OR b.part_of_id = (SELECT id FROM bookings WHERE ref = :ref))"
        " ORDER BY p.id",
        ref=ref,
    )
    return [(number, name) for number, name in found]


def child_id(ref: str, name: str) -> int:
    return next(number for number, known in children_of(ref) if known == name)


def database_dump() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in a steady order."""
    return {table.name: sorted(rows(f'SELECT * FROM "{table.name}"'), key=repr) for table in db.metadata.sorted_tables}


def run(statement: str, **values: Any) -> None:
    """Change rows past every verb and every session."""
    session().rollback()  # what it has read is no longer so
    with db.engine.begin() as connection:
        connection.execute(text(statement), values)
