"""The day's digests: at most one for each address, and none when there is nothing new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import update

from booking.accounts import queries as links
from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.accounts.services import NewLink
from booking.kernel import clock
from booking.kernel.act import Act
from booking.outbox import services as outbox
from booking.outbox.services import NewLetter
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.locks import hold
from booking.subscriptions import queries, rules
from booking.subscriptions.models import Subscriber, Subscription
from booking.subscriptions.queries import NewSlot, Reader, WishRow
from booking.subscriptions.services import telling

CHUNK = 250
_PURPOSES = (Purpose.SUBSCRIPTION, Purpose.UNSUBSCRIBE)


def write_digests(*, until: dt.datetime, act: Act) -> int:
    """Write the digest of every subscriber who has not had today's round: what was published up to `until` and is new
    to them; how many letters.

    A chunk of subscribers at a time, each in a transaction of its own: a worker that dies goes on where it was.
    """
    written, is_done = 0, False
    while not is_done:
        letters = _write_chunk(until=until, act=act)
        written += letters or 0
        is_done = letters is None
    return written


@writes
def _write_chunk(*, until: dt.datetime, act: Act) -> int | None:
    """The digests of the next subscribers; None when there are none left. The statements do not grow with them."""
    hold(telling.DIGESTS_LOCK)  # one worker at a time: the next one sees who has been told
    today = clock.local_day(act.now)
    readers = queries.due_readers(today=today, limit=CHUNK)
    if not readers:
        return None
    letters = _letters(readers, until=until, act=act)
    outbox.enqueue_all(letters, act=act)
    _note_told(readers, until=until, today=today)
    audit("write_digests", f"letters:{len(letters)}", act=act)
    return len(letters)


def _letters(readers: Sequence[Reader], *, until: dt.datetime, act: Act) -> list[NewLetter]:
    wishes = queries.wishes_of([reader.ref for reader in readers])
    fresh = queries.published_between(min(wish.told_until for wish in wishes), until, now=act.now)
    fresh = [slot for slot in fresh if slot.state in rules.WORTH_TELLING]
    if not fresh:
        return []
    today = clock.local_day(act.now)
    grounds = queries.grounds((wish.area for wish in wishes), today=today)
    told = telling.facts_of_wishes((wish.wish for wish in wishes), today=today)
    of_reader = {
        number: list(group)
        for number, group in groupby(
            sorted(wishes, key=lambda wish: (wish.subscriber_id, wish.id)), key=lambda wish: wish.subscriber_id
        )
    }
    news = {
        reader: found
        for reader in readers
        if any((found := _news(of_reader.get(reader.id, []), fresh, grounds)).values())
    }
    opened = _links([reader.ref for reader in news], act=act)
    return [_letter(reader, found, told, opened[reader.ref]) for reader, found in news.items()]


def _news(
    wishes: Sequence[WishRow], fresh: Sequence[NewSlot], grounds: Mapping[str, rules.Ground]
) -> dict[WishRow, list[NewSlot]]:
    """What is new to each wish, soonest first."""
    return {
        wish: [
            slot
            for slot in fresh
            if slot.published_at
            and slot.published_at > wish.told_until
            and rules.suits(slot.spot, grounds[wish.area], wish.age)
        ]
        for wish in wishes
    }


def _letter(
    reader: Reader,
    news: Mapping[WishRow, Sequence[NewSlot]],
    told: Mapping[rules.Wish, dict[str, Any]],
    opened: dict[str, dict[str, str]],
) -> NewLetter:
    new = sorted({slot for found in news.values() for slot in found}, key=lambda slot: (slot.starts_at, slot.id))
    listed = new[: rules.LISTED]
    return NewLetter(
        kind=telling.DIGEST,
        to=reader.email,
        language=reader.language,
        subject=f"subscriber:{reader.id}",
        payload={
            "slots": [telling.slot_facts(slot) for slot in listed],
            "more": len(new) - len(listed),
            "wishes": [told[wish.wish] for wish, found in news.items() if found],
            "link": opened[Purpose.SUBSCRIPTION],
            "unsubscribe": opened[Purpose.UNSUBSCRIBE],
        },
        not_after=max(slot.ends_at for slot in listed),
    )


def _links(refs: Sequence[str], *, act: Act) -> dict[str, dict[str, dict[str, str]]]:
    """Each subscriber's links as letters carry them, by code and purpose. A link serves many digests: a new one is
    drawn when the old one has less than a year left. Three statements."""
    known = {purpose: links.nonces_of_each(purpose, refs, until=act.now + rules.LINK_LEFT) for purpose in _PURPOSES}
    fresh: list[NewLink] = []
    opened: dict[str, dict[str, dict[str, str]]] = {ref: {} for ref in refs}
    for ref in refs:
        for purpose in _PURPOSES:
            nonce = known[purpose].get(ref)
            if nonce is None:
                link = accounts.draw(purpose, ref, ends_at=act.now + rules.LINK_LIVES, act=act)
                fresh.append(link)
                nonce = link.nonce
            opened[ref][purpose] = accounts.letter_link(purpose, nonce)
    accounts.store_all(fresh)
    return opened


def _note_told(readers: Sequence[Reader], *, until: dt.datetime, today: dt.date) -> None:
    numbers = [reader.id for reader in readers]
    for statement in (
        update(Subscriber).where(Subscriber.id.in_(numbers)).values(told_on=today),
        update(Subscription)
        .where(
            Subscription.subscriber_id.in_(numbers),
            Subscription.confirmed_at.is_not(None),
            Subscription.told_until < until,
        )
        .values(told_until=until),
    ):
        session().execute(statement.execution_options(synchronize_session=False))
