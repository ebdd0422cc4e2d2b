"""Letters that the clock writes: a reminder, the way into an online meeting, thanks with a question.

Each is an idempotent verb that the worker calls every minute. What falls due is asked without a lock, one query while
there is nothing; then it is written under one lock for each kind, so that several workers write each letter once, and
the letter's unique name says so a last time. No number of statements grows with the families.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.bookings import queries, rules
from booking.bookings.queries import FamilyToTell
from booking.bookings.rules import Standing
from booking.bookings.services import feedback, telling
from booking.bookings.services.telling import About
from booking.kernel.act import Act
from booking.outbox import services as outbox
from booking.outbox.services import NewLetter
from booking.settings import current
from booking.store import writes
from booking.store.locks import hold

# So many families in one transaction: on SQLite everybody who books meanwhile waits for its end.
BATCH = 200

_Due = Callable[[int], Sequence[FamilyToTell]]


def remind(act: Act) -> int:
    """Write to families with seats, some days before the first meeting of their slot, at the hour of the settings; how
    many letters.

    Not to who booked, was promoted or had the meeting moved after that moment. A moved meeting is reminded of for its
    new date; of a club's later meetings nobody is reminded. A worker that was away waits for the morning.
    """
    if not rules.may_disturb(act.now):
        return 0
    days, hour = current().reminder_days, current().reminder_hour
    notices = rules.notices(days=days, hour=hour, now=act.now) if days else []
    return _write_all(lambda limit: queries.families_to_remind(notices, now=act.now, limit=limit), _remind, act=act)


def let_in(act: Act) -> int:
    """Mail the way into each online meeting to families with seats, from the evening before; how many letters.

    Also to who books later than that: it is their way in. Before every meeting of a club, which needs it each time.
    """
    notices = rules.notices(days=rules.JOIN_TOLD_DAYS, hour=current().reminder_hour, now=act.now)
    return _write_all(lambda limit: queries.families_to_let_in(notices, now=act.now, limit=limit), _let_in, act=act)


def thank(act: Act) -> int:
    """Thank families who had seats, and ask what they thought, from 15 minutes after the end until a week after it and
    never at night; how many letters."""
    if not rules.may_disturb(act.now):
        return 0
    ended_after, ended_before = act.now - rules.THANKS_UNTIL, act.now - rules.THANKS_AFTER

    def due(limit: int) -> Sequence[FamilyToTell]:
        return queries.families_to_thank(ended_after=ended_after, ended_before=ended_before, limit=limit)

    return _write_all(due, _thank, act=act)


def _write_all(due: _Due, write: Callable[..., int], *, act: Act) -> int:
    """Batch by batch, until nothing is due."""
    written = 0
    while due(1):
        written += write(due, act=act)
    return written


@writes
def _remind(due: _Due, *, act: Act) -> int:
    hold("letters:reminder")
    families = due(BATCH)
    told = telling.about_slots({family.slot_id for family in families})
    outbox.enqueue_once([_reminder(family, told[family.slot_id]) for family in families], act=act)
    return len(families)


def _reminder(family: FamilyToTell, told: About) -> NewLetter:
    link = accounts.letter_link(Purpose.MANAGE, family.nonce) if family.nonce else None
    return NewLetter(
        kind="bookings/reminder",
        to=family.email,
        language=family.language,
        subject=f"booking:{family.booking_id}",
        payload={**told.payload, **_of(family), "link": link},
        once=family.once,
        not_after=family.starts_at,
    )


@writes
def _let_in(due: _Due, *, act: Act) -> int:
    hold("letters:join")
    families = due(BATCH)
    if not families:
        return 0
    told = telling.about_slots({family.slot_id for family in families})
    links = [accounts.draw(Purpose.JOIN, family.ref, ends_at=family.ends_at, act=act) for family in families]
    accounts.store_all(links)
    letters = [
        NewLetter(
            kind="bookings/join",
            to=family.email,
            language=family.language,
            subject=f"booking:{family.booking_id}",
            payload={
                **told[family.slot_id].payload,
                **_of(family),
                "meetings": [{"starts_at": family.starts_at.isoformat(), "ends_at": family.ends_at.isoformat()}],
                "link": link.for_letter,
            },
            once=family.once,
            not_after=family.ends_at,
        )
        for family, link in zip(families, links, strict=True)
    ]
    outbox.enqueue_once(letters, act=act)
    return len(families)


@writes
def _thank(due: _Due, *, act: Act) -> int:
    hold("letters:thanks")
    families = due(BATCH)
    if not families:
        return 0
    told = telling.about_slots({family.slot_id for family in families})
    links = feedback.invite([(family.slot_id, family.children) for family in families], act=act)
    letters = [
        NewLetter(
            kind="bookings/thanks",
            to=family.email,
            language=family.language,
            subject=f"booking:{family.booking_id}",
            payload={**told[family.slot_id].payload, **_of(family), "link": link.for_letter},
            once=family.once,
            not_after=family.ends_at + rules.THANKS_UNTIL,
        )
        for family, link in zip(families, links, strict=True)
    ]
    outbox.enqueue_once(letters, act=act)
    return len(families)


def _of(family: FamilyToTell) -> dict[str, object]:
    seats = telling.of_booking(
        family.ref, children=family.children, adults=family.adults, queue_place=None, others=family.is_mixed
    )
    return {**seats, "standing": Standing.SEATED.value}
