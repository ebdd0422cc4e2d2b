"""What families and children thought: asked once for each, kept without a tie to anybody."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, insert, select, update

from booking.accounts import services as accounts
from booking.accounts.rules import Purpose
from booking.accounts.services import NewLink
from booking.bookings import rules
from booking.bookings.models import Feedback, FeedbackInvitation
from booking.bookings.rules import Opinion, Voice
from booking.kernel import clock
from booking.kernel.act import Act
from booking.store import audit, writes
from booking.store.engine import session


@writes
def invite(families: Sequence[tuple[int, int]], *, act: Act) -> list[NewLink]:
    """A feedback link for each family, given as (slot, children with seats) and at least one: one answer for the adult
    and one for each child. Three statements for all of them."""
    ends_at = act.now + rules.FEEDBACK_ENDS
    links = [accounts.draw(Purpose.FEEDBACK, str(slot_id), ends_at=ends_at, act=act) for slot_id, _ in families]
    rows = [
        {"link_id": link_id, "slot_id": slot_id, "adults": 1, "children": children}
        for link_id, (slot_id, children) in zip(accounts.store_all(links), families, strict=True)
    ]
    session().execute(insert(FeedbackInvitation), rows)
    return links


@writes
def answer(link_id: int, *, opinion: Opinion, key: str, act: Act) -> None:
    """Keep one answer and count it off the invitation: the answer does not say whose it is, and the invitation does not
    say what was answered. The same form twice is one answer. Raises FeedbackGiven when nobody is left to answer."""
    asked = session().execute(
        select(FeedbackInvitation.slot_id, FeedbackInvitation.adults, FeedbackInvitation.children)
        .where(FeedbackInvitation.link_id == link_id)
        .with_for_update()
    )
    slot_id, adults, children = asked.one()
    if session().scalar(select(exists().where(Feedback.form_key == key))):
        return
    left = FeedbackInvitation.adults if opinion.voice is Voice.ADULT else FeedbackInvitation.children
    if (adults if opinion.voice is Voice.ADULT else children) < 1:
        raise rules.FeedbackGiven
    session().execute(update(FeedbackInvitation).where(FeedbackInvitation.link_id == link_id).values({left: left - 1}))
    session().execute(
        insert(Feedback).values(
            slot_id=slot_id,
            voice=opinion.voice,
            liked=opinion.liked,
            easy=opinion.easy,
            words=opinion.words,
            form_key=key,
            answered_on=clock.local_day(act.now),
        )
    )
    audit("give_feedback", f"slot:{slot_id}", act=act)
