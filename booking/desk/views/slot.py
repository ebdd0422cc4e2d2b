"""The staff's page of one slot, from which everything about it is reached."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from booking.accounts.current import current_act
from booking.accounts.guards import requires
from booking.accounts.queries.trail import trail
from booking.accounts.rules.roles import Capability
from booking.bookings.queries.reached import booking_ids
from booking.desk.forms.slot_acts import PlainForm
from booking.desk.views import words
from booking.desk.views.blueprint import bp
from booking.desk.views.found import reaches, slot_or_404
from booking.outbox import queries as outbox
from booking.programme import queries as programme
from booking.programme import slot_acts
from booking.programme.models import Slot
from booking.programme.queries.slot_desk import assignment_ids, last_act, meetings_at_desk

TRAIL = 50


@bp.get("/personal/pass/<int:slot_id>")
@requires(Capability.SEE_PLAN)
def slot(slot_id: int) -> ResponseReturnValue:
    """The slot with its meetings, and what may be done with it. One of another library is as one that is not."""
    found = slot_or_404(slot_id, Capability.SEE_PLAN)
    now = current_act().now
    may_plan = reaches(slot_id, Capability.PLAN)
    about = [f"booking:{number}" for number in booking_ids(slot_id)]
    return render_template(
        "desk/slot.html",
        slot=found,
        rows=meetings_at_desk(found),
        open=programme.open_seats([slot_id])[slot_id],
        seats=sum(pool.seats for pool in found.pools),
        seated=sum(pool.seated for pool in found.pools),
        queued=sum(pool.queued for pool in found.pools),
        undelivered=len({letter.subject for letter in outbox.stopped_about(about)}),
        last=last_act(slot_id),
        trail=_trail(found) if may_plan or reaches(slot_id, Capability.SEE_AUDIT) else None,
        acts=slot_acts.links(slot_id),
        may_plan=may_plan,
        sees_bookings=reaches(slot_id, Capability.SEE_BOOKINGS),
        may_ring=reaches(slot_id, Capability.SEE_CONTACTS),
        now=now,
        form=PlainForm(formdata=None),
        limit_words=words.limits(),
        clash_words=words.clashes(),
        standing_words=words.standings(),
    )


def _trail(found: Slot) -> list[words.Line]:
    """Two queries."""
    meetings = [meeting.id for meeting in found.meetings]
    subjects = [
        f"slot:{found.id}",
        *(f"meeting:{number}" for number in meetings),
        *(f"assignment:{number}" for number in assignment_ids(meetings)),
    ]
    return [words.line(done) for done in trail(subjects, most=TRAIL)]
