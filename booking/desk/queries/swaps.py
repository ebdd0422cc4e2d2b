"""Whom a trainer may ask to lead instead."""

from __future__ import annotations

from booking.desk.queries.telling import accounts_of
from booking.programme.queries.substitutes import substitutes
from booking.programme.rules.proposals import Candidate

_MANY = 50


def who_could_lead(meeting_id: int) -> list[Candidate]:
    """Who could lead the meeting and has an account to answer by, the best first. Eight queries."""
    found = substitutes([meeting_id], most=_MANY).get(meeting_id, [])
    answering = accounts_of([one.trainer_id for one in found])
    return [one for one in found if one.trainer_id in answering]
