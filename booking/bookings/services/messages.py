"""Staff write to families of a slot: each gets one letter in its language, held for two minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql

from booking.bookings import queries
from booking.bookings.models import SlotMessage
from booking.bookings.queries import SlotFamily
from booking.bookings.queries.messages import chosen
from booking.bookings.rules import EntryChange, LetterPlan
from booking.bookings.rules import messages as rules
from booking.bookings.rules.messages import Note
from booking.bookings.services import keys, telling
from booking.bookings.services.organising import letters_to
from booking.kernel.act import Act
from booking.outbox import services as outbox
from booking.outbox.services import NewLetter
from booking.programme.rules import SlotState
from booking.store import audit, writes
from booking.store.engine import session

_LETTER = LetterPlan("message", EntryChange.UNTOUCHED)
# SQLite says it in the same words.
_NEW = postgresql.insert(SlotMessage).on_conflict_do_nothing(index_elements=["form_key"]).returning(SlotMessage.id)


@writes
def write_to(slot_id: int, *, note: Note, key: str, act: Act) -> int:
    """Write to the families that `note` chooses, as they are now; the message's number. The same form twice is one
    message. Whoever has no address gets none: staff ring. Raises NobodyToWriteTo and MessageSent."""
    digest = keys.message_digest(slot_id, note)
    number = session().scalar(
        _NEW,
        {
            "slot_id": slot_id,
            "recipients": note.to,
            "form_key": key,
            "form_digest": digest,
            "letters": [],
            "at": act.now,
            "actor_ref": act.actor.ref,
        },
    )
    if number is None:
        return _again(key, digest)
    families = chosen(slot_id, note.to, now=act.now).families
    if not families:
        raise rules.NobodyToWriteTo
    written = outbox.enqueue_all(_letters(slot_id, families, note, act=act), act=act)
    session().execute(update(SlotMessage).where(SlotMessage.id == number).values(letters=written))
    audit("write_to_families", f"slot:{slot_id}", act=act)
    return number


def _again(key: str, digest: str) -> int:
    asked = select(SlotMessage.id, SlotMessage.form_digest).where(SlotMessage.form_key == key)
    earlier = session().execute(asked).one()
    if earlier.form_digest != digest:
        raise rules.MessageSent
    return int(earlier.id)


@writes
def take_back_message(slot_id: int, number: int, *, act: Act) -> None:
    """Take back all letters of a message, or none; twice is once. Raises NoSuchMessage and TooLateToTakeBack."""
    asked = select(SlotMessage.at, SlotMessage.letters, SlotMessage.taken_back_at)
    ours = asked.where(SlotMessage.id == number, SlotMessage.slot_id == slot_id).with_for_update()
    message = session().execute(ours).one_or_none()
    if message is None:
        raise rules.NoSuchMessage
    if message.taken_back_at is not None:
        return
    rules.check_in_time(message.at, now=act.now)
    if not outbox.withdraw_untried(message.letters):
        raise rules.TooLateToTakeBack
    session().execute(update(SlotMessage).where(SlotMessage.id == number).values(taken_back_at=act.now))
    audit("take_back_message", f"slot:{slot_id}", act=act)


def sample(slot_id: int, families: Sequence[SlotFamily], note: Note, *, act: Act) -> list[NewLetter]:
    """The first letter of each language that would be written to these families, without anybody's link or number.
    Writes nothing; two queries."""
    first: dict[str, NewLetter] = {}
    for letter in _letters(slot_id, families, note, act=act):
        payload = {name: fact for name, fact in letter.payload.items() if name != "ref"}
        first.setdefault(letter.language, replace(letter, payload={**payload, "link": None}))
    return list(first.values())


def _letters(slot_id: int, families: Sequence[SlotFamily], note: Note, *, act: Act) -> list[NewLetter]:
    found = queries.slot_facts(slot_id)
    assert found is not None, "who has families has seats"
    facts, of_letters = found
    told = telling.about(of_letters, queries.letter_meetings(slot_id))
    if facts.state is SlotState.CALLED_OFF:  # the letter says which workshop it is about, not that it takes place
        told = replace(told, payload={**told.payload, "meetings": []})

    def own(family: SlotFamily) -> dict[str, Any]:
        return {"paragraphs": rules.paragraphs(note.in_language(family.language))}

    return letters_to(
        families,
        told,
        plan=lambda _: _LETTER,
        facts=own,
        not_before=rules.waits_until(act.now),
        not_after=rules.of_use_until(slot_ends_at=told.not_after, now=act.now),
        act=act,
    )
