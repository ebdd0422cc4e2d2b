"""The audit trail: who did what, when, to which row. No values of personal fields, ever (requirement H10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import insert, select
from sqlalchemy.orm import Mapped, mapped_column

from booking.kernel.act import Act, ActorKind
from booking.store.base import Base, Key, enum_column
from booking.store.engine import session
from booking.store.prepared import Prepared


class AuditEntry(Base):
    """One act on one thing. Append-only; read by the auditor."""

    __tablename__ = "audit_entries"

    id: Mapped[Key]
    at: Mapped[dt.datetime]
    actor_kind: Mapped[ActorKind] = mapped_column(enum_column(ActorKind))
    actor_ref: Mapped[str]
    verb: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    request_id: Mapped[str]


_ENTRY = Prepared(insert(AuditEntry).inline())


def audit(verb: str, subject: str, *, act: Act) -> None:
    """Note that `act` did `verb` to `subject` ("booking:17"), in the running transaction. One insert."""
    _ENTRY.write(
        {
            "at": act.now,
            "actor_kind": act.actor.kind,
            "actor_ref": act.actor.ref,
            "verb": verb,
            "subject": subject,
            "request_id": act.request_id,
        }
    )


def trail(subjects: Collection[str]) -> list[AuditEntry]:
    """What was done to these things ("booking:17"), newest first. One query."""
    found = select(AuditEntry).where(AuditEntry.subject.in_(subjects))
    return list(session().scalars(found.order_by(AuditEntry.id.desc())))
