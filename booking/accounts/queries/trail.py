"""The audit trail of a thing, with the names of the staff who did it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Text, and_, cast, func, select

from booking.accounts.models import Staff
from booking.kernel.act import ActorKind
from booking.store.audit import AuditEntry
from booking.store.engine import session


class Done(NamedTuple):
    """Somebody did something. `name` is a staff member's, "" for everybody else."""

    at: dt.datetime
    actor_kind: ActorKind
    name: str
    verb: str
    subject: str


def trail(subjects: Collection[str], *, most: int) -> list[Done]:
    """What was done to these ("slot:17"), the latest first, at most so much. One query."""
    is_theirs = and_(AuditEntry.actor_kind == ActorKind.STAFF, AuditEntry.actor_ref == cast(Staff.id, Text))
    rows = session().execute(
        select(AuditEntry.at, AuditEntry.actor_kind, func.coalesce(Staff.name, ""), AuditEntry.verb, AuditEntry.subject)
        .outerjoin(Staff, is_theirs)
        .where(AuditEntry.subject.in_(subjects))
        .order_by(AuditEntry.id.desc())
        .limit(most)
    )
    return [Done(*row) for row in rows]
