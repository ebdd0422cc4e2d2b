"""One letter when booking of a slot opens, to those who asked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from sqlalchemy import delete, insert

from booking.kernel.act import Act
from booking.outbox import services as outbox
from booking.outbox.services import NewLetter
from booking.programme.rules import PublicState
from booking.settings import current
from booking.store import audit, writes
from booking.store.engine import session
from booking.store.locks import hold
from booking.subscriptions import queries, rules
from booking.subscriptions.models import OpeningWish
from booking.subscriptions.queries import DueWish, NewSlot
from booking.subscriptions.services import keys, telling

CHUNK = 250


@writes
def ask_for_opening(slot_id: int, *, email: str, language: str, act: Act) -> None:
    """Keep an address until booking of the slot opens. Says nothing of what it found: who has asked already, or waits
    for ten slots, is not told so. Raises OpensNoMore when there is nothing to wait for."""
    slot = queries.slots([slot_id], now=act.now).get(slot_id)
    if slot is None or slot.state is not PublicState.SOON:
        raise rules.OpensNoMore
    address = keys.address_key(email)
    hold(f"opening:{address}")
    key = keys.opening_key(address, slot_id)
    if queries.has_opening_wish(key) or queries.opening_count(address) >= rules.OPENINGS_PER_ADDRESS:
        return
    session().execute(
        insert(OpeningWish).values(
            slot_id=slot_id, email=email, address_key=address, wish_key=key, language=language, asked_at=act.now
        )
    )
    audit("ask_for_opening", f"slot:{slot_id}", act=act)


def tell_of_openings(*, act: Act) -> int:
    """Write the letters of those whose slots have opened, and delete their rows; how many letters.

    A slot that was called off meanwhile, or is full with its queue, is no news: the row goes without a letter.
    """
    written, is_done = 0, False
    while not is_done:
        letters = _tell_chunk(act=act)
        written += letters or 0
        is_done = letters is None
    return written


@writes
def _tell_chunk(*, act: Act) -> int | None:
    """The letters of the next addresses; None when nobody is left. Six statements, however many they are."""
    hold(telling.OPENINGS_LOCK)  # one worker at a time: the next one sees which rows are gone
    due = queries.due_openings(now=act.now, limit=CHUNK)
    if not due:
        return None
    slots = queries.slots({wish.slot_id for wish in due}, now=act.now)
    letters = [
        letter
        for _, group in groupby(due, key=lambda wish: wish.address_key)
        if (letter := _letter(list(group), slots)) is not None
    ]
    outbox.enqueue_all(letters, act=act)
    session().execute(
        delete(OpeningWish)
        .where(OpeningWish.id.in_([wish.id for wish in due]))
        .execution_options(synchronize_session=False)
    )
    audit("tell_of_openings", f"letters:{len(letters)}", act=act)
    return len(letters)


def _letter(due: Sequence[DueWish], slots: Mapping[int, NewSlot]) -> NewLetter | None:
    """One letter to one address about all that opens together; None when nothing of it can be booked."""
    found = {wish.slot_id: slots[wish.slot_id] for wish in due if wish.slot_id in slots}
    open_now = sorted(
        (slot for slot in found.values() if slot.state in rules.OPEN_NOW), key=lambda slot: (slot.starts_at, slot.id)
    )
    if not open_now:
        return None
    return NewLetter(
        kind=telling.OPENING,
        to=due[0].email,
        language=due[0].language,
        subject=f"slot:{open_now[0].id}",
        payload=telling.opening_facts([telling.slot_facts(slot) for slot in open_now], phone=current().phone),
        not_after=max(slot.closes_at for slot in open_now),
    )
